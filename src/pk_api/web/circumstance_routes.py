"""The routes by which is told what surrounds a contract: relatives, adapted contacts, children."""

from typing import Any, Final

from fastapi import Request, Response

from pk_api.contract.elements import Json
from pk_api.contract.model import circumstances as model
from pk_api.contract.model.answers import Responsible
from pk_api.contract.service.circumstances import tell
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import caller_of, conditions_of, contract_router, json_response
from pk_api.web.posted import Posted, add_posted

router = contract_router("circumstances")


def _shown(shown: type[Any], example: Any) -> dict[int | str, dict[str, Any]]:
    return docs.responses(shown, example, headers=("Contract-Revision",))


def _described(example: Any) -> dict[str, Any]:
    return docs.operation(
        docs.CONTRACT,
        docs.IDEMPOTENCY_KEY,
        docs.BASE_REVISION,
        docs.TOLD_BY,
        docs.REVISION_REASON,
        example=example,
    )


async def _keep(request: Request, kind: str, body: Json) -> Response:
    contract, conditions = request.path_params["contract"], await conditions_of(request)
    done = await tell(caller_of(request), contract, kind, body, conditions)
    return json_response(request, done.item, revision=done.revision)


TOLD: Final = (
    Posted(
        "relatives-wish",
        "tellRelativesWish",
        "Tell how relatives are to take part",
        "Keep the patient's wish; what is told last counts, and relatives do not read it.",
        model.WishTold,
        model.WISH_TOLD,
        responses=_shown(model.RelativesWish, model.WISH),
    ),
    Posted(
        "communication-needs",
        "tellNeeds",
        "Tell how contacts are adapted",
        "Keep how contacts are adapted; it is the support of times that say none of their own.",
        model.NeedsTold,
        model.NEEDS_TOLD,
        responses=_shown(model.NeedsShown, model.NEEDS),
    ),
    Posted(
        "children-as-relatives",
        "tellChildren",
        "Tell whether there are children who are relatives",
        "Keep that there are children, or are not; nothing that tells which child.",
        model.ChildrenTold,
        model.CHILDREN_TOLD,
        responses=_shown(model.ChildrenShown, model.CHILDREN),
    ),
    Posted(
        "sip-need",
        "tellSipNeed",
        "Tell whether a coordinated individual plan is needed",
        "Keep that a SIP is needed or not, called to by the writer, or declined; a plan in force exists.",
        model.SipNeedTold,
        model.SIP_TOLD,
        responses=_shown(model.SipNeed, model.SIP_SHOWN),
    ),
    Posted(
        "responsible",
        "assignResponsible",
        "Say which contact is responsible for the contract",
        "Assign the contact who is responsible, with the reason; a patient wishes for it by POST /v1/wishes.",
        model.ResponsibleTold,
        model.RESPONSIBLE_TOLD,
        responses=_shown(Responsible, model.RESPONSIBLE),
    ),
    Posted(
        "directions",
        "tellDirections",
        "Say whom the patient turns to for what",
        "Keep the directions in place of those before; else it follows from what contacts are `for`.",
        model.DirectionsTold,
        model.DIRECTIONS_TOLD,
        responses=_shown(model.DirectionsShown, model.DIRECTIONS),
    ),
    Posted(
        "coordination-wish",
        "tellCoordinationWish",
        "Tell whether the patient wishes for coordination",
        "Keep the patient's wish; what is told last counts.",
        model.CoordinationTold,
        model.COORDINATION_TOLD,
        responses=_shown(model.CoordinationWish, model.COORDINATION),
    ),
)

add_posted(
    router,
    "/contracts/{contract}",
    TOLD,
    _keep,
    described=_described,
)
