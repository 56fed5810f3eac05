"""The demo's six journeys on each database, loaded once for the tests that only read."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from pk_api.client import Client
from pk_api.demo.load import load
from tests.support import postgres
from tests.support.service import BASE, Service, served, token


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def demo_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("demo") / "pk.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    return postgres.new_database(server, template=template.rpartition("/")[2])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def empty(demo_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """The service with nothing in it, shared by the tests of a file that ask only for what it carries."""
    async with served(demo_database, tmp_path_factory.mktemp("data")) as service:
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(demo_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    data: Path = tmp_path_factory.mktemp("data")
    async with served(demo_database, data) as service:
        transport = httpx.ASGITransport(service.app)
        await load(lambda name: Client(BASE, token=token(data, name), transport=transport))
        yield service
