"""The routes of handovers: a unit is asked to take over a contract's coordination, and answers."""

from typing import Any, Final

from fastapi import Request, Response

from pk_api.contract.elements import Json
from pk_api.contract.model import handovers as model
from pk_api.contract.service import handovers as service
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    caller_of,
    conditions_of,
    contract_router,
    item_response,
    json_response,
    list_query,
    made_response,
    page_response,
)
from pk_api.web.posted import Posted, add_posted

router = contract_router("handovers")
_ANSWERS: Final = docs.responses(model.HandoverItem, model.HANDOVER, headers=("ETag",))


def _takes(example: Any) -> dict[str, Any]:
    return docs.operation(docs.CONTRACT, docs.HANDOVER, docs.IDEMPOTENCY_KEY, docs.IF_MATCH, example=example)


@router.get(
    "/handovers",
    operation_id="listHandoversAsked",
    summary="List handovers of any contract",
    responses=docs.responses(model.HandoverPage, model.PAGE),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.UNANSWERED, docs.LIMIT, docs.CURSOR),
)
async def get_worklist(request: Request) -> Response:
    """Return what the caller's unit is asked, or has asked; `open=true` what waits for an answer."""
    page = await service.worklist(caller_of(request), **list_query(request, flag="open"))
    return page_response(request, page)


@router.get(
    "/contracts/{contract}/handovers",
    operation_id="listHandovers",
    summary="List the handovers of a contract",
    responses=docs.responses(model.HandoverList, model.HANDOVERS),
    openapi_extra=docs.operation(docs.CONTRACT, docs.ACTING_FOR),
)
async def get_handovers(request: Request) -> Response:
    """Return which units were asked to take over, and what each has said, the latest first."""
    found = await service.list_handovers(caller_of(request), request.path_params["contract"])
    return json_response(request, found)


@router.post(
    "/contracts/{contract}/handovers",
    operation_id="askToTakeOver",
    summary="Ask a unit to take over the coordination",
    status_code=201,
    responses=docs.responses(
        model.HandoverItem, model.HANDOVER, status=201, headers=("ETag", "Location", "Contract-Revision")
    ),
    openapi_extra=docs.operation(
        docs.CONTRACT, docs.IDEMPOTENCY_KEY, docs.BASE_REVISION, example=model.ASKED
    ),
)
async def post_handover(request: Request, body: model.HandoverAsked) -> Response:
    """Ask; nothing moves until the unit says yes, and whose the treatment is does not move then either."""
    contract, conditions = request.path_params["contract"], await conditions_of(request)
    done = await service.ask(caller_of(request), contract, body.values(), conditions)
    return made_response(request, done.item, revision=done.revision)


@router.get(
    "/contracts/{contract}/handovers/{handover}",
    operation_id="readHandover",
    summary="Read a handover",
    responses=docs.not_modified(_ANSWERS),
    openapi_extra=docs.operation(docs.CONTRACT, docs.HANDOVER, docs.ACTING_FOR, docs.IF_NONE_MATCH),
)
async def get_handover(request: Request) -> Response:
    """Return who is asked by whom, and the answer; the unit that is asked need not see the contract."""
    names = request.path_params
    return item_response(
        request, await service.read(caller_of(request), names["contract"], names["handover"])
    )


_ANSWERED: Final = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}


async def _answer(request: Request, event: str, values: Json) -> Response:
    said = {"answer": _ANSWERED[event], **values}
    names, conditions = request.path_params, await conditions_of(request)
    done = await service.answer(caller_of(request), names["contract"], names["handover"], said, conditions)
    return item_response(request, done)


EVENTS: Final = (
    Posted(
        "accept",
        "acceptHandover",
        "Take over the coordination",
        "Say yes: the own contact coordinates and is responsible, the unit is of the team.",
        model.HandoverAccepted,
        model.ACCEPTED,
    ),
    Posted(
        "decline",
        "declineHandover",
        "Decline to take over",
        "Say no and why; nothing moves.",
        model.HandoverDeclined,
        model.DECLINED,
    ),
    Posted(
        "withdraw",
        "withdrawHandover",
        "Take back what was asked",
        "Ask no more; for whoever has asked, as long as there is no answer.",
    ),
)

add_posted(
    router,
    "/contracts/{contract}/handovers/{handover}",
    EVENTS,
    _answer,
    described=_takes,
    responses=_ANSWERS,
)
