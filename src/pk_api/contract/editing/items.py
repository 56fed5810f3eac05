"""New items and changed items of any part: a table of editors, one way through it."""

from collections.abc import Mapping
from typing import Final

from pk_api.contract.editing.actions import ACTIONS
from pk_api.contract.editing.appointments import APPOINTMENTS
from pk_api.contract.editing.contacts import CONTACTS
from pk_api.contract.editing.context import Editing, Editor
from pk_api.contract.editing.draft import copy_of
from pk_api.contract.editing.goals import GOALS, WHAT_MATTERS
from pk_api.contract.editing.medicines import MEDICINES
from pk_api.contract.editing.messages import MESSAGES
from pk_api.contract.editing.notes import NOTES
from pk_api.contract.editing.plans import PLANS
from pk_api.contract.editing.relatives import RELATIVES
from pk_api.contract.elements import Json
from pk_api.fhir.problems import Problem

EDITORS: Final[Mapping[str, Editor]] = {
    "whatMatters": WHAT_MATTERS,
    "goals": GOALS,
    "actions": ACTIONS,
    "contacts": CONTACTS,
    "appointments": APPOINTMENTS,
    "plans": PLANS,
    "relatives": RELATIVES,
    "notes": NOTES,
    "medicines": MEDICINES,
    "messages": MESSAGES,
}
"""How each part's items are edited; the team, whose items share one resource, is edited in `team`."""

_STALE_NARRATIVES = frozenset({"generated", "extensions", "empty"})


def new_item(part: str, values: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the resource of a new item, without an id, and the resources that come with it."""
    editor = EDITORS[part]
    draft = editor.skeleton(values, editing)
    for field, put in editor.setters.items():
        if values.get(field) is not None:
            put(draft, values[field], editing)
    editor.settle(draft, None, editing)
    return (draft, *editor.companions(draft, values, editing))


def drafted_item(part: str, before: Json, values: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the resource with the fields put in and those that change with it, before it is settled."""
    editor = EDITORS[part]
    draft: Json = copy_of(before)
    for field, put in editor.setters.items():
        if field in values:
            put(draft, values[field], editing)
    return (draft, *editor.companions(draft, values, editing))


def changed_item(part: str, before: Json, values: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the resource with the fields changed (None takes one away) and those that change with it.

    What the fields are not about stays as it is. With nothing to change there is nothing to return.
    """
    draft, *companions = drafted_item(part, before, values, editing)
    if draft == before and not companions:
        return ()
    EDITORS[part].settle(draft, before, editing)
    if draft.get("text", {}).get("status") == "additional":
        raise Problem("business-rule", "The item has a narrative of its own: change it where it was written.")
    return (without_stale_narrative(draft, editing), *companions)


def without_stale_narrative(draft: Json, editing: Editing) -> Json:
    """Return the resource without a narrative that was made from what has now changed.

    One that says more than the elements stays when something happens to an item; its content is changed only
    where it was written, for we cannot keep such a narrative true.
    Source: https://hl7.org/fhir/R4/http.html#patch (a narrative must not become unsafe).
    """
    status = draft.get("text", {}).get("status")
    if status not in _STALE_NARRATIVES or editing.by_patient:  # a patient's answer leaves all else as it is
        return draft
    return {key: value for key, value in draft.items() if key != "text"}
