"""What changed, the timeline, and who said what: routes below `/v1/contracts/{contract}`."""

from fastapi import Request, Response

from pk_api.contract.model import time
from pk_api.contract.model.answers import Items
from pk_api.contract.service.history import changes, provenance, timeline
from pk_api.contract.service.moments import as_of
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    caller_of,
    contract_router,
    invalid,
    json_response,
    page_of,
    page_response,
)

router = contract_router("time")


@router.get(
    "/contracts/{contract}/changes",
    operation_id="readChanges",
    summary="Read what changed between two moments",
    responses=docs.responses(time.Changes, time.CHANGES),
    openapi_extra=docs.operation(docs.CONTRACT, docs.SINCE_MOMENT, docs.UNTIL_MOMENT),
)
async def get_changes(request: Request) -> Response:
    """Return what differs, by part, id and field, with who did it, and in plain sentences."""
    query = request.query_params
    if "from" not in query:
        raise invalid("/from", "from is needed: a moment, as for asOf.")
    until = as_of(query["to"], "to") if "to" in query else None
    told = await changes(
        caller_of(request), request.path_params["contract"], as_of(query["from"], "from"), until
    )
    return json_response(request, told)


@router.get(
    "/contracts/{contract}/timeline",
    operation_id="listTimeline",
    summary="List all that happened",
    responses=docs.responses(Items[time.TimelineEntry], time.TIMELINE),
    openapi_extra=docs.operation(docs.CONTRACT, docs.LIMIT, docs.CURSOR),
)
async def get_timeline(request: Request) -> Response:
    """Return everything written about the contract's patient that the caller sees, the newest first."""
    limit, cursor = page_of(request)
    page = await timeline(caller_of(request), request.path_params["contract"], limit=limit, cursor=cursor)
    return page_response(request, page)


@router.get(
    "/contracts/{contract}/provenance",
    operation_id="listProvenance",
    summary="List who said what",
    responses=docs.responses(Items[time.ItemSources], time.PROVENANCE),
    openapi_extra=docs.operation(docs.CONTRACT, docs.LIMIT, docs.CURSOR),
)
async def get_provenance(request: Request) -> Response:
    """Return who made each field of each item what it is now, when, and in which revision."""
    limit, cursor = page_of(request)
    page = await provenance(caller_of(request), request.path_params["contract"], limit=limit, cursor=cursor)
    return page_response(request, page)
