"""Clocks: an event starts a Task with a due time, another one stops it, in the transaction of the event.

Which events those are stands in a table that the door is given (`contract.clocks`). The Tasks are the door's
own: whoever writes the event need have no right to write them. A clock is started once by a resource,
whatever is written of it later: its Task has an id made of the resource's.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pk_api.fhir.references import local_references
from pk_api.fhir.search.index_values import index_of
from pk_api.records.affiliation import Placement
from pk_api.records.drafts import Draft, Drafts, fingerprint
from pk_api.records.values import Write
from pk_api.store import clocks as store
from pk_api.store import contracts, reading
from pk_api.store.rows import Key
from pk_api.store.tables import SHARED

Json = dict[str, Any]

RUNNING: Final = frozenset({"requested", "received", "accepted", "ready", "in-progress", "on-hold"})


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock: what starts it, the Task that it is (without id), what stops it, and what that changes.

    `unless_contract`: it does not start while the patient has an active contract.
    """

    name: str
    starts: Callable[[Json], bool]
    task: Callable[[Json, datetime], dict[str, Any]]
    stops: Callable[[Json], bool]
    stopped: Callable[[Json, datetime], dict[str, Any]]
    unless_contract: bool = False


async def run_clocks(
    db: Any, drafts: Drafts, clocks: Sequence[Clock], *, base_url: str, now: datetime
) -> None:
    """Add to a set the Tasks of the clocks that it starts and stops."""
    for draft in list(drafts.drafts):
        if draft.resource is None or draft.key.patient == SHARED or draft.key in drafts.added:
            continue
        for clock in clocks:
            if clock.starts(draft.resource):
                await _start(db, drafts, draft, clock, base_url=base_url, now=now)
            if clock.stops(draft.resource):
                await _stop(db, drafts, draft.key.patient, clock, base_url=base_url, now=now)


async def _start(
    db: Any, drafts: Drafts, event: Draft, clock: Clock, *, base_url: str, now: datetime
) -> None:
    told = hashlib.blake2b(event.key.reference.encode(), digest_size=12).hexdigest()
    name = ("Task", f"{_beginning(clock)}{told}")
    if await reading.chosen_keys(db, [name]):
        return
    if clock.unless_contract and await contracts.standing(db, event.key.patient) is not None:
        return
    task = {"resourceType": "Task", "id": name[1], **clock.task(event.resource or {}, now)}
    drafts.chosen.append((*name, event.key.patient))
    _add(drafts, event, Write("create", "Task", task), task, base_url)


async def _stop(db: Any, drafts: Drafts, patient: str, clock: Clock, *, base_url: str, now: datetime) -> None:
    for stored in await store.tasks(db, patient, _beginning(clock)):
        if stored.resource.get("status") in RUNNING:
            task = {**stored.resource, **clock.stopped(stored.resource, now)}
            write = Write("update", "Task", task, id=stored.id, based_on=stored.version)
            event = next(d for d in drafts.drafts if d.key.patient == patient)
            _add(drafts, event, write, task, base_url)


def _beginning(clock: Clock) -> str:
    return f"clock-{clock.name}-"


def _add(drafts: Drafts, event: Draft, write: Write, task: dict[str, Any], base_url: str) -> None:
    """Add a Task of the unit at which the event is, for that unit to do."""
    key = Key(event.key.patient, "Task", task["id"])
    keys = {target.reference: target for target, _ in event.references} | {event.key.reference: event.key}
    named = [keys.get(one.reference) for one in local_references(task, base_url)]
    draft = Draft(write, key, task, index_of(task, base_url=base_url))
    draft.references = tuple((one, "") for one in dict.fromkeys(named) if one is not None)
    place = event.placement
    owner, unit = (place.owner, place.unit) if place is not None else ("", None)
    draft.placement = Placement(owner, unit, owner, unit, ())
    draft.fingerprint = fingerprint(draft)
    drafts.drafts.append(draft)
    drafts.added.add(key)
