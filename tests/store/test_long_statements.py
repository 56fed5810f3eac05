"""A statement is planned once, however long it is: what is visible takes many words."""

import pytest
from sqlalchemy import func, literal_column, select, table

from pk_api.store.database import Database, Statement


async def test_a_long_statement_stays_prepared(db: Database) -> None:
    if db.dialect.name != "postgresql":
        pytest.skip("SQLite keeps statements by their number")
    long = Statement(lambda _: select(literal_column("'" + "x" * 20_000 + "'").label("told")))
    prepared = table("pg_prepared_statements")
    count = Statement(
        lambda _: (
            select(func.count().label("n"))
            .select_from(prepared)
            .where(func.length(literal_column("statement")) > 20_000)
        )
    )

    await db.fetch(long, {})

    assert (await db.fetch(count, {}))[0]["n"] == 1
