"""Reading contracts as wholes: members, directory, revisions, and what a keyed request wrote."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pk_api.access.rules import DIRECTORY
from pk_api.access.visible import Visible
from pk_api.fhir.references import literal, walk
from pk_api.records.values import ContractRows, Revision
from pk_api.store import contracts
from pk_api.store.contracts import Keyed, Sought
from pk_api.store.database import Database
from pk_api.store.rows import Key, Page, Stored, from_micros

_BEYOND = 2**62


class ContractReading:
    """The reads that concern a contract as a whole; what is visible is decided by the caller."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def whole(self, key: Key, visible: Visible, *, now: int) -> ContractRows | None:
        """Return the contract with its visible members; None when the contract itself is not visible."""
        members, revision, total = await contracts.members(self._db, key, visible, now=now)
        plan = next((m for m in members if m.key == key), None)
        if plan is None:
            return None
        named = {pair for member in members for pair in _named(member)}
        directory = await contracts.directory(self._db, sorted(named), visible, now=now)
        return ContractRows(
            contract=plan,
            revision=revision,
            members=members,
            directory={d.reference: d.resource for d in directory},
            withheld=len(members) < total,
            stamp=_stamp(revision, [*members, *directory]),
        )

    async def directory(
        self, references: Iterable[str], visible: Visible, *, now: int
    ) -> Mapping[str, dict[str, Any]]:
        """Return directory resources by reference, with those that they in turn refer to."""
        locals_ = [r for r in map(literal, references) if r is not None and r.type in DIRECTORY]
        found = await contracts.directory(
            self._db, sorted({(r.type, r.id) for r in locals_}), visible, now=now
        )
        return {d.reference: d.resource for d in found}

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


@lru_cache(maxsize=20_000)
def _named(member: Stored) -> tuple[tuple[str, str], ...]:
    """Return the directory resources that a version refers to."""
    found = (literal(reference.value) for reference in walk(member.resource))
    return tuple({(f.type, f.id) for f in found if f is not None and f.type in DIRECTORY})


def _stamp(revision: int, parts: Sequence[Stored]) -> str:
    told = ",".join(f"{p.reference}:{p.version}" for p in parts)
    return f"{revision}-{hashlib.blake2b(told.encode(), digest_size=8).hexdigest()}"
