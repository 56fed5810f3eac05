"""A service that is shared by the tests of a file which it only refuses: they leave nothing behind."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support import postgres
from tests.support.service import Service, served


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def refusing_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if request.param == "sqlite":
        path = Path(tmp_path_factory.mktemp("refusing") / "pk.db")
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    url = postgres.new_database(server, template=template.rpartition("/")[2])
    yield url
    postgres.drop_database(url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def refusing(
    refusing_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """The service on each database, once for a file."""
    async with served(refusing_database, tmp_path_factory.mktemp("data")) as service:
        yield service
