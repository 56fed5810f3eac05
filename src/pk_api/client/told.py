"""What is told of a contract as a whole: needs, wishes of the patient, who is responsible."""

from collections.abc import Mapping, Sequence
from typing import Any

from pk_api.client.calls import Calls, Json, path_of
from pk_api.client.paging import Paged
from pk_api.client.transport import Transport


class Told:
    """What surrounds a contract; each is told anew as a whole, and what is told last counts."""

    def __init__(self, transport: Transport) -> None:
        self._calls = Calls(transport)

    async def communication_needs(self, contract: str, needs: Sequence[Mapping[str, Any]]) -> Json:
        """Tell how contacts are adapted, such as `{"kind": "interpreter", "text": "arabiska"}`; all of it."""
        return await self._tell(contract, "communication-needs", needs=list(needs))

    async def relatives_wish(self, contract: str, state: str, text: str | None = None) -> Json:
        """Tell how relatives are to take part: `told` in words, or `none`."""
        return await self._tell(contract, "relatives-wish", state=state, text=text)

    async def children_as_relatives(self, contract: str, *, exist: bool) -> Json:
        """Tell whether there are children who are relatives, and nothing of which."""
        return await self._tell(contract, "children-as-relatives", exist=exist)

    async def coordination_wish(self, contract: str, state: str, text: str | None = None) -> Json:
        """Tell whether the patient wishes for coordination: `wanted`, `not-wanted`."""
        return await self._tell(contract, "coordination-wish", state=state, text=text)

    async def directions(self, contract: str, directions: Sequence[Mapping[str, Any]]) -> Json:
        """Tell whom the patient turns to for what; all of it."""
        return await self._tell(contract, "directions", directions=list(directions))

    async def responsible(self, contract: str, contact: str, reason: str, **fields: Any) -> Json:
        """Assign the contact who is responsible for the contract, and say why."""
        return await self._tell(contract, "responsible", contact=contact, reason=reason, **fields)

    async def sip_need(self, contract: str, state: str, text: str | None = None) -> Json:
        """Tell whether a coordinated individual plan is needed, called to or declined, by its code."""
        return await self._tell(contract, "sip-need", state=state, text=text)

    async def reconciled(self, contract: str, plans: Sequence[str], text: str | None = None) -> Json:
        """Tell that plans have been gone through together, in their present versions."""
        return await self._tell(contract, "reconciliations", plans=list(plans), text=text)

    def reconciliations(self, contract: str) -> Paged[Json]:
        """Return which plans were gone through together, by whom and when."""
        return self._calls.listed(path_of("contracts", contract, "reconciliations"))

    async def pathway(self, contract: str, pathway: Mapping[str, Any], **fields: Any) -> Json:
        """Start a care pathway under the contract: `{"reference": "PlanDefinition/…"}`."""
        return await self._tell(contract, "pathways", pathway=dict(pathway), **fields)

    async def _tell(self, contract: str, what: str, **body: Any) -> Json:
        said = {name: value for name, value in body.items() if value is not None}
        return await self._calls.told(path_of("contracts", contract, what), said)
