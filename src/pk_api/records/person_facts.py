"""What a resource says about who acts for a patient: birth, guardians, mandates, relatives, apps.

A ground that must not be the patient's or a proxy's own word counts only as care says it. Sources:
Föräldrabalk 6, 11 and 12 kap., lag 2017:310, HFD 2017 ref. 67.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir import systems
from pk_api.fhir.identity import birth_date, canonical_system, check_identifier
from pk_api.fhir.references import at_path, literal, objects_at
from pk_api.fhir.search.index_values import period_span
from pk_api.store.rows import FOREVER, Fact, to_micros

Json = Mapping[str, Any]

BY_CARE: Final = frozenset({"guardian", "guardian-exception", "guardian-barred", "mandate"})
"""Kinds of facts that care alone says."""

REPRESENTATIVES: Final = frozenset({"god-man", "forvaltare", "framtidsfullmakt"})
"""Roles with a mandate, as `pk-relation` has them."""

_DATED: Final = (systems.PERSONNUMMER, systems.SAMORDNINGSNUMMER)
_LINKS: Final = {"replaces": "replaces", "replaced-by": "replaced"}
_ASSESSORS: Final = frozenset({"Practitioner", "PractitionerRole"})


@dataclass(frozen=True, slots=True)
class Said:
    """A resource and who says it: a care provider, or `patient:<key>` for the patient and proxies."""

    resource: Json
    said_by: str
    base_url: str

    @property
    def is_by_care(self) -> bool:
        """Whether care says it."""
        return not self.said_by.startswith("patient:")

    @property
    def provision(self) -> Json:
        """The provision of a Consent."""
        return self.resource.get("provision") or {}

    def people(self) -> Iterator[str]:
        """Yield the RelatedPersons that the provision names, as local references."""
        for one in at_path(self.provision, "actor.reference"):
            local = literal(one, self.base_url)
            if local is not None and local.type == "RelatedPerson":
                yield f"{local.type}/{local.id}"

    def facts(self, kind: str, targets: Iterable[str]) -> Iterator[Fact]:
        """Yield a fact for each person and target, in force as the provision is."""
        since, until = term_of(self.provision.get("period"))
        targets = tuple(targets)
        for person in self.people():
            for target in targets:
                yield Fact(kind, person=person, target=target, said_by=self.said_by, since=since, until=until)


def facts_of_persons(resource: Json, *, said_by: str, base_url: str) -> Iterator[Fact]:
    """Yield what the resource says about who acts for the patient."""
    saying = _SAYINGS.get(resource["resourceType"])
    if saying is not None:
        yield from saying(Said(resource, said_by, base_url))


def kept_by(owner: str, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Return the facts that count in a resource of this owner, as the owner's word.

    A change by care of what is the patient's own does not make it the word of care, nor does a later version
    that names another organisation make it that one's.
    """
    facts = tuple(one._replace(said_by=owner) if one.said_by else one for one in facts)
    if not owner.startswith("patient:"):
        return facts
    return tuple(one for one in facts if one.kind not in BY_CARE)


def term_of(period: Json | None) -> tuple[int, int]:
    """Return from when until when a period is, in microseconds."""
    since, until = period_span(period)
    return since or 0, FOREVER if until is None else until


def _patient(said: Said) -> Iterator[Fact]:
    if (day := born(said.resource)) is not None:
        yield Fact("born", since=to_micros(datetime(day.year, day.month, day.day, tzinfo=UTC)))
    if said.resource.get("deceasedBoolean") is True or "deceasedDateTime" in said.resource:
        yield Fact("dead", said_by=said.said_by)
    yield from _links(said)


def _links(said: Said) -> Iterator[Fact]:
    """The Patients that this one replaces, and those that it is replaced by."""
    for link in said.resource.get("link", ()):
        other = literal(str(link["other"].get("reference", "")), said.base_url)
        kind = _LINKS.get(link.get("type"))
        if kind is not None and other is not None and other.type == "Patient":
            yield Fact(kind, person=f"Patient/{other.id}", said_by=said.said_by)


