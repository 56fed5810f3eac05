"""Which of the product's profiles a resource is meant to follow, by its type and its codes."""

from typing import Any

from pk_api.fhir import systems
from pk_api.fhir.medicines import kind_of
from pk_api.fhir.membership import is_contract

Json = dict[str, Any]

BY_TYPE = {
    "Patient": "pk-patient",
    "Practitioner": "pk-practitioner",
    "PractitionerRole": "pk-practitioner-role",
    "Organization": "pk-organization",
    "RelatedPerson": "pk-relative",
    "Appointment": "pk-appointment",
    "Observation": "pk-narrative",
    "Consent": "pk-consent",
    "QuestionnaireResponse": "pk-follow-up",
    "Provenance": "pk-agreement",
}


def profile_of(resource: Json) -> str | None:
    """Return the canonical of the profile, None for a type that has none."""
    name = _name(resource)
    return f"{systems.BASE}/StructureDefinition/{name}" if name else None


def _name(resource: Json) -> str | None:
    kind = resource["resourceType"]
    if kind == "CarePlan":
        return "pk-patientkontrakt" if is_contract(resource) else "pk-plan"
    if kind == "CareTeam":
        is_team = systems.CARE_TEAM_KIND in _codes(resource)
        return "pk-plan-team" if is_team else "pk-named-contact"
    if kind == "Goal":
        return f"pk-{_codes(resource)[systems.GOAL_KIND]}"
    if kind == "Task":
        return "pk-proposal" if resource["intent"] == "proposal" else "pk-action"
    if kind == "DocumentReference":
        return "pk-medicines" if kind_of(resource) else None
    return BY_TYPE.get(kind)


def _codes(resource: Json) -> dict[str, str]:
    codings = [c for concept in resource.get("category", ()) for c in concept.get("coding", ())]
    return {coding["system"]: coding["code"] for coding in codings}
