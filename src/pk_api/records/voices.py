"""Who says what a resource of care says, as far as it is plain from affiliations: the rest is looked up."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.persons import PERSONS
from pk_api.access.rules import CARE
from pk_api.fhir.authors import Said, authors_in
from pk_api.fhir.references import LocalRef, literal
from pk_api.fhir.systems import HSA_ID, PERSON_SYSTEMS, SYNONYMS
from pk_api.records.affiliation import Known

Json = Mapping[str, Any]
_OF_CARE: Final = frozenset(
    {"CareTeam", "HealthcareService", "Location", "Organization", "Practitioner", "PractitionerRole"}
)


_KEEPERS: Final = frozenset({"Consent.organization"})
"""Who keeps what a patient says: nobody's words."""


def mentioned(resource: Json) -> Iterator[str]:
    """Yield the literal references that say in whose name a resource is."""
    yield from (str(s.named["reference"]) for s in authors_in(resource) if "reference" in s.named)


def in_doubt(resource: Json, known: Known, actor: Actor, base_url: str) -> tuple[Said, ...]:
    """Return what a resource may say in another's name than the writer's; of persons, all that care says."""
    if actor.kind in PERSONS:
        said = (each for each in authors_in(resource) if each.path not in _KEEPERS)
        return tuple(each for each in said if _is_of_care(each.named, actor, base_url))
    if actor.kind not in CARE:
        return ()
    return tuple(
        said
        for said in authors_in(resource)
        if not (_leads_home(said.named, known, actor, base_url) and _is_numbered_so(said.named, actor))
    )


def left_out(before: Json, after: Json, actor: Actor, base_url: str) -> tuple[Said, ...]:
    """Return what somebody of care says in a resource that a change by care leaves out; answers may fall."""
    if actor.kind not in CARE:
        return ()
    left = list(authors_in(after))
    gone = [said for said in authors_in(before) if not said.is_answer and not _taken(said, left)]
    return tuple(said for said in gone if _is_of_care(said.named, actor, base_url))


def _taken(said: Said, others: list[Said]) -> bool:
    """Take what is said out of a list; say whether it stood there."""
    if said not in others:
        return False
    others.remove(said)
    return True


def _is_of_care(named: Json, actor: Actor, base_url: str) -> bool:
    local = local_of(named, base_url)
    number = number_of(named)
    is_numbered = number is not None and number[0] not in PERSON_SYSTEMS
    return (local is not None and local.type in _OF_CARE) or (
        is_numbered and not _is_numbered_so(named, actor)
    )


def _leads_home(named: Json, known: Known, actor: Actor, base_url: str) -> bool:
    """Say whether a reference leads to the writer's own, or to nobody of care who is known here."""
    local = local_of(named, base_url)
    if local is None:
        return True
    found = known.of(local.reference)
    if found is None:
        return local.type not in _OF_CARE
    is_near = actor.kind == "system" or found.unit in (None, actor.unit)
    return found.provider == actor.provider and is_near


def _is_numbered_so(named: Json, actor: Actor) -> bool:
    number = number_of(named)
    own = (actor.provider, actor.unit, actor.employee, actor.assignment, actor.asker)
    return number is None or number in {(HSA_ID, one) for one in own}


def local_of(named: Json, base_url: str) -> LocalRef | None:
    """Return what a Reference leads to here."""
    return literal(str(named.get("reference", "")), base_url)


def number_of(named: Json) -> tuple[str, str] | None:
    """Return the identifier that a Reference has."""
    identifier = named.get("identifier") or {}
    if not identifier.get("value"):
        return None
    system = str(identifier.get("system", ""))
    return SYNONYMS.get(system, system), str(identifier["value"])
