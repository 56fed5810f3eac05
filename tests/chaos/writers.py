"""Writers that remember what was acknowledged to them, and what was left without an answer."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests.support.resources import a_goal
from tests.support.service import as_fhir, bundle, entry


@dataclass
class Ledger:
    """What the writers know.

    `acknowledged`: (reference, version) → text; `transactions`: tag → whether it was acknowledged; `keyed`:
    Idempotency-Key → the request, and its answer's id when there was one.
    """

    acknowledged: dict[tuple[str, int], str] = field(default_factory=dict)
    transactions: dict[str, bool] = field(default_factory=dict)
    keyed: dict[str, tuple[str, dict[str, Any], str | None]] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)

    def note(self, stored: dict[str, Any], text: str) -> None:
        reference = f"{stored['resourceType']}/{stored['id']}"
        self.acknowledged[reference, int(stored["meta"]["versionId"])] = text


@dataclass
class Writer:
    """One writer with a patient of its own; it ends when the server is gone."""

    http: httpx.AsyncClient
    ledger: Ledger
    rng: random.Random
    patient: str = ""
    contract: str = ""
    goals: list[dict[str, Any]] = field(default_factory=list)

    async def run(self, stop: asyncio.Event) -> None:
        """Write until told to stop or until nobody answers."""
        try:
            await self._create_patient()
            while not stop.is_set():
                await self.rng.choice(self._ways())()
        except httpx.TransportError:
            return

    def _ways(self) -> list[Callable[[], Awaitable[None]]]:
        ways = [self._create, self._transact]
        if self.goals:
            ways += [self._update, self._update]
        return [*ways, self._keyed if self.contract else self._open]

    async def _create_patient(self) -> None:
        answer = await self.http.post("/fhir/Patient", json={"resourceType": "Patient"}, headers=as_fhir())
        if self._is_ok(answer, 201):
            self.patient = f"Patient/{answer.json()['id']}"
            self.ledger.note(answer.json(), "")

    def _is_ok(self, answer: httpx.Response, *expected: int) -> bool:
        if answer.status_code not in expected:
            self.ledger.refusals.append(f"{answer.request.method} {answer.status_code} {answer.text[:300]}")
        return answer.status_code in expected

    def _goal(self) -> dict[str, Any]:
        return a_goal(self.patient) | {"description": {"text": str(uuid4())}}

    async def _create(self) -> None:
        goal = self._goal()
        answer = await self.http.post("/fhir/Goal", json=goal, headers=as_fhir())
        if self._is_ok(answer, 201):
            self.goals.append(answer.json())
            self.ledger.note(answer.json(), goal["description"]["text"])

    async def _update(self) -> None:
        at = self.rng.randrange(len(self.goals))
        goal = self.goals[at] | {"description": {"text": str(uuid4())}}
        tag = f'W/"{goal["meta"]["versionId"]}"'
        address = f"/fhir/Goal/{goal['id']}"
        answer = await self.http.put(address, json=goal, headers=as_fhir(If_Match=tag))
        if self._is_ok(answer, 200):
            self.goals[at] = answer.json()
            self.ledger.note(answer.json(), goal["description"]["text"])

    async def _transact(self) -> None:
        """Three resources that bear one tag: all of them are there, or none."""
        tag, urn = str(uuid4()), f"urn:uuid:{uuid4()}"
        self.ledger.transactions[tag] = False
        goal = a_goal(self.patient) | {"description": {"text": tag}}
        task = {"resourceType": "Task", "status": "requested", "intent": "plan", "description": tag}
        observation = {"resourceType": "Observation", "status": "final", "code": {"text": tag}}
        observation |= {"subject": {"reference": self.patient}, "focus": [{"reference": urn}]}
        answer = await bundle(
            self.http,
            "transaction",
            entry("POST", "Observation", observation),
            entry("POST", "Goal", goal, full_url=urn),
            entry("POST", "Task", task | {"for": {"reference": self.patient}, "focus": {"reference": urn}}),
            Prefer="return=representation",
        )
        if self._is_ok(answer, 200):
            self.ledger.transactions[tag] = True
            for one in answer.json()["entry"]:
                self.ledger.note(one["resource"], tag)

    async def _open(self) -> None:
        body = {"patient": {"reference": self.patient}}
        self.contract = await self._send_keyed("/v1/contracts", body) or ""

    async def _keyed(self) -> None:
        await self._send_keyed(f"/v1/contracts/{self.contract}/whatMatters", {"text": str(uuid4())})

    async def _send_keyed(self, address: str, body: dict[str, Any]) -> str | None:
        key = str(uuid4())
        self.ledger.keyed[key] = (address, body, None)
        answer = await self.http.post(address, json=body, headers={"Idempotency-Key": key})
        if not self._is_ok(answer, 201):
            return None
        made: str = answer.json()["id"]
        self.ledger.keyed[key] = (address, body, made)
        return made
