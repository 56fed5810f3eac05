"""The routes of calls to a SIP: made, listed, read, and what happens to them."""

from typing import Any, Final

from fastapi import Request, Response

from pk_api.contract.elements import Json
from pk_api.contract.model import sip_calls as model
from pk_api.contract.service import sip_calls as service
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    caller_of,
    conditions_of,
    contract_router,
    item_response,
    list_query,
    made_response,
    page_response,
)
from pk_api.web.posted import Posted, add_posted

router = contract_router("sip-calls")
_ANSWERS: Final = docs.responses(model.SipCallItem, model.SIP_CALL, headers=("ETag",))


def _takes(example: Any) -> dict[str, Any]:
    return docs.operation(
        docs.ACTING_FOR, docs.SIP_CALL, docs.IDEMPOTENCY_KEY, docs.IF_MATCH, example=example
    )


@router.post(
    "/sip-calls",
    operation_id="callToSip",
    summary="Call to the meeting for a SIP",
    status_code=201,
    responses=docs.responses(model.SipCallItem, model.SIP_CALL, status=201, headers=("ETag", "Location")),
    openapi_extra=docs.operation(docs.IDEMPOTENCY_KEY, example=model.CALLED),
)
async def post_call(request: Request, body: model.SipCalled) -> Response:
    """Call the patient and the units that are needed; the clock of the call stops by it."""
    made = await service.call(caller_of(request), body.values(), await conditions_of(request))
    return made_response(request, made)


@router.get(
    "/sip-calls",
    operation_id="listSipCalls",
    summary="List calls to a SIP",
    responses=docs.responses(model.SipCallList, model.SIP_CALLS),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.OF_PATIENT, docs.AHEAD, docs.LIMIT, docs.CURSOR),
)
async def get_calls(request: Request) -> Response:
    """Return the calls that the caller has made or is called by; `open=true` those that are neither past."""
    page = await service.list_calls(caller_of(request), **list_query(request, "patient", flag="open"))
    return page_response(request, page)


@router.get(
    "/sip-calls/{call}",
    operation_id="readSipCall",
    summary="Read a call to a SIP",
    responses=docs.not_modified(_ANSWERS),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.SIP_CALL, docs.IF_NONE_MATCH),
)
async def get_call(request: Request) -> Response:
    """Return who has called, to when and where, and what each party has said."""
    return item_response(request, await service.read_call(caller_of(request), request.path_params["call"]))


async def _happen(request: Request, event: str, values: Json) -> Response:
    name, conditions = request.path_params["call"], await conditions_of(request)
    return item_response(request, await service.happen(caller_of(request), name, event, values, conditions))


EVENTS: Final = (
    Posted(
        "accept",
        "acceptSipCall",
        "Accept a call to a SIP",
        "Say that the own unit, or the patient, comes.",
        model.SipCallAnswer,
        model.COMMENT,
    ),
    Posted(
        "decline",
        "declineSipCall",
        "Decline a call to a SIP",
        "Say that the own unit, or the patient, does not come.",
        model.SipCallAnswer,
        model.COMMENT,
    ),
    Posted(
        "note",
        "noteSipCallAnswer",
        "Note what a party has said to a call",
        "Note an answer that was given by telephone or the like; for the unit that has called.",
        model.SipCallNoted,
        model.NOTED,
    ),
    Posted(
        "confirm",
        "confirmSipCall",
        "Confirm the meeting",
        "Say that the meeting will be held as it was called to.",
    ),
    Posted(
        "held",
        "holdSipMeeting",
        "Note that the meeting was held",
        "Note that the meeting was held; the plan that came of it is a plan of the contract.",
    ),
    Posted(
        "call-off",
        "callOffSip",
        "Call the meeting off",
        "Say that there will be no meeting at this time, and why; what was due because of it is due again.",
        model.SipCalledOff,
        model.CALLED_OFF,
    ),
)

add_posted(
    router,
    "/sip-calls/{call}",
    EVENTS,
    _happen,
    described=_takes,
    responses=_ANSWERS,
)
