"""A set of writes on its way: what it needs alone, the rows that it becomes, what its writer gets back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from pk_api.access.actor import Actor
from pk_api.access.decide import decide
from pk_api.access.facts import Facts
from pk_api.records.audits import Access, audit_rows
from pk_api.records.conditions import Condition
from pk_api.records.drafts import Drafts
from pk_api.records.state import Settled, State
from pk_api.records.values import Idempotency, Method
from pk_api.store import writing
from pk_api.store.rows import AuditRow, Key, Stored
from pk_api.store.tables import SHARED


@dataclass(slots=True)
class Job:
    """One set of writes on its way through the lane."""

    access: Access
    facts: Facts
    drafts: Drafts
    base: tuple[str, int] | None = None
    idempotency: Idempotency | None = None
    identified: frozenset[str] = frozenset()
    """Patients whom the writer has named by identity number: their Patient ids."""
    tries_again: bool = False
    """Whether the writer makes up its mind anew when a version is stale, so that this is no refusal."""
    conditions: Sequence[Condition] = ()
    """The searches that the set was decided by."""

    is_rehearsal: bool = False
    """Whether all that it does is to be taken back."""

    @property
    def actor(self) -> Actor:
        """Who writes."""
        return self.access.actor

    @property
    def touched(self) -> set[Any]:
        """What no other job may touch meanwhile: patients, shared rows, numbers, ids, keys, searches."""
        own: set[Any] = self.patients | {d.key for d in self.drafts.drafts if d.key.patient == SHARED}
        own |= {number for d in self.drafts.drafts for number in d.identities}
        own |= set(self.drafts.chosen) | {c.criteria.name for c in self.conditions}
        return own | ({(self.actor.caller, self.idempotency.key)} if self.idempotency else set())

    @property
    def patients(self) -> set[str]:
        """The patients whose rows must be this transaction's alone."""
        return {d.key.patient for d in self.drafts.drafts} - {SHARED}

    def note_new_patients(self, keys: set[str]) -> None:
        """Note patients to be made known, among them those whose key came in an id that a client sent."""
        self.drafts.new_patients += sorted(keys - set(self.drafts.new_patients))


def together(jobs: Sequence[Job], running: Sequence[Job]) -> Sequence[int]:
    """Pick by number the jobs that touch nothing that another one or a running one touches."""
    taken: set[Any] = set().union(*(job.touched for job in running))
    out = []
    for n, job in enumerate(jobs):
        if not job.touched & taken:
            out.append(n)
        taken |= job.touched
    return out


def keys_of(job: Job, settled: Settled, method: Method) -> list[Key]:
    """Return the keys of live versions that the writer made so; a PUT to a new id is a creation."""
    out = []
    for new, created in zip(settled.versions, settled.created, strict=True):
        is_asked = not new.deleted and new.key not in job.drafts.added
        if is_asked and ("create" if created else "update") == method:
            out.append(new.key)
    return out


def written(job: Job, settled: Settled, state: State, now: datetime) -> list[Stored]:
    """Return what became of each write, in their order; deleting what is deleted changes nothing."""
    revisions: dict[Key, list[tuple[str, int]]] = {}
    for row in settled.outbox:
        if row.contract:
            revisions.setdefault(row.key, []).append((row.contract, row.revision))
    made = dict(zip((v.key for v in settled.versions), settled.created, strict=True))
    by_key = {
        v.key: Stored(
            v.key,
            v.version,
            now,
            v.body,
            v.deleted,
            v.method,
            tuple(revisions.get(v.key, ())),
            created=made[v.key],
        )
        for v in settled.versions
    }
    asked = [d.key for d in job.drafts.drafts if d.key not in job.drafts.added]
    return [by_key.get(key) or state.unchanged.get(key) or _nothing(key, state, now) for key in asked]


def _nothing(key: Key, state: State, now: datetime) -> Stored:
    return Stored(key, state.present[key].version, now, "", deleted=True, method="DELETE")


def rows_of(settled: Sequence[tuple[Job, Settled]]) -> writing.Rows:
    """Return all rows that settled jobs become."""
    jobs = [job for job, _ in settled]
    all_ = [s for _, s in settled]
    return writing.Rows(
        versions=[v for s in all_ for v in s.versions],
        indexed=[v for s in all_ for v in s.versions],
        # one that is closed gives way to the next before that one is there
        contracts=sorted((c for s in all_ for c in s.contracts), key=lambda c: c.status == "active"),
        members=[(*m, s.numbers[m[1]]) for s in all_ for m in s.members],
        outbox=[o for s in all_ for o in s.outbox],
        audit=[row for job, s in settled for row in _audit(job, s)],
        patients=[p for job in jobs for p in job.drafts.new_patients],
        chosen=[c for job, s in settled for c in job.drafts.chosen if Key(c[2], *c[:2]) not in s.needless],
        idempotency=[
            (job.actor.caller, job.idempotency.key, job.idempotency.body_hash, _refs(job, s))
            for job, s in settled
            if job.idempotency is not None
        ],
        affiliations=[a for job in jobs for a in job.drafts.affiliations],
    )


def _refs(job: Job, settled: Settled) -> str:
    versions = dict(settled.unchanged) | {v.key: v.version for v in settled.versions}
    asked = [d.key for d in job.drafts.drafts if d.key in versions and d.key not in job.drafts.added]
    told = [[key.patient, key.type, key.id, versions[key]] for key in asked]
    return orjson.dumps(told).decode()


def _audit(job: Job, settled: Settled) -> list[AuditRow]:
    is_alone = len(job.drafts.drafts) - len(job.drafts.added) == 1
    method = job.drafts.drafts[0].write.method if is_alone else "create"
    decision = decide(job.actor, job.facts, method)
    touched = [*settled.unchanged, *((v.key, v.version) for v in settled.versions)]
    told = "unchanged" if settled.unchanged and not settled.versions else None
    return audit_rows(job.access, touched, rule=decision.rule, detail=told)
