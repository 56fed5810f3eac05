"""Prefer: what every write answers with, by itself and in bundles. Source: RFC 7240."""

from typing import Any

import httpx
import pytest

from tests.support.service import Service, as_fhir, bundle, create, entry, problems

pytestmark = pytest.mark.one_database

ITEM = {"resourceType": "Practitioner", "identifier": [{"system": "urn:a", "value": "1"}]}
MERGE = "application/merge-patch+json"


async def write(http: httpx.AsyncClient, name: str, stored: dict[str, Any], prefer: str) -> httpx.Response:
    """Write by name; `conditional` ones go by criteria."""
    method, _, by = name.partition(" ")
    address = f"/fhir/Practitioner/{stored['id']}" if not by else "/fhir/Practitioner?identifier=urn:a|1"
    headers = as_fhir(Prefer=prefer)
    if method == "POST":
        more = {"If-None-Exist": "identifier=urn:a|1"} if by else {}
        return await http.post("/fhir/Practitioner", json=ITEM, headers=headers | more)
    if method == "PATCH":
        return await http.patch(address, json={"active": True}, headers=headers | {"Content-Type": MERGE})
    return await http.request(method, address, json=None if method == "DELETE" else stored, headers=headers)


WRITES = [f"{m}{by}" for m in ("POST", "PUT", "PATCH") for by in ("", " by criteria")]
FORMS = {
    "return=minimal": None,
    "return=representation": "Practitioner",
    "return=OperationOutcome": "OperationOutcome",
    "handling=strict, return=minimal": None,
    'Return="minimal"; handling=lenient': None,
    "respond-async-unknown": "Practitioner",
    "": "Practitioner",
}


@pytest.mark.parametrize("name", WRITES)
async def test_a_write_answers_in_the_form_that_is_preferred(service: Service, name: str) -> None:
    stored = await create(service.http, ITEM)
    told = {}
    for prefer in FORMS:
        if name == "POST":
            await service.http.delete("/fhir/Practitioner?identifier=urn:a|1")
        answer = await write(service.http, name, stored, prefer)
        assert answer.status_code in (200, 201), answer.text
        assert answer.headers["location"].startswith("http://127.0.0.1:8000/fhir/Practitioner/")
        assert answer.headers["etag"].startswith('W/"')
        told[prefer] = answer.json()["resourceType"] if answer.content else None

    assert told == FORMS


@pytest.mark.parametrize("by", ["", " by criteria"])
async def test_a_deletion_answers_with_an_outcome_when_that_is_preferred(service: Service, by: str) -> None:
    stored = await create(service.http, ITEM)

    bare = await write(service.http, f"DELETE{by}", stored, "return=representation")
    await service.http.put(f"/fhir/Practitioner/{stored['id']}", json=stored, headers=as_fhir())
    told = await write(service.http, f"DELETE{by}", stored, "return=OperationOutcome")

    assert (bare.status_code, bare.content) == (204, b"")
    assert told.status_code == 200
    assert problems(told)[0]["severity"] == "information"


@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_entries_of_a_bundle_tell_an_outcome_when_that_is_preferred(
    service: Service, kind: str
) -> None:
    stored = await create(service.http, ITEM)

    answer = await bundle(
        service.http,
        kind,
        entry("POST", "Practitioner", {"resourceType": "Practitioner"}),
        entry("DELETE", f"Practitioner/{stored['id']}"),
        Prefer="return=OperationOutcome",
    )

    entries = answer.json()["entry"]
    assert len(entries) == 2
    for one in entries:
        assert one["response"]["outcome"]["issue"][0]["severity"] == "information"
        assert "resource" not in one


@pytest.mark.parametrize(
    ("prefer", "status"), [("handling=strict", 400), ("handling=lenient", 200), ("", 400)]
)
async def test_the_caller_says_how_strictly_a_search_is_read(
    service: Service, prefer: str, status: int
) -> None:
    answer = await service.http.get("/fhir/Practitioner?nothing=1", headers={"Prefer": prefer})

    assert answer.status_code == status
