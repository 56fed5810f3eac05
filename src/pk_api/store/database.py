"""Connections and transactions: Core statements, compiled once, executed on the driver beneath.

PostgreSQL is spoken to by asyncpg, SQLite by the standard library inside the event loop (its calls take
microseconds; a thread would cost more). Figures: docs/decisions/0003-storage.md. A database that cannot be
reached, or that is busy for long, is Problem `unavailable`; nothing waits for it without an end.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy import Executable, Table

from pk_api.fhir.problems import Problem
from pk_api.store.dialect import Dialect, Postgres, Row, Sqlite, entry_has
from pk_api.store.tables import given

_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 30
_BUSY_SECONDS = 10
_BUSY_PAUSE = 0.02
_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
)
"""What asyncpg raises when the server is away, going or starting, or answers no more."""


def _is_lost(error: BaseException) -> bool:
    """Whether the connection is gone; asyncpg tells one that it has closed itself by its text alone."""
    is_closed = type(error) is asyncpg.InterfaceError and "closed" in str(error)
    return is_closed or isinstance(error, _LOST)


def _unavailable() -> Problem:
    return Problem("unavailable", "The database cannot be reached at the moment; try again.")


@contextmanager
def _reaching() -> Iterator[None]:
    """Tell a lost connection as Problem `unavailable`."""
    try:
        yield
    except Exception as error:
        if not _is_lost(error):
            raise
        raise _unavailable() from error


class Statement:
    """A Core statement whose text is made once for each dialect."""

    __slots__ = ("_build", "_compiled")

    def __init__(self, build: Callable[[Dialect], Executable]) -> None:
        self._build = build
        self._compiled: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {}

    def text(self, dialect: Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        """Return SQL, the order of its parameters and the values that are fixed."""
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled = dialect.compile(self._build(dialect))
            fixed = {k: v for k, v in compiled.params.items() if v is not None}
            order = tuple(compiled.positiontup or compiled.params)
            found = self._compiled[dialect.name] = (str(compiled), order, fixed)
        return found


class Clash(Exception):
    """A unique key of this table is taken."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


class Retry(Exception):
    """The database gave up this transaction for another's sake; the same again may succeed."""


class Transaction(Protocol):
    """What can be done inside a transaction, or on a connection for reading."""

    dialect: Dialect

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return all rows."""

    async def insert(self, rows: Mapping[Table, Sequence[Row]], *, replace: Sequence[Table] = ()) -> None:
        """Insert rows of several tables; in `replace` they take the place of older ones. Raises Clash."""

    async def alone(self, name: str) -> bool:
        """Say whether this is the only transaction of that name until it ends."""

    async def await_turn(self, names: Collection[str]) -> None:
        """Wait until no other transaction holds any of the names, and hold them until this one ends."""


class Database(Protocol):
    """A database: reads on any connection, writes in a transaction."""

    dialect: Dialect

    async def open(self) -> None:
        """Connect."""

    async def close(self) -> None:
        """Disconnect."""

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return all rows of a read of its own."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Commit what the block does, or nothing. Raises Clash or Retry."""


_INSERTS: dict[tuple[str, tuple[tuple[str, bool], ...]], list[Statement]] = {}


def _as_made(statement: Executable, _: Dialect) -> Executable:
    return statement


def _inserts(dialect: Dialect, tables: Sequence[tuple[Table, bool]]) -> list[Statement]:
    key = (dialect.name, tuple((t.name, r) for t, r in tables))
    if key not in _INSERTS:
        made = dialect.inserts(tables)
        _INSERTS[key] = [Statement(partial(_as_made, s)) for s in made]
    return _INSERTS[key]


