"""The routes of reconciled plans: told, listed."""

from fastapi import Request, Response

from pk_api.contract.model import reconciliations as model
from pk_api.contract.service import reconciliations as service
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    caller_of,
    conditions_of,
    contract_router,
    item_response,
    json_response,
)

router = contract_router("plans")
_PATH = "/contracts/{contract}/reconciliations"


@router.post(
    _PATH,
    operation_id="tellReconciliation",
    summary="Tell which plans were gone through together",
    status_code=201,
    responses=docs.responses(
        model.ReconciliationItem, model.SHOWN, status=201, headers=("ETag", "Contract-Revision")
    ),
    openapi_extra=docs.operation(docs.CONTRACT, docs.IDEMPOTENCY_KEY, docs.BASE_REVISION, example=model.TOLD),
)
async def post_reconciliation(request: Request, body: model.ReconciliationTold) -> Response:
    """Keep who went through which plans, in the versions that stand; not against the patient's wish."""
    contract, conditions = request.path_params["contract"], await conditions_of(request)
    done = await service.tell(caller_of(request), contract, body.values(), conditions)
    return item_response(request, done.item, status=201, revision=done.revision)


@router.get(
    _PATH,
    operation_id="listReconciliations",
    summary="List which plans were gone through, by whom and when",
    responses=docs.responses(model.Reconciliations, model.LISTED),
    openapi_extra=docs.operation(docs.CONTRACT),
)
async def get_reconciliations(request: Request) -> Response:
    """Return reconciliations, the latest first, and which plans have changed since."""
    found = await service.list_reconciliations(caller_of(request), request.path_params["contract"])
    return json_response(request, found)
