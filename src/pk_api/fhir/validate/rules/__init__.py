"""The official invariants, one function each, in tables by `<type>:<key>`.

Keys and texts are those of `definitions/invariants.json`. Only those of severity error are here: the warnings
(dom-6 narrative should be there, `*-0` names for machines, con-3, eld-20, eld-21) are advice and not given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from pk_api.fhir.structures import table
from pk_api.fhir.validate.rules.clinical import CLINICAL
from pk_api.fhir.validate.rules.datatypes import DATATYPES
from pk_api.fhir.validate.rules.definitional import DEFINITIONAL
from pk_api.fhir.validate.rules.elements import ELEMENTS
from pk_api.fhir.validate.rules.forms import FORMS
from pk_api.fhir.validate.rules.messages import MESSAGES
from pk_api.fhir.validate.rules.terms import Test

RULES: Final[Mapping[str, Test]] = MappingProxyType(
    DATATYPES | CLINICAL | FORMS | MESSAGES | ELEMENTS | DEFINITIONAL
)
"""All invariants that are functions of the element they stand on."""

BY_STRUCTURE: Final = frozenset(
    {
        *("DomainResource:dom-2", "DomainResource:dom-3", "DomainResource:dom-4", "DomainResource:dom-5"),
        *("Reference:ref-1", "Narrative.div:txt-1", "Narrative.div:txt-2"),
    }
)
"""Invariants that need the whole resource or a parser: checked in `resources`, `references`, `narrative`."""

FROM_RESOURCE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"StructureDefinition": ("StructureDefinition.snapshot:sdf-8", "StructureDefinition.differential:sdf-8a")}
)
"""Invariants that stand on an element and look at its resource: applied there, told at the element."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An invariant: key, official text, test, and where it is told, seen from what it is applied to."""

    key: str
    human: str
    holds: Test
    path: str = ""


def rules_of(*names: str, of: str = "") -> tuple[Rule, ...]:
    """Return the rules of a type or element by their names, and those that look at the type `of` from below.

    Rules of types that the service neither stores nor sends are not there.
    """
    moved = {name for names_of_type in FROM_RESOURCE.values() for name in names_of_type}
    here = [name for name in names if name in RULES and name not in moved]
    return tuple(_rule(name, of) for name in (*here, *FROM_RESOURCE.get(of, ())))


def _rule(name: str, of: str) -> Rule:
    place, _, key = name.rpartition(":")
    path = place.removeprefix(of) if name in FROM_RESOURCE.get(of, ()) else ""
    return Rule(key, _texts()[name]["human"], RULES[name], path)


@cache
def _texts() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = table("invariants")["invariants"]
    return texts
