"""What is stored of who may see a patient's record, read as such: blocks, openings, all facts in force."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Text, and_, bindparam, literal_column, select

from pk_api.store.database import Statement
from pk_api.store.rows import Fact
from pk_api.store.tables import CURRENT, FACT, NO_LAW, PATIENT

_NOW: ColumnElement[int] = bindparam("now", type_=BigInteger)
_IN_FORCE = and_(FACT.c.since <= _NOW, FACT.c.until > _NOW)

OF_READERS: Final = (
    *("relation", "consent", "emergency", "emergency-lift", "disclosure"),
    *("addressed", "told"),
    *("inner", "outer", "protected"),
)
"""Kinds of facts that decide what care sees of a patient."""


@dataclass(frozen=True, slots=True)
class Said:
    """A fact and the resource that says it."""

    reference: str
    fact: Fact


_FACTS = Statement(
    lambda _: (
        select(FACT)
        .where(FACT.c.patient_key == bindparam("patient", type_=Text), _IN_FORCE)
        .order_by(FACT.c.kind, FACT.c.type, FACT.c.id, FACT.c.n)
    )
)


async def facts(db: Any, patient: str, *, now: int) -> list[Said]:
    """Return every fact about the patient that is in force; `now` in microseconds."""
    rows = await db.fetch(_FACTS, {"patient": patient, "now": now})
    return [Said(f"{r['type']}/{r['id']}", Fact(*(r[name] for name in Fact._fields))) for r in rows]


_STANDING = Statement(
    lambda _: (
        select(PATIENT.c.law, *(FACT.c[name] for name in Fact._fields))
        .select_from(PATIENT)
        .outerjoin(
            FACT,
            and_(
                FACT.c.patient_key == PATIENT.c.patient_key,
                FACT.c.kind.in_([literal_column(f"'{kind}'", Text) for kind in OF_READERS]),
                FACT.c.until > _NOW,
            ),
        )
        .where(PATIENT.c.patient_key == bindparam("patient", type_=Text))
    ),
    is_gathered=True,
)


async def standing(db: Any, patient: str, *, now: int) -> tuple[int, list[Fact]]:
    """Return the number of the patient's facts, and those about readers that hold now or will."""
    rows = await db.fetch(_STANDING, {"patient": patient, "now": now})
    found = [Fact(*(r[name] for name in Fact._fields)) for r in rows if r["kind"] is not None]
    return (rows[0]["law"] if rows else NO_LAW), list(dict.fromkeys(found))


_OWNER = Statement(
    lambda _: select(CURRENT.c.owner).where(
        CURRENT.c.patient_key == bindparam("patient", type_=Text),
        CURRENT.c.type == bindparam("type", type_=Text),
        CURRENT.c.id == bindparam("id", type_=Text),
    )
)


async def owner(db: Any, patient: str, resource_type: str, resource_id: str) -> str | None:
    """Return whose the resource is, None for one that is not there."""
    rows = await db.fetch(_OWNER, {"patient": patient, "type": resource_type, "id": resource_id})
    return str(rows[0]["owner"]) if rows else None
