"""Questions about access itself: which blocks there are, whose they are, and why something is open or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pk_api.access.actor import Actor
from pk_api.access.auditing import AUDIT_OFFICER
from pk_api.access.decide import decide
from pk_api.access.facts import Facts
from pk_api.access.rules import CARE, GRANTS, REFUSALS, Action, reader_of
from pk_api.access.visible import Clause, Visible
from pk_api.fhir.problems import Problem
from pk_api.records.audits import Access, audit_rows
from pk_api.records.door import Door
from pk_api.records.emergencies import is_opened
from pk_api.store import law, reading
from pk_api.store.law import Said
from pk_api.store.rows import Fact, Key

_BLOCKS: Final = {"inner", "outer"}


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """What one rule says: whether it opens (a grant) or refuses, where it stands in law, what it needs."""

    rule: str
    source: str
    holds: bool
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something is open to an actor or not; `rule` is what decided."""

    is_open: bool
    rule: str
    refusals: tuple[RuleSaid, ...]
    grants: tuple[RuleSaid, ...]
    facts: tuple[Said, ...]


class LawReading(Door):
    """The part of the door that tells of access."""

    async def blocks(self, actor: Actor, patient_id: str, *, request_id: str = "") -> set[str]:
        """Return which kinds of blocks bar the caller: `inner`, `outer`; that and nothing more.

        Problem not-found when the Patient is not open to the caller.
        """
        access = Access(actor, "blocks", request_id)
        key = await self._open_patient(access, patient_id)
        found = {said.fact.kind for said in await self._barring(access, key)}
        await self._audit(audit_rows(access, [(key, None)], rule="existence-of-blocks"))
        return found

    async def block_owners(
        self, actor: Actor, patient_id: str, *, reason: str, request_id: str = ""
    ) -> list[tuple[str, str, str]]:
        """Return kind, care provider and unit ('' for all units) of the blocks that bar the caller.

        The second step in an emergency, after an opening: without one, Problem forbidden.
        """
        access = Access(actor, "block-owners", request_id)
        key = await self._open_patient(access, patient_id)
        if not await self._is_opened(access, key):
            rows = audit_rows(access, [(key, None)], rule="no-emergency", outcome="refused")
            await self._audit(rows)
            raise Problem("forbidden", "Not permitted: whose a block is, is told after an emergency opening.")
        found = await self._barring(access, key)
        await self._audit(audit_rows(access, [(key, None)], rule="emergency", detail=reason))
        return [(said.fact.kind, said.fact.provider, said.fact.unit) for said in found]

    async def explain(
        self, actor: Actor, asked: Actor, action: Action, reference: tuple[str, str], *, request_id: str = ""
    ) -> Explanation:
        """Return why a resource (type, id) is open to another actor or not: for audit officers.

        An officer asks of the own care provider's users, or of the own care provider's resources.
        """
        access = Access(actor, "explain", request_id)
        key = await self.key(*reference)
        owner = await law.owner(self._db, key.patient, key.type, key.id) if key else None
        is_officer = actor.kind == "staff" and AUDIT_OFFICER in actor.roles and actor.provider is not None
        if not is_officer or actor.provider not in {asked.provider, owner}:
            await self._audit(audit_rows(access, [], rule="no-officer", outcome="refused"))
            raise Problem("forbidden", "Not permitted: audit officers ask about their own care provider.")
        if key is None or owner is None:
            await self._audit(audit_rows(access, [], rule=AUDIT_OFFICER, outcome="absent"))
            raise Problem("not-found", "There is no such resource.")
        found = await self._explained(asked, action, key)
        await self._audit(
            audit_rows(access, [(key, None)], rule=AUDIT_OFFICER, detail=f"{action} {found.rule}")
        )
        return found

    async def _explained(self, asked: Actor, action: Action, key: Key) -> Explanation:
        facts = await self.facts(asked)
        decision = decide(asked, facts, action)
        whole = decision.visible.for_type(key.type)
        is_open = await self._opens(key, whole.clauses)
        grants = [
            RuleSaid(grant.name, grant.source, await self._opens(key, clauses), _needs(clauses))
            for grant in GRANTS
            if (clauses := grant.says(asked, facts, action).for_type(key.type).clauses)
        ]
        opening = " ".join(one.rule for one in grants if one.holds)
        rule = opening if is_open else decision.rule if not whole.clauses else "no-ground"
        said = await law.facts(self._db, key.patient, now=self._micros())
        refusals = tuple(RuleSaid(r.name, r.source, r.says(asked, facts, action)) for r in REFUSALS)
        return Explanation(is_open, rule, refusals, tuple(grants), tuple(said))

    async def _opens(self, key: Key, clauses: Sequence[Clause]) -> bool:
        visible = Visible(tuple(clauses))
        found = await reading.several(self._db, [key], visible, now=self._micros(), bodies=False)
        return key in found

    async def _open_patient(self, access: Access, patient_id: str) -> Key:
        decision = await self._decide(access, "read", "Patient")
        key = await self.key("Patient", patient_id)
        may_be = key is not None and access.actor.kind in CARE
        if key and may_be and await self._is_open_to(access, key, decision.visible.clauses):
            return key
        await self._audit(
            audit_rows(access, [(key, None)] if key else [], rule=decision.rule, outcome="absent")
        )
        raise Problem("not-found", "There is no such Patient here, or it is not open to this caller.")

    async def _is_open_to(self, access: Access, key: Key, clauses: Sequence[Clause]) -> bool:
        return await self._is_opened(access, key) or await self._opens(key, clauses)

    async def _is_opened(self, access: Access, key: Key) -> bool:
        reader = reader_of(access.actor, await self.facts(access.actor))
        return await is_opened(self._db, reader, key.patient, now=self._micros())

    async def _barring(self, access: Access, key: Key) -> list[Said]:
        """Return the blocks that bar the caller from something, lifted or not."""
        facts = await self.facts(access.actor)
        said = await law.facts(self._db, key.patient, now=self._micros())
        return [one for one in said if _is_block(one.fact) and _bars(one, access.actor, facts)]


def _is_block(fact: Fact) -> bool:
    """Say whether it is a block, and of the unit that is named rather than of a part of it."""
    return fact.kind in _BLOCKS and fact.target in ("", fact.unit)


def _bars(said: Said, actor: Actor, facts: Facts) -> bool:
    if said.fact.kind == "outer":
        return said.fact.provider != actor.provider
    reader = reader_of(actor, facts)
    return not {said.fact.unit or said.fact.provider} & {*reader.own, *reader.units}


def _needs(clauses: Sequence[Clause]) -> tuple[str, ...]:
    return tuple(sorted({need for clause in clauses for need in clause.needs}))
