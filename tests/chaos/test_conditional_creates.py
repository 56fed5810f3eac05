"""Sixty-four who create the same at two processes: one resource is made, and everybody gets it."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.server import Server, serving
from tests.support.service import HOSPITAL, as_fhir

SYSTEM = "https://vendor.example/ids"
ROUNDS = [4, pytest.param(50, marks=pytest.mark.slow)]


@pytest.fixture
def two_processes(durable_url: str, tmp_path: Path) -> Iterator[list[Server]]:
    with serving(durable_url, tmp_path) as one, serving(durable_url, tmp_path) as other:
        yield [one, other]


def an_item(value: str) -> dict[str, Any]:
    return {"resourceType": "Practitioner", "identifier": [{"system": SYSTEM, "value": value}]}


async def ask(http: httpx.AsyncClient, kind: str, value: str, *, n: int) -> httpx.Response:
    criteria = f"identifier={SYSTEM}|{value}"
    if kind == "create":
        headers = as_fhir(If_None_Exist=criteria)
        return await http.post("/fhir/Practitioner", json=an_item(value), headers=headers)
    return await http.put(
        f"/fhir/Practitioner?{criteria}",
        json=an_item(value) | {"birthDate": f"19{n:02}-12-12"},
        headers=as_fhir(),
    )


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("kind", ["create", "update"])
async def test_of_sixty_four_at_two_processes_one_makes_the_resource(
    two_processes: list[Server], kind: str, rounds: int
) -> None:
    async with two_processes[0].client(HOSPITAL) as one, two_processes[1].client(HOSPITAL) as other:
        for n in range(rounds):
            await all_at_once((one, other), kind, f"{kind}-{n}")
        found = await one.get("/fhir/Practitioner", params={"_count": "200", "_total": "accurate"})

    assert found.json()["total"] == rounds


async def all_at_once(clients: Sequence[httpx.AsyncClient], kind: str, value: str) -> None:
    answers = await asyncio.gather(*(ask(clients[i % 2], kind, value, n=i) for i in range(64)))

    told = Counter(a.status_code for a in answers)
    assert told == {201: 1, 200: 63}, [a.text for a in answers if a.status_code not in (200, 201)][:2]
    assert len({a.json()["id"] for a in answers}) == 1
    if kind == "update":
        assert sorted(int(a.json()["meta"]["versionId"]) for a in answers) == list(range(1, 65))
