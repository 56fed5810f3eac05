"""PostgreSQL by asyncpg; a server that is away, or takes too long, is Problem `unavailable`."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from sqlalchemy import Table

from pk_api.store.dialect import Dialect, Postgres, Row
from pk_api.store.gathering import Gathering
from pk_api.store.statements import Clash, Retry, Statement, Transaction, inserts, unavailable
from pk_api.store.tables import given

_CONNECT_SECONDS = 5
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


@contextmanager
def _reaching() -> Iterator[None]:
    """Tell a lost connection as Problem `unavailable`."""
    try:
        yield
    except Exception as error:
        if not _is_lost(error):
            raise
        raise unavailable() from error


def _inserting(
    dialect: Dialect, rows: Mapping[Table, Sequence[Row]], replace: Sequence[Table] = ()
) -> tuple[list[Statement], dict[str, Any]]:
    """Return what inserts the rows, and its parameters."""
    filled = [(table, table in replace) for table, some in rows.items() if some]
    values: dict[str, Any] = {}
    for table, _ in filled:
        values |= dialect.pack(table.name, len(given(table)), rows[table])
    return (inserts(dialect, filled) if filled else []), values


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
        statements, values = _inserting(self.dialect, rows, replace)
        for statement in statements:
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

    def __init__(self, url: str, *, size: int = 10, seconds: float = 30) -> None:
        self.dialect: Dialect = Postgres()
        self._seconds = seconds
        self._url = url.replace("postgresql+asyncpg://", "postgresql://", 1)
        self._size = size
        self._pool: Any = None
        self._gathering = Gathering(self.dialect, self._read)

    async def open(self) -> None:
        """Connect."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=self._size,
            connection_class=_Connection,
            statement_cache_size=1000,
            # longer ones would be planned anew each time, and what is visible is long to say
            max_cacheable_statement_size=1_000_000,
            max_inactive_connection_lifetime=0,
            timeout=_CONNECT_SECONDS,
            command_timeout=self._seconds,
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
        if statement.is_gathered:
            return await self._gathering.fetch(statement, values)
        sql, order, fixed = statement.text(self.dialect)
        return await self._read(sql, [values[n] if n in values else fixed[n] for n in order])

    async def _read(self, sql: str, asked: Sequence[Any]) -> Sequence[Any]:
        with _reaching():
            try:
                return await self._fetch(sql, asked)
            except Exception as error:
                if isinstance(error, TimeoutError) or not _is_lost(error):
                    raise
            # a connection that was lost while it lay idle is found out by its next use
            return await self._fetch(sql, asked)

    async def _fetch(self, sql: str, asked: Sequence[Any]) -> Sequence[Any]:
        rows: Sequence[Any] = await self._pool.fetch(sql, *asked)
        return rows

    async def insert(self, rows: Mapping[Table, Sequence[Row]]) -> None:
        """Insert rows by one statement, which is a transaction by itself: one round trip."""
        statements, values = _inserting(self.dialect, rows)
        for statement in statements:
            sql, order, fixed = statement.text(self.dialect)
            try:
                with _reaching():
                    await self._fetch(sql, [values[n] if n in values else fixed[n] for n in order])
            except asyncpg.UniqueViolationError as error:
                raise Clash(str(error.table_name)) from error

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
