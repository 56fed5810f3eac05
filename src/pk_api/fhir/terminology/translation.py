"""What a code is in another code system, by the concept maps that are carried.

Source: https://hl7.org/fhir/R4/conceptmap.html, https://hl7.org/fhir/R4/conceptmap-operation-translate.html.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir.artefacts import registry
from pk_api.fhir.terminology.verdicts import Coding

Json = dict[str, Any]

NO_MATCH: Final = frozenset({"unmatched", "disjoint"})
_REVERSED: Final[Mapping[str, str]] = MappingProxyType(
    {"wider": "narrower", "narrower": "wider", "subsumes": "specializes", "specializes": "subsumes"}
)


@dataclass(frozen=True, slots=True)
class Match:
    """A code that another one is translated to: how it stands to that one, and the map that says so."""

    equivalence: str
    coding: Coding
    source: str
    comment: str | None = None


def concept_map(canonical: str) -> Json | None:
    """Return a concept map that is carried."""
    return registry.find("ConceptMap", canonical)


def concept_maps() -> tuple[Json, ...]:
    """Return all that are carried."""
    return tuple(registry.of_type("ConceptMap").values())


def translated(
    coding: Coding, maps: Iterable[Json], *, target: str | None = None, is_reverse: bool = False
) -> tuple[Match, ...]:
    """Return the matches of a code, limited to a target code system; what has no match is left out."""
    found = (_reversed(coding, each) if is_reverse else _forward(coding, each) for each in maps)
    return tuple(
        match
        for matches in found
        for match in matches
        if match.equivalence not in NO_MATCH and target in (None, match.coding.system)
    )


def _forward(coding: Coding, map_: Json) -> Iterator[Match]:
    for group, element, row in _rows(map_):
        if element["code"] == coding.code and coding.system in (None, group["source"]):
            found = Coding(group["target"], row.get("code", ""), row.get("display"))
            yield Match(row["equivalence"], found, map_["url"], row.get("comment"))


def _reversed(coding: Coding, map_: Json) -> Iterator[Match]:
    for group, element, row in _rows(map_):
        if row.get("code") == coding.code and coding.system in (None, group["target"]):
            equivalence = _REVERSED.get(row["equivalence"], row["equivalence"])
            found = Coding(group["source"], element["code"], element.get("display"))
            yield Match(equivalence, found, map_["url"], row.get("comment"))


def _rows(map_: Json) -> Iterator[tuple[Json, Json, Json]]:
    """Yield each target with its element and its group."""
    for group in map_["group"]:
        for element in group["element"]:
            for row in element["target"]:
                yield group, element, row
