"""What one asks another for, and is answered: wishes, handovers, calls to a SIP; and what units are told."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pk_api.client.calls import Calls, Json, path_of
from pk_api.client.paging import Paged
from pk_api.client.transport import Transport
from pk_api.client.views import Item, item_of

Who = Mapping[str, Any]
"""A person or unit: `{"reference": …}` or `{"hsaId": …}`."""


class Wishes:
    """Wishes for a contact, for an actor to be connected, for who is to be responsible."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def make(self, kind: Literal["contact", "actor", "responsible"], **fields: Any) -> Item:
        """Wish for something, of the patient's own or noted by care; fields are the body's own."""
        return item_of(await self._calls.post("wishes", {"kind": kind, **fields}))

    async def answer(
        self, id: str, answer: Literal["accepted", "declined", "withdrawn"], **fields: Any
    ) -> Item:
        """Say yes with what came of it (`contact`, `newContact`, `actor`), or no with the `reason`."""
        return item_of(await self._calls.post(path_of("wishes", id, "answer"), {"answer": answer, **fields}))

    async def get(self, id: str) -> Item:
        """Return a wish."""
        return item_of(await self._calls.get(path_of("wishes", id)))

    def all(self, *, patient: str = "", unit: str = "", is_open: bool = False) -> Paged[Item]:
        """Return the wishes: of a patient (its id), to a unit (HSA-id), those that wait for an answer."""
        query = {"patient": patient, "unit": unit, "open": "true" if is_open else ""}
        return self._calls.listed("wishes", query).convert(Item, Item)


class Handovers:
    """A unit asks another to take over the coordination of a contract."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def ask(self, contract: str, to: Who, text: str | None = None) -> Item:
        """Ask a unit to take over."""
        body = {"to": dict(to), **({"text": text} if text else {})}
        return item_of(await self._calls.post(self._path(contract), body))

    async def accept(self, contract: str, id: str, **fields: Any) -> Item:
        """Take over, with a contact of one's own: `contact` that there is, or a `newContact`."""
        return item_of(await self._calls.post(self._path(contract, id, "accept"), fields))

    async def decline(self, contract: str, id: str, reason: str) -> Item:
        """Decline, and say why."""
        return item_of(await self._calls.post(self._path(contract, id, "decline"), {"reason": reason}))

    async def withdraw(self, contract: str, id: str) -> Item:
        """Take back what one has asked."""
        return item_of(await self._calls.post(self._path(contract, id, "withdraw"), {}))

    async def get(self, contract: str, id: str) -> Item:
        """Return a handover."""
        return item_of(await self._calls.get(self._path(contract, id)))

    def all(self, contract: str) -> Paged[Json]:
        """Return the handovers of a contract."""
        return self._calls.listed(self._path(contract))

    def asked(self, *, is_open: bool = False) -> Paged[Json]:
        """Return what one's own unit is asked to take over; with `is_open` what waits for an answer."""
        return self._calls.listed("handovers", {"open": "true" if is_open else ""})

    def _path(self, contract: str, *more: str) -> str:
        return path_of("contracts", contract, "handovers", *more)


class SipCalls:
    """Calls to plan together (samordnad individuell planering), each party answering for itself."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def call(self, start: str, end: str, parties: Sequence[Who], **fields: Any) -> Item:
        """Call parties to a meeting, of a `patient` or within a `contract`."""
        body = {"start": start, "end": end, "parties": [dict(each) for each in parties], **fields}
        return item_of(await self._calls.post("sip-calls", body))

    async def accept(self, id: str, comment: str | None = None) -> Item:
        """Accept a call as one who is called."""
        return await self._happen(id, "accept", {"comment": comment} if comment else {})

    async def decline(self, id: str, comment: str | None = None) -> Item:
        """Decline a call as one who is called."""
        return await self._happen(id, "decline", {"comment": comment} if comment else {})

    async def note(self, id: str, party: Who | str, answer: str) -> Item:
        """Note what a party has answered by other ways, as who has called."""
        said = party if isinstance(party, str) else dict(party)
        return await self._happen(id, "note", {"party": said, "answer": answer})

    async def confirm(self, id: str) -> Item:
        """Confirm that the meeting takes place."""
        return await self._happen(id, "confirm", {})

    async def held(self, id: str) -> Item:
        """Tell that the meeting was held."""
        return await self._happen(id, "held", {})

    async def call_off(self, id: str, reason: str) -> Item:
        """Call the meeting off, and say why."""
        return await self._happen(id, "call-off", {"reason": reason})

    async def get(self, id: str) -> Item:
        """Return a call with what each party has answered."""
        return item_of(await self._calls.get(path_of("sip-calls", id)))

    def all(self, *, patient: str = "", is_open: bool = False) -> Paged[Item]:
        """Return the calls: about a patient (its id), those that wait to be held."""
        query = {"patient": patient, "open": "true" if is_open else ""}
        return self._calls.listed("sip-calls", query).convert(Item, Item)

    async def _happen(self, id: str, event: str, body: Json) -> Item:
        return item_of(await self._calls.post(path_of("sip-calls", id, event), body))


class Notices:
    """What a hospital tells the units that are to receive a patient."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def get(self, id: str) -> Item:
        """Return a notice."""
        return item_of(await self._calls.get(path_of("notices", id)))

    def all(self) -> Paged[Item]:
        """Return the notices that one's own unit has been told, the latest first."""
        return self._calls.listed("notices").convert(Item, Item)
