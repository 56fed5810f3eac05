"""Reads of many callers in one statement: each gets its own, in its own order, and bears its own faults."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import BigInteger, Integer, Text, bindparam, func, select

from pk_api.store.database import Database, Statement
from pk_api.store.gathering import gathered


def given(name: str, type_: Any) -> Any:
    return bindparam(name, type_=type_)


TOLD = Statement(
    lambda _: select(func.statement_timestamp().label("at"), given("name", Text).label("name")),
    is_gathered=True,
)
DIVIDED = Statement(lambda _: select((100 / given("by", Integer)).label("out")), is_gathered=True)


def _steps() -> Statement:
    low, high, limit = given("low", BigInteger), given("high", BigInteger), given("limit", Integer)
    steps = func.generate_series(low, high).table_valued("n").render_derived()
    mixed = func.md5(steps.c.n.cast(Text).concat(given("salt", Text)))
    return Statement(
        lambda _: select(steps.c.n, given("salt", Text).label("salt")).order_by(mixed.desc()).limit(limit),
        is_gathered=True,
    )


STEPS = _steps()


@pytest.fixture
def postgresql(db: Database) -> Database:
    if db.dialect.name != "postgresql":
        pytest.skip("SQLite has no way to the database to spare")
    return db


async def test_what_is_asked_in_one_turn_is_one_statement(postgresql: Database) -> None:
    names = [f"caller {n}" for n in range(20)]

    together = await asyncio.gather(*(postgresql.fetch(TOLD, {"name": name}) for name in names))
    alone = [await postgresql.fetch(TOLD, {"name": name}) for name in names]

    assert [rows[0]["name"] for rows in together] == names
    assert len({rows[0]["at"] for rows in together}) == 1
    assert len({rows[0]["at"] for rows in alone}) == len(names)


async def test_each_caller_gets_what_it_alone_would_in_the_same_order(postgresql: Database) -> None:
    lows = [n * 7_919_000_000 % 1_000_003 for n in range(100)]
    asked = [{"low": n, "high": n + n % 41 - 1, "limit": n % 31, "salt": f"s{n}"} for n in lows]

    together = await asyncio.gather(*(postgresql.fetch(STEPS, each) for each in asked))

    def told(rows: Sequence[Any]) -> list[tuple[int, str]]:
        return [(row["n"], row["salt"]) for row in rows]

    for rows, each in zip(together, asked, strict=True):
        assert told(rows) == told(await postgresql.fetch(STEPS, each))
    assert {len(rows) for rows in together} > {0, 1}


async def test_the_fault_of_one_is_no_other_callers(postgresql: Database) -> None:
    outcomes = await asyncio.gather(
        *(postgresql.fetch(DIVIDED, {"by": by}) for by in (1, 0, 4, 0)), return_exceptions=True
    )

    assert [None if isinstance(one, BaseException) else one[0]["out"] for one in outcomes] == [
        100,
        None,
        25,
        None,
    ]


async def test_who_goes_away_keeps_nobody_from_an_answer(postgresql: Database) -> None:
    waiting = [asyncio.ensure_future(postgresql.fetch(TOLD, {"name": str(n)})) for n in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()

    told = await asyncio.gather(*waiting, return_exceptions=True)

    assert [isinstance(one, BaseException) or one[0]["name"] for one in told] == ["0", True, "2"]


def test_every_parameter_becomes_a_column_of_its_own() -> None:
    sql = gathered("SELECT $1::VARCHAR, $2::BIGINT FROM a WHERE b = $1::VARCHAR LIMIT $3::INTEGER")

    assert sql == (
        "SELECT found.*, asked.asked_by FROM unnest($1::text[], $2::bigint[], $3::integer[]) WITH ORDINALITY"
        " AS asked(p1, p2, p3, asked_by) CROSS JOIN LATERAL"
        " (SELECT asked.p1, asked.p2 FROM a WHERE b = asked.p1 LIMIT asked.p3) AS found"
    )
