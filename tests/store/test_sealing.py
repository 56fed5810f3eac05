"""The sealer chains every audit and outbox row, once, whatever commits late. On both databases."""

import asyncio
from typing import Any

from sqlalchemy import select

from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store.chain import row_hash
from pk_api.store.database import Database, Statement
from pk_api.store.seal import CHAINS, Sealer
from pk_api.store.tables import AUDIT, OUTBOX, SEAL, given
from tests.support.actors import HOSPITAL, SYSTEM_HOSPITAL, TOLVAN
from tests.support.resources import a_patient, a_task, opened

_SEALS = Statement(lambda _: select(SEAL).order_by(SEAL.c.chain, SEAL.c.sequence))


def _all(name: str) -> Statement:
    table = CHAINS[name]
    return Statement(lambda d: select(d.number(table).label("number"), *given(table)))


async def _assert_chain(db: Database, name: str) -> list[Any]:
    rows = {r["number"]: dict(r) for r in await db.fetch(_all(name), {})}
    seals = [r for r in await db.fetch(_SEALS, {}) if r["chain"] == name]
    assert [s["sequence"] for s in seals] == list(range(1, len(seals) + 1))
    assert sorted(s["n"] for s in seals) == sorted(rows)
    link = ""
    for seal in seals:
        link = row_hash(link, rows[seal["n"]])
        assert link == seal["hash"]
    return [rows[s["n"]] for s in seals]


async def test_every_row_is_sealed_once_in_one_chain(db: Database, records: Records) -> None:
    await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])
    sealer = Sealer(db)

    first = await sealer.seal()
    again = await sealer.seal()

    assert first == len(await db.fetch(_all("audit"), {})) + len(await db.fetch(_all("outbox"), {}))
    assert again == 0
    for name in CHAINS:
        await _assert_chain(db, name)


async def test_two_sealers_and_a_new_one_after_a_restart_leave_one_chain(
    db: Database, records: Records
) -> None:
    contract = await opened(records, team=[HOSPITAL])
    sealers = [Sealer(db), Sealer(db)]

    for _ in range(5):
        await records.write(SYSTEM_HOSPITAL, [Write("create", "Task", a_task(contract))])
        await asyncio.gather(*(s.seal() for s in sealers), return_exceptions=True)
    await Sealer(db).seal()

    for name in CHAINS:
        await _assert_chain(db, name)


async def test_the_feed_has_each_contracts_revisions_in_order(db: Database, records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    sealer = Sealer(db)

    async def write() -> None:
        await records.write(SYSTEM_HOSPITAL, [Write("create", "Task", a_task(contract))])
        await sealer.seal()

    await asyncio.gather(*(write() for _ in range(25)), return_exceptions=True)
    await Sealer(db).seal()

    feed = await _assert_chain(db, "outbox")
    revisions = [r["revision"] for r in feed if r["contract_id"] == contract.plan.id]
    assert revisions == sorted(revisions)
    assert set(revisions) == set(range(1, max(revisions) + 1))


async def test_the_hash_changes_with_any_column(db: Database, records: Records) -> None:
    await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])
    row = dict((await db.fetch(_all("audit"), {}))[0])

    hashes = {row_hash("", row)} | {row_hash("", row | {name: "changed"}) for name in row}

    assert len(hashes) == len(row) + 1
    assert {t.name for t in CHAINS.values()} == {AUDIT.name, OUTBOX.name}
