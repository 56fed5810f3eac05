"""What is said of an agreed action: who, what, when; and of egenvård the assessment."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from pk_api.contract.model.base import (
    FHIR_ID,
    Day,
    Id,
    OneOf,
    PersonNamed,
    Request,
    ShortText,
    TelecomPoint,
    Text,
    When,
    WhenChange,
    changes_of,
    given,
    one_of,
)

Intervention = Literal["health-promoting", "preventive", "treating", "rehabilitating", "habilitating"]
Side = Literal["patient", "care", "municipality", "relative", "other"]


class HelperNamed(OneOf):
    """One who helps: by reference, or by name; exactly one of them."""

    model_config = one_of(reference="string", name="string")

    reference: (
        Annotated[str, Field(pattern=rf"^(RelatedPerson|Practitioner|PractitionerRole)/{FHIR_ID}$")] | None
    ) = None
    name: ShortText | None = None


class OwnerNamed(PersonNamed):
    """A person or unit: by reference, by HSA-id, or an actor outside care by its name; one of them."""

    model_config = one_of(reference="string", hsaId="string", name="string")

    name: ShortText | None = None


class OtherActor(Request):
    """Whom to reach at an actor outside care, such as Försäkringskassan: who answers for it, and how."""

    contact: ShortText | None = None
    telecom: list[TelecomPoint] | None = Field(default=None, max_length=20)


class Egenvard(Request):
    """The assessment that an action is egenvård: done by the patient, alone or with somebody's help."""

    assessor: PersonNamed = Field(description="one of licensed staff, as a person or in a role")
    on: Day
    helper: HelperNamed | None = None
    follow_up: Day | None = None
    reassess: Day | None = None


class Pause(Request):
    """Days of a care guarantee that are not counted, first and last; without a last day it lasts."""

    start: Day
    end: Day | None = None
    reason: Literal["patient-waits", "medical"] | None = None


class GuaranteeTold(Request):
    """The care guarantee of an action; its last day is counted, in calendar days."""

    type: Literal["contact", "assessment", "specialist-visit", "treatment"]
    start: Day
    paused: list[Pause] | None = Field(default=None, max_length=50)


class Option(Request):
    """An alternative: who would do what."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [given(side="string"), given(owner="object")]})

    text: Text
    side: Side | None = None
    owner: OwnerNamed | None = None
    other_actor: OtherActor | None = Field(default=None, description="of an actor outside care, side `other`")
    kind: Literal["own-action", "care-action", "egenvard", "book-time"] | None = None
    intervention: Intervention | None = None
    when: When | None = None
    plan: Id | None = None
    goals: list[Id] | None = Field(default=None, max_length=50)
    turn_to: Id | None = Field(default=None, description="the contact to turn to, an item of `contacts`")
    egenvard: Egenvard | None = Field(default=None, description="the assessment, of what is egenvård")
    guarantee: GuaranteeTold | None = None

    @model_validator(mode="after")
    def _somebody(self) -> "Option":
        if self.side is None and self.owner is None:
            raise ValueError("say who does it: side, owner or both")
        return self


class ActionNew(Option):
    """Something agreed to be done: who, what, when; with options, that the patient chooses among them."""

    options: list[Option] | None = Field(default=None, min_length=2, max_length=10)


class GuaranteeChange(Request):
    """What changes of a care guarantee: what is absent stays; `paused` replaces all that there was."""

    type: Literal["contact", "assessment", "specialist-visit", "treatment"] | None = None
    start: Day | None = None
    paused: list[Pause] | None = Field(default=None, max_length=50)


class EgenvardChange(Request):
    """What changes of an assessment: what is absent stays, null takes it away."""

    assessor: PersonNamed | None = None
    on: Day | None = None
    helper: HelperNamed | None = None
    follow_up: Day | None = None
    reassess: Day | None = None


ActionChange = changes_of(
    Option,
    "ActionChange",
    instead={
        "when": WhenChange | None,
        "egenvard": EgenvardChange | None,
        "guarantee": GuaranteeChange | None,
    },
)


class ActionEvent(Request):
    """What happened to an action: why, and a comment kept with it."""

    reason: ShortText | None = None
    comment: ShortText | None = None


class OwnerAnswer(ActionEvent):
    """What the owner answers; of an actor outside care what care was told, by whom of the actor and when."""

    told_by: ShortText | None = Field(default=None, description="who of the actor outside care said it")
    on: Day | None = Field(default=None, description="when an actor outside care said it; else today")


class ChoiceMade(Request):
    """What the patient chose: an option of the choice, an item of `actions`."""

    option: Id
    comment: ShortText | None = None
