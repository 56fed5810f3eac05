"""Bundles: batches and transactions planned, answers joined from resources that are bytes already.

Source: https://hl7.org/fhir/R4/http.html#transaction, https://hl7.org/fhir/R4/bundle.html.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, Literal
from uuid import NAMESPACE_OID, uuid5

import orjson

from pk_api.fhir.bundle_entries import Entry, failed, read_entry
from pk_api.fhir.outcome import operation_outcome
from pk_api.fhir.problems import Issue, Problem

_ORDER: Final = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}

Links = Sequence[tuple[str, str]]


def plan(bundle: Mapping[str, Any], *, base_url: str = "", max_entries: int = 5000) -> list[Entry]:
    """Return the entries in the order in which they are processed: DELETE, POST, PUT and PATCH, GET and HEAD.

    Raises Problem for what is no batch or transaction, for too many entries, and, in a transaction, for every
    entry that cannot be read and any two that write the same resource or have the same fullUrl. In a batch a
    wrong entry carries its problem.
    """
    kind, given = bundle.get("type"), bundle.get("entry", [])
    if bundle.get("resourceType") != "Bundle" or kind not in ("batch", "transaction"):
        text = "A Bundle of type batch or transaction is expected"
        raise Problem("invalid", text, issues=[Issue("value", text, "Bundle.type")])
    if not isinstance(given, list):
        text = "A list of entries is expected"
        raise Problem("invalid", text, issues=[Issue("structure", text, "Bundle.entry")])
    if len(given) > max_entries:
        raise Problem("too-large", f"A bundle holds at most {max_entries} entries.")
    entries = [_read(index, one, base_url) for index, one in enumerate(given)]
    if kind == "transaction":
        _require_readable(entries)
        require_distinct((entry.index, target) for entry in entries for target in _targets(entry))
    return sorted(entries, key=lambda entry: _ORDER.get(entry.method, 4))


def require_distinct(targets: Iterable[tuple[int, str]]) -> None:
    """Raise Problem naming both entries when two (index, reference) pairs have the same reference.

    To be asked again when conditional entries have been resolved.
    """
    first: dict[str, int] = {}
    for index, target in targets:
        if first.setdefault(target, index) != index:
            text = f"Bundle.entry[{first[target]}] and Bundle.entry[{index}] are about the same resource"
            issues = [Issue("duplicate", text, f"Bundle.entry[{at}]") for at in (first[target], index)]
            raise Problem("invalid", text, issues=issues)


def _read(index: int, given: Any, base_url: str) -> Entry:
    try:
        return read_entry(index, given, base_url)
    except Problem as problem:
        return failed(index, problem)


def _require_readable(entries: Sequence[Entry]) -> None:
    issues = [issue for entry in entries if entry.problem for issue in entry.problem.issues]
    if issues:
        raise Problem("invalid", issues[0].diagnostics, issues=issues)


def _targets(entry: Entry) -> list[str]:
    """Return what no other entry of a transaction may name too."""
    found = [f"fullUrl {entry.full_url}"] if entry.full_url else []
    if entry.is_create and entry.if_none_exist:
        found.append(f"{entry.type}?{entry.if_none_exist}")
    elif entry.is_write and not entry.is_create:
        found.append(f"{entry.type}/{entry.id}" if entry.id else f"{entry.type}?{entry.query}")
    return found


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one entry: HTTP status and, where there are any, version, resource and outcome."""

    status: int
    location: str | None = None
    version: int | None = None
    updated: datetime | None = None
    body: bytes = b""
    outcome: Mapping[str, Any] | None = None


