"""One bulk export being written: what is visible, stretch by stretch, as it was at one moment.

The moment is one before which every write has ended: nothing that was committed before it is missed, and
what is asked for since it the next time misses nothing either.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import orjson
import structlog

from pk_api.access.actor import Actor
from pk_api.access.decide import Decision, decide, refusal_told
from pk_api.access.facts import Facts
from pk_api.fhir.compartments import patients_of
from pk_api.fhir.outcome import operation_outcome
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.search.matching import matches
from pk_api.fhir.search.parameters import COMPARTMENT
from pk_api.fhir.search.query import Query, parse_query
from pk_api.records.audits import Access, audit_rows, touched
from pk_api.records.exports.parts import Parts
from pk_api.records.exports.population import FindKey, Reader, limited_to
from pk_api.records.exports.values import Asked, ExportRules, actor_from_json
from pk_api.store import exports, stretches
from pk_api.store.database import Database, Retry
from pk_api.store.exports import DONE, FAILED
from pk_api.store.rows import AuditRow, Key, Stored, to_micros
from pk_api.store.stretches import Place, Sought

LOG = structlog.get_logger("pk_api.records")
_CHUNK = 200
_MILLISECOND = 1_000

Audit = Callable[[Sequence[AuditRow]], Awaitable[None]]
FindFacts = Callable[[Actor], Awaitable[Facts]]


class _Lost(Exception):
    """The job is another worker's, or has been cancelled."""


