"""Resources that others wrote: they load unchanged and come back equal in every element and digit.

HL7 Sweden's and HL7's official examples from a folder beside the project, where it is there; our own besides.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.invariants import broken
from tests.support.reader import as_model
from tests.support.service import HOSPITAL, Service, as_fhir, client_of, served, token_of

ROOT = Path(__file__).parents[2]
OFFICIAL = ROOT.parent / "shared" / "examples"
OWN = ROOT / "tests" / "fhir" / "examples"
NOT_WRITTEN = ("AuditEvent",)
R4_ONLY = {"Observation-weight"}
"""Extension.valueMeta is legal in R4 and unknown to the R4B models."""
HSA_ID = "SE2321000131-P000000123457"


def _files() -> list[Path]:
    found = sorted(OFFICIAL.rglob("*.json")) if OFFICIAL.is_dir() else []
    own = [path for path in sorted(OWN.glob("*.json")) if not path.name.startswith("Bundle")]
    return [path for path in [*found, *own] if _read(path)["resourceType"] not in NOT_WRITTEN]


def _read(path: Path) -> dict[str, Any]:
    """Return the resource with numbers as they are written."""
    return _parsed(path.read_text("utf-8"))


def _parsed(text: str) -> dict[str, Any]:
    return json.loads(text, parse_float=str, parse_int=str)  # type: ignore[no-any-return]  # a resource


def _without_servers_own(resource: dict[str, Any]) -> dict[str, Any]:
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in ("versionId", "lastUpdated")}
    return {k: v for k, v in resource.items() if k != "meta"} | ({"meta": meta} if meta else {})


@pytest.fixture
async def importing(database_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    """The service as it is set for imports, asked by the care provider whose examples they are."""
    settings = {"check_references": False, "identity_numbers": "warning"}
    async with served(database_url, tmp_path, **settings) as service:
        yield service


@pytest.fixture
def http(importing: Service) -> httpx.AsyncClient:
    """A client of the care provider that HL7 Sweden's Organization is."""
    told = token_of(importing.data, HOSPITAL, care_provider_hsa_id=HSA_ID, care_unit_hsa_id=None)
    return client_of(importing.app, {"Authorization": f"Bearer {told}"})


def test_official_examples_are_there() -> None:
    if not OFFICIAL.is_dir():
        pytest.skip("no folder ../shared/examples beside the project: only our own examples are loaded")
    assert len(_files()) > 40


def _is_masked(text: str) -> bool:
    """Say whether an identity is protected, which is not told to one without a care relation."""
    return '"code":"REDACTED"' in text


async def test_examples_load_unchanged_and_come_back_equal(
    http: httpx.AsyncClient, importing: Service
) -> None:
    for path in _files():
        sent = _read(path)
        address = f"/fhir/{sent['resourceType']}/{sent['id']}"

        put = await http.put(address, content=_bytes(path), headers=as_fhir())
        got = await http.get(address)

        assert put.status_code == 201, (path.name, put.text)
        if _is_masked(got.text):
            continue
        assert _without_servers_own(_parsed(got.text)) == _without_servers_own(sent), path.name
        assert got.text == put.text
    assert await broken(importing.database_url) == []


async def test_examples_load_in_one_transaction_too(http: httpx.AsyncClient, importing: Service) -> None:
    given = [_bytes(path).decode() for path in _files()]
    places = [f"{one['resourceType']}/{one['id']}" for one in map(_read, _files())]
    entries = [
        f'{{"resource":{text},"request":{{"method":"PUT","url":"{place}"}}}}'
        for text, place in zip(given, places, strict=True)
    ]
    body = f'{{"resourceType":"Bundle","type":"transaction","entry":[{",".join(entries)}]}}'

    answer = await http.post("/fhir", content=body.encode(), headers=as_fhir())

    assert answer.status_code == 200, answer.text
    assert await broken(importing.database_url) == []
    for text, place in zip(given, places, strict=True):
        got = await http.get(f"/fhir/{place}")
        if not _is_masked(got.text):
            assert _without_servers_own(_parsed(got.text)) == _without_servers_own(_parsed(text)), place


async def test_examples_are_found_by_search_and_history(http: httpx.AsyncClient) -> None:
    for path in _files():
        sent = _read(path)
        await http.put(f"/fhir/{sent['resourceType']}/{sent['id']}", content=_bytes(path), headers=as_fhir())

    for path in _files():
        sent = _read(path)
        found = await http.get(f"/fhir/{sent['resourceType']}?_id={sent['id']}")
        history = await http.get(f"/fhir/{sent['resourceType']}/{sent['id']}/_history")
        for answer in (found, history):
            (entry,) = json.loads(answer.text, parse_float=str, parse_int=str)["entry"]
            is_same = _without_servers_own(entry["resource"]) == _without_servers_own(sent)
            assert is_same or _is_masked(answer.text), path.name
        if path.stem not in R4_ONLY:
            as_model(found.json())


def _bytes(path: Path) -> bytes:
    return path.read_bytes()
