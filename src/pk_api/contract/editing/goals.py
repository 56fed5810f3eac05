"""What matters and goals as FHIR Goal.

Source: https://hl7.org/fhir/R4/goal.html, https://hl7.org/fhir/R4/extension-goal-acceptance.html.
"""

from typing import Any, Final

from pk_api.contract.codes import ACHIEVEMENTS, GOAL_KINDS
from pk_api.contract.editing.context import Editing, Editor, Setter
from pk_api.contract.editing.draft import (
    concept_of,
    put,
    put_code,
    put_extensions,
    put_text,
)
from pk_api.contract.elements import Json, extensions, target_of
from pk_api.contract.reading.goals import party_of
from pk_api.contract.texts import text
from pk_api.fhir import systems

_TELLERS = {"relative": ("RelatedPerson", "relative"), "care": ("PractitionerRole", "care-staff")}


def _skeleton(kind: str, state: str, editing: Editing) -> Json:
    return {
        "resourceType": "Goal",
        "extension": [{"url": systems.EXT_CONTRACT, "valueReference": editing.contract}],
        "lifecycleStatus": state,
        "category": [concept_of(GOAL_KINDS[kind])],
        "description": {},
        "subject": editing.patient,
        "startDate": editing.today,
    }


def _new_what_matters(_values: Json, editing: Editing) -> Json:
    goal = _skeleton("what-matters", "active", editing)
    _put_told_by(goal, "patient" if editing.by_patient else "care", editing)
    return goal


def _new_goal(_values: Json, editing: Editing) -> Json:
    goal = _skeleton("goal", "proposed" if editing.by_patient else "active", editing)
    return {**goal, "expressedBy": editing.patient} if editing.by_patient else goal


def _put_text(draft: Json, value: str, _editing: Editing) -> None:
    put_text(draft, "description", value)


def _put_told_by(draft: Json, value: str | None, editing: Editing) -> None:
    if value is None or value == "patient":
        put(draft, "expressedBy", editing.patient)
        return
    resource_type, name = _TELLERS[value]
    if value == "care" and editing.actor.employee:
        put(draft, "expressedBy", editing.writer)
        return
    put(draft, "expressedBy", {"type": resource_type, "display": text(name, "sv")})


def _put_relative(draft: Json, value: str | None, editing: Editing) -> None:
    if value is not None:
        put(draft, "expressedBy", editing.member(f"RelatedPerson/{value}", "/relative"))
    elif (target_of(draft.get("expressedBy")) or "").startswith("RelatedPerson/"):
        _put_told_by(draft, "relative", editing)


def _put_on(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "startDate", value)


def _put_kind(draft: Json, value: str | None, _editing: Editing) -> None:
    code = GOAL_KINDS[value or "goal"]
    put(draft, "category", put_code(draft.get("category", []), [systems.GOAL_KIND], code))


def _put_achievement(draft: Json, value: str | None, editing: Editing) -> None:
    put(draft, "achievementStatus", concept_of(ACHIEVEMENTS[value]) if value else None)
    put(draft, "statusDate", editing.today)


def _put_due(draft: Json, value: str | None, _editing: Editing) -> None:
    targets = draft.get("target", [])
    at = next((n for n, each in enumerate(targets) if "dueDate" in each), 0)
    target = {key: each for key, each in (targets[at] if targets else {}).items() if "due" not in key}
    if value is not None:
        target["dueDate"] = value
    put(draft, "target", [*targets[:at], *([target] if target else []), *targets[at + 1 :]])


def _put_from(draft: Json, value: list[str] | None, editing: Editing) -> None:
    put_goals(draft, value, editing, "/fromWhatMatters")


def put_goals(draft: Json, value: list[str] | None, editing: Editing, pointer: str) -> None:
    """Set the goals of the contract that a resource serves."""
    references = [editing.member(f"Goal/{each}", f"{pointer}/{n}") for n, each in enumerate(value or [])]
    put_extensions(draft, systems.EXT_PERTAINS_TO_GOAL, [{"valueReference": each} for each in references])


_COMMON: Final[dict[str, Setter]] = {"text": _put_text}

WHAT_MATTERS: Final = Editor(
    _new_what_matters, {**_COMMON, "toldBy": _put_told_by, "relative": _put_relative, "on": _put_on}
)
GOALS: Final = Editor(
    _new_goal,
    {
        **_COMMON,
        "kind": _put_kind,
        "achievement": _put_achievement,
        "due": _put_due,
        "fromWhatMatters": _put_from,
    },
)


def answer(draft: Json, status: str, reason: str | None, editing: Editing) -> None:
    """Note that the writer agrees or disagrees; an earlier answer of the same party is replaced."""
    others = [
        each for each in extensions(draft, systems.EXT_GOAL_ACCEPTANCE) if not _is_writers(each, editing)
    ]
    kept = [{"extension": each["extension"]} for each in others]
    mine: list[dict[str, Any]] = [
        {"url": "individual", "valueReference": individual(editing)},
        {"url": "status", "valueCode": status},
    ]
    if reason is not None:
        mine.append({"url": systems.EXT_STATUS_REASON, "valueString": reason})
    put_extensions(draft, systems.EXT_GOAL_ACCEPTANCE, [*kept, {"extension": mine}])


def _is_writers(acceptance: Json, editing: Editing) -> bool:
    party = party_of(acceptance)
    return party == editing.writer or editing.is_writer(party)


def individual(editing: Editing) -> Json:
    """Return the person who answers; R4 takes no role there, so it stands beside."""
    if editing.by_patient:
        return editing.writer
    role = editing.reading.find(target_of(editing.writer)) or {}
    person = target_of(role.get("practitioner")) or ""
    return {
        "extension": [{"url": systems.EXT_ACTING_AS, "valueReference": editing.writer}],
        **({"reference": person} if person.startswith("Practitioner/") else {}),
        **({"display": editing.actor.name} if editing.actor.name else {}),
    }
