"""Handovers: a unit is asked to take over the coordination of a contract, and answers.

What follows of a yes the door does (`records.handovers`). The unit that is asked need not see the contract:
it sees what it is asked, and who the patient is.
"""

from collections.abc import Mapping

from pk_api.contract.editing.context import PATIENTS, Editing
from pk_api.contract.editing.wishes import new_wish
from pk_api.contract.elements import Json, targets_in
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.wishes import wish_item
from pk_api.contract.service import wishes
from pk_api.contract.service.caller import Caller, Conditions, Done, reading_of, rows_of
from pk_api.contract.service.writers import named, writer_of
from pk_api.contract.service.writing import Edited, change_contract, revision_in, with_written
from pk_api.fhir import wishes as rules
from pk_api.fhir.problems import Problem

_LEFT_OUT = frozenset({"kind", "contactKind", "actor", "bySide"})


async def ask(caller: Caller, contract: str, body: Json, conditions: Conditions) -> Done:
    """Ask a unit to take over. Problem forbidden for patients, business-rule."""
    if caller.actor.kind in PATIENTS:
        why = "Care asks a unit to take over; a patient wishes for it: POST /v1/wishes."
        raise await caller.refused(Problem("forbidden", why))
    to = await named(caller, body["to"], "/to")

    async def edit(editing: Editing, _reading: Reading) -> Edited:
        values = {"kind": "handover", "text": body.get("text"), "contract": editing.contract}
        writer = await writer_of(caller, editing.patient)
        return Edited(
            [new_wish(values, patient=editing.patient, writer=writer, to=to, now=editing.now)], body
        )

    rows, stored = await change_contract(caller, contract, conditions, edit)
    reading = with_written(rows, stored, caller)
    item = await wishes.read_wish(caller, stored[0].id, is_ours=rules.is_handover)
    return Done(_shown(item), revision_in(stored, contract) or reading.revision)


async def list_handovers(caller: Caller, contract: str) -> Json:
    """Return what was asked of a contract, the latest first: `{items}`."""
    reading = reading_of(caller, await rows_of(caller, contract))
    found = [wish_item(task, reading) for task in reading.of_type("Task") if rules.is_handover(task)]
    found.sort(key=lambda each: str(each["on"]), reverse=True)
    return {"items": [_shown(each) for each in found]}


async def worklist(caller: Caller, *, is_open: bool, limit: int, cursor: str | None) -> Json:
    """Return the handovers that the caller sees, of whatever contract, the latest changed first."""
    page = await wishes.list_wishes(
        caller, patient=None, is_open=is_open, limit=limit, cursor=cursor, kinds=frozenset({rules.HANDOVER})
    )
    return {**page, "items": [_shown(each) for each in page["items"]]}


async def read(caller: Caller, contract: str, name: str) -> Json:
    """Return a handover of a contract. Problem not-found."""
    return _shown(await wishes.read_wish(caller, name, is_ours=_of(contract)))


async def answer(
    caller: Caller, contract: str, name: str, said: Mapping[str, object], conditions: Conditions
) -> Json:
    """Say yes with the own contact, no with a reason, or take it back. Problem as for a wish."""
    item = await wishes.answer_wish(caller, name, dict(said), conditions, is_ours=_of(contract))
    return _shown(item)


async def answer_any(caller: Caller, name: str, said: Mapping[str, object], conditions: Conditions) -> Json:
    """Answer a handover of whatever contract, as `answer`."""
    return _shown(await wishes.answer_wish(caller, name, dict(said), conditions, is_ours=rules.is_handover))


def _of(contract: str) -> wishes.IsOurs:
    return lambda task: (
        rules.is_handover(task) and contract in targets_in(task.get("basedOn", ()), "CarePlan")
    )


def _shown(item: Json) -> Json:
    return {name: value for name, value in item.items() if name not in _LEFT_OUT}
