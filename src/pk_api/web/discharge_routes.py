"""The routes of what a patient is given at discharge, and of the milestones of a contract."""

from fastapi import Request, Response

from pk_api.contract.model import discharge_summary as model
from pk_api.contract.service import discharge_summary as service
from pk_api.contract.service import milestones
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import caller_of, conditions_of, contract_router, json_response

router = contract_router("discharge")


@router.get(
    "/contracts/{contract}/milestones",
    operation_id="listMilestones",
    summary="List the milestones of a contract",
    responses=docs.responses(model.MilestoneList, model.MILESTONES),
    openapi_extra=docs.operation(docs.CONTRACT, docs.ACTING_FOR),
)
async def get_milestones(request: Request) -> Response:
    """Return the versions to come back to (`asOf=milestone:…`), each with its revision."""
    found = await milestones.list_milestones(caller_of(request), request.path_params["contract"])
    return json_response(request, found)


@router.post(
    "/contracts/{contract}/milestones",
    operation_id="markMilestone",
    summary="Mark the contract as it stands",
    responses=docs.responses(model.MilestoneList, model.MILESTONES, headers=("Contract-Revision",)),
    openapi_extra=docs.operation(
        docs.CONTRACT, docs.IDEMPOTENCY_KEY, docs.BASE_REVISION, example=model.MILESTONE
    ),
)
async def post_milestone(request: Request, body: model.MilestoneMarked) -> Response:
    """Mark the contract; a discharge noted by one of its care providers marks it by itself."""
    contract, conditions = request.path_params["contract"], await conditions_of(request)
    done = await milestones.mark(caller_of(request), contract, body.values(), conditions)
    return json_response(request, done.item, revision=done.revision)


@router.get(
    "/contracts/{contract}/discharge-summary",
    operation_id="readDischargeSummary",
    summary="Read the summary at discharge",
    responses=docs.responses(model.DischargeSummary, model.SUMMARY),
    openapi_extra=docs.operation(docs.CONTRACT, docs.ACTING_FOR),
)
async def get_summary(request: Request) -> Response:
    """Return what was given last; before that what it would say, as of the milestone, not known included."""
    told = await service.read_summary(caller_of(request), request.path_params["contract"])
    return json_response(request, told)


@router.post(
    "/contracts/{contract}/discharge-summary",
    operation_id="giveDischargeSummary",
    summary="Give the patient the summary at discharge",
    status_code=201,
    responses=docs.responses(
        model.DischargeSummary, model.SUMMARY, status=201, headers=("Contract-Revision",)
    ),
    openapi_extra=docs.operation(
        docs.CONTRACT, docs.IDEMPOTENCY_KEY, docs.BASE_REVISION, example=model.GIVEN
    ),
)
async def post_summary(request: Request, body: model.SummaryGiven) -> Response:
    """Keep the document as it is given; it stays as it is, a later one takes its place."""
    contract, conditions = request.path_params["contract"], await conditions_of(request)
    done = await service.give_summary(caller_of(request), contract, body.values(), conditions)
    return json_response(request, done.item, status=201, revision=done.revision)
