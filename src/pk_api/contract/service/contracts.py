"""Contracts as wholes: open, find, read, change their status, and what happened to them."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

import orjson

from pk_api.access.actor import Actor
from pk_api.contract.editing import events
from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.contract import new_contract
from pk_api.contract.elements import Json, target_of, version_of
from pk_api.contract.parts import PARTS
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.plans import period_of
from pk_api.contract.reading.reasons import reasons
from pk_api.contract.reading.view import head_of, next_step_of, part_of, view_of
from pk_api.contract.service.caller import Caller, Conditions, Done, contract_of, reading_of, rows_of
from pk_api.contract.service.cursors import opened, sealed
from pk_api.contract.service.moments import Moment, resolved, with_past
from pk_api.contract.service.people import organisation_of, patient_id, required_patient_id, unit_of
from pk_api.contract.service.writing import (
    Edited,
    change_contract,
    revision_in,
    with_written,
)
from pk_api.fhir.problems import Problem
from pk_api.records.values import Revision, Stored, Write

_SECOND = (
    "The patient has an active contract. Coordination is asked for through the patient, "
    "or by POST /v1/coordination-requests."
)


async def open_contract(caller: Caller, body: Json, conditions: Conditions) -> Done:
    """Open a contract: its plan and its team, with the caller's care provider as the first of it.

    Problem `second-contract` names the standing one only to those who see it anyway.
    """
    patient = await required_patient_id(caller, body["patient"])
    is_identified = "reference" not in body["patient"]
    try:
        written = await opened_for(caller, patient, body, conditions, is_identified=is_identified)
    except Problem as problem:
        if problem.kind != "second-contract":
            raise
        raise await _second(caller, patient) from problem
    return await _opened_contract(caller, list(written))


async def opened_for(
    caller: Caller, patient: str, values: Json, conditions: Conditions, *, is_identified: bool
) -> Sequence[Stored]:
    """Return plan and team of a new contract. Problem `second-contract`, forbidden."""
    team, opener = f"urn:uuid:{uuid4()}", await organisation_of(caller)
    plan, plan_team = new_contract(
        values,
        patient={"reference": f"Patient/{patient}"},
        opener=opener,
        author=await unit_of(caller) or opener,
        team=team,
        now=caller.now,
    )
    return await caller.write(
        [Write("create", "CarePlan", plan), Write("create", "CareTeam", plan_team, temp=team)],
        conditions,
        identified=frozenset({patient}) if is_identified else frozenset(),
    )


async def required_contract(caller: Caller, patient: str) -> str:
    """Return the id of a patient's contract: the active one, else the latest. Problem not-found."""
    found = await contract_of(caller, patient, "active", None)
    if found is None:
        raise Problem("not-found", "The patient has no contract here, or none that is open to this caller.")
    return found


async def read_contract(caller: Caller, contract: str, moment: Moment | None = None) -> tuple[str, Reading]:
    """Return the stamp of what the caller sees and the contract, as it is or was, for `view_of`."""
    rows = await rows_of(caller, contract, await resolved(caller, contract, moment) if moment else None)
    reading = reading_of(caller, rows)
    return f"{rows.stamp}-{caller.language}-{reading.today:%Y%m%d}-{_reader(caller.actor, reading)}", reading


def _reader(actor: Actor, reading: Reading) -> str:
    """Return what kind of reader it is, as a few letters: what is told of what is not shown hangs on it."""
    who = (actor.kind, reading.withheld, reading.hides, *sorted(reading.me))
    return hashlib.blake2b(repr(who).encode(), digest_size=8).hexdigest()


async def next_step(caller: Caller, contract: str) -> Json:
    """Return `{nextStep, nextSteps}`: of the contract, null when nothing lies ahead, and of each party."""
    return next_step_of(reading_of(caller, await rows_of(caller, contract)))


async def lacking(caller: Caller, contract: str) -> list[Json]:
    """Return what the contract lacks, each with the rule that asks for it."""
    _, reading = await read_contract(caller, contract)
    found: list[Json] = view_of(await with_past(caller, reading))["gaps"]
    return found


async def search_contracts(caller: Caller, body: Json) -> Json:
    """Return contracts that the caller sees, the latest changed first: `{items, next}`."""
    named = body.get("patient")
    patient = await patient_id(caller, named) if named else None
    if named and patient is None:
        return {"items": [], "next": None}
    since = body.get("updatedSince")
    page = await caller.contracts(
        patient=patient,
        status=body.get("status"),
        unit=body.get("unit"),
        updated_since=datetime.fromisoformat(since) if since else None,
        limit=body.get("limit", 50),
        after=opened(body.get("cursor"), int, str, str),
    )
    return {"items": [_found(each, caller.language) for each in page.items], "next": sealed(page.next)}


