"""Reading all there is, stretch by stretch in the order of the keys, as it was at a moment.

A stretch is so many rows, whether the reader may see them or not: no statement is long, however little is
visible. Of what has changed since the moment, the version of then is read.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, ColumnElement, Select, Text, and_, bindparam, case, func, select, tuple_

from pk_api.access.visible import Visible
from pk_api.store import within
from pk_api.store.compartment import param, same
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.masking import hidden_by, told
from pk_api.store.rows import Key, Stored, from_micros
from pk_api.store.tables import CURRENT, REFERENCE, SHARED, VERSION

ROWS: Final = 1_000
"""Rows of a stretch."""
_PAUSE = 0.02

Place = tuple[str, str, str]
Range = Literal["all", "about", "shared", "of"]
"""Which rows: all, those about patients, those about none, those about the patients that are named."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What to read: the range (`patients`: the keys of range `of`), the types, and since when."""

    range: Range = "all"
    patients: tuple[str, ...] = ()
    types: frozenset[str] | None = None
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The visible rows of a stretch, deletions among them, and where it ended (None: at the end of all)."""

    rows: tuple[Stored, ...]
    end: Place | None


@dataclass(frozen=True, slots=True)
class _Form:
    shape: within.Shape
    range: Range
    types: bool
    since: bool
    after: bool
    until: bool


_KEY = (CURRENT.c.patient_key, CURRENT.c.type, CURRENT.c.id)


def _mark(name: str) -> ColumnElement[Any]:
    return tuple_(*(bindparam(f"{name}_{c.name}", type_=Text) for c in _KEY))


def _in_range(d: Dialect, form: _Form) -> list[ColumnElement[bool]]:
    ranges: dict[str, list[ColumnElement[bool]]] = {
        "all": [],
        "about": [CURRENT.c.patient_key > SHARED],
        "shared": [CURRENT.c.patient_key == SHARED],
        "of": [CURRENT.c.patient_key.in_(select(*d.rows("patients", {"key": Text()}).c))],
    }
    conditions = ranges[form.range]
    if form.types:
        conditions.append(CURRENT.c.type.in_(select(*d.rows("types", {"type": Text()}).c)))
    if form.after:
        conditions.append(tuple_(*_KEY) > _mark("after"))
    return conditions


@lru_cache(maxsize=200)
def _ends(form: _Form) -> Statement:
    """The last row of the stretch, by its keys alone."""
    return Statement(
        lambda d: select(*_KEY).where(*_in_range(d, form)).order_by(*_KEY).limit(1).offset(ROWS - 1)
    )


def _as_of(moment: ColumnElement[int]) -> ColumnElement[int]:
    """The version of a row at the moment."""
    earlier = VERSION.alias("earlier")
    then = select(func.max(earlier.c.version)).where(same(earlier, CURRENT), earlier.c.updated <= moment)
    return case((CURRENT.c.updated <= moment, CURRENT.c.version), else_=then.scalar_subquery())


def _versions(form: _Form, *conditions: ColumnElement[bool]) -> Select[Any]:
    version = VERSION.c
    statement = (
        select(version.patient_key, version.type, version.id, version.version, version.updated)
        .add_columns(version.method, version.body, hidden_by(form.shape))
        .select_from(CURRENT)
        .join(VERSION, and_(same(VERSION, CURRENT), version.version == _as_of(param("moment", BigInteger))))
        .where(within.filter_of(form.shape), *conditions)
    )
    if form.since:
        return statement.where(version.updated >= param("since", BigInteger))
    return statement.where(version.method != "DELETE")


@lru_cache(maxsize=200)
def _read(form: _Form) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        end = [tuple_(*_KEY) <= _mark("until")] if form.until else []
        return _versions(form, *_in_range(d, form), *end).order_by(*_KEY)

    return Statement(build)


@lru_cache(maxsize=200)
def _elsewhere(form: _Form) -> Statement:
    """Rows about others that refer to these patients, or are care teams with such a participant."""

    def build(d: Dialect) -> Select[Any]:
        targets = d.rows("targets", {"type": Text(), "id": Text()})
        referring = (
            select(REFERENCE.c.patient_key, REFERENCE.c.type, REFERENCE.c.id)
            .join(
                targets,
                and_(REFERENCE.c.target_type == targets.c.type, REFERENCE.c.target_id == targets.c.id),
            )
            .distinct()
            .subquery("referring")
        )
        statement = _versions(form).join(referring, same(CURRENT, referring))
        if not form.types:
            return statement
        return statement.where(CURRENT.c.type.in_(select(*d.rows("types", {"type": Text()}).c)))

    return Statement(build)


def _form(sought: Sought, visible: Visible, after: Place | None = None, until: Place | None = None) -> _Form:
    return _Form(
        within.shape(visible),
        sought.range,
        types=sought.types is not None,
        since=sought.since is not None,
        after=after is not None,
        until=until is not None,
    )


def _at(name: str, place: Place | None) -> dict[str, str]:
    if place is None:
        return {}
    return {f"{name}_{column.name}": part for column, part in zip(_KEY, place, strict=True)}


def _values(db: Any, sought: Sought) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if sought.range == "of":
        values |= db.dialect.pack("patients", 1, [(p,) for p in sought.patients])
    if sought.types is not None:
        values |= db.dialect.pack("types", 1, [(t,) for t in sorted(sought.types)])
    return values if sought.since is None else values | {"since": sought.since}


async def read(
    db: Any, sought: Sought, visible: Visible, *, moment: int, now: int, after: Place | None = None
) -> Stretch:
    """Return the next stretch after a place, as of a moment (microseconds).

    Deletions are among the rows when it is asked what has changed since a time.
    """
    values = _values(db, sought) | _at("after", after)
    ended = await db.fetch(_ends(_form(sought, visible, after)), values)
    until = (ended[0]["patient_key"], ended[0]["type"], ended[0]["id"]) if ended else None
    values |= _at("until", until) | within.values(visible, now=now) | {"moment": moment}
    rows = await told(db, await db.fetch(_read(_form(sought, visible, after, until)), values))
    return Stretch(tuple(map(_stored, rows)), until)


async def referring(
    db: Any,
    targets: Sequence[tuple[str, str]],
    types: frozenset[str] | None,
    visible: Visible,
    *,
    moment: int,
    now: int,
    since: int | None = None,
) -> list[Stored]:
    """Return the visible rows of these types that refer to one of the targets (type, id)."""
    sought = Sought(types=types, since=since)
    values = _values(db, sought) | db.dialect.pack("targets", 2, targets)
    values |= within.values(visible, now=now) | {"moment": moment}
    rows = await told(db, await db.fetch(_elsewhere(_form(sought, visible)), values))
    return [_stored(row) for row in rows]


def _stored(row: Any) -> Stored:
    return Stored(
        Key(row["patient_key"], row["type"], row["id"]),
        row["version"],
        from_micros(row["updated"]),
        row["body"],
        row["method"] == "DELETE",
        row["method"],
        is_masked=bool(row["masked"]),
    )


async def settled(db: Any) -> None:
    """Return once every transaction that wrote when this was asked has ended."""
    asked = db.dialect.writers()
    if asked is None:
        async with db.transaction():
            return
    statement = Statement(lambda _: asked)
    before = {row["virtualtransaction"] for row in await db.fetch(statement, {})}
    while before:
        await asyncio.sleep(_PAUSE)
        before &= {row["virtualtransaction"] for row in await db.fetch(statement, {})}
