"""The contract API over HTTP on a real door: one client a caller, and contracts to begin with."""

from itertools import count
from typing import Any

import httpx
from cryptography.fernet import Fernet
from fastapi import FastAPI

from pk_api.access.actor import Actor
from pk_api.contract.service.contracts import Built
from pk_api.interactions.cursors import Cursors
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.web.routers import ROUTERS
from tests.support.actors import (
    ALL,
    HOSPITAL,
    MUNICIPALITY,
    PRIMARY,
    SYSTEM_HOSPITAL,
    TOLVAN,
)
from tests.support.resources import a_patient, an_assertion, an_organization

Json = dict[str, Any]
_KEYS = count()


class Api:
    """The API as callers meet it."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self._app = FastAPI()
        self._app.state.records = records
        self._app.state.built = Built(10)
        self._app.state.cursors = Cursors(Fernet.generate_key())
        for one in ROUTERS:
            self._app.include_router(one)

    def of(self, actor: Actor, *, language: str = "sv") -> httpx.AsyncClient:
        """A client that calls as this actor."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await self._app({**scope, "pk.actor": actor, "pk.request_id": "test-request"}, receive, send)

        transport = httpx.ASGITransport(app=app)
        headers = {"Accept-Language": language}
        return httpx.AsyncClient(transport=transport, base_url="http://test/v1", headers=headers)


async def registered(records: Records, *, number: str = TOLVAN) -> tuple[str, dict[str, str]]:
    """A patient of the hospital, three care providers and a nurse in a role at each; references by HSA-id."""
    found: dict[str, str] = {}
    for hsa in (HOSPITAL, PRIMARY, MUNICIPALITY):
        own = Actor("system", "setup", provider=hsa, scopes=ALL)
        unit, role = await records.write(
            own,
            [
                Write("create", "Organization", an_organization(hsa), temp="urn:uuid:o"),
                Write("create", "PractitionerRole", _role(hsa)),
            ],
        )
        found |= {hsa: unit.reference, f"{hsa}-nurse": role.reference}
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(number))])
    return patient.reference, found


def _role(hsa: str) -> Json:
    return {
        "resourceType": "PractitionerRole",
        "practitioner": {"display": "Petra Lund"},
        "organization": {"reference": "urn:uuid:o"},
        "code": [{"text": "Sjuksköterska"}],
        "telecom": [{"system": "phone", "value": "0980-319211"}],
        "identifier": [{"system": "urn:oid:1.2.752.29.4.19", "value": f"{hsa}-N"}],
    }


async def opened(api: Api, patient: str, **more: Any) -> Json:
    """An open contract of the hospital."""
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.post("/contracts", json={"patient": {"reference": patient}, **more})
    assert response.status_code == 201, response.text
    return dict(response.json())


async def with_municipality(api: Api) -> tuple[Json, dict[str, str]]:
    """A contract of the hospital with the municipality in its team, and the patient's consent to share."""
    patient, references = await registered(api.records)
    contract = await opened(api, patient)
    consent = an_assertion(patient, "sharing", [references[HOSPITAL], references[MUNICIPALITY]])
    await api.records.write(SYSTEM_HOSPITAL, [Write("create", "Consent", consent)])
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        joined = await hospital.post(
            f"/contracts/{contract['id']}/team", json={"member": {"hsaId": MUNICIPALITY}}
        )
    assert joined.status_code == 201, joined.text
    return contract, references


async def admitted(api: Api, patient: str, actor: Actor = SYSTEM_HOSPITAL) -> None:
    """The patient is in hospital."""
    stay = {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": {"reference": patient},
    }
    await api.records.write(actor, [Write("create", "Encounter", stay)])


def key() -> dict[str, str]:
    """A new Idempotency-Key."""
    return {"Idempotency-Key": f"key-{next(_KEYS)}"}


def bodies(references: dict[str, str]) -> dict[str, tuple[Json, Json]]:
    """For each part a new item and a change of it."""
    nurse = {"reference": references[f"{HOSPITAL}-nurse"]}
    return {
        "whatMatters": ({"text": "Gå till affären"}, {"text": "Gå till kyrkan"}),
        "goals": ({"text": "Gå 500 m", "due": "2099-01-01"}, {"due": None}),
        "actions": ({"text": "Ring", "side": "patient"}, {"when": {"latest": "2099-01-01"}}),
        "contacts": ({"kind": "fast-vardkontakt", "member": nurse, "for": ["worse"]}, {"hours": "8–12"}),
        "appointments": (
            {
                "start": "2099-01-01T09:00:00+01:00",
                "end": "2099-01-01T10:00:00+01:00",
                "with": [nurse],
                "place": {"name": "Plan 2"},
            },
            {"may": {"cancel": True}},
        ),
        "plans": ({"kind": "sip", "title": "SIP"}, {"description": "Ny text"}),
        "relatives": (
            {"name": "Siv", "relation": "spouse", "mayRead": ["goals"]},
            {"mayRead": ["goals", "actions"]},
        ),
        "notes": (
            {"kind": "worry", "text": "Rädd att falla"},
            {"text": "Rädd att falla igen", "on": "2026-03-01"},
        ),
        "medicines": (
            {"kind": "medication-list", "link": "https://journal.example.org/1"},
            {"title": "Läkemedelslistan"},
        ),
        "messages": ({"text": "Får jag ta bussen?"}, {"topic": "Resor"}),
        "team": ({"member": {"hsaId": MUNICIPALITY}}, {"until": "2099-01-01"}),
    }
