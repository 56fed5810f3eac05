"""The migrations make the tables that the code names, on both databases, and go back and forth."""

import asyncio
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from pk_api.store.audit_tables import METADATA
from pk_api.store.migrate import folder, upgrade


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, METADATA))


def _compared(url: str) -> list[Any]:
    if url.startswith("sqlite"):
        engine = create_engine(url)
        with engine.connect() as connection:
            found = _differences(connection)
        engine.dispose()
        return found
    return asyncio.run(_compared_on_postgres(url.replace("postgresql://", "postgresql+asyncpg://", 1)))


async def _compared_on_postgres(url: str) -> list[Any]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.run_sync(_differences)
    await engine.dispose()
    return found


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder()))
    config.attributes["url"] = url
    return config


def test_migrations_make_the_tables_of_the_code(database_url: str) -> None:
    upgrade(database_url)

    assert _compared(database_url) == []


def test_every_migration_can_be_taken_back_and_made_again(database_url: str) -> None:
    command.downgrade(_config(database_url), "base")
    upgrade(database_url)

    assert _compared(database_url) == []


def test_migrations_are_one_line_without_branches() -> None:
    script = ScriptDirectory(str(folder()))

    assert len(script.get_heads()) == 1
    assert [r.revision for r in script.walk_revisions() if r.is_branch_point or r.is_merge_point] == []
