"""The contract API, `/v1`: contracts as wholes here, their parts from `contract_parts`.

Shape and examples: docs/contract-api.md and the OpenAPI description made from these routes.
"""

from fastapi import Request, Response

from pk_api.contract.model import answers, examples
from pk_api.contract.model.requests import (
    ContractOpening,
    ContractSearch,
    StatusChange,
)
from pk_api.contract.parts import PARTS
from pk_api.contract.service.contracts import (
    Told,
    change_status,
    lacking,
    next_step,
    open_contract,
    read_contract,
    revisions,
    search_contracts,
)
from pk_api.contract.service.me import own_contract
from pk_api.contract.service.moments import as_of, with_past
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    caller_of,
    conditions_of,
    contract_router,
    cursor_of,
    invalid,
    is_known,
    json_response,
    page_of,
    page_response,
    text_response,
)

router = contract_router("contracts")


@router.post(
    "/contracts",
    operation_id="openContract",
    summary="Open a contract",
    status_code=201,
    responses=docs.responses(
        answers.Contract, examples.CONTRACT, status=201, headers=("ETag", "Location", "Contract-Revision")
    ),
    openapi_extra=docs.operation(docs.IDEMPOTENCY_KEY, example=examples.OPENING),
)
async def post_contract(request: Request, body: ContractOpening) -> Response:
    """Open a contract, the caller's care provider first in its team; a patient has one active at most."""
    done = await open_contract(caller_of(request), body.values(), await conditions_of(request))
    return json_response(
        request,
        done.item,
        status=201,
        location=f"/v1/contracts/{done.item['id']}",
        revision=done.revision,
    )


@router.post(
    "/contracts/search",
    operation_id="searchContracts",
    summary="Find contracts",
    responses=docs.responses(answers.Items[answers.ContractFound], examples.FOUND),
    openapi_extra=docs.operation(docs.IDEMPOTENCY_KEY, example=examples.SEARCH),
)
async def post_search(request: Request, body: ContractSearch) -> Response:
    """Return the contracts that the caller sees; identity numbers stand in the body only."""
    await conditions_of(request)
    wanted = body.values()
    wanted |= {"cursor": cursor_of(request, wanted.get("cursor"))}
    return page_response(request, await search_contracts(caller_of(request), wanted))


@router.get(
    "/contracts/{contract}",
    operation_id="readContract",
    summary="Read a contract",
    responses=docs.not_modified(docs.responses(answers.Contract, examples.CONTRACT, headers=("ETag",))),
    openapi_extra=docs.operation(docs.CONTRACT, docs.AS_OF, docs.PARTS_ASKED, docs.IF_NONE_MATCH),
)
async def get_contract(request: Request) -> Response:
    """Return the whole contract as the caller may see it; `asOf` leads back in time."""
    return await _whole(request, request.path_params["contract"])


@router.get(
    "/me/contract",
    operation_id="readOwnContract",
    summary="Read one's own contract",
    responses=docs.not_modified(docs.responses(answers.Contract, examples.CONTRACT, headers=("ETag",))),
    openapi_extra=docs.operation(docs.ACTING_FOR, docs.AS_OF, docs.PARTS_ASKED, docs.IF_NONE_MATCH),
)
async def get_own_contract(request: Request) -> Response:
    """Return the patient's active contract, else the latest; with Acting-For that of whom one acts for."""
    return await _whole(request, await own_contract(caller_of(request)))


async def _whole(request: Request, contract: str) -> Response:
    query = request.query_params
    parts = _parts(query.get("parts"))
    moment = as_of(query["asOf"], "asOf") if "asOf" in query else None
    caller, built = caller_of(request), request.app.state.built
    tag, reading = await read_contract(caller, contract, moment)
    if is_known(request, tag):
        return text_response(request, b"", tag=tag)
    told = Told(tag, parts, caller.actor.person, caller.actor.employee)
    if not built.holds(told):
        reading = await with_past(caller, reading)
    return text_response(request, built.json(told, reading), tag=tag)


@router.post(
    "/contracts/{contract}/status",
    operation_id="changeContractStatus",
    summary="Activate, complete or revoke a contract",
    responses=docs.responses(answers.Contract, examples.CONTRACT, headers=("Contract-Revision",)),
    openapi_extra=docs.operation(
        docs.CONTRACT, docs.IDEMPOTENCY_KEY, docs.IF_MATCH, docs.BASE_REVISION, example=examples.STATUS
    ),
)
async def post_status(request: Request, body: StatusChange) -> Response:
    """Change the contract's status; If-Match names the version of the contract itself."""
    contract = request.path_params["contract"]
    done = await change_status(caller_of(request), contract, body.values(), await conditions_of(request))
    return json_response(request, done.item, revision=done.revision)


@router.get(
    "/contracts/{contract}/next-step",
    operation_id="readNextStep",
    summary="Read the next step",
    responses=docs.responses(answers.NextStepAnswer, examples.NEXT_STEP),
    openapi_extra=docs.operation(docs.CONTRACT),
)
async def get_next_step(request: Request) -> Response:
    """Return what happens next, by whom, and whom to turn to; null when nothing lies ahead."""
    step = await next_step(caller_of(request), request.path_params["contract"])
    return json_response(request, step)


@router.get(
    "/contracts/{contract}/gaps",
    operation_id="listGaps",
    summary="List what a contract lacks",
    responses=docs.responses(answers.Items[answers.Gap], examples.GAPS),
    openapi_extra=docs.operation(docs.CONTRACT),
)
async def get_gaps(request: Request) -> Response:
    """Return what the contract should hold and does not, each with the rule that asks for it."""
    found = await lacking(caller_of(request), request.path_params["contract"])
    return json_response(request, {"items": found, "next": None})


@router.get(
    "/contracts/{contract}/revisions",
    operation_id="listRevisions",
    summary="List the revisions of a contract",
    responses=docs.responses(answers.Items[answers.RevisionItem], examples.REVISIONS),
    openapi_extra=docs.operation(docs.CONTRACT, docs.LIMIT, docs.CURSOR),
)
async def get_revisions(request: Request) -> Response:
    """Return what was changed when and by whom, the latest first."""
    limit, cursor = page_of(request)
    page = await revisions(caller_of(request), request.path_params["contract"], limit=limit, cursor=cursor)
    return page_response(request, page)


def _parts(named: str | None) -> tuple[str, ...]:
    parts = tuple(named.split(",")) if named else ()
    if any(part not in PARTS for part in parts):
        raise invalid("", f"parts names some of: {', '.join(PARTS)}.")
    return parts
