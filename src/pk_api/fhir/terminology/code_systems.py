"""Code systems as they are asked: their concepts, names in languages, and which concept contains which.

Source: https://hl7.org/fhir/R4/codesystem.html#hierarchy. Children are nested, or named by the properties
`child` and `parent` (HL7 v3 has concepts with several parents).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir.artefacts import registry

Json = dict[str, Any]

_INACTIVE: Final = frozenset({"retired", "deprecated", "inactive"})


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept: its code, its name, its names by language, and its properties as FHIR has them."""

    code: str
    display: str
    names: Mapping[str, str]
    definition: str | None
    properties: tuple[Json, ...]
    is_abstract: bool
    is_inactive: bool

    def name(self, language: str | None) -> str:
        """Return the name in a language such as `sv-SE`, else the one that the system prefers."""
        for tag in tags(language):
            if tag in self.names:
                return self.names[tag]
        return self.display


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system with its concepts by code, those on top first; `is_listed` says that they are all.

    One whose content is an example counts as whole: it is the example that elements bind to.
    """

    url: str
    version: str | None
    name: str
    title: str
    is_listed: bool
    language: str
    concepts: Mapping[str, Concept]
    children: Mapping[str, tuple[str, ...]] = field(repr=False)
    parents: Mapping[str, tuple[str, ...]] = field(repr=False)

    def concept(self, code: str) -> Concept | None:
        """Return the concept of a code, None for one that the system does not have.

        Case matters: no code system that is carried says otherwise.
        """
        return self.concepts.get(code)

    def below(self, code: str) -> frozenset[str]:
        """Return the code and all that it contains; empty for an unknown code."""
        return self._reached(code, self.children)

    def above(self, code: str) -> frozenset[str]:
        """Return the code and all that contain it; empty for an unknown code."""
        return self._reached(code, self.parents)

    def _reached(self, code: str, steps: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
        reached: set[str] = set()
        waiting = [code] if code in self.concepts else []
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting += steps.get(one, ())
        return frozenset(reached)


@cache
def _compiled(identity: str) -> CodeSystem | None:
    resource = registry.find("CodeSystem", identity)
    if resource is None:
        return None
    language = resource.get("language", "en")
    edges = list(_edges(resource.get("concept", ()), None))
    return CodeSystem(
        url=resource["url"],
        version=resource.get("version"),
        name=resource["name"],
        title=str(resource.get("title", resource["name"])),
        is_listed=resource["content"] in ("complete", "example"),
        language=language,
        concepts=MappingProxyType({row["code"]: _concept(row, language) for row, _ in edges}),
        children=MappingProxyType(_grouped((up, row["code"]) for row, up in _all(edges))),
        parents=MappingProxyType(_grouped((row["code"], up) for row, up in _all(edges))),
    )


def code_system(canonical: str) -> CodeSystem | None:
    """Return a code system by its canonical, with `|version` or without; None when it is not carried."""
    resource = registry.find("CodeSystem", canonical)
    return None if resource is None else _compiled(resource["url"])


def _edges(rows: Any, parent: str | None) -> Iterator[tuple[Json, str | None]]:
    """Yield each concept with the one that it is nested in."""
    for row in rows:
        yield row, parent
        yield from _edges(row.get("concept", ()), row["code"])


def _all(edges: list[tuple[Json, str | None]]) -> Iterator[tuple[Json, str]]:
    """Yield each concept with each of its parents, the nesting ones and those that properties name."""
    by_code = {row["code"]: row for row, _ in edges}
    for row, parent in edges:
        if parent is not None:
            yield row, parent
        for each in row.get("property", ()):
            if each["code"] == "child" and each["valueCode"] in by_code:
                yield by_code[each["valueCode"]], row["code"]
            if each["code"] in ("parent", "subsumedBy") and each["valueCode"] in by_code:
                yield row, each["valueCode"]


def _grouped(pairs: Iterator[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, dict[str, None]] = {}
    for one, other in pairs:
        groups.setdefault(one, {})[other] = None
    return {one: tuple(others) for one, others in groups.items()}


def _concept(row: Json, language: str) -> Concept:
    display = str(row.get("display", row["code"]))
    properties = {each["code"]: each for each in row.get("property", ())}
    return Concept(
        code=row["code"],
        display=display,
        names=MappingProxyType(
            {language: display}
            | {each["language"]: each["value"] for each in row.get("designation", ()) if "language" in each}
        ),
        definition=row.get("definition"),
        properties=tuple(row.get("property", ())),
        is_abstract=properties.get("notSelectable", {}).get("valueBoolean") is True,
        is_inactive=properties.get("status", {}).get("valueCode") in _INACTIVE,
    )


def tags(language: str | None) -> Iterator[str]:
    """Yield a language and what it is a kind of: `sv-SE`, then `sv`."""
    tag = language or ""
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
