"""Marks that the contract is documented in a journal: made by each unit for itself, listed, taken back."""

from pk_api.contract.codes import code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing.context import PATIENTS, Editing, refused
from pk_api.contract.editing.draft import concept_of
from pk_api.contract.elements import Json, version_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.journal import documented_by, journal_entries, to_document
from pk_api.contract.service.caller import Caller, Conditions, Done, reading_of, rows_of
from pk_api.contract.service.cursors import opened, sealed
from pk_api.contract.service.moments import with_past
from pk_api.contract.service.people import UNREGISTERED, own_unit
from pk_api.contract.service.writing import Edited, change_contract, revision_in, with_written
from pk_api.fhir import systems
from pk_api.fhir.documents import JOURNAL_ENTRY
from pk_api.fhir.problems import Problem


async def mark(caller: Caller, contract: str, body: Json, conditions: Conditions) -> Done:
    """Note that the caller's unit has documented a revision, the present one unless another is named."""
    unit = await own_unit(caller)

    async def edit(editing: Editing, reading: Reading) -> Edited:
        if caller.actor.kind in PATIENTS:
            raise Problem("forbidden", "Each care unit tells what it has documented.")
        if unit is None:
            raise Problem("business-rule", UNREGISTERED)
        revision = body.get("revision") or reading.revision
        if revision > reading.revision:
            raise refused("/revision", "The contract has no such revision yet.")
        return Edited([_document(body, revision, {"reference": unit}, editing)], body)

    rows, stored = await change_contract(caller, contract, conditions, edit, even_closed=True)
    reading = with_written(rows, stored, caller)
    item = next(each for each in journal_entries(reading) if each["id"] == stored[0].id)
    return Done(item, revision_in(stored, contract))


async def list_marks(caller: Caller, contract: str) -> Json:
    """Return the marks that the caller sees, the latest first: `{items}`."""
    return {"items": journal_entries(reading_of(caller, await rows_of(caller, contract)))}


async def read_mark(caller: Caller, contract: str, name: str) -> Json:
    """Return a mark. Problem not-found."""
    for each in (await list_marks(caller, contract))["items"]:
        if each["id"] == name:
            found: Json = each
            return found
    raise Problem("not-found", "There is no such mark here, or it is not open to this caller.")


async def withdraw(caller: Caller, contract: str, name: str, conditions: Conditions) -> Done:
    """Take a mark back that was a mistake; it is shown no more. Problem not-found, forbidden."""

    async def edit(_editing: Editing, reading: Reading) -> Edited:
        found = reading.members.get(f"DocumentReference/{name}")
        if found is None or name not in {each["id"] for each in journal_entries(reading)}:
            raise Problem("not-found", "There is no such mark here, or it is not open to this caller.")
        conditions.require_version(version_of(found))
        return Edited([{**found, "status": "entered-in-error"}], {})

    item = await read_mark(caller, contract, name)
    _, stored = await change_contract(caller, contract, conditions, edit, even_closed=True)
    return Done({**item, "version": stored[0].version}, revision_in(stored, contract))


async def list_undocumented(caller: Caller, *, limit: int, cursor: str | None) -> Json:
    """Return active contracts of which the caller's unit has not documented a version: `{items, next}`.

    A page looks through `limit` contracts: it may hold fewer, or none, and still have a next one.
    """
    if caller.actor.kind in PATIENTS:
        raise await caller.refused(Problem("forbidden", "Care units list what they have not documented."))
    found = await own_unit(caller)
    if found is None:
        raise await caller.refused(Problem("forbidden", UNREGISTERED))
    unit = {"reference": found}
    page = await caller.contracts(status="active", limit=limit, after=opened(cursor, int, str, str))
    items = []
    for each in page.items:
        reading = await with_past(caller, reading_of(caller, await rows_of(caller, each.id)))
        wanted, last = to_document(reading), documented_by(unit, reading)
        if wanted is not None and (last or 0) < wanted["revision"]:
            patient = {"reference": each.resource["subject"].get("reference")}
            items.append({"contract": each.id, "patient": patient, **wanted, "documented": last})
    return {"items": items, "next": sealed(page.next)}


def _document(body: Json, revision: int, unit: Json, editing: Editing) -> Json:
    on = body.get("on") or instant(editing.now)
    attachment = {"title": "Journalanteckning", "creation": on, "url": body.get("link")}
    return {
        "resourceType": "DocumentReference",
        "extension": [{"url": systems.EXT_REVISION, "valuePositiveInt": revision}],
        "identifier": [{"value": body["journalId"]}],
        "status": "current",
        "docStatus": "final",
        "category": [concept_of(code_of(systems.DOCUMENT, JOURNAL_ENTRY))],
        "subject": editing.patient,
        "date": instant(editing.now, exact=True),
        "author": [editing.writer] if "reference" in editing.writer else [unit],
        "custodian": unit,
        **({"description": body["text"]} if body.get("text") else {}),
        "content": [{"attachment": {name: value for name, value in attachment.items() if value}}],
        "context": {"related": [editing.contract]},
    }
