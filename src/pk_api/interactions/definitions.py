"""read and search of the conformance artefacts that the service carries; nobody writes them.

Every authenticated caller may read them, whatever its scopes: they are published, and about nobody. Of
Questionnaires, the product's own come from the package and stand before those of the store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final
from zlib import crc32

from pk_api.fhir.artefacts import registry
from pk_api.fhir.artefacts.building import DATE
from pk_api.fhir.index_forms import normalise, string_parts
from pk_api.fhir.matching import matches
from pk_api.fhir.problems import Problem
from pk_api.fhir.query import Query, Sort
from pk_api.fhir.resource_types import CONFORMANCE_TYPES
from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.etags import is_known
from pk_api.records.records import Records
from pk_api.records.values import Key, Page, Stored

Place = tuple[Any, ...]

_RELEASED: Final = datetime.fromisoformat(DATE).replace(tzinfo=UTC)
_PACKAGE, _STORE = "package", "store"
_MIXED: Final = "Questionnaire"
"""The one type of which some are carried and others are stored."""


def is_about(interaction: str, call: Call) -> bool:
    """Say whether a call is about what is carried, searches and operations apart."""
    if interaction in ("search", "operation", "bundle"):
        return False
    return call.type in CONFORMANCE_TYPES or (call.type == _MIXED and call.id in _carried(_MIXED))


def require_not_carried(interaction: str, call: Call) -> None:
    """Raise Problem method-not-allowed when a write is about what is carried."""
    if is_about(interaction, call):
        text = f"This {call.type} is published with the service and only read."
        raise Problem("method-not-allowed", text, facts={"allow": "GET, HEAD"})


async def perform(records: Records, interaction: str, call: Call) -> Reply:
    """Answer a read. Problem not-found, method-not-allowed for writes, not-supported for histories."""
    if interaction == "history":
        raise Problem("not-supported", "Definitions have one version here, and no history.")
    if interaction not in ("read", "vread"):
        require_not_carried(interaction, call)
    found = _carried(call.type or "").get(call.id or "")
    if found is None or call.version not in (None, str(found.version)):
        raise Problem("not-found", f"The service carries no such {call.type}.")
    await records.consulted(call.actor, interaction, found.reference, request_id=call.request_id)
    if is_known(call.if_none_match, found.version):
        return Reply(304, version=found.version, updated=found.updated)
    return Reply(200, found.body.encode(), found.version, found.updated)


async def search(records: Records, call: Call, query: Query, after: Place | None) -> Page:
    """Return a page of what is carried, of what is stored, or of Questionnaires of both."""
    if query.type in CONFORMANCE_TYPES:
        codes = " ".join(sorted({f.parameter.code for f in query.filters}))
        what = f"{query.type} by {codes}"
        await records.consulted(call.actor, "search", what, request_id=call.request_id)
        return _page(query, call.base, after)
    if query.type != _MIXED:
        return await records.search(call.actor, query, after=after, request_id=call.request_id)
    return await _mixed(records, call, query, after)


async def _mixed(records: Records, call: Call, query: Query, after: Place | None) -> Page:
    """Return a page of the carried ones, filled up with stored ones when they come to their end."""
    first = Page((), total=0)
    if after is None or after[0] == _PACKAGE:
        first = _page(query, call.base, after)
        if first.next is not None:
            return replace(first, total=None)
    left = query.count - len(first.items)
    rest = replace(query, count=max(left, 0))
    start: Place | None = tuple(after[1:]) or None if after is not None and after[0] == _STORE else None
    found = await records.search(call.actor, rest, after=start, request_id=call.request_id)
    total = None if found.total is None else found.total + len(_matching(query, call.base))
    following: Place | None = None if found.next is None else (_STORE, *found.next)
    if left == 0 and query.count > 0:
        following = (_STORE,)
    return replace(found, items=first.items + found.items, next=following, total=total)


def _page(query: Query, base: str, after: Place | None) -> Page:
    matching = _sorted(_matching(query, base), query.sort)
    start = int(after[1]) if after is not None else 0
    end = start + query.count
    following = (_PACKAGE, end) if query.count and end < len(matching) else None
    return Page(tuple(matching[start:end]), following, None if query.total == "none" else len(matching))


def _matching(query: Query, base: str) -> list[Stored]:
    found = _resources(query.type)
    return [s for name, s in _carried(query.type).items() if matches(query, found[name], base_url=base)]


def _sorted(found: list[Stored], keys: Sequence[Sort]) -> list[Stored]:
    """Return them by the keys, those without a value last; by id when no key tells them apart."""
    ordered = sorted(found, key=lambda each: each.id)
    for key in reversed(keys):
        valued = [each for each in ordered if _sort_value(each, key)]
        bare = [each for each in ordered if not _sort_value(each, key)]
        ordered = sorted(valued, key=lambda each: _sort_value(each, key), reverse=key.is_descending) + bare
    return ordered


def _sort_value(stored: Stored, key: Sort) -> str:
    if key.parameter.code == "_id":
        return stored.id
    values = key.parameter.extract(_resources(stored.type)[stored.id])
    return normalise(next((text for value in values for text in _texts(value)), ""))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict) and "code" in value:
        return [str(value["code"])]
    return list(string_parts(value))


@cache
def _resources(resource_type: str) -> Mapping[str, dict[str, Any]]:
    """Return the carried artefacts of a type by id, each with a version that its content gives."""
    return MappingProxyType(
        {name: _with_meta(each) for name, each in sorted(registry.of_type(resource_type).items())}
    )


@cache
def _carried(resource_type: str) -> Mapping[str, Stored]:
    """Return them as versions with their text."""
    return MappingProxyType({name: _stored(each) for name, each in _resources(resource_type).items()})


def _with_meta(artefact: dict[str, Any]) -> dict[str, Any]:
    meta = {"versionId": str(crc32(dump(artefact)) % 10**9), "lastUpdated": f"{DATE}T00:00:00Z"}
    kind, name = artefact["resourceType"], artefact["id"]
    rest = {key: value for key, value in artefact.items() if key not in ("resourceType", "id")}
    return {"resourceType": kind, "id": name, "meta": meta, **rest}


def _stored(resource: dict[str, Any]) -> Stored:
    key = Key("", resource["resourceType"], resource["id"])
    return Stored(key, int(resource["meta"]["versionId"]), _RELEASED, dump(resource).decode())
