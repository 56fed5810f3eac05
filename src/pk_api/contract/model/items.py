"""The items of a contract's parts as the service sends them, and the persons in them. Descriptions only."""

from typing import Literal

from pydantic import Field

from pk_api.contract.model.base import Answer

OfferState = Literal["wished", "offered", "accepted", "declined", "not-offered", "withdrawn"]


class Unit(Answer):
    """A care unit or other unit."""

    hsa_id: str | None
    name: str | None


class OrganisationShown(Unit):
    """An organisation, with the kind of principal it belongs to."""

    kind: Literal["region", "municipality", "private", "other"] | None


class PersonShown(Answer):
    """A person or unit; what the caller may not see is null."""

    reference: str | None
    name: str | None
    role: str | None
    unit: Unit | None
    organisation: OrganisationShown | None


class Named(Answer):
    """A reference alone."""

    reference: str | None


class WhenShown(Answer):
    """A time that may be uncertain."""

    text: str | None
    earliest: str | None
    latest: str | None


class Point(Answer):
    """A way of reaching somebody, and when it is open if that is told."""

    system: str | None
    value: str
    hours: str | None


class Hidden(Answer):
    """From whom an item is hidden: why, by whom, and when that is looked at again."""

    from_: list[Literal["patient", "guardian"]] = Field(alias="from")
    reason: str | None
    author: str | None
    review: str | None


class Item(Answer):
    """What every item has: the id, version and reference of the FHIR resource behind it."""

    id: str
    version: int
    reference: str
    hidden: Hidden | None


class WhatMattersItem(Item):
    """What matters to the patient."""

    text: str | None
    told_by: Literal["patient", "relative", "care"]
    relative: str | None
    on: str | None
    reason: str | None
    state: Literal["active", "ended"]


class GoalItem(Item):
    """A goal, and who has accepted it."""

    text: str | None
    kind: Literal["goal", "expectation"]
    state: str
    achievement: str | None
    due: str | None
    from_what_matters: list[str]
    accepted_by: list[str]
    declined_by: list[str]
    reason: str | None


class PauseShown(Answer):
    """Days of a care guarantee that are not counted."""

    start: str
    end: str | None
    reason: str | None


class GuaranteeShown(Answer):
    """The care guarantee of an action: `due` is its last day, null while its days are not counted."""

    type: str
    start: str | None
    due: str | None
    paused: list[PauseShown]
    text: str


class EgenvardShown(Answer):
    """Who assessed that the patient can do it, alone (no helper) or with whose help."""

    assessor: PersonShown | None
    on: str | None
    helper: PersonShown | None
    follow_up: str | None
    reassess: str | None


class ToldAnswer(Answer):
    """What an actor outside care answered, as care was told: to whom, when, by whom of the actor."""

    answer: Literal["accepted", "declined"]
    on: str
    told_by: str | None
    told_to: PersonShown | None


class OtherActorShown(Answer):
    """Whom to reach at an actor outside care, and what it answered."""

    contact: str | None
    telecom: list[Point]
    answer: ToldAnswer | None


class ActionItem(Item):
    """An agreed action; `intervention` is a ServiceRequest of care, read only here."""

    text: str | None
    side: Literal["patient", "care", "municipality", "relative", "other"]
    owner: PersonShown | None
    kind: str | None
    when: WhenShown | None
    state: str
    reason: str | None
    plan: str | None
    goals: list[str]
    turn_to: str | None
    egenvard: EgenvardShown | None
    guarantee: GuaranteeShown | None
    other_actor: OtherActorShown | None = Field(description="of an action on the side `other`")
    intervention: str | None
    choice: str | None = Field(description="of an alternative: the choice that it is an option of")
    options: list[str] = Field(description="of a choice: its alternatives, items of `actions`")
    chosen: str | None


class Appointed(Answer):
    """Who appointed a contact, and when; a fast läkarkontakt the patient may have chosen."""

    by: PersonShown | None
    on: str | None


class ContactItem(Item):
    """A named contact; the one who coordinates has `coordinating` true.

    `lifeThreatening`: the illness threatens the patient's life, and the contact is a licensed physician.
    """

    kind: str | None
    coordinating: bool
    name: str | None
    role: str | None
    unit: Unit | None
    organisation: OrganisationShown | None
    member: Named
    telecom: list[Point]
    hours: str | None
    for_: list[str] = Field(alias="for")
    since: str | None
    until: str | None
    appointed: Appointed | None
    life_threatening: bool
    reason: str | None
    state: Literal["active", "proposed", "ended"]


class PlaceShown(Answer):
    """A place."""

    reference: str | None
    name: str | None


class MayShown(Answer):
    """What the patient may do with a time."""

    cancel: bool
    rebook: bool
    message: bool


class AnswerItem(Item):
    """What one who was invited answered."""

    by: str
    answer: str
    start: str | None
    end: str | None
    comment: str | None


class AppointmentItem(Item):
    """A time."""

    state: str
    text: str | None
    start: str | None
    end: str | None
    with_: list[PersonShown] = Field(alias="with")
    form: str | None
    place: PlaceShown | None
    agreed_how: str | None
    may: MayShown
    support: list[str]
    instruction: str | None
    reason: str | None
    patient_answer: str | None
    answers: list[AnswerItem]


class Period(Answer):
    """A period of days; null is open."""

    start: str | None
    end: str | None


class Activity(Answer):
    """What a plan of another system says itself of an activity."""

    text: str | None
    state: str | None


class ConsentShown(Answer):
    """The patient's consent to a plan."""

    on: str | None
    reference: str


class DiagnosisShown(Answer):
    """What a plan is about."""

    text: str | None
    code: str | None
    system: str | None


class ReconciledShown(Answer):
    """Who went through a plan last, with which others, and whether any of them has changed since."""

    id: str
    by: PersonShown | None
    on: str | None
    with_: list[str] = Field(alias="with")
    changed_since: bool


class PlanItem(Item):
    """A plan under the contract."""

    kind: str | None
    kind_text: str | None
    national_type: str | None
    statutes: list[str]
    title: str | None
    description: str | None
    owner: PersonShown | None
    state: str
    reason: str | None
    period: Period
    part_of: str | None
    goals: list[str]
    activities: list[Activity]
    content: Literal["full", "index-card"]
    diagnosis: DiagnosisShown | None
    link: str | None
    lead: PersonShown | None
    follow_up: str | None
    consent: ConsentShown | None
    reconciled: ReconciledShown | None
    pathway: str | None = Field(description="canonical of the PlanDefinition that it was started by")


class RelativeItem(Item):
    """A relative or stand-in."""

    name: str | None
    relation: str | None
    relation_text: str | None
    telecom: list[Point]
    may_read: list[str]
    may_act: list[str]
    wish: str | None
    since: str | None
    until: str | None
    reason: str | None
    state: Literal["active", "ended"]


class TeamItem(Item):
    """Somebody in the plan's team; the id is the participant's, the version that of the whole team."""

    member: Named
    name: str | None
    role: str | None
    unit: Unit | None
    organisation: OrganisationShown | None
    side: str
    since: str | None
    until: str | None
    state: Literal["active", "ended"]
