"""What clients send: contracts, items of each part, events."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from pk_api.contract.model.base import (
    WHOLE,
    Day,
    Id,
    Instant,
    PartyNamed,
    PatientNamed,
    PersonNamed,
    PlaceNamed,
    Request,
    RoleNamed,
    ShortText,
    TelecomPoint,
    Text,
    changes_of,
    given,
    require_order,
)

Indication = Literal["long-term", "complex", "other-reason", "patient-wish"]
ContactKind = Literal[
    "fast-vardkontakt",
    "fast-lakarkontakt",
    "fast-omsorgskontakt",
    "kontaktsjukskoterska",
    "vardsamordnare",
    "administrativ-kontakt",
]
Purpose = Literal["questions", "worse", "admin", "medicines"]
Form = Literal["visit", "home-visit", "phone", "video", "message", "monitoring", "meeting", "other"]
AgreedHow = Literal["chosen-together", "patient-selfbooked", "assigned", "assigned-confirmed"]
Achievement = Literal[
    "in-progress",
    "improving",
    "worsening",
    "no-change",
    "achieved",
    "sustaining",
    "not-achieved",
    "no-progress",
    "not-attainable",
]
Relation = Literal[
    "guardian",
    "spouse",
    "partner",
    "parent",
    "child",
    "sibling",
    "grandparent",
    "grandchild",
    "friend",
    "neighbour",
    "god-man",
    "forvaltare",
    "framtidsfullmakt",
    "narstaende",
]
PartName = Literal[
    "whatMatters", "goals", "actions", "contacts", "appointments", "plans", "relatives", "team", "agreement"
]


class ContractOpening(Request):
    """A contract to be opened."""

    patient: PatientNamed
    status: Literal["draft", "active"] = "active"
    indications: list[Indication] = Field(default=[], max_length=4)
    title: ShortText | None = None


class ContractSearch(Request):
    """Which contracts are looked for; those of every status when none is named."""

    patient: PatientNamed | None = None
    status: Literal["draft", "active", "on-hold", "completed", "revoked", "entered-in-error"] | None = None
    unit: Annotated[str, Field(pattern=r"^[A-Za-z0-9\-/.]{1,80}$")] | None = Field(
        default=None, description="HSA-id of a care provider or unit that owns the contract"
    )
    updated_since: Instant | None = None
    limit: Annotated[int, Field(ge=1, le=500), WHOLE] = 50
    cursor: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{0,1000}$")] | None = None


class StatusChange(Request):
    """What is to become of the contract."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"status": {"enum": ["activate", "complete", "entered-in-error"]}}},
                given(reason="string"),
            ]
        }
    )

    status: Literal["activate", "complete", "revoke", "entered-in-error"]
    reason: ShortText | None = None

    @model_validator(mode="after")
    def _reason_given(self) -> "StatusChange":
        if self.status == "revoke" and self.reason is None:
            raise ValueError("a revoked contract has a reason")
        return self


class CoordinationRequest(Request):
    """A request to whoever coordinates for the patient."""

    patient: PatientNamed
    text: Text


class WhatMattersNew(Request):
    """What matters to the patient, in the patient's words."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"relative": {"type": "null"}}},
                {"properties": {"toldBy": {"enum": ["relative", None]}}},
            ]
        }
    )

    text: Text
    told_by: Literal["patient", "relative", "care"] | None = None
    relative: Id | None = Field(default=None, description="the relative who told it, an item of `relatives`")
    on: Day | None = None

    @model_validator(mode="after")
    def _relative_told(self) -> "WhatMattersNew":
        if self.relative is not None and self.told_by not in {None, "relative"}:
            raise ValueError("a relative is named only when a relative told it")
        return self


class GoalNew(Request):
    """A goal of care and treatment."""

    text: Text
    kind: Literal["goal", "expectation"] | None = None
    achievement: Achievement | None = None
    due: Day | None = None
    from_what_matters: list[Id] | None = Field(default=None, max_length=50)


class AppointedNew(Request):
    """Who appointed a contact: somebody of its own care provider; the writer, when it is of that.

    The patient may have chosen a fast läkarkontakt.
    """

    by: PersonNamed
    on: Day | None = Field(default=None, description="today when nothing is said")


class ContactNew(Request):
    """A named contact of the patient."""

    kind: ContactKind
    coordinating: bool | None = None
    member: RoleNamed
    telecom: list[TelecomPoint] | None = Field(default=None, max_length=20)
    hours: ShortText | None = None
    for_: list[Purpose] | None = Field(default=None, alias="for")
    since: Day | None = None
    appointed: AppointedNew | None = None
    life_threatening: bool | None = Field(
        default=None, description="the illness threatens the patient's life: the contact is a physician"
    )


class May(Request):
    """What the patient may do with a time; what is not said is not allowed."""

    cancel: bool = False
    rebook: bool = False
    message: bool = False


class AppointmentNew(Request):
    """A time: booked, or proposed to the patient."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                given(start="string", end="string"),
                {
                    "required": ["state"],
                    "properties": {
                        "state": {"const": "proposed"},
                        "start": {"type": "null"},
                        "end": {"type": "null"},
                    },
                },
            ]
        }
    )

    state: Literal["proposed", "booked"] | None = None
    text: ShortText | None = None
    start: Instant | None = None
    end: Instant | None = None
    with_: list[PersonNamed] | None = Field(default=None, alias="with", max_length=20)
    form: Form | None = None
    place: PlaceNamed | None = None
    agreed_how: AgreedHow | None = None
    may: May | None = None
    support: list[ShortText] | None = Field(default=None, max_length=20)
    instruction: Text | None = None

    @model_validator(mode="after")
    def _times(self) -> "AppointmentNew":
        if (self.start is None) != (self.end is None):
            raise ValueError("a time has both start and end, or neither")
        if self.start is None and self.state != "proposed":
            raise ValueError("a booked time has start and end")
        return self


class RelativeNew(Request):
    """A relative or stand-in, and what the patient lets them see and do."""

    name: ShortText
    relation: Relation
    telecom: list[TelecomPoint] | None = Field(default=None, max_length=20)
    may_read: list[PartName] | None = None
    may_act: list[PartName] | None = None
    wish: Text | None = None
    since: Day | None = None


class TeamMemberNew(Request):
    """Somebody who joins the plan's team."""

    member: PartyNamed
    since: Day | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "TeamMemberNew":
        require_order(self.since, self.until)
        return self


WhatMattersChange = changes_of(WhatMattersNew, "WhatMattersChange")
GoalChange = changes_of(GoalNew, "GoalChange")
ContactChange = changes_of(ContactNew, "ContactChange")
AppointmentChange = changes_of(AppointmentNew, "AppointmentChange", without=("state",))
RelativeChange = changes_of(RelativeNew, "RelativeChange")
TeamMemberChange = changes_of(TeamMemberNew, "TeamMemberChange")


class PlainEvent(Request):
    """An event about which nothing more is said: an empty object, or no body at all."""


class EventWithReason(Request):
    """An event and why."""

    reason: ShortText | None = None


class ReasonedEvent(Request):
    """An event that needs a reason."""

    reason: ShortText


class TimeAnswer(Request):
    """An answer to a time."""

    comment: ShortText | None = None


class TimeProposal(Request):
    """Another time, proposed by one who was invited."""

    start: Instant
    end: Instant
    comment: ShortText | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "TimeProposal":
        require_order(self.start, self.end)
        return self
