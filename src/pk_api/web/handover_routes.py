"""The routes of handovers: a unit is asked to take over a contract's coordination, and answers."""

from enum import Enum
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from pk_api.contract.model import handovers as model
from pk_api.contract.service import handovers as service
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    ContractRoute,
    caller_of,
    conditions_of,
    cursor_of,
    invalid,
    item_response,
    json_response,
    page_response,
    page_size,
    query_of,
)

router = APIRouter(prefix="/v1", route_class=ContractRoute)
_TAGS: Final[list[str | Enum]] = ["handovers"]
_ANSWERS: Final = docs.responses(model.HandoverItem, model.HANDOVER, headers=("ETag",))


def _takes(example: Any) -> dict[str, Any]:
    return docs.operation(docs.CONTRACT, docs.HANDOVER, docs.IDEMPOTENCY_KEY, docs.IF_MATCH, example=example)


@router.get(
    "/handovers",
    operation_id="listHandoversAsked",
    summary="List handovers of any contract",
    tags=_TAGS,
    response_model=None,
    responses=docs.responses(model.HandoverPage, model.PAGE),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.UNANSWERED, docs.LIMIT, docs.CURSOR),
)
async def get_worklist(request: Request) -> Response:
    """Return what the caller's unit is asked, or has asked; `open=true` what waits for an answer."""
    query = query_of(request, "open", "limit", "cursor")
    if query.get("open", "false") not in {"true", "false"}:
        raise invalid("", "open is true or false.")
    page = await service.worklist(
        caller_of(request),
        is_open=query.get("open") == "true",
        limit=page_size(query),
        cursor=cursor_of(request, query.get("cursor")),
    )
    return page_response(request, page)


@router.get(
    "/contracts/{contract}/handovers",
    operation_id="listHandovers",
    summary="List the handovers of a contract",
    tags=_TAGS,
    response_model=None,
    responses=docs.responses(model.HandoverList, model.HANDOVERS),
    openapi_extra=docs.operation(docs.CONTRACT, docs.ACTING_FOR),
)
async def get_handovers(request: Request) -> Response:
    """Return which units were asked to take over, and what each has said, the latest first."""
    query_of(request)
    found = await service.list_handovers(caller_of(request), request.path_params["contract"])
    return json_response(request, orjson.dumps(found))


@router.post(
    "/contracts/{contract}/handovers",
    operation_id="askToTakeOver",
    summary="Ask a unit to take over the coordination",
    tags=_TAGS,
    status_code=201,
    response_model=None,
    responses=docs.responses(
        model.HandoverItem, model.HANDOVER, status=201, headers=("ETag", "Location", "Contract-Revision")
    ),
    openapi_extra=docs.operation(
        docs.CONTRACT, docs.IDEMPOTENCY_KEY, docs.BASE_REVISION, example=model.ASKED
    ),
)
async def post_handover(request: Request, body: model.HandoverAsked) -> Response:
    """Ask; nothing moves until the unit says yes, and whose the treatment is does not move then either."""
    query_of(request)
    contract, conditions = request.path_params["contract"], await conditions_of(request)
    done = await service.ask(caller_of(request), contract, body.values(), conditions)
    location = f"/v1/contracts/{contract}/handovers/{done.item['id']}"
    return item_response(request, done.item, status=201, location=location, revision=done.revision)


@router.get(
    "/contracts/{contract}/handovers/{handover}",
    operation_id="readHandover",
    summary="Read a handover",
    tags=_TAGS,
    response_model=None,
    responses=docs.not_modified(_ANSWERS),
    openapi_extra=docs.operation(docs.CONTRACT, docs.HANDOVER, docs.ACTING_FOR, docs.IF_NONE_MATCH),
)
async def get_handover(request: Request) -> Response:
    """Return who is asked by whom, and the answer; the unit that is asked need not see the contract."""
    query_of(request)
    names = request.path_params
    return item_response(
        request, await service.read(caller_of(request), names["contract"], names["handover"])
    )


async def _answer(request: Request, said: dict[str, Any]) -> Response:
    query_of(request)
    names, conditions = request.path_params, await conditions_of(request)
    done = await service.answer(caller_of(request), names["contract"], names["handover"], said, conditions)
    return item_response(request, done)


@router.post(
    "/contracts/{contract}/handovers/{handover}/accept",
    operation_id="acceptHandover",
    summary="Take over the coordination",
    tags=_TAGS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes(model.ACCEPTED),
)
async def post_accept(request: Request, body: model.HandoverAccepted) -> Response:
    """Say yes: the own contact coordinates and is responsible, the unit is of the team."""
    return await _answer(request, {"answer": "accepted", **body.values()})


@router.post(
    "/contracts/{contract}/handovers/{handover}/decline",
    operation_id="declineHandover",
    summary="Decline to take over",
    tags=_TAGS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes(model.DECLINED),
)
async def post_decline(request: Request, body: model.HandoverDeclined) -> Response:
    """Say no and why; nothing moves."""
    return await _answer(request, {"answer": "declined", **body.values()})


@router.post(
    "/contracts/{contract}/handovers/{handover}/withdraw",
    operation_id="withdrawHandover",
    summary="Take back what was asked",
    tags=_TAGS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes({}),
)
async def post_withdraw(request: Request) -> Response:
    """Ask no more; for whoever has asked, as long as there is no answer."""
    return await _answer(request, {"answer": "withdrawn"})
