"""What is done to the audit behind its triggers is found; the triggers are in the way. On both databases."""

import asyncio
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pk_api.fhir.problems import Problem
from pk_api.records.auditing.upkeep import earliest, prune
from pk_api.store import writing
from pk_api.store.anchors import Anchor, Anchors, read_anchors
from pk_api.store.database import Database, database
from pk_api.store.rows import to_micros
from pk_api.store.seal import Sealer
from pk_api.store.verifying import Verdict, verify
from tests.store.auditing import TABLES, WAYS, Kept, Way, a_row, filled, rechained, unprotected
from tests.support.tables import rows, run

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LONG_AGO = datetime(2015, 3, 2, tzinfo=UTC)
HOUR = 3600 * 1_000_000
REFUSED = (sqlite3.IntegrityError, asyncpg.RaiseError)


async def _verified(url: str, anchors: list[Anchor]) -> Verdict:
    db = database(url, size=1)
    await db.open()
    try:
        return await verify(db, anchors, now=to_micros(NOW))
    finally:
        await db.close()


async def test_an_audit_as_it_was_written_has_no_fault(db: Database) -> None:
    anchors = await filled(db)

    found = await verify(db, anchors, now=to_micros(NOW))

    assert (found.faults, found.rows, found.sequence, found.anchors) == ([], 40, 40, 5)


async def test_a_row_waits_for_its_seal_until_sealing_is_late(db: Database) -> None:
    now = to_micros(NOW)
    async with db.transaction() as tx:
        await writing.save_audit(tx, [a_row(1)], now=now)

    young = await verify(db, [], now=now)
    late = await verify(db, [], now=now + HOUR)

    assert (young.young, young.faults) == (1, [])
    assert [fault.what for fault in late.faults] == ["it has no seal"]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_what_the_owner_of_the_tables_does_is_found(db: Database, database_url: str, way: Way) -> None:
    anchors = await filled(db)
    await unprotected(database_url)

    await run(database_url, *way.statements(database_url, 13, 5))

    assert (await verify(db, anchors, now=to_micros(NOW))).faults


async def test_a_chain_made_anew_is_found_by_its_anchors_alone(db: Database, database_url: str) -> None:
    anchors = await filled(db)
    await unprotected(database_url)

    await rechained(database_url, "UPDATE audit SET actor = 'another' WHERE actor = 'SE1-2'")

    assert (await verify(db, [], now=to_micros(NOW))).faults == []
    assert (await verify(db, anchors, now=to_micros(NOW))).faults


async def test_a_row_put_in_later_is_found_though_the_sealer_took_it(db: Database, database_url: str) -> None:
    anchors = await filled(db, lots=12)
    (way,) = [way for way in WAYS if way.name == "a row is put in"]
    await run(database_url, *way.statements(database_url, 3, 1))

    await Sealer(db).seal()

    found = await verify(db, anchors, now=to_micros(NOW))
    assert ["put in later" in fault.what for fault in found.faults] == [True]


@pytest.fixture(scope="module")
def intact(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Anchor]]:
    """A SQLite file with an audit, its triggers dropped, and the anchors."""
    path = tmp_path_factory.mktemp("audit") / "pk.db"
    shutil.copy(sqlite_template, path)

    async def fill() -> list[Anchor]:
        db = database(f"sqlite:///{path}")
        await db.open()
        anchors = await filled(db)
        await db.close()
        await unprotected(f"sqlite:///{path}")
        return anchors

    return path, asyncio.run(fill())


@settings(max_examples=60)
@given(
    done=st.lists(
        st.tuples(st.sampled_from(WAYS), st.integers(1, 40), st.integers(0, 10_000)), min_size=1, max_size=3
    )
)
def test_any_tampering_is_found(
    intact: tuple[Path, list[Anchor]],
    tmp_path_factory: pytest.TempPathFactory,
    done: list[tuple[Way, int, int]],
) -> None:
    path, anchors = intact
    copied = path.with_name("copied.db")
    shutil.copy(path, copied)
    url = f"sqlite:///{copied}"

    async def tamper() -> tuple[bool, Verdict]:
        before = [await rows(url, table) for table in TABLES]
        for way, place, more in done:
            try:
                await run(url, *way.statements(url, place, more))
            except sqlite3.IntegrityError:
                continue  # what an earlier way left leaves no room for this one
        after = [await rows(url, table) for table in TABLES]
        return before != after, await _verified(url, anchors)

    is_changed, found = asyncio.run(tamper())

    assert bool(found.faults) == is_changed


