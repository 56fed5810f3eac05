"""The contract API in plain JSON: open, read, find, and change a contract part by part.

Every POST carries an Idempotency-Key, so that sending it again after a lost answer does the work only once.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import httpx

from pk_api.client.calls import Calls, Json, PatientName, if_match_of, named, page_of, path_of, seen_at
from pk_api.client.exact import parse_exact
from pk_api.client.paging import Page, Paged
from pk_api.client.transport import Transport
from pk_api.client.views import Contract, Item, contract_of, item_of

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
    "medicines",
    "messages",
]


def by_personnummer(number: str) -> Json:
    """Name a patient by personal identity number (12 digits); it travels in bodies only."""
    return {"personnummer": number}


class Contracts:
    """The contracts that the caller may see; `base_revision` on a write is the revision that the writer saw.

    A write with `base_revision` raises Conflict, with both versions, if what it touches has changed since.
    One with `if_match` (an item's version) raises Stale if the item has another version by now.
    """

    def __init__(self, transport: Transport, base: str = "/v1") -> None:
        self._calls = Calls(transport, base)

    async def open(
        self, patient: PatientName, *, idempotency_key: str | None = None, **fields: Any
    ) -> Contract:
        """Open a contract for the patient; Conflict when an active one stands. Fields are the body's own."""
        body = {"patient": named(patient), **fields}
        return contract_of(await self._calls.post("contracts", body, idempotency_key=idempotency_key))

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
        response = await self._calls.get(path_of("contracts", id), query, headers=unless)
        if known is not None and response.status_code == httpx.codes.NOT_MODIFIED:
            return known
        return contract_of(response)

    def search(self, patient: PatientName | None = None, **criteria: Any) -> Paged[Json]:
        """Return the contracts that match, shortened: by patient, status, unit, updatedSince."""
        body = {**criteria, **({} if patient is None else {"patient": named(patient)})}

        async def fetch(cursor: str | None) -> Page[Json]:
            asked = body if cursor is None else {**body, "cursor": cursor}
            return page_of(await self._calls.post("contracts/search", asked))

        return Paged(fetch)

    async def next_step(self, id: str) -> Json | None:
        """Return what happens next and who does it, or None when nothing is planned."""
        response = await self._calls.get(path_of("contracts", id, "next-step"))
        step: Json | None = parse_exact(response.content).get("nextStep")
        return step

    def gaps(self, id: str) -> Paged[Json]:
        """Return what the contract lacks, each with the rule that asks for it."""
        return self._calls.listed(path_of("contracts", id, "gaps"))

    def revisions(self, id: str) -> Paged[Json]:
        """Return the contract's revisions: number, instant, by whom, and what changed."""
        return self._calls.listed(path_of("contracts", id, "revisions"))

    async def changes(self, id: str, since: str, until: str | None = None) -> Json:
        """Return what differs between two moments (as `as_of` of `get`), by field and in sentences."""
        query = {"from": since, "to": until or ""}
        told: Json = parse_exact((await self._calls.get(path_of("contracts", id, "changes"), query)).content)
        return told

    def timeline(self, id: str) -> Paged[Json]:
        """Return all that was written about the contract's patient, the newest first."""
        return self._calls.listed(path_of("contracts", id, "timeline"))

    def provenance(self, id: str) -> Paged[Json]:
        """Return who made each field of each item what it is."""
        return self._calls.listed(path_of("contracts", id, "provenance"))

    async def set_status(
        self, id: str, status: str, *, reason: str | None = None, base_revision: int | None = None
    ) -> Contract:
        """Activate, complete, revoke (with reason) or mark the contract as entered in error."""
        body = {"status": status, **({} if reason is None else {"reason": reason})}
        return contract_of(
            await self._calls.post(path_of("contracts", id, "status"), body, seen_at(base_revision))
        )

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
        path = path_of("contracts", id)
        return contract_of(await self._calls.patch(path, changes, seen_at(base_revision)))

    def items(self, id: str, part: Part) -> Paged[Item]:
        """Return the items of a part."""
        return self._calls.listed(path_of("contracts", id, part)).convert(Item, Item)

    async def item(self, id: str, part: Part, item_id: str) -> Item:
        """Return one item."""
        return item_of(await self._calls.get(path_of("contracts", id, part, item_id)))

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
        path = path_of("contracts", id, part)
        return item_of(
            await self._calls.post(path, item, seen_at(base_revision), idempotency_key=idempotency_key)
        )

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
        path = path_of("contracts", id, part, item_id)
        headers = {**seen_at(base_revision), **if_match_of(if_match)}
        return item_of(await self._calls.patch(path, changes, headers))

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
        path = path_of("contracts", id, part, item_id, event)
        headers = {**seen_at(base_revision), **if_match_of(if_match)}
        return item_of(await self._calls.post(path, body or {}, headers, idempotency_key=idempotency_key))

    async def request_coordination(self, patient: PatientName, text: str) -> None:
        """Ask whoever holds the patient's contract for coordination; the answer never tells if one exists."""
        await self._calls.post("coordination-requests", {"patient": named(patient), "text": text})

    async def import_plan(
        self, plan: Mapping[str, Any], *, base_revision: int | None = None, idempotency_key: str | None = None
    ) -> Json:
        """Send a plan by your own ids and return what became of each item.

        What has not changed since it was last sent stays as it is; shape: `POST /v1/imports` of the OpenAPI.
        """
        response = await self._calls.post(
            "imports", plan, seen_at(base_revision), idempotency_key=idempotency_key
        )
        taken: Json = parse_exact(response.content)
        return taken
