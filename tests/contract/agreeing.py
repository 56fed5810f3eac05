"""A contract on which patient, hospital and municipality can agree, and how each is asked."""

from typing import Any

import httpx

from pk_api.access.actor import Actor
from tests.contract.wire import Api, Json, with_municipality
from tests.support.actors import MUNICIPALITY, PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY

PARTIES = (PATIENT, SYSTEM_MUNICIPALITY)
"""Those who answer what the hospital proposes."""


async def said(client: httpx.AsyncClient, method: str, path: str, body: Json | None = None) -> Json:
    response = await client.request(method, path, json=body)
    assert response.status_code < 300, (path, response.text)
    return dict(response.json())


async def by(api: Api, actor: Actor, method: str, path: str, body: Json | None = None) -> Json:
    """What a caller is answered, all being well."""
    async with api.of(actor) as client:
        return await said(client, method, path, body)


async def refused(api: Api, actor: Actor, path: str, body: Json | None = None) -> tuple[int, str, Json]:
    """Status, kind and body of the problem that a caller is answered."""
    async with api.of(actor) as client:
        response = await client.post(path, json=body or {})
    assert response.status_code >= 400, response.text
    return response.status_code, response.json()["type"].rpartition("/")[2], response.json()


class Case:
    """A contract with what matters, a goal, an action for the patient and one for the municipality."""

    def __init__(self, api: Api, contract: Json, references: dict[str, str]) -> None:
        self.api, self.references = api, references
        self.contract, self.path = contract["id"], f"/contracts/{contract['id']}"
        self.patient = contract["patient"]["reference"]
        self.items: dict[str, str] = {}

    async def add(self, name: str, actor: Actor, part: str, body: Json) -> None:
        self.items[name] = (await by(self.api, actor, "POST", f"{self.path}/{part}", body))["id"]

    async def proposed(self, actor: Actor = SYSTEM_HOSPITAL) -> Json:
        return await by(self.api, actor, "POST", f"{self.path}/agreements", {})

    async def agreed(self) -> Json:
        """An agreement that all have accepted."""
        number = (await self.proposed())["number"]
        for actor in PARTIES:
            told = await self.answers(actor, number)
        return told

    async def answers(self, actor: Actor, number: int = 1, event: str = "accept", **body: Any) -> Json:
        return await by(self.api, actor, "POST", f"{self.path}/agreements/{number}/{event}", body)

    async def changes(self, text: str = "Gå 800 m") -> None:
        """The hospital changes what the goal says."""
        await by(
            self.api, SYSTEM_HOSPITAL, "PATCH", f"{self.path}/goals/{self.items['goal']}", {"text": text}
        )

    async def sees(self, actor: Actor = SYSTEM_HOSPITAL) -> Json:
        return await by(self.api, actor, "GET", self.path)


async def a_case(api: Api) -> Case:
    contract, references = await with_municipality(api)
    case = Case(api, contract, references)
    await case.add("matters", PATIENT, "whatMatters", {"text": "Gå till affären"})
    await case.add("goal", SYSTEM_HOSPITAL, "goals", {"text": "Gå 500 m", "due": "2099-01-01"})
    ring = {"text": "Ring vårdcentralen", "side": "patient", "when": {"latest": "2099-03-15"}}
    await case.add("ring", SYSTEM_HOSPITAL, "actions", ring)
    train = {"text": "Träna hemma", "owner": {"hsaId": MUNICIPALITY}}
    await case.add("train", SYSTEM_HOSPITAL, "actions", train)
    return case
