"""What the service sends: items, contracts, lists, problems. Descriptions only: none runs through them."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field

from pk_api.contract.model.agreements import AgreementShown
from pk_api.contract.model.base import Answer, nullable_may_lack
from pk_api.contract.model.circumstances import (
    ChildrenShown,
    CoordinationWish,
    Direction,
    RelativesWish,
    SipNeed,
)
from pk_api.contract.model.items import (
    ActionItem,
    AppointmentItem,
    ContactItem,
    GoalItem,
    Named,
    OfferState,
    Period,
    PersonShown,
    PlanItem,
    RelativeItem,
    TeamItem,
    WhatMattersItem,
)
from pk_api.contract.model.medicines import MedicinesItem
from pk_api.contract.model.notes import NoteItem
from pk_api.contract.model.wishes import WishItem

ItemModel = TypeVar("ItemModel")


class Step(Answer):
    """The next step."""

    text: str | None
    by: str
    due: str | None
    item: str = Field(description="part and id, such as `actions/…`")
    turn_to: str | None


class PartyStep(Step):
    """The next step of a party: the patient (`owner` null), a unit, a relative, or a side as such."""

    owner: PersonShown | None


class NextStepAnswer(Answer):
    """The next step, or null when nothing lies ahead; and that of each party, the earliest first."""

    next_step: Step | None
    next_steps: list[PartyStep]


class Need(Answer):
    """What the patient needs in contacts."""

    kind: str
    text: str


class PatientShown(Answer):
    """The patient; never an identity number."""

    reference: str
    version: int | None
    name: str | None
    birth_date: str | None
    protected: bool
    needs: list[Need]
    preferred_contact: list[str]


class Responsible(Answer):
    """The contact who is responsible for the contract: assigned with a reason, else by the rule that is told.

    `only-contact`: there is no other; `coordinating`: who has the overall coordination; `primary-care`: the
    contact at the unit of the fast läkarkontakt.
    """

    contact: str
    since: str | None
    rule: Literal["assigned", "coordinating", "only-contact", "primary-care"]
    reason: Literal["patient-wish", "most-contact", "primary-care", "handover", "other"] | None
    text: str | None


class Offer(Answer):
    """Why a contract was offered, and what became of the offer."""

    indications: list[str]
    state: OfferState | None
    on: str | None
    answered_on: str | None
    reason: str | None
    reference: str | None


class Gap(Answer):
    """What a contract should hold and does not."""

    kind: str
    text: str
    source: str
    item: str | None


class Milestone(Answer):
    """A version to come back to (`asOf=milestone:…`), and the revision that was first marked so."""

    kind: str
    revision: int
    on: str


class Withheld(Answer):
    """What the caller is not shown."""

    blocked_information_exists: bool = Field(description="care is told that some is not open to it")
    hidden_information_exists: bool = Field(
        description="the patient is told that something is hidden; who stands in for one is not"
    )


class ContractHead(Answer):
    """A contract in a list."""

    id: str
    version: int
    reference: str
    revision: int | None
    status: str
    title: str


class ContractFound(ContractHead):
    """A contract that was looked for."""

    patient: Named
    period: Period
    updated: str


def _parts_may_lack(schema: dict[str, Any]) -> None:
    """Let every part lack: a reader may ask for some of them (`parts`)."""
    nullable_may_lack(schema)
    lists = {name for name, field in schema["properties"].items() if field.get("type") == "array"}
    parts = (lists | {"messages"}) - {"milestones", "gaps"}
    schema["required"] = [name for name in schema["required"] if name not in parts]


class AtHome(Answer):
    """What the patient does, under one heading: own actions and egenvård; each action says which it is."""

    title: str
    actions: list[str] = Field(description="ids of items of `actions`")


class Contract(ContractHead):
    """The whole contract as its reader sees it: one view of FHIR resources.

    Of its parts only those that `parts` names are there, all when it names none.
    """

    model_config = ConfigDict(json_schema_extra=_parts_may_lack)

    not_legal: str
    patient: PatientShown | None
    responsible: Responsible | None
    offer: Offer
    period: Period
    next_step: Step | None
    next_steps: list[PartyStep]
    what_matters: list[WhatMattersItem]
    goals: list[GoalItem]
    agreement: AgreementShown
    actions: list[ActionItem]
    at_home: AtHome
    contacts: list[ContactItem]
    appointments: list[AppointmentItem]
    plans: list[PlanItem]
    relatives: list[RelativeItem]
    relatives_wish: RelativesWish
    children_as_relatives: ChildrenShown | None
    sip_need: SipNeed
    team: list[TeamItem]
    notes: list[NoteItem]
    medicines: list[MedicinesItem]
    wishes: list[WishItem]
    directions: list[Direction]
    coordination_wish: CoordinationWish
    follow_up: dict[str, Any]
    messages: dict[str, int]
    milestones: list[Milestone]
    gaps: list[Gap]
    withheld: Withheld


class MergedField(Answer):
    """A field of an item that others changed since the revision that the writer looked at, and it stands."""

    part: str
    id: str
    field: str = Field(description="such as `text`, or `when.latest` of what merges by parts")
    base: Any
    theirs: Any


class MergedContract(Contract):
    """The contract after a change, and what of others' changes it was merged with."""

    merged: list[MergedField]


class Change(Answer):
    """One resource that a revision made, of those that the caller sees."""

    reference: str
    version: int
    method: str
    part: str | None
    id: str


class By(Answer):
    """Who made a revision; all null where the caller sees nothing of it."""

    kind: str | None
    name: str | None
    unit: str | None


class WhyRevised(Answer):
    """Why a unit revised the contract: a code of `pk-revision-reason`, its name, and words."""

    code: str
    name: str
    text: str | None


class RevisionItem(Answer):
    """A committed change of the contract; `reason` where its unit has said why."""

    number: int
    at: str
    by: By
    reason: WhyRevised | None
    changes: list[Change]


class Items(Answer, Generic[ItemModel]):
    """One page of a list; `next` is the cursor of the page after it, null at the end."""

    items: list[ItemModel]
    next: str | None


class AccessItem(Answer):
    """One access to the patient's data, allowed or refused."""

    id: str = Field(description="the id of the AuditEvent")
    time: str
    care_provider: str | None
    care_unit: str | None
    user: str = Field(description="the user's name where it is told, else the kind of user")
    title: str | None
    what: str
    about: list[str]
    outcome: str
    purpose: str
    emergency: bool = Field(description="access under an emergency opening")


class Received(Answer):
    """A request was received; nothing more is told."""

    status: Literal["received"]


class ProblemError(Answer):
    """One thing that is wrong."""

    pointer: str
    detail: str
    expression: str | None = None


class ProblemAnswer(Answer):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemError] = Field(default=[])
    conflicts: list[dict[str, Any]] | None = None
