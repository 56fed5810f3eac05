"""The few words in which invariants are written, after FHIRPath's."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

Value = Any
"""The element that a rule is about: an object, or the text of a primitive element."""
Test = Callable[[Value], bool]

UCUM: Final = "http://unitsofmeasure.org"


def has(value: Value, *names: str) -> bool:
    """Say whether any of the elements is there, be it by its extensions alone."""
    for name in names:  # noqa: SIM110  # a generator costs four times as much in the hottest line of all rules
        if name in value or "_" + name in value:
            return True
    return False


def has_choice(value: Value, base: str) -> bool:
    """Say whether an element with a choice of types is there (`value[x]`)."""
    size = len(base)
    for key in value:
        plain = key[1:] if key[0] == "_" else key
        if plain.startswith(base) and plain[size : size + 1].isupper():
            return True
    return False


def has_coding(concept: Value, system: str, *codes: str) -> bool:
    """Say whether a CodeableConcept has one of the codes of the system."""
    codings = (concept or {}).get("coding", ())
    return any(c.get("system") == system and c.get("code") in codes for c in codings)


def are_distinct(values: Iterable[Any]) -> bool:
    """Say whether no value occurs twice; absent ones do not count."""
    seen = [value for value in values if value is not None]
    return len(set(seen)) == len(seen)


def each(value: Value, *path: str) -> Iterator[Any]:
    """Yield the elements at the end of a path of element names, through arrays."""
    if not path:
        yield from value if isinstance(value, list) else (value,)
        return
    for item in value if isinstance(value, list) else (value,):
        if isinstance(item, dict) and item.get(path[0]) is not None:
            yield from each(item[path[0]], *path[1:])


def descendants(value: Value, name: str) -> Iterator[Any]:
    """Yield every element of this name at any depth."""
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        for item in value.values():
            yield from descendants(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from descendants(item, name)
