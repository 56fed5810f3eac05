"""The database of a URL. Figures of both: docs/decisions/0003-storage.md.

Nothing waits for a database without an end: what cannot be reached, is busy for long or takes too long is
Problem `unavailable`.
"""

from urllib.parse import urlsplit

from pk_api.store.postgres import PostgresDatabase
from pk_api.store.sqlite import SqliteDatabase
from pk_api.store.statements import Clash, Database, Retry, Statement, Transaction

__all__ = [
    "Clash",
    "Database",
    "PostgresDatabase",
    "Retry",
    "SqliteDatabase",
    "Statement",
    "Transaction",
    "database",
]


def database(url: str, *, size: int = 10, seconds: float = 30) -> PostgresDatabase | SqliteDatabase:
    """Return the database of a URL: `sqlite:///path` or `postgresql[+asyncpg]://…`.

    `size`: connections to PostgreSQL; `seconds`: the longest that one statement may take.
    """
    if url.startswith("sqlite:///"):
        return SqliteDatabase(url.removeprefix("sqlite:///"), seconds=seconds)
    if urlsplit(url).scheme in {"postgresql", "postgresql+asyncpg"}:
        return PostgresDatabase(url, size=size, seconds=seconds)
    raise ValueError("PK_DATABASE_URL must be sqlite:///path or postgresql+asyncpg://user@host/name")
