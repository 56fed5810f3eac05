"""Bulk exports in tests: begun, waited for, fetched."""

import asyncio
import json
from typing import Any

import httpx

ASYNC = {"Prefer": "respond-async", "Accept": "application/fhir+json"}


async def begun(http: httpx.AsyncClient, address: str, **params: Any) -> str:
    """Begin an export and return the address of its state."""
    answer = await http.get(f"/fhir/{address}", params=params, headers=ASYNC)
    assert answer.status_code == 202, answer.text
    return answer.headers["content-location"]


async def finished(http: httpx.AsyncClient, place: str, *, patience: float = 30) -> httpx.Response:
    """Wait for the end of an export, as a client does, and return the answer."""
    for _ in range(int(patience / 0.05)):
        answer = await http.get(place)
        if answer.status_code != 202:
            return answer
        assert "x-progress" in answer.headers
        assert int(answer.headers["retry-after"]) > 0
        await asyncio.sleep(0.05)
    raise AssertionError("the export does not end")


async def exported(http: httpx.AsyncClient, address: str, **params: Any) -> dict[str, Any]:
    """Export and return the manifest."""
    answer = await finished(http, await begun(http, address, **params))
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def lines(http: httpx.AsyncClient, manifest: dict[str, Any], kind: str = "output") -> list[Any]:
    """Fetch every file of a kind and return its lines, parsed; each file has one type and tells its count."""
    out = []
    for told in manifest[kind]:
        answer = await http.get(told["url"], headers={"Accept": "application/fhir+ndjson"})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/fhir+ndjson"
        found = [json.loads(line) for line in answer.text.splitlines()]
        assert len(found) == told["count"] > 0
        assert {one["resourceType"] for one in found} == {told["type"]}
        out += found
    return out


def references(resources: list[Any]) -> set[str]:
    """Return the references of what was exported, each of which is there once."""
    found = [f"{one['resourceType']}/{one['id']}" for one in resources]
    assert len(set(found)) == len(found), "a resource is there twice"
    return set(found)
