"""One request and its answer: token, retries, and the exception when it is refused.

A request is sent again only where that cannot do the work twice: when it never left, when the service says
that it was not done (429), and, if it is repeatable (GET, or a POST with an Idempotency-Key), also after a
lost answer or 503. Source: RFC 9110 §9.2.2, §10.2.3.
"""

import asyncio
import email.utils
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import httpx

from pk_api.client.errors import Unavailable, error_of

TokenProvider = Callable[[], Awaitable[str]]
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how patiently: attempts in all, first wait and longest wait in seconds."""

    attempts: int = 4
    first_wait: float = 0.2
    longest_wait: float = 30.0

    def wait(self, attempt: int, retry_after: str | None = None) -> float:
        """Return the seconds before the next attempt: as the service asks, else doubling with jitter."""
        asked = _seconds(retry_after)
        if asked is None:
            asked = self.first_wait * 2.0**attempt * (0.5 + secrets.randbelow(500) / 1000)
        return min(asked, self.longest_wait)


@dataclass(frozen=True, slots=True)
class Request:
    """A request below the base address; `body` is JSON, `form` a list of search parameters."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    form: Sequence[tuple[str, str]] | None = None
    repeatable: bool = False


class Transport:
    """Sends requests with the caller's token; raises an ApiError for every answer that is no success."""

    def __init__(self, http: httpx.AsyncClient, token: TokenProvider | None, retry: Retry) -> None:
        self._http = http
        self._token = token
        self._retry = retry

    async def send(self, request: Request) -> httpx.Response:
        """Return the answer (2xx or 304) or raise the ApiError that fits."""
        response = await self._patiently(request)
        if response.status_code == httpx.codes.UNAUTHORIZED and self._token is not None:
            response = await self._patiently(request)  # the provider may hold a newer token by now
        if response.is_success or response.status_code == httpx.codes.NOT_MODIFIED:
            return response
        raise error_of(response)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _patiently(self, request: Request) -> httpx.Response:
        for attempt in range(self._retry.attempts - 1):
            try:
                response = await self._once(request)
            except httpx.TransportError as error:
                if not (request.repeatable or isinstance(error, _NEVER_SENT)):
                    raise _no_answer(request, error) from error
                await asyncio.sleep(self._retry.wait(attempt))
                continue
            if not _is_undone(response, request):
                return response
            await asyncio.sleep(self._retry.wait(attempt, response.headers.get("retry-after")))
        return await self._last(request)

    async def _last(self, request: Request) -> httpx.Response:
        try:
            return await self._once(request)
        except httpx.TransportError as error:
            raise _no_answer(request, error) from error

    async def _once(self, request: Request) -> httpx.Response:
        headers = dict(request.headers)
        if self._token is not None:
            headers["Authorization"] = f"Bearer {await self._token()}"
        content = request.body
        if request.form is not None:
            content = str(httpx.QueryParams(list(request.form))).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return await self._http.request(
            request.method,
            request.path,
            params=list(request.query) or None,
            headers=headers,
            content=content,
        )


def _is_undone(response: httpx.Response, request: Request) -> bool:
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return True
    return response.status_code == httpx.codes.SERVICE_UNAVAILABLE and request.repeatable


def _no_answer(request: Request, error: httpx.TransportError) -> Unavailable:
    sent = not isinstance(error, _NEVER_SENT)
    known = "; whether it was done is not known" if sent and request.method != "GET" else ""
    return Unavailable(f"{request.method} {request.path}: no answer ({type(error).__name__}){known}")


def _seconds(retry_after: str | None) -> float | None:
    if retry_after is None:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        at = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
