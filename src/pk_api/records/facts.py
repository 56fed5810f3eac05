"""What a resource says about who may see the patient's record: care relations, consents, blocks, mandates.

One row of `SAYINGS` for each type, one of `CONSENTS` for each kind of Consent. Sources: PDL 2008:355 4 and
5 kap., lag 2022:913, RIV informationsecurity:authorization:consent 2.0 and :blocking 4.0.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from pk_api.access.labels import ACCEPTANCE, BLOCK, LABELS, NOT_RELATIVES, OTHERS, PROTECTED, SUMMARY
from pk_api.fhir import systems
from pk_api.fhir.agreements import is_acceptance
from pk_api.fhir.documents import is_summary
from pk_api.fhir.references import at_path, literal, objects_at
from pk_api.fhir.search.index_values import period_span
from pk_api.records.addressing import facts_of_addressees
from pk_api.records.affiliation import Affiliation, Known
from pk_api.records.person_facts import facts_of_persons, term_of
from pk_api.store.rows import FOREVER, Fact

Json = Mapping[str, Any]

AFTER_VISIT: Final = timedelta(days=14) // timedelta(microseconds=1)
"""How long a visit stays a care relation: for what is to be written and read about it."""

INFORMATION_TYPES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"upp": ("Flag",), "lak": ()})
"""Information types that a block may leave out, in the national codes, and what they are here."""

PROTECTION: Final = Fact("protected")
"""Said of a patient as long as the label stands, and of a deleted one ever after."""

UNDER_WAY: Final = frozenset({"accepted", "in-progress", "on-hold"})
EXPECTED: Final = frozenset({"proposed", "pending", "booked", "arrived", "checked-in", "fulfilled"})
MET: Final = frozenset({"planned", "arrived", "triaged", "in-progress", "onleave", "finished"})


@dataclass(frozen=True, slots=True)
class _Told:
    """The resource, the look-up of units, and the provider that says it."""

    resource: Json
    known: Known
    said_by: str
    base_url: str

    def fact(self, kind: str, reference: str | None, term: tuple[int, int], **more: Any) -> Iterator[Fact]:
        """Yield the fact about the unit that a reference leads to, nothing when it leads to none."""
        found = self.known.of(reference)
        if found is not None:
            yield Fact(
                kind,
                found.provider,
                found.place,
                said_by=self.said_by,
                since=term[0],
                until=term[1],
                **more,
            )


def facts_of(resource: Json, known: Known, *, said_by: str, base_url: str) -> tuple[Fact, ...]:
    """Return what the resource says, each once; `said_by` is the care provider whose resource it is."""
    saying = SAYINGS.get(resource["resourceType"])
    said = saying(_Told(resource, known, said_by, base_url)) if saying is not None else ()
    persons = facts_of_persons(resource, said_by=said_by, base_url=base_url)
    addressees = facts_of_addressees(resource, known, said_by=said_by)
    return tuple(dict.fromkeys((*said, *persons, *addressees)))


def labels_of(resource: Json, *, names_others: bool) -> str | None:
    """Return what bars some from the resource, as `|a|b|`; None for nearly all.

    `names_others`: whether it refers to what is about other patients.
    """
    found = {
        label
        for one in (resource.get("meta") or {}).get("security", ())
        if (label := LABELS.get((one.get("system"), one.get("code"))))
    }
    if _tells_of_block(resource):
        found.add(BLOCK)
    if _tells_of_relatives(resource):
        found.add(NOT_RELATIVES)
    if is_acceptance(resource):
        found.add(ACCEPTANCE)
    if is_summary(resource):
        found.add(SUMMARY)
    if names_others:
        found.add(OTHERS)
    return "|".join(["", *sorted(found), ""]) if found else None


def _tells_of_block(resource: Json) -> bool:
    """Say whether it is a block, or asks whose it is to lift one."""
    if resource["resourceType"] == "Consent":
        return bool(consent_kinds(resource) & {"block-inner", "block-outer"})
    return resource["resourceType"] == "Task" and _has_code(resource, systems.TASK_KIND, "lift-block")


def _tells_of_relatives(resource: Json) -> bool:
    """Say whether it is what the patient says about relatives, children among them."""
    if resource["resourceType"] != "Observation":
        return False
    is_wish = _has_code(resource, systems.NARRATIVE, "relatives-wish")
    return is_wish or _has_code(resource, systems.FLAG, "child-as-relative")


def _has_code(resource: Json, system: str, code: str) -> bool:
    coding = (resource.get("code") or {}).get("coding", ())
    return any(one.get("system") == system and one.get("code") == code for one in coding)


def consent_kinds(resource: Json) -> set[str]:
    """Return which kinds of Consent this is."""
    return {
        coding.get("code", "")
        for category in resource.get("category", ())
        for coding in category.get("coding", ())
        if coding.get("system") == systems.CONSENT_KIND
    }


def mentioned(resource: Json) -> Iterator[str]:
    """Yield the references whose units the facts are about."""
    for path in _MENTIONED.get(resource["resourceType"], ()):
        yield from at_path(resource, path)


def blocked(resource: Json) -> Iterator[str]:
    """Yield the references to units that are blocked with all that is part of them."""
    if resource["resourceType"] == "Consent" and consent_kinds(resource) & {"block-inner", "block-outer"}:
        yield from at_path(resource, "provision.actor.reference")


def _identity(told: _Told) -> Iterator[Fact]:
    """The identity is protected; a relative's is for the patient's sake, who may live there."""
    if is_protected(labels_of(told.resource, names_others=False)):
        yield PROTECTION


def is_protected(labels: str | None) -> bool:
    """Say whether labels, as they are stored, protect an identity."""
    return f"|{PROTECTED}|" in (labels or "")


def _encounter(told: _Told) -> Iterator[Fact]:
    if told.resource.get("status") in MET:
        since, until = term_of(told.resource.get("period"))
        for one in at_path(told.resource, "serviceProvider"):
            yield from told.fact("relation", one, (since, _after(until)))


def _after(until: int) -> int:
    return until if until == FOREVER else until + AFTER_VISIT


def _care_team(told: _Told) -> Iterator[Fact]:
    if told.resource.get("status") != "active":
        return
    whole = term_of(told.resource.get("period"))
    for one in at_path(told.resource, "managingOrganization"):
        yield from told.fact("relation", one, whole)
    for participant in told.resource.get("participant", ()):
        own = term_of(participant.get("period"))
        term = max(own[0], whole[0]), min(own[1], whole[1])
        for path in ("member", "onBehalfOf"):
            for one in at_path(participant, path):
                yield from told.fact("relation", one, term)


def _appointment(told: _Told) -> Iterator[Fact]:
    if told.resource.get("status") not in EXPECTED:
        return
    _, until = term_of({"end": end} if (end := told.resource.get("end")) else None)
    for one in at_path(told.resource, "participant.actor"):
        yield from told.fact("relation", one, (0, _after(until)))


def _task(told: _Told) -> Iterator[Fact]:
    if told.resource.get("status") in UNDER_WAY:
        term = term_of((told.resource.get("restriction") or {}).get("period"))
        for one in at_path(told.resource, "owner"):
            yield from told.fact("relation", one, (term[0], FOREVER))


def _consent(told: _Told) -> Iterator[Fact]:
    if told.resource.get("status") != "active":
        return
    for kind in sorted(consent_kinds(told.resource)):
        if kind in CONSENTS:
            yield from CONSENTS[kind](told)


def _provision(told: _Told) -> Json:
    return told.resource.get("provision") or {}


def _receivers(told: _Told) -> Iterable[str]:
    return at_path(_provision(told), "actor.reference")


def _given(kind: str) -> Callable[[_Told], Iterator[Fact]]:
    """The fact for each unit that the provision names, while the provision is in force."""

    def say(told: _Told) -> Iterator[Fact]:
        for one in _receivers(told):
            yield from told.fact(kind, one, term_of(_provision(told).get("period")))

    return say


def _disclosure(told: _Told) -> Iterator[Fact]:
    term = term_of(_provision(told).get("period"))
    for one in _receivers(told):
        for item in at_path(_provision(told), "data.reference"):
            yield from told.fact("disclosure", one, term, target=_local(item, told))


def _blocked_by(reference: str, found: Affiliation | None, known: Known) -> Iterator[str]:
    """Yield the unit and all that are part of it, each by itself; the whole care provider has no name."""
    if found is None:
        return
    yield found.unit or ""
    if found.unit is not None:
        yield from sorted(known.parts(reference) - {found.unit})


def _block(kind: str) -> Callable[[_Told], Iterator[Fact]]:
    def say(told: _Told) -> Iterator[Fact]:
        provision = _provision(told)
        low, high = period_span(provision.get("dataPeriod"))
        codes = {c.get("code") for c in objects_at(provision, "provision.code.coding")}
        types = sorted({t for code in codes for t in INFORMATION_TYPES.get(str(code), ())})
        spares = "|".join(["", *types, ""]) if types else ""
        since, until = term_of(provision.get("period"))
        for one in _receivers(told):
            found = told.known.of(one)
            for unit in _blocked_by(one, found, told.known):
                yield Fact(
                    kind,
                    found.provider if found else "",
                    unit,
                    target=found.unit or "" if found else "",
                    said_by=told.said_by,
                    since=since,
                    until=until,
                    low=low,
                    high=high,
                    spares=spares,
                )

    return say


def _lift(told: _Told) -> Iterator[Fact]:
    term = term_of(_provision(told).get("period"))
    source = next(iter(at_path(told.resource, "sourceReference")), "")
    for one in _receivers(told):
        yield from told.fact("lift", one, term, target=_local(source, told))


def _emergency_lift(told: _Told) -> Iterator[Fact]:
    yield from _lift(told)
    yield from _given("emergency-lift")(told)


def _local(reference: str, told: _Told) -> str:
    found = literal(reference, told.base_url) if reference else None
    return f"{found.type}/{found.id}" if found else ""


SAYINGS: Final[Mapping[str, Callable[[_Told], Iterator[Fact]]]] = MappingProxyType(
    {
        "Encounter": _encounter,
        "CareTeam": _care_team,
        "Appointment": _appointment,
        "Task": _task,
        "Consent": _consent,
        "Patient": _identity,
        "RelatedPerson": _identity,
    }
)
"""What each type says; others say nothing."""

CONSENTS: Final[Mapping[str, Callable[[_Told], Iterator[Fact]]]] = MappingProxyType(
    {
        "sharing": _given("consent"),
        "clarified-attitude": _given("consent"),
        "emergency": _given("emergency"),
        "care-relation": _given("relation"),
        "disclosure": _disclosure,
        "block-inner": _block("inner"),
        "block-outer": _block("outer"),
        "block-lift": _lift,
        "emergency-lift": _emergency_lift,
    }
)
"""What each kind of Consent says; those about who acts for the patient stand in `person_facts`."""

_MENTIONED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Encounter": ("serviceProvider",),
        "CareTeam": ("managingOrganization", "participant.member", "participant.onBehalfOf"),
        "Appointment": ("participant.actor", "participant.actor.extension.valueReference"),
        "Task": ("owner",),
        "Consent": ("provision.actor.reference",),
    }
)
