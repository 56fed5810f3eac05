"""Calls to a SIP: what clients send and are sent."""

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from pk_api.contract.model.base import (
    Answer,
    Instant,
    OneOf,
    PatientNamed,
    PersonNamed,
    Request,
    ShortText,
    Text,
    one_of,
    require_order,
)
from pk_api.contract.model.items import Item, Named, PersonShown
from pk_api.contract.model.made_up import HEALTH_CENTRE, HOME_CARE, PATIENT, PATIENT_ID
from pk_api.contract.model.requests import Form

Json = dict[str, object]


class SipCalled(OneOf):
    """A call to the meeting at which a SIP is made, of a patient or under a contract: when, how, who.

    The caller's own unit calls; the patient is called by that, `parties` are the others.
    """

    model_config = one_of(patient="object", contract="string")

    patient: PatientNamed | None = None
    contract: Annotated[str, Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")] | None = None
    start: Instant
    end: Instant
    form: Form | None = None
    place: ShortText | None = None
    text: Text | None = Field(default=None, description="to those who are called")
    instruction: Text | None = Field(default=None, description="to the patient")
    parties: Annotated[list[PersonNamed], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _in_order(self) -> "SipCalled":
        require_order(self.start, self.end)
        return self


class SipCallAnswer(Request):
    """What a party says to a call."""

    comment: ShortText | None = None


class SipCallNoted(Request):
    """What a party has said otherwise, noted by the unit that calls."""

    party: PersonNamed
    answer: Literal["accepted", "declined"]


class SipCalledOff(Request):
    """Why a call is called off."""

    reason: ShortText


class SipParty(Answer):
    """One who is called; `answer` is null until there is one, `on` and `comment` where they are not open."""

    who: PersonShown | None
    side: Literal["patient", "care", "municipality", "relative", "other"]
    answer: Literal["accepted", "declined"] | None
    on: str | None
    comment: str | None


class SipCallItem(Item):
    """A call to a SIP; `principals` are the kinds of organisations that call or are called."""

    patient: Named
    contract: str | None
    state: Literal["called", "confirmed", "held", "called-off"]
    by: PersonShown | None
    on: str | None
    start: str | None
    end: str | None
    form: str | None
    place: str | None
    text: str | None
    instruction: str | None
    parties: list[SipParty]
    principals: list[str]
    reason: str | None


class SipCallList(Answer):
    """A page of calls; `next` is the cursor of the page after it."""

    items: list[SipCallItem]
    next: str | None


CALLED: Final[Json] = {
    "patient": {"personnummer": "191212121212"},
    "start": "2026-03-18T13:00:00+01:00",
    "end": "2026-03-18T14:00:00+01:00",
    "form": "video",
    "parties": [{"hsaId": "SE2329990028-1001"}],
}
COMMENT: Final[Json] = {"comment": "Vi kommer två."}
NOTED: Final[Json] = {"party": {"hsaId": "SE2329990028-1001"}, "answer": "accepted"}
CALLED_OFF: Final[Json] = {"reason": "Patienten är inte utskrivningsklar."}
SIP_CALL: Final[Json] = {
    "id": f"{PATIENT_ID}-a2q3s4u5w6y7a",
    "version": 1,
    "reference": f"Appointment/{PATIENT_ID}-a2q3s4u5w6y7a",
    "hidden": None,
    "patient": PATIENT,
    "contract": None,
    "state": "called",
    "by": HEALTH_CENTRE,
    "on": "2026-03-16T10:00:00+01:00",
    "start": "2026-03-18T13:00:00+01:00",
    "end": "2026-03-18T14:00:00+01:00",
    "form": "video",
    "place": None,
    "text": None,
    "instruction": None,
    "parties": [{"who": HOME_CARE, "side": "municipality", "answer": None, "on": None, "comment": None}],
    "principals": ["municipality", "region"],
    "reason": None,
}
SIP_CALLS: Final[Json] = {"items": [SIP_CALL], "next": None}
