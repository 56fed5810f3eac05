"""A journey is a row of steps: who loads which transaction Bundle, in which order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.resource import Resource

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction: the demo actor that loads it, what happens in it, and the Bundle."""

    actor: str
    title: str
    bundle: Bundle

    @property
    def references(self) -> tuple[str, ...]:
        """What the Bundle stores, as `Type/id`, in its order."""
        return tuple(str(entry.request.url) for entry in self.bundle.entry or () if entry.request)


def step(actor: str, title: str, *resources: Resource) -> Step:
    """Return a step that stores each resource under the id that it has."""
    entries = [
        {
            "resource": resource,
            "request": {"method": "PUT", "url": f"{resource.get_resource_type()}/{resource.id}"},
        }
        for resource in resources
    ]
    return Step(actor, title, Bundle.model_validate({"type": "transaction", "entry": entries}))


def make(kind: type[R], **elements: Any) -> R:
    """Return a resource of the kind; elements that are None or empty are left out."""
    return kind.model_validate(
        {name: value for name, value in elements.items() if value not in (None, [], ())}
    )


def references(steps: Iterable[Step]) -> list[str]:
    """Return everything that the steps store, in their order."""
    return [reference for each in steps for reference in each.references]
