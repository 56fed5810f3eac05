"""Rows of the audit in the form of the national log service, as lines of JSON.

Source: RIV TA informationsecurity:auditing:log, StoreLog 2.0 (names of its elements). It has a place for
users of care providers alone: what patients and their proxies did is not among the lines.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import orjson

from pk_api.fhir.systems import BASE, SYNONYMS
from pk_api.records.auditing.events import when
from pk_api.records.auditing.upkeep import COMMAND
from pk_api.records.auditing.words import doing, is_emergency, purpose_of
from pk_api.records.audits import Access, audit_rows
from pk_api.store import auditing, writing
from pk_api.store.auditing import Noted, Owned, Place, Wanted
from pk_api.store.database import Database
from pk_api.store.rows import Key, to_micros
from pk_api.store.tables import SHARED

Json = dict[str, Any]
_LOT: Final = 500
_EMERGENCY: Final = "Nödöppning"
_ROOTS: Final = {
    system: oid.removeprefix("urn:oid:") for oid, system in SYNONYMS.items() if oid.startswith("urn:oid:")
}
"""The object identifiers by which RIV TA names the systems of identity numbers."""


async def storelog(
    db: Database, provider: str, *, since: datetime, until: datetime, system: str, now: datetime
) -> AsyncIterator[bytes]:
    """Yield the lines of a care provider's users, in order of time; that it was exported is in the audit."""
    told = f"{provider} {since:%Y-%m-%d} {until:%Y-%m-%d}"
    note = audit_rows(Access(COMMAND, "audit-export"), [], rule="operator", detail=told)
    async with db.transaction() as tx:
        await writing.save_audit(tx, note, now=to_micros(now))
    wanted = Wanted(None, provider, to_micros(since), to_micros(until), ascending=True)
    after: Place | None = None
    while rows := await auditing.listed(db, wanted, limit=_LOT, after=after):
        after = rows[-1].place
        for line in await _Lot(db, rows, system).lines():
            yield line


class _Lot:
    """Some rows with what is looked up for them: whose the resources are, who the patients are, names."""

    def __init__(self, db: Database, rows: Sequence[Noted], system: str) -> None:
        self._db = db
        self._rows = rows
        self._system = system
        self._owners: dict[Key, Owned] = {}
        self._numbers: dict[str, tuple[str, str]] = {}
        self._places: dict[str, str] = {}

    async def lines(self) -> list[bytes]:
        """Return the rows as lines."""
        keys = [key for noted in self._rows for key in _keys(noted)]
        self._owners = await auditing.owners(self._db, keys)
        self._numbers = await auditing.numbers(self._db, (noted.row.patient for noted in self._rows))
        acted = {place for n in self._rows for place in (n.row.provider, n.row.unit) if place}
        owned = {place for one in self._owners.values() for place in one if place}
        self._places = await auditing.place_names(self._db, acted | owned)
        return [orjson.dumps(self._log(noted)) + b"\n" for noted in self._rows]

    def _log(self, noted: Noted) -> Json:
        row, done = noted.row, doing(noted.row.interaction)
        return {
            "logId": str(uuid5(NAMESPACE_URL, f"{BASE}/AuditEvent/{noted.name}")),
            "system": {"systemId": self._system, "systemName": "pk_api"},
            "activity": {
                "activityType": _EMERGENCY if is_emergency(row.rule) else done.activity,
                "activityLevel": row.interaction,
                "activityArgs": f"{row.outcome}; {row.rule}",
                "startDate": when(noted),
                "purpose": purpose_of(row.purpose).swedish,
            },
            "user": _present(
                userId=row.actor,
                name=row.name,
                assignment=row.assignment,
                title=row.title,
                careProvider=self._provider(row.provider, row.provider_name),
                careUnit=self._unit(row.unit, row.unit_name),
            ),
            "resources": {"resource": list(self._resources(noted))},
        }

    def _resources(self, noted: Noted) -> Iterator[Json]:
        """Yield a resource for each type and owner, the patient with each."""
        found = self._numbers.get(noted.row.patient)
        patient = None
        if found is not None:
            patient = {"patientId": {"root": _ROOTS.get(found[0], found[0]), "extension": found[1]}}
        seen: set[tuple[str, Owned]] = set()
        for key in _keys(noted) or [Key(SHARED, "", "")]:
            owned = self._owners.get(key) or Owned(noted.row.provider or "", noted.row.unit)
            kind = key.type or noted.row.detail or noted.row.interaction
            if (kind, owned) in seen:
                continue
            seen.add((kind, owned))
            yield _present(
                resourceType=kind,
                patient=patient,
                careProvider=self._provider(owned.owner),
                careUnit=self._unit(owned.unit),
            )

    def _provider(self, hsa_id: str | None, name: str | None = None) -> Json | None:
        known = name or self._places.get(hsa_id or "")
        return _present(careProviderId=hsa_id, careProviderName=known) if hsa_id else None

    def _unit(self, hsa_id: str | None, name: str | None = None) -> Json | None:
        known = name or self._places.get(hsa_id or "")
        return _present(careUnitId=hsa_id, careUnitName=known) if hsa_id else None


def _keys(noted: Noted) -> list[Key]:
    """Return the resources that a row names."""
    named = (reference.split("/") for reference in orjson.loads(noted.row.entities))
    return [Key(noted.row.patient, parts[0], parts[1] if len(parts) > 1 else "") for parts in named]


def _present(**values: Any) -> Json:
    return {name: value for name, value in values.items() if value is not None}
