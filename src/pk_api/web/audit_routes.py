"""The routes of the audit officer: spot checks, and the follow-up of emergency openings."""

import re

from fastapi import Request, Response

from pk_api.contract.model import answers, auditing
from pk_api.contract.service import spot_checks
from pk_api.fhir.problems import Problem
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    caller_of,
    contract_router,
    cursor_of,
    invalid,
    json_response,
    page_response,
    page_size,
)

router = contract_router("audit")


@router.post(
    "/audit/spot-checks",
    operation_id="makeSpotCheck",
    summary="Make a spot check of the audit",
    status_code=201,
    responses=docs.responses(auditing.SpotCheckAnswer, auditing.CHECK, status=201, headers=("Location",)),
    openapi_extra=docs.operation(example=auditing.NEW),
)
async def post_spot_check(request: Request, body: auditing.NewSpotCheck) -> Response:
    """Pick rows of the own care provider's staff: those with marks, and as many by chance."""
    made = await spot_checks.make(caller_of(request), body.values())
    location = f"/v1/audit/spot-checks/{made['id']}"
    return json_response(request, made, status=201, location=location)


@router.get(
    "/audit/spot-checks",
    operation_id="listSpotChecks",
    summary="List the spot checks of the audit",
    responses=docs.responses(auditing.SpotChecks, auditing.CHECKS),
    openapi_extra=docs.operation(),
)
async def get_spot_checks(request: Request) -> Response:
    """Return the spot checks of the own care provider, and when the next one is due."""
    days = request.app.state.spot_check_days
    return json_response(request, await spot_checks.every(caller_of(request), days=days))


@router.get(
    "/audit/spot-checks/{check}",
    operation_id="readSpotCheck",
    summary="Read a spot check of the audit",
    responses=docs.responses(auditing.SpotCheckAnswer, auditing.CHECK),
    openapi_extra=docs.operation(docs.CHECK),
)
async def get_spot_check(request: Request) -> Response:
    """Return a spot check with the rows that it picked and their reviews."""
    found = await spot_checks.read(caller_of(request), request.path_params["check"])
    return json_response(request, found)


@router.post(
    "/audit/spot-checks/{check}/rows/{row}/review",
    operation_id="reviewSpotCheckRow",
    summary="Keep what the review of a row found",
    responses=docs.responses(auditing.SpotCheckAnswer, auditing.CHECK),
    openapi_extra=docs.operation(docs.CHECK, docs.ROW, example=auditing.REVIEW),
)
async def post_review(request: Request, body: auditing.Review) -> Response:
    """Keep a finding, once; it is in the audit too, where it cannot be changed."""
    names = request.path_params
    if not re.fullmatch(r"[0-9]{1,4}", names["row"]):
        raise Problem("not-found", "There is no such item of this spot check.")
    done = await spot_checks.review(caller_of(request), names["check"], int(names["row"]), body.values())
    return json_response(request, done)


@router.get(
    "/audit/emergency-openings",
    operation_id="listEmergencyOpenings",
    summary="List the emergency openings",
    responses=docs.responses(answers.Items[auditing.EmergencyOpened], auditing.OPENINGS),
    openapi_extra=docs.operation(docs.WAITING, docs.LIMIT, docs.CURSOR),
)
async def get_openings(request: Request) -> Response:
    """Return the openings of the own care provider, the latest first."""
    query = request.query_params
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
    responses=docs.responses(auditing.EmergencyOpened, auditing.OPENING),
    openapi_extra=docs.operation(docs.CONSENT, example=auditing.REVIEW),
)
async def post_opening_review(request: Request, body: auditing.Review) -> Response:
    """Keep a finding, once; it is in the audit too, where it cannot be changed."""
    consent = request.path_params["consent"]
    done = await spot_checks.review_opening(caller_of(request), consent, body.values())
    return json_response(request, done)
