"""The routes by which blocks between care providers are asked to be lifted, and by which that is answered."""

from fastapi import Request, Response

from pk_api.contract.model import answers
from pk_api.contract.model import lifting as model
from pk_api.contract.service import lifting
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import caller_of, conditions_of, contract_router, json_response

router = contract_router("access")


@router.post(
    "/patients/{patient}/block-lift-requests",
    operation_id="askForLift",
    summary="Ask for a block between care providers to be lifted",
    status_code=201,
    responses=docs.responses(model.OwnLiftRequest, model.OWN, status=201),
    openapi_extra=docs.operation(docs.PATIENT, example=model.ASKED),
)
async def post_request(request: Request, body: model.LiftAsked) -> Response:
    """Hand the request to whoever blocks; the caller is told neither who that is nor how many they are."""
    patient = request.path_params["patient"]
    return json_response(request, await lifting.ask(caller_of(request), patient, body.values()), status=201)


@router.get(
    "/patients/{patient}/block-lift-requests",
    operation_id="listOwnLiftRequests",
    summary="Read what became of one's own requests to lift blocks",
    responses=docs.responses(answers.Items[model.OwnLiftRequest], model.OWN_REQUESTS),
    openapi_extra=docs.operation(docs.PATIENT),
)
async def get_own(request: Request) -> Response:
    """Return the requests of the caller's unit about a patient, the latest first."""
    patient = request.path_params["patient"]
    return json_response(request, await lifting.own_requests(caller_of(request), patient))


@router.get(
    "/block-lift-requests",
    operation_id="listLiftRequests",
    summary="List the requests to lift one's own blocks",
    responses=docs.responses(answers.Items[model.LiftRequest], model.REQUESTS),
    openapi_extra=docs.operation(),
)
async def get_requests(request: Request) -> Response:
    """Return the requests that wait for an answer of the caller's unit, the oldest first."""
    return json_response(request, await lifting.received(caller_of(request)))


@router.post(
    "/block-lift-requests/{request}/answer",
    operation_id="answerLiftRequest",
    summary="Lift one's own block, or refuse",
    responses=docs.responses(model.LiftRequest, model.ANSWERED),
    openapi_extra=docs.operation(docs.LIFT_REQUEST, docs.IDEMPOTENCY_KEY, example=model.ANSWER),
)
async def postjson_response(request: Request, body: model.LiftAnswered) -> Response:
    """Lift what the caller's care provider blocks, for the unit that asked and until a time; or refuse."""
    conditions = await conditions_of(request)
    name = request.path_params["request"]
    return json_response(request, await lifting.answer(caller_of(request), name, body.values(), conditions))
