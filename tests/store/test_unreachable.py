"""A database that is away, or that another process keeps to itself: told as 503, and over when it is back."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pk_api.fhir.problems import Problem
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store import sqlite as module
from pk_api.store.database import SqliteDatabase
from tests.support import postgres
from tests.support.actors import SYSTEM_HOSPITAL
from tests.support.resources import a_patient
from tests.support.service import Service, a_registered_contract, served

NUMBER = "195009072553"


class Line:
    """The line to a PostgreSQL, which can be cut and mended."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._ends: list[asyncio.StreamWriter] = []
        self.port = 0

    @property
    def url(self) -> str:
        return self._parts._replace(netloc=f"postgres@127.0.0.1:{self.port}").geturl()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for end in self._ends:
            end.close()
        self._ends.clear()
        await asyncio.sleep(0.05)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._parts.port)
        self._ends += [writer, far_writer]
        await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except ConnectionError:
            pass
        writer.close()


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    url = postgres.new_database(postgres_server, template=postgres_template.rpartition("/")[2])
    yield url
    postgres.drop_database(url)


@pytest.fixture
async def line(postgres_url: str) -> AsyncIterator[Line]:
    made = Line(postgres_url)
    await made.mend()
    yield made
    await made.cut()


@pytest.fixture
async def service(line: Line, tmp_path: Path) -> AsyncIterator[Service]:
    async with served(line.url, tmp_path) as running:
        yield running
        await line.cut()
        await line.mend()


async def test_while_the_database_is_away_every_door_answers_503_and_recovers_by_itself(
    service: Service, line: Line
) -> None:
    contract = await a_registered_contract(service.http)
    plan = contract["CarePlan"]
    asked = [
        ("GET", f"/fhir/{plan}", None),
        ("GET", "/fhir/CarePlan", None),
        ("PUT", f"/fhir/{plan}", (await service.http.get(f"/fhir/{plan}")).json()),
        ("GET", f"/v1/contracts/{plan.partition('/')[2]}", None),
        ("POST", f"/v1/contracts/{plan.partition('/')[2]}/goals", {"text": "Gå ut"}),
    ]
    await line.cut()
    away = [await service.http.request(method, url, json=body) for method, url, body in asked]
    ready = await service.http.get("/health/ready")

    await line.mend()
    back = [await service.http.request(method, url, json=body) for method, url, body in asked]

    assert [answer.status_code for answer in away] == [503] * 5
    assert {answer.headers.get("retry-after") for answer in away} == {"1"}
    assert ready.status_code == 503
    assert [answer.status_code for answer in back] == [200, 200, 200, 200, 201]


async def test_a_connection_lost_while_idle_is_not_noticed_by_a_reader(service: Service, line: Line) -> None:
    contract = await a_registered_contract(service.http)

    await line.cut()
    await line.mend()

    assert (await service.http.get(f"/fhir/{contract['CarePlan']}")).status_code == 200


@pytest.fixture
async def shared_file(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[tuple[Path, Records]]:
    """A SQLite file, and the door of one process to it."""
    path = tmp_path / "pk.db"
    shutil.copy(sqlite_template, path)
    db = SqliteDatabase(str(path))
    await db.open()
    yield path, Records(db)
    await db.close()


async def test_a_file_that_another_process_writes_to_is_waited_for_without_standing_still(
    shared_file: tuple[Path, Records],
) -> None:
    path, records = shared_file
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(
            records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(NUMBER))])
        )
        slept = time.monotonic()
        await asyncio.sleep(0.5)
        slept = time.monotonic() - slept
        was_done = writing.done()
        other.execute("COMMIT")

    (written,) = await writing
    assert (was_done, written.version) == (False, 1)
    assert slept < 2


async def test_a_file_that_is_kept_for_long_is_unavailable(
    shared_file: tuple[Path, Records], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, records = shared_file
    monkeypatch.setattr(module, "_BUSY_SECONDS", 0.2)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(Problem) as refusal:
            await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(NUMBER))])

    assert refusal.value.kind == "unavailable"
