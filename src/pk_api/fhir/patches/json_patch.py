"""JSON Patch. Source: RFC 6902, RFC 6901 (pointers), https://hl7.org/fhir/R4/http.html#patch.

A number in a pointer names another item once the list has changed: such operations need a version or a test.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.values import parse

MOST_OPERATIONS: Final = 500
DEEPEST: Final = 100
"""Levels of a resource, as of any JSON that is read, and parts of a pointer."""

MOST_COPIED: Final = 1_000_000
"""Characters and nodes that the `copy` operations of one patch may add."""

_NEEDS: Final = {
    "add": ("value",),
    "remove": (),
    "replace": ("value",),
    "move": ("from",),
    "copy": ("from",),
    "test": ("value",),
}
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_ESCAPE = re.compile("~(?![01])")

Pointer = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `source` is its `from`."""

    op: str
    path: Pointer
    source: Pointer = ()
    value: Any = None


def read(body: bytes) -> tuple[Operation, ...]:
    """Return the operations of a patch document. Problem `invalid` says which one is wrong."""
    # the reader of resources takes objects alone; nothing but one list can stand in this one's place
    wrapped = parse(b'{"patch":' + body + b"}")
    rows = wrapped["patch"]
    if len(wrapped) > 1 or not isinstance(rows, list):
        raise Problem("invalid", "A JSON Patch is a list of operations.")
    if len(rows) > MOST_OPERATIONS:
        raise Problem("too-large", f"A patch holds at most {MOST_OPERATIONS} operations.")
    return tuple(_read(n, row) for n, row in enumerate(rows))


def _read(n: int, row: Any) -> Operation:
    if not isinstance(row, dict) or not isinstance(row.get("op"), str) or row["op"] not in _NEEDS:
        raise _refusal("invalid", n, f"an object with op {', '.join(_NEEDS)} is expected")
    for name in _NEEDS[row["op"]]:
        if name not in row:
            raise _refusal("invalid", n, f"{row['op']} needs {name}")
    source = _pointer(n, row["from"]) if row["op"] in ("move", "copy") else ()
    return Operation(row["op"], _pointer(n, row.get("path")), source, row.get("value"))


def _pointer(n: int, text: Any) -> Pointer:
    is_pointer = isinstance(text, str) and (not text or text.startswith("/")) and not _ESCAPE.search(text)
    if not is_pointer or text.count("/") > DEEPEST:
        raise _refusal("invalid", n, "a JSON pointer such as /name/0/family is expected")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def _refusal(kind: str, n: int, why: str) -> Problem:
    text = f"Operation {n} of the patch: {why}."
    return Problem(kind, text, issues=[Issue("invalid" if kind == "invalid" else "processing", text)])


# --- items of lists, by number


def require_tested(operations: Sequence[Operation]) -> None:
    """Raise Problem `precondition-required` when an item is named by a number that no test vouches for.

    A test vouches for the items on its own path and for all below it, until items before them come or go.
    """
    tests: list[Pointer] = []
    for n, operation in enumerate(operations):
        if operation.op == "test":
            tests.append(operation.path)
            continue
        for pointer in (operation.path, operation.source):
            for depth, part in enumerate(pointer):
                if _INDEX.fullmatch(part) and not _is_vouched(pointer[: depth + 1], tests):
                    raise _untested(n)
        for moved in _moved(operation):
            tests = [test for test in tests if not _is_from(test, moved)]


def _is_vouched(item: Pointer, tests: Sequence[Pointer]) -> bool:
    return any(test[: len(item)] == item or item[: len(test)] == test for test in tests)


def _moved(operation: Operation) -> list[Pointer]:
    """Return the items at which a list grows or shrinks."""
    places = []
    if operation.op in ("add", "remove", "move", "copy"):
        places.append(operation.path)
    if operation.op == "move":
        places.append(operation.source)
    return [place for place in places if place and _INDEX.fullmatch(place[-1])]


def _is_from(test: Pointer, moved: Pointer) -> bool:
    """Say whether a test was of the item or one after it in the same list."""
    above = moved[:-1]
    if len(test) < len(moved) or test[: len(above)] != above or not _INDEX.fullmatch(test[len(above)]):
        return False
    return int(test[len(above)]) >= int(moved[-1])


