"""Exports while others write: each is as of its moment, and one after the other they miss nothing."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.interactions.operations.exporting import begun, exported, finished, lines, references
from tests.support import postgres
from tests.support.resources import a_goal, a_patient
from tests.support.service import TOLVAN, Service, create, delete, pages, put, resources_of, served


class Writers:
    """Tasks that create, change and delete goals of one patient, each its own, until they are stopped."""

    def __init__(self, http: httpx.AsyncClient, patient: str, seed: int) -> None:
        self._http = http
        self._patient = patient
        self._rng = random.Random(seed)  # noqa: S311  # the seed is told when it fails
        self.stopped = False
        self.written = 0

    async def write(self) -> None:
        own: list[dict[str, Any]] = []
        while not self.stopped:
            dice = self._rng.random()
            if dice < 0.4 or not own:
                own.append(await create(self._http, a_goal(self._patient)))
            elif dice < 0.8:
                n = self._rng.randrange(len(own))
                told = await put(self._http, own[n] | {"description": {"text": f"Mål {self.written}"}})
                own[n] = told.json()
            else:
                assert (await delete(self._http, own.pop(self._rng.randrange(len(own))))).status_code == 204
            self.written += 1


async def the_present(http: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    found = resources_of(await pages(http, "/fhir/Goal?_count=500"))
    return {f"Goal/{one['id']}": one for one in found}


@pytest.mark.parametrize("rounds", [4, pytest.param(15, marks=pytest.mark.slow)])
async def test_exports_since_the_last_one_miss_nothing_while_others_write(
    service: Service, rounds: int
) -> None:
    rules = service.records._exports
    service.records._exports = replace(rules, skew=timedelta(0), most_kept=1_000)
    patient = f"Patient/{(await create(service.http, a_patient(TOLVAN)))['id']}"
    seed = random.randrange(2**32)  # noqa: S311  # another run every time
    writers = Writers(service.http, patient, seed)
    working = [asyncio.create_task(writers.write()) for _ in range(8)]
    copy: dict[str, dict[str, Any]] = {}
    since: dict[str, str] = {}

    for n in range(rounds + 1):
        if n == rounds:
            writers.stopped = True
            await asyncio.gather(*working)
        manifest = await exported(service.http, "Patient/$export", _type="Goal", **since)
        found = await lines(service.http, manifest)
        moment = datetime.fromisoformat(manifest["transactionTime"])
        assert all(datetime.fromisoformat(one["meta"]["lastUpdated"]) <= moment for one in found)
        gone = [
            e["request"]["url"] for b in await lines(service.http, manifest, "deleted") for e in b["entry"]
        ]
        copy |= {f"Goal/{one['id']}": one for one in found}
        copy = {name: one for name, one in copy.items() if name not in gone}
        assert not references(found) & set(gone)
        since = {"_since": manifest["transactionTime"]}

    assert copy == await the_present(service.http), f"seed {seed}"
    assert writers.written > 20


async def test_what_changes_while_it_is_written_is_exported_as_it_was(service: Service) -> None:
    patient = f"Patient/{(await create(service.http, a_patient(TOLVAN)))['id']}"
    goals = [await create(service.http, a_goal(patient)) for _ in range(3)]
    for goal in goals:
        assert (await put(service.http, goal | {"description": {"text": "Andra"}})).status_code == 200
    seed = random.randrange(2**32)  # noqa: S311  # another run every time
    writers = Writers(service.http, patient, seed)
    working = [asyncio.create_task(writers.write()) for _ in range(4)]

    manifest = await exported(service.http, "Patient/$export", _type="Goal")
    for goal in goals:
        await delete(service.http, goal)
    writers.stopped = True
    await asyncio.gather(*working)

    found = {one["id"]: one for one in await lines(service.http, manifest)}
    for goal in goals:
        assert found[goal["id"]]["meta"]["versionId"] == "2", f"seed {seed}"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    url = postgres.new_database(postgres_server, template=postgres_template.rpartition("/")[2])
    yield url
    postgres.drop_database(url)


async def test_an_export_waits_for_who_was_writing_before_its_moment(
    postgres_url: str, tmp_path: Path
) -> None:
    async with served(postgres_url, tmp_path) as service:
        patient = f"Patient/{(await create(service.http, a_patient(TOLVAN)))['id']}"
        goal = await create(service.http, a_goal(patient))
        writer = await asyncpg.connect(postgres_url)
        writing = writer.transaction()
        await writing.start()
        await writer.execute("SELECT 1 FROM patient ORDER BY patient_key FOR UPDATE")
        await writer.execute("UPDATE version SET body = replace(body, 'affären', 'torget')")

        place = await begun(service.http, "Patient/$export", _type="Goal")
        await asyncio.sleep(1)
        meanwhile = (await service.http.get(place)).status_code
        await writing.commit()
        await writer.close()
        manifest = (await finished(service.http, place)).json()

        (found,) = await lines(service.http, manifest)
        assert meanwhile == 202
        assert (found["id"], "torget" in str(found["description"])) == (goal["id"], True)
