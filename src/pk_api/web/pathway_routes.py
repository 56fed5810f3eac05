"""The route by which a pathway is started under a contract."""

from fastapi import Request, Response

from pk_api.contract.model import examples
from pk_api.contract.model import plans as model
from pk_api.contract.model.items import PlanItem
from pk_api.contract.service.pathways import start_pathway
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import caller_of, conditions_of, contract_router, item_response

router = contract_router("plans")
_MADE = docs.responses(
    PlanItem, examples.ITEM["plans"], status=201, headers=("ETag", "Location", "Contract-Revision")
)


@router.post(
    "/contracts/{contract}/pathways",
    operation_id="startPathway",
    summary="Start a pathway",
    status_code=201,
    responses={
        **_MADE,
        200: {"model": PlanItem, "description": "It was started before: the plan that stands."},
    },
    openapi_extra=docs.operation(docs.CONTRACT, docs.IDEMPOTENCY_KEY, example=model.PATHWAY),
)
async def post_pathway(request: Request, body: model.PathwayStarted) -> Response:
    """Make the plan that a PlanDefinition describes, a draft with its goals, actions and times, once."""
    contract, conditions = request.path_params["contract"], await conditions_of(request)
    started = await start_pathway(caller_of(request), contract, body.values(), conditions)
    item = started.done.item
    location = f"/v1/contracts/{contract}/plans/{item['id']}"
    return item_response(
        request,
        item,
        status=201 if started.is_new else 200,
        location=location,
        revision=started.done.revision,
    )
