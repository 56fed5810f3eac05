"""fixed[x] and pattern[x]. Source: https://hl7.org/fhir/R4/elementdefinition-definitions.html."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a value must be: exactly this (`fixed`), or this and maybe more (`pattern`)."""

    value: Any
    is_exact: bool

    def fits(self, value: Any) -> bool:
        """Say whether a value is as wanted."""
        return equal(self.value, value) if self.is_exact else covers(self.value, value)

    def below(self, names: Sequence[str]) -> list["Wanted"]:
        """Return what this wants of the elements at a path below it; nothing if it does not speak of them."""
        return [Wanted(value, self.is_exact) for value in _at(self.value, names)]


def wanted(element: Mapping[str, Any]) -> Wanted | None:
    """Return the fixed or pattern value of an ElementDefinition."""
    for key, value in element.items():
        for word in ("fixed", "pattern"):
            if key.startswith(word) and key[len(word) : len(word) + 1].isupper():
                return Wanted(value, is_exact=word == "fixed")
    return None


def equal(first: Any, second: Any) -> bool:
    """Say whether two JSON values are the same: numbers by value, arrays in order, objects by their names."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(equal(first[k], second[k]) for k in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(equal, first, second))
    return _same(first, second)


def covers(pattern: Any, value: Any) -> bool:
    """Say whether a value holds all of a pattern: its elements, and for each array item one that holds it."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(k in value and covers(pattern[k], value[k]) for k in pattern)
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(covers(p, v) for v in value) for p in pattern)
    return _same(pattern, value)


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, int | float | Decimal) and isinstance(second, int | float | Decimal):
        return Decimal(str(first)) == Decimal(str(second))
    return bool(first == second)


def _at(value: Any, names: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, names)
    elif not names:
        yield value
    elif isinstance(value, dict) and names[0] in value:
        yield from _at(value[names[0]], names[1:])
