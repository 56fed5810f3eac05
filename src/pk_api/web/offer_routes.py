"""The routes of offers in the contract API: made, listed, read, answered."""

from fastapi import Request, Response

from pk_api.contract.model import offers as model
from pk_api.contract.service import offers as service
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

router = contract_router("offers")


@router.post(
    "/offers",
    operation_id="makeOffer",
    summary="Offer a contract, or wish for one",
    status_code=201,
    responses=docs.responses(model.OfferItem, model.OFFER, status=201, headers=("ETag", "Location")),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.IDEMPOTENCY_KEY, example=model.MADE),
)
async def post_offer(request: Request, body: model.OfferMade) -> Response:
    """Offer a contract to a patient, note why none is offered, or as a patient wish for one."""
    made = await service.make_offer(caller_of(request), body.values(), await conditions_of(request))
    return made_response(request, made)


@router.get(
    "/offers",
    operation_id="listOffers",
    summary="List offers and wishes",
    responses=docs.responses(model.OfferList, model.OFFERS),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.OF_PATIENT, docs.UNANSWERED, docs.LIMIT, docs.CURSOR),
)
async def get_offers(request: Request) -> Response:
    """Return the offers and wishes that the caller sees; `open=true` those without an answer."""
    page = await service.list_offers(caller_of(request), **list_query(request, "patient", flag="open"))
    return page_response(request, page)


@router.get(
    "/offers/{offer}",
    operation_id="readOffer",
    summary="Read an offer",
    responses=docs.not_modified(docs.responses(model.OfferItem, model.OFFER, headers=("ETag",))),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.OFFER, docs.IF_NONE_MATCH),
)
async def get_offer(request: Request) -> Response:
    """Return an offer or a wish, what was answered, and the contract that came of it."""
    return item_response(request, await service.read_offer(caller_of(request), request.path_params["offer"]))


@router.post(
    "/offers/{offer}/answer",
    operation_id="answerOffer",
    summary="Answer an offer or a wish",
    responses=docs.responses(model.OfferItem, model.OFFER, headers=("ETag",)),
    openapi_extra=docs.operation(
        docs.ACTING_FOR, docs.OFFER, docs.IDEMPOTENCY_KEY, docs.IF_MATCH, example=model.ANSWERED
    ),
)
async def post_answer(request: Request, body: model.OfferAnswer) -> Response:
    """Accept, which opens the contract, or say no and why; nothing but the record of it is left then."""
    conditions = await conditions_of(request)
    offer = request.path_params["offer"]
    return item_response(
        request, await service.answer_offer(caller_of(request), offer, body.values(), conditions)
    )
