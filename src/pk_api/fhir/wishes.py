"""Wishes for a contact, an actor, or who is responsible: what a Task of them says, how it is answered.

Source: https://hl7.org/fhir/R4/task.html#statemachine; patientlag 2014:821 6 kap. 2 §.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir import systems

Json = Mapping[str, Any]

CONTACT, ACTOR, RESPONSIBLE = "request-contact", "connect-actor", "wish-responsible"
KINDS: Final = frozenset({CONTACT, ACTOR, RESPONSIBLE})
"""The kinds of wishes, of `pk-task`."""

HANDOVER: Final = "take-over-contract"
"""That a unit is asked to take over the coordination of a contract, which is answered as a wish is."""

OPEN: Final = frozenset({"draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold"})
"""Statuses of one that waits: with a yes, but without what was asked for, it waits on."""

_STATES: Final = {"completed": "accepted", "rejected": "declined"}

ASKED, ASKER = "asked", "asker"
"""Who answers: the one who is asked, or the one who wishes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be said to a wish: by whom, the status after it, and whether it says why."""

    who: str
    status: str
    is_reasoned: bool = False


ANSWERS: Final[Mapping[tuple[str, str], Answer]] = MappingProxyType(
    {
        ("requested", "accepted"): Answer(ASKED, "completed"),
        ("requested", "declined"): Answer(ASKED, "rejected", is_reasoned=True),
        ("requested", "withdrawn"): Answer(ASKER, "cancelled"),
    }
)
"""(state, answer) → what becomes of it; an answer stands."""


def kind_of(resource: Json) -> str | None:
    """Return the kind of wish that a resource is, or that it is a handover; None for another resource."""
    if resource.get("resourceType") != "Task":
        return None
    coding = (resource.get("code") or {}).get("coding", ())
    found = [one.get("code") for one in coding if one.get("system") == systems.TASK_KIND]
    return next((str(code) for code in found if code in KINDS | {HANDOVER}), None)


def is_wish(resource: Json) -> bool:
    """Say whether a resource is a wish of one of the kinds."""
    return kind_of(resource) in KINDS


def is_handover(resource: Json) -> bool:
    """Say whether a resource asks a unit to take over a contract."""
    return kind_of(resource) == HANDOVER


def state_of(task: Json) -> str:
    """Return `requested`, `accepted`, `declined` or `withdrawn`."""
    status = str(task.get("status"))
    return "requested" if status in OPEN else _STATES.get(status, "withdrawn")


def said_in(task: Json, element: str, code: str) -> list[Json]:
    """Return what `input` or `output` says under a code of `pk-wish`."""
    return [
        each
        for each in task.get(element, ())
        for one in (each.get("type") or {}).get("coding", ())
        if (one.get("system"), one.get("code")) == (systems.WISH, code)
    ]


def references_in(task: Json, element: str, code: str) -> list[str]:
    """Return the references that `input` or `output` has under a code of `pk-wish`."""
    values = (each.get("valueReference") or {} for each in said_in(task, element, code))
    return [str(each["reference"]) for each in values if "reference" in each]