def born(patient: Json) -> date | None:
    """Return the birth date: that of an identity number goes before the one that is told."""
    for system in _DATED:
        for one in patient.get("identifier", ()):
            value = one.get("value", "")
            if canonical_system(one.get("system")) == system and check_identifier(system, value) is None:
                return birth_date(value)
    told = patient.get("birthDate", "")
    return date.fromisoformat(told) if len(told) == 10 else None


def _related_person(said: Said) -> Iterator[Fact]:
    if said.resource.get("active") is False:
        return
    since, until = term_of(said.resource.get("period"))
    codes = {(c.get("system"), c.get("code")) for c in objects_at(said.resource, "relationship.coding")}
    is_guardian = (systems.ROLE_CODE, "GUARD") in codes and said.is_by_care
    for one in said.resource.get("identifier", ()):
        system, value = canonical_system(one.get("system")), one.get("value")
        if system in systems.PERSON_SYSTEMS and value:
            for kind in ("related", *(["guardian"] if is_guardian else [])):
                yield Fact(
                    kind,
                    person=f"{system}|{value}",
                    target=f"RelatedPerson/{said.resource['id']}",
                    said_by=said.said_by,
                    since=since,
                    until=until,
                )


def _consent(said: Said) -> Iterator[Fact]:
    if said.resource.get("status") != "active":
        return
    codes = objects_at(said.resource, "category.coding")
    for kind in sorted({c.get("code", "") for c in codes if c.get("system") == systems.CONSENT_KIND}):
        if kind in PERSON_CONSENTS:
            yield from PERSON_CONSENTS[kind](said)


def _relative(said: Said) -> Iterator[Fact]:
    if said.provision.get("type") != "deny":
        codes = objects_at(said.provision, "provision.code.coding")
        parts = {str(c.get("code")) for c in codes if c.get("system") == systems.PART}
        yield from said.facts("relative-access", ("", *sorted(parts)))


def _mandate(said: Said) -> Iterator[Fact]:
    """A mandate has a holder of one of the roles, and names its scope: one that names none opens nothing."""
    roles = {c.get("code") for c in objects_at(said.provision, "actor.role.coding")}
    if not said.is_by_care or said.provision.get("type") == "deny" or not roles & REPRESENTATIVES:
        return
    codes = objects_at(said.provision, "code.coding")
    scopes = {str(c.get("code")) for c in codes if c.get("system") == systems.MANDATE}
    yield from said.facts("mandate", sorted(scopes))


def _exception(said: Said) -> Iterator[Fact]:
    """A guardian's exception was assessed by a named professional, agreed with the child, and has an end."""
    if not said.is_by_care:
        return
    if said.provision.get("type") == "deny":
        yield from said.facts("guardian-barred", ("",))
        return
    assessors = {r.split("/")[-2] for r in at_path(said.resource, "performer") if "/" in r}
    agreed = any(
        one.get("verified") is True and any("Patient/" in r for r in at_path(one, "verifiedWith"))
        for one in said.resource.get("verification", ())
    )
    ends = bool((said.provision.get("period") or {}).get("end"))
    if assessors & _ASSESSORS and agreed and ends:
        yield from said.facts("guardian-exception", ("",))


def _app(said: Said) -> Iterator[Fact]:
    """The patient lets an app in, by the name that its tokens bear."""
    if said.is_by_care or said.provision.get("type") == "deny":
        return
    since, until = term_of(said.provision.get("period"))
    for one in objects_at(said.provision, "actor.reference.identifier"):
        if one.get("system") == systems.APP and one.get("value"):
            client = str(one["value"])
            yield Fact("app-access", person=client, said_by=said.said_by, since=since, until=until)


_SAYINGS: Final[Mapping[str, Callable[[Said], Iterator[Fact]]]] = MappingProxyType(
    {"Patient": _patient, "RelatedPerson": _related_person, "Consent": _consent}
)

PERSON_CONSENTS: Final[Mapping[str, Callable[[Said], Iterator[Fact]]]] = MappingProxyType(
    {
        "relative-access": _relative,
        "mandate": _mandate,
        "guardian-exception": _exception,
        "app-access": _app,
    }
)
"""What each kind of Consent says about who acts for the patient."""
