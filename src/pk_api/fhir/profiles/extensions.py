"""Extensions wherever they stand: each that has a definition is checked by it, and its place by its contexts.

Source: https://hl7.org/fhir/R4/defining-extensions.html#context. Contexts by FHIRPath are not evaluated.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Any

from pk_api.fhir.profiles.items import Finding, Item, items
from pk_api.fhir.profiles.trees import CORE
from pk_api.fhir.structures import Element, structure

Place = frozenset[str]
"""The names of what an extension stands on: paths (`Patient.address`), types, or the url of an extension."""


def extensions(root: Item) -> Iterator[tuple[Item, Place]]:
    """Yield every extension below an item, with the place that it stands at."""
    yield from _below(root, partial(_of_type, root), root.structure.name)


def _below(item: Item, place: Callable[[], Place], path: str) -> Iterator[tuple[Item, Place]]:
    known = _by_key(item.structure.name)
    seen: set[str] = set()
    for key, value in item.parts.items():
        if not _has_parts(value):
            continue
        element = known.get(key)
        if element is None or element.name in seen:
            continue
        seen.add(element.name)
        for one in items(item.parts, element, item.path):
            if one.kind == "Extension":
                yield one, place()
                yield from _below(one, partial(_named, one), path)
            elif isinstance(one.value, dict) or one.extras:
                longer = f"{path}.{element.name}"
                inner = partial(_place, item, element, one, longer)
                yield from _below(one, inner, _path(one, longer))


def _has_parts(value: Any) -> bool:
    """Say whether a JSON value can hold extensions: an object, or a list with one."""
    return type(value) is dict or (type(value) is list and any(type(one) is dict for one in value))


def _named(extension: Item) -> Place:
    return frozenset({extension.value["url"]})


def _path(item: Item, path: str) -> str:
    """A resource inside another begins a path of its own."""
    return item.structure.name if item.kind == "Resource" else path


def _place(parent: Item, element: Element, item: Item, path: str) -> Place:
    short = f"{parent.structure.name}.{element.name}"
    choices = {f"{short}[x]", f"{path}[x]"} if element.name not in element.alternatives else set()
    return _of_type(item) | choices | {short, path}


def _of_type(item: Item) -> Place:
    """Return the types of an item; `Element` as a context means anything, resources too."""
    kind = item.structure
    return frozenset({kind.name, *kind.bases, item.kind, "Element"})


@cache
def _by_key(name: str) -> Mapping[str, Element]:
    found = structure(name).elements.values()
    keys = {key: element for element in found for key in element.alternatives}
    return MappingProxyType(keys | {f"_{key}": element for key, element in keys.items()})


def misplaced(item: Item, place: Place, definition: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the finding for an extension that stands where its definition does not allow it."""
    contexts = definition.get("context", ())
    if not contexts or any(
        one["type"] == "fhirpath" or _name(one["expression"]) in place for one in contexts
    ):
        return
    allowed = ", ".join(str(one["expression"]) for one in contexts)
    yield item.path, "error", "structure", f"this extension stands on: {allowed}"


def _name(expression: str) -> str:
    """Return the path of a context that may name the type by its canonical."""
    head, _, path = expression.partition("#")
    return path or head.removeprefix(CORE)
