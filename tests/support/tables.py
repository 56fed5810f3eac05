"""The tables as they are, read beside the service: for what no caller may see."""

import sqlite3
from contextlib import closing
from typing import Any

import asyncpg

Row = dict[str, Any]


async def select(url: str, statement: str) -> list[Row]:
    """Return all rows of a statement, on either database, over a connection of its own."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(statement)]
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    try:
        return [dict(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def run(url: str, *statements: str) -> None:
    """Run statements on either database, over a connection of its own."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def rows(url: str, table: str) -> list[Row]:
    """Return all rows of a table."""
    return await select(url, f'SELECT * FROM "{table}"')  # noqa: S608  # the names stand in tests


async def stored(url: str) -> dict[str, int]:
    """Return how much is stored of what a write makes: a refusal must leave it as it was."""
    counted = ("version", "current", "outbox", "contract", "member", "patient", "chosen_id", "idempotency")
    out = {}
    for table in (*counted, "identity", "lookup", "span", "reference", "team", "affiliation"):
        found = await select(url, f'SELECT count(*) AS n FROM "{table}"')  # noqa: S608  # as above
        out[table] = int(found[0]["n"])
    return out
