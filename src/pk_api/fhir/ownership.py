"""Whom a resource belongs to, whom it is addressed to, and which patient it is about: one table each.

Elements are named as in https://hl7.org/fhir/R4/resourcelist.html, in the order in which they decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir.references import at_path, is_conditional, literal, objects_at

OWNERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Patient": ("managingOrganization",),
        "PractitionerRole": ("organization",),
        "Organization": ("partOf",),
        "HealthcareService": ("providedBy",),
        "Location": ("managingOrganization",),
        "CarePlan": ("author", "contributor"),
        "CareTeam": ("managingOrganization",),
        "Goal": ("expressedBy",),
        "Task": ("requester",),
        "ServiceRequest": ("requester",),
        "AppointmentResponse": ("actor",),
        "Schedule": ("actor",),
        "QuestionnaireResponse": ("author",),
        "Observation": ("performer",),
        "Condition": ("recorder", "asserter"),
        "Communication": ("sender",),
        "Consent": ("organization", "performer"),
        "DocumentReference": ("custodian", "author"),
        "Composition": ("custodian", "author"),
        "Provenance": ("agent.onBehalfOf", "agent.who"),
        "Encounter": ("serviceProvider",),
        "Flag": ("author",),
        "Group": ("managingEntity",),
        "MeasureReport": ("reporter",),
    }
)
"""Elements that name the owner; a type or resource without one belongs to its writer."""

ADDRESSEES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Task": ("owner",),
        "ServiceRequest": ("performer",),
        "Communication": ("recipient",),
    }
)
"""Elements that name who is asked or told."""


SPEAKERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Goal": ("expressedBy", "note.authorReference"),
        "Task": ("requester", "note.authorReference"),
        "AppointmentResponse": ("actor",),
        "QuestionnaireResponse": ("author", "source"),
        "Observation": ("performer", "note.authorReference"),
        "Communication": ("sender", "note.authorReference"),
        "Consent": ("performer", "verification.verifiedWith"),
        "Provenance": ("agent.who", "agent.onBehalfOf"),
    }
)
"""Elements of what patients write that name who says it."""


@dataclass(frozen=True, slots=True)
class About:
    """An element that leads to the patient: directly, or through the resource that it refers to."""

    path: str
    is_direct: bool = True


def _direct(*paths: str) -> tuple[About, ...]:
    return tuple(About(path) for path in paths)


def _through(*paths: str) -> tuple[About, ...]:
    return tuple(About(path, is_direct=False) for path in paths)


PATIENTS: Final[Mapping[str, tuple[About, ...]]] = MappingProxyType(
    {
        "RelatedPerson": _direct("patient"),
        "CarePlan": _direct("subject"),
        "CareTeam": _direct("subject") + _through("encounter"),
        "Goal": _direct("subject"),
        "Task": _direct("for") + _through("basedOn", "focus", "partOf", "encounter"),
        "ServiceRequest": _direct("subject"),
        "Appointment": _direct("participant.actor") + _through("basedOn", "supportingInformation"),
        "AppointmentResponse": _direct("actor") + _through("appointment"),
        "QuestionnaireResponse": _direct("subject") + _through("basedOn", "partOf", "encounter"),
        "Observation": _direct("subject") + _through("basedOn", "encounter"),
        "Condition": _direct("subject"),
        "Communication": _direct("subject") + _through("about", "basedOn", "partOf", "encounter"),
        "Consent": _direct("patient"),
        "DocumentReference": _direct("subject") + _through("context.encounter", "context.related"),
        "Composition": _direct("subject") + _through("encounter", "event.detail"),
        "Binary": _direct("securityContext") + _through("securityContext"),
        "Provenance": _direct("target") + _through("target"),
        "Encounter": _direct("subject"),
        "Flag": _direct("subject"),
        "MeasureReport": _direct("subject"),
        "AuditEvent": _direct("entity.what", "agent.who"),
    }
)
"""Elements that say which patient a resource is about; types that are absent are about no patient.

Schedule, Slot and Group are shared: a calendar and its times are not about the patient who books one.
"""


def owner_references(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the references that name the owner, the deciding one first."""
    return _all(resource, OWNERS.get(resource["resourceType"], ()))


def addressed_references(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the references to those who are asked or told."""
    return _all(resource, ADDRESSEES.get(resource["resourceType"], ()))


def speakers(resource: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the References that name who says what the resource says, each with its path."""
    kind = str(resource.get("resourceType", ""))
    return [
        (f"{kind}.{path}", found) for path in SPEAKERS.get(kind, ()) for found in objects_at(resource, path)
    ]


def patient_references(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the references that lead to the patient, direct ones first; see `is_patient_reference`.

    A Patient leads to itself when it has an id. Contained subjects lead nowhere.
    """
    if resource["resourceType"] == "Patient":
        return (f"Patient/{resource['id']}",) if resource.get("id") else ()
    indirect = [about.path for about in PATIENTS.get(resource["resourceType"], ()) if not about.is_direct]
    return tuple(dict.fromkeys([*direct_patient_references(resource), *_all(resource, indirect)]))


def direct_patient_references(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the references by which the resource itself names the patient."""
    paths = [about.path for about in PATIENTS.get(resource["resourceType"], ()) if about.is_direct]
    return tuple(text for text in _all(resource, paths) if may_be_patient(text))


def may_be_patient(reference: str) -> bool:
    """Say whether a reference is to a Patient, or to an entry of the same bundle that may be one."""
    if reference.startswith("urn:"):
        return True
    if is_conditional(reference):
        return reference.startswith("Patient?")
    head, _, tail = reference.partition("/_history/")[0].rpartition("/")
    return bool(tail) and head.rpartition("/")[2] == "Patient" and literal(f"Patient/{tail}") is not None


def _all(resource: Mapping[str, Any], paths: Sequence[str]) -> tuple[str, ...]:
    """Return the references at the paths, each once, those to contained resources left out."""
    found = [text for path in paths for text in at_path(resource, path) if not text.startswith("#")]
    return tuple(dict.fromkeys(found))
