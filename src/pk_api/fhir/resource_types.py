"""The resource types served, and the conformance types served from the package.

Source of the names: https://hl7.org/fhir/R4/resourcelist.html; the choice is the product's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A served type; `is_writable` says whether clients may create, update and delete it."""

    name: str
    is_writable: bool = True


_WRITABLE: Final = (
    *("Patient", "RelatedPerson", "Practitioner", "PractitionerRole", "Organization", "HealthcareService"),
    *("Location", "CarePlan", "CareTeam", "Goal", "Task", "ServiceRequest"),
    *("Appointment", "AppointmentResponse", "Schedule", "Slot", "Questionnaire", "QuestionnaireResponse"),
    *("Observation", "Condition", "Communication", "Consent", "DocumentReference", "Composition", "Binary"),
    *("Provenance", "Encounter", "Flag", "Group", "PlanDefinition", "ActivityDefinition"),
    *("Measure", "MeasureReport", "Subscription"),
)
_READ_ONLY: Final = ("AuditEvent",)
"""The audit is written by the service alone."""

TYPES: Final[Mapping[str, ResourceType]] = MappingProxyType(
    {name: ResourceType(name) for name in _WRITABLE}
    | {name: ResourceType(name, is_writable=False) for name in _READ_ONLY}
)
"""Types kept in the store, by name."""

CONFORMANCE_TYPES: Final = frozenset(
    {
        *("StructureDefinition", "CodeSystem", "ValueSet", "ConceptMap", "NamingSystem"),
        *("SearchParameter", "OperationDefinition", "CapabilityStatement", "ImplementationGuide"),
    }
)
"""Types served read only from the package, beside our own Questionnaires."""

SERVED: Final = frozenset(TYPES) | CONFORMANCE_TYPES
"""All types that have an address."""

MESSAGE_TYPES: Final = frozenset({"Bundle", "Parameters", "OperationOutcome", "CapabilityStatement"})
"""Types that travel in requests and answers and are not stored by themselves."""
