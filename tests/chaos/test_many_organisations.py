"""Eight organisations edit one contract at once, by both APIs and at two doors.

Whatever is acknowledged stands in the history, each change on the value that its writer had looked at;
whatever is not acknowledged is told as a conflict; and the log, replayed, is the contract.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from pk_api.access.actor import Actor
from pk_api.contract.history import Written, everything, moves, with_written
from pk_api.contract.merging import fields_of
from pk_api.contract.service.caller import Caller, Tongue, reading_of, rows_of
from tests.support.actors import ALL
from tests.support.invariants import broken, unsealed
from tests.support.resources import an_assertion, an_organization
from tests.support.service import (
    BASE,
    HOSPITAL,
    Service,
    as_fhir,
    client_of,
    create,
    served,
    token_of,
)

Json = dict[str, Any]
ORGANISATIONS = [f"SE2321000016-80{n:02d}" for n in range(8)]
SIZES = [6, pytest.param(500, marks=pytest.mark.slow)]
FIELDS = {"goals": ("text",), "actions": ("text", "when.text")}
Place = tuple[str, str, str]
"""Part, item and field."""


@dataclass
class Ledger:
    """What the writers know: of each value that was acknowledged, the value that its writer had looked at."""

    seen: dict[str, tuple[Place, Any]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass
class Organisation:
    """One writer, who looks at the contract now and then and edits what it saw."""

    http: httpx.AsyncClient
    contract: str
    items: list[tuple[str, str]]
    ledger: Ledger
    rng: random.Random
    looked: Json = field(default_factory=dict)

    async def edit(self, times: int) -> None:
        await self.look()
        for _ in range(times):
            ways = (self.patch_contract, self.patch_contract, self.patch_item, self.put)
            await (self.add if self.rng.random() < 0.03 else self.rng.choice(ways))()
            if self.rng.random() < 0.7:
                await self.look()

    async def look(self) -> None:
        self.looked = (await self.http.get(f"/v1/contracts/{self.contract}")).json()

    async def patch_contract(self) -> None:
        """Change fields of one to three items, on the revision last looked at."""
        places = [self._place() for _ in range(self.rng.randint(1, 3))]
        values = {place: str(uuid4()) for place in places}
        body: Json = {}
        for (part, id_, name), value in values.items():
            fields = body.setdefault(part, {}).setdefault(id_, {})
            fields |= {"when": {"text": value}} if name == "when.text" else {"text": value}
        headers = {"Base-Revision": str(self.looked["revision"])}
        answer = await self.http.patch(f"/v1/contracts/{self.contract}", json=body, headers=headers)
        self._note(
            "merge", answer, 409, {place: (value, self._value(place)) for place, value in values.items()}
        )
        if answer.status_code == 409:
            self._check_conflicts(answer.json()["conflicts"], values)

    async def patch_item(self) -> None:
        """Change one field of one item, on the revision last looked at."""
        place, value = self._place(), str(uuid4())
        part, id_, name = place
        body = {"when": {"text": value}} if name == "when.text" else {"text": value}
        headers = {"Base-Revision": str(self.looked["revision"])}
        answer = await self.http.patch(
            f"/v1/contracts/{self.contract}/{part}/{id_}", json=body, headers=headers
        )
        self._note("item", answer, 409, {place: (value, self._value(place))})

    async def put(self) -> None:
        """Change the text by FHIR, on the version just read."""
        part, id_ = self.rng.choice(self.items)
        kind, value = {"goals": "Goal", "actions": "Task"}[part], str(uuid4())
        read = await self.http.get(f"/fhir/{kind}/{id_}")
        resource = read.json()
        old = resource["description"]["text"] if part == "goals" else resource["description"]
        resource["description"] = {"text": value} if part == "goals" else value
        await asyncio.sleep(self.rng.random() / 100)
        headers = as_fhir(If_Match=read.headers["etag"])
        answer = await self.http.put(f"/fhir/{kind}/{id_}", json=resource, headers=headers)
        self._note("put", answer, 412, {(part, id_, "text"): (value, old)})

    async def add(self) -> None:
        """Add a goal, which nobody else can be in the way of."""
        value = str(uuid4())
        answer = await self.http.post(f"/v1/contracts/{self.contract}/goals", json={"text": value})
        place = ("goals", answer.json().get("id", ""), "text")
        self._note("add", answer, 201, {place: (value, None)})

    def _place(self) -> Place:
        part, id_ = self.rng.choice(self.items)
        return part, id_, self.rng.choice(FIELDS[part])

    def _value(self, place: Place) -> Any:
        part, id_, name = place
        item = next(each for each in self.looked[part] if each["id"] == id_)
        return fields_of(item).get(name)

    def _note(
        self, way: str, answer: httpx.Response, conflict: int, written: dict[Place, tuple[str, Any]]
    ) -> None:
        self.ledger.answers[f"{way} {answer.status_code}"] += 1
        if answer.status_code in (200, 201):
            self.ledger.seen |= {value: (place, old) for place, (value, old) in written.items()}
        elif answer.status_code != conflict:
            self.ledger.wrong.append(f"{way} {answer.status_code} {answer.text[:300]}")

    def _check_conflicts(self, conflicts: list[Json], values: dict[Place, str]) -> None:
        """Each conflict is of a field that was asked for and that others have changed."""
        for each in conflicts:
            place = (each["part"], each["id"], each["field"])
            if values.get(place) != each["yours"] or each["theirs"] == each["base"]:
                self.ledger.wrong.append(f"a conflict that is none: {each}")


@pytest_asyncio.fixture
async def doors(durable_url: str, tmp_path: Path) -> AsyncIterator[list[Service]]:
    """Two doors of the service on one database, as two processes are."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(served(durable_url, tmp_path)) for _ in range(2)]


