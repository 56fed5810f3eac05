"""Every error of the plain API as problem+json (RFC 9457)."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from pk_api.fhir.problems import Issue, Problem
from pk_api.web.problem_json import problem_json

_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}


def _response(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
    status, body = problem_json(problem, instance=request.scope.get("pk.request_id", ""))
    return Response(body, status, headers, media_type="application/problem+json")


def _pointer(location: tuple[Any, ...]) -> str:
    return "".join(f"/{part}" for part in location[1:])


async def _problem(request: Request, error: Problem) -> Response:
    return _response(request, error)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    """A body or parameter that is not of its model: what was expected and where, never the value."""
    issues = [Issue("invalid", str(e["msg"]), _pointer(tuple(e["loc"]))) for e in error.errors()]
    return _response(request, Problem("invalid", "The request is not valid.", issues=issues))


async def _http(request: Request, error: HTTPException) -> Response:
    kind = _BY_STATUS.get(error.status_code, "invalid")
    return _response(request, Problem(kind, "There is nothing at this address for this method."), None)


def install(app: FastAPI) -> None:
    """Let the app tell its errors this way."""
    app.exception_handler(Problem)(_problem)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
