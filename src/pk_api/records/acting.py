"""The part of the door that says who somebody is here, and for whom they may act."""

from dataclasses import dataclass, replace

from pk_api.access.actor import Actor
from pk_api.access.decide import decide
from pk_api.access.persons import PERSONS
from pk_api.records.audits import Access, audit_rows
from pk_api.records.door import Door
from pk_api.store import auditing, persons
from pk_api.store.rows import Key


@dataclass(frozen=True, slots=True)
class Standing:
    """A patient or who acts for one: the Patient's id, the grounds that open, else the rule of refusal."""

    patient: str | None
    grounds: tuple[str, ...]
    rule: str
    actor: Actor
    tells_name: bool = False


class Acting(Door):
    """Who is who."""

    async def standing(self, actor: Actor, *, request_id: str = "") -> Standing:
        """Return as what the actor stands here."""
        facts = await self.facts(actor)
        decision = decide(actor, facts, "read")
        patient = facts.patient if actor.kind in PERSONS else None
        ids = await auditing.patient_ids(self._db, [patient]) if patient else {}
        await self._audit(audit_rows(Access(actor, "me", request_id), [], rule=decision.rule))
        grounds = tuple(one for one in decision.visible.grounds.split() if one != "directory")
        return Standing(ids.get(patient or ""), grounds, decision.rule, actor)

    async def stands_in_for(self, actor: Actor) -> list[Standing]:
        """Return for whom a person may act, on the grounds that hold now; the patient's own record aside."""
        if actor.kind not in PERSONS - {"app"} or actor.person is None:
            return []
        numbers = sorted(await persons.numbers_of(self._db, actor.person))
        keys = [key for one in numbers for key in await persons.known_to(self._db, one, now=self._micros())]
        ids = await auditing.patient_ids(self._db, keys)
        found = [await self._stands_in(actor, key, ids[key]) for key in sorted(ids)]
        return [one for one in found if one.grounds]

    async def _stands_in(self, actor: Actor, patient: str, patient_id: str) -> Standing:
        proxy = replace(actor, kind="proxy", acting_for=f"Patient/{patient_id}", context=None)
        key = Key(patient, "Patient", patient_id)
        facts = await self._persons.proxy(key, actor.person or ("", ""), now=self._clock())
        decision = decide(proxy, facts, "read")
        grounds = tuple(one for one in decision.visible.grounds.split() if one != "directory")
        opens_name = bool(decision.visible.for_type("Patient").clauses)
        return Standing(patient_id, grounds, decision.rule, proxy, opens_name)
