"""What is said of a plan under the contract, and of the patient's consent to a coordinated one."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, model_validator

from pk_api.contract.model.base import (
    FHIR_ID,
    Day,
    Id,
    OneOf,
    PartyNamed,
    PersonNamed,
    Request,
    ShortText,
    Span,
    Text,
    changes_of,
    given,
    one_of,
)

PlanKindName = Literal[
    "vardplan",
    "sip",
    "rehabiliteringsplan",
    "habiliteringsplan",
    "genomforandeplan",
    "min-vardplan-cancer",
    "vardforlopp",
    "utskrivningsplan",
    "annan-plan",
    "behandlingsplan",
    "egenvardsplanering",
    "individuell-plan-sip",
    "individuell-plan-habrehab",
    "individuell-plan-smittskydd",
    "plan-habrehab-samordning",
    "samordnad-vardplan-lptlrv",
    "vardplan-lptlrv",
]


class ConsentTold(Request):
    """That the patient consents to a coordinated individual plan (SIP); today where no day is told."""

    on: Day | None = None


class Diagnosis(Request):
    """What a plan is about, as a diagnosis or a group of them: in words, and by a code where there is one."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"properties": {"code": {"type": "null"}}}, given(system="string")]}
    )

    text: ShortText
    code: Annotated[str, Field(pattern=r"^[^\s\x00-\x1f\x7f]{1,50}$")] | None = None
    system: Annotated[str, Field(pattern=r"^(https?://|urn:oid:)[!-~]{1,190}$")] | None = None

    @model_validator(mode="after")
    def _of_a_system(self) -> "Diagnosis":
        if self.code is not None and self.system is None:
            raise ValueError("a code is of a system")
        return self


class PlanNew(Request):
    """A plan under the contract: in full in the service, or an index card with a link.

    A SIP is a draft until it is activated: that takes consent, actions with owners and one lead principal.
    """

    kind: PlanKindName
    title: ShortText
    description: Text | None = None
    owner: PartyNamed | None = None
    state: Literal["draft", "active"] | None = None
    period: Span | None = None
    part_of: Id | None = Field(default=None, description="the plan of the contract that it is a part of")
    diagnosis: Diagnosis | None = None
    link: Annotated[str, Field(pattern=r"^https?://[^\s\x00-\x1f\x85]{1,990}$")] | None = None
    lead: PersonNamed | None = Field(default=None, description="the region or municipality that answers")
    follow_up: Day | None = Field(default=None, description="when the plan is followed up")
    consent: ConsentTold | None = None


PlanChange = changes_of(PlanNew, "PlanChange", without=("state",))


class PathwayNamed(OneOf):
    """A pathway that has been loaded: by reference, or by canonical url, and version if there are several."""

    model_config = one_of(reference="string", url="string")

    reference: Annotated[str, Field(pattern=rf"^PlanDefinition/{FHIR_ID}$")] | None = None
    url: Annotated[str, Field(pattern=r"^(https?://|urn:)[^\s|,\x00-\x1f\x85]{1,500}$")] | None = None
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9.\-]{1,40}$")] | None = None


class PathwayStarted(Request):
    """A pathway to be started; times are counted from today if no day is told."""

    pathway: PathwayNamed
    start: Day | None = None
    owner: PartyNamed | None = Field(
        default=None, description="the unit that owns the plan; else the caller's"
    )


PATHWAY: Final = {"pathway": {"url": "https://region.example.org/fhir/PlanDefinition/stroke-rehab"}}
