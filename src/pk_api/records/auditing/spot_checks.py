"""The part of the door for spot checks: rows picked by marks and by chance, and what their reviews found.

Source: HSLF-FS 2016:40 4 kap. 9 § 5–6: systematic and recurring checks of the log, themselves documented.
"""

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.auditing import AUDIT_OFFICER
from pk_api.fhir.problems import Problem
from pk_api.records.auditing.marks import CHANCE, REFUSALS, Known, marks_of
from pk_api.records.auditing.reading import KIND, AuditReading, LogPage
from pk_api.records.audits import Access, audit_rows
from pk_api.store import auditing, spot_checks
from pk_api.store.auditing import Noted, Place, Wanted
from pk_api.store.rows import Key
from pk_api.store.tables import SHARED

FINDINGS: Final = ("in-order", "to-be-asked-about", "unauthorised")
"""What a review may find."""

_NAME: Final = "spot-check"
_LOT: Final = 500
_MOST: Final = 100_000
"""Rows of one care provider that one check looks at, the latest first."""


@dataclass(frozen=True, slots=True)
class SpotItem:
    """A row that was picked (None: removed after its time), and its review."""

    n: int
    marks: tuple[str, ...]
    noted: Noted | None
    patient: str | None
    reviewed: int | None
    reviewer: str | None
    finding: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """A spot check: its head as it is kept, its items, and the names around them."""

    head: Any
    items: tuple[SpotItem, ...]
    page: LogPage


