"""Admissions, the notices of them, and clocks: what clients send and are sent."""

from typing import Annotated, Final, Literal

from pydantic import Field

from pk_api.contract.model.base import (
    Answer,
    Day,
    Instant,
    PatientNamed,
    PersonNamed,
    Request,
    ShortText,
    Text,
)
from pk_api.contract.model.items import Item, Named, PersonShown
from pk_api.contract.model.made_up import PATIENT, PATIENT_ID, WARD

Json = dict[str, object]
Principal = Literal["region", "municipality"]
Compulsory = Literal["opt", "orv"]
NoticeKind = Literal[
    "admission-notice", "ready-for-discharge", "not-ready-for-discharge", "discharge-information"
]
ClockKind = Literal[
    "draft-contract",
    "send-admission-notice",
    "name-contact",
    "call-to-sip",
    "compulsory-care-plan",
    "transfer-information",
    "reassess-goals",
    "revise-contract",
    "care-guarantee",
]


class NeedsAssessed(Request):
    """Who is needed after discharge, as the treating physician has assessed; nobody: no principals."""

    principals: list[Principal] = Field(max_length=2)
    assessed_on: Instant | None = Field(default=None, description="now unless said")
    expected_discharge: Day | None = None
    compulsory: Compulsory | None = Field(default=None, description="open compulsory care, LPT or LRV")


class Admitted(Request):
    """One is admitted: to the caller's unit unless another is named, now unless said."""

    patient: PatientNamed
    unit: PersonNamed | None = None
    admitted_on: Instant | None = None
    needs: NeedsAssessed | None = None


class Told(Request):
    """What units are told; those that had the admission notice unless others are named."""

    to: Annotated[list[PersonNamed], Field(min_length=1, max_length=20)] | None = None
    text: Text | None = None


class FirstTold(Told):
    """The admission notice: to the units that are to receive the patient."""

    to: Annotated[list[PersonNamed], Field(min_length=1, max_length=20)]


class NotReady(Request):
    """Why the patient is no longer ready."""

    reason: ShortText


class Left(Request):
    """When the patient left; now unless said."""

    on: Instant | None = None


class Notice(Answer):
    """What a unit was told."""

    reference: str
    kind: NoticeKind
    to: PersonShown | None
    sent_on: str | None
    text: str | None


class AdmissionItem(Item):
    """An admission, what was told of it, and its clocks, as far as the caller sees them."""

    patient: Named
    unit: PersonShown | None
    state: Literal["admitted", "ready", "discharged", "cancelled"]
    admitted_on: str | None
    discharged_on: str | None
    assessed_on: str | None
    principals: list[str]
    expected_discharge: str | None
    compulsory: str | None
    ready_since: str | None
    notices: list[Notice]
    clocks: list["ClockItem"]


class ClockItem(Item):
    """What a unit must do, since when and until when; `due` is null where no law sets a time yet."""

    kind: ClockKind
    text: str
    state: str
    patient: Named
    unit: PersonShown | None
    admission: str | None
    since: str | None
    due: str | None
    overdue: bool


class ClockList(Answer):
    """A page of clocks; `next` is the cursor of the page after it."""

    items: list[ClockItem]
    next: str | None


NEEDS: Final[Json] = {"principals": ["region", "municipality"], "expectedDischarge": "2026-03-16"}
ADMITTED: Final[Json] = {"patient": {"personnummer": "191212121212"}, "needs": NEEDS}
TOLD: Final[Json] = {"to": [{"hsaId": "SE2329990010-2001"}]}
NOT_READY: Final[Json] = {"reason": "Feber"}
LEFT: Final[Json] = {"on": "2026-03-16T13:00:00+01:00"}
CLOCK: Final[Json] = {
    "id": f"{PATIENT_ID}-c2q3s4u5w6y7a",
    "version": 1,
    "reference": f"Task/{PATIENT_ID}-c2q3s4u5w6y7a",
    "hidden": None,
    "kind": "send-admission-notice",
    "text": "Skicka inskrivningsmeddelande",
    "state": "requested",
    "patient": PATIENT,
    "unit": WARD,
    "admission": f"Encounter/{PATIENT_ID}-e2q3s4u5w6y7a",
    "since": "2026-03-10T09:00:00+01:00",
    "due": "2026-03-11T09:00:00+01:00",
    "overdue": False,
}
CLOCKS: Final[Json] = {"items": [CLOCK], "next": None}
ADMISSION: Final[Json] = {
    "id": f"{PATIENT_ID}-e2q3s4u5w6y7a",
    "version": 1,
    "reference": f"Encounter/{PATIENT_ID}-e2q3s4u5w6y7a",
    "hidden": None,
    "patient": PATIENT,
    "unit": WARD,
    "state": "admitted",
    "admittedOn": "2026-03-10T09:00:00+01:00",
    "dischargedOn": None,
    "assessedOn": "2026-03-10T09:00:00+01:00",
    "principals": ["municipality", "region"],
    "expectedDischarge": "2026-03-16",
    "compulsory": None,
    "readySince": None,
    "notices": [],
    "clocks": [CLOCK],
}
