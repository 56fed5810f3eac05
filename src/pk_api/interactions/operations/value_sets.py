"""ValueSet/$expand and ValueSet/$validate-code, of the value sets that the service carries.

Source: https://hl7.org/fhir/R4/valueset-operation-expand.html, valueset-operation-validate-code.html.
"""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from pk_api.fhir.artefacts import registry
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.search.index_forms import normalise
from pk_api.fhir.terminology.value_sets import Entry, entries, is_known
from pk_api.fhir.terminology.verdicts import best, in_value_set
from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import refused
from pk_api.interactions.operations.terms_asked import (
    Asked,
    answer,
    asked,
    canonical_of,
    text,
    unknown,
)
from pk_api.records.records import Records

Json = dict[str, Any]

_OF_EXPAND: Final = frozenset(
    {
        *("url", "valueSetVersion", "filter", "count", "offset", "includeDesignations", "displayLanguage"),
        *("activeOnly", "excludeNotForUI", "includeDefinition", "excludeNested"),
    }
)
_OF_VALIDATE: Final = frozenset(
    {
        *("url", "valueSetVersion", "code", "system", "systemVersion", "version", "display", "coding"),
        *("codeableConcept", "abstract", "displayLanguage"),
    }
)
_HEAD: Final = ("resourceType", "id", "url", "version", "name", "title", "status", "experimental", "date")
_MOST: Final = 5_000


async def expand(records: Records, _cursors: Cursors, call: Call) -> Reply:
    """Return the value set with its expansion, or the part of it that is asked for."""
    told = await asked(records, call, _OF_EXPAND)
    canonical = _canonical(call, told)
    found = _wanted(_listed(canonical), told)
    offset, count = told.number("offset") or 0, told.number("count")
    page = found[offset : offset + min(_MOST if count is None else count, _MOST)]
    resource = registry.find("ValueSet", canonical) or {"resourceType": "ValueSet", "status": "active"}
    head: Json = {key: resource[key] for key in _HEAD if key in resource}
    if told.is_true("includeDefinition") and "compose" in resource:
        head["compose"] = resource["compose"]
    return Reply(
        200, dump({**head, "expansion": _expansion(canonical, told, page, len(found), records.now())})
    )


def _canonical(call: Call, told: Asked) -> str:
    canonical = canonical_of(call, told)
    if canonical is None:
        raise refused("url", "the canonical of a value set is expected")
    version = told.simple.one("valueSetVersion")
    named = f"{canonical}|{version}" if version and "|" not in canonical else canonical
    if not is_known(named):
        raise unknown("This value set")
    return named


def _listed(canonical: str) -> tuple[Entry, ...]:
    found = entries(canonical)
    if found is None:
        detail = "This value set draws on a code system that is not carried here, and cannot be listed."
        raise Problem("business-rule", detail, issues=[Issue("not-supported", detail)])
    return found


def _wanted(listed: tuple[Entry, ...], told: Asked) -> list[Entry]:
    """Return the entries whose code and names hold every word of the filter, without those left out."""
    without_inactive, without_abstract = told.is_true("activeOnly"), told.is_true("excludeNotForUI")
    words = normalise(told.simple.one("filter") or "").split()
    return [
        entry
        for entry in listed
        if not (entry.is_inactive and without_inactive)
        and not (entry.is_abstract and without_abstract)
        and all(word in _texts(entry) for word in words)
    ]


def _texts(entry: Entry) -> str:
    return normalise(" ".join([entry.code, entry.display or "", *entry.names.values()]))


def _expansion(canonical: str, told: Asked, page: list[Entry], total: int, now: datetime) -> Json:
    named = " ".join([canonical, *(f"{name}={value}" for name, value in told.simple.pairs)])
    parameters = [_parameter(name, value) for name, value in told.simple.pairs if name != "url"]
    return {
        "identifier": f"urn:uuid:{uuid5(NAMESPACE_URL, named)}",
        "timestamp": now.astimezone(UTC).isoformat(timespec="seconds"),
        "total": total,
        "offset": told.number("offset") or 0,
        **({"parameter": parameters} if parameters else {}),
        **({"contains": [_contained(entry, told) for entry in page]} if page else {}),
    }


def _parameter(name: str, value: str) -> Json:
    if name in ("count", "offset"):
        return {"name": name, "valueInteger": int(value)}
    if value in ("true", "false"):
        return {"name": name, "valueBoolean": value == "true"}
    return {"name": name, "valueString": value}


def _contained(entry: Entry, told: Asked) -> Json:
    row: Json = {"system": entry.system}
    row |= {"abstract": True} if entry.is_abstract else {}
    row |= {"inactive": True} if entry.is_inactive else {}
    row["code"] = entry.code
    display = entry.name(told.simple.one("displayLanguage"))
    row |= {"display": display} if display else {}
    if told.is_true("includeDesignations") and entry.names:
        row["designation"] = [{"language": tag, "value": name} for tag, name in entry.names.items()]
    return row


async def validate_code(records: Records, _cursors: Cursors, call: Call) -> Reply:
    """Return whether a code, or one of a concept's, is in the value set, and under its right name."""
    told = await asked(records, call, _OF_VALIDATE)
    canonical = _canonical(call, told)
    verdicts = [
        in_value_set(
            canonical,
            coding,
            takes_abstract=told.is_true("abstract"),
            language=told.simple.one("displayLanguage"),
        )
        for coding in told.codings()
    ]
    known = [each for each in verdicts if each is not None]
    if len(known) < len(verdicts):
        _listed(canonical)
    verdict = best(known)
    return answer(
        {"name": "result", "valueBoolean": verdict.is_right},
        text("message", verdict.message),
        text("display", verdict.display),
    )
