"""Scenario 3: what the patient blocks is hidden from others, who learn that there is something; an emergency
opens it for a time, and the patient reads in the log who, why and until when."""

from datetime import datetime, timedelta

import pytest

from tests.acceptance.conftest import Json, Place

CONTRACT = "/v1/contracts/cancer-contract"
PRIMARY = "SE2329990010-2001"
REASON = "Feber och medvetslös efter behandling"


@pytest.fixture(scope="module")
def plan(place: Place) -> str:
    """A plan of the primary care centre's under the contract, before anything is blocked."""
    primary = place.caller("system-primary")
    body = {"kind": "vardplan", "title": "Blodtrycksplan", "owner": {"hsaId": PRIMARY}}
    made = primary.sends(f"{CONTRACT}/plans", body, 201)
    return str(made["id"])


@pytest.fixture(scope="module")
def blocked(place: Place, plan: str) -> Json:
    """The patient blocks the primary care centre."""
    patient = place.caller("patient-cancer")
    return patient.sends("/v1/me/blocks", {"unit": {"hsaId": PRIMARY}, "kind": "inner"}, 201)


def test_until_it_is_blocked_the_hospital_reads_the_plan(place: Place, plan: str) -> None:
    assert place.caller("system-hospital").sees(f"/fhir/CarePlan/{plan}")


def test_a_blocked_units_plan_is_gone_for_others_who_learn_that_there_is_something(
    place: Place, plan: str, blocked: Json
) -> None:
    hospital, primary = place.caller("system-hospital"), place.caller("system-primary")
    patient = place.caller("patient-cancer")

    shown = hospital.reads(CONTRACT)

    assert not hospital.sees(f"/fhir/CarePlan/{plan}")
    assert plan not in str(hospital.reads("/fhir/CarePlan?patient=cancer-patient&_count=100"))
    assert plan not in str(shown)
    assert shown["withheld"]["blockedInformationExists"] is True
    assert "Björken" not in str(shown["withheld"]), "not whose"
    assert hospital.reads("/v1/patients/cancer-patient/blocks") == {"inner": True, "outer": False}
    assert primary.sees(f"/fhir/CarePlan/{plan}")
    assert patient.sees(f"/fhir/CarePlan/{plan}")


def test_an_emergency_opens_it_for_hours_and_the_patient_reads_why_and_until_when(
    place: Place, plan: str, blocked: Json
) -> None:
    hospital, officer = place.caller("system-hospital"), place.caller("audit-officer")
    patient = place.caller("patient-cancer")
    asked = {"kind": "inner-block", "reason": REASON, "hours": 2}

    opening = hospital.sends("/v1/patients/cancer-patient/emergency-openings", asked, 201)
    read = hospital.sees(f"/fhir/CarePlan/{plan}")

    assert read
    lasts = datetime.fromisoformat(opening["end"]) - datetime.fromisoformat(opening["start"])
    assert lasts == timedelta(hours=2)
    log = patient.reads("/v1/me/access-log?limit=100")["items"]
    marked = [each for each in log if each["emergency"]]
    assert [(each["careUnit"], each["what"]) for each in marked] == [("Exempelstads sjukhus", "Läst")]
    (told,) = [
        each
        for each in officer.reads("/v1/audit/emergency-openings")["items"]
        if each["reference"] == opening["reference"]
    ]
    assert (told["reason"], told["end"][:16]) == (REASON, opening["end"][:16])
    consent = patient.reads(f"/fhir/{opening['reference']}")
    assert REASON in str(consent)
    assert consent["provision"]["period"]["end"]


def test_what_the_patient_unblocks_is_read_again(place: Place, plan: str, blocked: Json) -> None:
    patient, other = place.caller("patient-cancer"), place.caller("nurse-stroke")
    name = blocked["reference"].partition("/")[2]

    answer = patient.http.delete(f"/v1/me/blocks/{name}")

    assert answer.status_code in (200, 204), answer.text
    assert not place.caller("system-elsewhere").sees(f"/fhir/CarePlan/{plan}")
    assert place.caller("system-hospital").sees(f"/fhir/CarePlan/{plan}")
    assert not other.sees(f"/fhir/CarePlan/{plan}"), "nobody without a care relation"
