"""The FHIR service over HTTP: address and headers become a Call, a Reply becomes headers and a body.

Source: https://hl7.org/fhir/R4/http.html. JSON only.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from pk_api.fhir.outcome import outcome
from pk_api.fhir.problems import PROBLEMS, Problem
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.values import dump, parse
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.service import FhirService
from pk_api.web.front import Receive, Scope, Send, header

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_JSON = frozenset(
    {
        "application/fhir+json",
        "application/json",
        "application/json+fhir",
        "text/json",
        "*/*",
        "application/*",
    }
)
_WRITTEN = frozenset({"application/fhir+json", "application/json", "application/json+fhir"})
_FORMATS = frozenset(
    {"json", "text/json", "application/json", "application/fhir+json", "application/fhir json"}
)
_CONTENT_TYPE = (b"content-type", b"application/fhir+json; fhirVersion=4.0; charset=utf-8")

Route = tuple[str, str | None, str | None, str | None]


def problem_body(problem: Problem, request_id: str) -> tuple[int, bytes]:
    """Return status and OperationOutcome of a problem."""
    del request_id
    return PROBLEMS[problem.kind].status, dump(outcome(problem))


class FhirApp:
    """The ASGI function of `/fhir`."""

    def __init__(self, service: FhirService, *, base: str) -> None:
        self._service = service
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        method = scope["method"]
        name, kind, resource_id, version = route(method, scope["path"])
        params = tuple(
            parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=500)
        )
        _require_json_wanted(scope, params)
        _require_condition_by_version(scope, method)
        call = Call(
            actor=scope.get("pk.actor"),  # type: ignore[arg-type]  # absent only for the open capability statement
            type=kind,
            id=resource_id,
            version=version,
            params=params,
            if_match=header(scope, b"if-match"),
            if_none_match=header(scope, b"if-none-match"),
            if_none_exist=header(scope, b"if-none-exist"),
            prefer=_prefer(header(scope, b"prefer")),
            base=self._base,
            request_id=scope["pk.request_id"],
        )
        if name in ("create", "update", "bundle"):
            _require_json_sent(scope)
            call = _with(call, resource=parse(await _read(receive)))
        elif name == "search-post":
            name, call = "search", _with(call, params=params + await _form(scope, receive))
        reply = await self._service.perform(name, call)
        await _send(send, reply, method)


def _with(call: Call, **changes: Any) -> Call:
    return replace(call, **changes)


_BY_METHOD: Mapping[tuple[int, str], str] = {
    (0, "POST"): "bundle",
    (1, "GET"): "search",
    (1, "POST"): "create",
    (2, "GET"): "read",
    (2, "PUT"): "update",
    (2, "DELETE"): "delete",
    (4, "GET"): "vread",
}
_ALLOWED = {0: "POST", 1: "GET, HEAD, POST", 2: "GET, HEAD, PUT, DELETE", 4: "GET, HEAD"}


def route(method: str, path: str) -> Route:
    """Return interaction, type, id and version of an address. Problem not-found or method-not-allowed."""
    parts = [p for p in path.removeprefix("/fhir").split("/") if p]
    asked = "GET" if method == "HEAD" else method
    if parts == ["metadata"] and asked == "GET":
        return "capabilities", None, None, None
    if parts and parts[0] not in TYPES and parts[0] != "_history":
        raise Problem("not-found", _unknown(parts[0]))
    if parts and parts[-1] == "_history" and len(parts) <= 3 and asked == "GET":
        kind, resource_id = (*parts[:-1], None, None)[:2]
        return "history", kind, _decent(resource_id), None
    if len(parts) == 2 and parts[1] == "_search":
        if asked == "POST":
            return "search-post", parts[0], None, None
        raise Problem("method-not-allowed", "_search is asked by POST.", facts={"allow": "POST"})
    if (len(parts) in (2, 4) and parts[1].startswith("$")) or (parts and parts[0].startswith("$")):
        raise Problem("not-supported", "This operation is not supported.")
    if (len(parts) == 4 and parts[2] != "_history") or len(parts) == 3 or len(parts) > 4:
        raise Problem("not-found", "There is nothing at this address.")
    name = _BY_METHOD.get((len(parts), asked))
    if name is None:
        allow = _ALLOWED.get(len(parts), "GET")
        raise Problem("method-not-allowed", f"This address takes {allow}.", facts={"allow": allow})
    kind, resource_id, _, version = (*parts, None, None, None, None)[:4]
    return name, kind, _decent(resource_id), version


def _unknown(kind: str) -> str:
    if re.fullmatch(r"\$[a-z][a-z\-]{0,40}", kind):
        return f"The operation {kind} is not supported."
    named = kind if re.fullmatch(r"[A-Z][A-Za-z]{1,40}", kind) else "This"
    return f"{named} is not a resource type of this service."


def _decent(resource_id: str | None) -> str | None:
    if resource_id is not None and not _ID.fullmatch(resource_id):
        raise Problem("invalid", "An id has at most 64 letters, digits, hyphens and points.")
    return resource_id


def _prefer(text: str | None) -> frozenset[str]:
    if text is None:
        return frozenset()
    return frozenset(p.strip() for part in text.split(",") for p in part.split(";"))


def _require_json_wanted(scope: Scope, params: tuple[tuple[str, str], ...]) -> None:
    asked = next((v for k, v in params if k == "_format"), None)
    if asked is not None:
        if asked.partition(";")[0].strip().lower() not in _FORMATS:
            raise Problem("not-acceptable", "The service answers in JSON: _format=json.")
        return
    accept = header(scope, b"accept")
    if accept is None or accept == "*/*":
        return
    wanted = [part.split(";") for part in accept.split(",")]
    if not any(
        w[0].strip().lower() in _JSON and not any(p.strip() in ("q=0", "q=0.0") for p in w[1:])
        for w in wanted
    ):
        raise Problem("not-acceptable", "The service answers in application/fhir+json.")


def _require_json_sent(scope: Scope) -> None:
    kind = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if kind not in _WRITTEN:
        raise Problem("unsupported-media-type", "Send the body as application/fhir+json.")


def _require_condition_by_version(scope: Scope, method: str) -> None:
    """Refuse a condition that would be ignored; If-Match takes precedence over it (RFC 9110 13.2.2)."""
    is_by_time = header(scope, b"if-unmodified-since") and not header(scope, b"if-match")
    if method in ("PUT", "DELETE") and is_by_time:
        raise Problem("invalid", "If-Unmodified-Since is not supported: use If-Match with the version.")


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
    kind = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    body = await _read(receive)
    if body and kind != "application/x-www-form-urlencoded":
        raise Problem("unsupported-media-type", "Send the search as application/x-www-form-urlencoded.")
    try:
        return tuple(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=500))
    except (ValueError, UnicodeDecodeError) as error:
        raise Problem("invalid", "The search in the body cannot be read.") from error


async def _send(send: Send, reply: Reply, method: str) -> None:
    headers = [_CONTENT_TYPE] if reply.body else []
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
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})
