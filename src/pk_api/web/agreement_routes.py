"""The routes of agreements in the contract API: listed, proposed, read, answered, verified."""

import re
from typing import Final

from fastapi import Request, Response

from pk_api.contract.model import agreements as model
from pk_api.contract.service import agreements as service
from pk_api.contract.service.verifying import verify
from pk_api.fhir.problems import Problem
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    caller_of,
    conditions_of,
    contract_router,
    json_response,
)

router = contract_router("agreements")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")


def _named(request: Request) -> tuple[str, int]:
    contract, number = request.path_params["contract"], request.path_params["number"]
    if not _NUMBER.fullmatch(number):
        raise Problem("not-found", "There is no such agreement here, or it is not open to this caller.")
    return contract, int(number)


@router.get(
    "/contracts/{contract}/agreements",
    operation_id="listAgreements",
    summary="List the agreements on a contract",
    responses=docs.responses(model.AgreementList, model.AGREEMENTS),
    openapi_extra=docs.operation(docs.CONTRACT, docs.ACTING_FOR),
)
async def get_agreements(request: Request) -> Response:
    """Return what was proposed, the latest first, and what each party answered."""
    return json_response(
        request, await service.list_agreements(caller_of(request), request.path_params["contract"])
    )


@router.post(
    "/contracts/{contract}/agreements",
    operation_id="proposeAgreement",
    summary="Propose an agreement",
    status_code=201,
    responses=docs.responses(model.Agreement, model.AGREEMENT, status=201, headers=("Location",)),
    openapi_extra=docs.operation(docs.CONTRACT, docs.IDEMPOTENCY_KEY, example=model.PROPOSED),
)
async def post_agreement(request: Request, body: model.Proposed) -> Response:
    """Ask the patient and the care providers of the team to agree to the contract as it stands."""
    contract = request.path_params["contract"]
    made = await service.propose(caller_of(request), contract, body.values(), await conditions_of(request))
    location = f"/v1/contracts/{contract}/agreements/{made['number']}"
    return json_response(request, made, status=201, location=location)


@router.get(
    "/contracts/{contract}/agreements/{number}",
    operation_id="readAgreement",
    summary="Read an agreement",
    responses=docs.responses(model.Agreement, model.AGREEMENT),
    openapi_extra=docs.operation(docs.CONTRACT, docs.AGREEMENT_NUMBER, docs.ACTING_FOR),
)
async def get_agreement(request: Request) -> Response:
    """Return parties and answers, the items with their versions, and what has changed since."""
    return json_response(request, await service.read_agreement(caller_of(request), *_named(request)))


@router.post(
    "/contracts/{contract}/agreements/{number}/accept",
    operation_id="acceptAgreement",
    summary="Accept an agreement",
    responses=docs.responses(model.Agreement, model.AGREEMENT),
    openapi_extra=docs.operation(
        docs.CONTRACT, docs.AGREEMENT_NUMBER, docs.ACTING_FOR, docs.IDEMPOTENCY_KEY, example=model.ACCEPTED
    ),
)
async def post_accept(request: Request, body: model.Accepted) -> Response:
    """Accept for one's own party what it is shown, but for single items; 409 when that has changed since."""
    conditions = await conditions_of(request)
    return json_response(
        request, await service.accept(caller_of(request), *_named(request), body.values(), conditions)
    )


@router.post(
    "/contracts/{contract}/agreements/{number}/decline",
    operation_id="declineAgreement",
    summary="Decline an agreement",
    responses=docs.responses(model.Agreement, model.AGREEMENT),
    openapi_extra=docs.operation(
        docs.CONTRACT, docs.AGREEMENT_NUMBER, docs.ACTING_FOR, docs.IDEMPOTENCY_KEY, example=model.DECLINED
    ),
)
async def post_decline(request: Request, body: model.Declined) -> Response:
    """Decline for one's own party, and say why."""
    conditions = await conditions_of(request)
    return json_response(
        request, await service.decline(caller_of(request), *_named(request), body.values(), conditions)
    )


@router.get(
    "/contracts/{contract}/agreements/{number}/verify",
    operation_id="verifyAgreement",
    summary="Verify an agreement",
    responses=docs.responses(model.Verified, model.VERIFIED),
    openapi_extra=docs.operation(docs.CONTRACT, docs.AGREEMENT_NUMBER, docs.ACTING_FOR),
)
async def get_verification(request: Request) -> Response:
    """Compute the hashes anew over what the caller sees, and say whether the content still is what it was."""
    return json_response(request, await verify(caller_of(request), *_named(request)))
