"""What may happen to items: one table of events, from which states to which, and by whom.

Sources of the states: https://hl7.org/fhir/R4/task.html#statemachine, goal, appointment and careplan pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pk_api.contract.codes import ACHIEVEMENTS, code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing import appointments, goals
from pk_api.contract.editing.actions import is_owner
from pk_api.contract.editing.context import Editing, refused
from pk_api.contract.editing.draft import (
    close_period,
    concept_of,
    copy_of,
    put,
    put_extension,
    put_text,
)
from pk_api.contract.editing.items import without_stale_narrative
from pk_api.contract.editing.messages import mark_read
from pk_api.contract.editing.other_actors import put_answer
from pk_api.contract.elements import Json, extension_value
from pk_api.contract.reading.actions import is_option_of
from pk_api.contract.reading.other_actors import is_of_other_actor
from pk_api.contract.reading.relatives import consent_for
from pk_api.fhir import choices, systems
from pk_api.fhir.problems import Problem

Effect = Callable[[Json, str, Json, Editing], tuple[Json, ...]]
"""Puts an event into a draft (draft, new state, body, editing); returns the resources that change with it."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A part's event: the states in which it is possible, the state after ('' for the same), and by whom."""

    part: str
    event: str
    since: frozenset[str]
    to: str
    who: str
    effect: Effect


