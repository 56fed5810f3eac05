"""The work of validation grows with the resource, not faster: counted in calls, so that no clock is asked."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.systems import CARE_TEAM_KIND, PERSONNUMMER, PLAN_TEAM
from pk_api.fhir.validate import check

Json = dict[str, Any]

SE_PATIENT = "http://hl7.se/fhir/ig/base/StructureDefinition/SEBasePatient"
PLAN_TEAM_PROFILE = "https://patientkontrakt.org/fhir/StructureDefinition/pk-plan-team"


def calls(work: Callable[[], object]) -> int:
    """Return how many calls a piece of work makes, of Python's functions and of the interpreter's own."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def a_bundle(size: int) -> Json:
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Kunna gå till affären själv"},
        "subject": {"reference": "Patient/p"},
        "note": [{"text": "x", "time": "2026-03-02T10:00:00Z"}],
    }
    entries = [{"fullUrl": f"urn:goal:{n}", "resource": goal} for n in range(size)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def a_team(size: int) -> Json:
    return {
        "resourceType": "CareTeam",
        "category": [{"coding": [{"system": CARE_TEAM_KIND, "code": PLAN_TEAM}]}],
        "subject": {"reference": "Patient/p"},
        "participant": [{"member": {"reference": f"PractitionerRole/{n}"}} for n in range(size)],
    }


def a_patient(size: int) -> Json:
    unknown = {"url": "http://hl7.org/fhir/StructureDefinition/patient-importance", "valueCode": "x"}
    identifiers = [{"system": f"urn:{n}", "value": "1", "extension": [unknown]} for n in range(size)]
    return {"resourceType": "Patient", "identifier": [{"system": PERSONNUMMER}, *identifiers]}


def a_container(size: int) -> Json:
    people = [{"resourceType": "Practitioner", "id": f"p{n}"} for n in range(size)]
    return {
        "resourceType": "CareTeam",
        "contained": people,
        "participant": [{"member": {"reference": f"#{one['id']}"}} for one in people],
    }


WORK: list[tuple[str, Callable[[int], Json], Callable[[Json], object]]] = [
    ("a Bundle", a_bundle, check),
    ("contained resources", a_container, check),
    ("a profile", a_team, lambda r: KNOWN.check(r, PLAN_TEAM_PROFILE)),
    ("slices and extensions", a_patient, lambda r: KNOWN.check(r, SE_PATIENT)),
]


@pytest.mark.parametrize(("make", "work"), [row[1:] for row in WORK], ids=[row[0] for row in WORK])
def test_ten_times_as_much_takes_ten_times_the_calls(
    make: Callable[[int], Json], work: Callable[[Json], object]
) -> None:
    small, large = make(50), make(500)
    assert work(small) == []  # and what is compiled at the first use is there

    assert calls(lambda: work(large)) <= 10.5 * calls(lambda: work(small))
