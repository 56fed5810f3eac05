"""Index rows made anew of what is stored, when a version of the service indexes more than the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Integer, Text, and_, bindparam, delete, func, select, tuple_, update

from pk_api.fhir.search.index_values import IndexValues
from pk_api.store.database import Statement, Transaction
from pk_api.store.dialect import Dialect
from pk_api.store.ids import new_law
from pk_api.store.locked import pack_keys
from pk_api.store.reading import KEY_COLUMNS, body_of
from pk_api.store.rows import Fact, Key
from pk_api.store.tables import CURRENT, FACT, LOOKUP, PATIENT, REFERENCE, SHARED, SPAN

_PLACE = tuple_(*(CURRENT.c[name] for name in KEY_COLUMNS))
_AFTER = tuple_(*(bindparam(f"after_{name}", type_=Text) for name in KEY_COLUMNS))

_KEYS = Statement(
    lambda _: (
        select(*(CURRENT.c[name] for name in KEY_COLUMNS))
        .where(CURRENT.c.deleted == 0, _PLACE > _AFTER)
        .order_by(*(CURRENT.c[name] for name in KEY_COLUMNS))
        .limit(bindparam("limit", type_=Integer))
    )
)


def _given(d: Dialect, table: Any) -> Any:
    given = d.rows("k", KEY_COLUMNS)
    return tuple_(*(table.c[name] for name in KEY_COLUMNS)).in_(select(*given.c))


_BODIES = Statement(
    lambda d: select(*(CURRENT.c[name] for name in KEY_COLUMNS), body_of().label("body")).where(
        _given(d, CURRENT), CURRENT.c.deleted == 0
    )
)
_CLEAR = (
    Statement(lambda d: delete(LOOKUP).where(_given(d, LOOKUP))),
    Statement(lambda d: delete(SPAN).where(_given(d, SPAN))),
    Statement(lambda d: delete(FACT).where(_given(d, FACT))),
)


def _update(d: Dialect) -> Any:
    new = d.rows("new", KEY_COLUMNS | {"ix": Text(), "sort_date": BigInteger(), "labels": Text()})
    same = and_(*(CURRENT.c[name] == new.c[name] for name in KEY_COLUMNS))
    return (
        update(CURRENT)
        .values(ix=new.c.ix, sort_date=new.c.sort_date, labels=func.nullif(new.c.labels, ""), fingerprint="")
        .where(same)
    )


_UPDATE = Statement(_update)
_CHANGED = Statement(
    lambda d: (
        update(PATIENT)
        .values(law=bindparam("law", type_=BigInteger))
        .where(PATIENT.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c)))
    )
)


async def keys_after(db: Any, after: Key | None, *, limit: int) -> list[Key]:
    """Return the next places of what is stored, in order."""
    place = (after.patient, after.type, after.id) if after else ("", "", "")
    values = {f"after_{name}": one for name, one in zip(KEY_COLUMNS, place, strict=True)} | {"limit": limit}
    return [Key(r["patient_key"], r["type"], r["id"]) for r in await db.fetch(_KEYS, values)]


async def bodies(tx: Transaction, keys: Sequence[Key]) -> dict[Key, str]:
    """Return the present text of what is still there."""
    rows = await tx.fetch(_BODIES, pack_keys(tx, keys))
    return {Key(r["patient_key"], r["type"], r["id"]): r["body"] for r in rows}


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What is indexed of a resource: for search, and for who may see what."""

    index: IndexValues
    labels: str | None
    facts: tuple[Fact, ...]


async def replace(tx: Transaction, found: dict[Key, Reindexed]) -> None:
    """Put new index rows in the place of the old ones; the transaction must hold their patients."""
    for statement in _CLEAR:
        await tx.fetch(statement, pack_keys(tx, found))
    places = [((k.patient, k.type, k.id), one) for k, one in found.items()]
    rows = [(*place, one.index.ix, one.index.sort_date, one.labels or "") for place, one in places]
    await tx.fetch(_UPDATE, tx.dialect.pack("new", 6, rows))
    await tx.insert(
        {
            LOOKUP: [
                (k.type, p, v, k.patient, k.id) for k, one in found.items() for p, v in one.index.lookups
            ],
            SPAN: [
                (*place, n, s.param, s.low, s.high, s.unit)
                for place, one in places
                for n, s in enumerate(one.index.spans)
            ],
            FACT: [(*place, n, *fact) for place, one in places for n, fact in enumerate(one.facts)],
        }
    )
    patients = [(key,) for key in sorted({k.patient for k in found})]
    await tx.fetch(_CHANGED, tx.dialect.pack("k", 1, patients) | {"law": new_law()})


_NAMING_OTHERS = Statement(
    lambda d: (
        select(*(REFERENCE.c[name] for name in KEY_COLUMNS))
        .where(_given(d, REFERENCE), REFERENCE.c.target_key.not_in((SHARED, REFERENCE.c.patient_key)))
        .distinct()
    )
)


async def naming_others(tx: Transaction, keys: Sequence[Key]) -> set[Key]:
    """Return those that refer to what is about other patients than their own."""
    rows = await tx.fetch(_NAMING_OTHERS, pack_keys(tx, keys))
    return {Key(r["patient_key"], r["type"], r["id"]) for r in rows}


_OWNERS = Statement(
    lambda d: select(*(CURRENT.c[name] for name in KEY_COLUMNS), CURRENT.c.owner).where(_given(d, CURRENT))
)


async def owners(tx: Transaction, keys: Sequence[Key]) -> dict[Key, str]:
    """Return whose the resources are."""
    rows = await tx.fetch(_OWNERS, pack_keys(tx, keys))
    return {Key(r["patient_key"], r["type"], r["id"]): r["owner"] for r in rows}
