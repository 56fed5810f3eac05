"""Reading contracts as wholes: members, directory, revisions, and what a keyed request wrote."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from pk_api.access.actor import Actor
from pk_api.access.decide import Decision
from pk_api.access.persons import knows_of_hidden
from pk_api.access.rules import CARE, DIRECTORY
from pk_api.access.visible import Visible
from pk_api.fhir.references import literal, walk
from pk_api.records.judged import Laws
from pk_api.records.values import ContractRows, Revision, Step
from pk_api.store import as_of, changes, contracts, members
from pk_api.store.as_of import Moment
from pk_api.store.contracts import Keyed, Sought
from pk_api.store.database import Database
from pk_api.store.members import At, Members
from pk_api.store.rows import Key, Page, Stored, from_micros
from pk_api.store.tables import SHARED

_BEYOND = 2**62
_ALL = 2**31 - 1
_KEPT = 5_000
_WHOLES = 500


class Kept(NamedTuple):
    """A version in memory, with the directory resources that it names."""

    stored: Stored
    named: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A contract as it was last put together for a reader, and by which listings."""

    seen: Members
    contract: Stored | None = None
    members: tuple[Stored, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    above: str = ""
    rows: ContractRows | None = None


_NOTHING = Whole(Members("", -1, withheld=False))


Place = tuple[Key, Visible]
"""A contract, and what its reader may see."""


class _Wholes:
    """Contracts put together of late, for each reader."""

    def __init__(self) -> None:
        self._found: OrderedDict[Place, Whole] = OrderedDict()

    def get(self, place: Place) -> Whole:
        return self._found.get(place, _NOTHING)

    def put(self, place: Place, whole: Whole) -> None:
        self._found[place] = whole
        self._found.move_to_end(place)
        if len(self._found) > _WHOLES:
            self._found.popitem(last=False)

    def drop(self, patient: str) -> None:
        for place in [each for each in self._found if each[0].patient == patient]:
            del self._found[place]


class ContractReading:
    """The reads that concern a contract as a whole; what is visible is decided by the caller."""

    def __init__(self, db: Database, laws: Laws) -> None:
        self._db = db
        self._laws = laws
        self._kept: dict[At, Kept] = {}
        self._wholes = _Wholes()
        self._past = _Wholes()

    def forget(self, patient: str) -> None:
        """Let the next reads of a patient's contract be of what is stored, whatever is in memory."""
        self._kept = {at: one for at, one in self._kept.items() if at.key.patient != patient}
        self._wholes.drop(patient)
        self._past.drop(patient)

    async def whole(
        self, key: Key, decision: Decision, *, now: int, at: Moment | None = None
    ) -> tuple[ContractRows | None, Decision]:
        """Return the contract with its visible members, and the decision about its patient.

        With `at` they are as they were then, as far as they are visible now. Without the contract itself
        there is None.
        """

        async def look(visible: Visible) -> Members:
            if at is not None:
                return await as_of.members(self._db, key, at, visible, now=now)
            kept = self._wholes.get((key, visible)).seen
            if now < kept.until and kept.mark == await members.mark(self._db, key.patient):
                return kept
            return await members.members(self._db, key, visible, now=now)

        found = attrgetter("listing")
        seen, judged = await self._laws.seen(key.patient, decision, look, now=now, is_found=found)
        wholes = self._wholes if at is None else self._past
        known = wholes.get((key, judged.visible))
        if known.seen is not seen:
            known = await self._put_together(key, known, seen, decision.visible, now=now)
            wholes.put((key, judged.visible), known)
        return known.rows, judged

    async def _put_together(
        self, key: Key, known: Whole, seen: Members, visible: Visible, *, now: int
    ) -> Whole:
        known = replace(known, seen=seen) if known.seen == seen else await self._members(key, seen)
        if known.contract is None:
            return known
        above = await members.directory(self._db, known.named, visible, now=now)
        if known.rows is None or known.above != above:
            directory = await self._versions(members.places(SHARED, above))
            known = replace(known, above=above, rows=_rows(known, above, directory))
        return known

    async def _members(self, key: Key, seen: Members) -> Whole:
        found = await self._versions(members.places(key.patient, seen.listing))
        return Whole(
            seen=seen,
            contract=next((one.stored for one in found if one.stored.key == key), None),
            members=tuple(one.stored for one in found),
            named=tuple(sorted({pair for one in found for pair in one.named})),
        )

    async def directory(
        self, references: Iterable[str], visible: Visible, *, now: int
    ) -> Mapping[str, dict[str, Any]]:
        """Return directory resources by reference, with those that they in turn refer to."""
        locals_ = [r for r in map(literal, references) if r is not None and r.type in DIRECTORY]
        named = sorted({(r.type, r.id) for r in locals_})
        listing = await members.directory(self._db, named, visible, now=now)
        found = await self._versions(members.places(SHARED, listing))
        return {one.stored.reference: one.stored.resource for one in found}

    async def _versions(self, places: Sequence[At]) -> list[Kept]:
        """Return these versions in order, from memory where they are at hand."""
        missing = [place for place in places if place not in self._kept]
        if missing:
            if len(self._kept) + len(missing) > _KEPT:
                self._kept.clear()
            asked = {(place.key, place.version): place for place in missing}
            for stored in await members.bodies(self._db, missing):
                at = asked[stored.key, stored.version]
                self._kept[at] = Kept(stored, _named(stored))
        return [self._kept[place] for place in places]

    async def steps(self, key: Key, visible: Visible, *, now: int, after: int, upto: int) -> tuple[Step, ...]:
        """Return what revisions after one, up to another, wrote of what is visible now, oldest first."""
        rows = await changes.between(self._db, key, visible, now=now, after=after, upto=upto)
        written = await self._written(key.patient, rows)
        steps = groupby(zip(rows, written, strict=True), lambda pair: pair[0]["revision"])
        return tuple(_step(list(pairs)) for _, pairs in steps)

    async def versions(
        self, key: Key, visible: Visible, *, now: int, of: Sequence[tuple[str, str]]
    ) -> tuple[Step, ...]:
        """Return every version of some resources that is visible now, the oldest first."""
        rows = await changes.about(self._db, key, visible, now=now, before=_BEYOND, limit=_ALL, of=of)
        written = await self._written(key.patient, rows[::-1])
        return tuple(_step([pair]) for pair in zip(rows[::-1], written, strict=True))

    async def latest(
        self, key: Key, visible: Visible, *, now: int, before: int | None, limit: int
    ) -> tuple[tuple[Step, ...], int | None]:
        """Return the latest versions about the patient with those before them, and where to go on."""
        rows = await changes.about(self._db, key, visible, now=now, before=before or _BEYOND, limit=limit + 1)
        page = rows[:limit]
        written = await self._written(key.patient, page)
        earlier = [{**row, "version": row["version"] - 1, "method": row["was"]} for row in page if row["was"]]
        were = {(each.key, each.version): each for each in await self._written(key.patient, earlier)}
        steps = tuple(
            replace(_step([(row, one)]), before=were.get((one.key, one.version - 1)))
            for row, one in zip(page, written, strict=True)
        )
        return steps, page[-1]["number"] if len(rows) > limit else None

    async def _written(self, patient: str, rows: Sequence[Mapping[str, Any]]) -> list[Stored]:
        """Return the versions that rows of changes name; a deletion has no text."""
        places = [
            At(Key(patient, r["type"], r["id"]), r["version"], bool(r["masked"]))
            for r in rows
            if r["method"] != "DELETE"
        ]
        told = {(each.stored.key, each.stored.version): each.stored for each in await self._versions(places)}
        return [
            told.get((key := Key(patient, r["type"], r["id"]), r["version"]))
            or Stored(key, r["version"], from_micros(r["recorded"]), "", deleted=True, method="DELETE")
            for r in rows
        ]

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
        return stored._replace(contracts=made)


def told_to(actor: Actor, rows: ContractRows) -> ContractRows:
    """Return the rows with what this reader may know of what is not shown.

    Care learns that some is not open, the patient that something is hidden; those who act for a patient are
    told neither: who knows that a child hides something may make it tell.
    """
    withheld, hides = rows.withheld and actor.kind in CARE, rows.hides and knows_of_hidden(actor)
    if (withheld, hides) == (rows.withheld, rows.hides):
        return rows
    return replace(rows, withheld=withheld, hides=hides)


def _step(pairs: Sequence[tuple[Mapping[str, Any], Stored]]) -> Step:
    first = pairs[0][0]
    by = {"kind": first["actor_kind"], "name": first["actor_name"], "unit": first["actor_unit"]}
    return Step(first["revision"], from_micros(first["recorded"]), by, tuple(one for _, one in pairs))


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


def _rows(whole: Whole, above: str, directory: Sequence[Kept]) -> ContractRows:
    """Return the rows; the stamp changes with all that is shown: ids, versions, whether some is withheld."""
    if whole.contract is None:
        raise LookupError("no contract")
    listings = (",".join(sorted(text.split(","))) for text in (whole.seen.listing, above))
    unseen = f"{whole.seen.withheld} {whole.seen.hides}"
    told = f"{whole.contract.key.patient} {whole.contract.id} {unseen} {' '.join(listings)}"
    return ContractRows(
        contract=whole.contract,
        revision=whole.seen.revision,
        members=whole.members,
        directory={one.stored.reference: one.stored.resource for one in directory},
        withheld=whole.seen.withheld,
        hides=whole.seen.hides,
        stamp=f"{whole.seen.revision}-{hashlib.blake2b(told.encode(), digest_size=16).hexdigest()}",
    )
