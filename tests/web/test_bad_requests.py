"""Addresses, headers, types and sizes that are wrong: the right status, nothing stored."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.support import tables
from tests.support.resources import a_patient
from tests.support.service import FHIR_JSON, TOLVAN, Service, as_fhir, problems, served

XML = "application/fhir+xml"


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/fhir/Nothing", 404),
        ("GET", "/fhir/Nothing/1", 404),
        ("POST", "/fhir/Nothing", 404),
        ("GET", "/fhir/patient/1", 404),
        ("GET", "/fhir/Medication", 404),
        ("GET", "/fhir/%00", 404),
        ("GET", "/fhir/Patient/1/2", 404),
        ("GET", "/fhir/Patient/1/_history/1/2", 404),
        ("GET", "/fhir/Patient/1/history/1", 404),
        ("GET", "/fhir/Patient/nobody", 404),
        ("GET", "/fhir/Patient/a_b", 400),
        ("GET", "/fhir/Patient/%00", 400),
        ("GET", "/fhir/Patient/%ED%A0%80", 400),
        ("GET", "/fhir/Patient/å", 400),
        ("GET", "/fhir/Patient/" + "x" * 65, 400),
        ("PUT", "/fhir/Patient/" + "x" * 65, 400),
        ("GET", "/fhir/_history/1", 404),
        ("PUT", "/fhir/_history/1", 404),
        ("POST", "/fhir/_history", 405),
        ("DELETE", "/fhir/_history", 405),
        ("POST", "/fhir/Patient/_history", 405),
        ("GET", "/fhir/_search", 405),
        ("POST", "/fhir/_search", 415),
        ("GET", "/fhir/Patient/1/Nonsense", 404),
        ("GET", "/fhir/CarePlan/1/Task", 404),
        ("GET", "/fhir/Patient/a_b/Task", 400),
        ("POST", "/fhir/Patient/1/Task", 405),
        ("GET", "/fhir/Patient/1/Task/1", 404),
        ("GET", "/fhir/Patient/_search", 405),
        ("PUT", "/fhir", 405),
        ("PUT", "/fhir/Patient", 400),
        ("DELETE", "/fhir/Patient", 400),
        ("POST", "/fhir/Patient/1", 405),
        ("PATCH", "/fhir/Patient/1", 404),
        ("PUT", "/fhir/Patient/1/_history/1", 405),
        ("BREW", "/fhir/Patient", 405),
        ("POST", "/fhir/metadata", 405),
        ("GET", "/fhir/$everything", 501),
        ("GET", "/fhir/Patient/$match", 501),
        ("POST", "/fhir/Patient/$match", 501),
        ("GET", "/fhir/Patient/1/$everything", 404),
        ("POST", "/fhir/AuditEvent", 405),
        ("PUT", "/fhir/AuditEvent/1", 405),
        ("DELETE", "/fhir/AuditEvent/1", 405),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_an_address_that_leads_nowhere_is_told(
    refusing: Service, method: str, address: str, status: int
) -> None:
    before = await tables.stored(refusing.database_url)

    answer = await refusing.http.request(
        method, address, content=json.dumps(a_patient(TOLVAN)), headers=as_fhir()
    )

    assert answer.status_code == status, answer.text
    assert problems(answer)[0]["severity"] == "error"
    assert ("allow" in answer.headers) is (status == 405)
    assert await tables.stored(refusing.database_url) == before


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/contracts", 405),
        ("GET", "/v1/contracts/nobody", 404),
        ("GET", "/v1/contracts/%00", 404),
        ("GET", "/v1/contracts/nobody/goals/%00", 404),
        ("GET", "/v1/contracts/nobody/nothing", 404),
        ("GET", "/v1/contracts/" + "x" * 65, 404),
        ("DELETE", "/v1/contracts/nobody", 405),
        ("GET", "/elsewhere", 404),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_an_address_of_the_contract_api_that_leads_nowhere_is_told(
    refusing: Service, method: str, address: str, status: int
) -> None:
    answer = await refusing.http.request(method, address)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    ("address", "methods"),
    [
        ("/v1/contracts/nobody/goals", "GET, POST, HEAD, OPTIONS"),
        ("/v1/contracts/nobody/goals/nothing", "GET, PATCH, HEAD, OPTIONS"),
        ("/v1/contracts/search", "POST, OPTIONS"),
        ("/health/ready", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_method_that_is_not_taken_is_told_all_that_are(
    refusing: Service, address: str, methods: str
) -> None:
    answer = await refusing.http.delete(address)

    assert (answer.status_code, answer.headers["allow"]) == (405, methods)


@pytest.mark.parametrize(
    "kind", [XML, "text/plain", "application/xml", "", "multipart/form-data; boundary=x", "é"]
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_body_of_another_type_is_refused(refusing: Service, kind: str) -> None:
    before = await tables.stored(refusing.database_url)
    headers = {"Content-Type": kind.encode("latin-1")}
    body = json.dumps(a_patient(TOLVAN))

    for method, address in (("POST", "/fhir/Patient"), ("PUT", "/fhir/Patient/x"), ("POST", "/fhir")):
        answer = await refusing.http.request(method, address, content=body, headers=headers)
        assert answer.status_code == 415, address
        assert problems(answer)
    contract = await refusing.http.post("/v1/contracts", content=b"{}", headers=headers)
    assert contract.status_code == 415
    assert await tables.stored(refusing.database_url) == before


@pytest.mark.parametrize("kind", [FHIR_JSON, "application/json", "Application/FHIR+JSON; charset=UTF-8"])
async def test_a_body_of_json_is_read(service: Service, kind: str) -> None:
    answer = await service.http.post(
        "/fhir/Patient", content=json.dumps(a_patient(TOLVAN)), headers={"Content-Type": kind}
    )

    assert answer.status_code == 201


@pytest.mark.parametrize("accept", [XML, "text/html", "application/fhir+json;q=0", "image/*", ","])
@pytest.mark.asyncio(loop_scope="module")
async def test_an_answer_in_another_type_is_not_to_be_had(refusing: Service, accept: str) -> None:
    for address in ("/fhir/Patient", "/fhir/metadata"):
        answer = await refusing.http.get(address, headers={"Accept": accept})
        assert answer.status_code == 406, address
        assert "json" in answer.headers["content-type"]


@pytest.mark.parametrize("wanted", ["xml", XML, "html", "ttl", "%00", ""])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_format_in_the_address_that_is_not_json_is_refused(refusing: Service, wanted: str) -> None:
    answer = await refusing.http.get(f"/fhir/Patient?_format={wanted}")

    assert answer.status_code == 406


@pytest.mark.parametrize(
    "wanted", ["json", "application/json", "application/fhir+json", "application/fhir%2Bjson"]
)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_format_in_the_address_counts_before_the_header(refusing: Service, wanted: str) -> None:
    answer = await refusing.http.get(f"/fhir/Patient?_format={wanted}", headers={"Accept": XML})

    assert answer.status_code == 200


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A body whose length no header tells."""
    for _ in range(size // 1000):
        yield b" " * 1000


@pytest.mark.parametrize(
    "address", ["/fhir/Patient", "/fhir", "/v1/contracts", "/v1/contracts/search", "/fhir/Patient/_search"]
)
@pytest.mark.asyncio(loop_scope="module")
async def test_too_large_a_body_is_refused_said_or_unsaid(refusing: Service, address: str) -> None:
    size = 21_000_000 if address == "/fhir" else 6_000_000
    kind = "application/x-www-form-urlencoded" if address.endswith("_search") else "application/json"

    told = await refusing.http.post(address, content=b" " * size, headers={"Content-Type": kind})
    untold = await refusing.http.post(address, content=chunks(size), headers={"Content-Type": kind})

    assert (told.status_code, untold.status_code) == (413, 413)
    assert "json" in untold.headers["content-type"]


async def test_a_bundle_may_be_larger_than_a_resource(service: Service) -> None:
    body = json.dumps({"resourceType": "Bundle", "type": "batch"}).ljust(6_000_000).encode()

    assert (await service.http.post("/fhir", content=body, headers=as_fhir())).status_code == 200
    assert (await service.http.post("/fhir/Patient", content=body, headers=as_fhir())).status_code == 413


async def test_the_limits_are_settings(database_url: str, tmp_path) -> None:
    async with served(database_url, tmp_path, max_body=100, max_bundle=300, max_entries=2) as service:
        small = {"resourceType": "Practitioner"}
        entries = [{"request": {"method": "GET", "url": "Patient"}}] * 3
        bundle = {"resourceType": "Bundle", "type": "batch"}

        assert (
            await service.http.post("/fhir/Practitioner", json=small, headers=as_fhir())
        ).status_code == 201
        large = small | {"name": [{"text": "x" * 100}]}
        answer = await service.http.post("/fhir/Practitioner", json=large, headers=as_fhir())
        assert answer.status_code == 413
        answer = await service.http.post("/fhir", json=bundle | {"entry": entries}, headers=as_fhir())
        assert answer.status_code == 413


async def test_a_bundle_of_more_than_five_thousand_entries_is_refused(service: Service) -> None:
    before = await tables.stored(service.database_url)
    one = {"resource": {"resourceType": "Practitioner"}, "request": {"method": "POST", "url": "Practitioner"}}
    for kind in ("batch", "transaction"):
        body = {"resourceType": "Bundle", "type": kind, "entry": [one] * 5001}

        answer = await service.http.post("/fhir", json=body, headers=as_fhir())

        assert answer.status_code == 413
        assert problems(answer)[0]["code"] == "too-long"
    assert await tables.stored(service.database_url) == before
