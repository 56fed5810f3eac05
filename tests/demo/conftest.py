"""The service with the demo's data, reached by the real client over ASGI."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from pk_api.app import create_app
from pk_api.client import Client
from pk_api.demo.issuer import issue_token
from pk_api.demo.load import Summary, load
from pk_api.settings import Settings

BASE = "http://127.0.0.1:8000"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Demo:
    """A running service, and what was loaded into it."""

    app: Any
    data: Path
    loaded: Summary

    def client(self, name: str) -> Client:
        token = issue_token(self.data, name, now=datetime.now(UTC), lifetime=HOUR)
        return Client(BASE, token=token, transport=httpx.ASGITransport(self.app))


@asynccontextmanager
async def service(database_url: str, data: Path) -> AsyncIterator[Demo]:
    """Run the service on the database and load the demo."""
    app = create_app(Settings(database_url=database_url, base_url=BASE, demo=True, data_dir=data))
    async with app.running():
        empty = Demo(app, data, Summary())
        yield Demo(app, data, await load(empty.client))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """The demo on SQLite, loaded once for the tests of a file."""
    data = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, data / "pk.db")
    async with service(f"sqlite:///{data / 'pk.db'}", data) as running:
        yield running


@pytest.fixture(scope="module")
def as_(demo: Demo) -> Callable[[str], Client]:
    """A client for a demo actor."""
    return demo.client
