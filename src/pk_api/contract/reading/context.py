"""What reading needs at hand: the resources by reference, language and day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pk_api.contract.elements import Json, identifier_in
from pk_api.fhir import systems

_NAMED_BY_HSA = ("PractitionerRole", "Organization", "Practitioner")
_TYPES, _HSA_IDS = "types", "hsa-ids"


@dataclass(frozen=True, slots=True)
class Reading:
    """A contract's resources as one reader sees them.

    `members` and `directory` are by reference `Type/id`; `today` is the Swedish calendar day.
    """

    contract: str
    members: Mapping[str, Json]
    directory: Mapping[str, Json]
    language: str
    today: date
    revision: int = 0
    withheld: bool = False
    hides: bool = False
    then: "Reading | None" = None
    """The contract as it stood when the agreement that holds was proposed; None without one."""
    me: frozenset[str] = frozenset()
    """Who reads, by the names that references lead to: the patient, or the unit and care provider."""
    milestones: tuple[Json, ...] = ()
    """The milestones of the contract, each with the revision that was first marked so."""
    seen: dict[str, Any] = field(default_factory=dict)
    """What was worked out so far, names by reference among it: filled while one contract is read."""

    def find(self, target: str | None) -> Json | None:
        """Return a resource of the contract or of the directory."""
        if target is None:
            return None
        return self.members.get(target) or self.directory.get(target)

    def of_type(self, resource_type: str) -> list[Json]:
        """Return the members of one type that count, those entered in error left out."""
        by_type: dict[str, list[Json]] | None = self.seen.get(_TYPES)
        if by_type is None:
            by_type = self.seen[_TYPES] = _by_type(self.members.values())
        return by_type.get(resource_type, [])

    def by_hsa_id(self, value: str) -> str | None:
        """Return the reference behind an HSA-id in the directory: a role before a unit before a person."""
        index: dict[str, str] | None = self.seen.get(_HSA_IDS)
        if index is None:
            index = self.seen[_HSA_IDS] = _hsa_index(self.directory)
        return index.get(value)


def entered_in_error(resource: Json) -> bool:
    """Say whether a resource was withdrawn as a mistake."""
    return "entered-in-error" in (resource.get("status"), resource.get("lifecycleStatus"))


def _by_type(resources: Iterable[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for resource in resources:
        if not entered_in_error(resource):
            found.setdefault(resource["resourceType"], []).append(resource)
    return found


def _hsa_index(directory: Mapping[str, Json]) -> dict[str, str]:
    return {
        value: reference
        for resource_type in reversed(_NAMED_BY_HSA)
        for reference, value in _hsa_ids(directory, resource_type)
    }


def _hsa_ids(directory: Mapping[str, Json], resource_type: str) -> Iterable[tuple[str, str]]:
    for reference, resource in directory.items():
        if resource.get("resourceType") == resource_type and (
            value := identifier_in(resource, systems.HSA_ID)
        ):
            yield reference, value
