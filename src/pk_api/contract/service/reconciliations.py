"""Reconciliations of plans under a contract: told, and listed."""

from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.reconciliations import reconciled
from pk_api.contract.elements import Json
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.reconciliations import reconciliations
from pk_api.contract.service.caller import Caller, Conditions, Done, reading_of, rows_of
from pk_api.contract.service.people import with_writer
from pk_api.contract.service.writing import Edited, change_contract, revision_in, with_written


async def tell(caller: Caller, contract: str, body: Json, conditions: Conditions) -> Done:
    """Keep that plans were gone through as they stand. Problem business-rule, forbidden, stale."""

    async def edit(editing: Editing, reading: Reading) -> Edited:
        known = await with_writer(caller, reading)
        return Edited((reconciled(body, Editing(known, editing.actor, editing.now, editing.temp)),), body)

    rows, stored = await change_contract(caller, contract, conditions, edit)
    found = reconciliations(with_written(rows, stored, caller))
    return Done(next(each for each in found if each["id"] == stored[0].id), revision_in(stored, contract))


async def list_reconciliations(caller: Caller, contract: str) -> Json:
    """Return all that the caller sees, the latest first."""
    return {"items": reconciliations(reading_of(caller, await rows_of(caller, contract))), "next": None}
