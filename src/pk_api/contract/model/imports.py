"""Imports of plans from other systems: what they send, by their own ids, and are told."""

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from pk_api.contract.model.actions import ActionNew
from pk_api.contract.model.base import Answer, PatientNamed, Request
from pk_api.contract.model.made_up import PATIENT_ID
from pk_api.contract.model.plans import PlanNew
from pk_api.contract.model.requests import ContactNew, GoalNew

Json = dict[str, Any]

SourceId = Annotated[str, Field(pattern=r"^[!-#%-+\--\[\]-{}~À-ÖØ-öø-ÿ]{1,100}$")]
Source = Annotated[
    str, Field(pattern=r"^(https?://[!%-+\--\[\]-{}~]{1,190}|urn:oid:[0-2](\.[0-9]{1,20}){1,40})$")
]
_NAMED: Final = "the sender's own id, the same every time"


class GoalImported(GoalNew):
    """A goal of an imported plan."""

    source_id: SourceId = Field(description=_NAMED)


class ContactImported(ContactNew):
    """A contact of an imported plan."""

    source_id: SourceId = Field(description=_NAMED)


class SubPlanImported(PlanNew):
    """A plan within an imported plan, such as the rehabilitation plan of Min vårdplan cancer."""

    source_id: SourceId = Field(description=_NAMED)


class ActionImported(ActionNew):
    """An action of an imported plan; plan, goals and contact are named by the sender's ids of this import."""

    source_id: SourceId = Field(description=_NAMED)
    plan: SourceId | None = Field(default=None, description="the imported plan itself where none is named")
    goals: list[SourceId] | None = Field(default=None, max_length=50)
    turn_to: SourceId | None = None


class PlanImported(PlanNew):
    """The plan itself, in full or as an index card."""

    source_id: SourceId = Field(description=_NAMED)


class PlanImport(Request):
    """A plan of another system with what belongs to it, each by the sender's own id.

    The same may be sent as often as wanted: what has not changed since it was last sent stays as it is.
    """

    patient: PatientNamed
    source: Source = Field(description="the system of the sender's ids: an address or object identifier")
    plan: PlanImported
    goals: list[GoalImported] = Field(default=[], max_length=100)
    contacts: list[ContactImported] = Field(default=[], max_length=20)
    plans: list[SubPlanImported] = Field(default=[], max_length=20)
    actions: list[ActionImported] = Field(default=[], max_length=100)


class ItemTaken(Answer):
    """What became of one item of an import."""

    source_id: str
    part: Literal["plans", "goals", "contacts", "actions"]
    id: str
    reference: str
    version: int
    outcome: Literal["created", "updated", "unchanged"]


class PlanTaken(Answer):
    """What became of an import; `notSent` are items of the plan that came before and are not in this one."""

    model_config = ConfigDict(json_schema_extra=None)

    contract: str
    revision: int
    items: list[ItemTaken]
    not_sent: list[str]


IMPORTED: Final[Json] = {
    "patient": {"personnummer": "191212121212"},
    "source": "https://sip.exempelkommun.example/id",
    "plan": {
        "sourceId": "SIP-2026-117",
        "kind": "sip",
        "title": "Samordnad individuell plan",
        "lead": {"hsaId": "SE2120000142-0001"},
        "followUp": "2026-06-01",
        "consent": {"on": "2026-03-01"},
    },
    "actions": [
        {
            "sourceId": "SIP-2026-117-3",
            "text": "Hjälp med morgonrutiner",
            "side": "municipality",
            "owner": {"hsaId": "SE2120000142-0001"},
        }
    ],
}
TAKEN: Final[Json] = {
    "contract": f"{PATIENT_ID}-c2d3e4f5g6h7i",
    "revision": 12,
    "items": [
        {
            "sourceId": "SIP-2026-117",
            "part": "plans",
            "id": f"{PATIENT_ID}-p2q3r4s5t6u7v",
            "reference": f"CarePlan/{PATIENT_ID}-p2q3r4s5t6u7v",
            "version": 2,
            "outcome": "updated",
        },
        {
            "sourceId": "SIP-2026-117-3",
            "part": "actions",
            "id": f"{PATIENT_ID}-t2u3v4w5x6y7z",
            "reference": f"Task/{PATIENT_ID}-t2u3v4w5x6y7z",
            "version": 1,
            "outcome": "unchanged",
        },
    ],
    "notSent": [],
}
