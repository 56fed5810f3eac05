"""read and search of what nobody writes: the conformance artefacts that the service carries, and the audit.

Every authenticated caller may read them, whatever its scopes: they are published, and about nobody. Of
Questionnaires, the product's own come from the package and stand before those of the store.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pk_api.fhir.problems import Problem
from pk_api.fhir.resource_types import CONFORMANCE_TYPES
from pk_api.fhir.search.index_forms import normalise, string_parts
from pk_api.fhir.search.matching import matches
from pk_api.fhir.search.query import Query, Sort
from pk_api.interactions.call import Call
from pk_api.interactions.carried import included, named_by, resources, versions
from pk_api.records.records import Records
from pk_api.records.values import Page, Stored

Place = tuple[Any, ...]

AUDIT: Final = "AuditEvent"
"""Made from the audit: nothing is stored of it."""

_PACKAGE, _STORE = "package", "store"
_MIXED: Final = "Questionnaire"
"""The one type of which some are carried and others are stored."""


def is_carried(call: Call) -> bool:
    """Say whether a call is about what is carried and not about what is stored."""
    return call.type in CONFORMANCE_TYPES or (call.type == _MIXED and call.id in versions(_MIXED))


def require_not_carried(call: Call) -> None:
    """Raise Problem method-not-allowed when a write is about what is carried."""
    if is_carried(call):
        text = f"This {call.type} is published with the service and only read."
        raise Problem("method-not-allowed", text, facts={"allow": "GET, HEAD"})


async def read(records: Records, call: Call) -> Stored:
    """Return what is carried or, of other types, what is stored. Problem as `Records.read` has them."""
    if call.type == AUDIT:
        return await records.audit_event(call.actor, call.id or "", "read", request_id=call.request_id)
    if not is_carried(call):
        return await records.read(call.actor, call.type or "", call.id or "", request_id=call.request_id)
    return await _found(records, call, "read")


async def vread(records: Records, call: Call, version: int) -> Stored:
    """Return one version; of what is carried there is the present one alone."""
    if is_carried(call):
        found = await _found(records, call, "vread")
        if found.version == version:
            return found
        raise Problem("not-found", f"The service carries another version of this {call.type}.")
    kind, name = call.type or "", call.id or ""
    if kind == AUDIT and version == 1:
        return await records.audit_event(call.actor, name, "vread", request_id=call.request_id)
    return await records.vread(call.actor, kind, name, version, request_id=call.request_id)


async def _found(records: Records, call: Call, interaction: str) -> Stored:
    found = versions(call.type or "").get(call.id or "")
    if found is None:
        raise Problem("not-found", f"The service carries no such {call.type}.")
    await records.consulted(call.actor, interaction, found.reference, request_id=call.request_id)
    return found


async def search(records: Records, call: Call, query: Query, after: Place | None) -> Page:
    """Return a page of what is carried, of what is stored, or of Questionnaires of both."""
    if query.type in CONFORMANCE_TYPES:
        codes = " ".join(sorted({f.parameter.code for f in query.filters}))
        what = f"{query.type} by {codes}"
        await records.consulted(call.actor, "search", what, request_id=call.request_id)
        page = _page(query, call.base, after)
        return replace(page, included=included(page.items, query.includes))
    if query.type == AUDIT:
        return await records.audit_events(call.actor, query, after=after, request_id=call.request_id)
    if query.type != _MIXED:
        page = await records.search(call.actor, query, after=after, request_id=call.request_id)
        return replace(page, included=(*page.included, *named_by(page.items, query.includes)))
    return await _mixed(records, call, query, after)


async def _mixed(records: Records, call: Call, query: Query, after: Place | None) -> Page:
    """Return a page of the carried ones, filled up with stored ones when they come to their end."""
    first = Page((), total=0)
    if after is None or after[0] == _PACKAGE:
        first = _page(query, call.base, after)
    left = query.count - len(first.items)
    rest = replace(query, count=max(left, 0))
    start: Place | None = tuple(after[1:]) or None if after is not None and after[0] == _STORE else None
    found = await records.search(call.actor, rest, after=start, request_id=call.request_id)
    total = None if found.total is None else found.total + len(_matching(query, call.base))
    following: Place | None = None if found.next is None else (_STORE, *found.next)
    if left == 0 and query.count > 0:
        following = first.next or (_STORE,)
    return replace(found, items=first.items + found.items, next=following, total=total)


def _page(query: Query, base: str, after: Place | None) -> Page:
    matching = _sorted(_matching(query, base), query.sort)
    start = int(after[1]) if after is not None else 0
    end = start + query.count
    following = (_PACKAGE, end) if query.count and end < len(matching) else None
    return Page(tuple(matching[start:end]), following, None if query.total == "none" else len(matching))


def _matching(query: Query, base: str) -> list[Stored]:
    kind = query.type
    return [
        versions(kind)[name]
        for name, resource in resources(kind).items()
        if matches(query, resource, base_url=base)
    ]


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
    values = key.parameter.extract(resources(stored.type)[stored.id])
    return normalise(next((text for value in values for text in _texts(value)), ""))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict) and "code" in value:
        return [str(value["code"])]
    return list(string_parts(value))
