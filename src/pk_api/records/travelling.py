"""The part of the door that leads to contracts as they were.

What is visible is decided as of now, on the resources as they are now: time opens nothing that is closed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pk_api.access.actor import Actor
from pk_api.access.decide import Decision
from pk_api.fhir.membership import milestones_of
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import literal
from pk_api.fhir.values import parse
from pk_api.records.audits import Access, audit_rows
from pk_api.records.contracts import ContractReading, told_to
from pk_api.records.door import Door
from pk_api.records.values import AsOf, ContractRows, Step, Stored
from pk_api.store import as_of, contracts, reading
from pk_api.store.as_of import Moment
from pk_api.store.rows import Key, from_micros, to_micros
from pk_api.store.tables import SHARED


class Travelling(Door):
    """Contracts as of a revision, an instant or a milestone."""

    _contracts: ContractReading

    async def contract_as_of(
        self, actor: Actor, contract_id: str, wanted: AsOf, *, request_id: str = ""
    ) -> ContractRows:
        """Return the contract with its members as they were, as far as the caller may see them now.

        Problem not-found when it is not open to the caller, or was not there then. Names of units and staff
        are those of now.
        """
        access = Access(actor, "contract", request_id)
        key = await self.key("CarePlan", contract_id)
        asked = key or Key(SHARED, "CarePlan", contract_id)
        decision = await self._decide(access, "read", "CarePlan", asked=asked)
        moment = await self._moment(asked, wanted) if key else None
        rows = None
        if moment is not None:
            whole = self._contracts.whole(asked, decision, now=self._micros(), at=moment)
            rows, decision = await whole
        if moment is None or rows is None:
            raise await self._was_not_there(access, decision, asked)
        touched, detail = await self._touched(rows.members), f"revision {moment.revision}"
        rule, judged = decision.rule, decision.about
        await self._audit(audit_rows(access, touched, rule=rule, detail=detail, judged=judged))
        return replace(told_to(actor, rows), at=self._told_at(wanted, moment))

    async def forget(self, contract_id: str) -> None:
        """Let the next reads of a contract be of what is stored, whatever this process has in memory."""
        key = await self.key("CarePlan", contract_id)
        if key is not None:
            self._contracts.forget(key.patient)

    async def milestone(self, contract_id: str, code: str) -> tuple[int, datetime] | None:
        """Return which revision was first marked so, and when: for whoever has been shown the contract."""
        key = await self.key("CarePlan", contract_id)
        moment = await self._moment(key, AsOf(milestone=code)) if key else None
        return (moment.revision, from_micros(moment.recorded)) if moment else None

    async def changes(
        self, actor: Actor, contract_id: str, *, after: int, upto: int, request_id: str = ""
    ) -> tuple[Step, ...]:
        """Return what was written in a contract after one revision, up to another, the oldest first.

        Problem not-found, gone or forbidden, as for a read.
        """
        access, decision, key = await self._contract(actor, contract_id, "changes", request_id)
        now = self._micros()
        steps = await self._contracts.steps(key, decision.visible, now=now, after=after, upto=upto)
        return await self._told_of(access, decision, key, steps)

    async def versions(
        self, actor: Actor, contract_id: str, *, of: Sequence[str], request_id: str = ""
    ) -> tuple[Step, ...]:
        """Return every version of the patient's resources of these references, the oldest first.

        Problem as for `changes`.
        """
        access, decision, key = await self._contract(actor, contract_id, "changes", request_id)
        named = [(r.type, r.id) for one in of if (r := literal(one))]
        steps = await self._contracts.versions(key, decision.visible, now=self._micros(), of=named)
        return await self._told_of(access, decision, key, steps)

    async def timeline(
        self, actor: Actor, contract_id: str, *, limit: int, before: int | None, request_id: str = ""
    ) -> tuple[tuple[Step, ...], int | None]:
        """Return what was written about the contract's patient, a version each, the newest first.

        With it the mark to go on from, None at the end. Problem as for `changes`.
        """
        access, decision, key = await self._contract(actor, contract_id, "timeline", request_id)
        steps, mark = await self._contracts.latest(
            key, decision.visible, now=self._micros(), before=before, limit=limit
        )
        return await self._told_of(access, decision, key, steps), mark

    async def _contract(
        self, actor: Actor, contract_id: str, interaction: str, request_id: str
    ) -> tuple[Access, Decision, Key]:
        """Return the decision about a contract that is there and that the caller sees."""
        access = Access(actor, interaction, request_id)
        key = await self.key("CarePlan", contract_id)
        asked = key or Key(SHARED, "CarePlan", contract_id)
        decision = await self._decide(access, "read", "CarePlan", asked=asked)
        found = await reading.read(self._db, asked, decision.visible, now=self._micros())
        if found is None or found.deleted:
            await self._told(access, decision, asked, found)
        return access, decision, asked

    async def _told_of(
        self, access: Access, decision: Decision, contract: Key, steps: tuple[Step, ...]
    ) -> tuple[Step, ...]:
        written = [one for step in steps for one in (*step.changes, step.before) if one is not None]
        touched = [(contract, None), *await self._touched(written)]
        await self._audit(audit_rows(access, touched, rule=decision.rule))
        return steps

    async def revision_of(self, stored: Stored, contract_id: str) -> int | None:
        """Return the contract's revision in which a version was written that the caller has been told."""
        made = (await self._contracts.with_revision(stored)).contracts
        return next((number for held_by, number in made if held_by == contract_id), None)

    async def _was_not_there(self, access: Access, decision: Decision, asked: Key) -> Problem:
        """Return why there is nothing to tell: to those who do not see the contract, no more than a read."""
        found = await reading.read(self._db, asked, decision.visible, now=self._micros())
        if found is None or found.deleted:
            await self._told(access, decision, asked, found)
        await self._audit(audit_rows(access, [(asked, None)], rule=decision.rule, outcome="absent"))
        return Problem("not-found", "The contract was not there then.")

    async def _moment(self, contract: Key, wanted: AsOf) -> Moment | None:
        if wanted.instant is not None:
            return await as_of.at_instant(self._db, contract, to_micros(wanted.instant))
        revision = wanted.revision
        if wanted.milestone is not None:
            revision = await self._revision_of(contract, wanted.milestone)
        return None if revision is None else await as_of.at_revision(self._db, contract, revision)

    async def _revision_of(self, contract: Key, milestone: str) -> int | None:
        """Return the revision in which the contract was first marked so."""
        for version, body in await as_of.versions_with(self._db, contract, milestone):
            if milestone in milestones_of(parse(body)):
                made = await contracts.revision_of(self._db, contract, version)
                return next((number for held_by, number in made if held_by == contract.id), None)
        return None

    def _told_at(self, wanted: AsOf, moment: Moment) -> datetime:
        """Return the time whose day counts: the one asked for, else when the revision was made."""
        made = from_micros(moment.recorded)
        return made if wanted.instant is None else min(max(wanted.instant, made), self.now())
