"""Actions of actors outside health care and social services, such as Försäkringskassan or a school.

Such an actor stands as owner by its name alone, or as an Organization of the unit kind other-actor. One that
has no login here answers nothing here: what it said is noted, with who of care was told, by whom and when, in
the extension pk-other-actor. Source: https://hl7.org/fhir/R4/task.html#statemachine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir import systems

Json = Mapping[str, Any]

SIDE: Final = "other"
ACCEPTED: Final = "accepted"
DECLINED: Final = "declined"
ANSWERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accepted": ACCEPTED,
        "ready": ACCEPTED,
        "in-progress": ACCEPTED,
        "on-hold": ACCEPTED,
        "rejected": DECLINED,
    }
)
"""What the owner of a Task has answered, by its status; any other status tells of no answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an actor answered (`code`), to whom of care, when, and by whom of the actor it was said."""

    code: str | None
    to: Json | None
    on: str | None
    by: str | None


def marks(task: Json) -> list[Json]:
    """Return the extensions pk-other-actor of a resource."""
    return [each for each in task.get("extension", ()) if each.get("url") == systems.EXT_OTHER_ACTOR]


def parts(within: list[Json], name: str) -> list[Json]:
    """Return the parts of that name, of extensions or of parts."""
    return [each for one in within for each in one.get("extension", ()) if each.get("url") == name]


def told_in(task: Json) -> Told | None:
    """Return the answer as it was told; None where none is noted."""
    answers = parts(marks(task), "answer")
    if not answers:
        return None
    values = {name: _value(parts(answers, name)) for name in ("code", "to", "on", "by")}
    return Told(**values)


def _value(found: list[Json]) -> Any:
    return next((v for each in found for name, v in each.items() if name.startswith("value")), None)


def is_on_their_side(task: Json) -> bool:
    """Say whether a resource is an action that is said to be of an actor outside care."""
    sides = (
        each.get("valueCode") for each in task.get("extension", ()) if each.get("url") == systems.EXT_SIDE
    )
    is_action = task.get("resourceType") == "Task" and task.get("intent") != "proposal"
    return is_action and SIDE in sides


def is_named_only(owner: Json) -> bool:
    """Say whether an owner stands by its name, with no resource and no HSA-id to log in by."""
    identifier = owner.get("identifier") or {}
    system = str(identifier.get("system", ""))
    return "reference" not in owner and systems.SYNONYMS.get(system, system) != systems.HSA_ID


def new_answer(before: Json, after: Json) -> str | None:
    """Return what the owner answers by a change of a Task; None when that stands already."""
    now = ANSWERS.get(str(after.get("status")))
    is_same_owner = before.get("owner") == after.get("owner")
    was = ANSWERS.get(str(before.get("status"))) if is_same_owner else None
    return now if now != was else None
