"""Records: every read and write of stored data passes here.

It decides access, does the work, leaves an audit row before the answer, and queues what changed.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pk_api.access.actor import Actor
from pk_api.access.decide import decide, refusal_told
from pk_api.access.rules import LETTERS
from pk_api.fhir.identity import identity_issues
from pk_api.fhir.problems import Issue, Problem
from pk_api.records.acting import Acting
from pk_api.records.auditing.openings import FollowingUp
from pk_api.records.auditing.reading import ShowNames
from pk_api.records.audits import Access, audit_rows
from pk_api.records.clocks import Clock
from pk_api.records.contracts import ContractReading, told_to
from pk_api.records.door import utc_now
from pk_api.records.drafts import Drafts, Policy
from pk_api.records.everything import EverythingReading
from pk_api.records.exports.door import Exporting
from pk_api.records.exports.values import ExportRules
from pk_api.records.inviting import Inviting
from pk_api.records.jobs import Job
from pk_api.records.lifting import Lifting
from pk_api.records.listing import Listing
from pk_api.records.signing import Signer
from pk_api.records.travelling import Travelling
from pk_api.records.values import ContractRows, Idempotency, Revision, Write
from pk_api.records.writer import Writer
from pk_api.store import reading, unasked, writing
from pk_api.store.database import Clash, Database
from pk_api.store.rows import EPOCH, Key, Page, Stored, to_micros
from pk_api.store.tables import SHARED

KEYS_KEPT = timedelta(days=7)


class Records(Travelling, Listing, EverythingReading, Exporting, Acting, Inviting, FollowingUp, Lifting):
    """The one door to stored data."""

    def __init__(
        self,
        db: Database,
        policy: Policy | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        exports: ExportRules | None = None,
        shows_names: ShowNames = "public",
        clocks: Sequence[Clock] = (),
        signer: Signer | None = None,
    ) -> None:
        super().__init__(db, policy, clock=clock)
        self.signer = signer
        self._exports = exports or ExportRules()
        self._names = shows_names
        self.exports_wanted = asyncio.Event()
        self._writer = Writer(db, self._policy, clock, self._audit, clocks, units=self._units)
        self._contracts = ContractReading(db, self._laws)

    async def drain(self) -> None:
        """Wait until nothing is being written."""
        await self._writer.drain()
        await super().drain()

    async def forget_keys(self) -> None:
        """Remove Idempotency-Keys older than 7 days."""
        await writing.forget_keys(self._db, before=self._micros() - to_micros(EPOCH + KEYS_KEPT))

    # --- single resources

    async def read(
        self, actor: Actor, resource_type: str, resource_id: str, *, request_id: str = ""
    ) -> Stored:
        """Return the present version. Problem not-found (absent or not visible), gone or forbidden."""
        access = Access(actor, "read", request_id)
        key = await self.key(resource_type, resource_id)
        asked = key or Key(SHARED, resource_type, resource_id)
        decision = await self._decide(access, "read", resource_type, asked=asked)
        found, now = None, self._micros()
        if key:
            found, decision = await self._laws.seen(
                key.patient, decision, lambda visible: reading.read(self._db, key, visible, now=now), now=now
            )
        return await self._told(access, decision, asked, found)

    async def vread(
        self, actor: Actor, resource_type: str, resource_id: str, version: int, *, request_id: str = ""
    ) -> Stored:
        """Return one version. Problem not-found, gone (that version is a deletion) or forbidden."""
        access = Access(actor, "vread", request_id)
        key = await self.key(resource_type, resource_id)
        asked = key or Key(SHARED, resource_type, resource_id)
        decision = await self._decide(access, "read", resource_type, asked=asked)
        found, now = None, self._micros()
        if key:
            found, decision = await self._laws.seen(
                key.patient,
                decision,
                lambda visible: reading.vread(self._db, key, version, visible, now=now),
                now=now,
            )
        return await self._told(access, decision, asked, found)

    # --- writing

    async def write(
        self,
        actor: Actor,
        writes: Sequence[Write],
        *,
        base: tuple[str, int] | None = None,
        idempotency: Idempotency | None = None,
        identified: frozenset[str] = frozenset(),
        tries_again: bool = False,
        request_id: str = "",
    ) -> tuple[Stored, ...]:
        """Write a set of resources in one transaction, or nothing of it; return one for each write.

        A conditional create that finds a resource returns it; a deletion that finds none, a version 0.
        Problem: invalid, forbidden, stale, conflict (facts `conflicts` when a `base` revision was given),
        second-contract, duplicate, business-rule, idempotency-mismatch, in-progress. With an idempotency key
        that was used for the same body, what was written then is returned and nothing is written.
        `identified`: ids of Patients whom the caller has named by identity number. `tries_again`: a
        stale version is no refusal yet, and leaves no audit row.
        """
        alone = "patch" if writes[0].patch else writes[0].method
        name = alone if len(writes) == 1 else "transaction"
        access = Access(actor, name, request_id)
        facts = await self.facts(actor)
        if idempotency is not None and (replayed := await self._replayed(access, idempotency)) is not None:
            return replayed
        named = await self._ask_by_writes(access, writes)
        job = Job(access, facts, Drafts(), base, idempotency, identified, tries_again=tries_again)
        try:
            written = await self._writer.write(job, writes)
            if any(write.type == "Organization" for write in writes):
                self._units.forget()
        except Problem as problem:
            # the same request may have been written meanwhile, and be why this one is refused
            replayed = await self._replayed(access, idempotency) if idempotency is not None else None
            if replayed is None:
                await self._note_missed(access, named.untaken(problem))
                raise
            return replayed
        self._note_registered(actor, named)
        await self._note_missed(access, named.sought if any(not one.version for one in written) else ())
        return tuple(written)

    async def rehearse(self, actor: Actor, write: Write, *, request_id: str = "") -> Problem | None:
        """Return why a write would be refused, None when it would be done; nothing is stored.

        Problem forbidden when the caller may do no such write at all.
        """
        access = Access(actor, "validate", request_id)
        named = await self._ask_by_writes(access, [write])
        problem = await self._writer.rehearse(Job(access, await self.facts(actor), Drafts()), [write])
        await self._note_missed(access, named.untaken(problem))
        return problem

    async def permit(self, actor: Actor, resource_type: str, *, request_id: str = "") -> None:
        """Let a caller ask about the form of a type. Problem forbidden when nothing of it is open to them."""
        access, facts = Access(actor, "validate", request_id), await self.facts(actor)
        decisions = [decide(actor, facts, action) for action in LETTERS]
        if not any(d.visible.for_type(resource_type).clauses for d in decisions):
            await self._refused(access, decisions[0].rule, resource_type)
            raise Problem("forbidden", refusal_told(decisions[0].rule))
        await self._audit(audit_rows(access, [], rule="scopes", detail=resource_type))

    def faults(self, resource: Mapping[str, Any]) -> list[Issue]:
        """Return what the service finds wrong with the identity numbers of a valid resource."""
        return identity_issues(resource, self._policy.identity_numbers)

    async def refuse(self, actor: Actor, key: Key | None, problem: Problem, *, request_id: str = "") -> None:
        """Keep the audit row of a change that a contract's own rules refuse; None for no contract yet."""
        await self._refused(Access(actor, "change", request_id), problem.kind, problem.kind, key)

    async def replay(
        self, actor: Actor, idempotency: Idempotency, *, request_id: str = ""
    ) -> tuple[Stored, ...] | None:
        """Return what the caller's key wrote before, None for a new key. Problem idempotency-mismatch."""
        return await self._replayed(Access(actor, "replay", request_id), idempotency)

    async def keep_key(self, actor: Actor, idempotency: Idempotency, *, request_id: str = "") -> None:
        """Keep that a request wrote nothing: sent again, however late, it writes nothing either.

        Problem idempotency-mismatch when another request has taken the key meanwhile.
        """
        with suppress(Clash):
            told = (actor.caller, idempotency.key, idempotency.body_hash)
            await writing.keep_key(self._db, *told, now=self._micros())
            return
        await self.replay(actor, idempotency, request_id=request_id)

    async def _replayed(self, access: Access, idempotency: Idempotency) -> tuple[Stored, ...] | None:
        """Return what the key's first request wrote, as far as the caller may still see it."""
        found = await self._contracts.idempotent(access.actor.caller, idempotency.key)
        if found is None:
            return None
        if found.body_hash != idempotency.body_hash:
            await self._refused(access, "idempotency-mismatch")
            raise Problem("idempotency-mismatch", "This Idempotency-Key was used for another request.")
        return tuple([await self._as_written(access, key, version) for key, version in found.written])

    async def _as_written(self, access: Access, key: Key, version: int) -> Stored:
        decision = await self._decide(access, "read", key.type)
        now = self._micros()
        stored = await reading.vread(self._db, key, version, decision.visible, now=now)
        told = await self._told(access, decision, key, stored)
        return (await self._contracts.with_revision(told))._replace(created=version == 1)

    # --- definitions

    async def consulted(self, actor: Actor, interaction: str, what: str, *, request_id: str = "") -> None:
        """Keep the audit row of one who asks for definitions: they are open to all, and about nobody."""
        access = Access(actor, interaction, request_id)
        await self._audit(audit_rows(access, [], rule="open-definitions", detail=what))

    # --- contracts

    async def contract(self, actor: Actor, contract_id: str, *, request_id: str = "") -> ContractRows:
        """Return the contract with every member that the caller may see, and the directory behind them."""
        access = Access(actor, "contract", request_id)
        key = await self.key("CarePlan", contract_id)
        asked = key or Key(SHARED, "CarePlan", contract_id)
        decision = await self._decide(access, "read", "CarePlan", asked=asked)
        rows = None
        if key is not None:
            rows, decision = await self._contracts.whole(key, decision, now=self._micros())
        if rows is None:
            await self._told(access, decision, asked, None)
            raise Problem("not-found", "There is no such contract here, or it is not open to this caller.")
        touched = await self._touched(rows.members)
        await self._audit(audit_rows(access, touched, rule=decision.rule, judged=decision.about))
        return told_to(actor, rows)

    async def contracts(
        self,
        actor: Actor,
        *,
        patient: str | None = None,
        status: str | None = None,
        unit: str | None = None,
        updated_since: datetime | None = None,
        limit: int = 50,
        after: Sequence[Any] | None = None,
        request_id: str = "",
    ) -> Page:
        """Return contracts (CarePlans) that are visible; `patient` is a Patient id, `unit` an HSA-id."""
        access = Access(actor, "contracts", request_id)
        decision = await self._decide(access, "search", "CarePlan")
        owner = await self.key("Patient", patient) if patient else None
        page = Page(())
        if owner is not None or patient is None:
            page = await self._contracts.found(
                decision.visible.for_type("CarePlan"),
                patient=owner.patient if owner else None,
                status=status,
                unit=unit,
                since=to_micros(updated_since) if updated_since else None,
                limit=limit,
                after=after,
                now=self._micros(),
            )
        touched = await self._touched(page.items)
        await self._audit(audit_rows(access, touched, rule=decision.rule))
        return page

    async def revisions(
        self, actor: Actor, contract_id: str, *, limit: int, before: int | None = None, request_id: str = ""
    ) -> tuple[tuple[Revision, ...], int | None]:
        """Return revisions, newest first, and the number to go on below (None at the end)."""
        found = await self.read(actor, "CarePlan", contract_id, request_id=request_id)
        return await self._contracts.revisions(found.key, limit=limit, before=before)

    async def standing_contract(self, patient_id: str) -> Stored | None:
        """Return the patient's active contract, whoever asks: for the door's routing, never for an answer."""
        key = await self.key("Patient", patient_id)
        return await self._contracts.standing(key.patient) if key else None

    async def owner_of(self, stored: Stored) -> tuple[str, str | None]:
        """Return the care provider and unit that own a resource (HSA-ids)."""
        return await self._contracts.owner(stored.key)

    async def owners_of(self, found: Iterable[Stored]) -> Mapping[str, str]:
        """Return the care providers that own resources, by reference: for the service, not to tell."""
        owners = await unasked.owners(self._db, [each.key for each in found])
        return {key.reference: owner for key, owner in owners.items()}

    # --- who and where

    async def patient_by_identifier(
        self, actor: Actor, system: str, value: str, *, request_id: str = ""
    ) -> str | None:
        """Return the id of the Patient with this national identity number, for one who knows the number."""
        access = Access(actor, "identify", request_id)
        decision = await self._decide(access, "search", "Patient")
        await self._ask_for_patients(access, [value])
        key = (await reading.identified(self._db, [(system, value)])).get((system, value))
        is_limited = not actor.may_all("s", "Patient")
        if key and is_limited and key.patient != (await self.facts(actor)).context:
            key = None  # an app that was started for one patient finds no other
        await self._audit(audit_rows(access, [(key, None)] if key else [], rule=decision.rule))
        if key is None:
            await self._note_missed(access, [value])
        return key.id if key else None

    async def directory(self, actor: Actor, references: Iterable[str]) -> Mapping[str, dict[str, Any]]:
        """Return directory resources by reference, with those that they in turn refer to."""
        decision = await self._decide(Access(actor, "directory"), "read", "Organization")
        return await self._contracts.directory(references, decision.visible, now=self._micros())