def _untested(n: int) -> Problem:
    text = (
        f"Operation {n} of the patch names an item of a list by its number, which may be another one by now: "
        "send If-Match with the version, or a test of that item before it."
    )
    return Problem("precondition-required", text)


# --- applying


def apply(operations: Sequence[Operation], resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the patched resource; decimals stay as they are written."""
    root: dict[str, Any] = {"": deepcopy(dict(resource))}
    copied = 0
    for n, operation in enumerate(operations):
        try:
            copied += _apply(root, operation)
        except (LookupError, TypeError) as error:
            raise _refusal("business-rule", n, "there is nothing at its path") from error
        except _FalseTest as error:
            raise _refusal("conflict", n, "the test fails") from error
        if copied > MOST_COPIED:
            raise _too_much()
    if not isinstance(root[""], dict):
        raise Problem("business-rule", "The patch leaves no resource.")
    return root[""]


class _FalseTest(Exception):
    """A test found another value."""


def _apply(root: dict[str, Any], operation: Operation) -> int:
    """Do one operation; return how much it copied."""
    path = ("", *operation.path)
    if operation.op in ("move", "copy"):
        source = ("", *operation.source)
        value = _at(root, source)
        weight = _weight(value) if operation.op == "copy" else 0
        if weight > MOST_COPIED or (operation.op == "copy" and depth_of(value) > DEEPEST):
            raise _too_much()
        if operation.op == "move":
            if path[: len(source)] == source and path != source:
                raise LookupError
            _remove(root, source)
        else:
            value = deepcopy(value)
        _add(root, path, value)
        return weight
    if operation.op == "test":
        if not is_same(_at(root, path), operation.value):
            raise _FalseTest
    elif operation.op == "remove":
        _remove(root, path)
    else:
        if operation.op == "replace":
            _at(root, path)
        _put(root, path, deepcopy(operation.value), is_new=operation.op == "add")
    return 0


def _at(node: Any, path: Pointer) -> Any:
    for part in path:
        node = node[_number(part, len(node) - 1) if isinstance(node, list) else part]
    return node


def _number(part: str, most: int) -> int:
    if not _INDEX.fullmatch(part) or int(part) > most:
        raise LookupError
    return int(part)


def _add(root: dict[str, Any], path: Pointer, value: Any) -> None:
    _put(root, path, value, is_new=True)


def _put(root: dict[str, Any], path: Pointer, value: Any, *, is_new: bool) -> None:
    holder, last = _at(root, path[:-1]), path[-1]
    if isinstance(holder, dict):
        holder[last] = value
    elif isinstance(holder, list) and is_new:
        holder.insert(len(holder) if last == "-" else _number(last, len(holder)), value)
    elif isinstance(holder, list):
        holder[_number(last, len(holder) - 1)] = value
    else:
        raise LookupError


def _remove(root: dict[str, Any], path: Pointer) -> None:
    holder, last = _at(root, path[:-1]), path[-1]
    if len(path) == 1:
        raise LookupError
    del holder[_number(last, len(holder) - 1) if isinstance(holder, list) else last]


def is_same(one: Any, other: Any) -> bool:
    """Say whether two JSON values are equal; numbers by value, true and 1 are not the same."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return Decimal(one) == Decimal(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _too_much() -> Problem:
    return Problem("too-large", "The patch copies more than this service takes.")


def depth_of(value: Any) -> int:
    """Return how many objects and lists lie within each other at most."""
    depth, level = 0, [value]
    while level := [node for node in level if isinstance(node, dict | list)]:
        depth += 1
        level = [inner for node in level for inner in (node.values() if isinstance(node, dict) else node)]
    return depth


def _weight(value: Any) -> int:
    """Return how much a value holds: its characters and one for each node."""
    total, level = 0, [value]
    while level:
        node = level.pop()
        total += 1 + (len(node) if isinstance(node, str) else 0)
        if isinstance(node, dict):
            level += [*node.values(), *node]
        elif isinstance(node, list):
            level += node
    return total
