"""Which rows of the audit are of access under an emergency opening: those while one was in force.

The ground `emergency` is among those that could open for everybody in shared care. A row has it in its `rule`
if an opening of the patient's data for this reader was in force, and only then. Where the rule was judged by
the patient's facts, it says so already.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from pk_api.access.actor import Actor, ActorKind
from pk_api.access.rules import CARE, reader_of
from pk_api.access.visible import Reader
from pk_api.records.judged import is_about
from pk_api.records.units import Units
from pk_api.store import auditing
from pk_api.store.auditing import Opening
from pk_api.store.database import Database
from pk_api.store.rows import AuditRow
from pk_api.store.tables import SHARED

EMERGENCY: Final = "emergency"


async def marked(db: Database, units: Units, rows: Sequence[AuditRow], *, now: int) -> list[AuditRow]:
    """Return the rows, the ground `emergency` in those with an opening in force and in no others."""
    asked = {row.patient for row in rows if _is_care(row)}
    openings = await auditing.openings(db, asked, now=now) if asked else []
    by_patient: dict[str, list[Opening]] = {}
    for opening in openings:
        by_patient.setdefault(opening.patient, []).append(opening)
    return [
        _told(row, is_open=await _is_open(units, row, by_patient.get(row.patient, ())))
        if _is_care(row)
        else row
        for row in rows
    ]


def _is_care(row: AuditRow) -> bool:
    is_of_care = row.actor_kind in CARE and row.provider is not None
    return is_of_care and row.patient != SHARED and not row.is_judged


def _told(row: AuditRow, *, is_open: bool) -> AuditRow:
    others = [ground for ground in row.rule.split() if ground != EMERGENCY]
    rule = " ".join([*others, EMERGENCY] if is_open else others)
    return row if rule == row.rule else replace(row, rule=rule)


async def _is_open(units: Units, row: AuditRow, openings: Sequence[Opening]) -> bool:
    if not openings:
        return False
    kind = cast("ActorKind", row.actor_kind)
    employee = row.actor if row.actor_kind == "staff" else None
    actor = Actor(kind, row.client, provider=row.provider, unit=row.unit, employee=employee)
    reader = reader_of(actor, await units.facts(actor))
    return any(is_about(opening, reader) for opening in openings)


async def is_opened(db: Database, reader: Reader, patient: str, *, now: int) -> bool:
    """Say whether an emergency opening of the patient's data stands for the reader."""
    return any(is_about(one, reader) for one in await auditing.openings(db, {patient}, now=now))
