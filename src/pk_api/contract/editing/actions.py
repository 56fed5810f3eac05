"""Agreed actions as FHIR Task: the writer's own are accepted at once, others wait for their owner's answer.

Source: https://hl7.org/fhir/R4/task.html.
"""

from typing import Any, Final

from pk_api.contract.codes import ACTION_KINDS, code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing import other_actors
from pk_api.contract.editing.context import Editing, Editor, refused
from pk_api.contract.editing.draft import concept_of, merged, put, put_extension, put_extensions
from pk_api.contract.editing.goals import put_goals
from pk_api.contract.elements import Json, extension_value, target_of
from pk_api.contract.reading.actions import when_of
from pk_api.contract.reading.guarantees import guarantee
from pk_api.contract.reading.people import side_of
from pk_api.fhir import choices, egenvard, systems
from pk_api.fhir import other_actors as others
from pk_api.fhir.care_guarantee import guarantees_in, last_day

_ASSESSMENT: Final = {
    "assessor": "valueReference",
    "on": "valueDate",
    "helper": "valueReference",
    "followUp": "valueDate",
    "reassess": "valueDate",
}
"""Parts of an assessment of egenvård, by their names here and in FHIR, and where FHIR has their values."""
_UNANSWERED = frozenset({"requested", "received"})
_ANSWERED = frozenset({"accepted", "rejected", "ready", "in-progress", "on-hold"})


def _skeleton(values: Json, editing: Editing) -> Json:
    now = instant(editing.now)
    own = values.get("side") == "patient"
    kind = egenvard.KIND if values.get("egenvard") else "own-action" if own else "care-action"
    if values.get("options"):
        kind = choices.KIND
    return {
        "resourceType": "Task",
        "basedOn": [editing.contract],
        "status": "requested",
        "intent": "plan",
        "code": concept_of(ACTION_KINDS[kind]),
        "for": editing.patient,
        "authoredOn": now,
        "lastModified": now,
        "requester": editing.writer,
    }


def _put_text(draft: Json, value: str, _editing: Editing) -> None:
    put(draft, "description", value)


def _put_side(draft: Json, value: str | None, editing: Editing) -> None:
    put_extension(draft, systems.EXT_SIDE, "valueCode", value)
    of_patient = target_of(draft.get("owner")) == editing.patient["reference"]
    if value == "patient" and not of_patient:
        put(draft, "owner", editing.patient)
    if value is not None and value != "patient" and of_patient:
        put(draft, "owner", None)


def _put_owner(draft: Json, value: Json | None, editing: Editing) -> None:
    owner = _owner(value, draft, editing) if value is not None else None
    if owner is None or target_of(owner) is None or target_of(owner) != target_of(draft.get("owner")):
        put(draft, "owner", owner)


def _owner(value: Json, draft: Json, editing: Editing) -> Json:
    if value.get("name"):
        return other_actors.owner_by_name(value["name"], draft)
    return editing.person(value, "/owner")


def _put_kind(draft: Json, value: str, editing: Editing) -> None:
    if choices.is_choice(draft):
        raise refused("/kind", "A choice among alternatives has no other kind.")
    if value == "own-action" and not editing.by_patient and side(draft, editing) != "patient":
        raise refused("/kind", "Only an action on the patient's side is the patient's own.")
    put(draft, "code", concept_of(ACTION_KINDS[value]))


def _put_guarantee(draft: Json, value: Json | None, editing: Editing) -> None:
    """Put in a care guarantee with the last day that it comes to; what is not said of one stays."""
    if value is None:
        put_extensions(draft, systems.EXT_CARE_GUARANTEE, [])
        return
    shown = guarantee(draft, editing.reading) or {}
    said = {name: value.get(name, shown.get(name)) for name in ("type", "start", "paused")}
    parts: list[Json] = [
        {"url": "type", "valueCode": said["type"]},
        {"url": "start", "valueDate": said["start"]},
    ]
    parts += [_paused(each) for each in said["paused"] or ()]
    (told,) = guarantees_in({"extension": [{"url": systems.EXT_CARE_GUARANTEE, "extension": parts}]})
    if (due := last_day(told)) is not None:
        parts.insert(2, {"url": "due", "valueDate": due.isoformat()})
    put_extensions(draft, systems.EXT_CARE_GUARANTEE, [{"extension": parts}])


def _paused(pause: Json) -> Json:
    period = {name: pause[name] for name in ("start", "end") if pause.get(name)}
    reason = [{"url": "reason", "valueCode": pause["reason"]}] if pause.get("reason") else []
    return {"url": "paused", "extension": [{"url": "period", "valuePeriod": period}, *reason]}


def _put_intervention(draft: Json, value: str | None, _editing: Editing) -> None:
    put_extension(draft, systems.EXT_INTERVENTION, "valueCode", value)


