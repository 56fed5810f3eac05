"""In whose name care writes: its own care provider's, the patient's or a relative's, and no other provider's.

What a resource says already of another stays when it is changed. A system writes for all units of its
provider; staff may name colleagues, but nobody of a part of it that is something else in law. An organisation
without an HSA-id is whose who registered it. Sources: PDL 2008:355 3 kap. (a record says by whom an entry is,
and what is documented stays); OSL 2009:400 8 kap. 2 § (independent activities of one authority).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.facts import Facts
from pk_api.access.persons import PERSONS
from pk_api.access.rules import DIRECTORY
from pk_api.access.visible import Clause, Visible
from pk_api.fhir.authors import Said, authors_in
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import LocalRef, at_path
from pk_api.fhir.search.filter_values import escaped
from pk_api.fhir.search.query import parse_query
from pk_api.records.affiliation import Affiliation, Known
from pk_api.records.drafts import Draft, Drafts, placed
from pk_api.records.jobs import Job
from pk_api.records.units import Units
from pk_api.records.voices import local_of, number_of
from pk_api.store import contracts, searching, unasked
from pk_api.store.database import Transaction
from pk_api.store.rows import Key
from pk_api.store.tables import SHARED

Json = Mapping[str, Any]

_NUMBERED: Final = ("Organization", "PractitionerRole", "Practitioner")
"""Types of the directory by whose identifiers somebody may be named."""
_UNASKED: Final = re.compile(r"[\x00-\x1f\x7f]")
"""What no search asks for."""

_DIRECTORY: Final = Visible((Clause("directory", types=DIRECTORY, shared=True),))


async def keep_others(
    db: Any, drafts: Drafts, actor: Actor, facts: Facts, units: Units, *, base_url: str, now: int
) -> None:
    """Leave of what each draft may say in another's name that which it does."""
    if actor.kind in PERSONS or not any(draft.voices for draft in drafts.drafts):
        return
    look = _Look(db, drafts, actor, facts, units, base_url=base_url, now=now)
    for draft in drafts.drafts:
        said = draft.voices if draft.key not in drafts.added else ()
        draft.voices = tuple([one for one in said if await look.is_others(one.named, draft.key.patient)])


async def check_names(tx: Transaction, job: Job, units: Units, *, base_url: str, now: int) -> None:
    """Raise Problem forbidden where a set newly says something in another's name, or lets it fall."""
    for n, draft in enumerate(job.drafts.drafts):
        strangers = _strangers(draft, base_url) if draft.key not in job.drafts.added else []
        if draft.voices or strangers:
            standing = list(authors_in((await unasked.bodies(tx, [draft.key])).get(draft.key, {})))
            for said in (*draft.voices, *strangers):
                if said not in standing:
                    why = _STRANGE if said in strangers else _NOT_OWN
                    raise placed(_refused(why, said), n)
                standing.remove(said)
        if draft.silenced:
            look = _Look(tx, job.drafts, job.actor, job.facts, units, base_url=base_url, now=now)
            for said in draft.silenced:
                if await look.is_others(said.named, draft.key.patient):
                    raise placed(_refused("what another care provider has said stays", said), n)


def _strangers(draft: Draft, base_url: str) -> list[Said]:
    """Return what another patient, or somebody around one, is made to say in a patient's record."""
    others = {
        key.reference
        for key, _ in draft.references
        if key.type in _PEOPLE and draft.key.patient not in (SHARED, key.patient)
    }
    if not others:
        return []
    told = [(said, local_of(said.named, base_url)) for said in authors_in(draft.resource or {})]
    return [said for said, local in told if local is not None and local.reference in others]


_PEOPLE: Final = frozenset({"Patient", "RelatedPerson"})
_NOT_OWN: Final = "each care provider writes in its own name"
_STRANGE: Final = "in a patient's record nobody speaks who belongs to another patient"


def _refused(why: str, said: Said) -> Problem:
    detail = f"Not permitted: {why} ({said.path})."
    return Problem("forbidden", detail, expression=said.path)


