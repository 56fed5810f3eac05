"""Calls of the contract API as JSON: answers, pages, and the headers that writes carry."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import httpx

from pk_api.client.exact import dump_exact, parse_exact
from pk_api.client.paging import Page, Paged
from pk_api.client.transport import Request, Transport

Json = dict[str, Any]
PatientName = str | Mapping[str, Any]
"""A patient: a reference such as `Patient/…`, or `by_personnummer(…)`, or `{"identifier": {…}}`."""

_ACCEPT: Final = {"Accept": "application/json"}
_WRITE: Final = {**_ACCEPT, "Content-Type": "application/json"}


class Calls:
    """Requests below one address of the service."""

    def __init__(self, transport: Transport, base: str = "/v1") -> None:
        self._transport = transport
        self._base = base

    def listed(self, path: str, query: Mapping[str, str] | None = None) -> Paged[Json]:
        """Return the items of a list, page by page."""

        async def fetch(cursor: str | None) -> Page[Json]:
            return page_of(await self.get(path, {**(query or {}), "cursor": cursor or ""}))

        return Paged(fetch)

    async def get(
        self, path: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Return the answer to a GET; empty values of the query are left out."""
        pairs = [(name, value) for name, value in (query or {}).items() if value]
        request = Request(
            "GET",
            f"{self._base}/{path}",
            query=pairs,
            headers={**_ACCEPT, **(headers or {})},
            repeatable=True,
        )
        return await self._transport.send(request)

    async def told(self, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """Return the object that a GET, or with a body a POST, answers."""
        response = await (self.get(path) if body is None else self.post(path, body))
        told: Json = parse_exact(response.content)
        return told

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> httpx.Response:
        """Return the answer to a POST, which carries an Idempotency-Key of its own unless one is given."""
        request = Request(
            "POST",
            f"{self._base}/{path}",
            headers={**_WRITE, **(headers or {}), "Idempotency-Key": idempotency_key or str(uuid4())},
            body=dump_exact(body),
            repeatable=True,
        )
        return await self._transport.send(request)

    async def delete(self, path: str) -> None:
        """End something; it may be sent again."""
        await self._transport.send(
            Request("DELETE", f"{self._base}/{path}", headers=_ACCEPT, repeatable=True)
        )

    async def patch(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Return the answer to a PATCH. Source: RFC 7396."""
        request = Request(
            "PATCH", f"{self._base}/{path}", headers={**_WRITE, **(headers or {})}, body=dump_exact(body)
        )
        return await self._transport.send(request)


def path_of(*parts: str) -> str:
    """Return the path of its parts, each of them encoded."""
    return "/".join(quote(part, safe="") for part in parts)


def named(patient: PatientName) -> Mapping[str, Any]:
    """Return how a body names the patient."""
    return {"reference": patient} if isinstance(patient, str) else patient


def if_match_of(version: str | int | None) -> dict[str, str]:
    """Return the header that states the version of an item."""
    return {} if version is None else {"If-Match": f'W/"{version}"'}


def seen_at(revision: int | None) -> dict[str, str]:
    """Return the header that states the revision looked at."""
    return {} if revision is None else {"Base-Revision": str(revision)}


def page_of(response: httpx.Response) -> Page[Json]:
    """Return the page that an answer holds."""
    body = parse_exact(response.content)
    return Page(items=tuple(body["items"]), next=body.get("next"))
