"""Fixtures that all tests share: both databases, the door, and who calls."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.store.database import Database, database
from pk_api.store.migrate import upgrade
from tests.support import postgres
from tests.support.server import Server, serving
from tests.support.service import Service, served
from tests.support.traces import names_anybody

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")  # laws are tried without a clock: timings are the bench's


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Fail a test during which the service wrote an identity number to its log or to its output."""
    report = yield
    if call.when == "teardown" and report.passed:
        told = "".join(text for _, text in report.sections)
        if names_anybody(told):
            report.outcome = "failed"
            report.longrepr = "an identity number stands in what was logged or printed"
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked as the same whatever is below on SQLite alone."""
    if metafunc.definition.get_closest_marker("one_database"):
        for name in {"database_url", "refusing_database"}.intersection(metafunc.fixturenames):
            metafunc.definition.add_marker(pytest.mark.parametrize(name, ["sqlite"], indirect=True))


BASE = "http://127.0.0.1:8000/fhir"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """A migrated, empty PostgreSQL database."""
    url = postgres.new_database(postgres_server)
    upgrade(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database of each kind."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "pk.db")
        yield f"sqlite:///{tmp_path / 'pk.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    url = postgres.new_database(server, template=template.rpartition("/")[2])
    yield url
    postgres.drop_database(url)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = database(database_url, size=4)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def records(db: Database) -> AsyncIterator[Records]:
    """The real door on a real database."""
    door = Records(db, Policy(base_url=BASE))
    yield door
    await door.drain()


@pytest.fixture
async def service(database_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    """The whole service in this process, on both databases."""
    async with served(database_url, tmp_path) as running:
        yield running


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """A real server process, on both databases."""
    with serving(database_url, tmp_path) as server:
        yield server
