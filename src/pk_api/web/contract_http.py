"""HTTP of the contract API: headers and bodies in, answers with entity tags out.

Sources: RFC 9110 (conditions, negotiation), RFC 9457 (problems), docs/contract-api.md.
"""

import hashlib
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams

from pk_api.contract.model.base import OutOfOrder
from pk_api.contract.service.caller import Caller, Conditions, Tongue
from pk_api.contract.texts import LANGUAGES
from pk_api.fhir.problems import Problem
from pk_api.fhir.values import parse
from pk_api.records.values import Idempotency
from pk_api.web.contract_docs import KEY
from pk_api.web.media import accepts, essence, is_utf8
from pk_api.web.problem_json import MEDIA_TYPE, headers_of, problem_json

_TAG: Final = re.compile(r'\s*(?:W/)?"([^"]*)"\s*|\s*([A-Za-z0-9\-.]+|\*)\s*')
_WITH_BODY: Final = frozenset({"POST", "PATCH", "PUT"})
_ANSWERED: Final = ("application/json", MEDIA_TYPE, "text/json")
_READ: Final = frozenset({"application/json", "application/merge-patch+json"})
_DECENT_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,39}")
_LIMITS: Final = {
    "patient": (re.compile(r"[A-Za-z0-9\-.]{1,64}"), "the id of a Patient"),
    "unit": (re.compile(r"[A-Za-z0-9\-]{1,32}"), "an HSA-id"),
}
"""What a list may be limited by: how it is written, and what it is."""
_MANY_DIGITS: Final = re.compile(r"\d{6}")

_MOST_ERRORS: Final = 50

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ContractRoute(APIRoute):
    """A route whose bodies are JSON objects without ambiguities and whose problems are problem+json.

    It takes the query parameters that it is described with, and no other.
    """

    answered: tuple[str, ...] = _ANSWERED

    def get_route_handler(self) -> Handler:
        """Return FastAPI's handler, told as all of ours."""
        return self.telling(super().get_route_handler())

    def telling(self, handler: Handler) -> Handler:
        """Return the handler with the reading of bodies before it and the telling of problems around it."""
        parameters = (self.openapi_extra or {}).get("parameters", ())
        known = tuple(each["name"] for each in parameters if each["in"] == "query")

        async def answer(request: Request) -> Response:
            try:
                await _require_json(request, self.answered)
                _require_known(request.query_params, known)
                return await handler(request)
            except RequestValidationError as error:
                problem = _invalid(error.errors())
            except Problem as told:
                problem = told
            return problem_response(request, problem)

        return answer


class LogRoute(ContractRoute):
    """A route that answers in tables and plain text too."""

    answered = (*_ANSWERED, "text/csv", "text/plain")


def contract_router(*tags: str, route_class: type[ContractRoute] = ContractRoute) -> APIRouter:
    """Return a router below `/v1`; OpenAPI puts its operations under the tags."""
    return APIRouter(prefix="/v1", route_class=route_class, tags=[*tags])


def problem_response(request: Request, problem: Problem) -> Response:
    """Return a problem as the answer to a request."""
    status, body = problem_json(problem, request.scope.get("pk.request_id", ""))
    return Response(body, status, headers_of(problem), MEDIA_TYPE)


def caller_of(request: Request) -> Caller:
    """Return who asks, as the front let them in."""
    return Caller(
        records=request.app.state.records,
        actor=request.scope["pk.actor"],
        now=datetime.now(UTC),
        tongue=_tongue(request),
        request_id=request.scope.get("pk.request_id", ""),
    )


async def conditions_of(request: Request) -> Conditions:
    """Return the conditions in a write's headers. Problem `invalid` names a malformed header."""
    return Conditions(
        if_match=_tags(request.headers.get("if-match")),
        base_revision=_base_revision(request.headers.get("base-revision")),
        idempotency=await _idempotency(request),
    )


def text_response(
    request: Request,
    body: bytes,
    *,
    status: int = 200,
    tag: str | None = None,
    location: str | None = None,
    revision: int | None = None,
    revalidates: bool = True,
) -> Response:
    """Return JSON text; 304 without it when a reader holds what the tag names."""
    headers = {
        "Content-Language": _tongue(request).language,
        "Vary": "Accept-Language",
    }
    if tag is not None:
        headers["ETag"] = f'W/"{tag}"'
    if location is not None:
        headers["Location"] = location
    if revision is not None:
        headers["Contract-Revision"] = str(revision)
    if request.method == "GET" and tag is not None and revalidates and is_known(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers, "application/json")


def json_response(request: Request, told: Any, **more: Any) -> Response:
    """Return what an operation tells, as JSON."""
    return text_response(request, orjson.dumps(told), **more)


def item_response(request: Request, item: Mapping[str, Any], **more: Any) -> Response:
    """Return an item; its tag is its version, which a language kept for the patient may change beneath."""
    revalidates = _tongue(request).kept is None
    return json_response(request, item, tag=str(item["version"]), revalidates=revalidates, **more)


def made_response(request: Request, item: Mapping[str, Any], *, revision: int | None = None) -> Response:
    """Return an item that is made: it is found below where it was made."""
    location = f"{request.url.path}/{item['id']}"
    return item_response(request, item, status=201, location=location, revision=revision)


def is_known(request: Request, tag: str) -> bool:
    """Say whether If-None-Match holds the tag."""
    tags = _tags(request.headers.get("if-none-match"))
    return tags is not None and (tag in tags or "*" in tags)


