"""The writing half of the door: sets of writes, several in one commit, each accepted or refused by itself."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from pk_api.access.decide import decide, reach
from pk_api.fhir import ownership
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import literal
from pk_api.records import answers, permits
from pk_api.records.auditing.openings import openings_in
from pk_api.records.audits import Access, audit_rows
from pk_api.records.belonging import needs_whole_patient
from pk_api.records.checks import check_base, check_present, check_strays
from pk_api.records.clocks import Clock, run_clocks
from pk_api.records.conditions import Deciding, Plan, is_plain, turns_of
from pk_api.records.consequences import with_consequences
from pk_api.records.drafts import Drafts, Follows, Policy, draft_all, identities
from pk_api.records.guards import check_guards
from pk_api.records.jobs import Job, rows_of, together, written
from pk_api.records.lane import Lane
from pk_api.records.merged import require_unmerged
from pk_api.records.naming import keep_others
from pk_api.records.reasons import note_reason
from pk_api.records.settling import settle
from pk_api.records.standing_in import note_stand_in, pin_stand_in
from pk_api.records.state import Settled, State
from pk_api.records.turns import Turns
from pk_api.records.unchanged import changing, find_unchanged, note_unchanged
from pk_api.records.units import Units
from pk_api.records.values import Write
from pk_api.store import ids, locked, openings, reading, writing
from pk_api.store.database import Clash, Database, Retry, Transaction
from pk_api.store.rows import AuditRow, Key, Stored, to_micros
from pk_api.store.tables import SHARED

_TRIES = 12
_CLASHES = {
    "identity": Problem("duplicate", "A patient with this identity number is registered already."),
    "contract": Problem("second-contract", "The patient has an active contract."),
    "idempotency": Problem("in-progress", "A request with this Idempotency-Key is under way."),
}


class _Unseen(Exception):
    """A set wrote what its writer may not see."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class _Rehearsed(Exception):
    """A set would have been written, and is not to be."""


_LANES = 2
"""Batches under way at once: one is worked out while another waits for the disk."""


