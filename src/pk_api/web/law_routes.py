"""The routes about access in the contract API: who a number is, openings, blocks, why something is open."""

from fastapi import Request, Response

from pk_api.contract.model import law as model
from pk_api.contract.service import law as service
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import caller_of, conditions_of, contract_router, json_response

router = contract_router("access")


@router.post(
    "/patients/find",
    operation_id="findPatient",
    summary="Find the patient whom an identity number names",
    responses=docs.responses(model.PatientFound, model.FOUND),
    openapi_extra=docs.operation(example={"patient": {"personnummer": "191212121212"}}),
)
async def post_find(request: Request, body: model.PatientSought) -> Response:
    """Return the patient's reference; whoever asks for many that are not here is locked out for a while."""
    return json_response(request, await service.find_patient(caller_of(request), body.values()["patient"]))


@router.post(
    "/patients/{patient}/emergency-openings",
    operation_id="openEmergency",
    summary="Open a record in an emergency",
    status_code=201,
    responses=docs.responses(model.Opening, model.OPENING, status=201),
    openapi_extra=docs.operation(
        docs.PATIENT,
        docs.IDEMPOTENCY_KEY,
        example={"kind": "shared-care", "reason": "Medvetslös, läkemedel måste kännas till.", "hours": 4},
    ),
)
async def post_opening(request: Request, body: model.EmergencyOpening) -> Response:
    """Open for the caller's unit, at once and for a time; the patient is told, and every access is marked."""
    patient = request.path_params["patient"]
    conditions = await conditions_of(request)
    opened = await service.open_emergency(caller_of(request), patient, body.values(), conditions)
    return json_response(request, opened, status=201)


@router.get(
    "/patients/{patient}/blocks",
    operation_id="readBlocks",
    summary="Read whether blocks bar the caller",
    responses=docs.responses(model.Blocks, {"inner": True, "outer": False}),
    openapi_extra=docs.operation(docs.PATIENT),
)
async def get_blocks(request: Request) -> Response:
    """Return that inner or outer blocks bar the caller, and nothing more."""
    return json_response(request, await service.blocks(caller_of(request), request.path_params["patient"]))


@router.post(
    "/patients/{patient}/block-owners",
    operation_id="readBlockOwners",
    summary="Read whose the blocks are, in an emergency",
    responses=docs.responses(model.BlockOwners, model.OWNERS),
    openapi_extra=docs.operation(docs.PATIENT, example={"reason": "Behöver ringa den som har spärrat."}),
)
async def post_owners(request: Request, body: model.OwnersAsked) -> Response:
    """Return whose the blocks are: the second step, after an emergency opening (403 without one)."""
    patient = request.path_params["patient"]
    return json_response(request, await service.block_owners(caller_of(request), patient, body.values()))


@router.post(
    "/access/explain",
    operation_id="explainAccess",
    summary="Explain why a resource is open to somebody or not",
    responses=docs.responses(model.Explained, model.EXPLAINED),
    openapi_extra=docs.operation(
        example={
            "actor": {"kind": "staff", "careProvider": "SE2129990012-0001", "unit": "SE2129990012-1001"},
            "action": "read",
            "resource": "CarePlan/stroke-contract",
        }
    ),
)
async def post_explain(request: Request, body: model.ExplanationAsked) -> Response:
    """Return which rule decides, which facts are in force, and where it stands: for audit officers."""
    return json_response(request, await service.explain(caller_of(request), body.values()))