def _options(_draft: Json, values: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the alternatives of a new choice: drafts, until the patient has chosen."""
    return tuple(_option(each, n, editing) for n, each in enumerate(values.get("options") or (), 1))


def _option(values: Json, place: int, editing: Editing) -> Json:
    draft = _skeleton(values, editing) | {"status": "draft", "intent": "option"}
    for field, put_in in ACTIONS.setters.items():
        if values.get(field) is not None:
            put_in(draft, values[field], editing)
    place_among = {"type": concept_of(code_of(systems.CHOICE, choices.PLACE)), "valuePositiveInt": place}
    return draft | {
        "partOf": [{"reference": editing.temp}],
        "input": [*draft.get("input", []), place_among],
    }


def _put_egenvard(draft: Json, value: Json | None, editing: Editing) -> None:
    """Put in what is said of an assessment; of one that there is, what is not said stays (RFC 7396)."""
    before = egenvard.assessments_in(draft)
    if value is None:
        put_extensions(draft, systems.EXT_EGENVARD, [])
        return
    said = {each["url"]: each for one in before[:1] for each in one.get("extension", ())}
    for name, key in _ASSESSMENT.items():
        if name in value:
            part = _part(name, value[name], editing)
            said = {url: each for url, each in said.items() if url != name}
            said |= {name: {"url": name, key: part}} if part is not None else {}
    ordered = [said[name] for name in _ASSESSMENT if name in said]
    put_extensions(draft, systems.EXT_EGENVARD, [{"extension": ordered}])


def _part(name: str, value: Any, editing: Editing) -> Any:
    if name == "helper" and value is not None and "name" in value:
        return {"display": value["name"]}
    if name in {"assessor", "helper"} and value is not None:
        return editing.person(value, f"/egenvard/{name}")
    return value


def _put_when(draft: Json, value: Json | None, _editing: Editing) -> None:
    value = merged(when_of(draft), value)
    restriction = dict(draft.get("restriction", {}))
    period: dict[str, Any] = dict(restriction.get("period", {}))
    put(period, "start", value.get("earliest"))
    put(period, "end", value.get("latest"))
    put(restriction, "period", period)
    put(draft, "restriction", restriction)
    if "executionPeriod" in draft and draft["status"] in _UNANSWERED | _ANSWERED:
        put(draft, "executionPeriod", period)
    put_extension(draft, systems.EXT_WHEN_TEXT, "valueString", value.get("text"))


def _put_plan(draft: Json, value: str | None, editing: Editing) -> None:
    based_on = draft.get("basedOn", [])
    others = [each for each in based_on if not (target_of(each) or "").startswith("CarePlan/")]
    plan = [editing.member(f"CarePlan/{value}", "/plan")] if value else []
    put(draft, "basedOn", [editing.contract, *plan, *others])


def _put_goals(draft: Json, value: list[str] | None, editing: Editing) -> None:
    put_goals(draft, value, editing, "/goals")


def _put_turn_to(draft: Json, value: str | None, editing: Editing) -> None:
    contact = editing.member(f"CareTeam/{value}", "/turnTo") if value else None
    put_extension(draft, systems.EXT_TURN_TO, "valueReference", contact)


def side(draft: Json, editing: Editing) -> str:
    """Return whose side the action is on."""
    stated: str | None = extension_value(draft, systems.EXT_SIDE, "valueCode")
    return stated or side_of(draft.get("owner"), editing.reading)


def is_owner(task: Json, editing: Editing) -> bool:
    """Say whether the writer answers for an action; without an owner named, whoever is on its side does."""
    owner = task.get("owner")
    if owner is None:
        own = side(task, editing)
        return own != others.SIDE and (own == "patient") == editing.by_patient
    if (target_of(owner) or "").startswith("RelatedPerson/"):
        return True
    return editing.is_writer(owner)


def _settle(draft: Json, before: Json | None, editing: Editing) -> None:
    put(draft, "lastModified", instant(editing.now))
    other_actors.put_side(draft, editing)
    other_actors.require_outside(draft, editing)
    if before is None:
        put(draft, "status", "accepted" if is_owner(draft, editing) else "requested")
        return
    moved = _name(before.get("owner")) != _name(draft.get("owner"))
    if moved:
        other_actors.forget(draft, before)
    if moved and draft["status"] in _ANSWERED | _UNANSWERED:
        put(draft, "status", "accepted" if is_owner(draft, editing) else "requested")


def _name(owner: Json | None) -> str | None:
    """Return by what an owner is known: the reference, else the name."""
    return target_of(owner) or (owner or {}).get("display")


ACTIONS: Final = Editor(
    _skeleton,
    {
        "text": _put_text,
        "side": _put_side,
        "owner": _put_owner,
        "kind": _put_kind,
        "when": _put_when,
        "plan": _put_plan,
        "goals": _put_goals,
        "turnTo": _put_turn_to,
        "egenvard": _put_egenvard,
        "intervention": _put_intervention,
        "guarantee": _put_guarantee,
        "otherActor": other_actors.put_other_actor,
    },
    _settle,
    _options,
)
