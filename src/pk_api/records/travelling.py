"""The part of the door that leads to contracts as they were.

What is visible is decided as of now, on the resources as they are now: time opens nothing that is closed.
"""

from dataclasses import replace
from datetime import datetime

from pk_api.access.actor import Actor
from pk_api.access.decide import Decision
from pk_api.fhir.membership import has_milestone
from pk_api.fhir.problems import Problem
from pk_api.fhir.values import parse
from pk_api.records.audits import Access, audit_rows
from pk_api.records.contracts import ContractReading, told_to
from pk_api.records.door import Door
from pk_api.records.values import AsOf, ContractRows
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
            if has_milestone(parse(body), milestone):
                made = await contracts.revision_of(self._db, contract, version)
                return next((number for held_by, number in made if held_by == contract.id), None)
        return None

    def _told_at(self, wanted: AsOf, moment: Moment) -> datetime:
        """Return the time whose day counts: the one asked for, else when the revision was made."""
        made = from_micros(moment.recorded)
        return made if wanted.instant is None else min(max(wanted.instant, made), self.now())
