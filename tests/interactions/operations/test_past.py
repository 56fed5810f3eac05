"""CarePlan/$as-of and $changes: a contract as it was, by FHIR."""

from typing import Any

import httpx
import pytest

from tests.support.reader import as_model
from tests.support.resources import a_goal, a_patient
from tests.support.service import REGION, TOLVAN, Service, as_fhir, client_of, create, put, token_of


async def a_contract_with_a_goal(service: Service) -> tuple[str, dict[str, Any]]:
    """The contract's id, and the goal after it was changed in revision 3."""
    await create(service.http, REGION)
    patient = await create(service.http, a_patient(TOLVAN))
    opened = await service.http.post(
        "/v1/contracts", json={"patient": {"reference": f"Patient/{patient['id']}"}}
    )
    contract = opened.json()["id"]
    extension = {
        "url": "https://patientkontrakt.org/fhir/StructureDefinition/pk-contract",
        "valueReference": {"reference": f"CarePlan/{contract}"},
    }
    goal = await create(service.http, {**a_goal(f"Patient/{patient['id']}"), "extension": [extension]})
    changed = await put(service.http, {**goal, "description": {"text": "Gå hem"}})
    return contract, changed.json()


async def asked(service: Service, contract: str, operation: str, query: str) -> httpx.Response:
    return await service.http.get(f"/fhir/CarePlan/{contract}/${operation}?{query}")


async def test_a_contract_is_told_with_its_members_as_they_were(service: Service) -> None:
    contract, goal = await a_contract_with_a_goal(service)

    bundles = [(await asked(service, contract, "as-of", f"at=revision:{n}")).json() for n in (1, 2, 3)]
    now = (await asked(service, contract, "as-of", "at=2999-01-01")).json()

    assert [as_model(each).type for each in bundles] == ["collection"] * 3
    assert bundles[0]["entry"][0]["resource"]["id"] == contract
    versions = [
        [e["resource"]["meta"]["versionId"] for e in each["entry"] if e["resource"]["id"] == goal["id"]]
        for each in bundles
    ]
    assert versions == [[], ["1"], ["2"]]
    assert goal in [e["resource"] for e in now["entry"]]


async def test_changes_are_told_item_by_item_with_sentences(service: Service) -> None:
    contract, goal = await a_contract_with_a_goal(service)

    answer = await asked(service, contract, "changes", "from=revision:2&language=en")

    assert as_model(answer.json())
    told = answer.json()["parameter"]
    (change,) = [{p["name"]: p for p in each["part"]} for each in told if each["name"] == "change"]
    assert change["reference"]["valueReference"] == {"reference": f"Goal/{goal['id']}"}
    field = {p["name"]: p for p in change["field"]["part"]}
    assert (field["before"]["valueString"], field["after"]["valueString"]) == (
        "Kunna gå till affären själv",
        "Gå hem",
    )
    (text,) = [each["valueString"] for each in told if each["name"] == "sentence"]
    assert text.endswith("changed the goal from “Kunna gå till affären själv” to “Gå hem”.")


@pytest.mark.one_database  # refused before anything is read
async def test_what_is_no_moment_or_no_contract_is_refused(service: Service) -> None:
    contract, goal = await a_contract_with_a_goal(service)

    wrong = (
        ("as-of", ""),
        ("as-of", "at=yesterday"),
        ("changes", ""),
        ("changes", "from=revision:1&language=de"),
    )
    refused = [(await asked(service, contract, *each)).status_code for each in wrong]
    never = ("revision:9", "1999-01-01")
    absent = [(await asked(service, contract, "as-of", f"at={each}")).status_code for each in never]
    other = await service.http.get(f"/fhir/Goal/{goal['id']}/$as-of?at=revision:1")
    posted = await service.http.post(
        f"/fhir/CarePlan/{contract}/$as-of",
        json={"resourceType": "Parameters", "parameter": [{"name": "at", "valueString": "revision:1"}]},
        headers=as_fhir(),
    )

    assert refused == [400] * 4
    assert absent == [404] * 2
    assert (other.status_code, posted.status_code) == (501, 200)


async def test_a_patients_contract_is_told_with_its_members_to_whom_it_is_open(service: Service) -> None:
    contract, goal = await a_contract_with_a_goal(service)
    patient = goal["subject"]["reference"]
    claims = {"personal_identity_number": TOLVAN, "sub": "tolvan"}
    headers = {"Authorization": f"Bearer {token_of(service.data, 'patient-stroke', **claims)}"}

    told = await service.http.get(f"/fhir/{patient}/$patientkontrakt")
    own = await client_of(service.app, headers).get("/fhir/Patient/$patientkontrakt")
    others = await service.as_("system-elsewhere").get(f"/fhir/{patient}/$patientkontrakt")

    for answer in (told, own):
        entries = [e["resource"] for e in answer.json()["entry"]]
        assert as_model(answer.json()).type == "collection"
        assert entries[0]["id"] == contract
        assert goal in entries
    assert others.status_code == 404
    assert contract not in others.text
