"""Which rows of the audit are of access under an emergency opening: those while one was in force.

The ground `emergency` is among those that could open for everybody in shared care. A row keeps it only if an
opening of the patient's data for this reader was in force, so that its `rule` marks the row.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from pk_api.access.actor import Actor, ActorKind
from pk_api.access.rules import reader_of
from pk_api.access.visible import Reader
from pk_api.records.units import Units
from pk_api.store import auditing
from pk_api.store.auditing import Opening
from pk_api.store.database import Database
from pk_api.store.rows import AuditRow
from pk_api.store.tables import SHARED

EMERGENCY: Final = "emergency"


async def marked(db: Database, units: Units, rows: Sequence[AuditRow], *, now: int) -> list[AuditRow]:
    """Return the rows, the ground `emergency` left out of those without an opening in force."""
    asked = {row.patient for row in rows if _may_be(row)} - {SHARED}
    openings = await auditing.openings(db, asked, now=now) if asked else []
    by_patient: dict[str, list[Opening]] = {}
    for opening in openings:
        by_patient.setdefault(opening.patient, []).append(opening)
    return [
        row
        if not _may_be(row) or await _is_open(units, row, by_patient.get(row.patient, ()))
        else _unmarked(row)
        for row in rows
    ]


def _may_be(row: AuditRow) -> bool:
    return EMERGENCY in row.rule and EMERGENCY in row.rule.split()


def _unmarked(row: AuditRow) -> AuditRow:
    return replace(row, rule=" ".join(ground for ground in row.rule.split() if ground != EMERGENCY))


async def _is_open(units: Units, row: AuditRow, openings: Sequence[Opening]) -> bool:
    if not openings:
        return False
    kind = cast("ActorKind", row.actor_kind)
    employee = row.actor if row.actor_kind == "staff" else None
    actor = Actor(kind, row.client, provider=row.provider, unit=row.unit, employee=employee)
    reader = reader_of(actor, await units.facts(actor))
    return any(_is_for(opening, reader) for opening in openings)


def _is_for(opening: Opening, reader: Reader) -> bool:
    """Say whether an opening is for this reader; `store.lawful` says the same of rows, in SQL."""
    return (
        opening.provider == reader.provider
        and (not reader.units or opening.unit in reader.units)
        and opening.person in ("", reader.employee)
    )
