"""Versions of FHIR that are asked for, and questions to $validate that are none: status and reason."""

from typing import Any

import httpx
import pytest

from pk_api.fhir.systems import FAST_KONTAKT, INERA_CARE_TEAM
from tests.support.resources import a_goal, a_patient, a_team
from tests.support.service import TOLVAN, Service, as_fhir, bundle, entry, problems

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.one_database]

Json = dict[str, Any]
R5 = "application/fhir+json; fhirVersion=5.0"
WANTED = {"Accept": R5}
SENT = {"Content-Type": R5}


def a_contact(patient: str) -> Json:
    return {
        "resourceType": "CareTeam",
        "category": [{"coding": [{"system": INERA_CARE_TEAM, "code": FAST_KONTAKT}]}],
        "subject": {"reference": patient},
    }


PREFERENCES = [
    ("application/fhir+json; fhirVersion=5.0, application/fhir+json; fhirVersion=4.0", "5.0"),
    ("application/fhir+json; fhirVersion=4.0, application/fhir+json; fhirVersion=5.0", "4.0"),
    ("application/fhir+json; fhirVersion=4.0; q=0.5, application/fhir+json; fhirVersion=5.0; q=0.9", "5.0"),
    ("application/fhir+json; q=0.1; fhirVersion=5.0, application/fhir+json", "4.0"),
    ('application/fhir+json; FHIRVERSION="5.0"', "5.0"),
    ("application/fhir+json; fhirVersion=6.0, application/fhir+json; fhirVersion=5.0; q=0.2", "5.0"),
    ("application/fhir+json; fhirVersion=5.0; q=0, application/fhir+json; q=0.2", "4.0"),
    ("application/json", "4.0"),
]


@pytest.mark.parametrize(("accept", "version"), PREFERENCES)
async def test_the_version_that_is_liked_best_is_told(refusing: Service, accept: str, version: str) -> None:
    answer = await refusing.http.get("/fhir/CareTeam", headers={"Accept": accept})

    assert answer.status_code == 200
    assert f"fhirVersion={version}" in answer.headers["content-type"]


REFUSED = [
    ("GET", "Patient", {}, WANTED, 406),
    ("GET", "CareTeam/_history", {}, WANTED, 406),
    ("GET", "metadata", {}, WANTED, 406),
    ("GET", "CareTeam", {}, {"Accept": "application/fhir+json; fhirVersion=3.0"}, 406),
    ("GET", "CareTeam", {}, {"Accept": "application/fhir+json; fhirVersion=3.0, application/json"}, 200),
    ("GET", "CareTeam", {}, {"Accept": "application/fhir+json; fhirVersion=4.0.1"}, 200),
    ("POST", "Goal", a_goal("Patient/x"), SENT, 415),
    ("POST", "CareTeam", a_team("Patient/x", []), SENT, 415),
    ("POST", "CareTeam/$validate", a_contact("Patient/x"), SENT, 415),
    ("POST", "CareTeam", a_contact("Patient/x"), {"Content-Type": "application/json; fhirVersion=1.0"}, 415),
]


@pytest.mark.parametrize(("method", "place", "body", "headers", "status"), REFUSED)
async def test_other_versions_and_types_are_refused_with_a_reason(
    refusing: Service, method: str, place: str, body: Json, headers: dict[str, str], status: int
) -> None:
    answer: httpx.Response = await refusing.http.request(
        method, f"/fhir/{place}", headers=headers, json=body or None
    )

    assert answer.status_code == status
    assert status == 200 or problems(answer)[0]["diagnostics"]


async def test_a_bundle_is_not_taken_in_r5(refusing: Service) -> None:
    answer = await bundle(refusing.http, "batch", entry("GET", "CareTeam"), Content_Type=R5)

    assert answer.status_code == 415


WRONG = [
    ("Patient/$validate", None),
    ("Patient/$validate?mode=delete", None),
    ("Patient/$validate?mode=change", a_patient(TOLVAN)),
    ("Patient/$validate?mode=create&mode=update", a_patient(TOLVAN)),
    ("Patient/$validate?mode=profile", a_patient(TOLVAN)),
    ("Patient/$validate?colour=red", a_patient(TOLVAN)),
    ("Patient/$validate", {"resourceType": "Parameters", "parameter": {}}),
    ("Patient/$validate", {"resourceType": "Parameters", "parameter": [{"name": "resource"}]}),
    ("Patient/$validate", {"resourceType": "Parameters", "parameter": [{"name": "mode", "valueInteger": 1}]}),
    (
        "Patient/$validate",
        {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {}}] * 2},
    ),
]


@pytest.mark.parametrize(("address", "body"), WRONG)
async def test_a_question_that_is_not_one_is_refused(
    refusing: Service, address: str, body: Json | None
) -> None:
    answer = await refusing.http.post(f"/fhir/{address}", json=body, headers=as_fhir())

    assert answer.status_code == 400
    assert problems(answer)
