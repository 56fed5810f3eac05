"""Items: the values of elements as profiles look at them, with path and type.

A primitive value and its `_name` sibling are one item. The resource under check is valid FHIR already.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from pk_api.fhir.primitives import PRIMITIVES
from pk_api.fhir.structures import Element, Structure, structure

Finding = tuple[str, str, str, str]
"""Path from the resource (`.name[0].given[1]`), severity, FHIR issue code, what was expected."""

Contained = Mapping[str, Mapping[str, Any]]
"""The contained resources by id."""


@dataclass(frozen=True, slots=True)
class Item:
    """A value of an element: where it stands, its type, and for a primitive what `_name` holds."""

    path: str
    value: Any
    kind: str
    extras: Mapping[str, Any] | None = None

    @property
    def parts(self) -> Mapping[str, Any]:
        """What is below it: of a primitive its id and extensions."""
        if isinstance(self.value, dict):
            return self.value
        return self.extras or {}

    @property
    def type(self) -> str | None:
        """The code by which profiles name its type; None for a type that has no name of its own."""
        if self.kind == "Resource":
            return str(self.value["resourceType"])
        if self.kind == "SimpleQuantity":
            return "Quantity"
        return None if "." in self.kind else self.kind

    @property
    def structure(self) -> Structure:
        """The type that says what may be below it."""
        if self.kind in PRIMITIVES or self.kind == "xhtml":
            return structure("Element")
        if self.kind == "Resource":
            return structure(self.value["resourceType"])
        return structure(self.kind)


def items(parts: Mapping[str, Any], element: Element, path: str) -> Iterator[Item]:
    """Yield the items of an element of an object that stands at this path."""
    for name in _present(parts, element.alternatives):
        value, extras = parts.get(name), parts.get(f"_{name}")
        if value is None and extras is None:
            continue
        kind, place = element.alternatives[name].type, f"{path}.{element.name}"
        if element.most == 1:
            yield Item(place, value, kind, extras)
        elif extras is None:
            for index, one in enumerate(value or ()):
                yield Item(f"{place}[{index}]", one, kind)
        else:
            for index in range(max(len(value or ()), len(extras))):
                yield Item(f"{place}[{index}]", _at(value, index), kind, _at(extras, index))


@cache
def by_key(name: str) -> Mapping[str, Element]:
    """Return the elements of a type by the keys that they have in JSON."""
    found = structure(name).elements.values()
    keys = {key: element for element in found for key in element.alternatives}
    return MappingProxyType(keys | {f"_{key}": element for key, element in keys.items()})


def _present(parts: Mapping[str, Any], names: Mapping[str, Any]) -> Iterable[str]:
    """Return the names of an element that may be there; of a choice of fifty types, the one that is."""
    if len(names) == 1:
        return names
    return {key.removeprefix("_") for key in parts} & names.keys()


def _at(values: Any, index: int) -> Any:
    return values[index] if values is not None and index < len(values) else None


def below(item: Item, name: str) -> list[Item]:
    """Return the items of an element below an item; a name that its type has not is nothing."""
    element = item.structure.elements.get(name)
    return list(items(item.parts, element, item.path)) if element else []
