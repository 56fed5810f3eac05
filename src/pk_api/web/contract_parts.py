"""The routes of a contract's parts, made in a loop over PARTS: list, add, read, change, and every event."""

from fastapi import Request, Response

from pk_api.contract.model import answers, examples
from pk_api.contract.model.answers import Items
from pk_api.contract.model.base import Request as Body
from pk_api.contract.parts import PARTS, ContractChange, Part
from pk_api.contract.service.items import (
    add_item,
    change_item,
    happen_to_item,
    list_items,
    read_item,
)
from pk_api.contract.service.merging import patch_contract
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    caller_of,
    conditions_of,
    contract_router,
    invalid,
    item_response,
    json_response,
    made_response,
    page_of,
    page_response,
)
from pk_api.web.posted import reading

router = contract_router()
_OTHERWISE_NAMED = {("messages", "read"): "mark_messages_read"}
"""Operations whose name would be that of another."""


def _add_list(part: Part) -> None:
    async def endpoint(request: Request) -> Response:
        limit, cursor = page_of(request)
        contract = request.path_params["contract"]
        page = await list_items(caller_of(request), contract, part.name, limit=limit, cursor=cursor)
        return page_response(request, page)

    router.add_api_route(
        f"/contracts/{{contract}}/{part.name}",
        endpoint,
        methods=["GET"],
        operation_id=f"list_{part.name}",
        summary=f"List {part.name}",
        tags=[part.name],
        responses=docs.responses(
            Items[part.item],  # type: ignore[name-defined]  # a model made at run time, for OpenAPI only
            {"items": [examples.ITEM[part.name]], "next": None},
        ),
        openapi_extra=docs.operation(docs.CONTRACT, docs.LIMIT, docs.CURSOR),
    )


def _add_new(part: Part) -> None:
    async def endpoint(request: Request, body: Body) -> Response:
        if "if-match" in request.headers:
            raise invalid("", "If-Match has nothing to match when an item is made: use Base-Revision.")
        contract = request.path_params["contract"]
        done = await add_item(
            caller_of(request), contract, part.name, body.values(), await conditions_of(request)
        )
        return made_response(request, done.item, revision=done.revision)

    router.add_api_route(
        f"/contracts/{{contract}}/{part.name}",
        reading(endpoint, part.new),
        methods=["POST"],
        operation_id=f"add_{part.name}",
        summary=f"Add {part.holds}",
        tags=[part.name],
        status_code=201,
        responses=docs.responses(
            part.item,
            examples.ITEM[part.name],
            status=201,
            headers=("ETag", "Location", "Contract-Revision"),
        ),
        openapi_extra=docs.operation(
            docs.CONTRACT,
            docs.IDEMPOTENCY_KEY,
            docs.BASE_REVISION,
            docs.TOLD_BY,
            docs.REVISION_REASON,
            example=examples.NEW[part.name],
        ),
    )


def _add_read(part: Part) -> None:
    async def endpoint(request: Request) -> Response:
        names = request.path_params
        item = await read_item(caller_of(request), names["contract"], part.name, names["item"])
        return item_response(request, item)

    router.add_api_route(
        f"/contracts/{{contract}}/{part.name}/{{item}}",
        endpoint,
        methods=["GET"],
        operation_id=f"read_{part.name}",
        summary=f"Read {part.holds}",
        tags=[part.name],
        responses=docs.not_modified(docs.responses(part.item, examples.ITEM[part.name], headers=("ETag",))),
        openapi_extra=docs.operation(docs.CONTRACT, docs.ITEM, docs.IF_NONE_MATCH),
    )


def _add_change(part: Part) -> None:
    async def endpoint(request: Request, body: Body) -> Response:
        names = request.path_params
        conditions = await conditions_of(request)
        done = await change_item(
            caller_of(request), names["contract"], part.name, names["item"], body.values(), conditions
        )
        return item_response(request, done.item, revision=done.revision)

    router.add_api_route(
        f"/contracts/{{contract}}/{part.name}/{{item}}",
        reading(endpoint, part.change),
        methods=["PATCH"],
        operation_id=f"change_{part.name}",
        summary=f"Change {part.holds}",
        tags=[part.name],
        responses=docs.responses(part.item, examples.ITEM[part.name], headers=("ETag", "Contract-Revision")),
        openapi_extra=docs.operation(
            docs.CONTRACT,
            docs.ITEM,
            docs.IF_MATCH,
            docs.BASE_REVISION,
            docs.TOLD_BY,
            docs.REVISION_REASON,
            example=examples.CHANGE[part.name],
        ),
    )


def _add_change_of_several() -> None:
    async def endpoint(request: Request, body: Body) -> Response:
        if "if-match" in request.headers:
            raise invalid("", "If-Match names the version of one item: use Base-Revision.")
        contract = request.path_params["contract"]
        done = await patch_contract(caller_of(request), contract, body.values(), await conditions_of(request))
        return json_response(request, done.item, revision=done.revision)

    router.add_api_route(
        "/contracts/{contract}",
        reading(endpoint, ContractChange),
        methods=["PATCH"],
        operation_id="changeContract",
        summary="Change items of several parts at once",
        description="All or none of it, merged by field with what others have changed since `Base-Revision`.",
        tags=["contracts"],
        responses=docs.responses(
            answers.MergedContract, examples.MERGED_CONTRACT, headers=("Contract-Revision",)
        ),
        openapi_extra=docs.operation(docs.CONTRACT, docs.BASE_REVISION, example=examples.CHANGES),
    )


def _add_event(part: Part, event: str, model: type[Body]) -> None:
    async def endpoint(request: Request, body: Body) -> Response:
        names = request.path_params
        done = await happen_to_item(
            caller_of(request),
            names["contract"],
            part.name,
            names["item"],
            await conditions_of(request),
            event=event,
            body=body.values(),
        )
        return item_response(request, done.item, revision=done.revision)

    needed = any(field.is_required() for field in model.model_fields.values())
    router.add_api_route(
        f"/contracts/{{contract}}/{part.name}/{{item}}/{event}",
        reading(endpoint, model, optional=not needed),
        methods=["POST"],
        operation_id=_OTHERWISE_NAMED.get((part.name, event), f"{event}_{part.name}"),
        summary=f"{event.capitalize()} {part.holds}",
        tags=[part.name],
        responses=docs.responses(part.item, examples.ITEM[part.name], headers=("ETag", "Contract-Revision")),
        openapi_extra=docs.operation(
            docs.CONTRACT,
            docs.ITEM,
            docs.IDEMPOTENCY_KEY,
            docs.IF_MATCH,
            docs.BASE_REVISION,
            docs.TOLD_BY,
            docs.REVISION_REASON,
            example=examples.EVENT.get((part.name, event), {}),
        ),
    )


_add_change_of_several()
for _part in PARTS.values():
    _add_list(_part)
    _add_new(_part)
    _add_read(_part)
    _add_change(_part)
    for _event, _model in _part.events.items():
        _add_event(_part, _event, _model)
