"""Who takes on an action is in the team of its contract for as long as it lasts, in the commit of the answer.

The owner in care who answers yes joins; when the last action that it has taken on is over, it leaves with the
day. Whoever was asked into the team stays. Source: Shared Care Planning (an accepted Task makes its owner a
member).
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pk_api.access.actor import Actor
from pk_api.access.rules import CARE
from pk_api.fhir import agreements, membership
from pk_api.fhir.references import at_path, literal
from pk_api.records.affiliation import Known
from pk_api.records.values import Write
from pk_api.store import ids, locked, reading, unasked
from pk_api.store.rows import Key

Json = Mapping[str, Any]

_ON: Final = frozenset({"accepted", "ready", "in-progress", "on-hold"})
_OVER: Final = frozenset({"completed", "cancelled", "rejected", "failed", "entered-in-error"})
_OWNERS: Final = frozenset({"Organization", "PractitionerRole"})
_SWEDEN: Final = ZoneInfo("Europe/Stockholm")


async def joined_teams(
    db: Any, writes: Sequence[Write], actor: Actor, *, base_url: str, now: datetime
) -> list[Write]:
    """Return the teams that owners join or leave by the answers of a set, those left out that it writes."""
    tasks = [each for each in writes if _is_answer(each, base_url)]
    if not tasks:
        return []
    run = _Joining(db, writes, base_url, now.astimezone(_SWEDEN).date().isoformat())
    for write in tasks:
        await run.note(write, actor)
    return run.changed()


def _is_answer(write: Write, base_url: str) -> bool:
    task = write.resource or {}
    if agreements.is_answer({"resourceType": write.type, **task}):
        return False
    is_told = write.type == "Task" and write.method == "update" and task.get("status") in _ON | _OVER
    return is_told and _owner(task, base_url) is not None


def _owner(task: Json, base_url: str) -> str | None:
    """Return the reference of an owner in care, None for another."""
    found = next(at_path(task, "owner"), "")
    local = literal(found, base_url)
    return local.reference if local is not None and local.type in _OWNERS else None


class _Joining:
    """The look-ups of one set, and the teams as they come to be."""

    def __init__(self, db: Any, writes: Sequence[Write], base_url: str, today: str) -> None:
        self._db = db
        self._base_url = base_url
        self._today = today
        pinned = [
            each for w in writes if w.type == "Provenance" for each in at_path(w.resource or {}, "target")
        ]
        self._kept = {(one.type, one.id) for each in pinned if (one := literal(each, base_url))}
        self._kept |= {(write.type, write.id or "") for write in writes}
        """What the set writes itself, or covers in the version that stands: no team of these is changed."""
        self._tasks = {f"Task/{w.id}": w.resource or {} for w in writes if w.type == "Task" and w.id}
        self._teams: dict[Key, dict[str, Any]] = {}
        self._before: dict[Key, dict[str, Any]] = {}

    async def note(self, write: Write, actor: Actor) -> None:
        """Let the owner of an action join the team, or leave it."""
        task: Json = write.resource or {}
        before = await self._stored("Task", write.id) if write.id else {}
        owner = _owner(task, self._base_url) or ""
        was_on = before.get("status") in _ON and _owner(before, self._base_url) == owner
        is_on = task.get("status") in _ON
        if not before or is_on == was_on or (is_on and not await self._is_of_actor(task, owner, actor)):
            return
        for plan in at_path(task, "basedOn"):
            await self._change(plan, owner, f"Task/{write.id}", is_on=is_on)

    def changed(self) -> list[Write]:
        """Return the writes of the teams that are another than before."""
        return [
            Write("update", "CareTeam", team, id=key.id, based_on=int(team["meta"]["versionId"]))
            for key, team in self._teams.items()
            if team != self._before[key]
        ]

    async def _is_of_actor(self, task: Json, owner: str, actor: Actor) -> bool:
        """Say whether who writes is of the owner's care provider: nobody takes on an action for another."""
        if actor.kind not in CARE:
            return False
        known = Known(self._db, self._base_url, lambda one: at_path(one, "owner"))
        await known.learn({"Task/this": {"resourceType": "Task", **task}})
        place = known.of(owner)
        return place is not None and place.provider == actor.provider

    async def _change(self, plan: str, owner: str, task: str, *, is_on: bool) -> None:
        contract = await self._stored_at(plan)
        if not membership.is_contract(contract):
            return
        for each in at_path(contract, "careTeam"):
            local = literal(each, self._base_url)
            key = await self._key(local.type, local.id) if local else None
            if key is None or (key.type, key.id) in self._kept:
                continue
            if key not in self._teams:
                self._before[key] = (await unasked.bodies(self._db, [key])).get(key, {})
                self._teams[key] = self._before[key]
            if membership.is_active_plan_team(self._teams[key]):
                await self._move(key, owner, task, plan, is_on=is_on)

    async def _move(self, key: Key, owner: str, task: str, plan: str, *, is_on: bool) -> None:
        people = list(self._teams[key].get("participant", ()))
        here = [n for n, one in enumerate(people) if self._is_in(one, owner)]
        if is_on and not here:
            made = {"id": f"{_mark(owner)}-{len(people)}", "member": {"reference": owner}}
            people.append({**made, "period": {"start": self._today}})
        elif not is_on and not await self._has_others(plan, owner, task):
            for n in here:
                if str(people[n].get("id", "")).startswith(_mark(owner)):
                    people[n] = {**people[n], "period": {**people[n].get("period", {}), "end": self._today}}
        self._teams[key] = {**self._teams[key], "participant": people}

    def _is_in(self, participant: Json, owner: str) -> bool:
        local = literal(str((participant.get("member") or {}).get("reference", "")), self._base_url)
        end = str((participant.get("period") or {}).get("end", "9999"))
        return local is not None and local.reference == owner and end[:10] >= self._today[: len(end)]

    async def _has_others(self, plan: str, owner: str, task: str) -> bool:
        """Say whether the owner has taken on another action under the contract."""
        local = literal(plan, self._base_url)
        key = await self._key(local.type, local.id) if local else None
        keys = await self._tasks_of(key) if key else set()
        stored = {key.reference: each for key, each in (await unasked.bodies(self._db, keys)).items()}
        others = {name: each for name, each in {**stored, **self._tasks}.items() if name != task}
        return any(
            each.get("status") in _ON and _owner(each, self._base_url) == owner for each in others.values()
        )

    async def _tasks_of(self, contract: Key) -> Collection[Key]:
        found = await locked.referrers(self._db, [contract])
        return {key for _, key in found if key.type == "Task" and key.patient == contract.patient}

    async def _stored_at(self, reference: str) -> dict[str, Any]:
        local = literal(reference, self._base_url)
        return await self._stored(local.type, local.id) if local else {}

    async def _stored(self, resource_type: str, resource_id: str | None) -> dict[str, Any]:
        key = await self._key(resource_type, resource_id or "")
        return (await unasked.bodies(self._db, [key])).get(key, {}) if key else {}

    async def _key(self, resource_type: str, resource_id: str) -> Key | None:
        name = (resource_type, resource_id)
        patient = ids.key_in_id(*name) or (await reading.chosen_keys(self._db, [name])).get(name)
        return Key(patient, *name) if patient else None


def _mark(owner: str) -> str:
    """Return how the ids of participants begin who are in the team by what they have taken on."""
    return f"task-{hashlib.blake2b(owner.encode(), digest_size=8).hexdigest()}"
