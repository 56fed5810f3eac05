"""Profiles that a resource claims: the known ones are kept by every write, the others left alone."""

import json
from typing import Any

import pytest

from pk_api.fhir.systems import BASE, PERSONNUMMER
from tests.support.resources import a_patient
from tests.support.service import TOLVAN, Service, as_fhir, bundle, create, entry, problems, put

pytestmark = pytest.mark.one_database

Json = dict[str, Any]

SE_PATIENT = "http://hl7.se/fhir/ig/base/StructureDefinition/SEBasePatient"
OTHER = "195009072553"


def claiming(profile: str = SE_PATIENT, **elements: Any) -> Json:
    return a_patient(TOLVAN) | {"meta": {"profile": [profile]}} | elements


TWO_NAMES = [{"text": "Tea"}, {"text": "Bea"}]


async def test_a_known_profile_that_is_kept_is_stored_with_its_claim(service: Service) -> None:
    stored = await create(service.http, claiming(name=TWO_NAMES[:1]))

    assert stored["meta"]["profile"] == [SE_PATIENT]


async def test_a_known_profile_that_is_broken_refuses_the_write(service: Service) -> None:
    answer = await service.http.post("/fhir/Patient", json=claiming(name=TWO_NAMES), headers=as_fhir())

    assert answer.status_code == 422
    (issue,) = problems(answer)
    assert issue["expression"] == ["Patient.name"]
    assert issue["diagnostics"].startswith("SEBasePatient: at most 1 of name")
    assert issue["details"]["coding"][0]["code"] == "not-conformant"


async def test_without_the_claim_the_same_is_stored(service: Service) -> None:
    await create(service.http, a_patient(TOLVAN) | {"name": TWO_NAMES})


async def test_a_profile_that_is_not_known_is_stored_as_it_is(service: Service) -> None:
    unknown = "https://example.org/fhir/StructureDefinition/theirs"

    stored = await create(service.http, claiming(unknown, name=TWO_NAMES))

    assert stored["meta"]["profile"] == [unknown]


async def test_another_version_of_a_known_profile_is_not_that_profile(service: Service) -> None:
    await create(service.http, claiming(f"{SE_PATIENT}|0.0.1", name=TWO_NAMES))


async def test_warnings_refuse_nothing(service: Service) -> None:
    odd = {"maritalStatus": {"coding": [{"system": "urn:x", "code": "y"}]}}

    await create(service.http, claiming(**odd))


async def test_an_update_is_held_to_its_claims(service: Service) -> None:
    stored = await create(service.http, claiming())

    answer = await put(service.http, stored | {"name": TWO_NAMES})

    assert answer.status_code == 422
    assert (await service.http.get(f"/fhir/Patient/{stored['id']}")).headers["etag"] == 'W/"1"'


async def test_a_patch_is_held_to_the_claims_of_what_it_makes(service: Service) -> None:
    stored = await create(service.http, claiming(name=TWO_NAMES[:1]))
    patch = [{"op": "add", "path": "/name/-", "value": TWO_NAMES[1]}]

    answer = await service.http.patch(
        f"/fhir/Patient/{stored['id']}",
        content=json.dumps(patch),
        headers={"Content-Type": "application/json-patch+json"},
    )

    assert (answer.status_code, problems(answer)[0]["expression"]) == (422, ["Patient.name"])


async def test_in_a_transaction_the_entry_is_named_and_nothing_is_stored(service: Service) -> None:
    broken = claiming(name=TWO_NAMES) | {"identifier": [{"system": PERSONNUMMER, "value": OTHER}]}

    answer = await bundle(
        service.http,
        "transaction",
        entry("POST", "Patient", a_patient(TOLVAN)),
        entry("POST", "Patient", broken),
    )

    assert answer.status_code == 422
    assert problems(answer)[0]["expression"] == ["Bundle.entry[1].resource.name"]
    assert (await service.http.get("/fhir/Patient?_total=accurate")).json()["total"] == 0


async def test_validate_tells_what_a_claim_or_a_wanted_profile_asks(service: Service) -> None:
    async def told(address: str, body: Json) -> list[str]:
        answer = await service.http.post(f"/fhir/{address}", json=body, headers=as_fhir())
        assert answer.status_code == 200
        return [issue["diagnostics"] for issue in problems(answer) if issue["severity"] == "error"]

    plain = a_patient(TOLVAN) | {"name": TWO_NAMES}
    text = "SEBasePatient: at most 1 of name is allowed"

    assert await told("Patient/$validate", claiming(name=TWO_NAMES)) == [text]
    assert await told(f"Patient/$validate?profile={SE_PATIENT}", plain) == [text]
    assert await told(f"Patient/$validate?mode=create&profile={SE_PATIENT}", plain) == [text]
    assert await told("Patient/$validate", plain) == []
    assert await told("Patient/$validate?profile=" + f"{BASE}/StructureDefinition/pk-plan", plain) == [
        "PkPlan: made for CarePlan."
    ]


async def test_an_extension_of_ours_is_told_where_it_does_not_belong(service: Service) -> None:
    side = {"url": f"{BASE}/StructureDefinition/pk-responsible-side", "valueCode": "patient"}

    answer = await service.http.post(
        "/fhir/Patient/$validate", json=a_patient(TOLVAN) | {"extension": [side]}, headers=as_fhir()
    )

    assert [issue["expression"] for issue in problems(answer)] == [["Patient.extension[0]"]]
