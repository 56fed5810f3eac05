"""The routes of what units are told of stays in hospital."""

from fastapi import Request, Response

from pk_api.contract.model import notices as model
from pk_api.contract.service import notices as service
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    caller_of,
    contract_router,
    item_response,
    page_of,
    page_response,
)

router = contract_router("admissions")


@router.get(
    "/notices",
    operation_id="listNotices",
    summary="List what units are told of stays in hospital",
    responses=docs.responses(model.NoticeList, model.NOTICES),
    openapi_extra=docs.operation(docs.LIMIT, docs.CURSOR),
)
async def get_notices(request: Request) -> Response:
    """Return the notices that the caller was sent, or has sent, each with whom it is about."""
    limit, cursor = page_of(request)
    return page_response(request, await service.list_notices(caller_of(request), limit=limit, cursor=cursor))


@router.get(
    "/notices/{notice}",
    operation_id="readNotice",
    summary="Read what a unit was told",
    responses=docs.not_modified(docs.responses(model.NoticeItem, model.NOTICE, headers=("ETag",))),
    openapi_extra=docs.operation(docs.NOTICE, docs.IF_NONE_MATCH),
)
async def get_notice(request: Request) -> Response:
    """Return one notice."""
    return item_response(
        request, await service.read_notice(caller_of(request), request.path_params["notice"])
    )
