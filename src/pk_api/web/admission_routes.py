"""The routes of admissions and of clocks: who comes in, who is told, who leaves, what is due."""

import re
from enum import Enum
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from pk_api.contract.discharge import Event
from pk_api.contract.model import admissions as model
from pk_api.contract.service import admissions as service
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
_ADMISSIONS: Final[list[str | Enum]] = ["admissions"]
_HSA_ID: Final = re.compile(r"[A-Za-z0-9\-]{1,32}")
_ANSWERS: Final = docs.responses(model.AdmissionItem, model.ADMISSION, headers=("ETag",))


def _takes(example: Any) -> dict[str, Any]:
    return docs.operation(docs.ADMISSION, docs.IDEMPOTENCY_KEY, docs.IF_MATCH, example=example)


@router.post(
    "/admissions",
    operation_id="admit",
    summary="Admit a patient",
    tags=_ADMISSIONS,
    status_code=201,
    response_model=None,
    responses=docs.responses(model.AdmissionItem, model.ADMISSION, status=201, headers=("ETag", "Location")),
    openapi_extra=docs.operation(docs.IDEMPOTENCY_KEY, example=model.ADMITTED),
)
async def post_admission(request: Request, body: model.Admitted) -> Response:
    """Note that a patient is admitted, and who is needed after discharge, if that is assessed."""
    query_of(request)
    made = await service.admit(caller_of(request), body.values(), await conditions_of(request))
    return item_response(request, made, status=201, location=f"/v1/admissions/{made['id']}")


@router.get(
    "/admissions/{admission}",
    operation_id="readAdmission",
    summary="Read an admission",
    tags=_ADMISSIONS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=docs.operation(docs.ADMISSION),
)
async def get_admission(request: Request) -> Response:
    """Return an admission, what was told of it, and what is to be done by when."""
    query_of(request)
    found = await service.read_admission(caller_of(request), request.path_params["admission"])
    return item_response(request, found)


async def _happen(request: Request, event: Event, values: dict[str, Any]) -> Response:
    query_of(request)
    name, conditions = request.path_params["admission"], await conditions_of(request)
    return item_response(request, await service.happen(caller_of(request), name, event, values, conditions))


@router.post(
    "/admissions/{admission}/needs",
    operation_id="assessNeeds",
    summary="Say who is needed after discharge",
    tags=_ADMISSIONS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes(model.NEEDS),
)
async def post_needs(request: Request, body: model.NeedsAssessed) -> Response:
    """Note the assessment; when it is later than the admission, the notice is due 24 hours after it."""
    return await _happen(request, "needs", body.values())


@router.post(
    "/admissions/{admission}/notice",
    operation_id="sendAdmissionNotice",
    summary="Send the admission notice",
    tags=_ADMISSIONS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes(model.TOLD),
)
async def post_notice(request: Request, body: model.FirstTold) -> Response:
    """Tell the units that are to receive the patient; those that are not municipal name a contact."""
    return await _happen(request, "notice", body.values())


@router.post(
    "/admissions/{admission}/ready",
    operation_id="tellReady",
    summary="Tell that the patient is ready for discharge",
    tags=_ADMISSIONS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes({}),
)
async def post_ready(request: Request, body: model.Told) -> Response:
    """Tell the units; with both principals needed, the call to planning is due within 3 days."""
    return await _happen(request, "ready", body.values())


@router.post(
    "/admissions/{admission}/not-ready",
    operation_id="withdrawReady",
    summary="Tell that the patient is not ready after all",
    tags=_ADMISSIONS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes(model.NOT_READY),
)
async def post_not_ready(request: Request, body: model.NotReady) -> Response:
    """Tell those who were told; what was due because the patient was ready is cancelled."""
    return await _happen(request, "not-ready", body.values())


@router.post(
    "/admissions/{admission}/information",
    operation_id="sendInformation",
    summary="Transfer information at discharge",
    tags=_ADMISSIONS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes({}),
)
async def post_information(request: Request, body: model.Told) -> Response:
    """Tell the units what they need; it is due on the day of discharge."""
    return await _happen(request, "information", body.values())


@router.post(
    "/admissions/{admission}/discharged",
    operation_id="discharge",
    summary="Note that the patient has left",
    tags=_ADMISSIONS,
    response_model=None,
    responses=_ANSWERS,
    openapi_extra=_takes(model.LEFT),
)
async def post_discharged(request: Request, body: model.Left) -> Response:
    """End the stay; information that is not transferred is due the same day."""
    return await _happen(request, "discharged", body.values())


@router.get(
    "/clocks",
    operation_id="listClocks",
    summary="List what is to be done, and what is overdue",
    tags=_ADMISSIONS,
    response_model=None,
    responses=docs.responses(model.ClockList, model.CLOCKS),
    openapi_extra=docs.operation(docs.OF_UNIT, docs.OVERDUE, docs.LIMIT, docs.CURSOR),
)
async def get_clocks(request: Request) -> Response:
    """Return the clocks that run, of a unit if one is named; `overdue=true` those past their time."""
    query = query_of(request, "unit", "overdue", "limit", "cursor")
    if query.get("overdue", "false") not in {"true", "false"}:
        raise invalid("", "overdue is true or false.")
    if not _HSA_ID.fullmatch(query.get("unit", "x")):
        raise invalid("", "unit is an HSA-id.")
    page = await service.list_clocks(
        caller_of(request),
        unit=query.get("unit"),
        is_overdue=query.get("overdue") == "true",
        limit=page_size(query),
        cursor=cursor_of(request, query.get("cursor")),
    )
    return page_response(request, page)
