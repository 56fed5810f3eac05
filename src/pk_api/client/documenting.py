"""What is documented of a contract: marks in journals, milestones, the summary at discharge, measurements."""

from typing import Any

from pk_api.client.calls import Calls, Json, path_of
from pk_api.client.paging import Paged
from pk_api.client.transport import Transport
from pk_api.client.views import Item, item_of


class Journal:
    """Marks that a unit has documented a contract in its journal."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def mark(self, contract: str, journal_id: str, **fields: Any) -> Item:
        """Note that one's own unit has documented the contract, under this id of its journal."""
        body = {"journalId": journal_id, **fields}
        return item_of(await self._calls.post(self._path(contract), body))

    async def get(self, contract: str, id: str) -> Item:
        """Return a mark."""
        return item_of(await self._calls.get(self._path(contract, id)))

    async def withdraw(self, contract: str, id: str) -> Item:
        """Withdraw a mark that was a mistake."""
        return item_of(await self._calls.post(self._path(contract, id, "withdraw"), {}))

    def all(self, contract: str) -> Paged[Json]:
        """Return the marks of a contract, the latest first."""
        return self._calls.listed(self._path(contract))

    def undocumented(self) -> Paged[Json]:
        """Return the contracts whose latest agreement or milestone one's own unit has not documented."""
        return self._calls.listed("undocumented")

    def _path(self, contract: str, *more: str) -> str:
        return path_of("contracts", contract, "journalEntries", *more)


class Milestones:
    """What versions of a contract are kept for, and the summary that is given at discharge."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def mark(self, contract: str, kind: str) -> Json:
        """Mark the contract as it stands, such as `first-at-discharge`."""
        return await self._calls.told(path_of("contracts", contract, "milestones"), {"kind": kind})

    def all(self, contract: str) -> Paged[Json]:
        """Return the milestones of a contract."""
        return self._calls.listed(path_of("contracts", contract, "milestones"))

    async def summary(self, contract: str) -> Json:
        """Return what the patient is, or was, given at discharge."""
        return await self._calls.told(path_of("contracts", contract, "discharge-summary"))

    async def give_summary(self, contract: str, text: str) -> Json:
        """Give the summary at discharge, `text` of the care that was given, and keep it as it is."""
        return await self._calls.told(path_of("contracts", contract, "discharge-summary"), {"text": text})


class Measurements:
    """What the patient measures under an action."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def add(self, contract: str, action: str, **fields: Any) -> Item:
        """Note a measurement: `kind` or `text`, and `values`."""
        return item_of(await self._calls.post(self._path(contract, action), fields))

    async def get(self, contract: str, action: str, id: str) -> Item:
        """Return a measurement."""
        return item_of(await self._calls.get(self._path(contract, action, id)))

    async def withdraw(self, contract: str, action: str, id: str, reason: str | None = None) -> Item:
        """Withdraw a measurement that was a mistake."""
        body = {"reason": reason} if reason else {}
        return item_of(await self._calls.post(self._path(contract, action, id, "withdraw"), body))

    def all(self, contract: str, action: str) -> Paged[Item]:
        """Return the measurements under an action, the latest first."""
        return self._calls.listed(self._path(contract, action)).convert(Item, Item)

    def _path(self, contract: str, action: str, *more: str) -> str:
        return path_of("contracts", contract, "actions", action, "measurements", *more)
