"""Admissions to hospital and the way out of it, with what must be done by when."""

from typing import Any, Literal

from pk_api.client.calls import Calls, Json, PatientName, named, path_of
from pk_api.client.paging import Paged
from pk_api.client.transport import Transport
from pk_api.client.views import Item, item_of

Event = Literal["needs", "notice", "ready", "not-ready", "information", "discharged"]


class Admissions:
    """Admissions that the caller sees, and their clocks."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def admit(self, patient: PatientName, **fields: Any) -> Item:
        """Note that a patient is admitted; fields are the body's own, such as `needs`."""
        return item_of(await self._calls.post("admissions", {"patient": named(patient), **fields}))

    async def get(self, id: str) -> Item:
        """Return an admission with its notices and clocks."""
        return item_of(await self._calls.get(path_of("admissions", id)))

    async def tell(self, id: str, event: Event, **fields: Any) -> Item:
        """Note what has happened, such as `notice` with `to`, the units that are told."""
        return item_of(await self._calls.post(path_of("admissions", id, event), fields))

    def clocks(self, *, unit: str | None = None, is_overdue: bool = False) -> Paged[Json]:
        """Return what is to be done by when: of a unit (HSA-id), or what is overdue alone."""
        query = {"unit": unit or "", "overdue": "true" if is_overdue else ""}
        return self._calls.listed("clocks", query)
