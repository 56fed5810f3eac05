"""Every row of access under an emergency opening is marked, and no other. On both databases."""

import pytest

from pk_api.records.auditing.words import is_emergency
from pk_api.records.records import Records
from tests.rules.people import GP, NURSING, WARD, for_an_hour, staff, world
from tests.support.tables import rows

PAST = {"start": "2020-01-01", "end": "2020-02-01"}


async def _marked(url: str) -> set[tuple[str, str | None]]:
    """Return outcome and unit of the rows of staff that are marked."""
    told = [row for row in await rows(url, "audit") if row["actor_kind"] == "staff"]
    return {(row["outcome"], row["unit"]) for row in told if is_emergency(row["rule"])}


async def test_reading_under_an_opening_is_marked_and_reading_without_is_not(
    records: Records, database_url: str
) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await here.says("emergency", GP, period=for_an_hour())

    for unit in (GP, NURSING, WARD):
        await here.sees(staff(unit), note)

    assert await _marked(database_url) == {("allowed", staff(GP).unit)}


@pytest.mark.parametrize("period", [None, PAST])
async def test_without_an_opening_in_force_nothing_is_marked(
    records: Records, database_url: str, period: dict | None
) -> None:
    here = await world(records)
    note = await here.note(WARD)
    if period:
        await here.says("emergency", GP, period=period)

    await here.sees(staff(GP), note)

    assert await _marked(database_url) == set()