@pytest.mark.parametrize(
    "statement",
    [
        *("UPDATE audit SET rule = 'x'", "DELETE FROM audit"),
        *("UPDATE seal SET hash = 'x'", "DELETE FROM seal", "DELETE FROM seal WHERE chain = 'outbox'"),
        *("UPDATE audit_cut SET hash = 'x'", "DELETE FROM audit_cut"),
    ],
)
async def test_the_database_lets_nothing_be_changed_or_deleted(
    db: Database, database_url: str, statement: str
) -> None:
    await filled(db, start=to_micros(LONG_AGO))
    await prune(db, Kept(), before=datetime(2015, 3, 2, 0, 3, tzinfo=UTC), years=5, now=NOW)
    await run(database_url, "INSERT INTO seal VALUES ('outbox', 1, 1, 'x', 1)")
    before = [await rows(database_url, table) for table in TABLES]

    with pytest.raises(REFUSED):
        await run(database_url, statement)

    assert all(before)
    assert [await rows(database_url, table) for table in TABLES] == before


async def test_what_is_cut_off_after_its_time_leaves_an_audit_that_is_whole(
    db: Database, database_url: str
) -> None:
    anchors = Kept()
    anchors.found = await filled(db, start=to_micros(LONG_AGO))

    gone = await prune(db, anchors, before=datetime(2015, 3, 2, 0, 3, tzinfo=UTC), years=5, now=NOW)
    await Sealer(db, clock=lambda: to_micros(NOW)).seal()

    found = await verify(db, anchors.found, now=to_micros(NOW))
    kept = await rows(database_url, "audit")
    assert (gone, found.faults, found.rows) == (24, [], 17)
    assert [row["detail"] for row in kept if row["interaction"] == "audit-prune"] == [
        "24 rows up to 24, before 2015-03-02"
    ]


async def test_the_audit_goes_on_after_all_of_it_was_cut_off(db: Database) -> None:
    anchors = Kept()
    anchors.found = await filled(db, start=to_micros(LONG_AGO))

    await prune(db, anchors, before=datetime(2016, 3, 2, tzinfo=UTC), years=5, now=NOW)
    await Sealer(db, clock=lambda: to_micros(NOW)).seal()

    found = await verify(db, anchors.found, now=to_micros(NOW))
    assert (found.faults, found.rows, found.sequence) == ([], 1, 41)


async def test_nothing_is_removed_before_its_time(db: Database, database_url: str) -> None:
    await filled(db)

    with pytest.raises(Problem) as refusal:
        await prune(db, Kept(), before=datetime(2021, 3, 3, tzinfo=UTC), years=5, now=NOW)

    assert refusal.value.kind == "business-rule"
    assert len(await rows(database_url, "audit")) == 40


async def test_the_database_itself_refuses_a_cut_before_its_time(db: Database, database_url: str) -> None:
    await filled(db)

    with pytest.raises(REFUSED):
        await prune(
            db,
            Kept(),
            before=datetime(2026, 1, 1, tzinfo=UTC),
            years=5,
            now=datetime(2036, 1, 1, tzinfo=UTC),
        )

    assert len(await rows(database_url, "audit")) == 40


def test_five_years_are_kept_to_the_day() -> None:
    assert earliest(NOW, 5) == datetime(2021, 3, 2, tzinfo=UTC)
    assert earliest(datetime(2028, 2, 29, tzinfo=UTC), 5) == datetime(2023, 3, 1, tzinfo=UTC)


async def test_anchors_are_read_back_from_a_file_and_from_a_log(tmp_path: Path) -> None:
    path = tmp_path / "further" / "anchors.jsonl"
    anchors = [Anchor(3, "2:a", 5), Anchor(9, "2:b", 7)]
    for anchor in (*anchors, anchors[-1]):
        await Anchors(path).leave(anchor)
    path.write_text(path.read_text() + 'not JSON\n{"event": "something else"}\n')

    assert read_anchors([path]) == (*anchors, anchors[-1])
