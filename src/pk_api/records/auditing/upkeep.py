"""The operator's commands over the audit: verify it, and cut it off after its time."""

from datetime import datetime

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.records.audits import Access, audit_rows
from pk_api.store import pruning
from pk_api.store.anchors import Anchors
from pk_api.store.database import Database
from pk_api.store.rows import to_micros

COMMAND = Actor("operator", "pk-api", "pk-api")
"""Who works at the command line: the operator, whoever of them."""


def earliest(now: datetime, years: int) -> datetime:
    """Return the time before which rows may be removed: as many years ago, to the day."""
    month, day = (3, 1) if (now.month, now.day) == (2, 29) else (now.month, now.day)
    return now.replace(year=now.year - years, month=month, day=day)


async def prune(db: Database, anchors: Anchors, *, before: datetime, years: int, now: datetime) -> int:
    """Remove rows sealed before a time, and return how many. Problem business-rule when it is too early."""
    if before > earliest(now, years):
        raise Problem(
            "business-rule", f"The audit is kept for {years} years: choose {earliest(now, years):%Y-%m-%d}."
        )
    await pruning.clear(db)
    at, rows = await pruning.find(db, before=to_micros(before))
    if at is None:
        return 0
    told = f"{rows} rows up to {at.sequence}, before {before:%Y-%m-%d}"
    note = audit_rows(Access(COMMAND, "audit-prune"), [], rule="retention", detail=told)
    await pruning.cut(db, at, note, rows=rows, now=to_micros(now))
    await anchors.leave(at)
    await pruning.clear(db)
    return rows