class Run:
    """One attempt at a job."""

    def __init__(
        self,
        db: Database,
        row: Any,
        rules: ExportRules,
        *,
        clock: Callable[[], datetime],
        base_url: str,
        audit: Audit,
        key: FindKey,
        facts: FindFacts,
    ) -> None:
        self._db = db
        self._id: str = row["id"]
        self._worker: str = row["worker"]
        self._asked = Asked.from_json(row["asked"])
        self._access = Access(actor_from_json(row["actor"]), "export", row["request_id"])
        self._attempts: int = row["attempts"]
        self._rules = rules
        self._clock = clock
        self._base_url = base_url
        self._audit = audit
        self._key = key
        self._facts = facts
        self._parts = Parts(rules)
        self._queries: dict[str, list[Query]] = {}
        self._size = 0
        self._moment = 0
        self._renewed = 0

    async def perform(self) -> None:
        """Write all files, or say why not; what another has taken over, or nobody wants, is left alone."""
        try:
            self._require_hope()
            await self._write()
            await self._end(DONE)
        except _Lost:
            LOG.info("export lost", export=self._id)
        except Problem as problem:
            if problem.kind == "unavailable":
                raise  # the database is away: the job waits for whoever gets to it next
            await self._end(FAILED, problem)
        except Retry as error:
            raise Problem("unavailable", "The database gave up for another's sake.") from error
        except Exception as error:  # noqa: BLE001  # a bug must not be met again and again; its text could name a person
            LOG.error("export failed", export=self._id, error=type(error).__qualname__)
            await self._end(FAILED, Problem("internal", "An unexpected error; please quote the request id."))

    def _require_hope(self) -> None:
        if self._attempts > self._rules.attempts:
            raise Problem("internal", f"The export was begun {self._rules.attempts} times in vain.")

    async def _end(self, status: str, problem: Problem | None = None) -> None:
        told = orjson.dumps({"kind": problem.kind, "detail": problem.detail}).decode() if problem else None
        expires = to_micros(self._clock() + self._rules.kept)
        await exports.end(self._db, self._id, self._worker, status=status, problem=told, expires=expires)

    async def _write(self) -> None:
        actor = self._access.actor
        decision = decide(actor, await self._facts(actor), "search")
        if not decision.visible.clauses:
            raise Problem("forbidden", refusal_told(decision.rule))
        for kind, query in self._asked.filters:
            parsed = parse_query(kind, parse_qsl(query, keep_blank_values=True), base_url=self._base_url)
            self._queries.setdefault(kind, []).append(parsed)
        self._moment = await self._settled_moment()
        self._note_ignored()
        async for rows in self._stretches(decision):
            await self._take([row for row in rows if self._is_wanted(row)], decision)
            await self._keep()
        await self._keep(all_=True)

    async def _settled_moment(self) -> int:
        """Return a moment, in whole milliseconds as it is told, before which every write has ended."""
        now = self._micros()
        moment = -(-now // _MILLISECOND) * _MILLISECOND
        await asyncio.sleep((moment - now + _MILLISECOND) / 1e6)
        await stretches.settled(self._db)
        return moment

    def _note_ignored(self) -> None:
        issues = [
            Issue("not-supported", f"Parameter {name} was ignored.", severity="warning")
            for name in self._asked.ignored
        ]
        if issues:
            self._parts.add("error", "OperationOutcome", orjson.dumps(operation_outcome(issues)))

    def _is_wanted(self, row: Stored) -> bool:
        """Whether one of the filters for the type matches; of a deletion nothing is known that could."""
        queries = self._queries.get(row.type)
        if queries is None or row.deleted:
            return True
        return any(matches(query, row.resource, base_url=self._base_url) for query in queries)

    async def _take(self, rows: Sequence[Stored], decision: Decision) -> None:
        """Note the accesses, then the lines."""
        if not rows:
            return
        told = await touched(rows, self._key)
        detail = f"export {self._id}"
        await self._audit(audit_rows(self._access, told, rule=decision.rule, detail=detail))
        for row in rows:
            if not row.deleted:
                self._parts.add("output", row.type, row.body.encode(), [row.key.patient])
        gone = [row for row in rows if row.deleted]
        if gone:
            entries = [{"request": {"method": "DELETE", "url": row.reference}} for row in gone]
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
            self._parts.add("deleted", "Bundle", orjson.dumps(bundle), [row.key.patient for row in gone])

    async def _keep(self, *, all_: bool = False) -> None:
        """Store the files that are ready, and renew the lease in time."""
        ready = await asyncio.to_thread(lambda: list(self._parts.ready(all_=all_)))
        size = sum(n for _, n in ready)
        self._size += size
        if self._size > self._rules.most_bytes:
            text = (
                "The export is larger than this service takes: ask for less by _type, _since or _typeFilter."
            )
            raise Problem("too-large", text)
        now, lease = self._micros(), self._rules.lease.total_seconds() * 1e6
        if not ready and not all_ and now - self._renewed < lease / 4:
            return
        until = to_micros(self._clock() + self._rules.lease)
        files = [file for file, _ in ready]
        if not await exports.renew(
            self._db, self._id, self._worker, files, moment=self._moment, until=until, size=size
        ):
            raise _Lost
        self._renewed = now

    async def _stretches(self, decision: Decision) -> AsyncIterator[Iterable[Stored]]:
        if self._asked.level == "system":
            async for rows in self._walk(self._sought("all"), decision):
                yield rows
            return
        reader = Reader(self._db, decision.visible, self._moment, self._clock, self._base_url, self._key)
        patients = await limited_to(self._asked, reader)
        if patients is not None:
            async for rows in self._of(patients, decision):
                yield rows
            return
        async for rows in self._walk(self._sought("about"), decision):
            yield rows
        async for rows in self._walk(self._sought("shared", types=frozenset(COMPARTMENT)), decision):
            yield [r for r in rows if r.deleted or patients_of(r.resource, base_url=self._base_url)]

    def _sought(
        self, range_: stretches.Range, patients: Iterable[str] = (), types: frozenset[str] | None = None
    ) -> Sought:
        asked = None if self._asked.types is None else frozenset(self._asked.types)
        both = asked if types is None else types if asked is None else asked & types
        skew = self._rules.skew // timedelta(microseconds=1)
        since = None if self._asked.since is None else self._asked.since - skew
        return Sought(range_, tuple(patients), both, since)

    async def _walk(self, sought: Sought, decision: Decision) -> AsyncIterator[Iterable[Stored]]:
        """Yield everything that is visible in a range, in the order of the keys."""
        place: Place | None = None
        while True:
            stretch = await stretches.read(
                self._db,
                sought,
                decision.visible,
                moment=self._moment,
                now=self._micros(),
                after=place,
            )
            yield stretch.rows
            if stretch.end is None:
                return
            place = stretch.end
            await asyncio.sleep(0)

    async def _of(self, patients: Sequence[Key], decision: Decision) -> AsyncIterator[Iterable[Stored]]:
        """Yield what is about these patients, and what is elsewhere in their compartments, each once."""
        keys = {key.patient for key in patients}
        given: set[Key] = set()
        for at in range(0, len(patients), _CHUNK):
            some = patients[at : at + _CHUNK]
            async for rows in self._walk(self._sought("of", [k.patient for k in some]), decision):
                yield rows
            ids = {key.id for key in some}
            elsewhere = [
                row
                for row in await self._referring([("Patient", id_) for id_ in sorted(ids)], decision)
                if row.key.patient not in keys
                and row.key not in given
                and not row.deleted
                and ids & patients_of(row.resource, base_url=self._base_url)
            ]
            given.update(row.key for row in elsewhere)
            yield elsewhere

    async def _referring(self, targets: Sequence[tuple[str, str]], decision: Decision) -> list[Stored]:
        sought = self._sought("all", types=frozenset(COMPARTMENT))
        return await stretches.referring(
            self._db,
            targets,
            sought.types,
            decision.visible,
            moment=self._moment,
            now=self._micros(),
            since=sought.since,
        )

    def _micros(self) -> int:
        return to_micros(self._clock())
