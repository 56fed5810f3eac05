"""What every part of the door does: decide, look up who and where, leave the audit row before the answer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog

from pk_api.access.actor import Actor
from pk_api.access.decide import Decision, decide, refusal_told
from pk_api.access.facts import Facts
from pk_api.access.person_rules import PersonRules
from pk_api.access.persons import PERSONS
from pk_api.access.rules import CARE, Action
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import literal
from pk_api.records.audits import Access, audit_rows, touched
from pk_api.records.drafts import Policy
from pk_api.records.emergencies import EMERGENCY, marked
from pk_api.records.judged import Laws
from pk_api.records.keys import key_of
from pk_api.records.lane import Lane
from pk_api.records.persons import Persons
from pk_api.records.probing import RULE, Named, Watch, named_in
from pk_api.records.units import Units
from pk_api.records.values import Write
from pk_api.store import writing
from pk_api.store.database import Database
from pk_api.store.everything import Line
from pk_api.store.rows import AuditRow, Key, Stored, to_micros

_PLACES: Final = 20_000
"""Ids whose places are remembered: what has once been given a place never leaves it."""
LOG = structlog.get_logger("pk_api.records")


def utc_now() -> datetime:
    """Return the aware UTC instant."""
    return datetime.now(UTC)


class Door:
    """The ground of `Records`, on which its parts stand; never used by itself."""

    def __init__(
        self, db: Database, policy: Policy | None = None, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._db = db
        self._policy = policy or Policy()
        self._clock = clock
        self._watch = Watch(self._policy.probing) if self._policy.probing else None
        self._units = Units(db)
        self._laws = Laws(db)
        self._persons = Persons(db, self._policy.persons)
        self._places: dict[tuple[str, str | None], Key] = {}
        self._audits: Lane[Sequence[AuditRow], None] = Lane(self._save_audits, most=512)

    async def drain(self) -> None:
        """Wait until nothing is being written."""
        await self._audits.drain()

    def now(self) -> datetime:
        """Return the door's clock: an aware UTC instant."""
        return self._clock()

    @property
    def base_url(self) -> str:
        """The address of the FHIR service, without a slash at the end."""
        return self._policy.base_url

    @property
    def person_rules(self) -> PersonRules:
        """The ages and choices that hold for patients and their guardians."""
        return self._policy.persons

    async def key(self, resource_type: str, resource_id: str | None) -> Key | None:
        """Return where a resource of this type and id stands, or would; None for an id that nobody chose."""
        name = (resource_type, resource_id)
        found = self._places.get(name) or await key_of(self._db, resource_type, resource_id)
        if found is not None and name not in self._places:
            if len(self._places) >= _PLACES:
                self._places.clear()
            self._places[name] = found
        return found

    async def facts(self, actor: Actor) -> Facts:
        """Return what is stored about the actor."""
        found = await self._facts(actor)
        started = await self.key("Patient", actor.context) if actor.context else None
        return replace(found, context=started.patient) if started else found

    async def _facts(self, actor: Actor) -> Facts:
        if actor.kind in CARE and actor.provider:
            return await self._units.facts(actor)
        if actor.kind not in PERSONS or actor.person is None:
            return Facts()
        return await self._person(actor, actor.person)

    async def _person(self, actor: Actor, person: tuple[str, str]) -> Facts:
        """Return the facts of a patient, or of one who acts for a patient."""
        now = self._clock()
        if actor.kind == "patient":
            return await self._persons.patient(person, now=now)
        if actor.kind == "app":
            return await self._persons.app(actor, person, now=now)
        named = literal(actor.acting_for, self._policy.base_url) if actor.acting_for else None
        key = await self.key("Patient", named.id) if named and named.type == "Patient" else None
        return Facts() if key is None else await self._persons.proxy(key, person, now=now)

    async def _ask_for_patients(
        self, access: Access, numbers: Sequence[str], *, is_search: bool = True
    ) -> None:
        """Count a search for patients. Problem too-many-requests, kept by the audit, beyond the limits."""
        if self._watch is None:
            return
        try:
            if numbers:
                self._watch.require_open(access.actor, self._clock())
            if is_search:
                self._watch.spend(access.actor, self._clock())
        except Problem:
            await self._audit(audit_rows(access, [], rule=RULE, outcome="refused"))
            raise

    async def _note_missed(self, access: Access, numbers: Sequence[str]) -> None:
        """Note identity numbers that led to nobody; too many of them raise the alarm in audit and log."""
        if self._watch is None or not numbers:
            return
        if many := self._watch.missed(access.actor, numbers, self._clock()):
            LOG.warning("identity numbers are being probed", client=access.actor.client, numbers=many)
            detail = f"alarm: {many} identity numbers that lead to nobody"
            await self._audit(audit_rows(access, [], rule=RULE, outcome="refused", detail=detail))

    async def _ask_by_writes(self, access: Access, writes: Sequence[Write]) -> Named:
        """Return the identity numbers that the writes name. Problem too-many-requests beyond the limits."""
        named = named_in(writes)
        if numbers := (*named.sought, *named.registered):
            await self._ask_for_patients(access, numbers, is_search=bool(named.sought))
        return named

    def _note_registered(self, actor: Actor, named: Named) -> None:
        """Note whom the caller has registered: to have asked for their numbers before was no guess."""
        if self._watch is not None and named.registered:
            self._watch.made(actor, named.registered, self._clock())

    async def _decide(
        self, access: Access, action: Action, resource_type: str, *, asked: Key | None = None
    ) -> Decision:
        """Return what is visible. Problem forbidden; its audit row names what was asked for."""
        decision = decide(access.actor, await self.facts(access.actor), action)
        open_ = decision.visible if resource_type == "*" else decision.visible.for_type(resource_type)
        if not open_.clauses:
            await self._refused(access, decision.rule, resource_type, asked)
            raise Problem("forbidden", refusal_told(decision.rule))
        return decision

    async def turned_away(self, actor: Actor, why: str) -> None:
        """Keep the audit row of one who bore a token of a trusted issuer that is not good here."""
        await self._refused(Access(actor, "token"), "token", why)

    async def _refused(
        self, access: Access, rule: str, detail: str | None = None, asked: Key | None = None
    ) -> None:
        named = [(asked, None)] if asked else []
        await self._audit(audit_rows(access, named, rule=rule, outcome="refused", detail=detail))

    async def _audit(self, rows: Sequence[AuditRow]) -> None:
        await self._audits.submit(rows)

    async def _save_audits(self, batch: Sequence[Sequence[AuditRow]]) -> Sequence[None]:
        now, told = self._micros(), [row for rows in batch for row in rows]
        told = await marked(self._db, self._units, told, now=now)
        await writing.keep_audit(self._db, told, now=now)
        return [None] * len(batch)

    def _micros(self) -> int:
        return to_micros(self._clock())

    async def _touched(self, rows: Iterable[Stored | Line]) -> list[tuple[Key, int]]:
        """Return what is told, under every patient whom it is about."""
        return await touched(rows, self.key)

    async def _told(self, access: Access, decision: Decision, key: Key, found: Stored | None) -> Stored:
        """Audit a read and return what was found."""
        outcome = "absent" if found is None else "gone" if found.deleted else "allowed"
        told = await self._touched([found]) if found else [(key, None)]
        rows = audit_rows(
            access, told, rule=_rule_for(key.type, decision), outcome=outcome, judged=decision.about
        )
        await self._audit(rows)
        if found is None:
            raise Problem("not-found", f"There is no such {key.type} here, or it is not open to this caller.")
        if found.deleted:
            raise Problem("gone", f"This {key.type} has been deleted.", facts={"version": found.version})
        return found


def _rule_for(resource_type: str, decision: Decision) -> str:
    """Return the grounds that may open one of this type; which it was would cost a question for each."""
    grounds = {clause.ground for clause in decision.visible.clauses if clause.opens(resource_type)}
    return " ".join(one for one in decision.rule.split() if one in {*grounds, EMERGENCY}) or decision.rule
