"""Agreed actions: FHIR Task, and interventions of care: ServiceRequest.

Sources: https://hl7.org/fhir/R4/task.html, https://hl7.org/fhir/R4/servicerequest.html.
"""

from typing import Any, Final

from pk_api.contract.codes import SIDES
from pk_api.contract.elements import (
    Json,
    code_in,
    extension_value,
    id_of,
    referenced_by_extension,
    target_of,
    targets_in,
    text_of,
)
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.guarantees import guarantee
from pk_api.contract.reading.other_actors import other_actor
from pk_api.contract.reading.people import side_of, who
from pk_api.contract.texts import text
from pk_api.fhir import choices, egenvard, systems
from pk_api.fhir.wishes import HANDOVER, KINDS

EGENVARD: Final = egenvard.KIND
OPEN = frozenset({"requested", "received", "accepted", "ready", "in-progress", "on-hold"})
OFFER = "offer-contract"
ANSWER = "answer-agreement"
PROPOSALS = frozenset({OFFER, ANSWER, HANDOVER}) | KINDS
"""Kinds of Tasks that are shown elsewhere: offers, parties' answers to an agreement, wishes."""

_ORDER_STATES = {"active": "accepted", "revoked": "cancelled"}


def action_kind(task: Json) -> str | None:
    """Return what kind of action a Task is; None when its code is of another system."""
    code = task.get("code")
    return code_in((code,), systems.TASK_KIND) if code else None


def actions(reading: Reading) -> list[Json]:
    """Return agreed actions and interventions, the earliest due first; an offer of a contract is none."""
    tasks = [_task(t, reading) for t in reading.of_type("Task") if action_kind(t) not in PROPOSALS]
    orders = [_order(r, reading) for r in reading.of_type("ServiceRequest")]
    return sorted(tasks + orders, key=lambda each: (due_of(each) or "9", each["id"]))


def due_of(action: Json) -> str | None:
    """Return the day or instant by which an action is to be done; else when it begins."""
    when = action["when"] or {}
    due: str | None = when.get("latest") or when.get("earliest")
    return due


def _task(task: Json, reading: Reading) -> Json:
    owner = task.get("owner")
    plans = targets_in(task.get("basedOn", ()), "CarePlan")
    turn_to = extension_value(task, systems.EXT_TURN_TO, "valueReference")
    return {
        **item(task),
        "text": task.get("description") or text_of(task.get("code")),
        "side": _side(task, reading),
        "owner": who(owner, reading),
        "kind": action_kind(task),
        "when": when_of(task),
        "state": task.get("status"),
        "reason": text_of(task.get("statusReason")),
        "plan": next((plan for plan in plans if plan != id_of(reading.contract)), None),
        "goals": referenced_by_extension(task, systems.EXT_PERTAINS_TO_GOAL, "Goal"),
        "turnTo": id_of(target) if (target := target_of(turn_to)) else None,
        "egenvard": _egenvard(task, reading),
        "guarantee": guarantee(task, reading),
        "otherActor": other_actor(task, reading),
        "intervention": extension_value(task, systems.EXT_INTERVENTION, "valueCode"),
        **_choice(task, reading),
    }


def _choice(task: Json, reading: Reading) -> Json:
    """Return what an action is an option of, its own options, and the one that was chosen."""
    of = _part_of(task, reading) if choices.is_option(task) else None
    if not choices.is_choice(task):
        return {"choice": of, "options": [], "chosen": None}
    options = [each for each in reading.of_type("Task") if is_option_of(each, task["id"], reading)]
    options.sort(key=lambda each: (choices.place_of(each), each.get("authoredOn", ""), each["id"]))
    chosen = next((id_of(each) for each in choices.chosen_in(task)), None)
    return {"choice": None, "options": [each["id"] for each in options], "chosen": chosen}


def is_option_of(task: Json, choice: str, reading: Reading) -> bool:
    """Say whether an action is an alternative of the choice of this id."""
    return choices.is_option(task) and _part_of(task, reading) == choice


def _part_of(task: Json, reading: Reading) -> str | None:
    named = [each for each in choices.choices_of(task) if choices.is_choice(reading.members.get(each, {}))]
    return id_of(named[0]) if named else None


def _egenvard(task: Json, reading: Reading) -> Json | None:
    """Return the assessment that an action is egenvård; None of one that bears none."""
    assessments = egenvard.assessments_in(task)
    if not assessments:
        return None

    def first(name: str) -> Any:
        return next(iter(egenvard.parts(assessments, name)), None)

    return {
        "assessor": who(first("assessor"), reading),
        "on": first("on"),
        "helper": who(first("helper"), reading),
        "followUp": first("followUp"),
        "reassess": first("reassess"),
    }


def at_home(found: list[Json], reading: Reading) -> Json:
    """Return what the patient does, under one heading: own actions, and egenvård."""
    own = [each["id"] for each in found if each["kind"] == EGENVARD or each["side"] == "patient"]
    return {"title": text("at-home", reading.language), "actions": own}


def _side(task: Json, reading: Reading) -> str:
    side = extension_value(task, systems.EXT_SIDE, "valueCode")
    return side if side in SIDES else side_of(task.get("owner"), reading)


def when_of(task: Json) -> Json | None:
    """Return by when a Task is to be done, perhaps in words; None when nothing is said."""
    period = task.get("restriction", {}).get("period") or task.get("executionPeriod") or {}
    words = extension_value(task, systems.EXT_WHEN_TEXT, "valueString")
    if not period and words is None:
        return None
    return {"text": words, "earliest": period.get("start"), "latest": period.get("end")}


def _order(order: Json, reading: Reading) -> Json:
    performers = order.get("performer") or [{}]
    plans = targets_in(order.get("basedOn", ()), "CarePlan")
    return {
        **item(order),
        "text": text_of(order.get("code")) or order.get("patientInstruction"),
        "side": side_of(performers[0], reading),
        "owner": who(performers[0], reading),
        "kind": "intervention",
        "when": _occurrence(order),
        "state": _ORDER_STATES.get(order.get("status", ""), order.get("status")),
        "reason": None,
        "plan": next((plan for plan in plans if plan != id_of(reading.contract)), None),
        "goals": referenced_by_extension(order, systems.EXT_PERTAINS_TO_GOAL, "Goal"),
        "turnTo": None,
        "egenvard": None,
        "guarantee": guarantee(order, reading),
        "otherActor": None,
        "intervention": code_in(order.get("category", ()), systems.INTERVENTION),
        "choice": None,
        "options": [],
        "chosen": None,
    }


def _occurrence(order: Json) -> Json | None:
    if moment := order.get("occurrenceDateTime"):
        return {"text": None, "earliest": moment, "latest": moment}
    period = order.get("occurrencePeriod") or order.get("occurrenceTiming", {}).get("repeat", {}).get(
        "boundsPeriod"
    )
    return {"text": None, "earliest": period.get("start"), "latest": period.get("end")} if period else None
