"""Who is told by a resource that names several: facts of each, and that they may know who the patient is.

Whoever is asked or told alone stands with the resource itself (`affiliation`). Sources: PDL 2008:355 4 kap.
1 § (who takes part in care), lag 2017:612 (what a notice tells of the patient to the units that receive).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pk_api.fhir import ownership, sip, systems
from pk_api.records.affiliation import Affiliation, Known
from pk_api.store.rows import FOREVER, Fact

Json = Mapping[str, Any]

ADDRESSED: Final = "addressed"
"""The fact that a resource asks or tells a unit."""

TOLD: Final = "told"
"""The fact that a unit is told who the patient is: it is to receive the patient, or is called or asked to."""

_ASKED: Final = frozenset({"requested", "received", "accepted", "ready", "in-progress", "on-hold"})


def facts_of_addressees(resource: Json, known: Known, *, said_by: str) -> Iterator[Fact]:
    """Yield that each unit is addressed, where they are several, and that others are told of the patient."""
    named = _named(resource)
    units = list(dict.fromkeys(found for each in named if (found := known.of(each)) is not None))
    if len(named) > 1:
        yield from (_fact(ADDRESSED, unit, "") for unit in units)
    if _tells_of_patient(resource):
        yield from (_fact(TOLD, unit, said_by) for unit in units if unit.provider != said_by)


def _fact(kind: str, unit: Affiliation, said_by: str) -> Fact:
    return Fact(kind, unit.provider, unit.place, said_by=said_by, since=0, until=FOREVER)


def _named(resource: Json) -> tuple[str, ...]:
    """Return who is asked or told, or called."""
    if sip.is_standing_call(resource):
        return tuple(name for one in resource["participant"] if (name := sip.name_of(one.get("actor") or {})))
    return ownership.addressed_references(resource)


def _tells_of_patient(resource: Json) -> bool:
    """Say whether it is a notice of a stay, a call, or asks a unit to take a contract over."""
    kind, status = resource["resourceType"], resource.get("status")
    if kind == "Communication":
        return status == "completed" and "encounter" in resource and _is(resource, "category", systems.NOTICE)
    if kind == "Task":
        return status in _ASKED and _is(resource, "code", systems.TASK_KIND, "take-over-contract")
    return sip.is_standing_call(resource)


def _is(resource: Json, element: str, system: str, code: str | None = None) -> bool:
    found: Any = resource.get(element) or []
    concepts = found if isinstance(found, list) else [found]
    coding = [one for each in concepts for one in each.get("coding", ())]
    return any(one.get("system") == system and code in (None, one.get("code")) for one in coding)
