"""The summary that a patient is given when leaving hospital: read, made as a document, given and kept.

Source: patientlag 2014:821 3 kap. 2 b §.
"""

from dataclasses import replace

from pk_api.contract.editing import discharge_summary as editing
from pk_api.contract.editing.context import PATIENTS, Editing
from pk_api.contract.elements import Json, extension_value, reference_to, target_of, version_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.discharge_summary import for_the_patient, summary
from pk_api.contract.reading.people import who
from pk_api.contract.service.caller import Caller, Conditions, Done, reading_of, rows_of
from pk_api.contract.service.people import required_unit
from pk_api.contract.service.writing import Edited, change_contract, revision_in, with_written
from pk_api.fhir import systems
from pk_api.fhir.membership import milestones_of
from pk_api.fhir.problems import Problem
from pk_api.records.milestones import AT_DISCHARGE
from pk_api.records.values import AsOf


async def read_summary(caller: Caller, contract: str) -> Json:
    """Return the summary that was given last; what it would say, as of the milestone, when none was."""
    reading = reading_of(caller, await rows_of(caller, contract))
    return _told(reading, *await _last(caller, contract, reading))


async def summary_document(caller: Caller, contract: str) -> bytes:
    """Return the document that was given last, byte by byte; when none was, what it would be."""
    reading = reading_of(caller, await rows_of(caller, contract))
    kept, _ = await _last(caller, contract, reading)
    if kept is not None:
        return editing.content_of(kept)
    then = await _then(caller, contract, reading)
    owner = reading.members[reading.contract].get("author") or {"display": "pk_api"}
    return editing.document(
        summary(then, None), then, editing.Issued(owner, caller.now, caller.records.base_url)
    )


async def give_summary(caller: Caller, contract: str, body: Json, conditions: Conditions) -> Done:
    """Keep what the patient is given, as of the milestone; for care. Problem forbidden for patients."""

    async def edit(editor: Editing, reading: Reading) -> Edited:
        if caller.actor.kind in PATIENTS:
            raise Problem("forbidden", "Care gives the summary at discharge.")
        then = await _then(caller, contract, reading)
        unit = {"reference": await required_unit(caller)}
        directory = await caller.directory([target_of(unit) or ""])
        then = replace(then, directory={**then.directory, **directory}, seen={})
        issued = editing.Issued(unit, editor.now, caller.records.base_url)
        told = summary(then, body["text"])
        content, before = editing.document(told, then, issued), editing.kept_in(reading)
        earlier = reference_to(before) if before else None
        kept = editing.document_reference(content, body["text"], then, issued, replaces=earlier)
        return Edited([kept], body)

    rows, stored = await change_contract(caller, contract, conditions, edit)
    reading = with_written(rows, stored, caller)
    return Done(_told(reading, *await _last(caller, contract, reading)), revision_in(stored, contract))


async def _last(caller: Caller, contract: str, reading: Reading) -> tuple[Json | None, Json]:
    """Return what keeps the last summary, as far as it is open to the caller, and what it says."""
    kept = editing.kept_in(reading)
    content = editing.content_of(kept) if kept else b""
    if kept is None or not content:
        return None, summary(await _then(caller, contract, reading), None)
    told = summary(editing.reading_of_document(content, reading), kept.get("description"))
    return kept, {**told, "revision": extension_value(kept, systems.EXT_REVISION, "valuePositiveInt")}


def _told(reading: Reading, kept: Json | None, told: Json) -> Json:
    author = (kept.get("author") or [None])[0] if kept else None
    return {
        "reference": reference_to(kept) if kept else None,
        "version": version_of(kept) if kept else None,
        "on": kept.get("date") if kept else None,
        "unit": who(author, reading),
        **told,
    }


async def _then(caller: Caller, contract: str, reading: Reading) -> Reading:
    """Return what the patient may read of the contract at the milestone; as it is when there is none."""
    if AT_DISCHARGE not in milestones_of(reading.members[reading.contract]):
        return for_the_patient(reading)
    rows = await rows_of(caller, contract, AsOf(milestone=AT_DISCHARGE))
    return for_the_patient(reading_of(caller, rows), reading)
