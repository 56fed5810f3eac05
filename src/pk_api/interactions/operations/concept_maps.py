"""ConceptMap/$translate, by the maps that the service carries.

Source: https://hl7.org/fhir/R4/conceptmap-operation-translate.html. Without a map named, all are asked.
"""

from typing import Any, Final

from pk_api.fhir.terminology.translation import Match, concept_map, concept_maps, translated
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.terms_asked import Asked, answer, asked, canonical_of, text, unknown
from pk_api.records.records import Records

Json = dict[str, Any]

_KNOWN: Final = frozenset(
    {
        *("url", "conceptMapVersion", "code", "system", "version", "source", "coding", "codeableConcept"),
        *("target", "targetsystem", "reverse"),
    }
)


async def translate(records: Records, _cursors: Cursors, call: Call) -> Reply:
    """Return what a code is called elsewhere; no match is an answer too."""
    told = await asked(records, call, _KNOWN)
    maps = _maps(call, told)
    matches = [
        match
        for coding in told.codings()
        for match in translated(
            coding,
            maps,
            target=told.simple.one("targetsystem"),
            is_reverse=told.is_true("reverse"),
        )
    ]
    return answer(
        {"name": "result", "valueBoolean": bool(matches)},
        None if matches else text("message", "No map that is carried has a match for this code."),
        *(_told(match) for match in matches),
    )


def _maps(call: Call, told: Asked) -> list[Json]:
    """Return the maps to ask: the one that is named, else all from the source and to the target that are."""
    canonical = canonical_of(call, told)
    if canonical is not None:
        version = told.simple.one("conceptMapVersion")
        found = concept_map(f"{canonical}|{version}" if version else canonical)
        if found is None:
            raise unknown("This concept map")
        return [found]
    ends = (("source", "sourceUri"), ("target", "targetUri"))
    return [
        each
        for each in concept_maps()
        if all(told.simple.one(name) in (None, each[element]) for name, element in ends)
    ]


def _told(match: Match) -> Json:
    coding = {"system": match.coding.system, "code": match.coding.code, "display": match.coding.display}
    parts: list[Json] = [
        {"name": "equivalence", "valueCode": match.equivalence},
        {"name": "concept", "valueCoding": {key: value for key, value in coding.items() if value}},
        {"name": "source", "valueUri": match.source},
    ]
    return {"name": "match", "part": parts}
