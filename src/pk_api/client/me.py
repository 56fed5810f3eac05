"""What a patient rules over: own contract, access log, consents, blocks, apps, stand-ins and invitations."""

from collections.abc import Sequence
from typing import Any, Literal

from pk_api.client.calls import Calls, Json, path_of
from pk_api.client.contracts import Part
from pk_api.client.paging import Paged
from pk_api.client.transport import Transport
from pk_api.client.views import Contract, contract_of

Ruled = Literal["consents", "blocks", "apps", "proxies"]


class Me:
    """The patient who is logged in, or with `acting_for` of the client somebody in the patient's place."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def get(self) -> Json:
        """Return who one is here, and for whom one may act."""
        return await self._calls.told("me")

    async def contract(self, *, parts: Sequence[Part] = (), as_of: str | None = None) -> Contract:
        """Return the own contract; NotFound when there is none."""
        query = {"parts": ",".join(parts), "asOf": as_of or ""}
        return contract_of(await self._calls.get("me/contract", query))

    def access_log(self, *, since: str = "", until: str = "") -> Paged[Json]:
        """Return who has read or changed what is kept of the patient, the latest first; `since` a day."""
        return self._calls.listed("me/access-log", {"from": since, "to": until})

    def all(self, what: Ruled) -> Paged[Json]:
        """Return the consents, blocks, apps or stand-ins, those in force first."""
        return self._calls.listed(path_of("me", what))

    async def add(self, what: Literal["consents", "blocks", "apps"], **fields: Any) -> Json:
        """Consent to a unit, block one, or let an app in; of effect at once."""
        return await self._calls.told(path_of("me", what), fields)

    async def end(self, what: Ruled, id: str) -> None:
        """End it at once."""
        await self._calls.delete(path_of("me", what, id))

    def invitations(self) -> Paged[Json]:
        """Return the invitations that may be used yet."""
        return self._calls.listed("me/invitations")

    async def invite(self, relative: str) -> Json:
        """Invite a relative, an item of `relatives`: the code is told once."""
        return await self._calls.told("me/invitations", {"relative": relative})

    async def withdraw_invitation(self, id: str) -> None:
        """Make a code void before it is used."""
        await self._calls.delete(path_of("me", "invitations", id))

    async def accept_invitation(self, code: str) -> Json:
        """Become the relative whom the code is for."""
        return await self._calls.told("invitations/accept", {"code": code})
