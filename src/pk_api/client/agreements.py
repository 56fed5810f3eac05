"""Offers of a contract, and agreements on it."""

from collections.abc import Sequence
from typing import Any, Literal

from pk_api.client.calls import Calls, Json, PatientName, named, path_of
from pk_api.client.paging import Paged
from pk_api.client.transport import Transport
from pk_api.client.views import Item, item_of


class Offers:
    """Offers of a contract that the caller sees: made by care, wished for and answered by patients."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def make(
        self, patient: PatientName, indications: Sequence[str], *, text: str | None = None
    ) -> Item:
        """Offer a contract to a patient, for one or several of the four indications."""
        body = {"patient": named(patient), "indications": list(indications)}
        return item_of(await self._calls.post("offers", body | ({"text": text} if text else {})))

    async def not_offer(self, patient: PatientName, indications: Sequence[str], reason: str) -> Item:
        """Note that no contract is offered, and why."""
        body = {"patient": named(patient), "indications": list(indications), "notOffered": reason}
        return item_of(await self._calls.post("offers", body))

    async def wish(self, text: str, *, to: Json | None = None) -> Item:
        """Wish for a contract of one's own, as a patient; `to` names whom, by reference or HSA-id."""
        return item_of(await self._calls.post("offers", {"text": text} | ({"to": to} if to else {})))

    async def answer(
        self,
        id: str,
        answer: Literal["accepted", "declined", "not-offered", "withdrawn"],
        *,
        reason: str | None = None,
    ) -> Item:
        """Answer an offer or a wish; accepting opens the contract (`contract` is its id)."""
        body = {"answer": answer} | ({"reason": reason} if reason else {})
        return item_of(await self._calls.post(path_of("offers", id, "answer"), body))

    async def get(self, id: str) -> Item:
        """Return an offer."""
        return item_of(await self._calls.get(path_of("offers", id)))

    def all(self, *, is_open: bool = False) -> Paged[Item]:
        """Return the offers and wishes; with `is_open` those that wait for an answer."""
        query = {"open": "true"} if is_open else {}
        return self._calls.listed("offers", query).convert(Item, Item)


class Agreements:
    """Agreements on a contract: proposed by care, answered by each party for itself."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def propose(self, contract: str, **fields: Any) -> Json:
        """Propose the contract as it stands and accept it by that; fields are the body's own."""
        return await self._told(contract, fields)

    async def accept(
        self, contract: str, number: int, *, except_items: Sequence[str] = (), **fields: Any
    ) -> Json:
        """Accept a proposal as a party, but for items. Conflict when something has changed since."""
        body = {**fields, **({"exceptItems": list(except_items)} if except_items else {})}
        return await self._told(contract, body, str(number), "accept")

    async def decline(self, contract: str, number: int, reason: str, **fields: Any) -> Json:
        """Decline a proposal as a party."""
        return await self._told(contract, {**fields, "reason": reason}, str(number), "decline")

    async def get(self, contract: str, number: int) -> Json:
        """Return an agreement: its parties, and the items with their exact versions."""
        return await self._calls.told(self._path(contract, str(number)))

    async def verify(self, contract: str, number: int) -> Json:
        """Return whether it holds: hashes computed anew, signatures, and what has changed since."""
        return await self._calls.told(self._path(contract, str(number), "verify"))

    def all(self, contract: str) -> Paged[Json]:
        """Return the contract's agreements and proposals."""
        return self._calls.listed(self._path(contract))

    async def _told(self, contract: str, body: Json, *more: str) -> Json:
        return await self._calls.told(self._path(contract, *more), body)

    def _path(self, contract: str, *more: str) -> str:
        return path_of("contracts", contract, "agreements", *more)
