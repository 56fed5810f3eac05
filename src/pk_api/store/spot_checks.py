"""Spot checks: kept, listed, and what a review found."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Integer, Text, bindparam, func, select, update

from pk_api.fhir.values import parse
from pk_api.store.audit_tables import SPOT_CHECK, SPOT_ITEM
from pk_api.store.auditing import Noted, numbers
from pk_api.store.database import Statement, Transaction
from pk_api.store.ids import new_entry
from pk_api.store.reading import body_of
from pk_api.store.tables import CURRENT, LOOKUP

_OWN = SPOT_CHECK.c.provider == bindparam("provider", type_=Text)
_NAMED = SPOT_CHECK.c.id == bindparam("id", type_=Text)
_LISTED = Statement(
    lambda _: (
        select(
            SPOT_CHECK,
            select(func.count())
            .where(SPOT_ITEM.c.check_id == SPOT_CHECK.c.id)
            .scalar_subquery()
            .label("items"),
            select(func.count())
            .where(SPOT_ITEM.c.check_id == SPOT_CHECK.c.id, SPOT_ITEM.c.reviewed.is_(None))
            .scalar_subquery()
            .label("open"),
        )
        .where(_OWN)
        .order_by(SPOT_CHECK.c.made.desc())
        .limit(100)
    )
)
_ONE = Statement(lambda _: select(SPOT_CHECK).where(_OWN, _NAMED))
_ITEMS = Statement(
    lambda _: (
        select(SPOT_ITEM).where(SPOT_ITEM.c.check_id == bindparam("id", type_=Text)).order_by(SPOT_ITEM.c.n)
    )
)
_REVIEW = Statement(
    lambda _: (
        update(SPOT_ITEM)
        .where(
            SPOT_ITEM.c.check_id == bindparam("check", type_=Text),
            SPOT_ITEM.c.n == bindparam("item", type_=Integer),
            SPOT_ITEM.c.reviewed.is_(None),
        )
        .values(
            reviewed=bindparam("when", type_=BigInteger),
            reviewer=bindparam("who", type_=Text),
            finding=bindparam("what", type_=Text),
            note=bindparam("told", type_=Text),
        )
        .returning(SPOT_ITEM.c.n)
    )
)


async def keep(
    tx: Transaction,
    provider: str,
    by: str,
    *,
    period: tuple[int, int],
    looked: int,
    items: Sequence[tuple[Noted, str]],
    now: int,
) -> str:
    """Keep a spot check with the rows that it picked and their marks; return its id."""
    name = new_entry()
    rows = [
        (name, n, noted.row.patient, noted.recorded, noted.id, marks, None, None, None, None)
        for n, (noted, marks) in enumerate(items, 1)
    ]
    await tx.insert({SPOT_CHECK: [(provider, name, now, by, *period, looked)], SPOT_ITEM: rows})
    return name


async def listed(db: Any, provider: str) -> Sequence[Any]:
    """Return the last hundred spot checks of a care provider, the latest first, with counts of items."""
    rows: Sequence[Any] = await db.fetch(_LISTED, {"provider": provider})
    return rows


async def find(db: Any, provider: str, name: str) -> tuple[Any, Sequence[Any]] | None:
    """Return a spot check of a care provider and its items."""
    found = await db.fetch(_ONE, {"provider": provider, "id": name})
    return (found[0], await db.fetch(_ITEMS, {"id": name})) if found else None


async def review(
    tx: Transaction, name: str, n: int, *, by: str, finding: str, note: str | None, now: int
) -> bool:
    """Keep what a review found; False when the item has been reviewed."""
    told = {"check": name, "item": n, "when": now, "who": by, "what": finding, "told": note}
    return bool(await tx.fetch(_REVIEW, told))


_PATIENTS = Statement(
    lambda d: select(CURRENT.c.patient_key, body_of().label("body")).where(
        CURRENT.c.type == "Patient",
        CURRENT.c.deleted == 0,
        CURRENT.c.patient_key.in_(select(*d.rows("k", {"key": Text()}).c)),
    )
)
_STAFF = Statement(
    lambda d: select(LOOKUP.c.value).where(
        LOOKUP.c.type == "Practitioner",
        LOOKUP.c.param == "identifier",
        LOOKUP.c.value.in_(select(*d.rows("k", {"value": Text()}).c)),
    )
)


async def patients(db: Any, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the Patients of these keys, whoever asks: for the marks of rows, never to be shown."""
    wanted = sorted(set(keys))
    rows = await db.fetch(_PATIENTS, db.dialect.pack("k", 1, [(key,) for key in wanted])) if wanted else ()
    return {row["patient_key"]: parse(row["body"]) for row in rows}


async def colleagues(db: Any, keys: Iterable[str]) -> set[str]:
    """Return the keys of those patients whose identity number a Practitioner bears."""
    known = {key: number for key, (_, number) in (await numbers(db, keys)).items()}
    packed = db.dialect.pack("k", 1, [(number,) for number in sorted(set(known.values()))])
    staff = {row["value"] for row in await db.fetch(_STAFF, packed)} if known else set()
    return {key for key, number in known.items() if number in staff}