async def change_status(caller: Caller, contract: str, body: Json, conditions: Conditions) -> Done:
    """Activate, complete or revoke the contract, or mark it as entered in error."""

    async def edit(editing: Editing, reading: Reading) -> Edited:
        before = reading.members[reading.contract]
        conditions.require_version(version_of(before))
        return Edited(events.happen("contract", body["status"], before, body, editing), body)

    try:
        rows, stored = await change_contract(caller, contract, conditions, edit, even_closed=True)
    except Problem as problem:
        if problem.kind != "second-contract":
            raise
        raise Problem("second-contract", _SECOND) from problem
    reading = await with_past(caller, with_written(rows, stored, caller))
    return Done(view_of(reading), revision_in(stored, contract))


async def revisions(caller: Caller, contract: str, *, limit: int, cursor: str | None) -> Json:
    """Return the contract's revisions, the latest first: `{items, next}`."""
    reading = reading_of(caller, await rows_of(caller, contract))
    before = opened(cursor, int)
    found, following = await caller.records.revisions(
        caller.actor,
        contract,
        limit=limit,
        before=before[0] if before else None,
        request_id=caller.request_id,
    )
    after = (following,) if following is not None else None
    return {"items": [_revision(each, reading) for each in found], "next": sealed(after)}


async def _second(caller: Caller, patient: str) -> Problem:
    """Return the refusal of a second contract, the same whoever holds the standing one."""
    standing = await contract_of(caller, patient, "active")
    return Problem("second-contract", _SECOND, facts={"contract": standing} if standing else {})


async def _opened_contract(caller: Caller, stored: list[Stored]) -> Done:
    """Return a contract as it was opened: plan, team and patient, nothing that came later."""
    plan = stored[0]
    patient = (target_of(plan.resource["subject"]) or "").partition("/")[2]
    person = await caller.read("Patient", patient)
    named = [target_of(plan.resource.get("author")) or ""]
    directory = await caller.directory(named)
    members: dict[str, Any] = {each.reference: each.resource for each in (*stored, person)}
    revision = revision_in(stored, plan.id)
    reading = Reading(plan.reference, members, directory, caller.language, caller.today, revision or 1)
    return Done(view_of(reading), revision)


def _found(stored: Stored, language: str) -> Json:
    plan = stored.resource
    return {
        **head_of(plan, revision=_revision_told(stored), language=language),
        "patient": {"reference": target_of(plan.get("subject"))},
        "period": period_of(plan),
        "updated": plan.get("meta", {}).get("lastUpdated"),
    }


def _revision_told(stored: Stored) -> int | None:
    return stored.contracts[-1][1] if stored.contracts else None


def _revision(revision: Revision, reading: Reading) -> Json:
    """Tell of a revision what is of members that the reader sees, and by whom where there is any."""
    changes = [_change(one, reading) for one in revision.changes if one[0] in reading.members]
    why = reasons(reading)
    told = (why.get((reference, str(version))) for reference, version, _ in revision.changes)
    return {
        "number": revision.number,
        "at": revision.at.isoformat(timespec="milliseconds"),
        "by": dict(revision.by) if changes else dict.fromkeys(revision.by),
        "reason": next((each for each in told if each), None) if changes else None,
        "changes": changes,
    }


def _change(change: tuple[str, int, str], reading: Reading) -> Json:
    reference, version, method = change
    return {
        "reference": reference,
        "version": version,
        "method": method,
        "part": part_of(reference, reading),
        "id": reference.partition("/")[2],
    }


class Told(NamedTuple):
    """What a contract's text is kept by: the tag of what is seen, the parts, and who may see its past."""

    tag: str
    parts: tuple[str, ...] = ()
    person: tuple[str, str] | None = None
    employee: str | None = None


class Built:
    """Contracts as JSON text, kept by all that they are made of."""

    def __init__(self, most: int, *, most_bytes: int = 64 * 1024 * 1024) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._texts: OrderedDict[Told, bytes] = OrderedDict()

    def holds(self, told: Told) -> bool:
        """Say whether it is built."""
        return told in self._texts

    def json(self, told: Told, reading: Reading) -> bytes:
        """Return the contract as JSON text; with parts named, of the parts only those."""
        found = self._texts.get(told)
        if found is None:
            found = self._texts[told] = contract_json(reading, told.parts)
            self._bytes += len(found)
            while len(self._texts) > self._most or self._bytes > self._most_bytes:
                self._bytes -= len(self._texts.popitem(last=False)[1])
        return found


def contract_json(reading: Reading, parts: tuple[str, ...] = ()) -> bytes:
    """Return the contract as JSON text; with parts named, of the parts only those."""
    view = view_of(reading)
    if parts:
        view = {key: each for key, each in view.items() if key not in PARTS or key in parts}
    return orjson.dumps(view)
