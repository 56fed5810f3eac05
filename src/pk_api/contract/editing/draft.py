"""Edits of a draft resource that leave everything they are not about as it is.

A draft is a copy; an element that changes loses its `_element` sibling, which spoke of the old value.
"""

from collections.abc import Iterable
from typing import Any

from pk_api.contract.codes import Code
from pk_api.contract.elements import Json
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem


def copy_of(value: Any) -> Any:
    """Return a copy all the way down; numbers and strings are shared."""
    if isinstance(value, dict):
        return {key: copy_of(each) for key, each in value.items()}
    if isinstance(value, list):
        return [copy_of(each) for each in value]
    return value


def put(draft: Json, element: str, value: Any) -> None:
    """Set an element; None, an empty list or object takes it away."""
    if draft.get(element) == value:
        return
    draft.pop(f"_{element}", None)
    if value is None or value in ([], {}):
        draft.pop(element, None)
        return
    draft[element] = value


def merged(old: Json | None, change: Json | None) -> Json:
    """Return an object after a merge patch (RFC 7396): null in place of the whole empties it."""
    return {} if change is None else {**(old or {}), **change}


def put_text(draft: Json, element: str, text: str | None) -> None:
    """Set the text of a CodeableConcept; its codings stay."""
    concept = {key: each for key, each in draft.get(element, {}).items() if key not in {"text", "_text"}}
    if draft.get(element, {}).get("text") != text:
        put(draft, element, {**concept, "text": text} if text is not None else concept)


def put_extensions(draft: Json, url: str, values: Iterable[Json]) -> None:
    """Replace the extensions of one canonical; others keep their order, before these."""
    new = [{"url": url, **value} for value in values]
    old = draft.get("extension", [])
    if [each for each in old if each.get("url") == url] != new:
        put(draft, "extension", [each for each in old if each.get("url") != url] + new)


def put_extension(draft: Json, url: str, key: str, value: Any) -> None:
    """Set the single extension of one canonical; None takes it away."""
    put_extensions(draft, url, [] if value is None else [{key: value}])


def put_code(concepts: list[Json], systems: Iterable[str], code: Code | None) -> list[Json]:
    """Return the concepts with the codings of these systems replaced by one code; other codings stay."""
    gone = set(systems)
    kept = [_without(concept, gone) for concept in concepts]
    kept = [concept for concept in kept if concept.get("coding") or "coding" not in concept]
    return kept if code is None else [concept_of(code), *kept]


def concept_of(code: Code) -> Json:
    """Return a CodeableConcept of one code, with its Swedish name."""
    return {"coding": [{"system": code.system, "code": code.code, "display": code.sv}], "text": code.sv}


def put_period(draft: Json, **ends: str | None) -> None:
    """Set `start` or `end`, or both, of the period; None takes one away. Problem for the wrong order."""
    period = dict(draft.get("period", {}))
    for name, value in ends.items():
        put(period, name, value)
    if period.get("start", "")[:10] > period.get("end", "9999")[:10]:
        raise Problem("business-rule", "A period ends after it starts.")
    put(draft, "period", period)


def close_period(draft: Json, day: str) -> None:
    """End the period with this day; one that has not begun ends with the day on which it would."""
    start = draft.get("period", {}).get("start")
    put_period(draft, end=day if start is None or start[:10] <= day else start)


def kept_by(old: list[Json], new: list[Json], *keys: str) -> list[Json]:
    """Return the new entries, each with whatever an old one of the same keys held besides."""
    by_keys = {tuple(str(each.get(key)) for key in keys): each for each in old}
    return [{**by_keys.get(tuple(str(each.get(key)) for key in keys), {}), **each} for each in new]


def put_ways(draft: Json, value: list[Json]) -> None:
    """Set the ways of reaching somebody, each with its hours; what is known of one besides stays."""
    plain = [{key: each for key, each in point.items() if key != "hours"} for point in value]
    points: list[Json] = copy_of(kept_by(draft.get("telecom", []), plain, "system", "value"))
    for point, told in zip(points, value, strict=True):
        put_extension(point, systems.EXT_HOURS, "valueString", told.get("hours"))
    put(draft, "telecom", points)


def _without(concept: Json, systems: set[str]) -> Json:
    coding = [each for each in concept.get("coding", ()) if each.get("system") not in systems]
    if len(coding) == len(concept.get("coding", ())):
        return concept
    return {"coding": coding, **{key: each for key, each in concept.items() if key not in {"coding", "text"}}}
