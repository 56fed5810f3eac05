"""Clocks: an event starts a Task with a due time, another one stops it, in the transaction of the event.

Which events those are stands in a table that the door is given (`contract.clocks`). The Tasks are the door's
own: whoever writes the event need have no right to write them. A clock is started once by a resource,
whatever is written of it later: its Task has an id made of the resource's.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from pk_api.access.actor import Actor
from pk_api.fhir.references import local_references
from pk_api.fhir.search.index_values import index_of
from pk_api.records.affiliation import Known, Placement
from pk_api.records.drafts import Draft, Drafts, fingerprint
from pk_api.records.values import Write
from pk_api.store import clocks as store
from pk_api.store import contracts, ids, reading
from pk_api.store.rows import Key, Stored
from pk_api.store.tables import SHARED

Json = dict[str, Any]


def _never(_: Json) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock: what starts it, the Task that it is (without id), and what of such Tasks an event changes.

    `heeds` says of an event whether it may change any; `changed` what it changes in one, None for nothing; in
    it None takes an element away.
    `leaves` says of a resource that is changed whether it may have been such an event, and is none any more.
    `contract`: `none`, it starts only without an active contract; `some`, only with one. `is_own`: only the
    unit that a Task asks changes it by what it writes.
    """

    name: str
    starts: Callable[[Json], bool]
    task: Callable[[Json, datetime], Json]
    heeds: Callable[[Json], bool]
    changed: Callable[[Json, Json, datetime], Json | None]
    contract: Literal["any", "none", "some"] = "any"
    is_own: bool = False
    leaves: Callable[[Json], bool] = field(default=_never)


async def run_clocks(
    db: Any, drafts: Drafts, clocks: Sequence[Clock], actor: Actor, *, base_url: str, now: datetime
) -> None:
    """Add to a set the Tasks of the clocks that it starts, moves and stops."""
    told = [d for d in drafts.drafts if d.resource is not None and d.key.patient != SHARED]
    events = [each for each in told if each.key not in drafts.added]
    run = _Run(db, drafts, actor, base_url=base_url, now=now)
    for event in events:
        for clock in clocks:
            if clock.starts(event.resource or {}):
                await run.start(event, clock)
    for event in events:
        for clock in clocks:
            if _is_heeded(event, clock):
                await run.change(event, clock)


def _is_heeded(event: Draft, clock: Clock) -> bool:
    told = event.resource or {}
    return clock.heeds(told) or (event.write.method == "update" and clock.leaves(told))


