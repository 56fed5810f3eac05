"""A served service with the demo's units and people, and whoever calls it from outside."""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx
import pytest

from pk_api.client import Client
from pk_api.demo.load import load
from tests.rules.standins import number_born
from tests.support import postgres
from tests.support.server import Server, serving
from tests.support.service import as_fhir, token, token_of

Json = dict[str, Any]


@dataclass
class Caller:
    """Somebody who calls the service, by `/v1` and by FHIR; an answer other than expected fails the test."""

    http: httpx.Client

    def reads(self, path: str, status: int = 200) -> Json:
        return self._asked("GET", path, status)

    def sends(self, path: str, body: Json | None = None, status: int = 200, **headers: str) -> Json:
        return self._asked("POST", path, status, json=body or {}, headers=_spelt(headers))

    def changes(self, path: str, body: Json, status: int = 200, **headers: str) -> Json:
        return self._asked("PATCH", path, status, json=body, headers=_spelt(headers))

    def stores(self, resource: Json, status: int = 201) -> Json:
        path = f"/fhir/{resource['resourceType']}"
        return self._asked("POST", path, status, json=resource, headers=as_fhir())

    def sees(self, path: str) -> bool:
        return self.http.get(path).status_code == 200

    def _asked(self, method: str, path: str, status: int, **more: Any) -> Json:
        answer = self.http.request(method, path, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}  # type: ignore[no-any-return]  # JSON


def _spelt(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Place:
    """The service, and callers by the names of the demo's actors; they are closed with it."""

    server: Server
    callers: list[Caller] = field(default_factory=list)

    def caller(self, name: str, **claims: str) -> Caller:
        """Return a demo actor; with claims, another one of that kind."""
        told = token_of(self.server.data, name, **claims) if claims else token(self.server.data, name)
        headers = {"Authorization": f"Bearer {told}"}
        made = Caller(httpx.Client(base_url=self.server.base, headers=headers, timeout=60))
        self.callers.append(made)
        return made

    def patient(self, number: str) -> Caller:
        """Return a patient with this identity number."""
        return self.caller("patient-stroke", personal_identity_number=number, sub=f"person-{number[-4:]}")

    def guardian(self, number: str, patient: str) -> Caller:
        """Return one who logs in with this number and acts for a patient."""
        return self.caller("guardian-child", personal_identity_number=number, acting_for=patient)

    def close(self) -> None:
        for each in self.callers:
            each.http.close()


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server process on a database, with the demo's data loaded through its public API.

    In the short run, what the database has no say in is tried on SQLite alone.
    """
    data = tmp_path_factory.mktemp("acceptance")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), data / "pk.db")
        url = f"sqlite:///{data / 'pk.db'}"
    else:
        template = request.getfixturevalue("postgres_template")
        server = request.getfixturevalue("postgres_server")
        url = postgres.new_database(server, template=template.rpartition("/")[2])
    with serving(url, data) as running:
        asyncio.run(load(lambda name: Client(running.base, token=token(data, name))))
        here = Place(running)
        yield here
        here.close()
    if request.param == "postgresql":
        postgres.drop_database(url)


def born(day: date) -> str:
    """Return a made-up identity number of somebody born that day."""
    return number_born(day)
