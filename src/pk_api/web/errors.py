"""Every error of the plain API as problem+json (RFC 9457)."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from pk_api.fhir.problems import Issue, Problem
from pk_api.web.bodies import TooLarge
from pk_api.web.problem_json import headers_of, problem_json

_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}


def _response(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
    status, body = problem_json(problem, instance=request.scope.get("pk.request_id", ""))
    told = headers_of(problem) | {name.lower(): value for name, value in (headers or {}).items()}
    return Response(body, status, told, media_type="application/problem+json")


def _pointer(location: tuple[Any, ...]) -> str:
    return "".join(f"/{part}" for part in location[1:])


async def _problem(request: Request, error: Problem) -> Response:
    return _response(request, error)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    """A body or parameter that is not of its model: what was expected and where, never the value."""
    issues = [Issue("invalid", str(e["msg"]), _pointer(tuple(e["loc"]))) for e in error.errors()[:50]]
    return _response(request, Problem("invalid", "The request is not valid.", issues=issues))


async def _http(request: Request, error: HTTPException) -> Response:
    kind = _BY_STATUS.get(error.status_code, "invalid")
    problem = Problem(kind, "There is nothing at this address for this method.")
    headers = dict(error.headers or {})
    if error.status_code == 405:  # the router names the methods of one route, not those of the address
        headers["Allow"] = request.app.state.options(request.url.path)["allow"]
    return _response(request, problem, headers)


async def _too_large(request: Request, _: TooLarge) -> Response:
    return _response(request, Problem("too-large", "The body is larger than this service takes."))


async def _unexpected(request: Request, _: Exception) -> Response:
    """A bug: the caller gets a correlation id; the error goes on to the front, which logs it."""
    quoted = request.scope.get("pk.request_id", "")
    return _response(request, Problem("internal", f"An unexpected error; please quote {quoted}."))


def install(app: FastAPI) -> None:
    """Let the app tell its errors this way."""
    app.exception_handler(Problem)(_problem)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(TooLarge)(_too_large)
    app.exception_handler(Exception)(_unexpected)
