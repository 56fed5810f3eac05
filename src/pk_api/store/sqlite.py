"""SQLite by the standard library in the event loop: its calls take microseconds; a thread would cost more.

A file that another process keeps for long, or a statement that takes too long, is Problem `unavailable`.
"""

import asyncio
import math
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from pk_api.store.dialect import Dialect, Row, Sqlite, entry_has
from pk_api.store.statements import Clash, Statement, Transaction, inserts, unavailable
from pk_api.store.tables import given

_BUSY_SECONDS = 10
_BUSY_PAUSE = 0.02
_STEPS = 50_000
"""Steps of SQLite's machine, about a millisecond, between two looks at the clock."""


class SqliteTransaction:
    """A transaction on the writing connection."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        dialect: Dialect,
        in_time: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._connection = connection
        self.dialect = dialect
        self._in_time = in_time

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return all rows."""
        sql, _, fixed = statement.text(self.dialect)
        with self._in_time():
            return self._connection.execute(sql, {**fixed, **values}).fetchall()

    async def insert(self, rows: Mapping[Table, Sequence[Row]], *, replace: Sequence[Table] = ()) -> None:
        """Insert rows of several tables; those of `replace` take the place of older ones."""
        with self._in_time():
            self._insert(rows, replace)

    def _insert(self, rows: Mapping[Table, Sequence[Row]], replace: Sequence[Table]) -> None:
        for table, some in rows.items():
            names = [c.name for c in given(table)]
            for statement in inserts(self.dialect, [(table, table in replace)]):
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

    def __init__(self, path: str, *, seconds: float = 30) -> None:
        self.dialect: Dialect = Sqlite()
        self._seconds = seconds
        self._path = path
        self._lock = asyncio.Lock()
        self._deadline = math.inf
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, cached_statements=500, timeout=0.1)
        connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.set_progress_handler(self._is_late, _STEPS)
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
        with self._in_time():
            return (await _patiently(self._reader, sql, {**fixed, **values})).fetchall()

    async def insert(self, rows: Mapping[Table, Sequence[Row]]) -> None:
        """Insert rows and commit."""
        async with self.transaction() as tx:
            await tx.insert(rows)

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Tell a statement that takes too long, during which this process does nothing else, as a problem."""
        self._deadline = time.monotonic() + self._seconds
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            raise unavailable() from error
        finally:
            self._deadline = math.inf

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commit what the block does, or nothing. Raises Clash."""
        if self._writer is None:
            raise RuntimeError("the database is not open")
        async with self._lock:
            await _patiently(self._writer, "BEGIN IMMEDIATE", {})
            try:
                yield SqliteTransaction(self._writer, self.dialect, self._in_time)
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
                raise unavailable() from error
            await asyncio.sleep(_BUSY_PAUSE)
