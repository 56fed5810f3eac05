"""Every event of every item in every state of FHIR by everyone: what is not here is refused.

Written down apart from the table of the code, from https://hl7.org/fhir/R4/task.html#statemachine and the
pages of Goal, CareTeam, Appointment, CarePlan, Observation and Communication.
"""

from itertools import product
from typing import Any, Final

import pytest

from pk_api.access.actor import Actor
from pk_api.contract.editing.events import events_of, happen, state_of
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from tests.contract.cases import (
    HOSPITAL_SYSTEM,
    MUNICIPAL_SYSTEM,
    NURSE,
    PATIENT,
    TOLVAN,
    Json,
    a_task,
    an_appointment,
    editing,
)
from tests.contract.test_events import CHOICE, OF_PART, OPTION, STATE

EVENTS: Final = (
    *("accept", "decline", "propose", "confirm", "start", "complete", "achieve", "cancel", "choose"),
    *("end", "activate", "revoke", "entered-in-error", "read"),
)
"""All that may happen to something; most of it not to most items."""

STATES: Final = {
    "Goal": "proposed planned accepted active on-hold completed cancelled entered-in-error rejected",
    "Task": "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed"
    " entered-in-error",
    "CareTeam": "proposed active suspended inactive entered-in-error",
    "RelatedPerson": "active ended",
    "Appointment": "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in"
    " waitlist",
    "CarePlan": "draft active on-hold revoked completed entered-in-error unknown",
    "Observation": "registered preliminary final amended corrected cancelled entered-in-error unknown",
    "DocumentReference": "current superseded entered-in-error",
    "Communication": "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
}

WHO: Final[dict[str, Actor]] = {
    "patient": TOLVAN,
    "owner": HOSPITAL_SYSTEM,
    "nurse": NURSE,
    "municipality": MUNICIPAL_SYSTEM,
}
_CARE: Final = "owner nurse municipality"
_ALL: Final = f"patient {_CARE}"
_GOAL: Final = "proposed planned accepted active on-hold"
_TIME: Final = "proposed pending booked waitlist"

DONE: Final = (
    ("whatMatters", "end", _GOAL, _ALL, "completed"),
    ("goals", "accept", _GOAL, "patient", ""),
    ("goals", "accept", "proposed planned accepted", _CARE, "active"),
    ("goals", "accept", "active on-hold", _CARE, ""),
    ("goals", "decline", _GOAL, "patient", ""),
    ("goals", "decline", "proposed planned", _CARE, "rejected"),
    ("goals", "decline", "accepted active on-hold", _CARE, ""),
    ("goals", "achieve", _GOAL, _ALL, "completed"),
    ("goals", "cancel", _GOAL, _ALL, "cancelled"),
    ("actions of care", "accept", "draft requested received rejected", "owner nurse", "accepted"),
    ("actions of care", "decline", "draft requested received accepted", "owner nurse", "rejected"),
    ("actions of care", "start", "requested received", "owner nurse", "in-progress"),
    ("actions of care", "start", "accepted ready on-hold", _CARE, "in-progress"),
    (
        "actions of care",
        "complete",
        "requested received accepted ready in-progress on-hold",
        _CARE,
        "completed",
    ),
    (
        "actions of care",
        "cancel",
        "draft requested received accepted ready in-progress on-hold",
        _CARE,
        "cancelled",
    ),
    ("actions of the patient", "accept", "draft requested received rejected", "patient", "accepted"),
    ("actions of the patient", "decline", "draft requested received accepted", "patient", "rejected"),
    ("actions of the patient", "start", "requested received", "patient", "in-progress"),
    ("actions of the patient", "start", "accepted ready on-hold", _ALL, "in-progress"),
    (
        "actions of the patient",
        "complete",
        "requested received accepted ready in-progress on-hold",
        _ALL,
        "completed",
    ),
    (
        "actions of the patient",
        "cancel",
        "draft requested received accepted ready in-progress on-hold",
        _ALL,
        "cancelled",
    ),
    ("actions of outsiders", "accept", "draft requested received rejected", _CARE, "accepted"),
    ("actions of outsiders", "decline", "draft requested received accepted", _CARE, "rejected"),
    ("actions of outsiders", "start", "accepted ready on-hold", _CARE, "in-progress"),
    (
        "actions of outsiders",
        "complete",
        "requested received accepted ready in-progress on-hold",
        _CARE,
        "completed",
    ),
    (
        "actions of outsiders",
        "cancel",
        "draft requested received accepted ready in-progress on-hold",
        _CARE,
        "cancelled",
    ),
    ("choices", "accept", "draft requested received rejected", "patient", "accepted"),
    ("choices", "decline", "draft requested received accepted", "patient", "rejected"),
    ("choices", "start", "requested received", "patient", "in-progress"),
    ("choices", "start", "accepted ready on-hold", _ALL, "in-progress"),
    ("choices", "complete", "requested received accepted ready in-progress on-hold", _ALL, "completed"),
    (
        "choices",
        "cancel",
        "draft requested received accepted ready in-progress on-hold",
        _ALL,
        "cancelled",
    ),
    ("choices", "choose", "requested received accepted ready in-progress", _ALL, "completed"),
    ("contacts", "end", "active proposed suspended", _ALL, "inactive"),
    ("relatives", "end", "active", _ALL, "ended"),
    ("appointments", "accept", _TIME, "patient owner nurse", ""),
    ("appointments", "decline", _TIME, "patient owner nurse", ""),
    ("appointments", "propose", _TIME, "patient owner nurse", ""),
    ("appointments", "confirm", "proposed pending waitlist", _CARE, "booked"),
    ("appointments", "cancel", _TIME, _CARE, "cancelled"),
    ("plans", "activate", "draft on-hold", _CARE, "active"),
    ("plans", "complete", "active on-hold", _CARE, "completed"),
    ("plans", "revoke", "draft active on-hold", _CARE, "revoked"),
    ("notes", "end", "registered preliminary final amended corrected", _ALL, "cancelled"),
    ("medicines", "end", "current", _CARE, "superseded"),
    ("messages", "read", "completed in-progress on-hold stopped", _ALL, ""),
    ("contract", "activate", "draft on-hold", _CARE, "active"),
    ("contract", "complete", "active on-hold", _CARE, "completed"),
    ("contract", "revoke", "draft active on-hold", _CARE, "revoked"),
    (
        "contract",
        "entered-in-error",
        "draft active on-hold completed revoked unknown",
        _CARE,
        "entered-in-error",
    ),
)
"""What happens: to which items, what, in which states, by whom, and the state after ('' for the same).

Here the owner of actions of care is a unit of the hospital, whose nurse and system answer for it; the booking
does not let the patient cancel, and invites patient and nurse. Who may write at all is decided at the door.
"""

