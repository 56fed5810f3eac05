"""The types of FHIR R4 and their elements, read from the generated tables.

Source: `definitions/types.json`, `definitions/resources.json`; a type nested in another is named by its path
(`CarePlan.activity`), and the profile SimpleQuantity is a type.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import orjson


@dataclass(frozen=True, slots=True)
class Alternative:
    """A type that an element may have; `targets` are those that its References may name, empty for any."""

    type: str
    targets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its JSON names with their types (several for a choice), cardinality, binding and rules."""

    name: str
    alternatives: Mapping[str, Alternative]
    least: int
    most: int | None
    codes: str | None
    rules: tuple[str, ...] = ()
    is_summary: bool = False

    @property
    def is_array(self) -> bool:
        """Say whether the JSON form is an array."""
        return self.most != 1


@dataclass(frozen=True, slots=True)
class Structure:
    """A type with all its elements, the inherited ones first, and the keys of its rules as `<type>:<key>`."""

    name: str
    elements: Mapping[str, Element] = field(repr=False)
    rules: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()

    @property
    def is_resource(self) -> bool:
        """Say whether this is a resource and not a type of its parts."""
        return "Resource" in (self.name, *self.bases)


def table(name: str) -> Any:
    """Return a generated table of the folder `definitions`."""
    return orjson.loads(files("pk_api.fhir.definitions").joinpath(f"{name}.json").read_bytes())


@cache
def structure(name: str) -> Structure:
    """Return a type by its name; KeyError for an unknown one."""
    chain = tuple(reversed(tuple(_chain(name))))
    rows = _rows()
    return Structure(
        name,
        MappingProxyType({e.name: e for base in chain for e in _elements(base, rows[base])}),
        tuple(f"{base}:{key}" for base in chain for key in rows[base]["rules"]),
        chain[:-1],
    )


@cache
def resource_types() -> frozenset[str]:
    """Return the names of all concrete resource types of R4, served or not."""
    return frozenset(table("resources")["types"].keys() - _ABSTRACT - _nested())


_ABSTRACT: Final = frozenset({"Resource", "DomainResource"})


@cache
def _nested() -> frozenset[str]:
    return frozenset(name for name in _rows() if "." in name)


@cache
def _rows() -> dict[str, Any]:
    return {**table("types")["types"], **table("resources")["types"]}


def _chain(name: str | None) -> Iterator[str]:
    while name:
        yield name
        name = _rows()[name]["base"]


def _elements(owner: str, row: Mapping[str, Any]) -> Iterator[Element]:
    for name, details in row["elements"].items():
        base = name.removesuffix("[x]")
        most = details.get("max", "1")
        yield Element(
            name=base,
            alternatives=MappingProxyType(_alternatives(base, details)),
            least=details.get("min", 0),
            most=None if most == "*" else int(most),
            codes=details.get("codes"),
            rules=tuple(f"{owner}.{name}:{key}" for key in details.get("rules", ())),
            is_summary=details.get("summary", False),
        )


def _alternatives(name: str, details: Mapping[str, Any]) -> dict[str, Alternative]:
    if "choice" not in details:
        return {name: _alternative(details["type"], details)}
    return {
        f"{name}{kind[0].upper()}{kind[1:]}": _alternative(more.get("type", kind), more)
        for kind, more in details["choice"].items()
    }


def _alternative(kind: str, details: Mapping[str, Any]) -> Alternative:
    return Alternative(kind, frozenset(details.get("targets", ())))
