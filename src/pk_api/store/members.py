"""The members of a contract and the directory behind them: which versions, then bodies not at hand."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, bindparam, or_, select

from pk_api.access.visible import Visible
from pk_api.store import within
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.rows import Key, Stored, from_micros
from pk_api.store.tables import CONTRACT, CURRENT, MEMBER, REFERENCE, SHARED, VERSION


class At(NamedTuple):
    """A version and where it stands; versions never change, so what was read of one may be kept."""

    key: Key
    version: int


def _param(name: str) -> Any:
    return bindparam(name, type_=Text)


def _member_is_current() -> ColumnElement[bool]:
    return and_(
        CURRENT.c.patient_key == MEMBER.c.patient_key,
        CURRENT.c.type == MEMBER.c.type,
        CURRENT.c.id == MEMBER.c.id,
        CURRENT.c.deleted == 0,
    )


@lru_cache(maxsize=1000)
def _members(shape: within.Shape) -> Statement:
    def build(_: Dialect) -> Select[Any]:
        patient = _param("patient")
        revision = select(CONTRACT.c.revision).where(
            CONTRACT.c.patient_key == patient, CONTRACT.c.id == _param("contract")
        )
        is_open = within.filter_of(shape, patients=patient)
        return (
            select(CURRENT.c.type, CURRENT.c.id, CURRENT.c.version)
            .add_columns(revision.scalar_subquery().label("revision"), is_open.label("is_open"))
            .join(MEMBER, _member_is_current())
            .where(MEMBER.c.patient_key == patient, MEMBER.c.contract_id == _param("contract"))
            .order_by(CURRENT.c.type, CURRENT.c.id)
        )

    return Statement(build)


async def members(db: Any, contract: Key, visible: Visible, *, now: int) -> tuple[list[At], int, int]:
    """Return the visible members in order of type and id, the revision, and how many members there are."""
    rows = await db.fetch(
        _members(within.shape(visible)),
        {"patient": contract.patient, "contract": contract.id, **within.values(visible, now=now)},
    )
    found = [At(Key(contract.patient, r["type"], r["id"]), r["version"]) for r in rows if r["is_open"]]
    return found, rows[0]["revision"] if rows else 0, len(rows)


def _directory(d: Dialect, shape: within.Shape) -> Select[Any]:
    given = d.rows("k", {"type": Text(), "id": Text()})
    start = select(d.letterwise(given.c.type).label("type"), d.letterwise(given.c.id).label("id"))
    reached = start.cte("reached", recursive=True)
    further = select(REFERENCE.c.target_type, REFERENCE.c.target_id).join(
        reached,
        and_(
            REFERENCE.c.patient_key == SHARED,
            REFERENCE.c.type == reached.c.type,
            REFERENCE.c.id == reached.c.id,
            or_(REFERENCE.c.target_type == "Practitioner", REFERENCE.c.target_type == "Organization"),
        ),
    )
    reached = reached.union(further)
    return (
        select(CURRENT.c.type, CURRENT.c.id, CURRENT.c.version)
        .join(
            reached,
            and_(
                CURRENT.c.patient_key == SHARED,
                CURRENT.c.type == reached.c.type,
                CURRENT.c.id == reached.c.id,
                CURRENT.c.deleted == 0,
            ),
        )
        .where(within.filter_of(shape))
        .order_by(CURRENT.c.type, CURRENT.c.id)
    )


@lru_cache(maxsize=1000)
def _directory_statement(shape: within.Shape) -> Statement:
    return Statement(lambda d: _directory(d, shape))


async def directory(
    db: Any, references: Sequence[tuple[str, str]], visible: Visible, *, now: int
) -> list[At]:
    """Return resources about no patient, and the practitioners and organisations above them, to the top."""
    if not references:
        return []
    rows = await db.fetch(
        _directory_statement(within.shape(visible)),
        db.dialect.pack("k", 2, references) | within.values(visible, now=now),
    )
    return [At(Key(SHARED, r["type"], r["id"]), r["version"]) for r in rows]


_COLUMNS = {"patient_key": Text(), "type": Text(), "id": Text(), "version": Integer()}


def _bodies(d: Dialect) -> Select[Any]:
    given = d.rows("k", _COLUMNS)
    return select(VERSION).join(given, and_(*(VERSION.c[name] == given.c[name] for name in _COLUMNS)))


_BODIES = Statement(_bodies)


async def bodies(db: Any, places: Sequence[At]) -> list[Stored]:
    """Return these versions, in no order; who may see them has been decided."""
    if not places:
        return []
    packed = db.dialect.pack("k", 4, [(p.key.patient, p.key.type, p.key.id, p.version) for p in places])
    return [
        Stored(Key(r["patient_key"], r["type"], r["id"]), r["version"], from_micros(r["updated"]), r["body"])
        for r in await db.fetch(_BODIES, packed)
    ]
