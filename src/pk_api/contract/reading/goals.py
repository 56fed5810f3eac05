"""What matters to the patient, and goals: FHIR Goal.

Source: https://hl7.org/fhir/R4/goal.html; acceptance: https://hl7.org/fhir/R4/extension-goal-acceptance.html.
"""

from pk_api.contract.codes import GOAL_KINDS
from pk_api.contract.elements import (
    Json,
    code_in,
    extension_value,
    extensions,
    id_of,
    referenced_by_extension,
    target_of,
    text_of,
)
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import side_of
from pk_api.fhir import systems

ENDED = frozenset({"completed", "cancelled", "rejected"})
_TELLERS = {"Patient": "patient", "RelatedPerson": "relative"}


def goal_kind(goal: Json) -> str:
    """Return the kind of a goal: what-matters, expectation, or goal when nothing else is said."""
    kind = code_in(goal.get("category", ()), systems.GOAL_KIND)
    return kind if kind is not None and kind in GOAL_KINDS else "goal"


def what_matters(reading: Reading) -> list[Json]:
    """Return what matters to the patient, oldest first."""
    found = [_what_matters(g) for g in reading.of_type("Goal") if goal_kind(g) == "what-matters"]
    return sorted(found, key=lambda each: (each["on"] or "", each["id"]))


def goals(reading: Reading) -> list[Json]:
    """Return goals and expectations, the earliest due first."""
    found = [_goal(g, reading) for g in reading.of_type("Goal") if goal_kind(g) != "what-matters"]
    return sorted(found, key=lambda each: (each["due"] or "9", each["id"]))


def _what_matters(goal: Json) -> Json:
    told_by = goal.get("expressedBy") or {}
    target = target_of(told_by)
    kind = target.partition("/")[0] if target else told_by.get("type", "Patient")
    return {
        **item(goal),
        "text": text_of(goal.get("description")),
        "toldBy": _TELLERS.get(kind, "care"),
        "relative": id_of(target) if target and kind == "RelatedPerson" else None,
        "on": goal.get("startDate"),
        "reason": goal.get("statusReason"),
        "state": "ended" if goal.get("lifecycleStatus") in ENDED else "active",
    }


def _goal(goal: Json, reading: Reading) -> Json:
    return {
        **item(goal),
        "text": text_of(goal.get("description")),
        "kind": goal_kind(goal),
        "state": goal.get("lifecycleStatus"),
        "achievement": _achievement(goal),
        "due": _due(goal),
        "fromWhatMatters": referenced_by_extension(goal, systems.EXT_PERTAINS_TO_GOAL, "Goal"),
        "acceptedBy": _sides(goal, "agree", reading),
        "declinedBy": _sides(goal, "disagree", reading),
        "reason": goal.get("statusReason") or _why_declined(goal),
    }


def _achievement(goal: Json) -> str | None:
    status = goal.get("achievementStatus")
    return code_in((status,), systems.GOAL_ACHIEVEMENT) if status else None


def _due(goal: Json) -> str | None:
    dates = (target.get("dueDate") for target in goal.get("target", ()))
    due: str | None = next((each for each in dates if each), None)
    return due


def _why_declined(goal: Json) -> str | None:
    for acceptance in extensions(goal, systems.EXT_GOAL_ACCEPTANCE):
        reason: str | None = extension_value(acceptance, systems.EXT_STATUS_REASON, "valueString")
        if reason is not None:
            return reason
    return None


def _sides(goal: Json, status: str, reading: Reading) -> list[str]:
    sides: dict[str, None] = {}
    for acceptance in extensions(goal, systems.EXT_GOAL_ACCEPTANCE):
        parts = {each.get("url"): each for each in acceptance.get("extension", ())}
        if parts.get("status", {}).get("valueCode") == status and "individual" in parts:
            sides[side_of(party_of(acceptance), reading)] = None
    return list(sides)


def party_of(acceptance: Json) -> Json | None:
    """Return who answers: the person, or the role or organisation that one of care answers for.

    A patient or relative answers for nobody else, whatever the reference says besides.
    """
    parts = {each.get("url"): each for each in acceptance.get("extension", ())}
    individual: Json | None = parts.get("individual", {}).get("valueReference")
    if individual is None:
        return None
    kind = (target_of(individual) or individual.get("type", "Practitioner")).partition("/")[0]
    acting: Json | None = extension_value(individual, systems.EXT_ACTING_AS, "valueReference")
    return acting if acting is not None and kind == "Practitioner" else individual
