"""The routes by which is told what surrounds a contract: relatives, adapted contacts, children."""

from enum import Enum
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from pk_api.contract.elements import Json
from pk_api.contract.model import circumstances as model
from pk_api.contract.model.answers import Responsible
from pk_api.contract.service.circumstances import tell
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import ContractRoute, caller_of, conditions_of, json_response, query_of

router = APIRouter(prefix="/v1", route_class=ContractRoute)
_TAGS: Final[list[str | Enum]] = ["circumstances"]


def _shown(shown: type[Any], example: Any) -> dict[int | str, dict[str, Any]]:
    return docs.responses(shown, example, headers=("Contract-Revision",))


def _described(example: Any) -> dict[str, Any]:
    return docs.operation(
        docs.CONTRACT, docs.IDEMPOTENCY_KEY, docs.BASE_REVISION, docs.TOLD_BY, example=example
    )


async def _keep(request: Request, kind: str, body: Json) -> Response:
    query_of(request)
    contract, conditions = request.path_params["contract"], await conditions_of(request)
    done = await tell(caller_of(request), contract, kind, body, conditions)
    return json_response(request, orjson.dumps(done.item), revision=done.revision)


@router.post(
    "/contracts/{contract}/relatives-wish",
    operation_id="tellRelativesWish",
    summary="Tell how relatives are to take part",
    tags=_TAGS,
    response_model=None,
    responses=_shown(model.RelativesWish, model.WISH),
    openapi_extra=_described(model.WISH_TOLD),
)
async def post_wish(request: Request, body: model.WishTold) -> Response:
    """Keep the patient's wish; what is told last counts, and relatives do not read it."""
    return await _keep(request, "relatives-wish", body.values())


@router.post(
    "/contracts/{contract}/communication-needs",
    operation_id="tellNeeds",
    summary="Tell how contacts are adapted",
    tags=_TAGS,
    response_model=None,
    responses=_shown(model.NeedsShown, model.NEEDS),
    openapi_extra=_described(model.NEEDS_TOLD),
)
async def post_needs(request: Request, body: model.NeedsTold) -> Response:
    """Keep how contacts are adapted; it is the support of times that say none of their own."""
    return await _keep(request, "communication-needs", body.values())


@router.post(
    "/contracts/{contract}/children-as-relatives",
    operation_id="tellChildren",
    summary="Tell whether there are children who are relatives",
    tags=_TAGS,
    response_model=None,
    responses=_shown(model.ChildrenShown, model.CHILDREN),
    openapi_extra=_described(model.CHILDREN_TOLD),
)
async def post_children(request: Request, body: model.ChildrenTold) -> Response:
    """Keep that there are children, or are not; nothing that tells which child."""
    return await _keep(request, "children-as-relatives", body.values())


@router.post(
    "/contracts/{contract}/sip-need",
    operation_id="tellSipNeed",
    summary="Tell whether a coordinated individual plan is needed",
    tags=_TAGS,
    response_model=None,
    responses=_shown(model.SipNeed, model.SIP_SHOWN),
    openapi_extra=_described(model.SIP_TOLD),
)
async def post_sip_need(request: Request, body: model.SipNeedTold) -> Response:
    """Keep that a SIP is needed or not, called to by the writer, or declined; a plan in force exists."""
    return await _keep(request, "sip-need", body.values())


@router.post(
    "/contracts/{contract}/responsible",
    operation_id="assignResponsible",
    summary="Say which contact is responsible for the contract",
    tags=_TAGS,
    response_model=None,
    responses=_shown(Responsible, model.RESPONSIBLE),
    openapi_extra=_described(model.RESPONSIBLE_TOLD),
)
async def post_responsible(request: Request, body: model.ResponsibleTold) -> Response:
    """Assign the contact who is responsible, with the reason; a patient wishes for it by POST /v1/wishes."""
    return await _keep(request, "responsible", body.values())


@router.post(
    "/contracts/{contract}/directions",
    operation_id="tellDirections",
    summary="Say whom the patient turns to for what",
    tags=_TAGS,
    response_model=None,
    responses=_shown(model.DirectionsShown, model.DIRECTIONS),
    openapi_extra=_described(model.DIRECTIONS_TOLD),
)
async def post_directions(request: Request, body: model.DirectionsTold) -> Response:
    """Keep the directions in place of those before; what none is said of follows from the contacts' `for`."""
    return await _keep(request, "directions", body.values())


@router.post(
    "/contracts/{contract}/coordination-wish",
    operation_id="tellCoordinationWish",
    summary="Tell whether the patient wishes for coordination",
    tags=_TAGS,
    response_model=None,
    responses=_shown(model.CoordinationWish, model.COORDINATION),
    openapi_extra=_described(model.COORDINATION_TOLD),
)
async def post_coordination_wish(request: Request, body: model.CoordinationTold) -> Response:
    """Keep the patient's wish; what is told last counts."""
    return await _keep(request, "coordination-wish", body.values())
