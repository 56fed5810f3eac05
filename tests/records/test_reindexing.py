"""Index rows made anew: they are those that the writing made, also while others write. On both databases."""

import asyncio
from typing import Any

from pk_api.fhir.search.index_values import index_of
from pk_api.fhir.values import parse
from pk_api.records.records import Records
from pk_api.records.reindexing import reindex
from pk_api.records.values import Write
from tests.support import tables
from tests.support.actors import HOSPITAL, SYSTEM_HOSPITAL
from tests.support.resources import a_goal, a_task, opened
from tests.support.service import BASE


async def _index(url: str) -> list[Any]:
    parts = ("patient_key, type, id, ix, sort_date FROM current", "* FROM lookup", "* FROM span")
    found = [await tables.select(url, f"SELECT {part} ORDER BY 1, 2, 3, 4") for part in parts]
    return [sorted(map(str, rows)) for rows in found]


async def test_the_index_is_made_anew_as_writing_makes_it(
    records: Records, db: Any, database_url: str
) -> None:
    contract = await opened(records, team=[HOSPITAL])
    await records.write(SYSTEM_HOSPITAL, [Write("create", "Task", a_task(contract))])
    written = await _index(database_url)
    await tables.run(
        database_url, "UPDATE current SET ix = '', sort_date = 7", "DELETE FROM span", "DELETE FROM lookup"
    )

    count = await reindex(db, base_url=f"{BASE}/fhir")

    assert await _index(database_url) == written
    assert count == len(written[0])


async def test_the_index_is_right_when_others_write_meanwhile(
    records: Records, db: Any, database_url: str
) -> None:
    contract = await opened(records, team=[HOSPITAL])
    goal = a_goal(contract.patient.reference)
    (first,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Goal", goal)])

    async def change(n: int) -> None:
        changed = goal | {"startDate": f"2026-01-{n + 1:02}", "id": first.id}
        await records.write(SYSTEM_HOSPITAL, [Write("update", "Goal", changed, first.id)])

    await asyncio.gather(
        *(change(n) for n in range(20)), *(reindex(db, base_url=f"{BASE}/fhir") for _ in range(3))
    )

    (row,) = await tables.select(database_url, "SELECT * FROM current WHERE type = 'Goal'")
    spans = await tables.select(database_url, "SELECT low FROM span WHERE type = 'Goal'")
    stored = await records.read(SYSTEM_HOSPITAL, "Goal", first.id)
    index = index_of(parse(stored.body), base_url=f"{BASE}/fhir")
    assert row["ix"] == index.ix
    assert [one["low"] for one in spans] == [one.low for one in index.spans]
