"""Handovers of a contract's coordination: what clients send and are sent."""

from typing import Final, Literal

from pydantic import ConfigDict, Field

from pk_api.contract.model.base import Answer, Id, PersonNamed, Request, ShortText, Text, given
from pk_api.contract.model.items import Item, Named, PersonShown
from pk_api.contract.model.made_up import HEALTH_CENTRE, PATIENT, PATIENT_ID
from pk_api.contract.model.requests import ContactNew

Json = dict[str, object]


class HandoverAsked(Request):
    """That a unit is asked to take over the coordination of the contract."""

    to: PersonNamed
    text: Text | None = None


class HandoverAccepted(Request):
    """A yes names the contact of the own unit who coordinates from now on."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [given(contact="string"), given(newContact="object")]}
    )

    contact: Id | None = Field(default=None, description="a fast vårdkontakt that there is")
    new_contact: ContactNew | None = Field(default=None, description="one who is named by the answer")


class HandoverDeclined(Request):
    """A no says why."""

    reason: ShortText


class HandoverItem(Item):
    """A handover; `contact` is the one who has taken over."""

    patient: Named
    contract: str | None
    state: Literal["requested", "accepted", "declined", "withdrawn"]
    text: str | None
    by: PersonShown | None
    to: PersonShown | None
    on: str | None
    answered_on: str | None
    reason: str | None
    contact: str | None


class HandoverList(Answer):
    """The handovers of a contract."""

    items: list[HandoverItem]


class HandoverPage(HandoverList):
    """A page of handovers; `next` is the cursor of the page after it."""

    next: str | None


_ID: Final = f"{PATIENT_ID}-h2q3s4u5w6y7a"
ASKED: Final[Json] = {"to": {"hsaId": "SE2329990010-2001"}, "text": "Patienten skrivs ut till er."}
ACCEPTED: Final[Json] = {"contact": f"{PATIENT_ID}-c2q3s4u5w6y7a"}
DECLINED: Final[Json] = {"reason": "Patienten är listad på en annan vårdcentral."}
HANDOVER: Final[Json] = {
    "id": _ID,
    "version": 1,
    "reference": f"Task/{_ID}",
    "hidden": None,
    "patient": PATIENT,
    "contract": f"{PATIENT_ID}-k2q3s4u5w6y7a",
    "state": "requested",
    "text": "Patienten skrivs ut till er.",
    "by": None,
    "to": HEALTH_CENTRE,
    "on": "2026-03-16T09:00:00+01:00",
    "answeredOn": None,
    "reason": None,
    "contact": None,
}
HANDOVERS: Final[Json] = {"items": [HANDOVER]}
PAGE: Final[Json] = {"items": [HANDOVER], "next": None}
