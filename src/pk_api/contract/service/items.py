"""The items of a part: list, read, add, change, and what happens to them."""

from pk_api.contract.editing import events, team
from pk_api.contract.editing.changing import behind_item, changed_resources, require_ours, required_item
from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.items import new_item
from pk_api.contract.elements import Json, version_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.team import participant_ids
from pk_api.contract.reading.view import READERS
from pk_api.contract.service.caller import Caller, Conditions, Done, reading_of, rows_of
from pk_api.contract.service.cursors import opened, sealed
from pk_api.contract.service.people import with_directory
from pk_api.contract.service.writing import Edited, change_contract, revision_in, with_written


async def list_items(caller: Caller, contract: str, part: str, *, limit: int, cursor: str | None) -> Json:
    """Return one page of a part's items, in the order of their ids: `{items, next}`."""
    reading = reading_of(caller, await rows_of(caller, contract))
    after = str((opened(cursor, str) or ("",))[0])
    found = sorted(
        (each for each in READERS[part](reading) if each["id"] > after), key=lambda each: each["id"]
    )
    page = found[:limit]
    return {"items": page, "next": sealed((page[-1]["id"],)) if len(found) > limit else None}


async def read_item(caller: Caller, contract: str, part: str, item: str) -> Json:
    """Return one item, or Problem not-found."""
    return required_item(part, item, reading_of(caller, await rows_of(caller, contract)))


async def add_item(caller: Caller, contract: str, part: str, body: Json, conditions: Conditions) -> Done:
    """Add an item to a part; Problem of a rule names the field."""
    added: list[str] = []

    async def edit(editing: Editing, reading: Reading) -> Edited:
        known, asked = await with_directory(caller, reading, body)
        editing = Editing(known, editing.actor, editing.now, editing.temp)
        if part == "team":
            participant, resources = team.join(asked, editing)
            added[:] = [participant]
            return Edited(resources, body)
        return Edited(new_item(part, asked, editing), body)

    rows, stored = await change_contract(caller, contract, conditions, edit)
    reading = with_written(rows, stored, caller)
    item = stored[0].id if part != "team" else _joined(added, stored[0].resource)
    reading = await _named(caller, reading, body)
    return Done(required_item(part, item, reading), revision_in(stored, contract))


async def change_item(
    caller: Caller, contract: str, part: str, item: str, body: Json, conditions: Conditions
) -> Done:
    """Change fields of an item (merge patch); what the fields are not about stays as it is."""

    async def edit(editing: Editing, reading: Reading) -> Edited:
        behind = behind_item(part, item, reading)
        conditions.require_version(version_of(behind))
        known, asked = await with_directory(caller, reading, body)
        editing = Editing(known, editing.actor, editing.now, editing.temp)
        return Edited(changed_resources(part, item, asked, editing), body)

    rows, stored = await change_contract(caller, contract, conditions, edit)
    reading = await _named(caller, with_written(rows, stored, caller), body)
    return Done(required_item(part, item, reading), revision_in(stored, contract))


async def happen_to_item(
    caller: Caller, contract: str, part: str, item: str, conditions: Conditions, *, event: str, body: Json
) -> Done:
    """Let an event happen to an item; Problem `not-allowed-in-state` or `forbidden` when it cannot."""

    async def edit(editing: Editing, reading: Reading) -> Edited:
        behind = behind_item(part, item, reading)
        conditions.require_version(version_of(behind))
        if part == "team":
            return Edited((team.leave(behind, item, editing),), {"event": event, **body})
        require_ours(part, behind)
        return Edited(events.happen(part, event, behind, body, editing), {"event": event, **body})

    rows, stored = await change_contract(caller, contract, conditions, edit)
    return Done(required_item(part, item, with_written(rows, stored, caller)), revision_in(stored, contract))


def _joined(added: list[str], standing: Json) -> str:
    """Return who joined: the one just added, or the one whom the request had added when it came first."""
    ids = participant_ids(standing)
    return added[0] if added and added[0] in ids else ids[-1]


async def _named(caller: Caller, reading: Reading, body: Json) -> Reading:
    return (await with_directory(caller, reading, body))[0]
