"""A change of any item, the members of the team among them: which resources it writes."""

from pk_api.contract.editing import team
from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.items import changed_item, drafted_item
from pk_api.contract.elements import Json
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.team import participant_ids, plan_team
from pk_api.contract.reading.view import READERS
from pk_api.fhir.problems import Problem

_MADE = {"actions": "Task"}
"""Parts that show other types than the one they write, and that one."""


def find_item(part: str, item: str, reading: Reading) -> Json | None:
    """Return one item of a part, None when the reading has none of this id."""
    return next((each for each in READERS[part](reading) if each["id"] == item), None)


def required_item(part: str, item: str, reading: Reading) -> Json:
    """Return one item of a part, or Problem not-found."""
    found = find_item(part, item, reading)
    if found is None:
        raise Problem("not-found", f"There is no such item among the contract's {part}.")
    return found


def behind_item(part: str, item: str, reading: Reading) -> Json:
    """Return the resource behind an item, or Problem not-found."""
    if part == "team":
        standing = plan_team(reading)
        if standing is not None and item in participant_ids(standing):
            return standing
        raise Problem("not-found", "There is nobody of this id in the team.")
    return reading.members[required_item(part, item, reading)["reference"]]


def require_ours(part: str, behind: Json) -> None:
    """Raise Problem business-rule for what this part shows and does not write."""
    if behind["resourceType"] != _MADE.get(part, behind["resourceType"]):
        raise Problem("business-rule", "An intervention of care is changed in the system that ordered it.")


def changed_resources(part: str, item: str, asked: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the resources that a change of an item's fields writes; none when nothing changes."""
    behind = behind_item(part, item, editing.reading)
    if part == "team":
        changed = team.change(behind, item, asked, editing)
        return () if changed == behind else (changed,)
    require_ours(part, behind)
    return changed_item(part, behind, asked, editing)


def drafted_resources(part: str, item: str, asked: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the resources with an item's fields put in, free of what follows of it."""
    behind = behind_item(part, item, editing.reading)
    if part == "team":
        return (team.change(behind, item, asked, editing),)
    require_ours(part, behind)
    return drafted_item(part, behind, asked, editing)
