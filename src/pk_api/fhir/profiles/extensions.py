"""Extensions wherever they stand: each that has a definition is checked by it, and its place by its contexts.

Source: https://hl7.org/fhir/R4/defining-extensions.html#context. Contexts by FHIRPath are not evaluated.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from pk_api.fhir.profiles.items import Finding, Item, by_key, items
from pk_api.fhir.profiles.trees import CORE
from pk_api.fhir.structures import Element

_KEYS: Final = frozenset({"extension", "modifierExtension"})
Place = frozenset[str]
"""The names of what an extension stands on: paths (`Patient.address`), types, or the url of an extension."""


def extensions(root: Item) -> Iterator[tuple[Item, Place]]:
    """Yield every extension below an item, with the place that it stands at."""
    holding: set[int] = set()
    if _note_holding(root.value, holding):
        yield from _below(root, partial(_of_type, root), root.structure.name, holding)


def _note_holding(value: Any, holding: set[int]) -> bool:
    """Say whether a JSON value holds extensions, and note whatever in it does: nothing else is walked."""
    inner = value.values() if type(value) is dict else value
    found = type(value) is dict and not _KEYS.isdisjoint(value)
    for one in inner:
        if (type(one) is dict or type(one) is list) and _note_holding(one, holding):
            found = True
    if found:
        holding.add(id(value))
    return found


def _below(
    item: Item, place: Callable[[], Place], path: str, holding: set[int]
) -> Iterator[tuple[Item, Place]]:
    known = by_key(item.structure.name)
    held = [
        known[key]
        for key, value in item.parts.items()
        if (key in _KEYS or id(value) in holding) and key in known
    ]
    for element in {one.name: one for one in held}.values():
        for one in items(item.parts, element, item.path):
            if one.kind == "Extension":
                yield one, place()
                yield from _below(one, partial(_named, one), path, holding)
            elif id(one.value) in holding or id(one.extras) in holding:
                longer = f"{path}.{element.name}"
                inner = partial(_place, item, element, one, longer)
                yield from _below(one, inner, _path(one, longer), holding)


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
