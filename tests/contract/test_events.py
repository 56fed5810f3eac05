"""What may happen to items: the table of events, row by row."""

import pytest

from pk_api.access.actor import Actor
from pk_api.contract.editing.events import TRANSITIONS, events_of, happen
from pk_api.contract.parts import PARTS
from pk_api.contract.reading.view import READERS
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.validate import check
from tests.contract.cases import (
    A_LIST,
    CONTRACT,
    HOSPITAL_SYSTEM,
    MEMBERS,
    MUNICIPAL_SYSTEM,
    NURSE,
    PATIENT,
    TOLVAN,
    Json,
    a_task,
    an_appointment,
    editing,
    reading,
)

OF_PART: dict[str, Json] = {
    "whatMatters": MEMBERS["Goal/shop"],
    "goals": {**MEMBERS["Goal/shop"], "id": "goal", "category": [{"text": "Mål"}]},
    "actions": a_task(owner={"reference": "Organization/unit"}),
    "contacts": MEMBERS["CareTeam/contact"],
    "relatives": MEMBERS["RelatedPerson/wife"],
    "appointments": an_appointment(),
    "plans": MEMBERS["CarePlan/rehab"],
    "notes": {
        "resourceType": "Observation",
        "id": "story",
        "status": "final",
        "subject": {"reference": "Patient/tolvan"},
        "basedOn": [{"reference": CONTRACT}],
        "code": {"coding": [{"system": systems.NARRATIVE, "code": "story"}]},
        "valueString": "Jag har arbetat som snickare.",
    },
    "medicines": A_LIST,
    "messages": {
        "resourceType": "Communication",
        "id": "question",
        "status": "completed",
        "subject": {"reference": "Patient/tolvan"},
        "about": [{"reference": CONTRACT}],
        "sender": {"reference": "Patient/tolvan"},
        "payload": [{"contentString": "Kan jag ta bussen?"}],
    },
    "contract": MEMBERS[CONTRACT],
}
STATE = {"whatMatters": "lifecycleStatus", "goals": "lifecycleStatus"}


def in_state(part: str, state: str) -> Json:
    return OF_PART[part] if part == "relatives" else {**OF_PART[part], STATE.get(part, "status"): state}


CHOICE = a_task(code={"coding": [{"system": systems.TASK_KIND, "code": "choose"}]})
OPTION = a_task(id="option", intent="option", status="draft", partOf=[{"reference": "Task/task"}])


def rows() -> list[tuple[str, str, str, str, str]]:
    return [(r.part, r.event, state, r.to, r.who) for r in TRANSITIONS for state in sorted(r.since)]


@pytest.mark.parametrize(("part", "event", "state", "to", "who"), rows())
def test_every_row_leads_to_its_state_and_to_valid_resources(
    part: str, event: str, state: str, to: str, who: str
) -> None:
    actor = TOLVAN if who == "patient" else HOSPITAL_SYSTEM
    before = {**CHOICE, "status": state} if event == "choose" else in_state(part, state)
    body = {"reason": "Ett skäl", "option": "option"}

    after, *others = happen(part, event, before, body, editing(actor, before, OPTION))

    expected = to or state
    found = (
        after.get("active") is False and "ended" if part == "relatives" else after[STATE.get(part, "status")]
    )
    assert found == expected
    assert [issue for each in (after, *others) for issue in check({"id": "new", **each})] == []


@pytest.mark.parametrize(
    ("part", "event", "state"),
    [
        ("whatMatters", "end", "completed"),
        ("goals", "achieve", "rejected"),
        ("actions", "complete", "cancelled"),
        ("actions", "accept", "completed"),
        ("contacts", "end", "inactive"),
        ("appointments", "confirm", "booked"),
        ("appointments", "accept", "cancelled"),
        ("plans", "activate", "completed"),
        ("contract", "complete", "draft"),
        ("contract", "activate", "revoked"),
    ],
)
def test_an_event_out_of_its_state_is_refused_and_says_when_it_is_possible(
    part: str, event: str, state: str
) -> None:
    before = in_state(part, state)

    with pytest.raises(Problem, match="is possible in") as problem:
        happen(part, event, before, {}, editing(HOSPITAL_SYSTEM, before))

    assert (problem.value.kind, problem.value.facts["state"]) == ("not-allowed-in-state", state)


@pytest.mark.parametrize(
    ("actor", "owner", "may"),
    [
        (TOLVAN, PATIENT, True),
        (HOSPITAL_SYSTEM, PATIENT, False),
        (HOSPITAL_SYSTEM, "Organization/unit", True),
        (HOSPITAL_SYSTEM, "PractitionerRole/nurse", True),
        (HOSPITAL_SYSTEM, "Organization/municipality", False),
        (MUNICIPAL_SYSTEM, "Organization/municipality", True),
        (TOLVAN, "Organization/unit", False),
    ],
)
def test_the_owner_accepts_an_action(actor: Actor, owner: str, may: bool) -> None:
    task = a_task(owner={"reference": owner})
    if may:
        assert happen("actions", "accept", task, {}, editing(actor, task))[0]["status"] == "accepted"
        return

    with pytest.raises(Problem) as problem:
        happen("actions", "accept", task, {}, editing(actor, task))

    assert problem.value.kind == "forbidden"


