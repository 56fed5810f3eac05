"""Who belongs where: Organization, PractitionerRole and the like → care provider and unit.

From it come the owner of a resource, whom it addresses, and which care providers a care team holds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pk_api.access.actor import Actor
from pk_api.access.persons import PERSONS
from pk_api.fhir import membership, ownership, references
from pk_api.fhir.search.index_values import period_span
from pk_api.fhir.systems import EXT_UNIT_KIND, HSA_ID, SYNONYMS
from pk_api.store import reading
from pk_api.store.rows import FOREVER

_ORGANISATION_OF = {
    "PractitionerRole": "organization",
    "HealthcareService": "providedBy",
    "Location": "managingOrganization",
    "Organization": "partOf",
}


Mentions = Callable[[Mapping[str, Any]], Iterable[str]]
"""Yields references in a resource."""


class Affiliation(NamedTuple):
    """A reference's care provider, unit and parent reference, and what the unit is in the law's sense."""

    provider: str
    unit: str | None
    parent: str | None
    kind: str | None = None

    @property
    def place(self) -> str:
        """The unit, or the provider where no unit is named."""
        return self.unit or self.provider


def hsa_id(resource: Mapping[str, Any]) -> str | None:
    """Return the HSA-id among the identifiers."""
    for identifier in resource.get("identifier", ()):
        if SYNONYMS.get(identifier.get("system", ""), identifier.get("system")) == HSA_ID:
            value: str | None = identifier.get("value")
            return value
    return None


@dataclass(slots=True)
class Placement:
    """What the affiliations say of one resource to be written."""

    owner: str
    unit: str | None
    addressed: str | None
    addressed_unit: str | None
    team: tuple[tuple[str, str | None, int, int], ...]


class Known:
    """Affiliations of the references in a set, stored ones and those that the set itself makes."""

    def __init__(
        self, db: Any, base_url: str, further: Mentions = lambda _: (), *, wholes: Mentions = lambda _: ()
    ) -> None:
        """`further` yields references beside those of ownership; `wholes` those whose parts matter too."""
        self._db = db
        self._base_url = base_url
        self._further = further
        self._wholes = wholes
        self._parts: dict[str, frozenset[str]] = {}
        self._stored: dict[str, Affiliation] = {}
        self._resources: dict[str, Mapping[str, Any]] = {}
        self._made: dict[str, Affiliation | None] = {}

    async def learn(self, resources: Mapping[str, Mapping[str, Any]]) -> None:
        """Read what is stored of every reference that matters in the resources (by their own references)."""
        self._resources = {r: res for r, res in resources.items() if res["resourceType"] in _ORGANISATION_OF}
        asked = set(self._resources)
        for resource in resources.values():
            asked.update(self._local(r) or "" for r in (*_mentioned(resource), *self._further(resource)))
        asked.discard("")
        if asked:
            found = await reading.affiliations(self._db, sorted(asked))
            self._stored = {r: Affiliation(*row) for r, row in found.items()}
        for whole in {self._local(r) for resource in resources.values() for r in self._wholes(resource)}:
            if whole is not None:
                self._parts[whole] = await self._parts_of(whole)

    async def _parts_of(self, whole: str) -> frozenset[str]:
        """Return the units that are part of an organisation, however deep."""
        found: dict[str, str] = {}
        fresh = {whole}
        while fresh:
            below = await reading.children(self._db, sorted(fresh))
            fresh = {r for r in below if r.startswith("Organization/")} - found.keys() - {whole}
            found |= {r: unit for r in fresh if (unit := below[r][1]) is not None}
        return frozenset(found.values())

    def parts(self, reference: str) -> frozenset[str]:
        """Return the units that are part of one of the `wholes`."""
        return self._parts.get(self._local(reference) or "", frozenset())

    def _local(self, reference: str | None) -> str | None:
        local = references.literal(reference, self._base_url) if reference else None
        return f"{local.type}/{local.id}" if local else None

    def of(self, reference: str | None, seen: frozenset[str] = frozenset()) -> Affiliation | None:
        """Return the affiliation of a reference; None when it is unknown."""
        local = self._local(reference)
        if local is None or local in seen:
            return None
        if local in self._resources and local not in self._made:
            self._made[local] = self._make(local, seen | {local})
        return self._made.get(local) or self._stored.get(local)

    def _make(self, local: str, seen: frozenset[str]) -> Affiliation | None:
        resource = self._resources[local]
        own = hsa_id(resource) or local if resource["resourceType"] == "Organization" else None
        parent = self._local(
            (resource.get(_ORGANISATION_OF[resource["resourceType"]]) or {}).get("reference")
        )
        above = self.of(parent, seen)
        if above is None:
            return Affiliation(own, None, parent, _legal_kind(resource)) if own else None
        return Affiliation(above.provider, own or above.unit, parent, _legal_kind(resource) if own else None)

    async def rows(self) -> list[tuple[str, str, str | None, str | None, str | None]]:
        """Return the affiliations to be stored: those of the set, and of all that is below a changed one."""
        for reference in self._resources:
            self.of(reference)
        out = {r: a for r, a in self._made.items() if a is not None and self._stored.get(r) != a}
        changed = {r for r in out if r in self._stored}
        while changed:
            below = await reading.children(self._db, sorted(changed))
            moved = {
                r: Affiliation(out[str(parent)].provider, unit, parent, kind)
                for r, (provider, unit, parent, kind) in below.items()
                if r not in out and out[str(parent)].provider != provider
            }
            out |= moved
            changed = set(moved)
        return [(r, *a) for r, a in out.items()]

    def place(self, resource: Mapping[str, Any], actor: Actor, author: str, patient: str) -> Placement:
        """Return who owns the resource, whom it addresses, and the providers of a care team."""
        placed = self._owner(resource) or (None, None)
        if actor.kind in PERSONS:
            placed = (f"patient:{patient}", None)
        addressed = self._addressed(resource, patient)
        return Placement(
            owner=placed[0] or actor.provider or author,
            unit=placed[1] if placed[0] else actor.unit,
            addressed=addressed[0],
            addressed_unit=addressed[1],
            team=self._team(resource),
        )

    def _owner(self, resource: Mapping[str, Any]) -> tuple[str, str | None] | None:
        kind = resource["resourceType"]
        if kind in _ORGANISATION_OF:
            own = self._made.get(f"{kind}/{resource['id']}")
            is_nobodys = own is None or own.provider == f"{kind}/{resource['id']}"
            return None if own is None or is_nobodys else (own.provider, own.unit)
        for reference in ownership.owner_references(resource):
            if (found := self.of(reference)) is not None:
                return found.provider, found.unit
        return None

    def _addressed(self, resource: Mapping[str, Any], patient: str) -> tuple[str | None, str | None]:
        """Return who stands as asked or told with the resource; further units do by facts of it.

        The patient before whole care providers, these before units, and relatives last.
        """
        found = [self._addressee(one, patient) for one in ownership.addressed_references(resource)]
        known = [one for one in found if one is not None]
        return min(known, key=lambda one: one[0])[1:] if known else (None, None)

    def _addressee(self, reference: str, patient: str) -> tuple[int, str, str | None] | None:
        if reference.startswith("Patient/"):
            return 0, f"patient:{patient}", None
        if reference.startswith("RelatedPerson/"):
            return 3, reference, None
        found = self.of(reference)
        return None if found is None else (1 if found.unit is None else 2, found.provider, found.unit)

    def _team(self, resource: Mapping[str, Any]) -> tuple[tuple[str, str | None, int, int], ...]:
        if not membership.is_active_plan_team(resource) or membership.belongs_by_patient(resource):
            return ()
        out: list[tuple[str, str | None, int, int]] = []
        for participant in resource.get("participant", ()):
            since, until = period_span(participant.get("period"))
            term = (since or 0, FOREVER if until is None else until)
            found = (self.of(r) for r in _participants([participant]))
            out += [(each.provider, each.unit, *term) for each in found if each is not None]
        return tuple(dict.fromkeys(out))


def _legal_kind(resource: Mapping[str, Any]) -> str | None:
    """Return what a unit is in the act on shared documentation, as it says itself."""
    for one in resource.get("extension", ()):
        if one.get("url") == EXT_UNIT_KIND:
            kind: str | None = one.get("valueCode")
            return kind
    return None


def _mentioned(resource: Mapping[str, Any]) -> Iterable[str]:
    yield from ownership.owner_references(resource)
    yield from ownership.addressed_references(resource)
    element = _ORGANISATION_OF.get(resource["resourceType"])
    if element and (reference := (resource.get(element) or {}).get("reference")):
        yield reference
    yield from _participants(
        resource.get("participant", ()) if resource["resourceType"] == "CareTeam" else ()
    )


def _participants(participants: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for participant in participants:
        for element in ("member", "onBehalfOf"):
            if reference := (participant.get(element) or {}).get("reference"):
                yield reference
