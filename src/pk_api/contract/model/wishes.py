"""Wishes for a named contact, an actor, or who is responsible: what clients send and are sent."""

from typing import Final, Literal

from pydantic import ConfigDict, Field, model_validator

from pk_api.contract.model.base import (
    Answer,
    Id,
    PatientNamed,
    PersonNamed,
    Request,
    ShortText,
    Text,
    given,
    given_if,
)
from pk_api.contract.model.items import Item, Named, PersonShown
from pk_api.contract.model.made_up import HEALTH_CENTRE, PATIENT_ID
from pk_api.contract.model.requests import ContactKind, ContactNew

Json = dict[str, object]

Kind = Literal["contact", "actor", "responsible"]


class WishMade(Request):
    """A wish: for a named contact, that an actor is connected, or for who is responsible for the contract.

    Patients wish for themselves; care names the patient or the contract. Without `to` it goes to the contact
    who is responsible for the contract.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"kind": {"enum": ["contact"]}}},
                given_if("actor", actor="object"),
                given_if("actor", text="string"),
                given_if("responsible", contact="string"),
            ]
        }
    )

    kind: Kind
    patient: PatientNamed | None = None
    contract: Id | None = Field(default=None, description="the patient's active contract when it is left out")
    to: PersonNamed | None = Field(default=None, description="the unit, or who at it, that is asked")
    text: Text | None = None
    contact_kind: ContactKind | None = Field(default=None, description="which kind of contact is wished for")
    actor: PersonNamed | None = Field(default=None, description="the actor, when it is registered")
    contact: Id | None = Field(default=None, description="the contact who is to be responsible")

    @model_validator(mode="after")
    def _told(self) -> "WishMade":
        if self.kind == "actor" and self.actor is None and self.text is None:
            raise ValueError("which actor: actor, or text")
        if self.kind == "responsible" and self.contact is None:
            raise ValueError("which contact: contact")
        return self


class WishAnswer(Request):
    """The answer to a wish; a yes says what came of it, a no says why."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"answer": {"enum": ["accepted", "withdrawn"]}}},
                given(reason="string"),
            ]
        }
    )

    answer: Literal["accepted", "declined", "withdrawn"]
    reason: ShortText | None = None
    contact: Id | None = Field(default=None, description="the contact who is named: one that there is")
    new_contact: ContactNew | None = Field(default=None, description="the contact who is named by the answer")
    actor: PersonNamed | None = Field(
        default=None, description="the actor that joins the team; else the one wished for"
    )

    @model_validator(mode="after")
    def _reason_given(self) -> "WishAnswer":
        if self.answer == "declined" and self.reason is None:
            raise ValueError("a no says why: reason")
        return self


class WishItem(Item):
    """A wish; `contact` is the contact who was named, or who is to be responsible."""

    kind: Kind
    patient: Named
    contract: str | None
    state: Literal["requested", "accepted", "declined", "withdrawn"]
    text: str | None
    contact_kind: str | None
    actor: PersonShown | None
    by: PersonShown | None
    by_side: Literal["patient", "care", "municipality", "relative", "other"]
    to: PersonShown | None
    on: str | None
    answered_on: str | None
    reason: str | None
    contact: str | None


class WishList(Answer):
    """A page of wishes; `next` is the cursor of the page after it."""

    items: list[WishItem]
    next: str | None


_ID: Final = f"{PATIENT_ID}-o2q3s4u5w6y7a"
_PATIENT: Final = f"Patient/{PATIENT_ID}"
MADE: Final[Json] = {
    "kind": "contact",
    "to": {"hsaId": "SE2329990010-2001"},
    "contactKind": "fast-vardkontakt",
    "text": "Jag vill ha en person att ringa till.",
}
ANSWERED: Final[Json] = {"answer": "declined", "reason": "Patienten är listad på en annan vårdcentral."}
WISH: Final[Json] = {
    "id": _ID,
    "version": 2,
    "reference": f"Task/{_ID}",
    "hidden": None,
    "kind": "contact",
    "patient": {"reference": _PATIENT},
    "contract": None,
    "state": "declined",
    "text": "Jag vill ha en person att ringa till.",
    "contactKind": "fast-vardkontakt",
    "actor": None,
    "by": {"reference": _PATIENT, "name": None, "role": None, "unit": None, "organisation": None},
    "bySide": "patient",
    "to": HEALTH_CENTRE,
    "on": "2026-03-02T10:00:00+01:00",
    "answeredOn": "2026-03-03T09:00:00+01:00",
    "reason": "Patienten är listad på en annan vårdcentral.",
    "contact": None,
}
WISHES: Final[Json] = {"items": [WISH], "next": None}
