"""The routes of admissions and of clocks: who comes in, who is told, who leaves, what is due."""

from typing import Any, Final, cast

from fastapi import Request, Response

from pk_api.contract.discharge import Event
from pk_api.contract.elements import Json
from pk_api.contract.model import admissions as model
from pk_api.contract.service import admissions as service
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

router = contract_router("admissions")
_ANSWERS: Final = docs.responses(model.AdmissionItem, model.ADMISSION, headers=("ETag",))


def _takes(example: Any) -> dict[str, Any]:
    return docs.operation(docs.ADMISSION, docs.IDEMPOTENCY_KEY, docs.IF_MATCH, example=example)


@router.post(
    "/admissions",
    operation_id="admit",
    summary="Admit a patient",
    status_code=201,
    responses=docs.responses(model.AdmissionItem, model.ADMISSION, status=201, headers=("ETag", "Location")),
    openapi_extra=docs.operation(docs.IDEMPOTENCY_KEY, example=model.ADMITTED),
)
async def post_admission(request: Request, body: model.Admitted) -> Response:
    """Note that a patient is admitted, and who is needed after discharge, if that is assessed."""
    made = await service.admit(caller_of(request), body.values(), await conditions_of(request))
    return made_response(request, made)


@router.get(
    "/admissions/{admission}",
    operation_id="readAdmission",
    summary="Read an admission",
    responses=_ANSWERS,
    openapi_extra=docs.operation(docs.ADMISSION),
)
async def get_admission(request: Request) -> Response:
    """Return an admission, what was told of it, and what is to be done by when."""
    found = await service.read_admission(caller_of(request), request.path_params["admission"])
    return item_response(request, found)


async def _happen(request: Request, event: str, values: Json) -> Response:
    name, conditions = request.path_params["admission"], await conditions_of(request)
    return item_response(
        request, await service.happen(caller_of(request), name, cast("Event", event), values, conditions)
    )


EVENTS: Final = (
    Posted(
        "needs",
        "assessNeeds",
        "Say who is needed after discharge",
        "Note the assessment; when it is later than the admission, the notice is due 24 hours after it.",
        model.NeedsAssessed,
        model.NEEDS,
    ),
    Posted(
        "notice",
        "sendAdmissionNotice",
        "Send the admission notice",
        "Tell the units that are to receive the patient; those that are not municipal name a contact.",
        model.FirstTold,
        model.TOLD,
    ),
    Posted(
        "ready",
        "tellReady",
        "Tell that the patient is ready for discharge",
        "Tell the units; with both principals needed, the call to planning is due within 3 days.",
        model.Told,
    ),
    Posted(
        "not-ready",
        "withdrawReady",
        "Tell that the patient is not ready after all",
        "Tell those who were told; what was due because the patient was ready is cancelled.",
        model.NotReady,
        model.NOT_READY,
    ),
    Posted(
        "information",
        "sendInformation",
        "Transfer information at discharge",
        "Tell the units what they need; it is due on the day of discharge.",
        model.Told,
    ),
    Posted(
        "discharged",
        "discharge",
        "Note that the patient has left",
        "End the stay; information that is not transferred is due the same day.",
        model.Left,
        model.LEFT,
    ),
)

add_posted(
    router,
    "/admissions/{admission}",
    EVENTS,
    _happen,
    described=_takes,
    responses=_ANSWERS,
)


@router.get(
    "/clocks",
    operation_id="listClocks",
    summary="List what is to be done, and what is overdue",
    responses=docs.responses(model.ClockList, model.CLOCKS),
    openapi_extra=docs.operation(docs.OF_UNIT, docs.OVERDUE, docs.LIMIT, docs.CURSOR),
)
async def get_clocks(request: Request) -> Response:
    """Return the clocks that run, of a unit if one is named; `overdue=true` those past their time."""
    page = await service.list_clocks(caller_of(request), **list_query(request, "unit", flag="overdue"))
    return page_response(request, page)
