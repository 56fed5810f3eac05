"""What is told and shown of what surrounds a contract, with examples."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, model_validator

from pk_api.contract.model.base import Answer, Day, Id, PersonNamed, Request, ShortText, Text, given
from pk_api.contract.model.items import PersonShown, Point
from pk_api.contract.model.made_up import PATIENT_ID
from pk_api.contract.model.requests import Purpose

AdaptationKind = Literal[
    "language",
    "interpreter",
    "sign-language",
    "easy-read",
    "aphasia",
    "hearing",
    "sight",
    "more-time",
    "other",
]


class WishTold(Request):
    """How the patient wants relatives to take part: in words, or not at all."""

    state: Literal["told", "none"]
    text: Text | None = None


class NeedTold(Request):
    """One way in which contacts are adapted, such as the language of an interpreter."""

    kind: AdaptationKind
    text: Text | None = None


class NeedsTold(Request):
    """All ways in which contacts are adapted from now on; none for an empty list."""

    needs: Annotated[list[NeedTold], Field(max_length=20)]


class ChildrenTold(Request):
    """Whether there are children who are relatives; nothing that tells which."""

    exist: bool


class SipNeedTold(Request):
    """Whether a coordinated individual plan (SIP) is needed, or that one was called to, or declined."""

    state: Literal["not-needed", "needed", "called", "declined"]
    text: Text | None = None


class ResponsibleTold(Request):
    """Which contact is responsible for the contract from now on, and why."""

    contact: Id
    reason: Literal["patient-wish", "most-contact", "primary-care", "other"]
    text: ShortText | None = None
    since: Day | None = None


class DirectionTold(Request):
    """Whom the patient turns to for one thing: a contact, or a service or unit; or what to do then."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [given(contact="string"), given(to="object"), given(text="string")]}
    )

    purpose: Purpose
    contact: Id | None = Field(default=None, description="the contact, an item of `contacts`")
    to: PersonNamed | None = None
    text: Text | None = None

    @model_validator(mode="after")
    def _somebody(self) -> "DirectionTold":
        if self.contact is None and self.to is None and self.text is None:
            raise ValueError("whom to turn to, or what to do: contact, to or text")
        return self


class DirectionsTold(Request):
    """All directions from now on, in place of those before."""

    directions: Annotated[list[DirectionTold], Field(max_length=20)]


class CoordinationTold(Request):
    """Whether the patient wishes that plans and contacts are coordinated."""

    state: Literal["wanted", "not-wanted"]
    text: Text | None = None


class Direction(Answer):
    """Whom the patient turns to for what; `said` by the contract itself, else it is what a contact is for."""

    purpose: str
    contact: str | None
    to: PersonShown | None
    telecom: list[Point]
    hours: str | None
    text: str | None
    said: bool


class DirectionsShown(Answer):
    """Whom the patient turns to for what."""

    directions: list[Direction]


class CoordinationWish(Answer):
    """Whether the patient wishes for coordination, as it was told last."""

    state: Literal["wanted", "not-wanted", "not-asked"]
    text: str | None
    told_by: Literal["patient", "relative", "care"] | None
    on: str | None
    reference: str | None


class SipNeed(Answer):
    """The need of a SIP as it was told last, by whom; `exists` when a plan is in force."""

    state: Literal["not-asked", "not-needed", "needed", "called", "declined", "exists"]
    by: PersonShown | None
    on: str | None
    text: str | None
    reference: str | None
    plan: str | None
    call: str | None


class RelativesWish(Answer):
    """The patient's wish about relatives, as it was told last."""

    state: Literal["told", "none", "not-asked"]
    text: str | None
    told_by: Literal["patient", "relative", "care"] | None
    on: str | None
    reference: str | None


class NeedShown(Answer):
    """What the patient needs in contacts."""

    kind: str
    text: str


class NeedsShown(Answer):
    """How contacts are adapted: what care has registered and what was told."""

    needs: list[NeedShown]


class ChildrenShown(Answer):
    """Whether there are children who are relatives; null when nobody has told."""

    exist: bool | None
    reference: str | None


_OBSERVATION = f"Observation/{PATIENT_ID}-o2q3s4u5w6y7a"
WISH_TOLD: Final = {"state": "told", "text": "Min dotter får vara med på alla möten."}
WISH: Final = {**WISH_TOLD, "toldBy": "patient", "on": "2026-03-02T09:15:00+01:00", "reference": _OBSERVATION}
NEEDS_TOLD: Final = {"needs": [{"kind": "interpreter", "text": "arabiska"}, {"kind": "easy-read"}]}
NEEDS: Final = {
    "needs": [
        {"kind": "interpreter", "text": "Tolk behövs: arabiska"},
        {"kind": "easy-read", "text": "Lättläst"},
    ]
}
CHILDREN_TOLD: Final = {"exist": True}
CHILDREN: Final = {"exist": True, "reference": f"Flag/{PATIENT_ID}-o2q3s4u5w6y7a"}
SIP_TOLD: Final = {"state": "called", "text": "Möte i hemmet på torsdag."}
SIP_SHOWN: Final = {
    **SIP_TOLD,
    "by": {"reference": None, "name": "Petra Lund", "role": None, "unit": None, "organisation": None},
    "on": "2026-03-02T09:15:00+01:00",
    "reference": _OBSERVATION,
    "plan": None,
    "call": None,
}
RESPONSIBLE_TOLD: Final = {"contact": f"{PATIENT_ID}-o2q3s4u5w6y7a", "reason": "patient-wish"}
RESPONSIBLE: Final = {**RESPONSIBLE_TOLD, "since": "2026-03-02", "rule": "assigned", "text": None}
_CONTACT = f"{PATIENT_ID}-o2q3s4u5w6y7a"
DIRECTIONS_TOLD: Final = {
    "directions": [{"purpose": "worse", "contact": _CONTACT, "text": "Ring direkt, dygnet runt 112."}]
}
DIRECTIONS: Final = {
    "directions": [
        {
            "purpose": "worse",
            "contact": _CONTACT,
            "to": {
                "reference": "PractitionerRole/0-c5e6g7i2k3m4o5q6s7u2w3y4a5",
                "name": "Petra Lund",
                "role": "Distriktssköterska",
                "unit": None,
                "organisation": None,
            },
            "telecom": [{"system": "phone", "value": "0980-319211", "hours": None}],
            "hours": "vardagar 8–16",
            "text": "Ring direkt, dygnet runt 112.",
            "said": True,
        }
    ]
}
COORDINATION_TOLD: Final = {"state": "wanted", "text": "Jag vill att ni talar med varandra."}
COORDINATION: Final = {
    **COORDINATION_TOLD,
    "toldBy": "patient",
    "on": "2026-03-02T09:15:00+01:00",
    "reference": _OBSERVATION,
}
IN_CONTRACT: Final = {
    "relativesWish": WISH,
    "childrenAsRelatives": CHILDREN,
    "sipNeed": SIP_SHOWN,
    "coordinationWish": COORDINATION,
    **DIRECTIONS,
}
