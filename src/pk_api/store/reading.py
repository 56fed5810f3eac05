"""Reading single resources, versions and history, within what is visible."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    false,
    literal,
    or_,
    select,
    tuple_,
)

from pk_api.access.visible import Visible
from pk_api.store import within
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.masking import hidden_by, told
from pk_api.store.rows import Key, Page, Stored, from_micros
from pk_api.store.tables import AFFILIATION, CHOSEN_ID, CURRENT, IDENTITY, REFERENCE, VERSION

KEY_COLUMNS = {"patient_key": Text(), "type": Text(), "id": Text()}


def body_of(rows: Any = CURRENT) -> Any:
    """The stored text of the present version, fetched row by row after limits have been applied."""
    return (
        select(VERSION.c.body)
        .where(
            VERSION.c.patient_key == rows.c.patient_key,
            VERSION.c.type == rows.c.type,
            VERSION.c.id == rows.c.id,
            VERSION.c.version == rows.c.version,
        )
        .scalar_subquery()
    )


def _at(table: Any) -> Any:
    return and_(
        table.c.patient_key == bindparam("patient_key", type_=Text),
        table.c.type == bindparam("type", type_=Text),
        table.c.id == bindparam("id", type_=Text),
    )


@lru_cache(maxsize=1000)
def _read(shape: within.Shape) -> Statement:
    return Statement(
        lambda _: select(
            CURRENT.c.version,
            CURRENT.c.updated,
            CURRENT.c.deleted,
            body_of().label("body"),
            hidden_by(shape, patient=bindparam("patient_key", type_=Text)),
        ).where(_at(CURRENT), within.filter_of(shape, patients=bindparam("patient_key", type_=Text))),
        is_gathered=True,
    )


@lru_cache(maxsize=1000)
def _vread(shape: within.Shape) -> Statement:
    return Statement(
        lambda _: (
            select(VERSION.c.version, VERSION.c.updated, VERSION.c.method, VERSION.c.body, hidden_by(shape))
            .join(
                CURRENT,
                and_(
                    CURRENT.c.patient_key == VERSION.c.patient_key,
                    CURRENT.c.type == VERSION.c.type,
                    CURRENT.c.id == VERSION.c.id,
                ),
            )
            .where(
                _at(VERSION),
                VERSION.c.version == bindparam("version", type_=Integer),
                within.filter_of(shape),
            )
        )
    )


def _at_key(key: Key) -> dict[str, Any]:
    return {"patient_key": key.patient, "type": key.type, "id": key.id}


async def read(db: Any, key: Key, visible: Visible, *, now: int) -> Stored | None:
    """Return the present version, a deleted one included, or None when it is absent or not visible."""
    visible = visible.for_type(key.type)
    found = await db.fetch(_read(within.shape(visible)), {**_at_key(key), **within.values(visible, now=now)})
    if not found:
        return None
    row = (await told(db, found, at=key))[0]
    is_masked = bool(row["masked"])
    return Stored(
        key,
        row["version"],
        from_micros(row["updated"]),
        row["body"],
        bool(row["deleted"]),
        is_masked=is_masked,
    )


async def vread(db: Any, key: Key, version: int, visible: Visible, *, now: int) -> Stored | None:
    """Return one version, or None when it is absent or the resource is not visible now."""
    visible = visible.for_type(key.type)
    found = await db.fetch(
        _vread(within.shape(visible)),
        {**_at_key(key), "version": version, **within.values(visible, now=now)},
    )
    return _stored(key, (await told(db, found, at=key))[0]) if found else None


def _stored(key: Key, row: Any) -> Stored:
    return Stored(
        key,
        row["version"],
        from_micros(row["updated"]),
        row["body"],
        row["method"] == "DELETE",
        row["method"],
        is_masked=bool(row["masked"]),
    )


@dataclass(frozen=True, slots=True)
class HistoryScope:
    """Whose history: one resource (`key`), one type, or (both None) all."""

    key: Key | None = None
    type: str | None = None


@lru_cache(maxsize=1000)
def _history(shape: within.Shape, scope: str, *, since: bool, after: bool) -> Statement:
    def build(_: Dialect) -> Select[Any]:
        version = VERSION.c
        order = (version.updated, version.patient_key, version.type, version.id, version.version)
        statement = (
            select(version.patient_key, version.type, version.id, version.version, version.updated)
            .add_columns(version.method, version.body, hidden_by(shape))
            .join(
                CURRENT,
                and_(
                    CURRENT.c.patient_key == version.patient_key,
                    CURRENT.c.type == version.type,
                    CURRENT.c.id == version.id,
                ),
            )
            .where(within.filter_of(shape))
            .order_by(*(c.desc() for c in order))
            .limit(bindparam("limit", type_=Integer))
        )
        if scope == "instance":
            statement = statement.where(_at(VERSION))
        if scope == "type":
            statement = statement.where(version.type == bindparam("type", type_=Text))
        if since:
            statement = statement.where(version.updated >= bindparam("since", type_=BigInteger))
        if after:
            marks = [bindparam(f"after{i}", type_=c.type) for i, c in enumerate(order)]
            statement = statement.where(tuple_(*order) < tuple_(*marks))
        return statement

    return Statement(build)


async def history(
    db: Any,
    scope: HistoryScope,
    visible: Visible,
    *,
    now: int,
    since: int | None,
    limit: int,
    after: Sequence[Any] | None,
) -> Page:
    """Return versions, newest first, of what is visible; `since` in microseconds."""
    if scope.type:
        visible = visible.for_type(scope.type)
    name = "instance" if scope.key else "type" if scope.type else "system"
    values = within.values(visible, now=now) | {"limit": limit + 1}
    if scope.key:
        values |= _at_key(scope.key)
    elif scope.type:
        values["type"] = scope.type
    if since is not None:
        values["since"] = since
    values |= {f"after{i}": mark for i, mark in enumerate(after or ())}
    statement = _history(within.shape(visible), name, since=since is not None, after=after is not None)
    rows = await told(db, await db.fetch(statement, values))
    items = tuple(_stored(Key(r["patient_key"], r["type"], r["id"]), r) for r in rows[:limit])
    last = items[-1] if items and len(rows) > limit else None
    mark = (rows[limit - 1]["updated"], *_parts(last.key), last.version) if last else None
    return Page(items, mark)


def _parts(key: Key) -> tuple[str, str, str]:
    return key.patient, key.type, key.id


def _given(d: Dialect, *names: str) -> Select[Any]:
    return select(*d.rows("k", dict.fromkeys(names, Text())).c)


_CHOSEN = Statement(
    lambda d: select(CHOSEN_ID.c.type, CHOSEN_ID.c.id, CHOSEN_ID.c.patient_key).where(
        tuple_(CHOSEN_ID.c.type, CHOSEN_ID.c.id).in_(_given(d, "type", "id"))
    ),
    is_gathered=True,
)

_IDENTITIES = Statement(
    lambda d: select(IDENTITY.c.system, IDENTITY.c.value, IDENTITY.c.patient_key, IDENTITY.c.id).where(
        tuple_(IDENTITY.c.system, IDENTITY.c.value).in_(_given(d, "system", "value"))
    )
)

_AFFILIATIONS = Statement(
    lambda d: select(AFFILIATION).where(AFFILIATION.c.reference.in_(_given(d, "reference")))
)

_CHILDREN = Statement(lambda d: select(AFFILIATION).where(AFFILIATION.c.parent.in_(_given(d, "reference"))))


_UNITS = Statement(
    lambda _: select(AFFILIATION).where(
        AFFILIATION.c.provider == bindparam("provider", type_=Text),
        AFFILIATION.c.reference.startswith("Organization/"),
    )
)


async def chosen_keys(db: Any, ids: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the patient keys of (type, id) that clients chose."""
    rows = await db.fetch(_CHOSEN, db.dialect.pack("k", 2, ids)) if ids else ()
    return {(r["type"], r["id"]): r["patient_key"] for r in rows}


