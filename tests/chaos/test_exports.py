"""Bulk exports outlive their workers: one that is killed is begun anew, and its files are whole."""

import asyncio
import json
import random
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.interactions.operations.exporting import begun, finished, lines, references
from tests.support.resources import a_goal, a_patient
from tests.support.server import Server, serving
from tests.support.service import HOSPITAL, TOLVAN, bundle, create, entry
from tests.support.tables import rows

GOALS = 2_000


async def many_goals(http: httpx.AsyncClient) -> None:
    patient = await create(http, a_patient(TOLVAN))
    for _ in range(GOALS // 1_000):
        goals = [entry("POST", "Goal", a_goal(f"Patient/{patient['id']}")) for _ in range(1_000)]
        assert (await bundle(http, "transaction", *goals)).status_code == 200


@pytest.mark.parametrize("kills", [2, pytest.param(15, marks=pytest.mark.slow)])
async def test_an_export_whose_worker_is_killed_is_written_whole_by_another(
    durable_url: str, tmp_path: Path, kills: int
) -> None:
    rng = random.Random()  # noqa: S311  # another run every time: the seed is told when it fails
    seed = rng.randrange(2**32)
    rng.seed(seed)
    begun_again = 0
    is_shared = durable_url.startswith("postgresql")
    with ExitStack() as stack:
        servers: list[Server] = [
            stack.enter_context(serving(durable_url, tmp_path, PK_EXPORT_LEASE="1"))
            for _ in range(2 if is_shared else 1)
        ]
        async with servers[0].client(HOSPITAL) as http:
            await many_goals(http)

        for _ in range(kills):
            async with servers[0].client(HOSPITAL) as http:
                place = await begun(http, "Patient/$export")
                await asyncio.sleep(rng.uniform(0.0, 0.5))
            servers[0].kill()
            if not is_shared:
                servers[0].start()
            async with servers[-1].client(HOSPITAL) as http:
                answer = await finished(http, urlsplit(place).path, patience=90)
                assert answer.status_code == 200, (seed, answer.text)
                found = await lines(http, answer.json())
                (kept,) = await rows(durable_url, "export")
                begun_again += kept["attempts"] > 1
                cancelled = await http.delete(urlsplit(place).path)
            assert len(references(found)) == GOALS + 1, f"seed {seed}"
            assert cancelled.status_code == 202
            if is_shared:
                servers[0].start()

        assert await rows(durable_url, "export") == []
        assert await rows(durable_url, "export_file") == []
        assert begun_again or kills < 15
        assert all(json.loads(line) for line in servers[0].log.read_text().splitlines() if line[:1] == "{")


async def test_a_worker_that_is_stopped_leaves_its_export_to_others_at_once(
    durable_url: str, tmp_path: Path
) -> None:
    with serving(durable_url, tmp_path, PK_EXPORT_LEASE="600") as server:
        async with server.client(HOSPITAL) as http:
            await many_goals(http)
            place = await begun(http, "Patient/$export")
            await asyncio.sleep(0.2)
        server.stop()
        server.start()

        async with server.client(HOSPITAL) as http:
            answer = await finished(http, urlsplit(place).path, patience=60)
            found = await lines(http, answer.json())

    assert len(references(found)) == GOALS + 1
