"""Contracts: which are found, their revisions, and what keyed requests wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    select,
    tuple_,
)

from pk_api.access.visible import Visible
from pk_api.store import within
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.masking import hidden_by, told
from pk_api.store.reading import body_of
from pk_api.store.rows import Key, Page, Stored, from_micros
from pk_api.store.tables import CONTRACT, CURRENT, IDEMPOTENCY, OUTBOX


def _param(name: str) -> Any:
    return bindparam(name, type_=Text)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which contracts are asked for; None is no limit."""

    patient: str | None = None
    status: str | None = None
    unit: str | None = None
    since: int | None = None


@lru_cache(maxsize=1000)
def _found(shape: within.Shape, given: tuple[str, ...], *, after: bool) -> Statement:
    def build(_: Dialect) -> Select[Any]:
        order = (CONTRACT.c.updated, CONTRACT.c.patient_key, CONTRACT.c.id)
        limits: dict[str, ColumnElement[bool]] = {
            "patient": CONTRACT.c.patient_key == _param("patient"),
            "status": CONTRACT.c.status == _param("status"),
            "unit": CURRENT.c.unit == _param("unit"),
            "since": CONTRACT.c.updated >= bindparam("since", type_=BigInteger),
        }
        statement = (
            select(CURRENT.c.patient_key, CURRENT.c.type, CURRENT.c.id, CURRENT.c.version, CURRENT.c.updated)
            .add_columns(CONTRACT.c.updated.label("changed"), CONTRACT.c.revision, body_of().label("body"))
            .add_columns(hidden_by(shape))
            .join(
                CONTRACT,
                and_(
                    CURRENT.c.patient_key == CONTRACT.c.patient_key,
                    CURRENT.c.type == "CarePlan",
                    CURRENT.c.id == CONTRACT.c.id,
                    CURRENT.c.deleted == 0,
                ),
            )
            .where(within.filter_of(shape), *(limits[name] for name in given))
            .order_by(*(c.desc() for c in order))
            .limit(bindparam("limit", type_=Integer))
        )
        if after:
            marks = [bindparam(f"after{i}", type_=c.type) for i, c in enumerate(order)]
            statement = statement.where(tuple_(*order) < tuple_(*marks))
        return statement

    return Statement(build)


async def found(
    db: Any, sought: Sought, visible: Visible, *, now: int, limit: int, after: Sequence[Any] | None
) -> Page:
    """Return contracts, the latest changed first."""
    limits = {n: v for n in ("patient", "status", "unit", "since") if (v := getattr(sought, n)) is not None}
    values = within.values(visible, now=now) | limits | {"limit": limit + 1}
    values |= {f"after{i}": mark for i, mark in enumerate(after or ())}
    statement = _found(within.shape(visible), tuple(limits), after=after is not None)
    rows = await told(db, await db.fetch(statement, values))
    items = tuple(
        Stored(
            Key(r["patient_key"], "CarePlan", r["id"]),
            r["version"],
            from_micros(r["updated"]),
            r["body"],
            contracts=((r["id"], r["revision"]),),
            is_masked=bool(r["masked"]),
        )
        for r in rows[:limit]
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items, (last["changed"], last["patient_key"], last["id"]) if last else None)


def _changes_page(_: Dialect) -> Select[Any]:
    numbers = (
        select(OUTBOX.c.revision)
        .where(
            OUTBOX.c.patient_key == _param("patient"),
            OUTBOX.c.contract_id == _param("contract"),
            OUTBOX.c.revision < bindparam("before", type_=BigInteger),
        )
        .distinct()
        .order_by(OUTBOX.c.revision.desc())
        .limit(bindparam("limit", type_=Integer))
        .subquery()
    )
    return (
        select(OUTBOX)
        .where(
            OUTBOX.c.patient_key == _param("patient"),
            OUTBOX.c.contract_id == _param("contract"),
            OUTBOX.c.revision.in_(select(numbers.c.revision)),
        )
        .order_by(OUTBOX.c.revision.desc(), OUTBOX.c.type, OUTBOX.c.id)
    )


_REVISIONS = Statement(_changes_page)
_STANDING = Statement(
    lambda _: (
        select(CURRENT.c.id, CURRENT.c.version, CURRENT.c.updated, body_of().label("body"))
        .join(
            CONTRACT,
            and_(
                CONTRACT.c.patient_key == CURRENT.c.patient_key,
                CURRENT.c.type == "CarePlan",
                CONTRACT.c.id == CURRENT.c.id,
            ),
        )
        .where(CONTRACT.c.patient_key == _param("patient"), CONTRACT.c.status == "active")
    )
)
_OWNER = Statement(
    lambda _: select(CURRENT.c.owner, CURRENT.c.unit).where(
        CURRENT.c.patient_key == _param("patient"),
        CURRENT.c.type == _param("type"),
        CURRENT.c.id == _param("id"),
    )
)
_IDEMPOTENT = Statement(
    lambda _: select(IDEMPOTENCY).where(
        IDEMPOTENCY.c.client == _param("client"), IDEMPOTENCY.c.key == _param("key")
    )
)
_REVISION_OF = Statement(
    lambda _: select(OUTBOX.c.contract_id, OUTBOX.c.revision).where(
        OUTBOX.c.patient_key == _param("patient"),
        OUTBOX.c.type == _param("type"),
        OUTBOX.c.id == _param("id"),
        OUTBOX.c.version == bindparam("version", type_=Integer),
        OUTBOX.c.contract_id != "",
    ),
    is_gathered=True,
)


async def revisions(db: Any, contract: Key, *, limit: int, before: int) -> list[Any]:
    """Return the outbox rows of the latest revisions below a number, newest first."""
    values = {"patient": contract.patient, "contract": contract.id, "before": before, "limit": limit}
    return list(await db.fetch(_REVISIONS, values))


async def standing(db: Any, patient: str) -> Stored | None:
    """Return the active contract of the patient."""
    rows = await db.fetch(_STANDING, {"patient": patient})
    if not rows:
        return None
    r = rows[0]
    return Stored(Key(patient, "CarePlan", r["id"]), r["version"], from_micros(r["updated"]), r["body"])


async def owner(db: Any, key: Key) -> tuple[str, str | None]:
    """Return the care provider and unit that own a resource."""
    rows = await db.fetch(_OWNER, {"patient": key.patient, "type": key.type, "id": key.id})
    return (rows[0]["owner"], rows[0]["unit"]) if rows else ("", None)


@dataclass(frozen=True, slots=True)
class Keyed:
    """What a request with an Idempotency-Key wrote."""

    body_hash: str
    written: tuple[tuple[Key, int], ...]


async def idempotent(db: Any, client: str, key: str) -> Keyed | None:
    """Return what the client's key was used for."""
    rows = await db.fetch(_IDEMPOTENT, {"client": client, "key": key})
    if not rows:
        return None
    written = tuple((Key(p, t, i), v) for p, t, i, v in orjson.loads(rows[0]["written"]))
    return Keyed(rows[0]["body_hash"], written)


async def revision_of(db: Any, key: Key, version: int) -> tuple[tuple[str, int], ...]:
    """Return (contract, revision) of the transactions that wrote this version."""
    rows = await db.fetch(
        _REVISION_OF, {"patient": key.patient, "type": key.type, "id": key.id, "version": version}
    )
    return tuple((r["contract_id"], r["revision"]) for r in rows)