async def identified(db: Any, numbers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Key]:
    """Return who bears the identity numbers (system, value)."""
    rows = await db.fetch(_IDENTITIES, db.dialect.pack("k", 2, numbers)) if numbers else ()
    return {(r["system"], r["value"]): Key(r["patient_key"], "Patient", r["id"]) for r in rows}


Placed = tuple[str, str | None, str | None, str | None]
"""Care provider, unit, parent reference and kind in law."""


async def affiliations(db: Any, references: Sequence[str]) -> dict[str, Placed]:
    """Return reference → where it belongs."""
    rows = (
        await db.fetch(_AFFILIATIONS, db.dialect.pack("k", 1, [(r,) for r in references]))
        if references
        else ()
    )
    return {r["reference"]: _placed(r) for r in rows}


def _placed(row: Any) -> Placed:
    return row["provider"], row["unit"], row["parent"], row["kind"]


async def units(db: Any, provider: str) -> dict[str, Placed]:
    """Return the organisations of a care provider: reference → where it belongs."""
    rows = await db.fetch(_UNITS, {"provider": provider})
    return {r["reference"]: _placed(r) for r in rows}


async def children(db: Any, references: Sequence[str]) -> dict[str, Placed]:
    """Return the affiliations of those whose parent is one of the references."""
    rows = (
        await db.fetch(_CHILDREN, db.dialect.pack("k", 1, [(r,) for r in references])) if references else ()
    )
    return {r["reference"]: _placed(r) for r in rows}