class _Sample:
    """So many of a stream, each with the same chance (reservoir sampling)."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._seen = 0
        self.picked: list[tuple[Noted, str]] = []

    def offer(self, noted: Noted, marks: str) -> None:
        """Take the row or leave it."""
        self._seen += 1
        if len(self.picked) < self._size:
            self.picked.append((noted, marks))
        elif (at := secrets.randbelow(self._seen)) < self._size:
            self.picked[at] = (noted, marks)


class SpotChecking(AuditReading):
    """Spot checks, for audit officers."""

    async def _officer(self, actor: Actor, *, request_id: str) -> str:
        """Return the officer's care provider. Problem forbidden."""
        scope = await self.audit_scope(actor, _NAME, request_id=request_id)
        if scope.provider is None:
            await self._refused(Access(actor, _NAME, request_id), "no-audit-officer")
            raise Problem("forbidden", "Spot checks are made by audit officers.")
        return scope.provider

    async def make_spot_check(
        self, actor: Actor, *, since: int, until: int, size: int, request_id: str = ""
    ) -> SpotCheck:
        """Pick rows of staff in a period: up to `size` with marks, as many by chance. Problem forbidden."""
        provider = await self._officer(actor, request_id=request_id)
        marked, others = _Sample(size), _Sample(size)
        looked = await self._look(Wanted(None, provider, since, until), marked, others)
        items = sorted([*marked.picked, *others.picked], key=lambda item: item[0].place, reverse=True)
        async with self._db.transaction() as tx:
            name = await spot_checks.keep(
                tx,
                provider,
                actor.employee or actor.name,
                period=(since, until),
                looked=looked,
                items=items,
                now=self._micros(),
            )
        return await self.spot_check(actor, name, request_id=request_id)

    async def _look(self, wanted: Wanted, marked: _Sample, others: _Sample) -> int:
        refused = await self._refused_often(wanted)
        looked, after = 0, None
        while looked < _MOST and (rows := await auditing.listed(self._db, wanted, limit=_LOT, after=after)):
            after = rows[-1].place
            keys = {noted.row.patient for noted in rows} - {SHARED}
            known = Known(
                await spot_checks.patients(self._db, keys),
                await spot_checks.colleagues(self._db, keys),
                refused,
            )
            for noted in filter(_is_of_care, rows):
                looked += 1
                marks = marks_of(noted.row, known)
                (marked if marks else others).offer(noted, marks or CHANCE)
        return looked

    async def _refused_often(self, wanted: Wanted) -> set[str]:
        counted: Counter[str] = Counter()
        looked, after = 0, None
        while looked < _MOST and (rows := await auditing.listed(self._db, wanted, limit=_LOT, after=after)):
            looked, after = looked + len(rows), rows[-1].place
            counted.update(n.row.actor for n in rows if n.row.actor and n.row.outcome == "refused")
        return {actor for actor, n in counted.items() if n >= REFUSALS}

    async def spot_checks(self, actor: Actor, *, request_id: str = "") -> Sequence[Any]:
        """Return the care provider's spot checks, the latest first. Problem forbidden."""
        provider = await self._officer(actor, request_id=request_id)
        rows = await spot_checks.listed(self._db, provider)
        await self._audit(audit_rows(Access(actor, _NAME, request_id), [], rule=AUDIT_OFFICER, detail="list"))
        return rows

    async def spot_check(self, actor: Actor, name: str, *, request_id: str = "") -> SpotCheck:
        """Return a spot check; every patient in it is in the audit. Problem not-found, forbidden."""
        provider = await self._officer(actor, request_id=request_id)
        access = Access(actor, _NAME, request_id)
        found = await spot_checks.find(self._db, provider, name)
        if found is None:
            await self._audit(audit_rows(access, [], rule=AUDIT_OFFICER, outcome="absent"))
            raise Problem("not-found", "There is no such spot check of this care provider.")
        head, kept = found
        items = [await self._item(row) for row in kept]
        told = [item.noted for item in items if item.noted is not None]
        touched = [(Key(noted.row.patient, KIND, noted.name), 1) for noted in told]
        await self._audit(audit_rows(access, touched, rule=AUDIT_OFFICER, detail=name))
        names = await auditing.patient_ids(self._db, (noted.row.patient for noted in told))
        placed = {place for noted in told for place in (noted.row.provider, noted.row.unit) if place}
        places = await auditing.place_names(self._db, placed)
        page = LogPage(tuple(told), None, frozenset(noted.name for noted in told), places)
        return SpotCheck(head, tuple(_with_patient(item, names) for item in items), page)

    async def review_spot_item(
        self, actor: Actor, name: str, n: int, *, finding: str, note: str | None, request_id: str = ""
    ) -> SpotCheck:
        """Keep what a review found, once. Problem not-found, not-allowed-in-state, forbidden."""
        check = await self.spot_check(actor, name, request_id=request_id)
        item = next((item for item in check.items if item.n == n), None)
        if item is None:
            raise Problem("not-found", "There is no such item of this spot check.")
        place: Place | None = item.noted.place if item.noted else None
        touched = [(Key(place[1], KIND, item.noted.name), 1)] if place and item.noted else []
        async with self._db.transaction() as tx:
            is_done = await spot_checks.review(
                tx,
                name,
                n,
                by=actor.employee or actor.name,
                finding=finding,
                note=note,
                now=self._micros(),
            )
        if not is_done:
            raise Problem("not-allowed-in-state", "This item has been reviewed.")
        rows = audit_rows(
            Access(actor, "spot-check-review", request_id),
            touched,
            rule=AUDIT_OFFICER,
            detail=f"{name} {n} {finding}",
        )
        await self._audit(rows)
        return await self.spot_check(actor, name, request_id=request_id)

    async def _item(self, row: Any) -> SpotItem:
        noted = await auditing.one(self._db, (row["recorded"], row["patient_key"], row["audit_id"]))
        review = (row["reviewed"], row["reviewer"], row["finding"], row["note"])
        return SpotItem(row["n"], tuple(row["marks"].split()), noted, None, *review)


def _is_of_care(noted: Noted) -> bool:
    """Whether a row is of staff, and not of the checks themselves."""
    return noted.row.actor_kind == "staff" and not noted.row.interaction.startswith(_NAME)


def _with_patient(item: SpotItem, names: dict[str, str]) -> SpotItem:
    patient = names.get(item.noted.row.patient) if item.noted else None
    return SpotItem(
        item.n, item.marks, item.noted, patient, item.reviewed, item.reviewer, item.finding, item.note
    )
