"""FHIRPath Patch: add, insert, delete, replace, move. Source: https://hl7.org/fhir/R4/fhirpatch.html."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir.patches.expressions import Path, places, read_path
from pk_api.fhir.patches.json_patch import MOST_OPERATIONS
from pk_api.fhir.patches.places import (
    Json,
    Pair,
    Place,
    element_of,
    node_of,
    pairs,
    put,
    put_pairs,
    put_single,
    remove,
    root,
)
from pk_api.fhir.patches.steps import Unreadable
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.structures import Element

_TEXTS: Final = frozenset({"type", "path", "name"})
_NUMBERS: Final = frozenset({"index", "source", "destination"})
_TOLD: Final = "previousValue"
"""What `$diff` tells beside: the answer may be sent back as a patch."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `value` is the part that holds the value, as it came."""

    n: int
    type: str
    path: Path
    name: str = ""
    value: Json | None = None
    index: int = 0
    source: int = 0
    destination: int = 0

    def refusal(self, why: str) -> Problem:
        """Return the problem that this operation cannot be done."""
        text = f"Operation {self.n} of the patch: {why}."
        place = f"Parameters.parameter[{self.n}]"
        return Problem("business-rule", text, issues=[Issue("processing", text, place)])


# --- reading


def read(parameters: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Return the operations of a Parameters resource. Problem `invalid` names the part that is wrong."""
    rows = parameters.get("parameter", [])
    if not isinstance(rows, list):
        raise _invalid("Parameters.parameter", "a list is expected")
    if len(rows) > MOST_OPERATIONS:
        raise Problem("too-large", f"A patch holds at most {MOST_OPERATIONS} operations.")
    return tuple(_read(n, row) for n, row in enumerate(rows))


def _invalid(place: str, why: str) -> Problem:
    text = f"{place}: {why}."
    return Problem("invalid", text, expression=place)


def _read(n: int, row: Any) -> Operation:
    place = f"Parameters.parameter[{n}]"
    if not isinstance(row, dict) or row.get("name") != "operation" or not _are_parts(row.get("part")):
        raise _invalid(place, "an operation with its parts is expected")
    given: dict[str, Any] = {}
    for part in row["part"]:
        name = part["name"]
        if name == _TOLD:
            continue
        if name in given or name not in _TEXTS | _NUMBERS | {"value"}:
            known = ", ".join(sorted(_TEXTS | _NUMBERS | {"value"}))
            raise _invalid(place, f"the parts are {known}, each once")
        given[name] = part if name == "value" else _simple(place, name, part)
    needed = _NEEDS.get(given.get("type", ""))
    if needed is None:
        raise _invalid(place, f"the type is one of {', '.join(_NEEDS)}")
    if missing := [name for name in needed if name not in given]:
        raise _invalid(place, f"{given['type']} needs {', '.join(missing)}")
    try:
        path = read_path(given.pop("path"))
    except Unreadable as error:
        raise _invalid(place, f"the path cannot be read: {error}") from error
    if given["type"] in ("insert", "move") and path.last is None:
        raise _invalid(place, "the path ends in the name of a list")
    return Operation(n, path=path, **given)


def _are_parts(parts: Any) -> bool:
    return isinstance(parts, list) and all(
        isinstance(part, dict) and isinstance(part.get("name"), str) for part in parts
    )


def _simple(place: str, name: str, part: Json) -> Any:
    """Return the text or number of a part."""
    values = [value for key, value in part.items() if key.startswith("value")]
    value = values[0] if len(values) == 1 else None
    if name in _NUMBERS and (type(value) is not int or value < 0):
        raise _invalid(place, f"{name} is one number from 0")
    if name in _TEXTS and type(value) is not str:
        raise _invalid(place, f"{name} is one text")
    return value


# --- values


def _named(operation: Operation, kind: str, name: str, part: Json) -> tuple[Element, str, Pair]:
    """Return the element of a type, its JSON property and the value that a part holds for it."""
    element = element_of(kind, name)
    if element is None:
        raise operation.refusal(f"{kind} has no element of that name")
    keys = [key for key in part if key.startswith(("value", "_value"))]
    tails = {key.removeprefix("_").removeprefix("value") for key in keys}
    if len(tails) > 1 or (tails and "part" in part):
        raise operation.refusal("a value is of one type")
    if tails:
        tail = tails.pop()
        pair = deepcopy((part.get(f"value{tail}"), part.get(f"_value{tail}")))
        return element, _property(operation, element, tail), pair
    plain = next(iter(element.alternatives))
    if isinstance(part.get("resource"), dict):
        return element, plain, (deepcopy(part["resource"]), None)
    if not _are_parts(part.get("part")):
        raise operation.refusal("a value is expected")
    return element, plain, (_built(operation, element.alternatives[plain].type, part["part"]), None)


def _property(operation: Operation, element: Element, tail: str) -> str:
    """Return the JSON property of an element for a value of this type."""
    if len(element.alternatives) == 1:
        return next(iter(element.alternatives))
    name = f"{element.name}{tail}"
    if name not in element.alternatives:
        raise operation.refusal(f"{element.name} cannot be of that type")
    return name


def _built(operation: Operation, kind: str, parts: Sequence[Json]) -> Json:
    """Return the object that nested parts describe: the value of a type without a name."""
    out: Json = {}
    for part in parts:
        element, name, pair = _named(operation, kind, part["name"], part)
        if element.is_array:
            put_pairs(out, name, [*pairs(out, name), pair])
        else:
            put_single(out, name, pair)
    return out


# --- applying


def apply(operations: Sequence[Operation], resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the patched resource. Problem `business-rule` when an operation cannot be done."""
    out = deepcopy(dict(resource))
    for operation in operations:
        try:
            _DO[operation.type](operation, root(out))
        except Unreadable as error:
            raise operation.refusal(f"its path: {error}") from error
    return out


def _one(operation: Operation, found: Sequence[Place]) -> Place:
    if len(found) != 1:
        raise operation.refusal(f"its path leads to {'several elements' if found else 'nothing'}")
    return found[0]


def _add(operation: Operation, whole: Place) -> None:
    target = _one(operation, places(operation.path.whole, whole))
    element, name, pair = _named(operation, target.type, operation.name, operation.value or {})
    node = node_of(target, make=True)
    if node is None:
        raise operation.refusal("its path leads to no object")
    if element.is_array:
        put_pairs(node, name, [*pairs(node, name), pair])
        return
    if any(one in node or f"_{one}" in node for one in element.alternatives):
        raise operation.refusal("the element is there already and does not repeat")
    put_single(node, name, pair)


def _list(operation: Operation, whole: Place) -> tuple[Json, str, Place]:
    """Return the object that holds a list, the list's property, and the place of the object."""
    above = operation.path.above
    holder = _one(operation, places(above, whole) if above else [whole])
    element = element_of(holder.type, operation.path.last or "")
    node = node_of(holder, make=True)
    if element is None or node is None or not element.is_array:
        raise operation.refusal("its path ends in no list")
    return node, next(iter(element.alternatives)), holder


def _insert(operation: Operation, whole: Place) -> None:
    node, name, holder = _list(operation, whole)
    items = pairs(node, name)
    if operation.index > len(items):
        raise operation.refusal("the index is beyond the end of the list")
    _, _, pair = _named(operation, holder.type, name, operation.value or {})
    put_pairs(node, name, [*items[: operation.index], pair, *items[operation.index :]])


def _move(operation: Operation, whole: Place) -> None:
    node, name, _ = _list(operation, whole)
    items = pairs(node, name)
    if max(operation.source, operation.destination) >= len(items):
        raise operation.refusal("the list has no such item")
    items.insert(operation.destination, items.pop(operation.source))
    put_pairs(node, name, items)


def _delete(operation: Operation, whole: Place) -> None:
    found = places(operation.path.whole, whole)
    if not found:
        return
    place = _one(operation, found)
    if place.parent is None:
        raise operation.refusal("a patch takes no whole resource away")
    remove(place)


def _replace(operation: Operation, whole: Place) -> None:
    place = _one(operation, places(operation.path.whole, whole))
    if place.parent is None:
        raise operation.refusal("a patch takes no whole resource away")
    _, name, pair = _named(operation, place.parent.type, place.name, operation.value or {})
    put(place, name, pair)


_DO: Final[Mapping[str, Callable[[Operation, Place], None]]] = MappingProxyType(
    {"add": _add, "insert": _insert, "delete": _delete, "replace": _replace, "move": _move}
)
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "add": ("path", "name", "value"),
        "insert": ("path", "index", "value"),
        "delete": ("path",),
        "replace": ("path", "value"),
        "move": ("path", "source", "destination"),
    }
)
