"""Versions of a contract to come back to: listed, and marked by whoever may change the contract."""

from pk_api.contract.editing.context import PATIENTS, Editing
from pk_api.contract.elements import Json
from pk_api.contract.reading.context import Reading
from pk_api.contract.service.caller import Caller, Conditions, Done, reading_of, rows_of
from pk_api.contract.service.moments import with_past
from pk_api.contract.service.writing import Edited, change_contract, revision_in, with_written
from pk_api.fhir.problems import Problem
from pk_api.records.milestones import marked


async def list_milestones(caller: Caller, contract: str) -> Json:
    """Return the milestones, each with the revision that was first marked so: `{items}`."""
    reading = await with_past(caller, reading_of(caller, await rows_of(caller, contract)))
    return {"items": list(reading.milestones)}


async def mark(caller: Caller, contract: str, body: Json, conditions: Conditions) -> Done:
    """Mark the contract as it stands; one that is marked so already stays. Problem forbidden for patients."""

    async def edit(_editing: Editing, reading: Reading) -> Edited:
        if caller.actor.kind in PATIENTS:
            raise Problem("forbidden", "Care marks the milestones of a contract.")
        before = reading.members[reading.contract]
        after = marked(before, body["kind"])
        return Edited([] if after is before else [after], body)

    rows, stored = await change_contract(caller, contract, conditions, edit)
    reading = await with_past(caller, with_written(rows, stored, caller))
    return Done({"items": list(reading.milestones)}, revision_in(stored, contract))
