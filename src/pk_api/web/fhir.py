"""The FHIR service over HTTP: address and headers become a Call, a Reply becomes headers and a body.

Source: https://hl7.org/fhir/R4/http.html. JSON only.
"""

from dataclasses import replace
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from pk_api.fhir.outcome import outcome
from pk_api.fhir.problems import PROBLEMS, Problem
from pk_api.fhir.values import dump, parse
from pk_api.interactions.call import R4, R5, Call, Reply
from pk_api.interactions.operations.export import FILE
from pk_api.interactions.routes import route
from pk_api.interactions.service import FhirService
from pk_api.web.asgi import Receive, Scope, Send, header
from pk_api.web.media import accepts, essence, is_utf8
from pk_api.web.versions import version_of, version_wanted

_MOST_PARAMETERS = 500
_QUOTE = '"'
_JSON = ("application/fhir+json", "application/json", "application/json+fhir", "text/json")
_LINES = ("application/fhir+ndjson", "application/ndjson", "application/x-ndjson")
_WRITTEN = frozenset({"application/fhir+json", "application/json", "application/json+fhir"})
_FORMATS = frozenset(
    {"json", "text/json", "application/json", "application/fhir+json", "application/fhir json"}
)
_CONTENT_TYPES = {
    version: (b"content-type", f"application/fhir+json; fhirVersion={version}; charset=utf-8".encode())
    for version in (R4, R5)
}


def problem_body(problem: Problem, request_id: str) -> tuple[int, bytes]:
    """Return status and OperationOutcome of a problem."""
    del request_id
    return PROBLEMS[problem.kind].status, dump(outcome(problem))


class FhirApp:
    """The ASGI function of `/fhir`."""

    def __init__(self, service: FhirService, *, base: str, most_deleted: int = 1) -> None:
        self._service = service
        self._base = base
        self._most_deleted = most_deleted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        method = scope["method"]
        place = route(method, scope["path"])
        name = place.name
        params = _params(scope["query_string"].decode("latin-1"))
        _require_json_wanted(scope, params, _LINES if place.operation == FILE else ())
        _require_condition_by_version(scope, method)
        resource, patch = None, b""
        if name == "patch":
            patch = await _read(receive)
        elif name in ("create", "update", "bundle"):
            _require_json_sent(scope)
            resource = parse(await _read(receive))
        elif name == "operation" and method == "POST":
            resource = await _argument(scope, receive)
        elif name == "search-post":
            name, params = "search", params + await _form(scope, receive)
            _require_json_wanted(scope, params)
        sent = version_of(header(scope, b"content-type"), "unsupported-media-type") or R4
        asked = next((v for k, v in params if k == "_format"), None)
        call = Call(
            actor=scope.get("pk.actor"),  # type: ignore[arg-type]  # absent only for the open capability statement
            type=place.type,
            id=place.id,
            version=place.version,
            compartment=place.compartment,
            params=params,
            resource=resource,
            patch=patch,
            media_type=header(scope, b"content-type") or "",
            operation=place.operation,
            is_post=method == "POST",
            most_deleted=self._most_deleted,
            if_match=header(scope, b"if-match"),
            if_none_match=header(scope, b"if-none-match"),
            if_modified_since=header(scope, b"if-modified-since"),
            if_none_exist=header(scope, b"if-none-exist"),
            prefer=_prefer(header(scope, b"prefer")),
            base=self._base,
            request_id=scope["pk.request_id"],
            sent_version=sent,
            version_wanted=version_wanted(header(scope, b"accept"), asked, sent),
        )
        reply = await self._service.perform(name, call)
        await _send(send, _prettied(reply, params))


def _params(text: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS))
    except ValueError as error:
        raise Problem("invalid", f"A request has at most {_MOST_PARAMETERS} parameters.") from error


def _prefer(text: str | None) -> frozenset[str]:
    if text is None:
        return frozenset()
    parts = (p.partition("=") for part in text.split(",") for p in part.split(";"))
    return frozenset(
        f"{name.strip().lower()}{sign}{value.strip().strip(_QUOTE)}" for name, sign, value in parts
    )


def _require_json_wanted(
    scope: Scope, params: tuple[tuple[str, str], ...], others: tuple[str, ...] = ()
) -> None:
    """Refuse what is answered in JSON alone, or in one of the others, to who wants neither."""
    asked = [v for k, v in params if k == "_format"]
    if not all(essence(one) in _FORMATS for one in asked):
        raise Problem("not-acceptable", "The service answers in JSON: _format=json.")
    if not asked and not accepts(header(scope, b"accept"), _JSON + others):
        raise Problem("not-acceptable", "The service answers in application/fhir+json.")


def _require_json_sent(scope: Scope) -> None:
    kind = header(scope, b"content-type")
    if essence(kind) not in _WRITTEN or not is_utf8(kind):
        raise Problem("unsupported-media-type", "Send the body as application/fhir+json in UTF-8.")


def _require_condition_by_version(scope: Scope, method: str) -> None:
    """Refuse a condition that would be ignored; If-Match takes precedence over it (RFC 9110 13.2.2)."""
    is_by_time = header(scope, b"if-unmodified-since") and not header(scope, b"if-match")
    if method in ("PUT", "PATCH", "DELETE") and is_by_time:
        raise Problem("invalid", "If-Unmodified-Since is not supported: use If-Match with the version.")


async def _argument(scope: Scope, receive: Receive) -> dict[str, Any] | None:
    """Return the Parameters or the resource that an operation is asked with, None for an empty body."""
    body = await _read(receive)
    if not body:
        return None
    _require_json_sent(scope)
    return parse(body)


async def _read(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem("invalid", "The body ended early.")
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _form(scope: Scope, receive: Receive) -> tuple[tuple[str, str], ...]:
    kind = essence(header(scope, b"content-type"))
    body = await _read(receive)
    if body and kind != "application/x-www-form-urlencoded":
        raise Problem("unsupported-media-type", "Send the search as application/x-www-form-urlencoded.")
    try:
        return _params(body.decode())
    except UnicodeDecodeError as error:
        raise Problem("invalid", "The search in the body cannot be read.") from error


def _prettied(reply: Reply, params: tuple[tuple[str, str], ...]) -> Reply:
    """Return the answer with its body set out for people, when that is asked for."""
    if ("_pretty", "true") not in params or not reply.body or "content-type" in reply.headers:
        return reply
    return replace(reply, body=msgspec.json.format(reply.body, indent=2))


async def _send(send: Send, reply: Reply) -> None:
    is_told = "content-type" in reply.headers
    headers = [_CONTENT_TYPES[reply.fhir_version]] if reply.body and not is_told else []
    if reply.version is not None:
        headers.append((b"etag", b'W/"%d"' % reply.version))
    if reply.updated is not None:
        headers.append((b"last-modified", format_datetime(reply.updated, usegmt=True).encode()))
    if reply.location is not None:
        headers.append((b"location", reply.location.encode()))
    headers += [(k.encode(), v.encode()) for k, v in reply.headers.items()]
    if reply.status not in (204, 304):
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
