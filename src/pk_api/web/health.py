"""Is the service alive, and can it work? For load balancers and operators."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

router = APIRouter(prefix="/health", tags=["health"])
_OPEN: Final[dict[str, Any]] = {"security": []}


@router.get("/live", summary="The process answers", openapi_extra=_OPEN)
async def live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "live"}


@router.get(
    "/ready",
    summary="The database answers",
    responses={503: {"description": "It does not"}},
    openapi_extra=_OPEN,
)
async def ready(request: Request, response: Response) -> dict[str, str]:
    """Say whether the database answers and has the tables of this version."""
    if await request.app.state.is_ready():
        return {"status": "ready"}
    response.status_code = 503
    return {"status": "not ready"}