class Writer:
    """Writes sets of resources, each in one transaction, several independent ones in one commit."""

    def __init__(
        self,
        db: Database,
        policy: Policy,
        clock: Callable[[], datetime],
        audit: Callable[[Sequence[AuditRow]], Awaitable[None]],
        clocks: Sequence[Clock] = (),
        *,
        units: Units,
    ) -> None:
        self._db = db
        self._units = units
        self._policy = policy
        self._clocks = clocks
        self._clock = clock
        self._audit = audit
        self._turns = Turns()
        self._lane: Lane[Job, list[Stored]] = Lane(self._flush, together=together, width=_LANES)

    async def drain(self) -> None:
        """Wait until nothing is being written."""
        await self._lane.drain()

    async def write(self, job: Job, writes: Sequence[Write]) -> list[Stored]:
        """Write the set or nothing of it; Problem says why not, and its audit row is kept."""
        try:
            self._require_granted(job, writes)
            if is_plain(writes):
                return await self._submitted(job, writes)
            async with self._turns.of(turns_of(writes)):
                return await self._decided(job, writes)
        except Problem as problem:
            if not (job.tries_again and problem.kind == "stale"):
                await self.refused(job.access, problem, writes)
            raise

    async def _submitted(self, job: Job, writes: Sequence[Write]) -> list[Stored]:
        """Draft anew and try again while others get in between."""
        for _ in range(_TRIES):
            if (written := await self._tried(job, writes)) is not None:
                return written
        raise _crowded()

    async def _decided(self, job: Job, writes: Sequence[Write]) -> list[Stored]:
        """Decide anew what the set comes to, and try again, while others get in between."""
        for _ in range(_TRIES):
            now = to_micros(self._clock())
            plan = await Deciding(self._db, job.actor, job.facts, now=now).plan(writes)
            try:
                written = await self._performed(replace(job, conditions=plan.conditions), plan)
            except Problem as problem:
                raise plan.placed(problem) from problem
            if written is not None:
                return plan.results(written)
        raise _crowded()

    async def _performed(self, job: Job, plan: Plan) -> list[Stored] | None:
        self._require_granted(job, plan.writes)
        written = await self._tried(job, plan.writes) if plan.writes else []
        if written is not None and (told := [(s.key, s.version) for s in plan.found.values()]):
            rule = decide(job.actor, job.facts, "search").rule
            await self._audit(audit_rows(replace(job.access, interaction="search"), told, rule=rule))
        return written

    async def _tried(self, job: Job, writes: Sequence[Write]) -> list[Stored] | None:
        """Return what was written, None when others got in between."""
        drafts = await self._drafted(job, writes)
        try:
            return await self._lane.submit(replace(job, drafts=drafts))
        except Clash as error:
            if error.table in _CLASHES:
                raise _again(_CLASHES[error.table]) from error
        except Retry:
            return None
        return None

    async def _drafted(self, job: Job, writes: Sequence[Write]) -> Drafts:
        rules, now = self._policy, self._clock()
        follows = Follows(reach(job.actor, job.facts), to_micros(now))
        base = rules.base_url
        asked, own = await with_consequences(self._db, writes, job.actor, follows, base_url=base, now=now)
        drafts = await draft_all(self._db, asked, job.actor, rules, follows=follows, own=own)
        await note_stand_in(self._db, drafts, job.actor, job.facts, follows=follows)
        note_reason(drafts, job.actor)
        await keep_others(self._db, drafts, job.actor, job.facts, self._units, base_url=base, now=follows.now)
        await run_clocks(self._db, drafts, self._clocks, job.actor, base_url=base, now=now)
        return drafts

    def _require_granted(self, job: Job, writes: Sequence[Write]) -> None:
        for write in writes:
            decision = decide(job.actor, job.facts, write.method)
            if not decision.visible.for_type(write.type).clauses:
                text = f"Not permitted: {write.method} {write.type}."
                raise Problem("forbidden", text, facts={"rule": decision.rule})

    async def refused(self, access: Access, problem: Problem, writes: Sequence[Write]) -> None:
        """Keep the audit row of a refusal, in a transaction of its own."""
        rule = str(problem.facts.get("rule", problem.kind))
        await self._note(access, writes, rule=rule, outcome="refused", detail=problem.kind)

    async def _note(
        self, access: Access, writes: Sequence[Write], *, rule: str, outcome: str, detail: str
    ) -> None:
        """Keep the audit row of what was not written."""
        names = list(dict.fromkeys(name for w in writes for name in self._named(w)))
        keys = await reading.chosen_keys(self._db, names)
        touched = [(Key(keys.get(n) or _key_in(*n), *n), None) for n in names]
        if rule == "duplicate":
            touched += [(key, None) for key in await self._borne(writes)]
        rows = audit_rows(access, touched, rule=rule, outcome=outcome, detail=detail)
        async with self._db.transaction() as tx:
            await writing.save_audit(tx, rows, now=to_micros(self._clock()))

    async def _borne(self, writes: Sequence[Write]) -> list[Key]:
        """Return who bears the identity numbers of a set: its writer has been told that they are known."""
        numbers = {one for w in writes if w.type == "Patient" for one in identities(w.resource or {})}
        return sorted((await reading.identified(self._db, sorted(numbers))).values())

    def _named(self, write: Write) -> Iterator[tuple[str, str]]:
        """Yield what a refused write would have touched: its own id, and the patient that it is about."""
        if write.id is not None:
            yield write.type, write.id
        for reference in ownership.patient_references({"resourceType": write.type, **(write.resource or {})}):
            local = literal(reference, self._policy.base_url)
            if local is not None and local.type == "Patient":
                yield local.type, local.id

    async def rehearse(self, job: Job, writes: Sequence[Write]) -> Problem | None:
        """Do all that a write does and take it back; return why it would be refused, None when it would not.

        Problem forbidden when the caller may do no such write at all.
        """
        try:
            self._require_granted(job, writes)
        except Problem as problem:
            await self.refused(job.access, problem, writes)
            raise
        found = await self._tried_and_taken_back(job, writes)
        rule = found.kind if found else "would-be-done"
        await self._note(job.access, writes, rule=rule, outcome="allowed", detail=writes[0].method)
        return found

    async def _tried_and_taken_back(self, job: Job, writes: Sequence[Write]) -> Problem | None:
        for _ in range(_TRIES):
            try:
                return await self._taken_back(job, writes)
            except Retry:
                continue
        return _crowded()

    async def _taken_back(self, job: Job, writes: Sequence[Write]) -> Problem | None:
        try:
            drafts = await self._drafted(job, writes)
            (outcome,) = await self._commit([replace(job, drafts=drafts, is_rehearsal=True)])
        except Problem as problem:
            return problem
        except _Rehearsed:
            return None
        except _Unseen as error:
            outcome = _told(error)
        except Clash as error:
            if error.table not in _CLASHES:
                raise Retry from error
            return _CLASHES[error.table]
        return outcome if isinstance(outcome, Problem) else None

    async def _flush(self, jobs: Sequence[Job]) -> Sequence[list[Stored] | BaseException]:
        """Commit the jobs together; if one spoils the batch, each by itself."""
        try:
            return await self._commit(jobs)
        except (Clash, Retry, _Unseen) as error:
            if len(jobs) == 1:
                return [_told(error)]
        out: list[list[Stored] | BaseException] = []
        for job in jobs:
            try:
                out += await self._commit([job])
            except (Clash, Retry, _Unseen) as error:
                out.append(_told(error))
        return out

    async def _commit(self, jobs: Sequence[Job]) -> list[list[Stored] | BaseException]:
        async with self._db.transaction() as tx:
            state = await self._state(tx, jobs)
            now = self._clock()
            outcomes: list[list[Stored] | Problem | Retry] = []
            settled: list[tuple[Job, Settled]] = []
            for job in jobs:
                try:
                    settled.append((job, await self._settle(tx, job, state, now)))
                    outcomes.append(written(job, settled[-1][1], state, now))
                except (Problem, Retry) as problem:
                    outcomes.append(problem)
            if settled:
                unsaid = await writing.clear(
                    tx,
                    [k for _, s in settled for k in s.stale_index],
                    [(*m, s.numbers[m[1]]) for _, s in settled for m in s.gone_members],
                )
                await writing.save(tx, rows_of(settled), unsaid=unsaid, now=to_micros(now))
                if opened := openings_in(settled):
                    await openings.keep(tx, opened, now=to_micros(now))
                for job in await permits.unseen(tx, settled, now=to_micros(now)):
                    raise _Unseen(job)
                if any(job.is_rehearsal for job, _ in settled):
                    raise _Rehearsed
        return list(outcomes)

    async def _state(self, tx: Transaction, jobs: Sequence[Job]) -> State:
        """Lock the patients and read what the decisions need."""
        await tx.await_turn({c.criteria.name for job in jobs for c in job.conditions})
        patients = {p for job in jobs for p in job.patients}
        known = await locked.lock(tx, patients)
        for job in jobs:
            job.note_new_patients(job.patients - known)
        drafts = [d for job in jobs for d in job.drafts.drafts]
        written = {d.key for d in drafts}
        shared = {k for k in written if k.patient == SHARED}
        targets = {k for d in drafts for k, _ in d.references} - written
        present = await locked.present(tx, (written - shared) | targets)
        present |= await locked.present(tx, shared, locked=True)
        state = State(
            present=present,
            contracts=await locked.contracts(tx, patients),
            members=await locked.members(tx, [k for k in written | targets if k.patient != SHARED]),
        )
        if whole := needs_whole_patient(drafts, present):
            state.binding, state.all_members = await locked.memberships(tx, whole)
            state.owners, state.teams = await locked.parties(tx, whole)
        state.unchanged = await find_unchanged(tx, drafts, present)
        state.referrers = await locked.referrers(tx, [d.key for d in drafts if d.write.method == "delete"])
        return state

    async def _settle(self, tx: Transaction, job: Job, state: State, now: datetime) -> Settled:
        for condition in job.conditions:
            if not await condition.holds(tx, now=to_micros(now)):
                raise Retry
        pin_stand_in(job.drafts, state, base_url=self._policy.base_url, now=now)
        await permits.require_before(tx, job, state, base_url=self._policy.base_url, now=to_micros(now))
        self._require_first_contract(job, state)
        await require_unmerged(tx, job.drafts, state)
        check_present(job.drafts, state, check_references=self._policy.check_references)
        if job.base is not None:
            touched = [d.key for d in job.drafts.drafts if d.key in state.present]
            state.changes = await locked.changes(tx, job.base[0], touched)
            check_base(job.drafts, state, job.base)
        left = changing(job.drafts, state)
        if left.drafts:
            await check_guards(tx, job, state, self._units, base_url=self._policy.base_url, now=now)
        settled = settle(left, state, job.actor, now=now)
        note_unchanged(settled, job.drafts, state)
        await permits.require_joined(tx, job, settled, state, now=to_micros(now))
        check_strays(job.drafts, state)
        return settled

    def _require_first_contract(self, job: Job, state: State) -> None:
        """A patient's standing contract is in the way unless the same set closes it."""
        plans = [d for d in job.drafts.drafts if d.key.type == "CarePlan"]
        ended = {d.key.id for d in plans if d.resource is None or not answers.is_active_contract(d.resource)}
        for draft in job.drafts.drafts:
            if draft.resource is None or not answers.is_active_contract(draft.resource):
                continue
            for standing in state.contracts.get(draft.key.patient, ()):
                if standing.status == "active" and standing.id not in {draft.key.id, *ended}:
                    raise Problem("second-contract", "The patient has an active contract.")


def _key_in(resource_type: str, resource_id: str) -> str:
    return ids.key_in_id(resource_type, resource_id) or SHARED


def _again(problem: Problem) -> Problem:
    """A new exception of the same kind: one instance is never raised twice."""
    return Problem(problem.kind, problem.detail)


def _crowded() -> Problem:
    return Problem("unavailable", "Too many others write the same; try again.")


def _told(error: Exception) -> BaseException:
    if isinstance(error, _Unseen):
        return Problem("forbidden", "Not permitted: the result would not be open to this caller.")
    return error
