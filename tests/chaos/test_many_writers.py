"""Sixteen writers on one contract through both APIs: no update is lost, no revision is missing or twice."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.invariants import broken, unsealed
from tests.support.server import Server, serving
from tests.support.service import HOSPITAL, REGION, as_fhir, create

WRITERS = 16
SIZES = [200, pytest.param(2000, marks=pytest.mark.slow)]


@pytest.fixture
def one_worker(durable_url: str, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    with serving(durable_url, tmp_path) as server:
        yield server, durable_url


@pytest.fixture
def two_workers(durable_postgres: str, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    with serving(durable_postgres, tmp_path, workers=2) as server:
        yield server, durable_postgres


async def a_patient_of_ours(http: httpx.AsyncClient) -> str:
    await create(http, REGION)
    patient = await create(http, {"resourceType": "Patient"})
    return f"Patient/{patient['id']}"


class Crowd:
    """Writers who count up, each its own number, in items that they share."""

    def __init__(self, http: httpx.AsyncClient, contract: str) -> None:
        self.http = http
        self.at = f"/v1/contracts/{contract}"
        self.items: list[tuple[str, str, str]] = []
        self.counted: Counter[str] = Counter()
        self.clashes = 0

    async def prepare(self) -> None:
        """Make four items: two that are changed through FHIR, two through the contract API."""
        for part, kind in (("goals", "Goal"), ("actions", "Task")):
            for _ in range(2):
                body = {"text": "{}"} | ({"side": "patient"} if part == "actions" else {})
                answer = await self.http.post(f"{self.at}/{part}", json=body)
                assert answer.status_code == 201, answer.text
                self.items.append((part, kind, answer.json()["id"]))

    async def count(self, name: str, n: int) -> None:
        """Count up once, in an item and by an API of the number's choice; again if another was first."""
        part, kind, item = self.items[n % 4]
        through_fhir = (n // 4) % 2 == 0
        while True:
            answer = await (
                self._by_fhir(kind, item, name) if through_fhir else self._by_contract(part, item, name)
            )
            if answer.status_code == 200:
                self.counted[name] += 1
                return
            assert answer.status_code == 412, answer.text
            self.clashes += 1

    async def _by_fhir(self, kind: str, item: str, name: str) -> httpx.Response:
        address = f"/fhir/{kind}/{item}"
        read = await self.http.get(address)
        resource = read.json()
        if kind == "Goal":
            resource["description"] = {"text": _more(resource["description"]["text"], name)}
        else:
            resource["description"] = _more(resource["description"], name)
        return await self.http.put(address, json=resource, headers=as_fhir(If_Match=read.headers["etag"]))

    async def _by_contract(self, part: str, item: str, name: str) -> httpx.Response:
        address = f"{self.at}/{part}/{item}"
        read = await self.http.get(address)
        change = {"text": _more(read.json()["text"], name)}
        return await self.http.patch(address, json=change, headers={"If-Match": read.headers["etag"]})

    async def totals(self) -> Counter[str]:
        """What the items hold, by writer."""
        out: Counter[str] = Counter()
        for part, _, item in self.items:
            answer = await self.http.get(f"{self.at}/{part}/{item}")
            out.update(json.loads(answer.json()["text"]))
        return out


def _more(text: str, name: str) -> str:
    counts = json.loads(text)
    return json.dumps(counts | {name: counts.get(name, 0) + 1})


async def write_together(server: Server, url: str, writes: int) -> None:
    async with server.client(HOSPITAL) as http:
        patient = await a_patient_of_ours(http)
        opened = await http.post("/v1/contracts", json={"patient": {"reference": patient}})
        contract = opened.json()["id"]
        crowd = Crowd(http, contract)
        await crowd.prepare()
        before: dict[str, Any] = (await http.get(f"/v1/contracts/{contract}")).json()

        async def writer(name: str) -> None:
            for n in range(writes // WRITERS):
                await crowd.count(name, n + int(name))

        await asyncio.gather(*(writer(str(n)) for n in range(WRITERS)))

        made = writes // WRITERS * WRITERS
        assert await crowd.totals() == crowd.counted
        assert crowd.counted.total() == made
        assert crowd.clashes > 0
        after = (await http.get(f"/v1/contracts/{contract}")).json()
        assert after["revision"] == before["revision"] + made
        numbers = [r["number"] for r in await all_revisions(http, contract)]
        assert numbers == list(range(after["revision"], 0, -1))
    assert await unsealed(url) == []
    assert await broken(url, server.base) == []


async def all_revisions(http: httpx.AsyncClient, contract: str) -> list[dict[str, Any]]:
    out, cursor = [], None
    while True:
        params = {"limit": "500"} | ({"cursor": cursor} if cursor else {})
        page = (await http.get(f"/v1/contracts/{contract}/revisions", params=params)).json()
        out += page["items"]
        cursor = page["next"]
        if cursor is None:
            return out


@pytest.mark.parametrize("writes", SIZES)
async def test_no_update_is_lost(one_worker: tuple[Server, str], writes: int) -> None:
    await write_together(*one_worker, writes)


@pytest.mark.parametrize("writes", SIZES)
async def test_no_update_is_lost_between_processes(two_workers: tuple[Server, str], writes: int) -> None:
    await write_together(*two_workers, writes)


async def open_together(http: httpx.AsyncClient, keys: list[str | None]) -> list[httpx.Response]:
    """Let everybody open a contract for one patient at once."""
    patient = await create(http, {"resourceType": "Patient"})
    body = {"patient": {"reference": f"Patient/{patient['id']}"}}
    return await asyncio.gather(
        *(
            http.post("/v1/contracts", json=body, headers={"Idempotency-Key": key} if key else {})
            for key in keys
        )
    )


async def fifty_open(server: Server, url: str) -> None:
    """Fifty without a key, fifty each with a key of its own, and fifty who are one request repeated."""
    async with server.client(HOSPITAL) as http:
        await create(http, REGION)
        without = await open_together(http, [None] * 50)
        each = await open_together(http, [f"key-{n}" for n in range(50)])
        same = await open_together(http, ["the same"] * 50)

    one_of_fifty(without)
    one_of_fifty(each)
    same_for_all(same)
    assert await broken(url, server.base) == []


def one_of_fifty(answers: list[httpx.Response]) -> None:
    """One opened it, the others are told which it is."""
    assert Counter(a.status_code for a in answers) == {201: 1, 409: 49}, [a.text for a in answers][:3]
    opened = next(a.json()["id"] for a in answers if a.status_code == 201)
    told = [a.json() for a in answers if a.status_code == 409]
    assert {one["type"].rpartition("/")[2] for one in told} == {"second-contract"}
    assert {one["contract"] for one in told} == {opened}


def same_for_all(answers: list[httpx.Response]) -> None:
    """Everybody who gets an answer gets the same; who came while it was under way is asked to wait."""
    opened = [a.json() for a in answers if a.status_code == 201]
    told = [a.json()["type"].rpartition("/")[2] for a in answers if a.status_code == 409]
    assert len(opened) >= 1
    assert all(one == opened[0] for one in opened)
    assert set(told) <= {"in-progress"}
    assert len(opened) + len(told) == len(answers)


async def test_of_fifty_who_open_a_contract_one_does(one_worker: tuple[Server, str]) -> None:
    await fifty_open(*one_worker)


async def test_of_fifty_at_two_processes_one_does(two_workers: tuple[Server, str]) -> None:
    await fifty_open(*two_workers)
