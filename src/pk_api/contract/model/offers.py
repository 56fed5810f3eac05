"""Offers of a contract: what clients send and are sent."""

from typing import Final, Literal

from pydantic import ConfigDict, Field, model_validator

from pk_api.contract.model.base import Answer, PatientNamed, PersonNamed, Request, ShortText, Text, given
from pk_api.contract.model.items import Item, Named, OfferState, PersonShown
from pk_api.contract.model.made_up import HEALTH_CENTRE, PATIENT, PATIENT_ID
from pk_api.contract.model.requests import Indication

Json = dict[str, object]


class OfferMade(Request):
    """An offer of a contract; from a patient, the wish for one, which names no more than whom it asks.

    With `notOffered` it is the note of care that none is offered, and why.
    """

    patient: PatientNamed | None = None
    indications: list[Indication] | None = Field(default=None, min_length=1, max_length=4)
    text: Text | None = None
    to: PersonNamed | None = Field(default=None, description="whom a patient asks")
    not_offered: ShortText | None = Field(default=None, description="why care offers none")


class OfferAnswer(Request):
    """The answer to an offer, or to a wish; a no says why."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"answer": {"enum": ["accepted", "withdrawn"]}}},
                given(reason="string"),
            ]
        }
    )

    answer: Literal["accepted", "declined", "not-offered", "withdrawn"]
    reason: ShortText | None = None

    @model_validator(mode="after")
    def _reason_given(self) -> "OfferAnswer":
        if self.answer in {"declined", "not-offered"} and self.reason is None:
            raise ValueError("a no says why: reason")
        return self


class OfferItem(Item):
    """An offer of a contract, or a wish for one; `contract` is the one that came of it."""

    patient: Named
    state: OfferState
    indications: list[str]
    text: str | None
    by: PersonShown | None
    by_side: Literal["patient", "care", "municipality", "relative", "other"]
    to: PersonShown | None
    on: str | None
    answered_on: str | None
    reason: str | None
    contract: str | None


class OfferList(Answer):
    """A page of offers; `next` is the cursor of the page after it."""

    items: list[OfferItem]
    next: str | None


_ID: Final = f"{PATIENT_ID}-o2q3s4u5w6y7a"
MADE: Final[Json] = {"patient": {"personnummer": "191212121212"}, "indications": ["complex"]}
ANSWERED: Final[Json] = {"answer": "declined", "reason": "Jag har bara en kontakt i vården."}
OFFER: Final[Json] = {
    "id": _ID,
    "version": 2,
    "reference": f"Task/{_ID}",
    "hidden": None,
    "patient": PATIENT,
    "state": "declined",
    "indications": ["complex"],
    "text": "Erbjudande om patientkontrakt",
    "by": HEALTH_CENTRE,
    "bySide": "care",
    "to": {
        "reference": f"Patient/{PATIENT_ID}",
        "name": None,
        "role": None,
        "unit": None,
        "organisation": None,
    },
    "on": "2026-03-02T10:00:00+01:00",
    "answeredOn": "2026-03-03T09:00:00+01:00",
    "reason": "Jag har bara en kontakt i vården.",
    "contract": None,
}
OFFERS: Final[Json] = {"items": [OFFER], "next": None}
