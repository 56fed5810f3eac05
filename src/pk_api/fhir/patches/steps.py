"""The steps of FHIRPath that patches need: each a function from what was found to what is found next.

Source: http://hl7.org/fhirpath/N1/.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir.patches.places import Place, children, element_of

Item = Any
"""A Place, or a value of Python's."""
Items = list[Item]
Expression = Callable[[Items], Items]


class Unreadable(ValueError):
    """The text is no expression that is understood here; its own text says why."""


def itself(items: Items) -> Items:
    """Return what was found (`$this`)."""
    return items


def constant(value: Any, _: Items) -> Items:
    """Return a literal."""
    return [value]


def whole(items: Items) -> Items:
    """The resource in which the items stand."""
    found = items[0] if items else None
    while isinstance(found, Place) and found.parent is not None:
        found = found.parent
    return [found] if isinstance(found, Place) else []


def then(before: Expression, step: Expression, items: Items) -> Items:
    """Return what a step finds from what was found before it."""
    return step(before(items))


def child(name: str, items: Items) -> Items:
    """Return the elements of this name; the name of the resource's type is the resource."""
    out: Items = []
    for item in items:
        if not isinstance(item, Place):
            raise Unreadable("a value has no elements")
        if item.parent is None and name in (item.kind, "Resource", "DomainResource"):
            out.append(item)
            continue
        element = element_of(item.type, name)
        if element is None:
            shown = name if name.isalpha() else "of that name"  # what else stands there may be a number
            raise Unreadable(f"{item.type} has no element {shown}")
        out += children(item, element)
    return out


def item(index: int, items: Items) -> Items:
    """Return the item at an index, from 0."""
    return items[index : index + 1]


def where(criteria: Expression, items: Items) -> Items:
    """Return the items of which the criteria are true."""
    return [item for item in items if _is_true(criteria([item]))]


def exists(items: Items) -> Items:
    """Say whether something was found."""
    return [bool(items)]


def exists_where(criteria: Expression, items: Items) -> Items:
    """Say whether the criteria are true of an item."""
    return [bool(where(criteria, items))]


def _single(items: Items) -> Items:
    if len(items) > 1:
        raise Unreadable("single() finds several")
    return items


def of_type(name: str, items: Items) -> Items:
    """Return the items of a type."""
    return [item for item in items if isinstance(item, Place) and name in (item.type, item.kind)]


def extension(url: str, items: Items) -> Items:
    """Return the extensions with this URL."""
    found = child("extension", items)
    values = [(one, one.pair[0]) for one in found]
    return [one for one, value in values if isinstance(value, dict) and value.get("url") == url]


def textual(test: Callable[[str, str], bool], text: str, items: Items) -> Items:
    """Say whether a text holds another in the way of the test."""
    return [test(value, text) for value in map(_value, items) if isinstance(value, str)][:1]


def both(one: Expression, other: Expression, items: Items) -> Items:
    """Say whether both are true."""
    return [_is_true(one(items)) and _is_true(other(items))]


def either(one: Expression, other: Expression, items: Items) -> Items:
    """Say whether one is true."""
    return [_is_true(one(items)) or _is_true(other(items))]


def equals(one: Expression, other: Expression, items: Items, *, negated: bool) -> Items:
    """Say whether both find the same; nothing when one finds nothing."""
    left, right = [list(map(_value, side(items))) for side in (one, other)]
    if not left or not right:
        return []
    return [(len(left) == len(right) and all(map(_same, left, right))) != negated]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return Decimal(one) == Decimal(other)
    return bool(one == other)


def _value(item: Item) -> Any:
    return item.pair[0] if isinstance(item, Place) else item


def _is_true(items: Items) -> bool:
    """A single value that is no boolean counts as true, as FHIRPath has it."""
    return len(items) == 1 and _value(items[0]) is not False


def _not(items: Items) -> Items:
    return [not _is_true(items)] if items else []


PLAIN: Final[Mapping[str, Expression]] = MappingProxyType(
    {
        "first": lambda items: items[:1],
        "last": lambda items: items[-1:],
        "tail": lambda items: items[1:],
        "single": _single,
        "empty": lambda items: [not items],
        "not": _not,
        "count": lambda items: [len(items)],
    }
)
TEXTUAL: Final[Mapping[str, Callable[[str, str], bool]]] = MappingProxyType(
    {"startsWith": str.startswith, "endsWith": str.endswith, "contains": str.__contains__}
)
