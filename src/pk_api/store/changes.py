"""What was written in a contract, or about a patient, change by change, of what is visible now."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    select,
    tuple_,
)

from pk_api.access.visible import Visible
from pk_api.store import within
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.rows import Key
from pk_api.store.tables import CURRENT, OUTBOX, VERSION

_WHO = ("actor_kind", "actor_name", "actor_unit")
_WHAT = ("type", "id", "version", "method", "recorded")
_PLACE = {"type": Text(), "id": Text()}


def _text(name: str) -> Any:
    return bindparam(name, type_=Text)


def _number(name: str) -> Any:
    return bindparam(name, type_=BigInteger)


def _is_current() -> ColumnElement[bool]:
    return and_(*(CURRENT.c[name] == OUTBOX.c[name] for name in ("patient_key", "type", "id")))


@lru_cache(maxsize=1000)
def _between(shape: within.Shape) -> Statement:
    patient = _text("patient")
    return Statement(
        lambda _: (
            select(*(OUTBOX.c[name] for name in (*_WHAT, *_WHO, "revision")))
            .add_columns(within.masked(shape, patient=patient).label("masked"))
            .join(CURRENT, _is_current())
            .where(
                OUTBOX.c.patient_key == patient,
                OUTBOX.c.contract_id == _text("contract"),
                OUTBOX.c.revision > _number("after"),
                OUTBOX.c.revision <= _number("upto"),
                within.filter_of(shape, patients=patient),
            )
            .order_by(OUTBOX.c.revision, OUTBOX.c.type, OUTBOX.c.id)
        )
    )


async def between(db: Any, contract: Key, visible: Visible, *, now: int, after: int, upto: int) -> list[Any]:
    """Return the rows of what the revisions after one, up to another, wrote."""
    values = {"patient": contract.patient, "contract": contract.id, "after": after, "upto": upto}
    values |= within.values(visible, now=now)
    return list(await db.fetch(_between(within.shape(visible)), values))


def _was() -> Any:
    """How the version before was written; null when there was none."""
    return (
        select(VERSION.c.method)
        .where(
            VERSION.c.patient_key == _text("patient"),
            VERSION.c.type == OUTBOX.c.type,
            VERSION.c.id == OUTBOX.c.id,
            VERSION.c.version == OUTBOX.c.version - 1,
        )
        .correlate(OUTBOX)
        .scalar_subquery()
    )


@lru_cache(maxsize=1000)
def _about(shape: within.Shape, *, some: bool) -> Statement:
    def build(d: Dialect) -> Select[Any]:
        patient, number = _text("patient"), d.number(OUTBOX)
        here = case((OUTBOX.c.contract_id == _text("contract"), OUTBOX.c.revision))
        rows = (
            select(*(OUTBOX.c[name] for name in (*_WHAT, *_WHO)))
            .add_columns(_was().label("was"), func.min(number).label("number"))
            .add_columns(func.max(here).label("revision"))
            .add_columns(within.masked(shape, patient=patient).label("masked"))
            .join(CURRENT, _is_current())
            .where(OUTBOX.c.patient_key == patient, number < _number("before"))
            .where(within.filter_of(shape, patients=patient))
            .group_by(*(OUTBOX.c[name] for name in (*_WHAT, *_WHO)))
            .group_by(*CURRENT.primary_key.columns)
        )
        if some:
            rows = rows.where(tuple_(OUTBOX.c.type, OUTBOX.c.id).in_(select(*d.rows("k", _PLACE).c)))
        return rows.order_by(func.min(number).desc()).limit(bindparam("limit", type_=Integer))

    return Statement(build)


async def about(
    db: Any,
    contract: Key,
    visible: Visible,
    *,
    now: int,
    before: int,
    limit: int,
    of: Sequence[tuple[str, str]] | None = None,
) -> list[Any]:
    """Return the latest versions written about the patient, each once, the newest first.

    `revision` is that of the contract, None for what was not in it; `before` is a row's `number`; `of` limits
    it to some resources.
    """
    values = {"patient": contract.patient, "contract": contract.id, "before": before, "limit": limit}
    values |= within.values(visible, now=now)
    if of is not None:
        values |= db.dialect.pack("k", 2, of)
    return list(await db.fetch(_about(within.shape(visible), some=of is not None), values))
