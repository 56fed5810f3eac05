"""What is wrong for a contract, by either API: one active at most, a patient who is known, a decent body."""

import pytest

from tests.support import tables
from tests.support.resources import a_contract, a_patient, an_organization
from tests.support.service import (
    TOLVAN,
    Service,
    a_registered_contract,
    as_fhir,
    create,
    problems,
    put,
)

NAME = "Tolvansson"
WRONG_DIGIT = "191212121213"


async def test_a_second_active_contract_is_refused_through_both_apis(service: Service) -> None:
    await create(service.http, an_organization("SE2329990010-0001"))
    stored = await create(service.http, a_patient(TOLVAN))
    first = await create(service.http, a_contract(f"Patient/{stored['id']}"))
    before = await tables.stored(service.database_url)

    fhir = await service.http.post(
        "/fhir/CarePlan", json=a_contract(f"Patient/{stored['id']}"), headers=as_fhir()
    )
    plain = await service.http.post("/v1/contracts", json={"patient": {"personnummer": TOLVAN}})

    assert (fhir.status_code, plain.status_code) == (409, 409)
    assert problems(fhir)[0]["details"]["coding"][0]["code"] == "second-contract"
    assert plain.json()["type"].endswith("/second-contract")
    assert plain.json()["contract"] == first["id"]
    assert TOLVAN not in fhir.text + plain.text
    assert await tables.stored(service.database_url) == before


async def test_a_draft_beside_an_active_contract_is_refused_when_it_becomes_active(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    await create(service.http, a_contract(f"Patient/{stored['id']}"))
    draft = await create(service.http, a_contract(f"Patient/{stored['id']}") | {"status": "draft"})

    answer = await put(service.http, draft | {"status": "active"})

    assert answer.status_code == 409


async def test_a_contract_for_an_unknown_patient_is_refused(service: Service) -> None:
    await create(service.http, an_organization("SE2329990010-0001"))
    before = await tables.stored(service.database_url)

    unknown = await service.http.post("/v1/contracts", json={"patient": {"personnummer": TOLVAN}})
    wrong = await service.http.post("/v1/contracts", json={"patient": {"personnummer": WRONG_DIGIT}})
    nobody = await service.http.post("/v1/contracts", json={"patient": {"reference": "Patient/nobody"}})

    assert (unknown.status_code, wrong.status_code, nobody.status_code) == (422, 422, 422)
    assert TOLVAN not in unknown.text
    assert WRONG_DIGIT not in wrong.text
    assert await tables.stored(service.database_url) == before


CONTRACT_BODIES = {
    "no JSON": "{",
    "a list": "[]",
    "nothing": "",
    "duplicate keys": '{"patient":{"personnummer":"1"},"patient":{"personnummer":"2"}}',
    "an unknown field": f'{{"patient":{{"personnummer":"{TOLVAN}"}},"{NAME}{TOLVAN}":1}}',
    "no patient": "{}",
    "a control character": '{"patient":{"personnummer":"19\\u00001212121212"}}',
    "half a surrogate pair": '{"patient":{"personnummer":"\\ud800"}}',
    "a number for a text": '{"patient":{"personnummer":191212121212}}',
    "two names of a patient": f'{{"patient":{{"personnummer":"{TOLVAN}","reference":"Patient/a"}}}}',
    "a strange reference": '{"patient":{"reference":"Patient/../x"}}',
    "a wrong status": f'{{"patient":{{"personnummer":"{TOLVAN}"}},"status":"{NAME}"}}',
    "too deep": '{"patient":' * 200 + "1" + "}" * 200,
}


@pytest.mark.parametrize("case", CONTRACT_BODIES)
@pytest.mark.parametrize("address", ["/v1/contracts", "/v1/contracts/search", "/v1/coordination-requests"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_body_that_is_wrong_for_the_contract_api_is_refused(
    refusing: Service, case: str, address: str
) -> None:
    if (address, case) in {("/v1/contracts/search", "no patient"), ("/v1/contracts/search", "nothing")}:
        return
    before = await tables.stored(refusing.database_url)

    answer = await refusing.http.post(
        address, content=CONTRACT_BODIES[case], headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert all(person not in answer.text for person in (NAME, TOLVAN)), answer.text
    assert await tables.stored(refusing.database_url) == before


async def test_a_search_for_no_patient_in_particular_is_a_search_for_all(service: Service) -> None:
    contract = await a_registered_contract(service.http)

    answer = await service.http.post("/v1/contracts/search", json={"patient": None, "status": None})

    assert [f"CarePlan/{one['id']}" for one in answer.json()["items"]] == [contract["CarePlan"]]


async def test_a_base_revision_before_the_contract_conflicts_with_all_of_it(service: Service) -> None:
    contract = (await a_registered_contract(service.http))["CarePlan"].partition("/")[2]

    answer = await service.http.post(
        f"/v1/contracts/{contract}/status", json={"status": "complete"}, headers={"Base-Revision": "0"}
    )

    assert answer.status_code == 409
    (conflict,) = answer.json()["conflicts"]
    assert (conflict["base"], conflict["theirs"]["status"]) == (None, "active")
