"""The routes of events in a patient's life: a new identity number, two records of one person, death."""

from enum import Enum
from typing import Final

import orjson
from fastapi import APIRouter, Request, Response

from pk_api.contract.model import lives as model
from pk_api.contract.service import lives, same_person
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import ContractRoute, caller_of, conditions_of, json_response, query_of

router = APIRouter(prefix="/v1", route_class=ContractRoute)
_PATIENTS: Final[list[str | Enum]] = ["patients"]


@router.post(
    "/patients/{patient}/identity-change",
    operation_id="changeIdentity",
    summary="Give a patient a new identity number",
    tags=_PATIENTS,
    response_model=None,
    responses=docs.responses(model.Identity, model.IDENTITY),
    openapi_extra=docs.operation(docs.PATIENT, docs.IDEMPOTENCY_KEY, example=model.CHANGED),
)
async def post_identity(request: Request, body: model.IdentityChanged) -> Response:
    """Put a new number in use, as when a reserve number becomes a personnummer; old ones lead here too."""
    query_of(request)
    patient, conditions = request.path_params["patient"], await conditions_of(request)
    done = await lives.change_identity(caller_of(request), patient, body.values(), conditions)
    return json_response(request, orjson.dumps(done))


@router.post(
    "/patients/{patient}/death",
    operation_id="noteDeath",
    summary="Note a patient's death",
    tags=_PATIENTS,
    response_model=None,
    responses=docs.responses(model.Ended, model.ENDED),
    openapi_extra=docs.operation(docs.PATIENT, docs.IDEMPOTENCY_KEY, example=model.DIED),
)
async def post_death(request: Request, body: model.Died) -> Response:
    """End the access of patient and stand-ins, complete the own contract, cancel the own times ahead."""
    query_of(request)
    patient, conditions = request.path_params["patient"], await conditions_of(request)
    done = await lives.died(caller_of(request), patient, body.values(), conditions)
    return json_response(request, orjson.dumps(done))


@router.post(
    "/patients/{patient}/merge",
    operation_id="mergePatients",
    summary="Merge two records of one person",
    tags=_PATIENTS,
    response_model=None,
    responses=docs.responses(model.Merged, model.MERGED),
    openapi_extra=docs.operation(docs.PATIENT, docs.IDEMPOTENCY_KEY, example=model.MERGING),
)
async def post_merge(request: Request, body: model.Merging) -> Response:
    """Let the patient replace the duplicate: its numbers lead here, what stands in it stays there."""
    query_of(request)
    patient, conditions = request.path_params["patient"], await conditions_of(request)
    done = await same_person.merge(caller_of(request), patient, body.values(), conditions)
    return json_response(request, orjson.dumps(done))


@router.post(
    "/patients/{patient}/unmerge",
    operation_id="unmergePatients",
    summary="Take two merged records apart",
    tags=_PATIENTS,
    response_model=None,
    responses=docs.responses(model.Merged, model.UNMERGED),
    openapi_extra=docs.operation(docs.PATIENT, docs.IDEMPOTENCY_KEY, example=model.MERGING),
)
async def post_unmerge(request: Request, body: model.Merging) -> Response:
    """Give each the numbers that it bore: the two were not one person."""
    query_of(request)
    patient, conditions = request.path_params["patient"], await conditions_of(request)
    done = await same_person.unmerge(caller_of(request), patient, body.values(), conditions)
    return json_response(request, orjson.dumps(done))