def test_the_patients_answer_to_a_goal_changes_only_the_answer() -> None:
    goal = OF_PART["goals"]

    (after,) = happen("goals", "accept", goal, {}, editing(TOLVAN, goal))

    assert {k: v for k, v in after.items() if k != "extension"} == {
        k: v for k, v in goal.items() if k != "extension"
    }
    (item,) = READERS["goals"](reading(after))
    assert (item["acceptedBy"], item["declinedBy"]) == (["patient"], [])


def test_a_later_answer_replaces_the_earlier_one() -> None:
    goal = OF_PART["goals"]
    (accepted,) = happen("goals", "accept", goal, {}, editing(TOLVAN, goal))
    (both,) = happen("goals", "accept", accepted, {}, editing(HOSPITAL_SYSTEM, accepted))

    (declined,) = happen("goals", "decline", both, {}, editing(TOLVAN, both))

    (item,) = READERS["goals"](reading(declined))
    assert (item["acceptedBy"], item["declinedBy"]) == (["care"], ["patient"])


@pytest.mark.parametrize(
    ("actor", "person"), [(NURSE, "Practitioner/nurse"), (HOSPITAL_SYSTEM, None), (MUNICIPAL_SYSTEM, None)]
)
def test_care_answers_to_a_goal_as_a_person_for_a_role_or_an_organisation(
    actor: Actor, person: str | None
) -> None:
    goal = OF_PART["goals"]

    (once,) = happen("goals", "accept", goal, {}, editing(actor, goal))

    assert happen("goals", "accept", once, {}, editing(actor, once)) == (), "it is answered already"
    (acceptance,) = [e for e in once["extension"] if e["url"] == systems.EXT_GOAL_ACCEPTANCE]
    named = acceptance["extension"][0]["valueReference"]
    assert named.get("reference") == person
    assert named["extension"][0]["url"] == systems.EXT_ACTING_AS
    assert check(once) == []
    assert KNOWN.check(once) == []


def test_a_patient_answers_for_nobody_else_whatever_the_reference_says() -> None:
    as_care = {"url": systems.EXT_ACTING_AS, "valueReference": {"reference": "Organization/region"}}
    parts = [
        {"url": "individual", "valueReference": {"reference": PATIENT, "extension": [as_care]}},
        {"url": "status", "valueCode": "agree"},
    ]
    goal = OF_PART["goals"] | {"extension": [{"url": systems.EXT_GOAL_ACCEPTANCE, "extension": parts}]}

    (item,) = READERS["goals"](reading(goal))

    assert item["acceptedBy"] == ["patient"]


def test_an_answer_to_a_time_is_kept_beside_the_time() -> None:
    time = an_appointment()

    after, response = happen("appointments", "decline", time, {"comment": "Bortrest"}, editing(TOLVAN, time))

    assert after["participant"][0] == {"actor": {"reference": PATIENT}, "status": "declined"}
    assert (response["participantStatus"], response["comment"]) == ("declined", "Bortrest")


def test_who_is_not_invited_does_not_answer() -> None:
    time = an_appointment()

    with pytest.raises(Problem) as problem:
        happen("appointments", "accept", time, {}, editing(MUNICIPAL_SYSTEM, time))

    assert problem.value.kind == "forbidden"


def test_a_patient_cancels_only_what_the_booking_allows() -> None:
    time = an_appointment()
    allowed = an_appointment(extension=[{"url": systems.EXT_MAY_CANCEL, "valueBoolean": True}])

    with pytest.raises(Problem):
        happen("appointments", "cancel", time, {}, editing(TOLVAN, time))
    (after,) = happen("appointments", "cancel", allowed, {}, editing(TOLVAN, allowed))

    assert after["status"] == "cancelled"


def test_the_end_of_a_relative_ends_what_the_relative_may() -> None:
    person = MEMBERS["RelatedPerson/wife"]
    consent = {
        "resourceType": "Consent",
        "id": "k",
        "meta": {"versionId": "1"},
        "status": "active",
        "category": [{"coding": [{"system": systems.CONSENT_KIND, "code": "relative-access"}]}],
        "provision": {"actor": [{"reference": {"reference": "RelatedPerson/wife"}}]},
    }

    after, ended = happen("relatives", "end", person, {}, editing(TOLVAN, consent))

    assert (after["active"], ended["status"]) == (False, "inactive")


def test_a_contact_that_has_not_begun_ends_on_the_day_it_would_begin() -> None:
    future = {**MEMBERS["CareTeam/contact"], "period": {"start": "2026-05-01"}}

    (after,) = happen("contacts", "end", future, {}, editing(HOSPITAL_SYSTEM, future))

    assert after["period"] == {"start": "2026-05-01", "end": "2026-05-01"}


def test_a_narrative_that_says_more_than_the_elements_stays_when_something_happens() -> None:
    narrative = {"status": "additional", "div": "<div>Mer</div>"}
    task = a_task(owner={"reference": "Organization/unit"}, text=narrative)

    (after,) = happen("actions", "start", task, {}, editing(HOSPITAL_SYSTEM, task))

    assert after["text"] == narrative


def test_every_part_can_be_ended_but_what_is_said() -> None:
    endings = {"end", "cancel", "revoke"}

    assert [name for name, part in PARTS.items() if not endings & set(part.events)] == ["messages"]


def test_the_events_are_those_of_the_documented_paths() -> None:
    assert events_of("actions") == ("accept", "decline", "start", "complete", "cancel", "choose")
    assert events_of("appointments") == ("accept", "decline", "propose", "confirm", "cancel")
