"""Routes that take what is told of one thing, made in a loop over rows: what happens to an admission, say."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response

from pk_api.contract.elements import Json
from pk_api.contract.model.base import Request as Body

Endpoint = Callable[..., Awaitable[Response]]
Act = Callable[[Request, str, Json], Awaitable[Response]]
"""What answers: it is given the end of the path and the body."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What may be told: the end of its path, the operation's name and meaning, its body and an example.

    `responses`, where each row has its own answer.
    """

    event: str
    operation_id: str
    summary: str
    meaning: str
    body: type[Body] | None = None
    example: Json = field(default_factory=dict)
    responses: Mapping[int | str, Json] | None = None


def add_posted(
    router: APIRouter,
    path: str,
    rows: Sequence[Posted],
    act: Act,
    *,
    described: Callable[[Any], Json],
    responses: Mapping[int | str, Json] | None = None,
) -> None:
    """Add a route for each row below the path; `described` makes its parameters of the example."""
    for row in rows:
        router.add_api_route(
            f"{path}/{row.event}",
            _endpoint(row, act),
            methods=["POST"],
            operation_id=row.operation_id,
            summary=row.summary,
            description=row.meaning,
            responses=dict(row.responses or responses or {}),
            openapi_extra=described(row.example if row.body is not None else None),
        )


def _endpoint(row: Posted, act: Act) -> Endpoint:
    async def without_body(request: Request) -> Response:
        return await act(request, row.event, {})

    async def with_body(request: Request, body: Body) -> Response:
        return await act(request, row.event, body.values())

    return without_body if row.body is None else reading(with_body, row.body)


def reading(endpoint: Endpoint, model: type[Body], *, optional: bool = False) -> Any:
    """Return the endpoint with this model as the type of its body, for FastAPI to read and describe."""
    endpoint.__annotations__["body"] = model
    endpoint.__defaults__ = (model(),) if optional else None
    return endpoint
