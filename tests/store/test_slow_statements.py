"""A statement that takes too long is given up and told as 503; nothing is half done."""

import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, insert, literal, select

from pk_api.fhir.problems import Problem
from pk_api.store.database import Database, Statement, database
from pk_api.store.tables import PATIENT

_NUMBERS = select(literal(1).label("n")).cte(recursive=True)
_MANY = _NUMBERS.union_all(select(_NUMBERS.c.n + 1).where(_NUMBERS.c.n < 2_000_000_000))
ENDLESS = Statement(lambda _: select(func.count()).select_from(_MANY))
COUNTED = Statement(lambda _: select(func.count().label("n")).select_from(PATIENT))
MADE = Statement(lambda _: insert(PATIENT).values(patient_key="p", created=1))


@pytest.fixture
async def hasty(database_url: str) -> AsyncIterator[Database]:
    """A database that waits 0.3 seconds for a statement."""
    opened = database(database_url, seconds=0.3)
    await opened.open()
    yield opened
    await opened.close()


async def test_a_read_that_takes_too_long_is_given_up_once(hasty: Database) -> None:
    started = time.monotonic()

    with pytest.raises(Problem) as told:
        await hasty.fetch(ENDLESS, {})

    assert told.value.kind == "unavailable"
    assert time.monotonic() - started < 2
    assert (await hasty.fetch(COUNTED, {}))[0]["n"] == 0


async def write_endlessly(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.fetch(MADE, {})
        await tx.fetch(ENDLESS, {})


async def test_a_transaction_that_takes_too_long_leaves_nothing(hasty: Database) -> None:
    with pytest.raises(Problem) as told:
        await write_endlessly(hasty)

    assert told.value.kind == "unavailable"
    assert (await hasty.fetch(COUNTED, {}))[0]["n"] == 0
    async with hasty.transaction() as tx:
        await tx.fetch(MADE, {})
    assert (await hasty.fetch(COUNTED, {}))[0]["n"] == 1
