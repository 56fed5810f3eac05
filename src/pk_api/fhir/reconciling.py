"""That plans have been gone through together: a Provenance whose targets are versions of the plans.

Sources: https://hl7.org/fhir/R4/provenance.html; the regional guideline: plans are coordinated if the patient
wishes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pk_api.fhir import systems
from pk_api.fhir.references import LocalRef, at_path, literal

Json = Mapping[str, Any]

RECONCILED: Final = "reconciled"
"""The activity of the Provenance, of `pk-reconciliation`."""

WITHDRAWN: Final = "entered-in-error"
"""The activity that takes its place when it was a mistake: a Provenance has no status."""


def is_reconciliation(resource: Json) -> bool:
    """Say whether a resource tells that plans were reconciled."""
    return _is(resource, RECONCILED) and not is_withdrawn(resource)


def is_withdrawn(resource: Json) -> bool:
    """Say whether a resource is a reconciliation that was a mistake."""
    return _is(resource, WITHDRAWN)


def _is(resource: Json, code: str) -> bool:
    if resource.get("resourceType") != "Provenance":
        return False
    coding = (resource.get("activity") or {}).get("coding", ())
    return (systems.RECONCILIATION, code) in {(one.get("system"), one.get("code")) for one in coding}


def reconciled(resource: Json, base_url: str = "") -> list[LocalRef | None]:
    """Return what was reconciled, by version; None for what is nothing of this service."""
    return [literal(each, base_url) for each in at_path(resource, "target")]


def lacks_coordination(observations: Iterable[Json]) -> bool:
    """Say whether the patient has told last not to wish for coordination."""
    told = [each for each in observations if "coordination-wish" in _narratives(each)]
    latest = max(told, key=lambda each: str(each.get("effectiveDateTime", "")), default=None)
    return latest is not None and "no-coordination" in _narratives(latest)


def _narratives(resource: Json) -> set[str]:
    if resource.get("resourceType") != "Observation":
        return set()
    coding = (resource.get("code") or {}).get("coding", ())
    return {str(one.get("code")) for one in coding if one.get("system") == systems.NARRATIVE}
