"""The routes of wishes for a contact or an actor in the contract API: made, listed, read, answered."""

from fastapi import Request, Response

from pk_api.contract.model import wishes as model
from pk_api.contract.service import wishes as service
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

router = contract_router("wishes")


@router.post(
    "/wishes",
    operation_id="makeWish",
    summary="Wish for a contact, an actor, or who is responsible",
    status_code=201,
    responses=docs.responses(model.WishItem, model.WISH, status=201, headers=("ETag", "Location")),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.IDEMPOTENCY_KEY, example=model.MADE),
)
async def post_wish(request: Request, body: model.WishMade) -> Response:
    """Keep the wish, and put it in the list of the unit that is asked."""
    made = await service.make_wish(caller_of(request), body.values(), await conditions_of(request))
    return made_response(request, made)


@router.get(
    "/wishes",
    operation_id="listWishes",
    summary="List wishes",
    responses=docs.responses(model.WishList, model.WISHES),
    openapi_extra=docs.operation(
        docs.ACTING_FOR, docs.OF_PATIENT, docs.OF_UNIT, docs.UNANSWERED, docs.LIMIT, docs.CURSOR
    ),
)
async def get_wishes(request: Request) -> Response:
    """Return the wishes that the caller sees; `open=true` those without an answer."""
    page = await service.list_wishes(
        caller_of(request), **list_query(request, "patient", "unit", flag="open")
    )
    return page_response(request, page)


@router.get(
    "/wishes/{wish}",
    operation_id="readWish",
    summary="Read a wish",
    responses=docs.not_modified(docs.responses(model.WishItem, model.WISH, headers=("ETag",))),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.WISH, docs.IF_NONE_MATCH),
)
async def get_wish(request: Request) -> Response:
    """Return a wish, and what came of it."""
    return item_response(request, await service.read_wish(caller_of(request), request.path_params["wish"]))


@router.post(
    "/wishes/{wish}/answer",
    operation_id="answerWish",
    summary="Answer a wish",
    responses=docs.responses(model.WishItem, model.WISH, headers=("ETag",)),
    openapi_extra=docs.operation(
        docs.ACTING_FOR, docs.WISH, docs.IDEMPOTENCY_KEY, docs.IF_MATCH, example=model.ANSWERED
    ),
)
async def post_answer(request: Request, body: model.WishAnswer) -> Response:
    """Say yes with what was wished for, or no and why; whoever wished takes it back."""
    conditions = await conditions_of(request)
    wish = request.path_params["wish"]
    return item_response(
        request, await service.answer_wish(caller_of(request), wish, body.values(), conditions)
    )
