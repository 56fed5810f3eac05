"""Which resources belong to a patientkontrakt, by the references between them.

An edge `up` says that the resource belongs to what it refers to (a Task to the plan that it is based on);
an edge `down` says that what a plan refers to belongs to the plan (a goal of it). Patient, RelatedPerson,
Consent and the CareTeam of a fast kontakt belong by patient, and draw in nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from pk_api.fhir.references import at_path, literal
from pk_api.fhir.systems import (
    CARE_TEAM_KIND,
    EXT_CONTRACT,
    FAST_KONTAKT,
    MILESTONE,
    PATIENTKONTRAKT,
    PLAN_KIND,
    PLAN_TEAM,
)

Ref = str
"""A reference without version, `Type/id`."""


class Edge(NamedTuple):
    """A reference that carries membership: `up` to what holds this resource, `down` to what it holds."""

    type: str
    id: str
    direction: Literal["up", "down"]

    @property
    def reference(self) -> Ref:
        """The other end, `Type/id`."""
        return f"{self.type}/{self.id}"


UP: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "CarePlan": ("partOf",),
        "Task": ("basedOn",),
        "ServiceRequest": ("basedOn",),
        "Observation": ("basedOn",),
        "Communication": ("basedOn", "about"),
        "Provenance": ("target",),
        "QuestionnaireResponse": ("basedOn",),
        "Appointment": ("supportingInformation", "basedOn"),
        "AppointmentResponse": ("appointment",),
        "Composition": ("event.detail",),
        "DocumentReference": ("context.related",),
    }
)
"""Elements by which a resource belongs to what they refer to; any type may also carry the extension."""

DOWN: Final = ("goal", "careTeam", "activity.reference", "supportingInfo")
"""Elements of a CarePlan whose targets belong to it."""

BY_PATIENT: Final = frozenset({"Patient", "RelatedPerson", "Consent"})
"""Types that belong to every contract of their patient."""


def is_contract(resource: Mapping[str, Any]) -> bool:
    """Say whether the resource is a patientkontrakt: a CarePlan of that category with the intent `plan`."""
    return (
        resource.get("resourceType") == "CarePlan"
        and resource.get("intent") == "plan"
        and _is_of_category(resource, PLAN_KIND, PATIENTKONTRAKT)
    )


def contract_state(resource: Mapping[str, Any]) -> str | None:
    """Return the status of a contract, None for what is no contract."""
    return resource.get("status") if is_contract(resource) else None


def milestones_of(resource: Mapping[str, Any]) -> list[str]:
    """Return what a version of a contract is marked as, to come back to: codes, each once."""
    tags = resource.get("meta", {}).get("tag", ())
    return list(dict.fromkeys(str(tag.get("code")) for tag in tags if tag.get("system") == MILESTONE))


def is_plan_team(resource: Mapping[str, Any]) -> bool:
    """Say whether the resource is the CareTeam of a plan."""
    return resource.get("resourceType") == "CareTeam" and _is_of_category(resource, CARE_TEAM_KIND, PLAN_TEAM)


def is_active_plan_team(resource: Mapping[str, Any]) -> bool:
    """Say whether the resource is the CareTeam of a plan and in force."""
    return resource.get("status") == "active" and is_plan_team(resource)


def belongs_by_patient(resource: Mapping[str, Any]) -> bool:
    """Say whether the resource belongs to every contract of its patient without a reference to it."""
    kind = resource.get("resourceType")
    return kind in BY_PATIENT or (kind == "CareTeam" and _is_of_category(resource, None, FAST_KONTAKT))


def _is_of_category(resource: Mapping[str, Any], system: str | None, code: str) -> bool:
    return any(
        coding.get("code") == code and system in (None, coding.get("system"))
        for category in resource.get("category", ())
        for coding in category.get("coding", ())
    )


def edges(resource: Mapping[str, Any], base_url: str = "") -> tuple[Edge, ...]:
    """Return the edges that start at the resource, each once, `up` before `down`."""
    kind = resource["resourceType"]
    up = [text for path in UP.get(kind, ()) for text in at_path(resource, path)]
    up += _extension_texts(resource)
    down = [text for path in DOWN for text in at_path(resource, path)] if kind == "CarePlan" else []
    found = [*_edges(up, "up", base_url), *_edges(down, "down", base_url)]
    own = (kind, resource.get("id"))
    return tuple(dict.fromkeys(edge for edge in found if (edge.type, edge.id) != own))


def _edges(texts: Iterable[str], direction: Literal["up", "down"], base_url: str) -> Iterator[Edge]:
    for text in texts:
        local = literal(text, base_url)
        if local is not None:
            yield Edge(local.type, local.id, direction)


def _extension_texts(resource: Mapping[str, Any]) -> list[str]:
    return [
        text
        for extension in resource.get("extension", ())
        if extension.get("url") == EXT_CONTRACT
        for text in at_path(extension, "valueReference")
    ]


def closure(
    edges: Mapping[Ref, Iterable[Edge]], contracts: AbstractSet[Ref], by_patient: AbstractSet[Ref]
) -> dict[Ref, set[Ref]]:
    """Return the members of each contract of one patient, the contract itself among them.

    `edges` holds those of every resource of the patient by its reference; `down` edges count only from a
    CarePlan that is the contract or a member. A contract is never a member of another one, and nothing is
    reached through it.
    """
    below = _below(edges)
    return {contract: _reach(contract, below, contracts) | by_patient for contract in contracts}


def _below(edges: Mapping[Ref, Iterable[Edge]]) -> dict[Ref, set[Ref]]:
    """Return, for each resource, those that belong to it directly."""
    below: dict[Ref, set[Ref]] = {}
    for source, outgoing in edges.items():
        for edge in outgoing:
            holder, held = (edge.reference, source) if edge.direction == "up" else (source, edge.reference)
            below.setdefault(holder, set()).add(held)
    return below


def _reach(start: Ref, below: Mapping[Ref, set[Ref]], contracts: AbstractSet[Ref]) -> set[Ref]:
    found, open_ = {start}, [start]
    while open_:
        new = below.get(open_.pop(), set()) - found - contracts
        found |= new
        open_.extend(new)
    return found
