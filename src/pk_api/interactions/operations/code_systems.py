"""CodeSystem/$lookup, $validate-code and $subsumes, of the code systems that the service carries.

Source: https://hl7.org/fhir/R4/codesystem-operations.html.
"""

from collections.abc import Iterator
from typing import Any, Final

from pk_api.fhir.terminology.code_systems import CodeSystem, Concept, code_system
from pk_api.fhir.terminology.verdicts import best, in_code_system, subsumption
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import refused
from pk_api.interactions.operations.terms_asked import (
    answer,
    asked,
    canonical_of,
    text,
    unknown,
)
from pk_api.records.records import Records

Json = dict[str, Any]

_OF_LOOKUP: Final = frozenset({"code", "system", "version", "coding", "displayLanguage", "property"})
_OF_VALIDATE: Final = frozenset(
    {"url", "code", "version", "display", "coding", "codeableConcept", "displayLanguage"}
)
_OF_SUBSUMES: Final = frozenset({"codeA", "codeB", "system", "version", "codingA", "codingB"})


async def lookup(records: Records, _cursors: Cursors, call: Call) -> Reply:
    """Return what is known of a code: its names and properties, what it is part of and what of it."""
    told = await asked(records, call, _OF_LOOKUP)
    coding = told.codings()[0]
    if coding.system is None:
        raise refused("system", "the canonical of a code system is expected")
    system = code_system(_versioned(coding.system, coding.version))
    if system is None:
        raise unknown("This code system")
    concept = system.concept(coding.code)
    if concept is None:
        raise unknown("This code")
    wanted = frozenset(told.simple.all("property"))
    display = concept.name(told.simple.one("displayLanguage"))
    return answer(
        {"name": "name", "valueString": system.title},
        text("version", system.version),
        {"name": "display", "valueString": display},
        *(_designations(concept) if _wants(wanted, "designation") else ()),
        *_properties(system, concept, wanted),
    )


def _versioned(url: str, version: str | None) -> str:
    return f"{url}|{version}" if version else url


def _wants(wanted: frozenset[str], name: str) -> bool:
    return not wanted or name in wanted


def _designations(concept: Concept) -> Iterator[Json]:
    for language, name in concept.names.items():
        parts = [{"name": "language", "valueCode": language}, {"name": "value", "valueString": name}]
        yield {"name": "designation", "part": parts}


def _properties(system: CodeSystem, concept: Concept, wanted: frozenset[str]) -> Iterator[Json]:
    found: list[tuple[str, Json]] = [
        (each["code"], {key: value for key, value in each.items() if key.startswith("value")})
        for each in concept.properties
        if each["code"] not in ("parent", "child")
    ]
    found += [("parent", {"valueCode": code}) for code in system.parents.get(concept.code, ())]
    found += [("child", {"valueCode": code}) for code in system.children.get(concept.code, ())]
    for name, value in found:
        if _wants(wanted, name):
            yield {
                "name": "property",
                "part": [{"name": "code", "valueCode": name}, {"name": "value", **value}],
            }


async def validate_code(records: Records, _cursors: Cursors, call: Call) -> Reply:
    """Return whether a code, or one of a concept's, is in the code system, and under its right name."""
    told = await asked(records, call, _OF_VALIDATE)
    named = canonical_of(call, told)
    codings = told.codings(named and named.partition("|")[0])
    url = named or next((each.system for each in codings if each.system), None)
    if url is None:
        raise refused("url", "the canonical of a code system is expected")
    system = code_system(_versioned(url, told.simple.one("version")))
    if system is None:
        raise unknown("This code system")
    language = told.simple.one("displayLanguage")
    verdicts = [
        in_code_system(system.url, each, language=language) for each in codings if each.system == system.url
    ]
    verdict = best(each for each in verdicts if each is not None)
    return answer(
        {"name": "result", "valueBoolean": verdict.is_right},
        text("message", verdict.message),
        text("display", verdict.display),
    )


async def subsumes(records: Records, _cursors: Cursors, call: Call) -> Reply:
    """Return how code A stands to code B."""
    told = await asked(records, call, _OF_SUBSUMES)
    a, b = told.named("codeA", "codingA"), told.named("codeB", "codingB")
    if a is None or b is None:
        raise refused("codeA and codeB", "both are expected")
    url = canonical_of(call, told, "system") or a.system
    if url is None or {a.system, b.system} - {None, url}:
        raise refused("system", "one code system for both codes is expected")
    outcome = subsumption(_versioned(url, told.simple.one("version")), a.code, b.code)
    if outcome is None:
        raise unknown("This code system, or one of the codes,")
    return answer({"name": "outcome", "valueCode": outcome})
