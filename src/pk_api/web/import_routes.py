"""The route by which systems without FHIR send the plans that they keep."""

from fastapi import Request, Response

from pk_api.contract.model import imports as model
from pk_api.contract.service import imports as service
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import caller_of, conditions_of, contract_router, json_response

router = contract_router("imports")


@router.post(
    "/imports",
    operation_id="importPlan",
    summary="Send a plan of another system",
    responses=docs.responses(model.PlanTaken, model.TAKEN, headers=("Contract-Revision",)),
    openapi_extra=docs.operation(
        docs.ACTING_FOR, docs.IDEMPOTENCY_KEY, docs.BASE_REVISION, example=model.IMPORTED
    ),
)
async def post_import(request: Request, body: model.PlanImport) -> Response:
    """Take a plan by the sender's ids; what has not changed since it was last sent stays as it is.

    With Base-Revision (`revision` of an earlier answer) nothing is taken of what others have changed since.
    """
    taken = await service.import_plan(caller_of(request), body.values(), await conditions_of(request))
    is_changed = any(each["outcome"] != "unchanged" for each in taken["items"])
    return json_response(request, taken, revision=taken["revision"] if is_changed else None)
