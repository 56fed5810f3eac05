"""The routes of what a patient rules over: `/v1/me` and its lists, for the patient and with `Acting-For`."""

from typing import Any, Final

from fastapi import Request, Response

from pk_api.contract.model import answers, me
from pk_api.contract.service.invitations import accept, invite, list_invitations, withdraw
from pk_api.contract.service.me import RULED, add_ruled, end_ruled, list_ruled, who_am_i
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import caller_of, conditions_of, contract_router, json_response

router = contract_router("me")
_MADE: Final[dict[str, tuple[type[Any], Any]]] = {
    "consents": (me.ConsentGiven, me.CONSENT_GIVEN),
    "blocks": (me.BlockMade, me.BLOCK_MADE),
    "apps": (me.AppAllowed, me.APP_ALLOWED),
}
"""List → the body that adds to it, and an example; stand-ins are added by care, and by invitation."""


@router.get(
    "/me",
    operation_id="readMe",
    summary="Read who one is here, and for whom one may act",
    responses=docs.responses(me.Me, me.ME),
    openapi_extra=docs.operation(docs.ACTING_FOR),
)
async def get_me(request: Request) -> Response:
    """Return the caller's kind, the Patient that they are or act for, and whom they may act for."""
    return json_response(request, await who_am_i(caller_of(request)))


@router.post(
    "/me/invitations",
    operation_id="inviteRelative",
    summary="Invite a relative",
    status_code=201,
    responses=docs.responses(me.Invitation, me.INVITATION, status=201),
    openapi_extra=docs.operation(docs.ACTING_FOR, example=me.INVITATION_MADE),
)
async def post_invitation(request: Request, body: me.InvitationMade) -> Response:
    """Return a code by which who logs in becomes the RelatedPerson; the patient's permission goes with it."""
    return json_response(request, await invite(caller_of(request), body.values()), status=201)


@router.get(
    "/me/invitations",
    operation_id="listInvitations",
    summary="List the patient's invitations",
    responses=docs.responses(answers.Items[me.InvitationItem], me.INVITATIONS),
    openapi_extra=docs.operation(docs.ACTING_FOR),
)
async def get_invitations(request: Request) -> Response:
    """Return the invitations that may be used yet, the latest first; a code is told once, when it is made."""
    return json_response(request, await list_invitations(caller_of(request)))


@router.delete(
    "/me/invitations/{invitation}",
    operation_id="withdrawInvitation",
    summary="Withdraw an invitation",
    status_code=204,
    responses=docs.done("Withdrawn."),
    openapi_extra=docs.operation(docs.INVITATION, docs.ACTING_FOR),
)
async def delete_invitation(request: Request) -> Response:
    """Make a code void before it is used; what the relative may do once let in is ended among the proxies."""
    await withdraw(caller_of(request), request.path_params["invitation"])
    return Response(status_code=204)


@router.post(
    "/invitations/accept",
    operation_id="acceptInvitation",
    summary="Accept an invitation",
    responses=docs.responses(me.Accepted, me.ACCEPTED),
    openapi_extra=docs.operation(example=me.INVITATION_ACCEPTED),
)
async def post_acceptance(request: Request, body: me.InvitationAccepted) -> Response:
    """Become the relative whom the code is for; once."""
    return json_response(request, await accept(caller_of(request), body.values()))


def _add_list(name: str) -> None:
    async def listed(request: Request) -> Response:
        return json_response(request, await list_ruled(caller_of(request), name))

    async def ended(request: Request) -> Response:
        item = await end_ruled(caller_of(request), name, request.path_params["consent"])
        return json_response(request, item)

    listed.__doc__ = f"Return the {name} of the patient, those in force first."
    ended.__doc__ = "End it, at once; it stays in the list as ended."
    router.add_api_route(
        f"/me/{name}",
        listed,
        methods=["GET"],
        operation_id=f"list{name.title()}",
        summary=f"List the patient's {name}",
        responses=docs.responses(answers.Items[me.RuledItem], me.RULED_ITEMS),
        openapi_extra=docs.operation(docs.ACTING_FOR),
    )
    router.add_api_route(
        f"/me/{name}/{{consent}}",
        ended,
        methods=["DELETE"],
        operation_id=f"end{name.title()}",
        summary=f"End one of the patient's {name}",
        responses=docs.responses(me.RuledItem, {**me.RULED_ITEM, "state": "ended"}),
        openapi_extra=docs.operation(docs.CONSENT, docs.ACTING_FOR),
    )


def _add_making(name: str, body_type: type[Any], example: Any) -> None:
    async def made(request: Request, body: Any) -> Response:
        item = await add_ruled(caller_of(request), name, body.values(), await conditions_of(request))
        return json_response(request, item, status=201, location=f"/fhir/Consent/{item['id']}")

    made.__doc__ = f"{body_type.__doc__} Of effect at once."
    made.__annotations__["body"] = body_type
    router.add_api_route(
        f"/me/{name}",
        made,
        methods=["POST"],
        status_code=201,
        operation_id=f"add{name.title()}",
        summary=f"Add to the patient's {name}",
        responses=docs.responses(me.RuledItem, me.RULED_ITEM, status=201, headers=("Location",)),
        openapi_extra=docs.operation(docs.IDEMPOTENCY_KEY, docs.ACTING_FOR, example=example),
    )


for _name in RULED:
    _add_list(_name)
for _name, (_body, _example) in _MADE.items():
    _add_making(_name, _body, _example)