def searchset_bundle(
    items: Iterable[tuple[str, bytes]],
    *,
    links: Links,
    now: datetime,
    total: int | None = None,
    included: Iterable[tuple[str, bytes]] = (),
    ignored: Sequence[str] = (),
    is_cut: bool = False,
) -> bytes:
    """Return a searchset of (fullUrl, resource) pairs.

    An outcome in it tells what was ignored, and that more would have come along (`is_cut`).
    """
    entries = [_hit(full_url, body, b"match") for full_url, body in items]
    entries += [_hit(full_url, body, b"include") for full_url, body in included]
    warnings = [
        Issue("not-supported", f"Search parameter {name} was ignored.", severity="warning")
        for name in ignored
    ]
    if is_cut:
        text = "More is linked with these than comes along: ask with a smaller _count."
        warnings.append(Issue("incomplete", text, severity="warning"))
    if warnings:
        told = orjson.dumps(operation_outcome(warnings))
        name = uuid5(NAMESPACE_OID, told.decode()).urn.encode()
        entries.append(b'{"fullUrl":"%b","resource":%b,"search":{"mode":"outcome"}}' % (name, told))
    return _bundle("searchset", entries, links=links, now=now, total=total)


def _hit(full_url: str, body: bytes, mode: bytes) -> bytes:
    return b'{"fullUrl":%b,"resource":%b,"search":{"mode":"%b"}}' % (orjson.dumps(full_url), body, mode)


def collection_bundle(items: Iterable[tuple[str, bytes]], *, now: datetime) -> bytes:
    """Return a collection of (fullUrl, resource) pairs, as of a time."""
    entries = [b'{"fullUrl":%b,"resource":%b}' % (orjson.dumps(url), body) for url, body in items]
    return _bundle("collection", entries, now=now)


def history_bundle(
    items: Iterable[tuple[str, str, int, str, datetime, bytes]],
    *,
    links: Links,
    now: datetime,
    total: int | None = None,
) -> bytes:
    """Return a history of (base, `Type/id`, version, method, updated, resource), in the order given.

    A deletion has no resource (empty bytes).
    """
    return _bundle("history", [_past(*item) for item in items], links=links, now=now, total=total)


def _past(base: str, reference: str, version: int, method: str, updated: datetime, body: bytes) -> bytes:
    address = reference.partition("/")[0] if method == "POST" else reference
    status = {"POST": 201, "DELETE": 204}.get(method, 200)
    head = b'{"fullUrl":%b,' % orjson.dumps(f"{base}/{reference}")
    resource = b'"resource":%b,' % body if body else b""
    request = orjson.dumps({"method": method, "url": address})
    response = orjson.dumps(_response(Result(status, version=version, updated=updated)))
    return b'%b%b"request":%b,"response":%b}' % (head, resource, request, response)


def response_bundle(kind: Literal["batch", "transaction"], results: Iterable[Result]) -> bytes:
    """Return the answer to a batch or transaction; results in the order of its entries."""
    return _bundle(f"{kind}-response", [_answer(result) for result in results])


def _answer(result: Result) -> bytes:
    resource = b'"resource":%b,' % result.body if result.body else b""
    return b'{%b"response":%b}' % (resource, orjson.dumps(_response(result)))


def _response(result: Result) -> dict[str, Any]:
    told: dict[str, Any] = {"status": f"{result.status} {HTTPStatus(result.status).phrase}"}
    if result.location is not None:
        told["location"] = result.location
    if result.version is not None:
        told["etag"] = f'W/"{result.version}"'
    if result.updated is not None:
        told["lastModified"] = _instant(result.updated)
    if result.outcome is not None:
        told["outcome"] = result.outcome
    return told


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _bundle(
    kind: str,
    entries: Sequence[bytes],
    *,
    links: Links = (),
    now: datetime | None = None,
    total: int | None = None,
) -> bytes:
    """Join a Bundle; lists without members are left out, as FHIR wants."""
    head: dict[str, Any] = {"resourceType": "Bundle", "type": kind}
    if now is not None:
        head["timestamp"] = _instant(now)
    if total is not None:
        head["total"] = total
    if links:
        head["link"] = [{"relation": relation, "url": url} for relation, url in links]
    opened = orjson.dumps(head)[:-1]
    return b'%b,"entry":[%b]}' % (opened, b",".join(entries)) if entries else opened + b"}"
