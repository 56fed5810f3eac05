"""Core statements compiled once, and what a database and a transaction can do with them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Executable, Table

from pk_api.fhir.problems import Problem
from pk_api.store.dialect import Dialect, Row


def unavailable() -> Problem:
    """Return the problem of a database that is away, busy for long, or asked for too much."""
    return Problem("unavailable", "The database cannot be reached at the moment; try again.")


class Statement:
    """A Core statement whose text is made once for each dialect.

    `is_gathered`: one that many ask at once, with single values; PostgreSQL may answer several in one go.
    """

    __slots__ = ("_build", "_compiled", "is_gathered")

    def __init__(self, build: Callable[[Dialect], Executable], *, is_gathered: bool = False) -> None:
        self._build = build
        self.is_gathered = is_gathered
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

    async def insert(self, rows: Mapping[Table, Sequence[Row]]) -> None:
        """Insert rows and commit, with as few round trips as can be; they are durable then. Raises Clash."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Commit what the block does, or nothing. Raises Clash or Retry."""


_INSERTS: dict[tuple[str, tuple[tuple[str, bool], ...]], list[Statement]] = {}


def _as_made(statement: Executable, _: Dialect) -> Executable:
    return statement


def inserts(dialect: Dialect, tables: Sequence[tuple[Table, bool]]) -> list[Statement]:
    """Return the statements that insert (or, where so said, replace) rows of the tables, made once."""
    key = (dialect.name, tuple((t.name, r) for t, r in tables))
    if key not in _INSERTS:
        made = dialect.inserts(tables)
        _INSERTS[key] = [Statement(partial(_as_made, s)) for s in made]
    return _INSERTS[key]