class _Look:
    """The look-ups of one set: what it writes itself stands before what is stored."""

    def __init__(
        self, db: Any, drafts: Drafts, actor: Actor, facts: Facts, units: Units, *, base_url: str, now: int
    ) -> None:
        self._db = db
        self._actor = actor
        self._facts = facts
        self._units = units
        self._base_url = base_url
        self._now = now
        self._written = {d.key.reference: d.resource for d in drafts.drafts if d.resource is not None}

    async def is_others(self, named: Json, patient: str) -> bool:
        """Say whether a Reference leads to another care provider, or part of it, and not to the own."""
        local, number = local_of(named, self._base_url), number_of(named)
        found = await self._leads_to(local, patient) if local is not None else []
        if found and not await self._any_own(found):
            return True
        registered = await self._registered(*number) if number is not None else []
        known = [each for one in registered for each in await self._leads_to(one, SHARED)]
        return bool(known) and not await self._any_own(known)

    async def _any_own(self, found: Sequence[Affiliation]) -> bool:
        return any([await self._is_own(each) for each in found])

    async def _is_own(self, found: Affiliation) -> bool:
        provider = found.provider
        if provider.startswith("Organization/") and provider != self._actor.provider:
            registered = await self._owned(Key(SHARED, "Organization", provider.partition("/")[2]))
            provider = registered[0].provider if registered else ""
        if provider != self._actor.provider:
            return False
        if self._actor.kind == "system" or found.unit in (None, self._actor.unit):
            return True
        there = await self._units.facts(replace(self._actor, unit=found.unit))
        return there.activity == self._facts.activity

    async def _leads_to(self, local: LocalRef, patient: str) -> list[Affiliation]:
        """Return where somebody of care belongs; nothing of one who is not of care."""
        if local.type == "Practitioner":
            return await self._practitioner(local)
        if local.type == "CareTeam":
            return await self._team(local, patient)
        is_listed = local.type in DIRECTORY
        return await self._places([local.reference]) or (
            await self._owned(_listed(local)) if is_listed else []
        )

    async def _practitioner(self, local: LocalRef) -> list[Affiliation]:
        """Return where somebody works, else who has registered that."""
        roles = await self._search("PractitionerRole", "practitioner", local.reference)
        names = {each.reference for each in roles}
        names |= {name for name, one in self._written.items() if _is_role_of(one, local.reference)}
        places = await self._places(sorted(names))
        return places or await self._owned(_listed(local))

    async def _team(self, local: LocalRef, patient: str) -> list[Affiliation]:
        """Return those who take part in a team, and who keeps it."""
        key = Key(patient, "CareTeam", local.id)
        team = self._written.get(local.reference) or (await unasked.bodies(self._db, [key])).get(key, {})
        names = {*at_path(team, "participant.member"), *at_path(team, "participant.onBehalfOf")}
        return [*await self._places(sorted(names)), *await self._owned(key)]

    async def _owned(self, key: Key) -> list[Affiliation]:
        if key.reference in self._written and not await unasked.bodies(self._db, [key]):
            return [Affiliation(self._actor.provider or "", self._actor.unit, None)]
        provider, unit = await contracts.owner(self._db, key)
        return [Affiliation(provider, unit, None)] if provider else []

    async def _places(self, references: Sequence[str]) -> list[Affiliation]:
        asked = {one: {"resourceType": "Basic"} for one in references}
        known = Known(self._db, self._base_url, lambda _: references)
        await known.learn(self._written | asked)
        return [found for one in references if (found := known.of(one)) is not None]

    async def _registered(self, system: str, value: str) -> list[LocalRef]:
        """Return who stands in the directory under an identifier, which may be any text."""
        if not value.strip() or _UNASKED.search(system + value):
            return []
        sought = f"{escaped(system)}|{escaped(value)}"
        found = [await self._search(each, "identifier", sought) for each in _NUMBERED]
        return [one for each in found for one in each]

    async def _search(self, resource_type: str, code: str, value: str) -> list[LocalRef]:
        query = parse_query(resource_type, [(code, value), ("_total", "none")])
        page = await searching.search(self._db, query, _DIRECTORY, patients=None, now=self._now)
        return [LocalRef(each.type, each.id) for each in page.items]


def _listed(local: LocalRef) -> Key:
    """Return where somebody of the directory stands."""
    return Key(SHARED, local.type, local.id)


def _is_role_of(resource: Json, practitioner: str) -> bool:
    return resource["resourceType"] == "PractitionerRole" and practitioner in at_path(
        resource, "practitioner"
    )
