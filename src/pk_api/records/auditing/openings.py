"""The part of the door for emergency openings: each is followed up, and what that found is kept.

Source: HSLF-FS 2016:40 4 kap. 9 § 5–6; lag 2022:913 3 kap. (danger to life or health).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.auditing import AUDIT_OFFICER
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import EXT_REASON
from pk_api.fhir.values import parse
from pk_api.records.auditing.spot_checks import SpotChecking
from pk_api.records.audits import Access, audit_rows
from pk_api.records.jobs import Job
from pk_api.records.state import Settled
from pk_api.store import auditing, openings
from pk_api.store.openings import Opened, Sought
from pk_api.store.rows import Key

_KINDS: Final = frozenset({"emergency", "emergency-lift"})
_NAME: Final = "emergency-follow-up"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An opening as it is kept, the patient's id, its reason, the unit's name, and what was read under it."""

    row: Mapping[str, Any]
    patient: str | None
    reason: str
    place: str | None
    reads: int
    users: int
    last_read: int | None


def openings_in(settled: Iterable[tuple[Job, Settled]]) -> list[Opened]:
    """Return the emergency openings that a commit says."""
    return [
        Opened(
            new.key.patient,
            new.key.id,
            fact.provider,
            fact.kind,
            fact.unit,
            job.actor.employee or job.actor.name or job.actor.client,
            fact.since,
            fact.until,
        )
        for job, one in settled
        for new in one.versions
        if new.key.type == "Consent"
        for fact in new.facts
        if fact.kind in _KINDS
    ]


class FollowingUp(SpotChecking):
    """Emergency openings, for audit officers."""

    async def follow_ups(
        self,
        actor: Actor,
        *,
        is_open: bool,
        limit: int,
        after: tuple[int, str] | None = None,
        request_id: str = "",
    ) -> tuple[Sequence[FollowUp], tuple[int, str] | None]:
        """Return openings of the care provider, the latest first, and the place to go on after (None: end).

        `is_open`: those alone that wait for their follow-up. Problem forbidden.
        """
        provider = await self._officer(actor, request_id=request_id)
        sought = Sought(provider, is_open=is_open, after=after)
        rows = await openings.listed(self._db, sought, limit=limit + 1)
        page = rows[:limit]
        place = (page[-1]["opened"], page[-1]["consent_id"]) if len(rows) > limit else None
        return await self._followed(actor, page, request_id), place

    async def _followed(self, actor: Actor, rows: Sequence[Any], request_id: str) -> list[FollowUp]:
        """Return what is kept of openings; every patient in it is in the audit."""
        touched = [(Key(row["patient_key"], "Consent", row["consent_id"]), None) for row in rows]
        access = Access(actor, _NAME, request_id)
        await self._audit(audit_rows(access, touched, rule=AUDIT_OFFICER, detail="list"))
        patients = await auditing.patient_ids(self._db, {row["patient_key"] for row in rows})
        places = await auditing.place_names(self._db, {row["unit"] for row in rows})
        return [await self._follow_up(row, patients, places) for row in rows]

    async def _follow_up(self, row: Any, patients: Mapping[str, str], places: Mapping[str, str]) -> FollowUp:
        reads, users, last = await openings.read_under(self._db, row)
        patient = patients.get(row["patient_key"])
        place = places.get(row["unit"])
        return FollowUp(row, patient, _reason(row["body"]), place, reads, users, last)

    async def review_opening(
        self, actor: Actor, consent: str, *, finding: str, note: str | None, request_id: str = ""
    ) -> FollowUp:
        """Keep what a follow-up found, once. Problem not-found, not-allowed-in-state, forbidden."""
        provider = await self._officer(actor, request_id=request_id)
        found = await self._opening(actor, provider, consent, request_id=request_id)
        key = Key(found.row["patient_key"], "Consent", consent)
        by = actor.employee or actor.name
        async with self._db.transaction() as tx:
            is_done = await openings.review(
                tx, provider, consent, by=by, finding=finding, note=note, now=self._micros()
            )
        if not is_done:
            raise Problem("not-allowed-in-state", "This opening has been followed up.")
        access = Access(actor, "emergency-review", request_id)
        await self._audit(audit_rows(access, [(key, None)], rule=AUDIT_OFFICER, detail=finding))
        return await self._opening(actor, provider, consent, request_id=request_id)

    async def _opening(self, actor: Actor, provider: str, consent: str, *, request_id: str) -> FollowUp:
        rows = await openings.listed(self._db, Sought(provider, consent=consent), limit=1)
        found = await self._followed(actor, rows, request_id)
        if not found:
            raise Problem("not-found", "There is no such emergency opening of this care provider.")
        return found[0]


def _reason(body: str | None) -> str:
    consent = parse(body) if body else {}
    told = (
        one.get("valueString", "") for one in consent.get("extension", ()) if one.get("url") == EXT_REASON
    )
    return str(next(told, ""))
