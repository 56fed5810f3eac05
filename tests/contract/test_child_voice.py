"""A child is heard for every agreement, or it is said why not: else the contract has a gap."""

from typing import Any

import pytest

from pk_api.contract.reading.view import view_of
from pk_api.fhir import agreements as agreed
from pk_api.fhir import systems
from tests.contract.cases import CONTRACT, MEMBERS, PATIENT, Json, reading

CODE = {"coding": [{"system": systems.NARRATIVE, "code": "child-voice"}]}


def born(day: str) -> Json:
    """The patient, born then."""
    patient = {key: value for key, value in MEMBERS[PATIENT].items() if key != "identifier"}
    return {**patient, "birthDate": day}


def a_voice(**more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": "voice",
        "status": "final",
        "code": CODE,
        "basedOn": [{"reference": CONTRACT}],
        "subject": {"reference": PATIENT},
        "effectiveDateTime": "2026-02-10",
        "valueString": "Jag vill simma",
        **more,
    }


def an_agreement(number: int, on: str) -> Json:
    """The only party's yes."""
    return {
        "resourceType": "Task",
        "id": f"agreement-{number}-1-x",
        "status": "accepted",
        "code": {"coding": [{"system": systems.TASK_KIND, "code": agreed.ANSWER_KIND}]},
        "basedOn": [{"reference": CONTRACT}],
        "note": [{"time": on, "text": "Ja"}],
        "input": [
            {"type": {"coding": [{"system": systems.AGREEMENT, "code": name}]}, "valuePositiveInt": value}
            for name, value in (("number", number), ("revision", 1), ("parties", 1))
        ],
    }


def has_gap(*resources: Json) -> bool:
    return "no-child-voice" in [each["kind"] for each in view_of(reading(*resources))["gaps"]]


@pytest.mark.parametrize(
    ("day", "expected"), [("2020-01-01", True), ("2008-03-11", True), ("2008-03-10", False), ("1950", False)]
)
def test_those_under_eighteen_are_heard(day: str, expected: bool) -> None:
    assert has_gap(born(day)) is expected


def test_what_the_child_said_fills_the_gap() -> None:
    assert not has_gap(born("2015-01-01"), a_voice())


def test_why_the_child_was_not_heard_fills_it_too() -> None:
    silent = a_voice(dataAbsentReason={"text": "Barnet är ett halvår"})
    del silent["valueString"]

    assert not has_gap(born("2015-01-01"), silent)


@pytest.mark.parametrize(
    "more", [{"valueString": " "}, {"status": "entered-in-error"}, {"code": {"text": "Barnets röst"}}]
)
def test_what_says_nothing_does_not(more: Json) -> None:
    assert has_gap(born("2015-01-01"), a_voice(**more))


def test_the_child_is_heard_anew_for_the_next_agreement() -> None:
    first, second = an_agreement(1, "2026-02-20T10:00:00+01:00"), an_agreement(2, "2026-03-05T10:00:00+01:00")

    assert not has_gap(born("2015-01-01"), a_voice(), first)
    assert has_gap(born("2015-01-01"), a_voice(), first, second)
    assert not has_gap(born("2015-01-01"), a_voice(effectiveDateTime="2026-03-01"), first, second)


def test_the_gap_names_its_source() -> None:
    (gap,) = [
        each for each in view_of(reading(born("2015-01-01")))["gaps"] if each["kind"] == "no-child-voice"
    ]

    assert gap["source"].startswith("Patientlag 2014:821")
