"""Reading contracts as wholes: members, directory, revisions, and what a keyed request wrote."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from pk_api.access.rules import DIRECTORY
from pk_api.access.visible import Visible
from pk_api.fhir.references import literal, walk
from pk_api.records.values import ContractRows, Revision
from pk_api.store import contracts, members
from pk_api.store.contracts import Keyed, Sought
from pk_api.store.database import Database
from pk_api.store.members import At
from pk_api.store.rows import Key, Page, Stored, from_micros

_BEYOND = 2**62
_KEPT = 5_000


class Kept(NamedTuple):
    """A version in memory, with the directory resources that it names."""

    stored: Stored
    named: tuple[tuple[str, str], ...]


class ContractReading:
    """The reads that concern a contract as a whole; what is visible is decided by the caller."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: dict[At, Kept] = {}

    async def whole(self, key: Key, visible: Visible, *, now: int) -> ContractRows | None:
        """Return the contract with its visible members; None when the contract itself is not visible."""
        places, revision, total = await members.members(self._db, key, visible, now=now)
        if not any(place.key == key for place in places):
            return None
        found = await self._versions(places)
        named = sorted({pair for one in found for pair in one.named})
        above = await members.directory(self._db, named, visible, now=now)
        directory = await self._versions(above)
        return ContractRows(
            contract=next(one.stored for one in found if one.stored.key == key),
            revision=revision,
            members=tuple(one.stored for one in found),
            directory={one.stored.reference: one.stored.resource for one in directory},
            withheld=len(places) < total,
            stamp=_stamp(key, revision, total, [*places, *above]),
        )

    async def directory(
        self, references: Iterable[str], visible: Visible, *, now: int
    ) -> Mapping[str, dict[str, Any]]:
        """Return directory resources by reference, with those that they in turn refer to."""
        locals_ = [r for r in map(literal, references) if r is not None and r.type in DIRECTORY]
        named = sorted({(r.type, r.id) for r in locals_})
        found = await self._versions(await members.directory(self._db, named, visible, now=now))
        return {one.stored.reference: one.stored.resource for one in found}

    async def _versions(self, places: Sequence[At]) -> list[Kept]:
        """Return these versions in order, from memory where they are at hand."""
        missing = [place for place in places if place not in self._kept]
        if missing:
            if len(self._kept) + len(missing) > _KEPT:
                self._kept.clear()
            for stored in await members.bodies(self._db, missing):
                self._kept[At(stored.key, stored.version)] = Kept(stored, _named(stored))
        return [self._kept[place] for place in places]

    async def found(
        self,
        visible: Visible,
        *,
        patient: str | None,
        status: str | None,
        unit: str | None,
        since: int | None,
        limit: int,
        after: Sequence[Any] | None,
        now: int,
    ) -> Page:
        """Return visible contracts, the latest changed first."""
        sought = Sought(patient, status, unit, since)
        return await contracts.found(self._db, sought, visible, now=now, limit=limit, after=after)

    async def revisions(
        self, key: Key, *, limit: int, before: int | None
    ) -> tuple[tuple[Revision, ...], int | None]:
        """Return the latest revisions, newest first, and the number to go on below."""
        rows = await contracts.revisions(self._db, key, limit=limit + 1, before=before or _BEYOND)
        by_number: dict[int, list[Any]] = {}
        for row in rows:
            by_number.setdefault(row["revision"], []).append(row)
        numbers = sorted(by_number, reverse=True)
        page = tuple(_revision(by_number[n]) for n in numbers[:limit])
        return page, numbers[limit - 1] if len(numbers) > limit else None

    async def standing(self, patient: str) -> Stored | None:
        """Return the patient's active contract."""
        return await contracts.standing(self._db, patient)

    async def owner(self, key: Key) -> tuple[str, str | None]:
        """Return the care provider and unit that own a resource."""
        return await contracts.owner(self._db, key)

    async def idempotent(self, client: str, key: str) -> Keyed | None:
        """Return what a client's key was used for."""
        return await contracts.idempotent(self._db, client, key)

    async def with_revision(self, stored: Stored) -> Stored:
        """Return the version with the revisions that it made."""
        made = await contracts.revision_of(self._db, stored.key, stored.version)
        return replace(stored, contracts=made)


def _revision(rows: Sequence[Any]) -> Revision:
    first = rows[0]
    return Revision(
        number=first["revision"],
        at=from_micros(first["recorded"]),
        by={"kind": first["actor_kind"], "name": first["actor_name"], "unit": first["actor_unit"]},
        changes=tuple((f"{r['type']}/{r['id']}", r["version"], r["method"]) for r in rows),
    )


def _named(member: Stored) -> tuple[tuple[str, str], ...]:
    """Return the directory resources that a version refers to."""
    found = (literal(reference.value) for reference in walk(member.resource))
    return tuple({(f.type, f.id) for f in found if f is not None and f.type in DIRECTORY})


def _stamp(key: Key, revision: int, total: int, places: Sequence[At]) -> str:
    """Return a text that changes with anything that the contract shows: ids, versions, what is withheld."""
    told = f"{key.patient}/{key.id}/{total}," + ",".join(
        f"{p.key.type}/{p.key.id}:{p.version}" for p in places
    )
    return f"{revision}-{hashlib.blake2b(told.encode(), digest_size=16).hexdigest()}"
