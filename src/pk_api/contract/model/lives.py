"""What is told and answered about events in a patient's life: a number, a protected identity, death."""

from typing import Annotated, Final, Literal

from pydantic import Field

from pk_api.contract.model.base import Answer, Day, IdentifierNamed, Request

_PATIENT = "Patient/aaaaaaaaaaaaaaaaaaaaaaaaaa"


class IdentityChanged(Request):
    """The patient's new number; the one before stays as an old one, and leads to the patient too."""

    to: IdentifierNamed


class Died(Request):
    """The day of death, as the population register or the certificate has it."""

    on: Day


class Protected(Request):
    """By which marks the identity is protected from now on; by none, it is so no longer."""

    kinds: Annotated[list[Literal["sekretessmarkering", "skyddadFolkbokforing"]], Field(max_length=2)]


class Protection(Answer):
    """The patient, and the marks that are in force."""

    patient: str
    version: int
    kinds: list[str]


class Merging(Request):
    """The other record of the same person's."""

    duplicate: Annotated[str, Field(pattern=r"^Patient/[A-Za-z0-9\-.]{1,64}$")]


class MergedPatient(Answer):
    """A Patient, and which one replaces it."""

    reference: str
    version: int
    replaced_by: str | None


class Merged(Answer):
    """Both Patients as they stand now."""

    patient: MergedPatient
    duplicate: MergedPatient


class Identity(Answer):
    """The patient, with how many numbers lead to it now; the numbers stand in the Patient."""

    patient: str
    version: int
    numbers: Annotated[int, Field(ge=1)]


class Ended(Answer):
    """What ended with the patient's death; what others own is theirs to end."""

    patient: str
    version: int
    deceased: str
    contract: str | None = Field(description="the contract that was completed")
    cancelled: list[str] = Field(description="times ahead that were cancelled")


CHANGED: Final = {
    "to": {"system": "http://electronichealth.se/identifier/personnummer", "value": "191212121212"}
}
IDENTITY: Final = {"patient": _PATIENT, "version": 2, "numbers": 2}
PROTECTED: Final = {"kinds": ["sekretessmarkering"]}
PROTECTION: Final = {"patient": _PATIENT, "version": 2, "kinds": ["sekretessmarkering"]}
DIED: Final = {"on": "2026-03-20"}
ENDED: Final = {
    "patient": _PATIENT,
    "version": 2,
    "deceased": "2026-03-20",
    "contract": "CarePlan/aaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbb",
    "cancelled": [],
}
MERGING: Final = {"duplicate": "Patient/cccccccccccccccccccccccccc"}
MERGED: Final = {
    "patient": {"reference": _PATIENT, "version": 2, "replacedBy": None},
    "duplicate": {"reference": MERGING["duplicate"], "version": 2, "replacedBy": _PATIENT},
}
UNMERGED: Final = {
    "patient": {"reference": _PATIENT, "version": 3, "replacedBy": None},
    "duplicate": {"reference": MERGING["duplicate"], "version": 3, "replacedBy": None},
}
