"""A law of time: a contract as of each revision of a random history is what was read then."""

import random
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.records.values import Write
from tests.contract.wire import Api, Json, bodies, with_municipality
from tests.support.actors import PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY

READERS = {"hospital": SYSTEM_HOSPITAL, "municipality": SYSTEM_MUNICIPALITY, "patient": PATIENT}
PARTS = (
    *("whatMatters", "goals", "actions", "contacts", "appointments", "plans", "relatives", "notes"),
    *("messages", "team"),
)
TOLD: tuple[tuple[str, Json], ...] = (
    ("sip-need", {"state": "needed"}),
    ("sip-need", {"state": "not-needed"}),
    ("coordination-wish", {"state": "wanted"}),
    ("relatives-wish", {"state": "none"}),
    ("communication-needs", {"needs": [{"kind": "interpreter", "text": "Finska"}]}),
    ("directions", {"directions": [{"purpose": "worse", "text": "Ring 112"}]}),
    ("milestones", {"kind": "first-at-discharge"}),
)
RUNS = [(1, 20), *(pytest.param(seed, 40, marks=pytest.mark.slow) for seed in range(2, 22))]


@dataclass
class History:
    """Random edits of one contract by several, through both APIs; what each reader read after each."""

    api: Api
    contract: Json
    references: dict[str, str]
    rng: random.Random
    read: dict[str, dict[int, Json]] = field(default_factory=lambda: {name: {} for name in READERS})

    async def edit(self) -> None:
        """Add, change, delete, let an event happen, tie to the contract or untie."""
        ways = (self._add, self._add, self._change, self._change, self._event, self._delete, self._tie)
        ways = (*ways, self._agree, self._tell, self._merge, self._read)
        await self.rng.choice(ways)()

    async def note(self) -> None:
        for name, actor in READERS.items():
            if (told := await self.seen(actor)) is not None:
                self.read[name][told["revision"]] = told

    async def seen(self, actor: Actor, **params: str) -> Json | None:
        """What a reader is told; nothing to one who has left the team."""
        async with self.api.of(actor) as client:
            answer = await client.get(f"/contracts/{self.contract['id']}", params=params)
        assert answer.status_code == (200 if answer.is_success else 404), answer.text
        return dict(answer.json()) if answer.is_success else None

    async def told(self, actor: Actor, **params: str) -> Json:
        async with self.api.of(actor) as client:
            answer = await client.get(f"/contracts/{self.contract['id']}", params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def _who(self) -> httpx.AsyncClient:
        return self.api.of(self.rng.choice((SYSTEM_HOSPITAL, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY)))

    async def _add(self) -> None:
        part = self.rng.choice(PARTS)
        new, _ = bodies(self.references)[part]
        async with self._who() as client:
            await client.post(f"/contracts/{self.contract['id']}/{part}", json=new)

    async def _item(self) -> tuple[str, Json] | None:
        now = await self.told(SYSTEM_HOSPITAL)
        found = [(part, item) for part in PARTS if part != "messages" for item in now[part]]
        return self.rng.choice(found) if found else None

    async def _change(self) -> None:
        if found := await self._item():
            part, item = found
            _, change = bodies(self.references)[part]
            if "text" in item:
                change = {"text": f"Ändrad {self.rng.random()}"}
            async with self._who() as client:
                await client.patch(f"/contracts/{self.contract['id']}/{part}/{item['id']}", json=change)

    async def _event(self) -> None:
        if found := await self._item():
            part, item = found
            event = self.rng.choice(("end", "accept", "complete", "cancel", "achieve"))
            async with self._who() as client:
                await client.post(f"/contracts/{self.contract['id']}/{part}/{item['id']}/{event}")

    async def _delete(self) -> None:
        if found := await self._item():
            kind, _, id_ = found[1]["reference"].partition("/")
            if kind in {"Goal", "Appointment"} and found[1]["version"]:
                await self._by_fhir(Write("delete", kind, id=id_))

    async def _tie(self) -> None:
        """Draw a Goal that was loose into the contract, or let all that were drawn in go."""
        plan = (await self.api.records.read(SYSTEM_HOSPITAL, "CarePlan", self.contract["id"])).resource
        goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Lös"}}
        changed = {k: v for k, v in plan.items() if k != "goal"}
        if "goal" not in plan:
            (loose,) = await self.api.records.write(
                SYSTEM_HOSPITAL, [Write("create", "Goal", {**goal, "subject": plan["subject"]})]
            )
            changed["goal"] = [{"reference": loose.reference}]
        await self._by_fhir(Write("update", "CarePlan", changed, id=self.contract["id"]))

    async def _agree(self) -> None:
        """Propose an agreement, and let one of those who are asked answer."""
        path = f"/contracts/{self.contract['id']}/agreements"
        async with self.api.of(SYSTEM_HOSPITAL) as client:
            proposed = await client.post(path, json={})
        assert proposed.status_code == 201, proposed.text
        async with self.api.of(self.rng.choice((PATIENT, SYSTEM_MUNICIPALITY))) as client:
            await client.post(f"{path}/{proposed.json()['number']}/accept", json={})

    async def _tell(self) -> None:
        """Tell something of the whole, or mark it."""
        kind, body = self.rng.choice(TOLD)
        async with self.api.of(self.rng.choice((PATIENT, SYSTEM_HOSPITAL))) as client:
            await client.post(f"/contracts/{self.contract['id']}/{kind}", json=body)

    async def _merge(self) -> None:
        """Change the texts of two items at once, against a revision that may be an old one."""
        now = await self.told(SYSTEM_HOSPITAL)
        found = [(part, each["id"]) for part in ("goals", "actions", "whatMatters") for each in now[part]]
        body: Json = {}
        for part, id_ in self.rng.sample(found, min(2, len(found))):
            body.setdefault(part, {})[id_] = {"text": f"Sammanförd {self.rng.random()}"}
        base = {"Base-Revision": str(self.rng.randint(max(1, now["revision"] - 3), now["revision"]))}
        async with self._who() as client:
            await client.patch(f"/contracts/{self.contract['id']}", json=body, headers=base)

    async def _read(self) -> None:
        """Let somebody read a message."""
        path = f"/contracts/{self.contract['id']}/messages"
        async with self.api.of(self.rng.choice((PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY))) as client:
            if there := (await client.get(path)).json().get("items"):
                await client.post(f"{path}/{self.rng.choice(there)['id']}/read")

    async def _by_fhir(self, write: Write) -> None:
        with suppress(Problem):  # what is refused changes nothing
            await self.api.records.write(SYSTEM_HOSPITAL, [write])


@pytest.mark.parametrize(("seed", "edits"), RUNS)
async def test_as_of_each_revision_is_what_was_read_then(api: Api, seed: int, edits: int) -> None:
    contract, references = await with_municipality(api)
    rng = random.Random(seed)  # noqa: S311  # a seed to repeat it by
    history = History(api, contract, references, rng)

    await history.note()
    for _ in range(edits):
        await history.edit()
        await history.note()

    assert len(history.read["hospital"]) > 8
    for name, actor in READERS.items():
        is_open = await history.seen(actor) is not None
        for revision, was in history.read[name].items():
            found = await history.seen(actor, asOf=f"revision:{revision}")
            assert found == (was if is_open else None), (name, revision)