ITEMS: Final[dict[str, Json]] = {
    **{part: item for part, item in OF_PART.items() if part != "actions"},
    "actions of care": a_task(owner={"reference": "Organization/unit"}),
    "actions of the patient": a_task(owner={"reference": PATIENT}),
    "actions of outsiders": a_task(
        owner={"display": "Försäkringskassan"}, extension=[{"url": systems.EXT_SIDE, "valueCode": "other"}]
    ),
    "choices": {**CHOICE, "owner": {"reference": PATIENT}},
    "appointments": an_appointment(),
}


def _part(items: str) -> str:
    return "actions" if items == "choices" or items.startswith("actions of") else items


def _expected() -> dict[tuple[str, str, str, str], str]:
    return {
        (items, event, state, who): to or state
        for items, event, states, whos, to in DONE
        for state in states.split()
        for who in whos.split()
    }


EXPECTED: Final = _expected()


def _in(items: str, state: str) -> Json:
    item = ITEMS[items]
    if items == "relatives":
        return {**item, "active": state == "active"}
    return {**item, STATE.get(items, "status"): state}


def _became(items: str, event: str, state: str, who: str) -> str:
    before, part = _in(items, state), _part(items)
    others = [OPTION] if items == "choices" else []
    body: dict[str, Any] = {"reason": "Ett skäl", "option": "option"}
    try:
        found = happen(part, event, before, body, editing(WHO[who], before, *others))
    except Problem as problem:
        return problem.kind
    return state_of(part, found[0]) if found else state


@pytest.mark.parametrize("items", ITEMS)
def test_every_event_in_every_state_by_everyone(items: str) -> None:
    part, states = _part(items), STATES[ITEMS[items]["resourceType"]].split()
    possible = [event for event in EVENTS if event in events_of(part)]
    assert {event for name, event, *_ in DONE if name == items} <= set(possible)

    for event, state, who in product(possible, states, WHO):
        became = _became(items, event, state, who)
        expected = EXPECTED.get((items, event, state, who))
        told = (items, event, state, who, became)
        if expected is not None:
            assert became == expected, told
        else:
            assert became in {"forbidden", "not-allowed-in-state", "business-rule"}, told


def test_no_event_happens_to_items_of_another_part() -> None:
    elsewhere = [(part, event) for part in OF_PART for event in EVENTS if event not in events_of(part)]

    assert {event for part in OF_PART for event in events_of(part)} == set(EVENTS)
    for part, event in elsewhere:
        with pytest.raises(Problem):
            happen(part, event, OF_PART[part], {}, editing(HOSPITAL_SYSTEM, OF_PART[part]))


def test_the_booking_lets_the_patient_cancel_in_the_same_states() -> None:
    may = {"url": systems.EXT_MAY_CANCEL, "valueBoolean": True}
    for state in STATES["Appointment"].split():
        before = {**an_appointment(), "status": state, "extension": [may]}
        try:
            became = happen("appointments", "cancel", before, {}, editing(TOLVAN, before))[0]["status"]
        except Problem as problem:
            became = problem.kind
        assert became == ("cancelled" if state in _TIME.split() else "not-allowed-in-state"), state
