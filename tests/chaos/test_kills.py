"""The server is killed at random moments while many write: nothing acknowledged is lost, nothing is half."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.chaos.writers import Ledger, Writer
from tests.support.invariants import broken, unsealed
from tests.support.server import Server, serving
from tests.support.service import HOSPITAL, REGION, create
from tests.support.tables import select

WRITERS = 8


async def register_the_region(server: Server) -> None:
    async with server.client(HOSPITAL) as http:
        await create(http, REGION)


async def write_until_killed(server: Server, ledger: Ledger, rng: random.Random) -> None:
    """Let the writers work, and kill the server at a random moment."""
    async with server.client(HOSPITAL) as http:
        stop = asyncio.Event()
        writers = [Writer(http, ledger, random.Random(rng.random())) for _ in range(WRITERS)]  # noqa: S311
        working = [asyncio.create_task(writer.run(stop)) for writer in writers]
        await asyncio.sleep(rng.uniform(0.15, 1.5))
        server.kill()
        stop.set()
        await asyncio.gather(*working)


async def lost(http: httpx.AsyncClient, url: str, ledger: Ledger) -> list[str]:
    """Return what was acknowledged and is not there, or is half there."""
    stored = await select(url, "SELECT type, id, version, body FROM version")
    texts = {(f"{v['type']}/{v['id']}", v["version"]): v["body"] for v in stored}
    out = [f"{at} is gone" for at in ledger.acknowledged if at not in texts]
    out += [f"{at} is another" for at, text in ledger.acknowledged.items() if text not in texts.get(at, text)]
    newest = list(ledger.acknowledged)[-20:]
    for reference, version in newest:
        answer = await http.get(f"/fhir/{reference}/_history/{version}")
        if answer.status_code != 200 or ledger.acknowledged[reference, version] not in answer.text:
            out.append(f"{reference} version {version} cannot be read")
    tags = Counter(tag for body in texts.values() for tag in _tags_in(body) if tag in ledger.transactions)
    for tag, is_acknowledged in ledger.transactions.items():
        if tags[tag] not in ((3,) if is_acknowledged else (0, 3)):
            out.append(f"a transaction of three has {tags[tag]}")
    return out


def _tags_in(body: str) -> list[str]:
    """The tags in a body: texts of the length of a UUID."""
    return [text for text in body.split('"') if len(text) == 36 and text.count("-") == 4]


async def answered_otherwise(http: httpx.AsyncClient, ledger: Ledger) -> list[str]:
    """Send keyed requests again: the answer is that of the first time, also to those it never reached."""
    out = []
    unanswered = [key for key, (_, _, made) in ledger.keyed.items() if made is None]
    for key in dict.fromkeys([*unanswered, *list(ledger.keyed)[-60:]]):
        address, body, made = ledger.keyed[key]
        ids = []
        for _ in range(2):
            answer = await http.post(address, json=body, headers={"Idempotency-Key": key})
            ids.append(answer.json().get("id") if answer.status_code == 201 else answer.text)
        if len({*ids, made or ids[0]}) != 1:
            out.append(f"{address}: first {made}, then {ids}")
    return out


async def doubled(url: str, ledger: Ledger) -> list[str]:
    """Return keyed requests whose effect is there more than once."""
    bodies = await select(url, "SELECT body FROM version WHERE type = 'Goal' AND version = 1")
    texts = Counter(tag for row in bodies for tag in _tags_in(row["body"]))
    wanted = [body["text"] for _, body, _ in ledger.keyed.values() if "text" in body]
    return [f"{text} is there {texts[text]} times" for text in wanted if texts[text] != 1]


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
async def test_a_killed_server_keeps_what_it_acknowledged(
    durable_url: str, tmp_path: Path, kills: int
) -> None:
    rng = random.Random()  # noqa: S311  # another run every time: the seed is told when it fails
    seed = rng.randrange(2**32)
    rng.seed(seed)
    ledger, faults = Ledger(), []
    with serving(durable_url, tmp_path, start=False) as server:
        server.start()
        await register_the_region(server)

        for _ in range(kills):
            await write_until_killed(server, ledger, rng)
            faults += await broken(durable_url, server.base)
            server.start()
            async with server.client(HOSPITAL) as http:
                faults += await lost(http, durable_url, ledger)
            assert faults == [], f"seed {seed}"

        async with server.client(HOSPITAL) as http:
            faults += await answered_otherwise(http, ledger)
        faults += await doubled(durable_url, ledger)
        faults += await unsealed(durable_url)
        server.stop()

    faults += await broken(durable_url, server.base)
    assert faults == [], f"seed {seed}"
    assert ledger.refusals == []
    assert len(ledger.acknowledged) > 10 * kills
    assert any(ledger.transactions.values())
    assert any(made for _, _, made in ledger.keyed.values())
