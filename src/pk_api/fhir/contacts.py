"""What must hold of a fast kontakt in force: a row for each rule, and what of the resources they look at.

A fast kontakt is a CareTeam of Inera's category fast-kontakt. Sources: Inera's CareTeam guide 0.9; RIV
GetCareManagers 1.0; patientlag 2014:821 6 kap.; SOSFS 2011:7; prop. 2021/22:116; the regional guideline.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pk_api.fhir import licences, systems
from pk_api.fhir.references import contained, literal
from pk_api.fhir.rules import Rule
from pk_api.fhir.search.index_values import period_span

Json = Mapping[str, Any]

Find = Callable[[str], Json | None]
"""Returns the resource behind `Type/id`; None for one that is not there."""

FAST_VARDKONTAKT, FAST_LAKARKONTAKT, FAST_OMSORGSKONTAKT, COORDINATING = "1", "2", "3", "4"
"""Codes of KV Typ av fast kontakt (1.2.752.129.5.1.69)."""

_CARE_CONTACTS: Final = frozenset({FAST_VARDKONTAKT, COORDINATING})
_STAFF: Final = frozenset({"PractitionerRole", "Practitioner"})
_ABOVE: Final = {"PractitionerRole": ("practitioner", "organization"), "Organization": ("partOf",)}
_LONGEST_CHAIN: Final = 10
_NAMES: Final = {systems.KV_FAST_KONTAKT} | {
    name for name, system in systems.SYNONYMS.items() if system == systems.KV_FAST_KONTAKT
}


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of a contact: its national codes, who it is, and the others of the patient meanwhile.

    `appointed` tells for each statement who appointed: somebody of the contact's `own` provider, the
    `patient`, or `another`.
    """

    kinds: tuple[str, ...]
    is_named: bool = True
    is_reachable: bool = True
    is_in_home_care: bool = False
    is_life_threatening: bool = False
    is_physician: bool = False
    appointed: tuple[str, ...] = ()
    meanwhile: frozenset[str] = frozenset()

    @property
    def is_care_contact(self) -> bool:
        """Whether it is a fast vårdkontakt, coordinating or not."""
        return not _CARE_CONTACTS.isdisjoint(self.kinds)

    def is_second(self, kind: str) -> bool:
        """Say whether the patient has another contact of this kind at the same time."""
        return kind in self.kinds and kind in self.meanwhile


RULES: Final[tuple[Rule[Contact], ...]] = (
    Rule(
        "kind",
        lambda contact: len(contact.kinds) <= 1,
        "A contact is of one kind: one national code at most.",
        "CareTeam.participant.role",
        "Inera CareTeam guide 0.9: RIVCareManager",
        "kind",
    ),
    Rule(
        "named",
        lambda contact: contact.is_named,
        "A contact is one member of staff by name: one participant whose member is a PractitionerRole.",
        "CareTeam.participant.member",
        "Inera CareTeam guide 0.9: RIVCareManager",
        "member",
    ),
    Rule(
        "reachable",
        lambda contact: contact.is_reachable,
        "A named contact can be reached: give at least one way.",
        "CareTeam.telecom",
        "regional guideline for patientkontrakt",
        "telecom",
    ),
    Rule(
        "one-physician",
        lambda contact: not contact.is_second(FAST_LAKARKONTAKT),
        "The patient has a fast läkarkontakt: end that first.",
        "CareTeam.participant.role",
        "RIV GetCareManagers 1.0 rule 001",
        "kind",
        kind="conflict",
    ),
    Rule(
        "one-coordinating",
        lambda contact: not contact.is_second(COORDINATING),
        "Another contact coordinates: end that first.",
        "CareTeam.participant.role",
        "regional guideline for patientkontrakt",
        "coordinating",
        kind="conflict",
    ),
    Rule(
        "home-care",
        lambda contact: FAST_OMSORGSKONTAKT not in contact.kinds or contact.is_in_home_care,
        "A fast omsorgskontakt works at a unit of home care: its pk-unit-kind is omsorgsgivare.",
        "CareTeam.participant.member",
        "prop. 2021/22:116",
        "member",
    ),
    Rule(
        "physician",
        lambda contact: not (contact.is_life_threatening and contact.is_care_contact) or contact.is_physician,
        "At life-threatening illness the fast vårdkontakt is a licensed physician.",
        "CareTeam.participant.member",
        "SOSFS 2011:7 2 kap.",
        "member",
    ),
    Rule(
        "appointed",
        lambda contact: {"own"}.issuperset(contact.appointed) or _is_chosen(contact),
        "A contact is appointed by its own care provider; the patient may choose a fast läkarkontakt.",
        "CareTeam.extension",
        "Patientlag 2014:821 6 kap. 2 and 3 §",
        "appointed",
    ),
)


def _is_chosen(contact: Contact) -> bool:
    return FAST_LAKARKONTAKT in contact.kinds and {"own", "patient"}.issuperset(contact.appointed)


def is_contact(resource: Json) -> bool:
    """Say whether a resource is a fast kontakt."""
    return resource.get("resourceType") == "CareTeam" and any(
        (coding.get("system"), coding.get("code")) == (systems.INERA_CARE_TEAM, systems.FAST_KONTAKT)
        for category in resource.get("category", ())
        for coding in category.get("coding", ())
    )


