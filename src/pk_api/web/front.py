"""The front of the house: what a request is called, how large it may be, who calls, and what went wrong.

FHIR paths are answered here by a plain ASGI function, all others by the FastAPI app behind it. An answer
passes out through compression and the headers that every answer has.
"""

import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import structlog

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.web.acting_for import acting_for, told_by
from pk_api.web.asgi import Header, Headers, Message, Receive, Scope, Send, header
from pk_api.web.bodies import Body, TooLarge
from pk_api.web.compression import Compressing
from pk_api.web.cors import Cors
from pk_api.web.keys import KEYS
from pk_api.web.limits import Crowd, Rates, require_modest
from pk_api.web.media import accepts_coding
from pk_api.web.problem_json import headers_of
from pk_api.web.reasons import with_reason
from pk_api.web.smart import PLACES
from pk_api.web.tracing import Trace, request_id, trace_of

Authenticate = Callable[[str | None], Awaitable[Actor]]
Render = Callable[[Problem, str], tuple[int, bytes]]
Options = Callable[[str], Mapping[str, str]]

LOG = structlog.get_logger("pk_api.web")
OPEN = (
    frozenset({"/", "/docs", "/openapi.json", "/fhir/metadata", "/health/live", "/health/ready", KEYS})
    | PLACES
)
OPEN_BELOW = ("/docs/",)
_VARYING: list[Header] = [(b"vary", b"Accept-Encoding")]


def told(error: BaseException) -> dict[str, Any]:
    """Return what a log may hold of an error: its type and where it rose. Its text could name a person."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__qualname__,
        "cause": type(error.__cause__).__qualname__ if error.__cause__ else None,
        "at": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }


def is_fhir(path: str) -> bool:
    """Say whether a path belongs to the FHIR service."""
    return path == "/fhir" or path.startswith("/fhir/")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two services behind the front: its app, how it tells a problem, and in which media type.

    `options` returns what OPTIONS tells of a path, Problem not-found when nothing is there.
    """

    app: Any
    problem: Render
    media_type: bytes
    options: Options


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost: bytes of a body, seconds until it is there, requests of one caller.

    `rate_systems` and `rate_people` are requests a second, 0 for no limit.
    """

    max_body: int = 5_000_000
    max_bundle: int = 20_000_000
    body_seconds: float = 60
    max_concurrent: int = 500
    rate_systems: float = 0
    rate_people: float = 0


class Answering:
    """The send of one answer: it adds what every answer has, and leaves the body out for HEAD."""

    def __init__(self, send: Send, scope: Scope, headers: list[Header]) -> None:
        self._send = send
        self._is_bare = scope["method"] == "HEAD"
        self._headers = headers
        self.is_started = False

    async def __call__(self, message: Message) -> None:
        """Send on."""
        if message["type"] == "http.response.start":
            self.is_started = True
            given = list(message.get("headers", ()))
            names = {name for name, _ in given}
            more = [one for one in self._headers if one[0] not in names or one[0] == b"vary"]
            message["headers"] = given + more + (_VARYING if b"content-type" in names else [])
        elif self._is_bare:
            message["body"] = b""
        await self._send(message)


class Front:
    """Every request passes here."""

    def __init__(
        self,
        *,
        fhir: Side,
        rest: Side,
        authenticate: Authenticate,
        limits: Limits,
        cors: Cors,
        safe: Sequence[Header],
        loopback_only: bool = False,
    ) -> None:
        self._fhir = fhir
        self._rest = rest
        self._authenticate = authenticate
        self._limits = limits
        self._cors = cors
        self._safe = safe
        self._crowd = Crowd(limits.max_concurrent)
        self._rates = Rates()
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
        given: Headers = dict(scope["headers"])
        scope["pk.request_id"] = called = request_id(given)
        trace = trace_of(given)
        answering = Answering(send, scope, self._headers(given, called, trace))
        sending: Send = answering
        if accepts_coding(given.get(b"accept-encoding"), "gzip"):
            sending = Compressing(answering)
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        problem = await self._answer(scope, given, receive, sending)
        if problem is not None and not answering.is_started:
            await self._tell(scope, answering, problem, called)

    def _headers(self, given: Headers, called: str, trace: Trace | None) -> list[Header]:
        out = [*self._safe, (b"x-request-id", called.encode())]
        if trace is not None:
            out += trace.headers
        return out + self._cors.headers(given)

    async def _answer(self, scope: Scope, given: Headers, receive: Receive, send: Send) -> Problem | None:
        """Let the right app answer; return the problem when it could not."""
        try:
            require_modest(scope)
            self._require_near(scope)
            if scope["method"] == "OPTIONS":
                await self._tell_options(scope, given, send)
            else:
                await self._let_in(scope, given, receive, send)
        except Problem as problem:
            return problem
        except TooLarge:
            return Problem("too-large", "The body is larger than this service takes.")
        except Exception as error:  # noqa: BLE001  # the one place that logs a bug; the caller gets a correlation id
            called = scope["pk.request_id"]
            trace = trace_of(given)
            facts = told(error) | ({"trace_id": trace.id} if trace else {})
            LOG.error("unexpected error", request_id=called, method=scope["method"], **facts)
            return Problem("internal", f"An unexpected error; please quote {called}.")
        return None

    async def _let_in(self, scope: Scope, given: Headers, receive: Receive, send: Send) -> None:
        path = scope["path"]
        body = receive
        if scope["method"] != "GET":  # nobody reads the body of that
            most = self._limits.max_bundle if path in ("/fhir", "/fhir/") else self._limits.max_body
            body = Body(given, receive, most=most, seconds=self._limits.body_seconds)
        if path in OPEN or path.startswith(OPEN_BELOW):
            await self._side(path).app(scope, body, send)
            return
        actor = await self._authenticate(header(scope, b"authorization"))
        actor = acting_for(actor, header(scope, b"acting-for"))
        actor = told_by(actor, header(scope, b"told-by"))
        scope["pk.actor"] = actor = with_reason(actor, header(scope, b"revision-reason"))
        caller = (actor.client, actor.employee, actor.person)
        is_person = actor.employee or actor.person
        self._rates.spend(caller, self._limits.rate_people if is_person else self._limits.rate_systems)
        self._crowd.enter(caller)
        try:
            await self._side(path).app(scope, body, send)
        finally:
            self._crowd.leave(caller)

    async def _tell_options(self, scope: Scope, given: Headers, send: Send) -> None:
        """Tell what an address takes: to anybody, as a browser asks before it has a token."""
        found = self._side(scope["path"]).options(scope["path"])
        headers = [(name.encode(), value.encode()) for name, value in found.items()]
        headers += self._cors.preflight(given)
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _side(self, path: str) -> Side:
        return self._fhir if is_fhir(path) and path not in PLACES else self._rest

    def _require_near(self, scope: Scope) -> None:
        """Refuse callers from elsewhere while demo tokens are believed."""
        peer = scope.get("client")
        if self._loopback_only and (peer is None or not (peer[0].startswith("127.") or peer[0] == "::1")):
            raise Problem("forbidden", "The demo answers on loopback only.")

    async def _tell(self, scope: Scope, send: Send, problem: Problem, called: str) -> None:
        side = self._side(scope["path"])
        status, body = side.problem(problem, called)
        headers = [(b"content-type", side.media_type), (b"content-length", str(len(body)).encode())]
        headers += [(name.encode(), value.encode()) for name, value in headers_of(problem).items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
