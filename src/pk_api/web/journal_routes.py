"""The routes of marks that a contract is documented in a journal, and of what a unit has not documented."""

from typing import Final

from fastapi import Request, Response

from pk_api.contract.model import journal as model
from pk_api.contract.service import journal as service
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    caller_of,
    conditions_of,
    contract_router,
    item_response,
    json_response,
    made_response,
    page_of,
    page_response,
)

router = contract_router("journalEntries")
_ANSWERS: Final = docs.responses(model.JournalEntryItem, model.ENTRY, headers=("ETag",))


@router.get(
    "/contracts/{contract}/journalEntries",
    operation_id="listJournalEntries",
    summary="List where the contract is documented",
    responses=docs.responses(model.JournalEntries, model.ENTRIES),
    openapi_extra=docs.operation(docs.CONTRACT),
)
async def get_entries(request: Request) -> Response:
    """Return which unit has documented which revision in its journal, when, and under which id."""
    found = await service.list_marks(caller_of(request), request.path_params["contract"])
    return json_response(request, found)


@router.post(
    "/contracts/{contract}/journalEntries",
    operation_id="markJournalEntry",
    summary="Tell that the own unit has documented the contract",
    status_code=201,
    responses=docs.responses(
        model.JournalEntryItem, model.ENTRY, status=201, headers=("ETag", "Location", "Contract-Revision")
    ),
    openapi_extra=docs.operation(
        docs.CONTRACT, docs.IDEMPOTENCY_KEY, docs.BASE_REVISION, example=model.MARKED
    ),
)
async def post_entry(request: Request, body: model.JournalMarked) -> Response:
    """Keep the mark; each unit makes its own."""
    contract, conditions = request.path_params["contract"], await conditions_of(request)
    done = await service.mark(caller_of(request), contract, body.values(), conditions)
    return made_response(request, done.item, revision=done.revision)


@router.get(
    "/contracts/{contract}/journalEntries/{entry}",
    operation_id="readJournalEntry",
    summary="Read where the contract is documented",
    responses=docs.not_modified(_ANSWERS),
    openapi_extra=docs.operation(docs.CONTRACT, docs.JOURNAL_ENTRY, docs.IF_NONE_MATCH),
)
async def get_entry(request: Request) -> Response:
    """Return one mark."""
    names = request.path_params
    return item_response(
        request, await service.read_mark(caller_of(request), names["contract"], names["entry"])
    )


@router.post(
    "/contracts/{contract}/journalEntries/{entry}/withdraw",
    operation_id="withdrawJournalEntry",
    summary="Take a mark back",
    responses=_ANSWERS,
    openapi_extra=docs.operation(docs.CONTRACT, docs.JOURNAL_ENTRY, docs.IDEMPOTENCY_KEY, docs.IF_MATCH),
)
async def post_withdraw(request: Request) -> Response:
    """Mark as entered in error what was a mistake; it counts no more, and is shown no more."""
    names, conditions = request.path_params, await conditions_of(request)
    done = await service.withdraw(caller_of(request), names["contract"], names["entry"], conditions)
    return item_response(request, done.item, revision=done.revision)


@router.get(
    "/undocumented",
    operation_id="listUndocumented",
    summary="List contracts that the own unit has not documented",
    responses=docs.responses(model.UndocumentedList, model.UNDOCUMENTED),
    openapi_extra=docs.operation(docs.LIMIT, docs.CURSOR),
)
async def get_undocumented(request: Request) -> Response:
    """Return the contracts whose agreed version, or milestone, the caller's unit has not documented."""
    limit, cursor = page_of(request)
    page = await service.list_undocumented(caller_of(request), limit=limit, cursor=cursor)
    return page_response(request, page)
