"""The route by which others ask that somebody coordinates."""

from fastapi import Request, Response

from pk_api.contract.model import answers, examples
from pk_api.contract.model.requests import CoordinationRequest
from pk_api.contract.service.coordination import request_coordination
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import caller_of, conditions_of, contract_router, json_response

router = contract_router("coordination")


@router.post(
    "/coordination-requests",
    operation_id="requestCoordination",
    summary="Ask for coordination",
    status_code=202,
    responses=docs.responses(answers.Received, examples.RECEIVED, status=202),
    openapi_extra=docs.operation(docs.IDEMPOTENCY_KEY, example=examples.COORDINATION),
)
async def post_coordination_request(request: Request, body: CoordinationRequest) -> Response:
    """Hand a request to whoever answers for the patient's contract; the answer is the same if nobody does."""
    received = await request_coordination(caller_of(request), body.values(), await conditions_of(request))
    return json_response(request, received, status=202)
