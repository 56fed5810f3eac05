"""The whole service in this process: the real app on a real database, asked over ASGI."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from pk_api.app import create_app
from pk_api.demo import people
from pk_api.demo.issuer import KEY_FILE, issue_token
from pk_api.fhir.systems import HSA_ID
from pk_api.records.records import Records
from pk_api.settings import Settings
from tests.support.collecting import keep
from tests.support.reader import as_model
from tests.support.resources import a_contract, a_patient, a_team

BASE = "http://127.0.0.1:8000"
FHIR_JSON = "application/fhir+json"
HOSPITAL, PRIMARY, MUNICIPALITY = "system-hospital", "system-primary", "system-municipality"
REGION = {
    "resourceType": "Organization",
    "identifier": [{"system": HSA_ID, "value": people.REGION.hsa_id}],
    "name": "Region Exempel",
}
TOLVAN = "191212121212"


def token(data: Path, name: str, *, hours: float = 1) -> str:
    """Return a token of a demo actor."""
    return issue_token(data, name, now=datetime.now(UTC), lifetime=timedelta(hours=hours))


def token_of(data: Path, name: str, **changes: Any) -> str:
    """Return a token of a demo actor with other claims, signed by the demo's key."""
    claims = json.loads(_decoded(token(data, name).split(".")[1])) | changes
    key = ECKey.import_key(json.loads((data / KEY_FILE).read_text()))
    key.ensure_kid()
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def bearer(data: Path, name: str, *, hours: float = 1) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(data, name, hours=hours)}"}


@dataclass(frozen=True, slots=True)
class Service:
    """A running service; `http` asks as the hospital's system, `as_` gives clients for others."""

    app: Any
    data: Path
    database_url: str
    http: httpx.AsyncClient

    def as_(self, name: str | None) -> httpx.AsyncClient:
        """Return a client that asks as this demo actor, or without a token."""
        return client_of(self.app, bearer(self.data, name) if name else {})

    @property
    def records(self) -> Records:
        """The door behind it, for what no caller may see."""
        return self.app._rest.app.state.records  # type: ignore[no-any-return]  # the app's state is untyped


def client_of(app: Any, headers: Mapping[str, str]) -> httpx.AsyncClient:
    """Return a client over ASGI: it holds no connection, and so needs no closing."""
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(
        transport=transport, base_url=BASE, headers=headers, timeout=60, event_hooks={"response": [keep]}
    )


@asynccontextmanager
async def served(database_url: str, data: Path, **settings: Any) -> AsyncIterator[Service]:
    """Give the service on this database, with these settings beside those of the demo."""
    told = Settings(
        **{"database_url": database_url, "data_dir": data, "demo": True, "base_url": BASE, "pool_size": 5}
        | settings
    )
    app = create_app(told)
    async with app.running():
        yield Service(app, data, database_url, client_of(app, bearer(data, HOSPITAL)))


def as_fhir(**headers: str) -> dict[str, str]:
    """Return request headers for a FHIR body; underscores stand for hyphens."""
    return {"Content-Type": FHIR_JSON} | {k.replace("_", "-"): v for k, v in headers.items()}


async def create(http: httpx.AsyncClient, resource: Mapping[str, Any], **headers: str) -> dict[str, Any]:
    """Create a resource and return it as stored."""
    answer = await http.post(f"/fhir/{resource['resourceType']}", json=resource, headers=as_fhir(**headers))
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def put(http: httpx.AsyncClient, resource: Mapping[str, Any], **headers: str) -> httpx.Response:
    """Update a resource by its own id."""
    address = f"/fhir/{resource['resourceType']}/{resource['id']}"
    return await http.put(address, json=resource, headers=as_fhir(**headers))


async def delete(http: httpx.AsyncClient, resource: Mapping[str, Any], **headers: str) -> httpx.Response:
    address = f"/fhir/{resource['resourceType']}/{resource['id']}"
    return await http.delete(address, headers={k.replace("_", "-"): v for k, v in headers.items()})


def entry(
    method: str, url: str, resource: Mapping[str, Any] | None = None, *, full_url: str = "", **more: str
) -> dict[str, Any]:
    """Return an entry of a batch or transaction; `more` goes into its request."""
    out: dict[str, Any] = {"fullUrl": full_url} if full_url else {}
    if resource is not None:
        out["resource"] = dict(resource)
    return out | {"request": {"method": method, "url": url} | more}


async def bundle(
    http: httpx.AsyncClient, kind: str, *entries: dict[str, Any], **headers: str
) -> httpx.Response:
    """Send a batch or transaction."""
    body = {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
    return await http.post("/fhir", json=body, headers=as_fhir(**headers))


P, T = "urn:uuid:00000000-0000-4000-8000-000000000001", "urn:uuid:00000000-0000-4000-8000-000000000002"


async def a_registered_contract(http: httpx.AsyncClient, number: str = TOLVAN) -> dict[str, str]:
    """Register the region, a patient and an active contract with its team; return the references by type."""
    organisation = await create(http, REGION)
    answer = await bundle(
        http,
        "transaction",
        entry("POST", "Patient", a_patient(number), full_url=P),
        entry("POST", "CareTeam", a_team(P, [f"Organization/{organisation['id']}"]), full_url=T),
        entry("POST", "CarePlan", a_contract(P, T)),
    )
    assert answer.status_code == 200, answer.text
    places = [one["response"]["location"].split("/fhir/")[1] for one in answer.json()["entry"]]
    found = {p.split("/")[0]: "/".join(p.split("/")[:2]) for p in places}
    return found | {"Organization": f"Organization/{organisation['id']}"}


async def a_care_relation(http: httpx.AsyncClient, patient: str, organisation: str, role: str) -> None:
    """Register the unit of a demo employee, and an encounter of the patient there."""
    unit = people.UNITS[people.STAFF[role].unit]
    place = await create(
        http,
        {
            "resourceType": "Organization",
            "identifier": [{"system": HSA_ID, "value": unit.hsa_id}],
            "name": unit.name,
            "partOf": {"reference": organisation},
        },
    )
    await create(
        http,
        {
            "resourceType": "Encounter",
            "status": "in-progress",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": {"reference": patient},
            "serviceProvider": {"reference": f"Organization/{place['id']}"},
        },
    )


def problems(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the issues of an OperationOutcome that another reader understands."""
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome", body
    assert as_model(body)
    return body["issue"]  # type: ignore[no-any-return]


async def pages(http: httpx.AsyncClient, address: str, *, most: int = 500) -> list[dict[str, Any]]:
    """Return every page of a list, from the first to the one without `next`."""
    out = []
    while address and len(out) < most:
        answer = await http.get(address)
        assert answer.status_code == 200, answer.text
        out.append(answer.json())
        address = next((link["url"] for link in out[-1].get("link", ()) if link["relation"] == "next"), "")
    return out


def resources_of(bundles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one["resource"] for page in bundles for one in page.get("entry", ())]
