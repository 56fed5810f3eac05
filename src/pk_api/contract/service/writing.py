"""A change of a contract: read, edit, write, and again when somebody else came between.

What a writer did not state as a condition is retried on the new state; what it did state is kept to: a
version (412), a base revision (409 with both sides of each conflict).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import uuid4
from weakref import WeakValueDictionary

from pk_api.contract.editing.context import Editing
from pk_api.contract.elements import Json, version_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.view import items_behind
from pk_api.contract.service.caller import Caller, Conditions, reading_of, rows_of
from pk_api.fhir.problems import Problem
from pk_api.records.values import ContractRows, Stored, Write

Outcome = TypeVar("Outcome")
TRIES: Final = 40
_TURNS: Final[WeakValueDictionary[tuple[int, str], asyncio.Lock]] = WeakValueDictionary()
_TOO_MANY = "Too many others change the same; try again."
_CLOSED = frozenset({"completed", "revoked", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class Edited:
    """What a change comes to: the resources to write, the item's first; and what the writer asked for."""

    resources: Sequence[Json]
    asked: Json


Edit = Callable[[Editing, Reading], Awaitable[Edited]]


async def change_contract(
    caller: Caller, contract: str, conditions: Conditions, edit: Edit, *, even_closed: bool = False
) -> tuple[ContractRows, Sequence[Stored]]:
    """Return the contract's rows and the versions written, the item's first; none if nothing changed."""
    done = await _attempt(caller, contract, conditions, edit, even_closed=even_closed)
    if done is not None:
        return done
    # somebody came between: those to whom that happened go one after the other, so that none waits for ever
    turn = _TURNS.setdefault((id(caller.records), contract), asyncio.Lock())
    async with turn:
        for _ in range(TRIES):
            done = await _attempt(caller, contract, conditions, edit, even_closed=even_closed)
            if done is not None:
                return done
    raise Problem("unavailable", _TOO_MANY)


async def until_written(conditions: Conditions, attempt: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Return what an attempt comes to; when somebody came between, what was asked is judged anew.

    Problem stale for who has named a version.
    """
    for _ in range(TRIES):
        try:
            return await attempt()
        except Problem as problem:
            if problem.kind != "stale" or conditions.if_match is not None:
                raise
    raise Problem("unavailable", _TOO_MANY)


async def _attempt(
    caller: Caller, contract: str, conditions: Conditions, edit: Edit, *, even_closed: bool
) -> tuple[ContractRows, Sequence[Stored]] | None:
    """Return what `change_contract` does; None when somebody changed meanwhile what was judged."""
    rows = await rows_of(caller, contract)
    reading = reading_of(caller, rows)
    editing = Editing(reading, caller.actor, caller.now, f"urn:uuid:{uuid4()}")
    try:
        if not even_closed:
            require_open(rows)
        edited = await edit(editing, reading)
    except Problem as problem:
        replayed = await caller.replayed(conditions)
        if replayed is None:
            await caller.refused(problem, rows.contract.key)
            raise
        return rows, replayed
    if not edited.resources:
        await caller.keep_key(conditions)
        return rows, ()
    try:
        return rows, await _write(caller, rows, conditions, edited, editing.temp)
    except Problem as problem:
        if problem.kind != "stale":  # else somebody came between: what was asked is judged anew
            raise
    return None


async def _write(
    caller: Caller, rows: ContractRows, conditions: Conditions, edited: Edited, temp: str
) -> Sequence[Stored]:
    base = conditions.base_of(rows.contract.id)
    try:
        written = await caller.write(
            writes_of(edited.resources, temp), conditions, base=base, tries_again=True
        )
    except Problem as problem:
        if "conflicts" not in problem.facts:
            raise
        raise await explained(caller, rows, problem, edited.asked) from problem
    return written


def writes_of(resources: Sequence[Json], temp: str) -> list[Write]:
    """Return one write a resource: a new one without an id, a change of the version that was read with one.

    The first resource is the one that others refer to by `temp`. Its version is that of the item, which may
    have changed in the others alone.
    """
    return [
        Write("update", each["resourceType"], each, id=each["id"], if_match=version_of(each), is_touch=True)
        if "id" in each
        else Write("create", each["resourceType"], each, temp=temp if n == 0 else None)
        for n, each in enumerate(resources)
    ]


def revision_in(stored: Sequence[Stored], contract: str) -> int | None:
    """Return the contract's revision that a write made."""
    for each in stored:
        for made, revision in each.contracts:
            if made == contract:
                return revision
    return None


def with_written(rows: ContractRows, stored: Sequence[Stored], caller: Caller) -> Reading:
    """Return the contract as it is with what was written."""
    reading = reading_of(caller, rows)
    written = {each.reference: each.resource for each in stored if not each.deleted}
    return Reading(
        contract=reading.contract,
        members={**reading.members, **written},
        directory=reading.directory,
        language=reading.language,
        today=reading.today,
        revision=revision_in(stored, rows.contract.id) or rows.revision,
        withheld=reading.withheld,
        hides=reading.hides,
        me=reading.me,
    )


def require_open(rows: ContractRows) -> None:
    """Raise Problem not-allowed-in-state for a contract that is closed."""
    status = rows.contract.resource.get("status")
    if status in _CLOSED:
        raise Problem("not-allowed-in-state", f"The contract is {status}: it is read, not changed.")


async def explained(caller: Caller, rows: ContractRows, problem: Problem, asked: Json) -> Problem:
    """Return the conflict with the items as they were, as they are, and as they were to be."""
    conflicts: list[Mapping[str, Any]] = []
    now = await rows_of(caller, rows.contract.id)
    for conflict in problem.facts["conflicts"]:
        theirs = items_behind(conflict["reference"], reading_of(caller, now))
        base = items_behind(conflict["reference"], await _as_it_was(caller, now, conflict))
        conflicts += [
            {
                "part": part,
                "id": item["id"],
                "base": base.get((part, item["id"])),
                "theirs": item,
                "yours": asked,
            }
            for (part, _), item in theirs.items()
        ]
    return Problem("conflict", problem.detail, facts={"conflicts": conflicts, "revision": now.revision})


async def _as_it_was(caller: Caller, rows: ContractRows, conflict: Json) -> Reading:
    reading = reading_of(caller, rows)
    members = dict(reading.members)
    resource_type, _, resource_id = conflict["reference"].partition("/")
    members.pop(conflict["reference"], None)
    if conflict.get("base") is not None:
        then = await caller.records.vread(
            caller.actor, resource_type, resource_id, conflict["base"], request_id=caller.request_id
        )
        members[conflict["reference"]] = then.resource
    return Reading(
        reading.contract, members, reading.directory, reading.language, reading.today, reading.revision
    )
