"""The Tasks that clocks have made of a patient's events, found by how their ids begin."""

from typing import Any

from sqlalchemy import Text, and_, bindparam, select

from pk_api.store.database import Statement
from pk_api.store.rows import Key, Stored, from_micros
from pk_api.store.tables import CURRENT, VERSION

_TASKS = Statement(
    lambda _: (
        select(VERSION)
        .select_from(CURRENT)
        .join(
            VERSION,
            and_(
                VERSION.c.patient_key == CURRENT.c.patient_key,
                VERSION.c.type == CURRENT.c.type,
                VERSION.c.id == CURRENT.c.id,
                VERSION.c.version == CURRENT.c.version,
            ),
        )
        .where(
            CURRENT.c.patient_key == bindparam("patient", type_=Text),
            CURRENT.c.type == "Task",
            CURRENT.c.id >= bindparam("first", type_=Text),
            CURRENT.c.id < bindparam("last", type_=Text),
            CURRENT.c.deleted == 0,
        )
        .order_by(CURRENT.c.id)
    ),
    is_gathered=True,
)


async def tasks(db: Any, patient: str, beginning: str) -> list[Stored]:
    """Return the present versions of a patient's Tasks whose ids begin so; whoever asks may not be told."""
    values = {"patient": patient, "first": beginning, "last": f"{beginning}\x7f"}
    return [
        Stored(Key(patient, "Task", r["id"]), r["version"], from_micros(r["updated"]), r["body"])
        for r in await db.fetch(_TASKS, values)
    ]
