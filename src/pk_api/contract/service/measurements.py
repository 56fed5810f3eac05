"""Measurements under an action: made, listed as they are or were, read, withdrawn.

They are no members of the contract: what is measured every day moves no revision, and is read page by page.
"""

from datetime import datetime
from typing import Final

from pk_api.contract.editing.changing import behind_item
from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.measurements import measured
from pk_api.contract.elements import Json, reference_to
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.measurements import measurement_item
from pk_api.contract.service.caller import Caller, Conditions, reading_of, rows_of
from pk_api.contract.service.cursors import sealed
from pk_api.contract.service.moments import Moment, resolved
from pk_api.contract.service.people import with_writer
from pk_api.contract.service.writing import require_open
from pk_api.fhir.measurements import actions_of
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import literal
from pk_api.records.values import Stored, Write

_OVER: Final = frozenset({"cancelled", "rejected", "failed", "entered-in-error", "revoked"})


async def measure(caller: Caller, contract: str, action: str, body: Json, conditions: Conditions) -> Json:
    """Keep a measurement. Problem not-allowed-in-state of a closed contract or an action that is off."""
    rows = await rows_of(caller, contract)
    reading = await with_writer(caller, reading_of(caller, rows))
    body = {name: value for name, value in body.items() if value is not None}
    async with caller.refusing(rows.contract.key):
        require_open(rows)
        behind = behind_item("actions", action, reading)
        _require_on(behind)
        observation = measured(reference_to(behind), body, Editing(reading, caller.actor, caller.now))
    (stored,) = await caller.write([Write("create", "Observation", observation)], conditions)
    return measurement_item(stored.resource, reading)


def _require_on(action: Json) -> None:
    if action.get("status") in _OVER:
        raise Problem("not-allowed-in-state", "Nothing is measured under an action that is off.")


async def list_measurements(
    caller: Caller, contract: str, action: str, *, limit: int, cursor: str | None, moment: Moment | None
) -> Json:
    """Return a page of what the caller sees, the latest measured first: `{items, next}`.

    With a moment they are as they were then: what was written or changed since is not among them, so that a
    page may be short; nor is what has been deleted since. Problem not-found for an action that was not there.
    """
    as_of = await resolved(caller, contract, moment) if moment is not None else None
    rows = await rows_of(caller, contract, as_of)
    reading = reading_of(caller, rows)
    name = reference_to(behind_item("actions", action, reading))
    page = await caller.page("Observation", [("action", name)], limit=limit, cursor=cursor, sort="-date")
    at = rows.at
    found = list(page.items) if at is None else await _as_of(caller, contract, page.items, at)
    return {
        "items": [measurement_item(each.resource, reading) for each in found],
        "next": sealed(page.next),
    }


async def read_measurement(caller: Caller, contract: str, action: str, measurement: str) -> Json:
    """Return a measurement. Problem not-found, also for one under another action."""
    reading, name = await _action(caller, contract, action)
    return measurement_item((await _stored(caller, name, measurement)).resource, reading)


async def withdraw(
    caller: Caller, contract: str, action: str, measurement: str, conditions: Conditions
) -> Json:
    """Mark a measurement as entered in error. Problem stale, forbidden for what others measured."""
    reading, name = await _action(caller, contract, action)
    stored = await _stored(caller, name, measurement)
    conditions.require_version(stored.version)
    if stored.resource["status"] == "entered-in-error":
        return measurement_item(stored.resource, reading)
    changed = {**stored.resource, "status": "entered-in-error"}
    (written,) = await caller.write(
        [Write("update", "Observation", changed, id=stored.id, if_match=stored.version)], conditions
    )
    return measurement_item(written.resource, reading)


async def _action(caller: Caller, contract: str, action: str) -> tuple[Reading, str]:
    """Return the contract, and the reference to the action in it."""
    reading = reading_of(caller, await rows_of(caller, contract))
    return reading, reference_to(behind_item("actions", action, reading))


async def _stored(caller: Caller, action: str, measurement: str) -> Stored:
    stored = await caller.read("Observation", measurement)
    named = [literal(each) for each in actions_of(stored.resource)]
    if action not in {one.reference for one in named if one}:
        raise Problem("not-found", "There is no such measurement under this action.")
    return stored


async def _as_of(caller: Caller, contract: str, items: tuple[Stored, ...], at: datetime) -> list[Stored]:
    """Return the versions that stood then, in the order of those that stand now."""
    if all(each.updated <= at for each in items):
        return list(items)
    changed = [each.reference for each in items if each.updated > at]
    then = {each.reference: each for each in items if each.updated <= at}
    since = caller.records.versions(caller.actor, contract, of=changed, request_id=caller.request_id)
    for step in await since:
        then |= {one.reference: one for one in step.changes if step.at <= at}
    return [then[each.reference] for each in items if each.reference in then]
