"""In whose name a resource is: of each served type, the elements that say who has written, said or done it.

What merely names somebody (who is asked, who takes part, where it is) stands in `NAMING`, so that each
element that may lead to somebody of care is one of the two. Source: https://hl7.org/fhir/R4/fivews.html
(author, source, actor) and the definitions of the types.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pk_api.fhir.references import contained, objects_at
from pk_api.fhir.systems import EXT_GOAL_ACCEPTANCE, EXT_HIDDEN, EXT_READ

Json = Mapping[str, Any]

AUTHORS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "AppointmentResponse": ("actor",),
        "CarePlan": ("author", "contributor", "note.authorReference", "activity.progress.authorReference"),
        "CareTeam": ("managingOrganization", "note.authorReference"),
        "Communication": ("sender", "note.authorReference"),
        "Composition": ("custodian", "author", "attester.party", "section.author"),
        "Condition": ("recorder", "asserter", "note.authorReference"),
        "Consent": ("organization", "performer"),
        "DocumentReference": ("custodian", "author", "authenticator"),
        "Encounter": ("serviceProvider",),
        "Flag": ("author",),
        "Goal": ("expressedBy", "note.authorReference"),
        "Group": ("managingEntity",),
        "HealthcareService": ("providedBy",),
        "Location": ("managingOrganization",),
        "MeasureReport": ("reporter",),
        "Observation": ("performer", "note.authorReference"),
        "Organization": ("partOf",),
        "Patient": ("managingOrganization",),
        "PractitionerRole": ("organization",),
        "Provenance": ("agent.onBehalfOf", "agent.who", "signature.onBehalfOf", "signature.who"),
        "QuestionnaireResponse": ("author", "source"),
        "Schedule": ("actor",),
        "ServiceRequest": ("requester", "note.authorReference"),
        "Task": (
            "requester",
            "note.authorReference",
            "input.valueAnnotation.authorReference",
            "input.valueSignature.onBehalfOf",
            "input.valueSignature.who",
            "output.valueAnnotation.authorReference",
            "output.valueSignature.onBehalfOf",
            "output.valueSignature.who",
        ),
    }
)
"""Elements that say in whose name it is; a type without any is its writer's."""

NAMING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ActivityDefinition": ("location",),
        "Appointment": ("participant.actor",),
        "AuditEvent": ("agent.who", "agent.location", "source.observer"),
        "CarePlan": ("careTeam", "activity.detail.location", "activity.detail.performer"),
        "CareTeam": ("participant.member", "participant.onBehalfOf"),
        "Communication": ("recipient",),
        "Consent": ("provision.actor.reference",),
        "DocumentReference": ("subject",),
        "Encounter": (
            "participant.individual",
            "hospitalization.origin",
            "hospitalization.destination",
            "location.location",
        ),
        "Flag": ("subject",),
        "Goal": ("subject",),
        "Group": ("member.entity",),
        "HealthcareService": ("location", "coverageArea"),
        "Location": ("partOf",),
        "MeasureReport": ("subject",),
        "Observation": ("subject",),
        "Patient": ("contact.organization", "generalPractitioner"),
        "Practitioner": ("qualification.issuer",),
        "PractitionerRole": ("practitioner", "location", "healthcareService"),
        "Provenance": ("location", "entity.agent.who", "entity.agent.onBehalfOf"),
        "ServiceRequest": ("subject", "performer", "locationReference"),
        "Task": ("owner", "location", "restriction.recipient"),
    }
)
"""Elements that name somebody of care, and say nothing in their name."""

ANSWERS: Final[Mapping[str, str]] = MappingProxyType(
    {EXT_GOAL_ACCEPTANCE: "individual", EXT_READ: "individual", EXT_HIDDEN: "author"}
)
"""Extensions that are somebody's answer or decision, and their part that says whose."""


class Said(NamedTuple):
    """Who says something: the path and the Reference there, and the statement that it stands in.

    An answer is one to what the resource says: it falls with what it was given to.
    """

    path: str
    named: Json
    statement: Json
    is_answer: bool = False


def authors_in(resource: Json) -> Iterator[Said]:
    """Yield who says the resource, or a part of it.

    What is contained stands for what it says of itself: its organisation, or its identifiers.
    """
    kind = str(resource.get("resourceType", ""))
    for path in AUTHORS.get(kind, ()):
        above, _, name = path.rpartition(".")
        for statement in objects_at(resource, above) if above else (resource,):
            for named in objects_at(statement, name):
                whole = statement if above else named
                yield from (Said(f"{kind}.{path}", one, whole) for one in _meant(named, resource))
    yield from _answers(kind, resource, resource)
    yield from _answers(f"{kind}.meta", resource.get("meta") or {}, resource)


def _answers(place: str, holder: Json, resource: Json) -> Iterator[Said]:
    for answer in holder.get("extension", ()):
        part = ANSWERS.get(answer.get("url", ""))
        for one in answer.get("extension", ()) if part else ():
            if one.get("url") == part and isinstance(one.get("valueReference"), Mapping):
                meant = _meant(one["valueReference"], resource)
                yield from (Said(f"{place}.extension", each, answer, is_answer=True) for each in meant)


def _meant(reference: Json, resource: Json) -> Iterator[Json]:
    """Yield the Reference, or of what is contained those that it has."""
    within = contained(str(reference.get("reference", "")), resource)
    if within is None:
        yield reference
        return
    for element in ("organization", "practitioner"):
        if isinstance(within.get(element), Mapping):
            yield within[element]
    yield from ({"identifier": each} for each in within.get("identifier", ()))
