"""The contract API in plain JSON: open, read, find, and change a contract part by part.

Every POST carries an Idempotency-Key, so that sending it again after a lost answer does the work only once.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote
from uuid import uuid4

import httpx

from pk_api.client.exact import dump_exact, parse_exact
from pk_api.client.paging import Page, Paged
from pk_api.client.transport import Request, Transport
from pk_api.client.views import Contract, Item, contract_of, item_of

Json = dict[str, Any]
Part = Literal[
    "whatMatters",
    "goals",
    "actions",
    "contacts",
    "team",
    "appointments",
    "plans",
    "relatives",
    "notes",
    "messages",
    "followUps",
    "journalEntries",
]
PatientName = str | Mapping[str, Any]
"""A patient: a reference such as `Patient/…`, or `by_personnummer(…)`, or `{"identifier": {…}}`."""

_ACCEPT: Final = {"Accept": "application/json"}
_WRITE: Final = {**_ACCEPT, "Content-Type": "application/json"}


def by_personnummer(number: str) -> Json:
    """Name a patient by personal identity number (12 digits); it travels in bodies only."""
    return {"personnummer": number}


class Contracts:
    """The contracts that the caller may see; `base_revision` on a write is the revision that the writer saw.

    A write with `base_revision` raises Conflict, with both versions, if what it touches has changed since.
    One with `if_match` (an item's version) raises Stale if the item has another version by now.
    """

    def __init__(self, transport: Transport, base: str = "/v1") -> None:
        self._transport = transport
        self._base = base

    async def open(
        self, patient: PatientName, *, idempotency_key: str | None = None, **fields: Any
    ) -> Contract:
        """Open a contract for the patient; Conflict when an active one stands. Fields are the body's own."""
        body = {"patient": _patient(patient), **fields}
        return contract_of(await self._post("contracts", body, idempotency_key=idempotency_key))

    async def get(
        self,
        id: str,
        *,
        known: Contract | None = None,
        parts: Sequence[Part] = (),
        as_of: str | None = None,
    ) -> Contract:
        """Return the contract; `known` itself if nothing that this caller sees has changed since."""
        query = {"parts": ",".join(parts), "asOf": as_of or ""}
        unless = {"If-None-Match": known.etag} if known is not None and known.etag else {}
        response = await self._get(_path("contracts", id), query, headers=unless)
        if known is not None and response.status_code == httpx.codes.NOT_MODIFIED:
            return known
        return contract_of(response)

    def search(self, patient: PatientName | None = None, **criteria: Any) -> Paged[Json]:
        """Return the contracts that match, shortened: by patient, status, unit, updatedSince."""
        body = {**criteria, **({} if patient is None else {"patient": _patient(patient)})}

        async def fetch(cursor: str | None) -> Page[Json]:
            asked = body if cursor is None else {**body, "cursor": cursor}
            return _page(await self._post("contracts/search", asked))

        return Paged(fetch)

    async def next_step(self, id: str) -> Json | None:
        """Return what happens next and who does it, or None when nothing is planned."""
        response = await self._get(_path("contracts", id, "next-step"))
        step: Json | None = parse_exact(response.content).get("nextStep")
        return step

    def revisions(self, id: str) -> Paged[Json]:
        """Return the contract's revisions: number, instant, by whom, and what changed."""
        return self._list(_path("contracts", id, "revisions"))

    async def changes(self, id: str, since: str, until: str | None = None) -> Json:
        """Return what differs between two moments (as `as_of` of `get`), by field and in sentences."""
        query = {"from": since, "to": until or ""}
        told: Json = parse_exact((await self._get(_path("contracts", id, "changes"), query)).content)
        return told

    def timeline(self, id: str) -> Paged[Json]:
        """Return all that was written about the contract's patient, the newest first."""
        return self._list(_path("contracts", id, "timeline"))

    def provenance(self, id: str) -> Paged[Json]:
        """Return who made each field of each item what it is."""
        return self._list(_path("contracts", id, "provenance"))

    async def set_status(
        self, id: str, status: str, *, reason: str | None = None, base_revision: int | None = None
    ) -> Contract:
        """Activate, complete, revoke (with reason) or mark the contract as entered in error."""
        body = {"status": status, **({} if reason is None else {"reason": reason})}
        return contract_of(await self._post(_path("contracts", id, "status"), body, _seen(base_revision)))

    async def patch(
        self,
        id: str,
        changes: Mapping[str, Mapping[str, Mapping[str, Any]]],
        *,
        base_revision: int | None = None,
    ) -> Contract:
        """Change items by part and id, all or none, merged by field; `merged` in the answer tells with what.

        Conflict holds part, id, field, base, theirs and yours of each field that others changed too.
        """
        request = Request(
            "PATCH",
            f"{self._base}/{_path('contracts', id)}",
            headers={**_WRITE, **_seen(base_revision)},
            body=dump_exact(changes),
        )
        return contract_of(await self._transport.send(request))

    def items(self, id: str, part: Part) -> Paged[Item]:
        """Return the items of a part."""
        return self._list(_path("contracts", id, part)).convert(Item, Item)

    async def item(self, id: str, part: Part, item_id: str) -> Item:
        """Return one item."""
        return item_of(await self._get(_path("contracts", id, part, item_id)))

    async def add(
        self,
        id: str,
        part: Part,
        item: Mapping[str, Any],
        *,
        base_revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Item:
        """Add an item to a part and return it."""
        path = _path("contracts", id, part)
        return item_of(await self._post(path, item, _seen(base_revision), idempotency_key=idempotency_key))

    async def change(
        self,
        id: str,
        part: Part,
        item_id: str,
        changes: Mapping[str, Any],
        *,
        if_match: int | None = None,
        base_revision: int | None = None,
    ) -> Item:
        """Change the fields named (None takes a field away) and return the item. Source: RFC 7396."""
        path = _path("contracts", id, part, item_id)
        request = Request(
            "PATCH",
            f"{self._base}/{path}",
            headers={**_WRITE, **_seen(base_revision), **_if_match(if_match)},
            body=dump_exact(changes),
        )
        return item_of(await self._transport.send(request))

    async def event(
        self,
        id: str,
        part: Part,
        item_id: str,
        event: str,
        body: Mapping[str, Any] | None = None,
        *,
        if_match: int | None = None,
        base_revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Item:
        """Let something happen to an item, such as `accept` or `complete` to an action, and return it."""
        path = _path("contracts", id, part, item_id, event)
        headers = {**_seen(base_revision), **_if_match(if_match)}
        return item_of(await self._post(path, body or {}, headers, idempotency_key=idempotency_key))

    async def request_coordination(self, patient: PatientName, text: str) -> None:
        """Ask whoever holds the patient's contract for coordination; the answer never tells if one exists."""
        await self._post("coordination-requests", {"patient": _patient(patient), "text": text})

    def _list(self, path: str) -> Paged[Json]:
        async def fetch(cursor: str | None) -> Page[Json]:
            return _page(await self._get(path, {"cursor": cursor or ""}))

        return Paged(fetch)

    async def _get(
        self, path: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        pairs = [(name, value) for name, value in (query or {}).items() if value]
        request = Request(
            "GET",
            f"{self._base}/{path}",
            query=pairs,
            headers={**_ACCEPT, **(headers or {})},
            repeatable=True,
        )
        return await self._transport.send(request)

    async def _post(
        self,
        path: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> httpx.Response:
        request = Request(
            "POST",
            f"{self._base}/{path}",
            headers={**_WRITE, **(headers or {}), "Idempotency-Key": idempotency_key or str(uuid4())},
            body=dump_exact(body),
            repeatable=True,
        )
        return await self._transport.send(request)


def _path(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)


def _patient(patient: PatientName) -> Mapping[str, Any]:
    return {"reference": patient} if isinstance(patient, str) else patient


def _if_match(version: int | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": f'W/"{version}"'}


def _seen(revision: int | None) -> dict[str, str]:
    return {} if revision is None else {"Base-Revision": str(revision)}


def _page(response: httpx.Response) -> Page[Json]:
    body = parse_exact(response.content)
    return Page(items=tuple(body["items"]), next=body.get("next"))
