"""The front of the house: request id, size limits, who calls, and the one place that logs what went wrong.

FHIR paths are answered here by a plain ASGI function, all others by the FastAPI app behind it.
"""

import re
import secrets
import traceback
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import structlog

from pk_api.access.actor import Actor
from pk_api.fhir.identity import names_person
from pk_api.fhir.problems import Problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Authenticate = Callable[[str | None], Awaitable[Actor]]
Render = Callable[[Problem, str], tuple[int, bytes]]

LOG = structlog.get_logger("pk_api.web")
OPEN = frozenset({"/", "/docs", "/openapi.json", "/fhir/metadata", "/health/live", "/health/ready"})
OPEN_BELOW = ("/docs/",)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._\-]{1,64}")
_SAFE: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
]


class TooLarge(Exception):
    """The body is larger than the limit."""


def told(error: BaseException) -> dict[str, Any]:
    """Return what a log may hold of an error: its type and where it rose. Its text could name a person."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__qualname__,
        "cause": type(error.__cause__).__qualname__ if error.__cause__ else None,
        "at": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }


def header(scope: Scope, name: bytes) -> str | None:
    """Return a request header (lower-case name); several of one name are joined by commas."""
    found = [value for key, value in scope["headers"] if key == name]
    return b", ".join(found).decode("latin-1") if found else None


def is_fhir(path: str) -> bool:
    """Say whether a path belongs to the FHIR service."""
    return path == "/fhir" or path.startswith("/fhir/")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two services behind the front: its app, how it tells a problem, and in which media type."""

    app: Any
    problem: Render
    media_type: bytes


class Front:
    """Every request passes here."""

    def __init__(
        self,
        *,
        fhir: Side,
        rest: Side,
        authenticate: Authenticate,
        max_body: int,
        max_bundle: int,
        loopback_only: bool = False,
    ) -> None:
        self._fhir = fhir
        self._rest = rest
        self._authenticate = authenticate
        self._max_body = max_body
        self._max_bundle = max_bundle
        self._loopback_only = loopback_only

    def running(self) -> AbstractAsyncContextManager[Any]:
        """Open what the service needs, as a server does at its start; for use without a server."""
        app = self._rest.app
        context: AbstractAsyncContextManager[Any] = app.router.lifespan_context(app)
        return context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._rest.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["pk.request_id"] = request_id
        started = False

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = _with_safe(message.get("headers", ()), request_id)
            await send(message)

        problem = await self._answer(scope, receive, sending, request_id)
        if problem is not None and not started:
            await self._tell(scope, sending, problem, request_id)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> Problem | None:
        """Let the right app answer; return the problem when it could not."""
        path = scope["path"]
        try:
            self._require_near(scope)
            limited = self._limited(scope, receive)
            if path not in OPEN and not path.startswith(OPEN_BELOW):
                scope["pk.actor"] = await self._authenticate(header(scope, b"authorization"))
            await self._side(path).app(scope, limited, send)
        except Problem as problem:
            return problem
        except TooLarge:
            return Problem("too-large", "The body is larger than this service takes.")
        except Exception as error:  # noqa: BLE001  # the one place that logs a bug; the caller gets a correlation id
            facts = told(error)
            LOG.error("unexpected error", request_id=request_id, method=scope["method"], **facts)
            return Problem("internal", f"An unexpected error; please quote {request_id}.")
        return None

    def _side(self, path: str) -> Side:
        return self._fhir if is_fhir(path) else self._rest

    def _require_near(self, scope: Scope) -> None:
        """Refuse callers from elsewhere while demo tokens are believed."""
        peer = scope.get("client")
        if self._loopback_only and (peer is None or not (peer[0].startswith("127.") or peer[0] == "::1")):
            raise Problem("forbidden", "The demo answers on loopback only.")

    async def _tell(self, scope: Scope, send: Send, problem: Problem, request_id: str) -> None:
        side = self._side(scope["path"])
        status, body = side.problem(problem, request_id)
        headers = [(b"content-type", side.media_type), (b"content-length", str(len(body)).encode())]
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        if status == 405:
            headers.append((b"allow", str(problem.facts.get("allow", "GET, HEAD")).encode()))
        if status in (429, 503):
            headers.append((b"retry-after", str(problem.facts.get("retry-after", 1)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """A receive that refuses to read on beyond the limit."""
        most = self._max_bundle if scope["path"] in ("/fhir", "/fhir/") else self._max_body
        declared = header(scope, b"content-length")
        if declared and declared.isdecimal() and int(declared) > most:
            raise TooLarge
        read = 0

        async def limited() -> MutableMapping[str, Any]:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise TooLarge
            return message

        return limited


def _request_id(scope: Scope) -> str:
    """Return the caller's X-Request-Id when it is decent and names nobody, else a new one: it is logged."""
    for key, value in scope["headers"]:
        if key == b"x-request-id" and _REQUEST_ID.fullmatch(value) and not names_person(value.decode()):
            return str(value.decode())
    return secrets.token_hex(8)


def _with_safe(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    given = list(headers)
    names = {name for name, _ in given}
    out = given + [(n, v) for n, v in _SAFE if n not in names]
    if b"x-request-id" not in names:
        out.append((b"x-request-id", request_id.encode()))
    return out
