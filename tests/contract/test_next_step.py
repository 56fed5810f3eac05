"""The next step: the earliest thing ahead."""

from datetime import date

from pk_api.contract.reading.view import next_step_of
from tests.contract.cases import Json, a_task, an_appointment, reading


def step(*more: Json, today: date = date(2026, 3, 10)) -> Json | None:
    found: Json | None = next_step_of(reading(*more, today=today))["nextStep"]
    return found


def due(id: str, day: str | None, **more: object) -> Json:
    return a_task(id=id, **({"restriction": {"period": {"end": day}}} if day else {}), **more)


def item(found: Json | None) -> str | None:
    return found["item"] if found else None


def test_nothing_ahead_is_no_step() -> None:
    assert step() is None


def test_the_earliest_due_comes_first() -> None:
    assert item(step(due("late", "2026-04-01"), due("early", "2026-03-12"))) == "actions/early"


def test_an_overdue_action_comes_before_what_lies_ahead() -> None:
    assert item(step(due("over", "2026-03-01"), due("ahead", "2026-03-11"))) == "actions/over"


def test_a_time_comes_before_an_action_of_the_same_day() -> None:
    assert item(step(due("ring", "2026-03-20"), an_appointment())) == "appointments/time"


def test_what_has_no_day_comes_last() -> None:
    assert item(step(due("some-day", None), due("far", "2027-01-01"))) == "actions/far"


def test_what_is_due_some_time_this_year_comes_after_what_is_due_this_month() -> None:
    assert item(step(due("year", "2026"), due("month", "2026-03"), due("april", "2026-04-02"))) == (
        "actions/month"
    )
    assert item(step(due("year", "2026"), due("april", "2026-04-02"))) == "actions/april"


def test_what_is_done_is_no_step() -> None:
    assert step(due("done", "2026-03-12", status="completed")) is None


def test_a_time_that_has_been_is_no_step() -> None:
    assert step(an_appointment(), today=date(2026, 3, 21)) is None


def test_a_time_of_today_is_a_step() -> None:
    assert item(step(an_appointment(), today=date(2026, 3, 20))) == "appointments/time"


def test_a_time_just_after_midnight_in_sweden_is_of_the_swedish_day() -> None:
    night = an_appointment(start="2026-03-09T23:30:00Z", end="2026-03-10T00:30:00Z")

    found = step(night, today=date(2026, 3, 10))

    assert found is not None
    assert found["due"] == "2026-03-10"


def test_the_step_says_whom_to_turn_to() -> None:
    turn_to = {
        "url": "https://patientkontrakt.org/fhir/StructureDefinition/pk-turn-to",
        "valueReference": {"reference": "CareTeam/contact"},
    }

    found = step(due("ring", "2026-03-12", extension=[turn_to]))

    assert found == {
        "text": "Ring vårdcentralen",
        "by": "patient",
        "due": "2026-03-12",
        "item": "actions/ring",
        "turnTo": "contact",
    }


def test_each_party_has_a_next_step_of_its_own() -> None:
    unit, nurse = {"reference": "Organization/unit"}, {"reference": "PractitionerRole/nurse"}
    own = {"owner": {"reference": "Patient/p"}}
    actions = (
        due("ring", "2026-03-12", **own),
        due("rest", "2026-03-11", **own),
        due("write", "2026-03-15", owner=unit),
        due("call", "2026-03-13", owner=unit),
        due("done", "2026-03-09", owner=unit, status="completed"),
        due("visit", "2026-03-30", owner=nurse),
    )

    found = next_step_of(reading(*actions, an_appointment()))["nextSteps"]

    assert [each["item"] for each in found][:2] == ["actions/rest", "actions/call"]
    assert len({(each["by"], str(each["owner"])) for each in found}) == len(found), "one each"
    assert {each["by"] for each in found} == {"patient", "care"}
    assert all(each["owner"] for each in found if each["by"] == "care")


def test_nothing_ahead_is_no_step_of_anybody() -> None:
    assert next_step_of(reading())["nextSteps"] == []