def is_in_force(resource: Json, *, now: int) -> bool:
    """Say whether a resource is a fast kontakt that is, or is to be, one; `now` in microseconds."""
    if not is_contact(resource) or resource.get("status") != "active":
        return False
    until = period_span(resource.get("period"))[1]
    return until is None or now < until


def kinds_of(team: Json) -> tuple[str, ...]:
    """Return the national codes of a contact, each once."""
    codings = (
        coding
        for participant in team.get("participant", ())
        for role in participant.get("role", ())
        for coding in role.get("coding", ())
    )
    return tuple(dict.fromkeys(str(one.get("code")) for one in codings if one.get("system") in _NAMES))


def roles_of(team: Json) -> frozenset[str]:
    """Return the codes of a contact's roles: the national ones, and the product's own."""
    return roles_in([role for each in team.get("participant", ()) for role in each.get("role", ())])


def roles_in(concepts: Iterable[Json]) -> frozenset[str]:
    """Return the codes of roles of contacts, national and the product's own."""
    codings = (coding for concept in concepts for coding in concept.get("coding", ()))
    known = _NAMES | {systems.CONTACT_ROLE}
    return frozenset(str(one.get("code")) for one in codings if one.get("system") in known)


def appointments_of(team: Json) -> list[Json]:
    """Return each statement of who appointed the contact, and when, as its parts by name."""
    return [
        {str(part.get("url")): part for part in each.get("extension", ())}
        for each in team.get("extension", ())
        if each.get("url") == systems.EXT_APPOINTED
    ]


def looked_at(resource: Json) -> Iterator[str]:
    """Yield the literal references of a contact, or of what one leads to, that the rules follow."""
    if resource.get("resourceType") == "CareTeam":
        yield from (_reference(each.get("member")) for each in resource.get("participant", ()))
        yield from (_reference(_by(each)) for each in appointments_of(resource))
    for element in _ABOVE.get(str(resource.get("resourceType")), ()):
        yield _reference(resource.get(element))


def contact_of(team: Json, others: Iterable[Json], find: Find, *, now: int) -> Contact:
    """Return what is known of a contact; `others` are the patient's CareTeams, it may be among them."""
    participants = team.get("participant") or [{}]
    member = participants[0].get("member") or {}
    within = contained(str(member.get("reference", "")), team) or {}
    role = find(_reference(member)) or {}
    person = find(_reference(role.get("practitioner"))) or role
    rivals = (one for one in others if _is_rival(one, team, now))
    return Contact(
        kinds=kinds_of(team),
        is_named=len(participants) == 1 and (_is_named(member) or _is_of_staff(within)),
        is_reachable=any(
            _is_way(point) for of in (team, role, person, within) for point in of.get("telecom", ())
        ),
        is_in_home_care=_unit_kind(_reference(member), find) == "omsorgsgivare",
        is_life_threatening=any(
            each.get("url") == systems.EXT_LIFE_THREATENING and each.get("valueBoolean") is True
            for each in team.get("extension", ())
        ),
        is_physician=licences.PHYSICIAN in licences.licences_of(person, now=now),
        appointed=tuple(_appointer(_reference(_by(one)), team, find) for one in appointments_of(team)),
        meanwhile=frozenset(kind for one in rivals for kind in kinds_of(one)),
    )


def _is_rival(other: Json, team: Json, now: int) -> bool:
    """Say whether another contact of the patient is one at the same time."""
    if other.get("id") == team.get("id") or not is_in_force(other, now=now):
        return False
    since, until = period_span(other.get("period"))
    start, end = period_span(team.get("period"))
    return (end is None or since is None or since < end) and (until is None or start is None or start < until)


def _is_named(member: Json) -> bool:
    kind = _reference(member).partition("/")[0] or member.get("type")
    return kind in _STAFF and bool(_reference(member) or member.get("identifier"))


def _is_of_staff(within: Json) -> bool:
    """Say whether what the CareTeam itself contains is somebody of staff by name, who is in no directory."""
    return within.get("resourceType") == "Practitioner" and bool(within.get("name"))


def _is_way(point: Json) -> bool:
    return bool(point.get("value")) and point.get("use") != "old"


def _unit_kind(reference: str, find: Find) -> str | None:
    """Return what the unit is in law: its own kind, else that of the nearest above which says."""
    for organisation in _chain(reference, find):
        for each in organisation.get("extension", ()):
            if each.get("url") == systems.EXT_UNIT_KIND:
                return str(each.get("valueCode"))
    return None


def _appointer(reference: str, team: Json, find: Find) -> str:
    if reference.startswith("Patient/"):
        return "patient" if reference == _reference(team.get("subject")) else "another"
    member = _reference((team.get("participant") or [{}])[0].get("member"))
    theirs, ours = list(_chain(reference, find)), list(_chain(member, find))
    return "own" if theirs and ours and theirs[-1].get("id") == ours[-1].get("id") else "another"


def _chain(reference: str, find: Find) -> Iterator[Json]:
    """Yield the organisations above a role or unit, the nearest first, up to the care provider."""
    for _ in range(_LONGEST_CHAIN):
        found = find(reference)
        if found is None:
            return
        if found.get("resourceType") == "Organization":
            yield found
        reference = _reference(found.get("partOf") or found.get("organization"))


def _by(statement: Json) -> Json:
    by: Json = (statement.get("by") or {}).get("valueReference") or {}
    return by


def _reference(reference: Json | None) -> str:
    local = literal(str((reference or {}).get("reference", "")))
    return local.reference if local is not None else ""
