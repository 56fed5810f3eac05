"""Scenario 4: a child grows up: who reads and writes at 12, 13, 16 and 18; a guardian who is barred; and what
the child has said that the guardian is not to see."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pk_api.contract.dates import SWEDEN
from pk_api.fhir.systems import PERSONNUMMER, ROLE_CODE
from tests.acceptance.conftest import Caller, Json, Place, born
from tests.rules.people import labelled
from tests.rules.standins import a_permission
from tests.support.resources import a_goal, a_patient

MOTHER = born(date(1985, 6, 2))


def birthday(years: int, *, days: int = 0) -> date:
    """Return the birth date of somebody who turns so many years today, or in some days."""
    day = datetime.now(UTC).astimezone(SWEDEN).date() + timedelta(days=days)
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)


def a_child(place: Place, day: date) -> tuple[str, str, Caller]:
    """Register a child born that day with its mother and a contract; return both and the mother."""
    care, number = place.caller("system-hospital"), born(day)
    child = care.stores(a_patient(number) | {"birthDate": day.isoformat()})
    patient = f"Patient/{child['id']}"
    person = care.stores(
        {
            "resourceType": "RelatedPerson",
            "active": True,
            "identifier": [{"system": PERSONNUMMER, "value": MOTHER}],
            "patient": {"reference": patient},
            "relationship": [{"coding": [{"system": ROLE_CODE, "code": "GUARD"}]}],
        }
    )
    care.sends("/v1/contracts", {"patient": {"personnummer": number}}, 201)
    return patient, f"RelatedPerson/{person['id']}", place.guardian(MOTHER, patient)


@pytest.mark.parametrize(
    ("years", "days", "mother_reads", "child_reads", "child_uses_services"),
    [
        (12, 0, True, False, False),
        (13, 2, True, False, False),
        (13, 0, False, False, True),
        (16, 2, False, False, True),
        (16, 0, False, True, True),
        (18, 0, False, True, True),
    ],
    ids=["12", "nearly 13", "13 today", "nearly 16", "16 today", "18 today"],
)
def test_access_follows_the_birthdays(
    place: Place, years: int, days: int, mother_reads: bool, child_reads: bool, child_uses_services: bool
) -> None:
    day = birthday(years, days=days)
    patient, _, mother = a_child(place, day)
    care, child = place.caller("system-hospital"), place.patient(born(day))
    note = care.stores(an_observation(patient))

    reads = {
        "mother": mother.sees(f"/fhir/Observation/{note['id']}"),
        "child": child.sees(f"/fhir/Observation/{note['id']}"),
        "services": child.sees(f"/fhir/{patient}"),
    }

    assert reads == {"mother": mother_reads, "child": child_reads, "services": child_uses_services}
    written = mother.http.post("/fhir/Goal", json=a_goal(patient), headers={"Content-Type": FHIR})
    assert written.status_code == (201 if mother_reads else 403), written.text


FHIR = "application/fhir+json"


def an_observation(patient: str, **more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Vikt"},
        "subject": {"reference": patient},
        "valueString": "32 kg",
        **more,
    }


def test_a_guardian_who_is_barred_sees_nothing_from_then_on(place: Place) -> None:
    patient, person, mother = a_child(place, birthday(8, days=3))
    care = place.caller("system-hospital")
    saw = mother.sees(f"/fhir/{patient}")

    care.stores(a_permission(patient, person, "guardian-exception", provision={"type": "deny"}))

    assert saw
    assert not mother.sees(f"/fhir/{patient}")
    assert mother.http.get("/v1/me/contract").status_code in (403, 404)


def test_what_the_child_says_is_hidden_from_the_guardian_and_read_by_care(place: Place) -> None:
    patient, _, mother = a_child(place, birthday(9, days=4))
    care = place.caller("system-hospital")
    contract = mother.reads("/v1/me/contract")["id"]
    code = {"system": "https://patientkontrakt.org/fhir/CodeSystem/pk-narrative", "code": "child-voice"}
    voice = an_observation(
        patient,
        code={"coding": [code]},
        basedOn=[{"reference": f"CarePlan/{contract}"}],
        valueString="Jag är rädd hemma",
        meta=labelled("hidden-from-guardian", "Organization/hospital"),
    )

    stored = care.stores(voice)

    assert care.sees(f"/fhir/Observation/{stored['id']}")
    assert not mother.sees(f"/fhir/Observation/{stored['id']}")
    assert "rädd" not in str(mother.reads(f"/v1/contracts/{contract}"))
    assert "rädd" not in str(mother.reads(f"/fhir/Observation?patient={patient}"))
    assert mother.reads(f"/v1/contracts/{contract}")["withheld"]["hiddenInformationExists"] is False
