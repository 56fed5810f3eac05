"""What is told and shown of what surrounds a contract, with examples."""

from typing import Annotated, Final, Literal

from pydantic import Field

from pk_api.contract.model.base import Answer, Day, Id, Request, ShortText, Text
from pk_api.contract.model.items import PersonShown

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


_OBSERVATION = "Observation/k7c2m4q6s2u3w4y5a2c3e4g5i6-o2q3s4u5w6y7a"
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
CHILDREN: Final = {"exist": True, "reference": "Flag/k7c2m4q6s2u3w4y5a2c3e4g5i6-o2q3s4u5w6y7a"}
SIP_TOLD: Final = {"state": "called", "text": "Möte i hemmet på torsdag."}
SIP_SHOWN: Final = {
    **SIP_TOLD,
    "by": {"reference": None, "name": "Petra Lund", "role": None, "unit": None, "organisation": None},
    "on": "2026-03-02T09:15:00+01:00",
    "reference": _OBSERVATION,
    "plan": None,
    "call": None,
}
RESPONSIBLE_TOLD: Final = {"contact": "k7c2m4q6s2u3w4y5a2c3e4g5i6-o2q3s4u5w6y7a", "reason": "patient-wish"}
RESPONSIBLE: Final = {**RESPONSIBLE_TOLD, "since": "2026-03-02", "rule": "assigned", "text": None}
IN_CONTRACT: Final = {"relativesWish": WISH, "childrenAsRelatives": CHILDREN, "sipNeed": SIP_SHOWN}
