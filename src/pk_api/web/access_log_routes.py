"""The route of the patient's own log: who had access to what, as JSON, as a table and as plain text."""

from datetime import date, datetime, timedelta
from typing import Final

from fastapi import Request, Response

from pk_api.contract.dates import SWEDEN
from pk_api.contract.model import answers, auditing
from pk_api.contract.service.access_log import access_log, as_csv, as_text
from pk_api.web import contract_docs as docs
from pk_api.web.contract_http import (
    LogRoute,
    caller_of,
    contract_router,
    cursor_of,
    invalid,
    json_response,
    page_size,
    with_cursor,
)
from pk_api.web.media import preferred

_FORMATS: Final = {"json": "application/json", "csv": "text/csv", "text": "text/plain"}

router = contract_router("access log", route_class=LogRoute)


@router.get(
    "/me/access-log",
    operation_id="readAccessLog",
    summary="Read who had access to one's own data",
    responses=docs.also(
        docs.responses(answers.Items[answers.AccessItem], auditing.ACCESS_LOG), "text/csv", "text/plain"
    ),
    openapi_extra=docs.operation(docs.LIMIT, docs.CURSOR, docs.FROM, docs.TO, docs.FORMAT),
)
async def get_access_log(request: Request) -> Response:
    """Return the patient's own log, the latest first; `from` and `to` are Swedish days, both included."""
    query = request.query_params
    chosen = _format(query.get("_format"), request.headers.get("accept"))
    caller = caller_of(request)
    found = await access_log(
        caller,
        since=_day(query.get("from"), "from"),
        until=_day(query.get("to"), "to", end=True),
        limit=page_size(query),
        cursor=cursor_of(request, query.get("cursor")),
    )
    page = with_cursor(request, found)
    if chosen == "application/json":
        return json_response(request, page)
    told = (as_csv if chosen == "text/csv" else as_text)(page["items"], caller.language)
    headers = {"Content-Language": caller.language, "Vary": "Accept, Accept-Language"}
    if page["next"]:
        headers["Link"] = f'</v1/me/access-log?cursor={page["next"]}>; rel="next"'
    return Response(told, 200, headers, f"{chosen}; charset=utf-8")


def _format(named: str | None, accept: str | None) -> str:
    if named is None:
        return preferred(accept, tuple(_FORMATS.values()))
    if named in _FORMATS or named in _FORMATS.values():
        return _FORMATS.get(named, named)
    raise invalid("", f"_format is one of: {', '.join(_FORMATS)}.")


def _day(text: str | None, name: str, *, end: bool = False) -> datetime | None:
    """Return when a Swedish day begins, or ends."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=int(end))
    except (ValueError, OverflowError) as error:
        raise invalid("", f"{name} is a day such as 2026-03-02.") from error
    return datetime(day.year, day.month, day.day, tzinfo=SWEDEN)