def client(service: Service, organisation: str) -> httpx.AsyncClient:
    claims = {"care_provider_hsa_id": organisation, "care_unit_hsa_id": None}
    bearer = token_of(service.data, HOSPITAL, sub=f"system-{organisation[-2:]}", **claims)
    return client_of(service.app, {"Authorization": f"Bearer {bearer}"})


async def a_shared_contract(https: list[httpx.AsyncClient]) -> tuple[str, list[tuple[str, str]]]:
    """A contract with all organisations in its team, and some items that all may edit."""
    units = [
        f"Organization/{(await create(http, an_organization(hsa)))['id']}"
        for http, hsa in zip(https, ORGANISATIONS, strict=True)
    ]
    first = https[0]
    patient = f"Patient/{(await create(first, {'resourceType': 'Patient'}))['id']}"
    opened = await first.post("/v1/contracts", json={"patient": {"reference": patient}})
    path = f"/v1/contracts/{opened.json()['id']}"
    await create(first, an_assertion(patient, "sharing", units))
    for unit in units[1:]:
        joined = await first.post(f"{path}/team", json={"member": {"reference": unit}})
        assert joined.status_code == 201, joined.text
    items = []
    for part in ("goals", "goals", "actions", "actions"):
        body = {"text": str(uuid4())} | ({"side": "care"} if part == "actions" else {})
        items.append((part, (await first.post(f"{path}/{part}", json=body)).json()["id"]))
    return path.rpartition("/")[2], items


async def caller_of(service: Service, contract: str) -> tuple[Caller, Any]:
    actor = Actor("system", "system-00", provider=ORGANISATIONS[0], scopes=ALL)
    caller = Caller(service.records, actor, service.records.now(), Tongue("sv"))
    return caller, await rows_of(caller, contract)


@pytest.mark.parametrize("edits", SIZES)
async def test_no_update_is_lost_and_every_conflict_is_told(
    doors: list[Service], durable_url: str, edits: int
) -> None:
    https = [client(doors[n % 2], hsa) for n, hsa in enumerate(ORGANISATIONS)]
    contract, items = await a_shared_contract(https)
    ledger, seed = Ledger(), random.randrange(2**32)  # noqa: S311  # another run every time: the seed is told
    crowd = [
        Organisation(http, contract, items, ledger, random.Random(seed + n))  # noqa: S311  # as above
        for n, http in enumerate(https)
    ]

    await asyncio.gather(*(each.edit(edits) for each in crowd))

    assert ledger.wrong == [], seed
    assert sum(ledger.answers.values()) == edits * len(crowd)
    assert any(way.endswith((" 409", " 412")) for way in ledger.answers), (seed, ledger.answers)
    assert await changes_without_a_writer(doors[0], contract, ledger) == [], (seed, ledger.answers)
    assert await unsealed(durable_url) == []
    assert await broken(durable_url, BASE) == []


async def changes_without_a_writer(service: Service, contract: str, ledger: Ledger) -> list[str]:
    """Replay the log; return what was written over something unseen, what is missing, and a wrong end."""
    caller, rows = await caller_of(service, contract)
    now = reading_of(caller, rows)
    steps = await caller.records.changes(caller.actor, contract, after=0, upto=rows.revision)
    written = [
        Written(s.revision, s.at, s.by, {c.reference: None if c.deleted else c.resource for c in s.changes})
        for s in steps
    ]
    unlogged = {name for name in now.members if not any(name in each.resources for each in written)}
    logged = dict.fromkeys(now.members.keys() - unlogged)
    start = with_written(now, Written(0, rows.contract.updated, {}, logged))
    end, found, applied = start, [], set()
    for moved in moves(start, written):
        for name in FIELDS.get(moved.place[0], ()):
            value = fields_of(moved.after).get(name)
            if moved.changes(name) and value in ledger.seen:
                applied.add(value)
                place, base = ledger.seen[value]
                if place != (*moved.place, name) or base != fields_of(moved.before).get(name):
                    found.append(f"{place} was written on {base}, over {fields_of(moved.before).get(name)}")
    for each in written:
        end = with_written(end, each)
    found += [f"{value} was acknowledged and is not in the log" for value in ledger.seen.keys() - applied]
    if everything(end) != everything(now):
        found.append("the log, replayed, is not the contract")
    numbers = [each.revision for each in written]
    return found if numbers == list(range(1, rows.revision + 1)) else [*found, f"revisions {numbers}"]