def _goal(draft: Json, to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
    put(draft, "lifecycleStatus", to or draft["lifecycleStatus"])
    put(draft, "statusDate", editing.today)
    if body.get("reason"):
        put(draft, "statusReason", body["reason"])
    return ()


def _agree(draft: Json, to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
    goals.answer(draft, "agree", None, editing)
    return _goal(draft, to, body, editing) if to else ()


def _disagree(draft: Json, to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
    goals.answer(draft, "disagree", body.get("reason"), editing)
    return _goal(draft, to, body, editing) if to else ()


def _achieve(draft: Json, to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
    put(draft, "achievementStatus", concept_of(ACHIEVEMENTS["achieved"]))
    return _goal(draft, to, body, editing)


def _task(draft: Json, to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
    put(draft, "status", to)
    put(draft, "lastModified", instant(editing.now))
    if body.get("reason"):
        put_text(draft, "statusReason", body["reason"])
    if body.get("comment"):
        note = {"time": instant(editing.now), "text": body["comment"]}
        put(draft, "note", [*draft.get("note", []), note])
    return ()


def _answered(draft: Json, to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
    """Note the owner's own answer: nobody has to be told it."""
    if body.get("toldBy") or body.get("on"):
        raise refused("/toldBy" if body.get("toldBy") else "/on", "Who answers for itself is not told of.")
    return _task(draft, to, body, editing)


def _told(answer: str) -> Effect:
    """Note what an actor outside care has answered, to whom of care, when and by whom."""

    def effect(draft: Json, to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
        put_answer(draft, answer, body, editing)
        return _task(draft, to, body, editing)

    return effect


def _choose(draft: Json, to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
    """Complete a choice; what becomes of its options is the door's to write."""
    if not choices.is_choice(draft):
        raise Problem("business-rule", "This action is no choice among alternatives.")
    option = editing.member(f"Task/{body['option']}", "/option")
    if not is_option_of(editing.reading.members[option["reference"]], draft["id"], editing.reading):
        raise refused("/option", "This is no option of the choice.")
    chosen = {"type": concept_of(code_of(systems.CHOICE, choices.CHOSEN)), "valueReference": option}
    put(draft, "output", [chosen])
    return _task(draft, to, body, editing)


def _end_contact(draft: Json, to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
    put(draft, "status", to)
    put_extension(draft, systems.EXT_STATUS_REASON, "valueString", body.get("reason"))
    close_period(draft, editing.today)
    return ()


def _end_relative(draft: Json, _to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
    draft["active"] = False
    put_extension(draft, systems.EXT_STATUS_REASON, "valueString", body.get("reason"))
    close_period(draft, editing.today)
    consent = consent_for(f"RelatedPerson/{draft['id']}", editing.reading)
    return ({**consent, "status": "inactive"},) if consent else ()


def _answer(status: str) -> Effect:
    def effect(draft: Json, _to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
        actor = appointments.answering(draft, editing)
        if actor is None:
            raise Problem("forbidden", "Those who are invited answer.")
        appointments.set_answer(draft, actor, status)
        return (appointments.response(draft, actor, status, body),)

    return effect


def _appointment(draft: Json, to: str, body: Json, _editing: Editing) -> tuple[Json, ...]:
    put(draft, "status", to)
    if to == "cancelled" and body.get("reason"):
        put_text(draft, "cancelationReason", body["reason"])
    return ()


def _plan(draft: Json, to: str, body: Json, editing: Editing) -> tuple[Json, ...]:
    put(draft, "status", to)
    if to in {"completed", "revoked"}:
        close_period(draft, editing.today)
    put_extension(draft, systems.EXT_STATUS_REASON, "valueString", body.get("reason"))
    return ()


def _end_note(draft: Json, to: str, _body: Json, _editing: Editing) -> tuple[Json, ...]:
    put(draft, "status", to)
    return ()


def _read(draft: Json, _to: str, _body: Json, editing: Editing) -> tuple[Json, ...]:
    mark_read(draft, editing)
    return ()


def _rows(part: str, *rows: tuple[str, str, str, str, Effect]) -> tuple[Transition, ...]:
    return tuple(
        Transition(part, event, frozenset(since.split()), to, who, effect)
        for event, since, to, who, effect in rows
    )


_GOAL_OPEN = "proposed planned accepted active on-hold"
_TASK_OPEN = "requested received accepted ready in-progress on-hold"
_NOTE_OPEN = "registered preliminary final amended corrected"
_TIME_OPEN = "proposed pending booked waitlist"

TRANSITIONS: Final[tuple[Transition, ...]] = (
    *_rows("whatMatters", ("end", _GOAL_OPEN, "completed", "anyone", _goal)),
    *_rows(
        "goals",
        ("accept", _GOAL_OPEN, "", "patient", _agree),
        ("accept", "proposed planned accepted", "active", "care", _agree),
        ("accept", "active on-hold", "", "care", _agree),
        ("decline", _GOAL_OPEN, "", "patient", _disagree),
        ("decline", "proposed planned", "rejected", "care", _disagree),
        ("decline", "accepted active on-hold", "", "care", _disagree),
        ("achieve", _GOAL_OPEN, "completed", "anyone", _achieve),
        ("cancel", _GOAL_OPEN, "cancelled", "anyone", _goal),
    ),
    *_rows(
        "actions",
        ("accept", "draft requested received rejected", "accepted", "owner", _answered),
        ("decline", "draft requested received accepted", "rejected", "owner", _answered),
        ("accept", "draft requested received rejected", "accepted", "told", _told("accepted")),
        ("decline", "draft requested received accepted", "rejected", "told", _told("declined")),
        ("start", "requested received", "in-progress", "owner", _task),
        ("start", "accepted ready on-hold", "in-progress", "owner-or-care", _task),
        (
            "complete",
            "requested received accepted ready in-progress on-hold",
            "completed",
            "owner-or-care",
            _task,
        ),
        ("cancel", f"draft {_TASK_OPEN}", "cancelled", "owner-or-care", _task),
        ("choose", "requested received accepted ready in-progress", "completed", "owner-or-care", _choose),
    ),
    *_rows("contacts", ("end", "active proposed suspended", "inactive", "anyone", _end_contact)),
    *_rows("relatives", ("end", "active", "ended", "anyone", _end_relative)),
    *_rows(
        "appointments",
        ("accept", _TIME_OPEN, "", "anyone", _answer("accepted")),
        ("decline", _TIME_OPEN, "", "anyone", _answer("declined")),
        ("propose", _TIME_OPEN, "", "anyone", _answer("tentative")),
        ("confirm", "proposed pending waitlist", "booked", "care", _appointment),
        ("cancel", _TIME_OPEN, "cancelled", "who-may-cancel", _appointment),
    ),
    *_rows(
        "plans",
        ("activate", "draft on-hold", "active", "care", _plan),
        ("complete", "active on-hold", "completed", "care", _plan),
        ("revoke", "draft active on-hold", "revoked", "care", _plan),
    ),
    *_rows("notes", ("end", _NOTE_OPEN, "cancelled", "anyone", _end_note)),
    *_rows("medicines", ("end", "current", "superseded", "care", _end_note)),
    *_rows("messages", ("read", "completed in-progress on-hold stopped", "", "anyone", _read)),
    *_rows(
        "contract",
        ("activate", "draft on-hold", "active", "care", _plan),
        ("complete", "active on-hold", "completed", "care", _plan),
        ("revoke", "draft active on-hold", "revoked", "care", _plan),
        (
            "entered-in-error",
            "draft active on-hold completed revoked unknown",
            "entered-in-error",
            "care",
            _plan,
        ),
    ),
)

_STATE_ELEMENT = {"whatMatters": "lifecycleStatus", "goals": "lifecycleStatus"}

_WHO: Final[dict[str, tuple[str, Callable[[Json, Editing], bool]]]] = {
    "anyone": ("anyone who may write here", lambda _resource, _editing: True),
    "patient": ("the patient", lambda _resource, editing: editing.by_patient),
    "care": ("care", lambda _resource, editing: not editing.by_patient),
    "owner": ("the one who is to do it", is_owner),
    "told": (
        "care, for an actor outside care that has told its answer",
        lambda resource, editing: not editing.by_patient and is_of_other_actor(resource, editing.reading),
    ),
    "owner-or-care": (
        "the one who is to do it, or care",
        lambda resource, editing: not editing.by_patient or is_owner(resource, editing),
    ),
    "who-may-cancel": (
        "care, or the patient where the booking allows it",
        lambda resource, editing: (
            not editing.by_patient
            or extension_value(resource, systems.EXT_MAY_CANCEL, "valueBoolean") is True
        ),
    ),
}


def events_of(part: str) -> tuple[str, ...]:
    """Return the events of a part, in the order of the table."""
    return tuple(dict.fromkeys(row.event for row in TRANSITIONS if row.part == part))


def state_of(part: str, resource: Json) -> str:
    """Return the state that the table speaks of."""
    if part == "relatives":
        return "ended" if resource.get("active") is False else "active"
    return str(resource.get(_STATE_ELEMENT.get(part, "status"), ""))


def happen(part: str, event: str, before: Json, body: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the resource after the event, and those that change with it; nothing if it is so already.

    Raises Problem `not-allowed-in-state`, or `forbidden` when it is for somebody else to do.
    """
    rows = [row for row in TRANSITIONS if (row.part, row.event) == (part, event)]
    allowed = [row for row in rows if _WHO[row.who][1](before, editing)]
    if not allowed:
        raise Problem(
            "forbidden", f"'{event}' is for {' or '.join(dict.fromkeys(_WHO[r.who][0] for r in rows))}."
        )
    state = state_of(part, before)
    row = next((each for each in allowed if state in each.since), None)
    if row is None:
        possible = ", ".join(sorted({each for row in allowed for each in row.since}))
        detail = f"'{event}' is possible in {possible}; the present state is {state}."
        raise Problem("not-allowed-in-state", detail, facts={"state": state})
    draft: Json = copy_of(before)
    companions = row.effect(draft, row.to, body, editing)
    if draft == before and not companions:
        return ()
    return (without_stale_narrative(draft, editing), *companions)
