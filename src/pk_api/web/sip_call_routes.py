"""The routes of calls to a SIP: made, listed, read, and what happens to them."""

import re
from enum import Enum
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from pk_api.contract.model import sip_calls as model
from pk_api.contract.service import sip_calls as service
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    ContractRoute,
    caller_of,
    conditions_of,
    cursor_of,
    invalid,
    item_response,
    page_response,
    page_size,
    query_of,
)

router = APIRouter(prefix="/v1", route_class=ContractRoute)
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_TAGS: Final[list[str | Enum]] = ["sip-calls"]
_ANSWERS: Final = docs.responses(model.SipCallItem, model.SIP_CALL, headers=("ETag",))


def _takes(example: Any) -> dict[str, Any]:
    return docs.operation(
        docs.ACTING_FOR, docs.SIP_CALL, docs.IDEMPOTENCY_KEY, docs.IF_MATCH, example=example
    )


@router.post(
    "/sip-calls",
    operation_id="callToSip",
    summary="Call to the meeting for a SIP",
    tags=_TAGS,
    status_code=201,
    response_model=None,
    responses=docs.responses(model.SipCallItem, model.SIP_CALL, status=201, headers=("ETag", "Location")),
    openapi_extra=docs.operation(docs.IDEMPOTENCY_KEY, example=model.CALLED),
)
async def post_call(request: Request, body: model.SipCalled) -> Response:
    """Call the patient and the units that are needed; the clock of the call stops by it."""
    query_of(request)
    made = await service.call(caller_of(request), body.values(), await conditions_of(request))
    return item_response(request, made, status=201, location=f"/v1/sip-calls/{made['id']}")


@router.get(
    "/sip-calls",
    operation_id="listSipCalls",
    summary="List calls to a SIP",
    tags=_TAGS,
    response_model=None,
    responses=docs.responses(model.SipCallList, model.SIP_CALLS),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.OF_PATIENT, docs.AHEAD, docs.LIMIT, docs.CURSOR),
)
async def get_calls(request: Request) -> Response:
    """Return the calls that the caller has made or is called by; `open=true` those that are neither past."""
    query = query_of(request, "patient", "open", "limit", "cursor")
    if query.get("open", "false") not in {"true", "false"}:
        raise invalid("", "open is true or false.")
    if not _ID.fullmatch(query.get("patient", "x")):
        raise invalid("", "patient is the id of a Patient.")
    page = await service.list_calls(
        caller_of(request),
        patient=query.get("patient"),
        is_open=query.get("open") == "true",
        limit=page_size(query),
        cursor=cursor_of(request, query.get("cursor")),
    )
    return page_response(request, page)


@router.get(
    "/sip-calls/{call}",
    operation_id="readSipCall",
    summary="Read a call to a SIP",
    tags=_TAGS,
    response_model=None,
    responses=docs.not_modified(_ANSWERS),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.SIP_CALL, docs.IF_NONE_MATCH),
)
async def get_call(request: Request) -> Response:
    """Return who has called, to when and where, and what each party has said."""
    query_of(request)
    return item_response(request, await service.read_call(caller_of(request), request.path_params["call"]))


async def _happen(request: Request, event: str, values: dict[str, Any]) -> Response:
    query_of(request)
    name, conditions = request.path_params["call"], await conditions_of(request)
    return item_response(request, await service.happen(caller_of(request), name, event, values, conditions))


@router.post(
    "/sip-calls/{call}/accept",
    operation_id="acceptSipCall",
    summary="Accept a call to a SIP",
    tags=_TAGS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes(model.COMMENT),
)
async def post_accept(request: Request, body: model.SipCallAnswer) -> Response:
    """Say that the own unit, or the patient, comes."""
    return await _happen(request, "accept", body.values())


@router.post(
    "/sip-calls/{call}/decline",
    operation_id="declineSipCall",
    summary="Decline a call to a SIP",
    tags=_TAGS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes(model.COMMENT),
)
async def post_decline(request: Request, body: model.SipCallAnswer) -> Response:
    """Say that the own unit, or the patient, does not come."""
    return await _happen(request, "decline", body.values())


@router.post(
    "/sip-calls/{call}/note",
    operation_id="noteSipCallAnswer",
    summary="Note what a party has said to a call",
    tags=_TAGS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes(model.NOTED),
)
async def post_note(request: Request, body: model.SipCallNoted) -> Response:
    """Note an answer that was given by telephone or the like; for the unit that has called."""
    return await _happen(request, "note", body.values())


@router.post(
    "/sip-calls/{call}/confirm",
    operation_id="confirmSipCall",
    summary="Confirm the meeting",
    tags=_TAGS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes({}),
)
async def post_confirm(request: Request) -> Response:
    """Say that the meeting will be held as it was called to."""
    return await _happen(request, "confirm", {})


@router.post(
    "/sip-calls/{call}/held",
    operation_id="holdSipMeeting",
    summary="Note that the meeting was held",
    tags=_TAGS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes({}),
)
async def post_held(request: Request) -> Response:
    """Note that the meeting was held; the plan that came of it is a plan of the contract."""
    return await _happen(request, "held", {})


@router.post(
    "/sip-calls/{call}/call-off",
    operation_id="callOffSip",
    summary="Call the meeting off",
    tags=_TAGS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes(model.CALLED_OFF),
)
async def post_call_off(request: Request, body: model.SipCalledOff) -> Response:
    """Say that there will be no meeting at this time, and why; what was due because of it is due again."""
    return await _happen(request, "call-off", body.values())
