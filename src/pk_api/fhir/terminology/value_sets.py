"""Value sets as lists: what their `compose` says, with the displays of its own or of the code systems.

Source: https://hl7.org/fhir/R4/valueset.html#compositions. A filter that is not by hierarchy, and a whole
code system that is not carried, make a value set that cannot be listed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir.artefacts import registry
from pk_api.fhir.terminology.code_systems import CodeSystem, Concept, code_system, tags

Json = dict[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of a value set, with its name, its names by language, and what may be done with it."""

    system: str
    code: str
    display: str | None
    names: Mapping[str, str]
    is_abstract: bool = False
    is_inactive: bool = False

    def name(self, language: str | None) -> str | None:
        """Return the name in a language such as `sv-SE`, else the one that the value set prefers."""
        return next((self.names[tag] for tag in tags(language) if tag in self.names), self.display)


Listed = dict[Key, Entry]


def entries(canonical: str) -> tuple[Entry, ...] | None:
    """Return what a value set holds, in its order; None when it is unknown or cannot be listed."""
    known = _known(canonical)
    return None if known is None else _entries(known)


def is_known(canonical: str) -> bool:
    """Say whether a value set is carried, whether it can be listed or not."""
    return _known(canonical) is not None


def _known(canonical: str) -> str | None:
    """Return the canonical under which a value set is carried: what callers make up is not kept."""
    resource = registry.find("ValueSet", canonical)
    if resource is not None:
        return str(resource["url"])
    return canonical if canonical in _whole() else None


@cache
def _entries(canonical: str) -> tuple[Entry, ...] | None:
    listed = _set(canonical, frozenset())
    return None if listed is None else tuple(listed.values())


def _set(canonical: str, within: frozenset[str]) -> Listed | None:
    """Return what a value set holds; `within` are those that it is part of, so that a ring ends."""
    resource = registry.find("ValueSet", canonical)
    if resource is None:
        return _of_whole(canonical)
    if resource["url"] in within:
        return None
    compose = resource.get("compose", {})
    inner = within | {resource["url"]}
    included = [_clause(clause, inner) for clause in compose.get("include", ())]
    excluded = [_clause(clause, inner) for clause in compose.get("exclude", ())]
    if any(part is None for part in (*included, *excluded)):
        return None
    gone = {key for part in excluded for key in part or ()}
    return {key: entry for part in included for key, entry in (part or {}).items() if key not in gone}


def _of_whole(canonical: str) -> Listed | None:
    """Return the value set that a code system names as that of all its codes."""
    system = _whole().get(canonical)
    return None if system is None else _every(code_system(system))


@cache
def _whole() -> Mapping[str, str]:
    systems = registry.of_type("CodeSystem").values()
    return MappingProxyType({each["valueSet"]: each["url"] for each in systems if "valueSet" in each})


def _clause(clause: Json, within: frozenset[str]) -> Listed | None:
    """Return what an include or exclude holds: what is in its system part and in each of its value sets."""
    parts = [_set(url, within) for url in clause.get("valueSet", ())]
    if "system" in clause:
        parts.insert(0, _of_system(clause))
    if not parts or any(part is None for part in parts):
        return None
    first, *others = (part or {} for part in parts)
    return {key: entry for key, entry in first.items() if all(key in other for other in others)}


def _of_system(clause: Json) -> Listed | None:
    version = f"|{clause['version']}" if "version" in clause else ""
    system = code_system(f"{clause['system']}{version}")
    if "concept" in clause:
        rows = (_listed(row, clause["system"], system) for row in clause["concept"])
        return {(entry.system, entry.code): entry for entry in rows}
    if system is None or not system.is_listed:
        return None
    if "filter" in clause:
        return _filtered(system, clause["filter"])
    return _every(system)


def _listed(row: Json, url: str, system: CodeSystem | None) -> Entry:
    """Return a code that the value set names itself; what it says of its name comes first."""
    concept = system.concept(row["code"]) if system is not None else None
    known = (
        _entry(url, concept) if concept is not None else Entry(url, row["code"], None, MappingProxyType({}))
    )
    names = {each["language"]: each["value"] for each in row.get("designation", ()) if "language" in each}
    return Entry(
        system=url,
        code=row["code"],
        display=row.get("display", known.display),
        names=MappingProxyType({**known.names, **names}),
        is_abstract=known.is_abstract,
        is_inactive=known.is_inactive,
    )


def _every(system: CodeSystem | None) -> Listed | None:
    if system is None:
        return None
    return {(system.url, code): _entry(system.url, concept) for code, concept in system.concepts.items()}


def _entry(url: str, concept: Concept) -> Entry:
    return Entry(url, concept.code, concept.display, concept.names, concept.is_abstract, concept.is_inactive)


Test = Callable[[CodeSystem, Concept], bool]


def _filtered(system: CodeSystem, filters: list[Json]) -> Listed | None:
    tests = [_FILTERS[each["op"]](each) for each in filters if each["op"] in _FILTERS]
    if len(tests) < len(filters):
        return None
    return {
        (system.url, code): _entry(system.url, concept)
        for code, concept in system.concepts.items()
        if all(test(system, concept) for test in tests)
    }


def _by_hierarchy(*, is_in: bool, with_itself: bool) -> Callable[[Json], Test]:
    def made(row: Json) -> Test:
        def test(system: CodeSystem, concept: Concept) -> bool:
            if concept.code == row["value"]:
                return with_itself
            return (concept.code in system.below(row["value"])) == is_in

        return test

    return made


_FILTERS: Final[Mapping[str, Callable[[Json], Test]]] = MappingProxyType(
    {
        "is-a": _by_hierarchy(is_in=True, with_itself=True),
        "descendent-of": _by_hierarchy(is_in=True, with_itself=False),
        "is-not-a": _by_hierarchy(is_in=False, with_itself=False),
    }
)
"""The filters that value sets of R4 and ours use; any other makes a value set that cannot be listed."""
