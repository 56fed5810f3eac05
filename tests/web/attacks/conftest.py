"""A service that is attacked: with a patient whom the caller sees, and one whom the caller does not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest_asyncio

from tests.support import tables
from tests.support.resources import a_patient
from tests.support.service import TOLVAN, Service, create

OTHER = "195009072553"


@dataclass(frozen=True)
class Target:
    """A service with a patient whom the caller sees, and one whom the caller does not."""

    service: Service
    hidden: str

    @property
    def http(self) -> httpx.AsyncClient:
        return self.service.http

    async def standing(self) -> int:
        rows = await tables.select(self.service.database_url, "SELECT count(*) AS n FROM current")
        return int(rows[0]["n"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def target(refusing: Service) -> AsyncIterator[Target]:
    await create(refusing.http, a_patient(TOLVAN))
    hidden = await create(refusing.as_("system-elsewhere"), a_patient(OTHER))
    yield Target(refusing, hidden["id"])
