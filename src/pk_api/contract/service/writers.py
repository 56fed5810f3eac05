"""Who writes what is about a patient and perhaps about no contract: the patient, or one of care."""

from pk_api.contract.editing.agreement import note_author
from pk_api.contract.editing.context import PATIENTS, Editing, refused
from pk_api.contract.elements import Json, target_of
from pk_api.contract.service.caller import Caller, reading_about
from pk_api.contract.service.people import by_hsa_id


async def writer_of(caller: Caller, patient: Json) -> Json:
    """Return a reference to who writes, registered or by HSA-id."""
    if caller.actor.kind in PATIENTS:
        return {"reference": target_of(patient)}
    return (await editing_by_care(caller)).writer


async def author_of(caller: Caller, patient: Json) -> Json:
    """Return who signs a note."""
    if caller.actor.kind in PATIENTS:
        return {"reference": target_of(patient)}
    return note_author(await editing_by_care(caller))


async def editing_by_care(caller: Caller) -> Editing:
    """Return a change by somebody of care, who stands in the directory."""
    actor = caller.actor
    name = actor.employee or actor.unit or actor.provider
    target = await by_hsa_id(caller, name) if name else None
    return Editing(await reading_about(caller, [target]), actor, caller.now)


async def named(caller: Caller, one: Json, pointer: str) -> Json:
    """Return a reference to who is named, by reference or HSA-id. Problem business-rule."""
    target = one.get("reference") or await by_hsa_id(caller, one["hsaId"])
    if target is None:
        raise refused(pointer, "Nobody is registered under this HSA-id.")
    return {"reference": target}
