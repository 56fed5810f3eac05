"""Places in a resource: an element that stands there, with its type, so that it can be changed.

JSON keeps a primitive in two properties (`given`, and `_given` for its id and extensions): a place is both.
Sources: https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/json.html#primitive.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from pk_api.fhir.structures import Element, structure

Json = dict[str, Any]
Pair = tuple[Any, Any]
"""A value and what stands beside it (`_name`), each None when there is none."""


@dataclass(frozen=True, slots=True)
class Place:
    """The element `name` (its JSON property) of an object, the `index`-th of a list; `kind` is its type."""

    holder: Json
    name: str
    kind: str
    index: int | None = None
    parent: "Place | None" = None

    @property
    def pair(self) -> Pair:
        """The value and what stands beside it."""
        if self.index is None:
            return self.holder.get(self.name), self.holder.get(f"_{self.name}")
        return pairs(self.holder, self.name)[self.index]

    @property
    def is_primitive(self) -> bool:
        """Whether it is of a primitive type."""
        return self.kind[0].islower()

    @property
    def type(self) -> str:
        """The type; of a resource within a resource, its own."""
        value = self.pair[0]
        is_within = self.kind == "Resource" and isinstance(value, dict)
        return str(value.get("resourceType")) if is_within else self.kind


def root(resource: Json) -> Place:
    """Return the place of a whole resource."""
    return Place({"": resource}, "", str(resource.get("resourceType")))


def pairs(holder: Json, name: str) -> list[Pair]:
    """Return the items of a list with what stands beside each."""
    return list(zip_longest(holder.get(name, ()), holder.get(f"_{name}", ())))


def put_pairs(holder: Json, name: str, items: list[Pair]) -> None:
    """Write the items of a list back; a property that holds nothing goes."""
    for key, column in ((name, 0), (f"_{name}", 1)):
        values = [item[column] for item in items]
        if any(value is not None for value in values):
            holder[key] = values
        else:
            holder.pop(key, None)


def put(place: Place, name: str, pair: Pair) -> None:
    """Let the pair take the place of what stands there, under this property (a choice may get another)."""
    if place.index is not None:
        items = pairs(place.holder, place.name)
        items[place.index] = pair
        put_pairs(place.holder, place.name, items)
        return
    for key in (place.name, f"_{place.name}"):
        if key not in (name, f"_{name}"):
            place.holder.pop(key, None)
    put_single(place.holder, name, pair)


def put_single(holder: Json, name: str, pair: Pair) -> None:
    """Set an element that does not repeat."""
    for key, value in ((name, pair[0]), (f"_{name}", pair[1])):
        if value is not None:
            holder[key] = value
        else:
            holder.pop(key, None)


def remove(place: Place) -> None:
    """Take an element away, and what would be left empty above it."""
    if place.index is None:
        put_single(place.holder, place.name, (None, None))
    else:
        items = pairs(place.holder, place.name)
        del items[place.index]
        put_pairs(place.holder, place.name, items)
    parent = place.parent
    if parent is None or place.holder:
        return
    if parent.is_primitive and parent.pair[0] is not None:
        put(parent, parent.name, (parent.pair[0], None))
    elif parent.parent is not None:
        remove(parent)


def element_of(kind: str, name: str) -> Element | None:
    """Return the element of a type by its name or, of a choice, by the name of its property."""
    try:
        elements = structure("Element" if kind[0].islower() else kind).elements
    except KeyError:  # what an earlier operation put there is of no type
        return None
    found = elements.get(name)
    if found is not None:
        return found
    return next((e for e in elements.values() if name in e.alternatives), None)


def node_of(place: Place, *, make: bool = False) -> Json | None:
    """Return the object that holds the elements of a place; of a primitive, what stands beside it."""
    value, beside = place.pair
    if not place.is_primitive:
        return value if isinstance(value, dict) else None
    if beside is None and make:
        beside = {}
        put(place, place.name, (value, beside))
    return beside if isinstance(beside, dict) else None


def children(place: Place, element: Element) -> Iterator[Place]:
    """Yield the places of an element within a place."""
    node = node_of(place)
    for name, alternative in element.alternatives.items() if node else ():
        if node is None or (name not in node and f"_{name}" not in node):
            continue
        if not element.is_array:
            yield Place(node, name, alternative.type, None, place)
            continue
        for index in range(len(pairs(node, name))):
            yield Place(node, name, alternative.type, index, place)
