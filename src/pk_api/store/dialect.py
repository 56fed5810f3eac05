"""Where SQLite and PostgreSQL differ: substring test, sets of rows as parameters, many-row inserts, locks."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    ClauseElement,
    ColumnElement,
    Executable,
    FromClause,
    Function,
    Select,
    Table,
    Text,
    bindparam,
    collate,
    column,
    exists,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy import cast as cast_to
from sqlalchemy import table as any_table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.compiler import SQLCompiler

from pk_api.fhir.search.index_values import ENTRY
from pk_api.store.tables import given

Row = Sequence[Any]


class Dialect(Protocol):
    """The differences, each with one name."""

    name: str

    def compile(self, statement: Executable) -> SQLCompiler:
        """Return the statement as this database takes it."""

    def contains(self, haystack: ColumnElement[str], needle: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether the text holds the other, letter by letter."""

    def position(self, haystack: ColumnElement[str], needle: ColumnElement[str]) -> ColumnElement[int]:
        """Where the text holds the other, from 1; 0 when it does not."""

    def has_part(
        self, ix: ColumnElement[str], head: ColumnElement[str], part: ColumnElement[str]
    ) -> ColumnElement[bool]:
        """Whether an entry of the index text that begins with the head holds the part further on."""

    def letterwise(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """The text, compared letter by letter."""

    def number(self, table: Table) -> ColumnElement[int]:
        """The number that the database gave the row when it was inserted."""

    def joined(self, texts: ColumnElement[str]) -> Function[str]:
        """The texts of all rows in one, with commas between, in no order."""

    def rows(self, name: str, columns: Mapping[str, Any]) -> FromClause:
        """A set of rows given as parameter `name`, with these columns and types."""

    def pack(self, name: str, width: int, rows: Sequence[Row]) -> dict[str, Any]:
        """The rows as the parameters that `rows` expects."""

    def inserts(self, tables: Sequence[tuple[Table, bool]]) -> list[Executable]:
        """Statements that insert (or, where so said, replace) rows of the tables."""

    def for_update(self, statement: Select[Any], of: Table) -> Select[Any]:
        """The same select, keeping the rows of a table from others until the transaction ends."""

    def for_one(self, statement: Select[Any], of: Table) -> Select[Any]:
        """The same select, passing over rows that another transaction keeps."""

    def writers(self) -> Select[Any] | None:
        """The names of the transactions under way that write, or None when a writer is alone by nature."""


def _compiled(statement: Executable, dialect: Any) -> SQLCompiler:
    return cast("SQLCompiler", cast("ClauseElement", statement).compile(dialect=dialect))


def entry_has(ix: str, head: str, part: str) -> bool:
    """Say whether an entry of an index text that begins with the head holds the part (SQLite calls it)."""
    return any(part in entry.partition(ENTRY)[0] for entry in ix.split(head)[1:])


def _upsert(insert: Any, table: Table) -> Any:
    rest = {
        c.name: insert.excluded[c.name] for c in given(table) if not (c.primary_key or c.info.get("is_kept"))
    }
    key = list(table.primary_key.columns)
    if not rest:
        return insert.on_conflict_do_nothing(index_elements=key)
    return insert.on_conflict_do_update(index_elements=key, set_=rest)


class Postgres:
    """PostgreSQL by asyncpg: row sets are JSON text, many tables are written by one statement."""

    name = "postgresql"

    def __init__(self) -> None:
        self._dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy has no types there

    def compile(self, statement: Executable) -> SQLCompiler:
        """Return the statement with `$n` placeholders."""
        return _compiled(statement, self._dialect)

    def contains(self, haystack: ColumnElement[str], needle: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether the text holds the other, letter by letter."""
        return func.strpos(haystack, needle) > 0

    def position(self, haystack: ColumnElement[str], needle: ColumnElement[str]) -> ColumnElement[int]:
        """Where the text holds the other, from 1; 0 when it does not."""
        return func.strpos(haystack, needle)

    def has_part(
        self, ix: ColumnElement[str], head: ColumnElement[str], part: ColumnElement[str]
    ) -> ColumnElement[bool]:
        """Whether an entry of the index text that begins with the head holds the part further on."""
        entries = func.unnest(func.string_to_array(ix, ENTRY)).table_valued("value").render_derived()
        value = func.concat(ENTRY, entries.c.value)
        found = func.strpos(func.substr(value, func.length(head) + 1), part) > 0
        return exists(select(literal(1)).select_from(entries).where(func.starts_with(value, head), found))

    def letterwise(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """The text, compared letter by letter as the columns are."""
        return collate(text, "C")

    def number(self, table: Table) -> ColumnElement[int]:
        """The number that the database gave the row when it was inserted."""
        return table.c.n

    def joined(self, texts: ColumnElement[str]) -> Function[str]:
        """The texts of all rows in one, with commas between, in no order."""
        return func.string_agg(texts, ",")

    def rows(self, name: str, columns: Mapping[str, Any]) -> FromClause:
        """A set of rows given as parameter `name`, with these columns and types."""
        told = cast_to(bindparam(name, type_=Text()), JSON())
        fields = [column(f"c{i}", t) for i, t in enumerate(columns.values())]
        found = func.json_to_recordset(told).table_valued(*fields, name=f"{name}_json")
        found = found.render_derived(with_types=True)
        return select(*(found.c[f"c{i}"].label(c) for i, c in enumerate(columns))).subquery(name)

    def pack(self, name: str, width: int, rows: Sequence[Row]) -> dict[str, Any]:
        """The rows as the parameter that `rows` expects."""
        fields = [f"c{i}" for i in range(width)]
        return {name: orjson.dumps([dict(zip(fields, row, strict=True)) for row in rows]).decode()}

    def inserts(self, tables: Sequence[tuple[Table, bool]]) -> list[Executable]:
        """One statement that inserts (or, where so said, replaces) rows of all the tables."""
        parts = []
        for table, replace in tables:
            rows = self.rows(table.name, {c.name: c.type for c in given(table)})
            insert = postgresql.insert(table).from_select(
                [c.name for c in given(table)], select(*(rows.c[c.name] for c in given(table)))
            )
            parts.append((_upsert(insert, table) if replace else insert).cte(f"into_{table.name}"))
        return [select(literal_column("1")).add_cte(*parts)]

    def for_update(self, statement: Select[Any], of: Table) -> Select[Any]:
        """The same select, keeping the rows of a table from others until the transaction ends."""
        return statement.with_for_update(of=of)

    def for_one(self, statement: Select[Any], of: Table) -> Select[Any]:
        """The same select, passing over rows that another transaction keeps."""
        return statement.with_for_update(of=of, skip_locked=True)

    def writers(self) -> Select[Any] | None:
        """The names of the transactions under way that write: each of them locks one of two tables first."""
        locks = any_table("pg_locks", column("virtualtransaction"), column("relation"), column("mode"))
        here = "pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        return (
            select(locks.c.virtualtransaction)
            .distinct()
            .where(
                text(here),
                locks.c.relation.in_([literal_column(f"'{t}'::regclass") for t in ("patient", "current")]),
                locks.c.mode.in_([literal_column("'RowShareLock'"), literal_column("'RowExclusiveLock'")]),
            )
        )


class Sqlite:
    """SQLite by the standard library: row sets are JSON text, a writer is alone by nature."""

    name = "sqlite"

    def __init__(self) -> None:
        self._dialect = SQLiteDialect_pysqlite(paramstyle="named")

    def compile(self, statement: Executable) -> SQLCompiler:
        """Return the statement with `:name` placeholders."""
        return _compiled(statement, self._dialect)

    def contains(self, haystack: ColumnElement[str], needle: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether the text holds the other, letter by letter."""
        return func.instr(haystack, needle) > 0

    def position(self, haystack: ColumnElement[str], needle: ColumnElement[str]) -> ColumnElement[int]:
        """Where the text holds the other, from 1; 0 when it does not."""
        return func.instr(haystack, needle)

    def has_part(
        self, ix: ColumnElement[str], head: ColumnElement[str], part: ColumnElement[str]
    ) -> ColumnElement[bool]:
        """Whether an entry of the index text that begins with the head holds the part further on."""
        return func.entry_has(ix, head, part) == 1

    def letterwise(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """The text: SQLite compares letter by letter."""
        return text

    def number(self, table: Table) -> ColumnElement[int]:
        """The number that the database gave the row when it was inserted."""
        return literal_column(f"{table.name}.rowid", BigInteger)

    def joined(self, texts: ColumnElement[str]) -> Function[str]:
        """The texts of all rows in one, with commas between, in no order."""
        return func.group_concat(texts, ",")

    def rows(self, name: str, columns: Mapping[str, Any]) -> FromClause:
        """A set of rows given as parameter `name`, with these columns and types."""
        each = func.json_each(bindparam(name, type_=Text)).table_valued("value", name=f"{name}_json")
        picked = (
            func.json_extract(each.c.value, f"$[{i}]", type_=t).label(c)
            for i, (c, t) in enumerate(columns.items())
        )
        return select(*picked).subquery(name)

    def pack(self, name: str, width: int, rows: Sequence[Row]) -> dict[str, Any]:
        """The rows as the parameters that `rows` expects."""
        if any(len(row) != width for row in rows):
            raise ValueError(f"rows of {name} have {width} columns")
        return {name: orjson.dumps([list(row) for row in rows]).decode()}

    def inserts(self, tables: Sequence[tuple[Table, bool]]) -> list[Executable]:
        """A statement a table, taking one row each time."""
        statements: list[Executable] = []
        for table, replace in tables:
            insert = sqlite.insert(table).values({c.name: bindparam(c.name) for c in given(table)})
            statements.append(_upsert(insert, table) if replace else insert)
        return statements

    def for_update(self, statement: Select[Any], of: Table) -> Select[Any]:
        """The same select: the whole database is the writer's until its transaction ends."""
        del of
        return statement

    def for_one(self, statement: Select[Any], of: Table) -> Select[Any]:
        """The same select: a writer is alone by nature."""
        del of
        return statement

    def writers(self) -> Select[Any] | None:
        """None: a writer is alone by nature."""
        return None
