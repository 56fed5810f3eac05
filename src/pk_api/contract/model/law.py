"""What is asked and answered about access: openings, blocks, why something is open."""

from typing import Annotated, Final, Literal

from pydantic import Field

from pk_api.contract.model.base import WHOLE, Answer, PatientNamed, Request, Text

_HSA = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9\-/]+$")]
_REFERENCE = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{1,40}/[A-Za-z0-9\-.]{1,64}$")]

Reason = Annotated[Text, Field(min_length=3, max_length=500)]


class PatientSought(Request):
    """Who is looked for."""

    patient: PatientNamed


class EmergencyOpening(Request):
    """An emergency: what is opened, why, and for how long."""

    kind: Literal["shared-care", "inner-block"] = Field(
        description="read other providers' unblocked data without consent, or lift inner blocks at home"
    )
    reason: Reason
    hours: Annotated[int, Field(ge=1, le=24), WHOLE] | None = Field(
        default=None, description="1 to 24; 4 unless told"
    )


class OwnersAsked(Request):
    """The second step: whose the blocks are."""

    reason: Reason


class ActorAsked(Request):
    """Whose access is explained; `personnummer` is a patient's own."""

    kind: Literal["system", "staff", "patient"]
    care_provider: _HSA | None = None
    unit: _HSA | None = None
    employee: _HSA | None = None
    personnummer: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None


class ExplanationAsked(Request):
    """Who, what, and to do what with it."""

    actor: ActorAsked
    action: Literal["read", "search", "create", "update", "delete"]
    resource: _REFERENCE


class PatientFound(Answer):
    """The patient's reference, null when nobody is registered so."""

    reference: str | None


class Opening(Answer):
    """An opening that stands from now on."""

    reference: str = Field(description="the Consent that says it")
    kind: str
    start: str
    end: str


class Blocks(Answer):
    """Which kinds of blocks bar the caller; whose they are, and what they cover, is not told."""

    inner: bool
    outer: bool


class BlockOwner(Answer):
    """Whose a block is."""

    kind: Literal["inner", "outer"]
    care_provider: str
    unit: str | None


class BlockOwners(Answer):
    """Whose the blocks are that bar the caller."""

    items: list[BlockOwner]


class RuleExplained(Answer):
    """A rule, where it stands in law, whether it holds here, and which facts it needs."""

    rule: str
    source: str
    holds: bool
    needs: list[str]


class FactExplained(Answer):
    """A stored fact in force, and the resource that says it."""

    kind: str
    reference: str
    care_provider: str | None
    unit: str | None
    said_by: str | None
    start: str | None
    end: str | None


class Explained(Answer):
    """Why it is open or not; `decidedBy` is the rule that decided."""

    open: bool
    decided_by: str
    refusals: list[RuleExplained]
    grounds: list[RuleExplained]
    facts: list[FactExplained]


FOUND: Final = {"reference": "Patient/aaaaaaaaaaaaaaaaaaaaaaaaaa"}
OPENING: Final = {
    "reference": "Consent/aaaaaaaaaaaaaaaaaaaaaaaaaa-bta3sipkkmafw7s3yx34y5i535d",
    "kind": "shared-care",
    "start": "2026-03-20T09:15:00+01:00",
    "end": "2026-03-20T13:15:00+01:00",
}
OWNERS: Final = {
    "items": [{"kind": "inner", "careProvider": "SE2329990010-0001", "unit": "SE2329990010-1005"}]
}
EXPLAINED: Final = {
    "open": True,
    "decidedBy": "shared-care",
    "refusals": [
        {
            "rule": "no-organisation",
            "source": "HSLF-FS 2016:40: every user belongs to a care provider",
            "holds": False,
            "needs": [],
        }
    ],
    "grounds": [
        {
            "rule": "shared-care",
            "source": "Lag 2022:913 3 kap.: shared care documentation, with relation and consent",
            "holds": True,
            "needs": ["consent", "relation"],
        }
    ],
    "facts": [
        {
            "kind": "relation",
            "reference": "CareTeam/aaaaaaaaaaaaaaaaaaaaaaaaaa-bta3sipkkmafw7s3yx34y5i535d",
            "careProvider": "SE2129990012-0001",
            "unit": "SE2129990012-1001",
            "saidBy": "SE2329990010-0001",
            "start": "2026-03-02T00:00:00+01:00",
            "end": None,
        }
    ],
}