def list_query(request: Request, *limits: str, flag: str) -> dict[str, Any]:
    """Return what a list is limited by, as its service takes it: ids, `is_<flag>`, `limit` and `cursor`."""
    query = request.query_params
    if query.get(flag, "false") not in {"true", "false"}:
        raise invalid("", f"{flag} is true or false.")
    for name in limits:
        pattern, what = _LIMITS[name]
        if not pattern.fullmatch(query.get(name, "x")):
            raise invalid("", f"{name} is {what}.")
    named = {name: query.get(name) for name in limits}
    page = {"limit": page_size(query), "cursor": cursor_of(request, query.get("cursor"))}
    return {**named, f"is_{flag}": query.get(flag) == "true", **page}


def page_of(request: Request) -> tuple[int, str | None]:
    """Return `limit` (1–500, 50 when not said) and `cursor`."""
    query = request.query_params
    return page_size(query), cursor_of(request, query.get("cursor"))


def page_size(query: Mapping[str, str]) -> int:
    """Return `limit`: 1–500, 50 when not said."""
    limit = query.get("limit", "50")
    if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= 500:
        raise invalid("", "limit is a number from 1 to 500.")
    return int(limit)


def cursor_of(request: Request, told: str | None) -> str | None:
    """Return where a page begins, None for the first. Problem `invalid` unless this list gave it."""
    if not told:
        return None
    try:
        _, place = request.app.state.cursors.open(request.url.path, told + "=" * (-len(told) % 4))
    except Problem as problem:
        raise invalid("/cursor", "The cursor is not one that this list gave.") from problem
    return str(place[0]) if place else None


def page_response(request: Request, page: Mapping[str, Any]) -> Response:
    """Return a page of a list, the place of the next one sealed."""
    return json_response(request, with_cursor(request, page))


def with_cursor(request: Request, page: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a page of a list, the place of the next one sealed."""
    if (place := page.get("next")) is None:
        return page
    sealed: str = request.app.state.cursors.seal(request.url.path, (), (place,))
    return {**page, "next": sealed.rstrip("=")}


def invalid(pointer: str, detail: str) -> Problem:
    """Return the problem of one field."""
    return Problem("invalid", detail, facts={"errors": [{"pointer": pointer, "detail": detail}]})


async def _require_json(request: Request, answered: tuple[str, ...]) -> None:
    """Read the body: what is too large, not JSON, or JSON of two minds is refused before its content."""
    if not accepts(request.headers.get("accept"), answered):
        raise Problem("not-acceptable", "The service answers in application/json.")
    if request.method not in _WITH_BODY:
        return
    body = await request.body()
    if not body:
        return
    media_type = request.headers.get("content-type")
    if essence(media_type) not in _READ or not is_utf8(media_type):
        raise Problem("unsupported-media-type", "The service reads application/json in UTF-8.")
    parse(body)


def _require_known(query: QueryParams, known: tuple[str, ...]) -> None:
    """Raise Problem `invalid` for a parameter that would be ignored, or is there twice."""
    for name in query:
        if name not in known or len(query.getlist(name)) > 1:
            told = ", ".join(known) or "none"
            raise invalid("", f"A query parameter is not known or is repeated; known here: {told}.")


def _invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return the problem of a body that its model refuses; no value of the body is in it."""
    told = [{"pointer": _pointer(each), "detail": _told(each)} for each in islice(errors, _MOST_ERRORS)]
    if all(isinstance(each.get("ctx", {}).get("error"), OutOfOrder) for each in errors):
        return Problem("business-rule", "A period ends before it starts.", facts={"errors": told})
    return Problem("invalid", "The body is not valid.", facts={"errors": told})


def _pointer(error: Mapping[str, Any]) -> str:
    """Return the JSON pointer of an error; a made-up name is told only if it looks like a name."""
    steps = [str(step) for step in error["loc"][1:]]
    if error["type"] == "extra_forbidden" and steps and not _is_decent(steps[-1]):
        steps = steps[:-1]
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


def _is_decent(name: str) -> bool:
    return _DECENT_KEY.fullmatch(name) is not None and not _MANY_DIGITS.search(name)


def _told(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "This field is not known here."
    return str(error["msg"]).removeprefix("Value error, ")


def _tags(header: str | None) -> frozenset[str] | None:
    if header is None:
        return None
    tags = set()
    for each in header.split(","):
        match = _TAG.fullmatch(each)
        if match is None:
            raise invalid("", 'An entity tag has the form W/"1".')
        tags.add(match[1] if match[1] is not None else match[2])
    return frozenset(tags)


def _base_revision(header: str | None) -> int | None:
    if header is None:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", header.strip()):
        raise invalid("", "Base-Revision is the number of a revision.")
    return int(header)


async def _idempotency(request: Request) -> Idempotency | None:
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":
        return None
    if not re.fullmatch(KEY, key):
        raise invalid("", "Idempotency-Key is a text of at most 200 characters of ASCII.")
    told = f"{request.method} {request.url.path}\n".encode() + await request.body()
    return Idempotency(key, hashlib.sha256(told).hexdigest())


def _tongue(request: Request) -> Tongue:
    """Return the language of the request's answer: one for all who ask for it."""
    found: Tongue | None = request.scope.get("pk.tongue")
    if found is None:
        header = request.headers.get("accept-language", "")
        found = request.scope["pk.tongue"] = Tongue(_language(header) if header.strip() else None)
    return found


def _language(header: str) -> str:
    """Return the language of ours that the caller likes best, Swedish when none is said."""
    best, weight = LANGUAGES[0], 0.0
    for each in header.split(","):
        tag, _, parameters = each.strip().partition(";")
        quality = _quality(parameters)
        language = tag.partition("-")[0].lower()
        if language in LANGUAGES and quality > weight:
            best, weight = "en" if language == "en" else "sv", quality
    return best


def _quality(parameters: str) -> float:
    match = re.fullmatch(r"\s*q=([01](?:\.\d{1,3})?)\s*", parameters)
    return float(match[1]) if match else 1.0
