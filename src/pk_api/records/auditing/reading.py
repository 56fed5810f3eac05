"""The part of the door that reads the audit: for audit officers and patients, itself audited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from pk_api.access.actor import Actor
from pk_api.access.auditing import AuditScope, audit_scope
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.filters import Filter, Range
from pk_api.fhir.search.matching import matches
from pk_api.fhir.search.query import Query
from pk_api.fhir.systems import PERSONNUMMER, SAMORDNINGSNUMMER
from pk_api.fhir.values import dump
from pk_api.records.auditing.events import Names, audit_event, entities_of, resource_of
from pk_api.records.audits import Access, audit_rows, told_of
from pk_api.records.door import Door
from pk_api.records.keys import keys_of
from pk_api.store import auditing, reading
from pk_api.store.auditing import Noted, Place, Wanted, place_of
from pk_api.store.rows import Key, Page, Stored, from_micros
from pk_api.store.tables import SHARED

__all__ = ["KIND", "AuditReading", "LogPage", "Noted", "ShowNames"]

KIND: Final = "AuditEvent"
ShowNames = Literal["public", "all", "none"]
_STRETCH: Final = 500
_MOST: Final = 20_000
"""Rows that one search looks through; then it goes on by the next link."""
_SORTED: Final = frozenset({"date", "_lastUpdated"})
_PUBLIC: Final = "SE2"
"""HSA-ids of regions and municipalities: their organisation numbers begin with 2."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of rows, the latest first; `next` leads to the page after it.

    `named` holds the names of rows whose user the reader is told, `places` the names of care providers and
    units by HSA-id where the token told none.
    """

    rows: tuple[Noted, ...]
    next: Place | None
    named: frozenset[str]
    places: Mapping[str, str]


class AuditReading(Door):
    """Reading the audit."""

    _names: ShowNames

    def shows_user(self, scope: AuditScope, noted: Noted) -> bool:
        """Say whether a reader is told the user's name: patients are by public care, or as is set."""
        if scope.patient is None or noted.row.actor_kind != "staff":
            return True
        if self._names == "public":
            return (noted.row.provider or "").startswith(_PUBLIC)
        return self._names == "all"

    async def audit_scope(self, actor: Actor, interaction: str, *, request_id: str = "") -> AuditScope:
        """Return what of the audit is open. Problem forbidden, its audit row kept."""
        scope = audit_scope(actor, await self.facts(actor))
        if scope is None:
            await self._refused(Access(actor, interaction, request_id), "no-audit-officer", KIND)
            raise Problem(
                "forbidden", "The audit is read by audit officers, and by patients about themselves."
            )
        return scope

    async def audit_event(self, actor: Actor, name: str, interaction: str, *, request_id: str = "") -> Stored:
        """Return the AuditEvent of this id. Problem not-found, forbidden."""
        scope = await self.audit_scope(actor, interaction, request_id=request_id)
        place = place_of(name)
        noted = await auditing.one(self._db, place) if place else None
        if noted is not None and not _is_open(scope, noted):
            noted = None
        patient = noted.row.patient if noted else SHARED
        touched = [(Key(patient, KIND, name), 1)] if noted else []
        outcome = "allowed" if noted else "absent"
        access = Access(actor, interaction, request_id)
        await self._audit(audit_rows(access, touched, rule=scope.rule, outcome=outcome, detail=KIND))
        if noted is None:
            raise Problem("not-found", f"There is no such {KIND} here, or it is not open to this caller.")
        return (await self._events(scope, [noted]))[0]

    async def audit_events(
        self, actor: Actor, query: Query, *, after: Sequence[Any] | None = None, request_id: str = ""
    ) -> Page:
        """Return a page of AuditEvents that match, the latest first unless sorted upwards by date."""
        _require_plain(query)
        scope = await self.audit_scope(actor, "search", request_id=request_id)
        wanted = await self._wanted(scope, query)
        place = (int(after[0]), str(after[1]), str(after[2])) if after else None
        found, end, is_all = await self._found(scope, wanted, query, after=place, limit=query.count)
        total = None
        if query.total == "accurate":
            counted, _, is_counted = await self._found(scope, wanted, query, after=None, limit=_MOST)
            if not is_counted:
                raise Problem("invalid", "There are too many to count: name a patient or a shorter time.")
            total = len(counted)
        touched = [(stored.key, 1) for stored in found]
        access = Access(actor, "search", request_id)
        await self._audit(audit_rows(access, touched, rule=scope.rule, detail=told_of(query)))
        return Page(tuple(found), None if is_all or query.count == 0 else end, total)

    async def access_log(
        self,
        actor: Actor,
        *,
        since: int | None,
        until: int | None,
        limit: int,
        after: Place | None = None,
        request_id: str = "",
    ) -> LogPage:
        """Return who had access to the patient's own data, page after page. Problem forbidden."""
        scope = await self.audit_scope(actor, "access-log", request_id=request_id)
        if scope.patient is None:
            await self._refused(Access(actor, "access-log", request_id), "own-log")
            raise Problem("forbidden", "This list is for patients; an audit officer searches AuditEvent.")
        wanted = Wanted(scope.patients, since=since, until=until)
        rows = await auditing.listed(self._db, wanted, limit=limit + 1, after=after)
        places = await auditing.place_names(
            self._db, (place for noted in rows for place in (noted.row.provider, noted.row.unit) if place)
        )
        own = [(Key(scope.patient, KIND, "own-log"), None)]
        await self._audit(audit_rows(Access(actor, "access-log", request_id), own, rule=scope.rule))
        return LogPage(
            tuple(rows[:limit]),
            rows[limit - 1].place if len(rows) > limit else None,
            frozenset(noted.name for noted in rows if self.shows_user(scope, noted)),
            places,
        )

    async def _found(
        self, scope: AuditScope, wanted: Wanted | None, query: Query, *, after: Place | None, limit: int
    ) -> tuple[list[Stored], Place | None, bool]:
        """Return what matches, where the search stopped, and whether it came to the end."""
        out: list[Stored] = []
        looked = 0
        while wanted is not None and limit and looked < _MOST:
            rows = await auditing.listed(self._db, wanted, limit=_STRETCH, after=after)
            for noted, stored in zip(rows, await self._events(scope, rows), strict=True):
                if len(out) == limit:
                    return out, after, False
                after = noted.place
                if matches(query, stored.resource, base_url=self._policy.base_url):
                    out.append(stored)
            if len(rows) < _STRETCH:
                return out, None, True
            looked += len(rows)
        return out, after, wanted is None or not limit

    async def _events(self, scope: AuditScope, rows: Sequence[Noted]) -> list[Stored]:
        names = replace(await self._names_of(rows), seen=await self._seen(scope, rows))
        return [
            _stored(noted, audit_event(noted, names, shows_user=self.shows_user(scope, noted)))
            for noted in rows
        ]

    async def _seen(self, scope: AuditScope, rows: Sequence[Noted]) -> frozenset[str] | None:
        """Return which of the resources in the rows a patient sees; None for who is told them all."""
        if scope.sees is None:
            return None
        entities = (entity for noted in rows for entity in entities_of(noted.row))
        named = sorted({one for one in map(resource_of, entities) if one is not None})
        keys = await keys_of(self._db, [(kind, id_) for kind, _, id_ in (n.partition("/") for n in named)])
        seen = await reading.several(self._db, keys, scope.sees, now=self._micros(), bodies=False)
        own = (one for one in named if one.startswith(f"{KIND}/"))
        return frozenset((*own, *(key.reference for key in seen)))

    async def _names_of(self, rows: Sequence[Noted]) -> Names:
        people = {noted.row.person for noted in rows if noted.row.person}
        known = await reading.identified(self._db, [(_system(number), number) for number in sorted(people)])
        patients = await auditing.patient_ids(self._db, (noted.row.patient for noted in rows))
        return Names(patients, {number: key.id for (_, number), key in known.items()})

    async def _wanted(self, scope: AuditScope, query: Query) -> Wanted | None:
        """Return the rows to look through; None when there can be none."""
        patients: tuple[str, ...] | None = None
        if query.patients is not None:
            keys = [await self.key("Patient", one) for one in sorted(query.patients)]
            patients = tuple(key.patient for key in keys if key is not None)
        if query.ids is not None:
            places = [place for place in map(place_of, query.ids) if place is not None]
            named = {place[1] for place in places}
            patients = tuple(sorted(named if patients is None else named & set(patients)))
        if scope.patient is not None:
            patients = tuple(one for one in scope.patients if patients is None or one in patients)
        since, until = _period(f for f in query.filters if f.parameter.code in _SORTED)
        wanted = Wanted(
            patients, scope.provider, since, until, bool(query.sort) and not query.sort[0].is_descending
        )
        if query.ids is not None:
            since, until = _around(query.ids, wanted)
            wanted = replace(wanted, since=since, until=until)
        return None if patients == () else wanted