class PostgresTransaction:
    """A transaction on one asyncpg connection."""

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self._connection = connection
        self.dialect = dialect

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return all rows."""
        sql, order, fixed = statement.text(self.dialect)
        rows: Sequence[Any] = await self._connection.fetch(
            sql, *[values[n] if n in values else fixed[n] for n in order]
        )
        return rows

    async def insert(self, rows: Mapping[Table, Sequence[Row]], *, replace: Sequence[Table] = ()) -> None:
        """Insert rows of several tables in one round trip; in `replace` they take the place of older ones."""
        filled = [(table, table in replace) for table, some in rows.items() if some]
        if not filled:
            return
        values: dict[str, Any] = {}
        for table, _ in filled:
            values |= self.dialect.pack(table.name, len(given(table)), rows[table])
        for statement in _inserts(self.dialect, filled):
            await self.fetch(statement, values)

    async def alone(self, name: str) -> bool:
        """Say whether this is the only transaction of that name until it ends."""
        got: bool = await self._connection.fetchval("SELECT pg_try_advisory_xact_lock(hashtext($1))", name)
        return got

    async def await_turn(self, names: Collection[str]) -> None:
        """Wait for each in one order for all, so that none wait in a ring."""
        for name in sorted(names):
            await self._connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types
    """A connection that needs no reset: every statement of ours leaves it clean."""

    def get_reset_query(self) -> str:
        return ""


class PostgresDatabase:
    """A pool of asyncpg connections."""

    def __init__(self, url: str, *, size: int = 10) -> None:
        self.dialect: Dialect = Postgres()
        self._url = url.replace("postgresql+asyncpg://", "postgresql://", 1)
        self._size = size
        self._pool: Any = None

    async def open(self) -> None:
        """Connect."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=self._size,
            connection_class=_Connection,
            statement_cache_size=1000,
            max_inactive_connection_lifetime=0,
            timeout=_CONNECT_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            server_settings={
                "jit": "off",
                "application_name": "pk_api",
                "plan_cache_mode": "force_generic_plan",
            },
        )

    async def close(self) -> None:
        """Disconnect."""
        if self._pool is not None:
            await self._pool.close()

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return all rows of a read of its own."""
        sql, order, fixed = statement.text(self.dialect)
        asked = [values[n] if n in values else fixed[n] for n in order]
        with suppress(Problem), _reaching():
            return await self._fetch(sql, asked)
        with _reaching():  # a connection that was lost while it lay idle is found out by its next use
            return await self._fetch(sql, asked)

    async def _fetch(self, sql: str, asked: Sequence[Any]) -> Sequence[Any]:
        rows: Sequence[Any] = await self._pool.fetch(sql, *asked)
        return rows

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commit what the block does, or nothing. Raises Clash or Retry."""
        try:
            with _reaching():
                async with self._pool.acquire() as connection, connection.transaction():
                    yield PostgresTransaction(connection, self.dialect)
        except asyncpg.UniqueViolationError as error:
            raise Clash(str(error.table_name)) from error
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
            raise Retry from error


class SqliteTransaction:
    """A transaction on the writing connection."""

    def __init__(self, connection: sqlite3.Connection, dialect: Dialect) -> None:
        self._connection = connection
        self.dialect = dialect

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return all rows."""
        sql, _, fixed = statement.text(self.dialect)
        return self._connection.execute(sql, {**fixed, **values}).fetchall()

    async def insert(self, rows: Mapping[Table, Sequence[Row]], *, replace: Sequence[Table] = ()) -> None:
        """Insert rows of several tables; those of `replace` take the place of older ones."""
        for table, some in rows.items():
            names = [c.name for c in given(table)]
            for statement in _inserts(self.dialect, [(table, table in replace)]):
                sql, _, _ = statement.text(self.dialect)
                self._connection.executemany(sql, [dict(zip(names, row, strict=True)) for row in some])

    async def alone(self, name: str) -> bool:
        """Say yes: a writer is alone."""
        del name
        return True

    async def await_turn(self, names: Collection[str]) -> None:
        """Nobody to wait for: a writer is alone."""


class SqliteDatabase:
    """One connection for reading, one for writing; writers of this process queue up."""

    def __init__(self, path: str) -> None:
        self.dialect: Dialect = Sqlite()
        self._path = path
        self._lock = asyncio.Lock()
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, cached_statements=500, timeout=0.1)
        connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("entry_has", 3, entry_has, deterministic=True)
        return connection

    async def open(self) -> None:
        """Open the file (its folder must be there)."""
        Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        self._writer = self._connect()
        self._reader = self._connect()

    async def close(self) -> None:
        """Close the file."""
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return all rows of a read of its own."""
        if self._reader is None:
            raise RuntimeError("the database is not open")
        sql, _, fixed = statement.text(self.dialect)
        return (await _patiently(self._reader, sql, {**fixed, **values})).fetchall()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commit what the block does, or nothing. Raises Clash."""
        if self._writer is None:
            raise RuntimeError("the database is not open")
        async with self._lock:
            await _patiently(self._writer, "BEGIN IMMEDIATE", {})
            try:
                yield SqliteTransaction(self._writer, self.dialect)
                self._writer.execute("COMMIT")
            except BaseException as error:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                if isinstance(error, sqlite3.IntegrityError) and "UNIQUE" in str(error):
                    raise Clash(str(error).rpartition(": ")[2].partition(".")[0]) from error
                raise


async def _patiently(connection: sqlite3.Connection, sql: str, values: Mapping[str, Any]) -> sqlite3.Cursor:
    """Execute as soon as no other process keeps the file to itself; this one goes on meanwhile."""
    patience = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            return connection.execute(sql, values)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            if time.monotonic() > patience:
                raise _unavailable() from error
            await asyncio.sleep(_BUSY_PAUSE)


def database(url: str, *, size: int = 10) -> PostgresDatabase | SqliteDatabase:
    """Return the database of a URL: `sqlite:///path` or `postgresql[+asyncpg]://…`."""
    if url.startswith("sqlite:///"):
        return SqliteDatabase(url.removeprefix("sqlite:///"))
    if urlsplit(url).scheme in {"postgresql", "postgresql+asyncpg"}:
        return PostgresDatabase(url, size=size)
    raise ValueError("PK_DATABASE_URL must be sqlite:///path or postgresql+asyncpg://user@host/name")