class _Run:
    """The clocks of one set: what it starts, and what it changes, also of what it has started itself."""

    def __init__(self, db: Any, drafts: Drafts, actor: Actor, *, base_url: str, now: datetime) -> None:
        self._db = db
        self._actor = actor
        self._drafts = drafts
        self._base_url = base_url
        self._now = now
        self._standing: dict[tuple[str, str], Sequence[Stored]] = {}

    async def start(self, event: Draft, clock: Clock) -> None:
        told = hashlib.blake2b(event.key.reference.encode(), digest_size=12).hexdigest()
        name = ("Task", f"{_beginning(clock)}{told}")
        if await reading.chosen_keys(self._db, [name]) or not await self._is_wanted(event, clock):
            return
        task = {"resourceType": "Task", "id": name[1], **clock.task(event.resource or {}, self._now)}
        self._drafts.chosen.append((*name, event.key.patient))
        await self._add(event, Write("create", "Task", task), task)

    async def _is_wanted(self, event: Draft, clock: Clock) -> bool:
        if clock.contract == "any":
            return True
        standing = await contracts.standing(self._db, event.key.patient)
        return (standing is not None) == (clock.contract == "some")

    async def change(self, event: Draft, clock: Clock) -> None:
        patient = event.key.patient
        stored = {each.key: each for each in await self._tasks(patient, _beginning(clock))}
        for draft in list(self._drafts.drafts):
            if draft.key.id.startswith(_beginning(clock)) and draft.key.patient == patient:
                stored.pop(draft.key, None)
                if draft.key in self._drafts.added:
                    self._change_draft(event, draft, clock)
        for each in stored.values():
            change = clock.changed(event.resource or {}, each.resource, self._now)
            if change is not None and (not clock.is_own or await self._is_asked(each.resource)):
                task = _with(each.resource, change)
                write = Write("update", "Task", task, id=each.id, based_on=each.version)
                await self._add(event, write, task)

    async def _is_asked(self, task: Json) -> bool:
        """Say whether the writer is of the unit that a Task asks; a provider's own system is of all."""
        known = Known(self._db, self._base_url)
        await known.learn({f"Task/{task['id']}": task})
        asked = known.of((task.get("owner") or {}).get("reference"))
        if asked is None or asked.provider != self._actor.provider:
            return False
        return self._actor.unit in (None, asked.place)

    async def _tasks(self, patient: str, beginning: str) -> Sequence[Stored]:
        """Return the stored Tasks of a clock, looked up once for the whole set."""
        if (patient, beginning) not in self._standing:
            self._standing[patient, beginning] = await store.tasks(self._db, patient, beginning)
        return self._standing[patient, beginning]

    def _change_draft(self, event: Draft, draft: Draft, clock: Clock) -> None:
        """Change a Task of this set once more."""
        change = clock.changed(event.resource or {}, draft.resource or {}, self._now)
        if change is not None:
            task = _with(draft.resource or {}, change)
            draft.write, draft.resource = replace(draft.write, resource=task), task
            draft.index = index_of(task, base_url=self._base_url)
            draft.fingerprint = fingerprint(draft)
            self._drafts.because.setdefault(draft.key, set()).add(event.key)

    async def _add(self, event: Draft, write: Write, task: Json) -> None:
        key = Key(event.key.patient, "Task", task["id"])
        names = [each.reference for each in local_references(task, self._base_url)]
        keys = await self._keys(event, names)
        draft = Draft(write, key, task, index_of(task, base_url=self._base_url))
        draft.references = tuple((keys[name], "") for name in dict.fromkeys(names) if name in keys)
        draft.placement = await self._placed(event, task)
        draft.fingerprint = fingerprint(draft)
        self._drafts.drafts.append(draft)
        self._drafts.added.add(key)
        self._drafts.because.setdefault(key, set()).add(event.key)

    async def _keys(self, event: Draft, names: Sequence[str]) -> dict[str, Key]:
        """Return the keys of what a Task refers to: of the event, or of what is stored."""
        known = {target.reference: target for target, _ in event.references}
        known[event.key.reference] = event.key
        rest = [(name.partition("/")[0], name.partition("/")[2]) for name in names if name not in known]
        made = {one: ids.key_in_id(*one) for one in rest}
        chosen = await reading.chosen_keys(self._db, [one for one, key in made.items() if key is None])
        found = {one: key or chosen.get(one) for one, key in made.items()}
        return known | {f"{t}/{n}": Key(key, t, n) for (t, n), key in found.items() if key is not None}

    async def _placed(self, event: Draft, task: Json) -> Placement:
        """Return whose a Task is: of who asks for it; and who is asked."""
        known = Known(self._db, self._base_url)
        await known.learn({f"Task/{task['id']}": task})
        place = event.placement
        asker = known.of((task.get("requester") or {}).get("reference"))
        owner = (asker.provider, asker.unit) if asker else (place.owner, place.unit) if place else ("", None)
        asked = known.of((task.get("owner") or {}).get("reference"))
        return Placement(*owner, *((asked.provider, asked.unit) if asked else owner), ())


def _with(task: Json, change: Json) -> Json:
    """Return the Task with what changes; None takes an element away."""
    return {name: value for name, value in {**task, **change}.items() if value is not None}


def _beginning(clock: Clock) -> str:
    return f"clock-{clock.name}-"
