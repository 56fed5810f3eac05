"""The routes of what patients measure under an action: told, listed, read, withdrawn."""

from typing import Final

from fastapi import Request, Response

from pk_api.contract.model import measurements as model
from pk_api.contract.model.requests import PlainEvent
from pk_api.contract.service import measurements as service
from pk_api.contract.service.moments import as_of
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    caller_of,
    conditions_of,
    contract_router,
    cursor_of,
    item_response,
    made_response,
    page_response,
    page_size,
)

router = contract_router("measurements")
_NOTHING: Final = PlainEvent()
_UNDER: Final = "/contracts/{contract}/actions/{item}/measurements"


def _of(request: Request) -> tuple[str, str]:
    return request.path_params["contract"], request.path_params["item"]


@router.post(
    _UNDER,
    operation_id="addMeasurement",
    summary="Tell what was measured under an action",
    status_code=201,
    responses=docs.responses(model.MeasurementItem, model.SHOWN, status=201, headers=("ETag", "Location")),
    openapi_extra=docs.operation(
        docs.CONTRACT, docs.ITEM, docs.ACTING_FOR, docs.IDEMPOTENCY_KEY, docs.TOLD_BY, example=model.TOLD
    ),
)
async def post_measurement(request: Request, body: model.MeasurementTold) -> Response:
    """Keep a measurement; it is read page by page and moves no revision of the contract."""
    contract, action = _of(request)
    conditions = await conditions_of(request)
    made = await service.measure(caller_of(request), contract, action, body.values(), conditions)
    return made_response(request, made)


@router.get(
    _UNDER,
    operation_id="listMeasurements",
    summary="List what was measured under an action",
    responses=docs.responses(model.Measurements, model.PAGE),
    openapi_extra=docs.operation(
        docs.CONTRACT, docs.ITEM, docs.ACTING_FOR, docs.LIMIT, docs.CURSOR, docs.AS_OF
    ),
)
async def get_measurements(request: Request) -> Response:
    """Return measurements, the latest first; with `asOf` as they were then, a page perhaps short."""
    query = request.query_params
    contract, action = _of(request)
    page = await service.list_measurements(
        caller_of(request),
        contract,
        action,
        limit=page_size(query),
        cursor=cursor_of(request, query.get("cursor")),
        moment=as_of(query["asOf"], "asOf") if "asOf" in query else None,
    )
    return page_response(request, page)


@router.get(
    f"{_UNDER}/{{measurement}}",
    operation_id="readMeasurement",
    summary="Read a measurement",
    responses=docs.not_modified(docs.responses(model.MeasurementItem, model.SHOWN, headers=("ETag",))),
    openapi_extra=docs.operation(
        docs.CONTRACT, docs.ITEM, docs.MEASUREMENT, docs.ACTING_FOR, docs.IF_NONE_MATCH
    ),
)
async def get_measurement(request: Request) -> Response:
    """Return a measurement."""
    name = request.path_params["measurement"]
    return item_response(request, await service.read_measurement(caller_of(request), *_of(request), name))


@router.post(
    f"{_UNDER}/{{measurement}}/withdraw",
    operation_id="withdrawMeasurement",
    summary="Withdraw a measurement that was wrong",
    responses=docs.responses(model.MeasurementItem, model.SHOWN, headers=("ETag",)),
    openapi_extra=docs.operation(
        docs.CONTRACT,
        docs.ITEM,
        docs.MEASUREMENT,
        docs.ACTING_FOR,
        docs.IDEMPOTENCY_KEY,
        docs.IF_MATCH,
        docs.TOLD_BY,
    ),
)
async def post_withdrawal(request: Request, _body: PlainEvent = _NOTHING) -> Response:
    """Mark it as entered in error: it stays, and is said to be wrong."""
    conditions, name = await conditions_of(request), request.path_params["measurement"]
    item = await service.withdraw(caller_of(request), *_of(request), name, conditions)
    return item_response(request, item)
