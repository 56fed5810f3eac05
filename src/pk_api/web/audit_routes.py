"""The routes of the audit in the contract API: the patient's own log, and the audit officer's spot checks."""

import re
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final

import orjson
from fastapi import APIRouter, Request, Response

from pk_api.contract.dates import SWEDEN
from pk_api.contract.model import answers, auditing
from pk_api.contract.service import spot_checks
from pk_api.contract.service.access_log import access_log, as_csv, as_text
from pk_api.fhir.problems import Problem
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    LogRoute,
    caller_of,
    cursor_of,
    invalid,
    json_response,
    page_response,
    page_size,
    query_of,
    with_cursor,
)
from pk_api.web.media import preferred

_FORMATS: Final = {"json": "application/json", "csv": "text/csv", "text": "text/plain"}

_AUDIT: Final[list[str | Enum]] = ["audit"]

router = APIRouter(prefix="/v1", route_class=LogRoute)


@router.get(
    "/me/access-log",
    operation_id="readAccessLog",
    summary="Read who had access to one's own data",
    tags=["access log"],
    response_model=None,
    responses=docs.also(
        docs.responses(answers.Items[answers.AccessItem], auditing.ACCESS_LOG), "text/csv", "text/plain"
    ),
    openapi_extra=docs.operation(docs.LIMIT, docs.CURSOR, docs.FROM, docs.TO, docs.FORMAT),
)
async def get_access_log(request: Request) -> Response:
    """Return the patient's own log, the latest first; `from` and `to` are Swedish days, both included."""
    query = query_of(request, "limit", "cursor", "from", "to", "_format")
    chosen = _format(query.get("_format"), request.headers.get("accept"))
    caller = caller_of(request)
    found = await access_log(
        caller,
        since=_day(query.get("from"), "from"),
        until=_day(query.get("to"), "to", end=True),
        limit=page_size(query),
        cursor=cursor_of(request, query.get("cursor")),
    )
    page = with_cursor(request, found)
    if chosen == "application/json":
        return json_response(request, orjson.dumps(page))
    told = (as_csv if chosen == "text/csv" else as_text)(page["items"], caller.language)
    headers = {"Content-Language": caller.language, "Vary": "Accept, Accept-Language"}
    if page["next"]:
        headers["Link"] = f'</v1/me/access-log?cursor={page["next"]}>; rel="next"'
    return Response(told, 200, headers, f"{chosen}; charset=utf-8")


def _format(named: str | None, accept: str | None) -> str:
    if named is None:
        return preferred(accept, tuple(_FORMATS.values()))
    if named in _FORMATS or named in _FORMATS.values():
        return _FORMATS.get(named, named)
    raise invalid("", f"_format is one of: {', '.join(_FORMATS)}.")


def _day(text: str | None, name: str, *, end: bool = False) -> datetime | None:
    """Return when a Swedish day begins, or ends."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=int(end))
    except (ValueError, OverflowError) as error:
        raise invalid("", f"{name} is a day such as 2026-03-02.") from error
    return datetime(day.year, day.month, day.day, tzinfo=SWEDEN)


@router.post(
    "/audit/spot-checks",
    operation_id="makeSpotCheck",
    summary="Make a spot check of the audit",
    tags=_AUDIT,
    status_code=201,
    response_model=None,
    responses=docs.responses(auditing.SpotCheckAnswer, auditing.CHECK, status=201, headers=("Location",)),
    openapi_extra=docs.operation(example=auditing.NEW),
)
async def post_spot_check(request: Request, body: auditing.NewSpotCheck) -> Response:
    """Pick rows of the own care provider's staff: those with marks, and as many by chance."""
    query_of(request)
    made = await spot_checks.make(caller_of(request), body.values())
    location = f"/v1/audit/spot-checks/{made['id']}"
    return json_response(request, orjson.dumps(made), status=201, location=location)


@router.get(
    "/audit/spot-checks",
    operation_id="listSpotChecks",
    summary="List the spot checks of the audit",
    tags=_AUDIT,
    response_model=None,
    responses=docs.responses(auditing.SpotChecks, auditing.CHECKS),
    openapi_extra=docs.operation(),
)
async def get_spot_checks(request: Request) -> Response:
    """Return the spot checks of the own care provider, and when the next one is due."""
    query_of(request)
    days = request.app.state.spot_check_days
    return json_response(request, orjson.dumps(await spot_checks.every(caller_of(request), days=days)))


@router.get(
    "/audit/spot-checks/{check}",
    operation_id="readSpotCheck",
    summary="Read a spot check of the audit",
    tags=_AUDIT,
    response_model=None,
    responses=docs.responses(auditing.SpotCheckAnswer, auditing.CHECK),
    openapi_extra=docs.operation(docs.CHECK),
)
async def get_spot_check(request: Request) -> Response:
    """Return a spot check with the rows that it picked and their reviews."""
    query_of(request)
    found = await spot_checks.read(caller_of(request), request.path_params["check"])
    return json_response(request, orjson.dumps(found))


@router.post(
    "/audit/spot-checks/{check}/rows/{row}/review",
    operation_id="reviewSpotCheckRow",
    summary="Keep what the review of a row found",
    tags=_AUDIT,
    response_model=None,
    responses=docs.responses(auditing.SpotCheckAnswer, auditing.CHECK),
    openapi_extra=docs.operation(docs.CHECK, docs.ROW, example=auditing.REVIEW),
)
async def post_review(request: Request, body: auditing.Review) -> Response:
    """Keep a finding, once; it is in the audit too, where it cannot be changed."""
    query_of(request)
    names = request.path_params
    if not re.fullmatch(r"[0-9]{1,4}", names["row"]):
        raise Problem("not-found", "There is no such item of this spot check.")
    done = await spot_checks.review(caller_of(request), names["check"], int(names["row"]), body.values())
    return json_response(request, orjson.dumps(done))


@router.get(
    "/audit/emergency-openings",
    operation_id="listEmergencyOpenings",
    summary="List the emergency openings",
    tags=_AUDIT,
    response_model=None,
    responses=docs.responses(answers.Items[auditing.EmergencyOpened], auditing.OPENINGS),
    openapi_extra=docs.operation(docs.WAITING, docs.LIMIT, docs.CURSOR),
)
async def get_openings(request: Request) -> Response:
    """Return the openings of the own care provider, the latest first."""
    query = query_of(request, "waiting", "limit", "cursor")
    waiting = query.get("waiting", "false")
    if waiting not in {"true", "false"}:
        raise invalid("", "waiting is true or false.")
    found = await spot_checks.openings(
        caller_of(request),
        is_open=waiting == "true",
        limit=page_size(query),
        cursor=cursor_of(request, query.get("cursor")),
    )
    return page_response(request, found)


@router.post(
    "/audit/emergency-openings/{consent}/review",
    operation_id="reviewEmergencyOpening",
    summary="Keep what the follow-up of an opening found",
    tags=_AUDIT,
    response_model=None,
    responses=docs.responses(auditing.EmergencyOpened, auditing.OPENING),
    openapi_extra=docs.operation(docs.CONSENT, example=auditing.REVIEW),
)
async def post_opening_review(request: Request, body: auditing.Review) -> Response:
    """Keep a finding, once; it is in the audit too, where it cannot be changed."""
    query_of(request)
    consent = request.path_params["consent"]
    done = await spot_checks.review_opening(caller_of(request), consent, body.values())
    return json_response(request, orjson.dumps(done))
