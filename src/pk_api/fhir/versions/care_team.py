"""The CareTeam of a fast kontakt in FHIR R5, as Inera's CareTeam guide 0.9 has it, and back in R4.

Sources: https://hl7.org/fhir/R5/careteam.html, https://fhir.inera.se/ig/careteam/ (profile RIVCareManager).
What the tables name travels without loss, but that roles come with the national one first, and reasons with
concepts before references; anything else is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.systems import BASE, FAST_KONTAKT, INERA_CARE_TEAM, KV_FAST_KONTAKT
from pk_api.fhir.versions.availability import Opening
from pk_api.fhir.versions.changes import Carried, Change, Claims, Json, Merged, Renamed, Single, objects

_INERA_PROFILE: Final = "https://fhir.inera.se/ig/careteam/StructureDefinition/RIVCareManager-careteam"
_R4: Final = "http://hl7.org/fhir/4.0/StructureDefinition/extension-CareTeam"
_R5: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-CareTeam"

CHANGES: Final[tuple[tuple[str, Change], ...]] = (
    ("participant", Single("role", f"{_R4}.participant.role", "valueCodeableConcept", KV_FAST_KONTAKT)),
    ("participant", Renamed("period", "coveragePeriod")),
    (
        "participant",
        Carried("coverageTiming", f"{_R5}.participant.coverage", "valueTiming", is_of_r5=True),
    ),
    ("telecom", Opening()),
    ("", Claims((f"{BASE}/StructureDefinition/pk-inera-named-contact", _INERA_PROFILE))),
    ("", Carried("encounter", f"{_R4}.encounter", "valueReference")),
    ("", Merged("reasonCode", "reasonReference", "reason")),
)
"""Where the two versions differ: the list that holds it (none: the resource itself), and how."""

_SAME: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset(
        {
            *("resourceType", "id", "meta", "implicitRules", "language", "text"),
            *("extension", "modifierExtension", "identifier", "status", "category", "name", "subject"),
            *("period", "participant", "managingOrganization", "telecom", "note"),
        }
    ),
    "participant": frozenset({"id", "extension", "modifierExtension", "member", "onBehalfOf"}),
}
"""Elements that are the same in both."""
_OWN: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "4.0": {
        "": frozenset({"encounter", "reasonCode", "reasonReference"}),
        "participant": frozenset({"role", "period"}),
    },
    "5.0": {
        "": frozenset({"reason"}),
        "participant": frozenset({"role", "coveragePeriod", "coverageTiming"}),
    },
}
"""Elements that CHANGES speaks of, by version."""


def is_fast_kontakt(resource: Mapping[str, Any]) -> bool:
    """Say whether a resource is the CareTeam of a fast kontakt, in either version."""
    return resource.get("resourceType") == "CareTeam" and any(
        coding.get("system") == INERA_CARE_TEAM and coding.get("code") == FAST_KONTAKT
        for category in objects(resource.get("category"))
        for coding in objects(category.get("coding"))
    )


def to_r5(resource: Json) -> Json:
    """Return the R5 form of a fast kontakt in R4. Problem not-acceptable for anything else."""
    return _converted(resource, "not-acceptable", "4.0", lambda change, host: change.to_r5(host))


def to_r4(resource: Json) -> Json:
    """Return the R4 form of a fast kontakt in R5. Problem unsupported-media-type for anything else."""
    return _converted(resource, "unsupported-media-type", "5.0", lambda change, host: change.to_r4(host))


def _converted(resource: Json, kind: str, given: str, apply: Callable[[Change, Json], Json]) -> Json:
    if not is_fast_kontakt(resource):
        raise Problem(kind, "FHIR 5.0 is spoken of the CareTeam of a fast kontakt alone.")
    if unknown := list(_unknown(resource, given)):
        text = "This element has no place in the other version of FHIR."
        issues = [Issue("not-supported", text, f"CareTeam.{name}") for name in unknown]
        raise Problem(kind, f"Not for the other version of FHIR: {', '.join(unknown)}.", issues=issues)
    for place, change in CHANGES:
        resource = _changed(resource, place, change, kind, apply)
    return resource


def _changed(
    resource: Json, place: str, change: Change, kind: str, apply: Callable[[Change, Json], Json]
) -> Json:
    try:
        if not place:
            return apply(change, resource)
        hosts = objects(resource.get(place))
        return {**resource, place: [apply(change, host) for host in hosts]} if hosts else resource
    except Problem as problem:
        raise Problem(kind, problem.detail, issues=problem.issues) from problem


def _unknown(resource: Json, version: str) -> Iterator[str]:
    """Yield the elements that the tables do not name."""
    for place, same in _SAME.items():
        known = same | _OWN[version][place]
        for host in objects(resource.get(place)) if place else [resource]:
            for name in host:
                if name.removeprefix("_") not in known:
                    yield f"{place}.{name}" if place else name
