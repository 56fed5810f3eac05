"""Migrations of SQLite and PostgreSQL; the address comes from the caller (`pk-api migrate`)."""

import asyncio

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from pk_api.store.audit_tables import METADATA


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


async def _postgres(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


def _migrate() -> None:
    url = context.config.attributes["url"]
    if url.startswith("sqlite"):
        engine = create_engine(url)
        with engine.connect() as connection:
            _run(connection)
        engine.dispose()
        return
    asyncio.run(_postgres(url.replace("postgresql://", "postgresql+asyncpg://", 1)))


_migrate()