def _is_open(scope: AuditScope, noted: Noted) -> bool:
    if scope.patient is not None:
        return noted.row.patient in scope.patients
    return noted.row.provider == scope.provider


def _stored(noted: Noted, event: dict[str, Any]) -> Stored:
    key = Key(noted.row.patient, KIND, noted.name)
    return Stored(key, 1, from_micros(noted.recorded), dump(event).decode())


def _system(number: str) -> str:
    is_coordination = number[6:8].isdecimal() and int(number[6:8]) > 60
    return SAMORDNINGSNUMMER if is_coordination else PERSONNUMMER


def _require_plain(query: Query) -> None:
    """Raise Problem for what the audit is not searched by."""
    if query.includes or query.has_links:
        raise Problem("invalid", f"{KIND} is searched by its own parameters: no chains, no includes.")
    if any(key.parameter.code not in _SORTED for key in query.sort) or len(query.sort) > 1:
        raise Problem("invalid", f"{KIND} is sorted by date alone: _sort=date or _sort=-date.")


def _around(ids: Iterable[str], wanted: Wanted) -> tuple[int, int]:
    """Return the period within which the rows of these ids were recorded, and no wider than it was."""
    times = [place[0] for place in map(place_of, ids) if place is not None] or [0]
    since = max(min(times), wanted.since if wanted.since is not None else 0)
    until = max(times) + 1
    return since, until if wanted.until is None else min(until, wanted.until)


def _period(filters: Iterable[Filter]) -> tuple[int | None, int | None]:
    """Return a period that holds every time that the filters let through."""
    since: int | None = None
    until: int | None = None
    for filter_ in filters:
        if filter_.is_negated or filter_.is_missing is not None or not filter_.ranges:
            continue
        low = min((_from(r) for r in filter_.ranges), key=lambda t: -1 if t is None else t)
        high = max((_to(r) for r in filter_.ranges), key=lambda t: 2**62 if t is None else t)
        since = low if since is None else since if low is None else max(low, since)
        until = high if until is None else until if high is None else min(high, until)
    return since, until


def _from(range_: Range) -> int | None:
    return {"eq": range_.low, "ge": range_.low, "gt": range_.low, "sa": range_.high, "ap": range_.low}.get(
        range_.op
    )


def _to(range_: Range) -> int | None:
    return {"eq": range_.high, "le": range_.high, "lt": range_.high, "eb": range_.low, "ap": range_.high}.get(
        range_.op
    )