def _referred(d: Dialect) -> Select[Any]:
    given = d.rows("k", KEY_COLUMNS)
    return select(REFERENCE).join(given, and_(*(REFERENCE.c[n] == given.c[n] for n in KEY_COLUMNS)))


_REFERRED = Statement(_referred)


async def referred(db: Any, keys: Sequence[Key]) -> dict[Key, set[tuple[str, str]]]:
    """Return what the resources refer to, as type and id."""
    out: dict[Key, set[tuple[str, str]]] = {key: set() for key in keys}
    for r in await db.fetch(_REFERRED, db.dialect.pack("k", 3, [_parts(k) for k in keys])) if keys else ():
        out[Key(r["patient_key"], r["type"], r["id"])].add((r["target_type"], r["target_id"]))
    return out


@lru_cache(maxsize=1000)
def _several(shape: within.Shape, *, bodies: bool) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        given = d.rows("k", KEY_COLUMNS)
        columns = (CURRENT.c[n] for n in ("patient_key", "type", "id", "version", "updated", "deleted"))
        return (
            select(*columns, (body_of() if bodies else literal("")).label("body"))
            .add_columns(hidden_by(shape) if bodies else false().label("masked"))
            .join(
                given,
                and_(
                    CURRENT.c.patient_key == given.c.patient_key,
                    CURRENT.c.type == given.c.type,
                    CURRENT.c.id == given.c.id,
                ),
            )
            .where(or_(within.filter_of(shape)))
        )

    return Statement(build)


async def several(
    db: Any, keys: Sequence[Key], visible: Visible, *, now: int, bodies: bool = True
) -> dict[Key, Stored]:
    """Return those of the resources that are visible, deleted ones included."""
    if not keys or not visible.clauses:
        return {}
    packed = db.dialect.pack("k", 3, [_parts(k) for k in keys])
    rows = await db.fetch(
        _several(within.shape(visible), bodies=bodies), packed | within.values(visible, now=now)
    )
    rows = await told(db, rows) if bodies else rows
    found = (
        Stored(
            Key(r["patient_key"], r["type"], r["id"]),
            r["version"],
            from_micros(r["updated"]),
            r["body"],
            bool(r["deleted"]),
            is_masked=bool(r["masked"]),
        )
        for r in rows
    )
    return {stored.key: stored for stored in found}
