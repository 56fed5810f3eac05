"""search and history. Source: https://hl7.org/fhir/R4/http.html#search, #history."""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from pk_api.fhir.bundles import history_bundle, searchset_bundle
from pk_api.fhir.identity import is_person
from pk_api.fhir.problems import Problem
from pk_api.fhir.resource_types import CONFORMANCE_TYPES, TYPES
from pk_api.fhir.search.conditions import compartment_types
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS
from pk_api.fhir.search.query import ALL_TYPES, parse_query
from pk_api.fhir.search.spans import when
from pk_api.fhir.structures import structure
from pk_api.interactions import definitions
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors, Params
from pk_api.interactions.instance import shown
from pk_api.records.records import Records
from pk_api.records.values import from_micros, to_micros

_LIKE_A_NUMBER = re.compile(r"\d{6}(\d{2})?[-+]?[0-9A-Za-z]{4}")
TELLING = frozenset(
    {"identifier", "birthdate", "death-date", "phone", "email", "telecom", "text", "contains"}
    | {code for type_ in TYPES for code, one in SEARCH_PARAMETERS[type_].items() if one.type == "string"}
)
"""Parameters and modifiers whose values may tell who somebody is, or what was written about them."""
_OF_RESULT = {"_format", "_pretty"}
_MOST = 500
_EARLIEST, _LATEST = to_micros(datetime.min.replace(tzinfo=UTC)), to_micros(datetime.max.replace(tzinfo=UTC))


def telling(kind: str, params: Params) -> bool:
    """Whether an address with these parameters could tell who somebody is: by number, name, address, words.

    The definitions that the service carries are about nobody: their names and titles may be told.
    """
    if any(_LIKE_A_NUMBER.search("".join(text.split())) for pair in params for text in pair):
        return True
    named = {part for name, text in params if name == "_elements" for part in re.split(r"[.,\s]", text)}
    if not named <= _elements():
        return True
    is_open = kind in CONFORMANCE_TYPES
    return not is_open and any(TELLING.intersection(re.split(r"[.:]", name)) for name, _ in params)


@cache
def _elements() -> frozenset[str]:
    """Return the words of which lists of elements may consist."""
    types = sorted(TYPES.keys() | CONFORMANCE_TYPES)
    return frozenset({"", *types, *(name for type_ in types for name in structure(type_).elements)})


def _self_link(cursors: Cursors, kind: str, address: str, params: Params) -> str:
    if telling(kind, params):
        return f"{address}?{urlencode({'_cursor': cursors.seal(kind, params, None)})}"
    return f"{address}?{urlencode(params, safe=',')}" if params else address


def _place(cursors: Cursors, kind: str, call: Call) -> tuple[Params, tuple[Any, ...] | None]:
    """Return the parameters of a list and the row to go on after (None: from the start).

    Clients that put a `_count` of their own to the link of the next page get pages of that size.
    """
    given = tuple(p for p in call.params if p[0] not in _OF_RESULT)
    tokens = [value for name, value in given if name == "_cursor"]
    if not tokens:
        return given, None
    params, after = cursors.open(kind, tokens[0])
    if len(tokens) > 1 or not {p for p in given if p[0] not in ("_cursor", "_count")} <= set(params):
        raise Problem("invalid", "_cursor goes on with the search that it was given for, and no other.")
    counts = tuple(p for p in given if p[0] == "_count")
    return (*(p for p in params if p[0] != "_count"), *counts) if counts else params, after


def _within(patient: str | None) -> str:
    """Return the address of a compartment. Problem invalid for a person's number: links would repeat it."""
    if patient is not None and is_person(patient):
        raise Problem("invalid", "An identity number is no id: search by identifier, in the body of a POST.")
    return f"Patient/{patient}/" if patient else ""


async def search(records: Records, cursors: Cursors, call: Call) -> Reply:
    """Return a searchset Bundle: one page of what matches and is visible."""
    within = _within(call.compartment)
    kind = within + (call.type or ("*" if within else ""))
    params, after = _place(cursors, kind, call)
    query = parse_query(
        call.type or (compartment_types() if within else ALL_TYPES),
        params,
        lenient=call.is_lenient,
        compartment=call.compartment,
        base_url=call.base,
    )
    page = await definitions.search(records, call, query, after)
    address = f"{call.base}/{kind}".removesuffix("/")
    links = [("self", _self_link(cursors, kind, address, params))]
    if page.next is not None:
        links.append(("next", f"{address}?{urlencode({'_cursor': cursors.seal(kind, params, page.next)})}"))
    body = searchset_bundle(
        [(f"{call.base}/{s.reference}", shown(s, query.summary, query.elements)) for s in page.items],
        included=[(f"{call.base}/{s.reference}", shown(s, query.summary)) for s in page.included],
        links=links,
        total=page.total,
        ignored=query.ignored,
        is_cut=page.is_cut,
        now=records.now(),
    )
    return Reply(200, body)


def _since(params: Params) -> datetime | None:
    text = next((v for k, v in params if k == "_since"), None)
    if text is None:
        return None
    try:
        return from_micros(min(max(when(text.replace(" ", "+"))[0], _EARLIEST), _LATEST))
    except (ValueError, IndexError, TypeError) as error:
        raise Problem("invalid", "_since is an instant such as 2026-03-02T12:00:00Z.") from error


def _count(params: Params) -> int:
    text = next((v for k, v in params if k == "_count"), "50")
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise Problem("invalid", "_count is a number above 0.")
    return min(int(text), _MOST)


async def history(records: Records, cursors: Cursors, call: Call) -> Reply:
    """Return a history Bundle, newest version first, of a resource, a type or all."""
    place = "/".join(p for p in (call.type, call.id) if p)
    kind = f"{place}/_history"
    params, after = _place(cursors, kind, call)
    unknown = [k for k, _ in params if k not in {"_since", "_count"}]
    if unknown and not call.is_lenient:
        raise Problem("invalid", "history takes _since and _count, and nothing else.")
    page = await records.history(
        call.actor,
        call.type,
        call.id,
        since=_since(params),
        limit=_count(params),
        after=after,
        request_id=call.request_id,
    )
    address = f"{call.base}/{kind}".replace("//_history", "/_history")
    links = [("self", _self_link(cursors, kind, address, params))]
    if page.next is not None:
        links.append(("next", f"{address}?{urlencode({'_cursor': cursors.seal(kind, params, page.next)})}"))
    body = history_bundle(
        [
            (call.base, s.reference, s.version, s.method, s.updated.astimezone(UTC), s.body.encode())
            for s in page.items
        ],
        links=links,
        now=records.now(),
    )
    return Reply(200, body)
