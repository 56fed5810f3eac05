"""The value sets of required bindings, and the syntax of those too large to list.

Source: `definitions/codes.json`, generated from the official R4 4.0.1 value sets and code systems.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from pk_api.fhir.structures import table

_NAME = r"[A-Za-z0-9!#$&^_.+*-]+"
_SYNTAX: Final[Mapping[str, tuple[Callable[[str], object], str]]] = MappingProxyType(
    {
        "mimetype": (
            re.compile(rf"{_NAME}/{_NAME}(?:\s?;[^\x00-\x1f]*)?|xml|json|ttl").fullmatch,
            "a media type is expected (BCP 13)",
        ),
        "language": (
            re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*").fullmatch,
            "a language is expected (BCP 47)",
        ),
        "currency": (re.compile(r"[A-Z]{3}").fullmatch, "a currency is expected (ISO 4217)"),
        "ucum": (re.compile(r"[!-~]+").fullmatch, "a unit is expected (UCUM)"),
    }
)


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A value set: its codes by system when listed, else the test of their syntax; `expected` names them."""

    url: str
    systems: Mapping[str, frozenset[str]]
    expected: str
    syntax: Callable[[str], object] | None = None

    @property
    def codes(self) -> frozenset[str]:
        """All codes, whatever their system."""
        return frozenset().union(*self.systems.values())


@cache
def value_set(url: str) -> ValueSet:
    """Return the value set of a required binding; KeyError for one that no required binding names."""
    content = table("codes")["codes"][url]
    if isinstance(content, str):
        syntax, expected = _SYNTAX[content]
        return ValueSet(url, MappingProxyType({}), expected, syntax)
    systems = {system: frozenset(codes) for system, codes in content.items()}
    return ValueSet(url, MappingProxyType(systems), _expected(url, sorted(set().union(*systems.values()))))


def _expected(url: str, codes: list[str]) -> str:
    if len(codes) > 20:
        return f"a code of {url} is expected"
    return f"one of {', '.join(codes)} is expected"
