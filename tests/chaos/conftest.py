"""Databases as production has them: PostgreSQL with every commit on disk."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pk_api.store.migrate import upgrade
from tests.support import postgres


@pytest.fixture(scope="session")
def durable_server() -> Iterator[str]:
    with postgres.server(durable=True) as url:
        yield url


@pytest.fixture
def durable_postgres(durable_server: str) -> Iterator[str]:
    url = postgres.new_database(durable_server)
    upgrade(url)
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def durable_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database of each kind that keeps what it has acknowledged."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("durable_postgres")
        return url
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"
