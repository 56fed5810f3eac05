"""Agreements: proposed by care, answered by each party, read and verified.

Nobody's answer waits for another's: the state of a proposal follows from the Tasks of its parties.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pk_api.contract.editing import agreement as making
from pk_api.contract.editing import events
from pk_api.contract.editing.actions import is_owner
from pk_api.contract.editing.agreement import MEANS, Given, Sign
from pk_api.contract.editing.context import PATIENTS, Editing, refused
from pk_api.contract.editing.parties import parties
from pk_api.contract.elements import Json, reference_to, target_of, version_of
from pk_api.contract.reading import agreement as reading_of_agreements
from pk_api.contract.reading.actions import PROPOSALS, action_kind
from pk_api.contract.reading.agreement import Proposal, in_force, proposals, state_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.covered import ITEMS, added, changes, covered, covers_all
from pk_api.contract.service.caller import Caller, Conditions, reading_of, rows_of
from pk_api.contract.service.people import with_writer
from pk_api.contract.service.writing import Edited, change_contract, require_open
from pk_api.fhir import agreements as agreed
from pk_api.fhir import choices
from pk_api.fhir.problems import Problem
from pk_api.records.values import AsOf, Write

_TRIES: Final = 40
_WAITING: Final = frozenset({"draft", "requested", "received"})
_NOTED: Final = frozenset({"oral", "paper"})


async def propose(caller: Caller, contract: str, body: Json, conditions: Conditions) -> Json:
    """Propose an agreement over the contract as it stands, which the proposer accepts by that.

    Problem forbidden for the patient's side, not-allowed-in-state for a closed contract.
    """
    if caller.actor.kind in PATIENTS:
        raise await caller.refused(Problem("forbidden", "Care proposes an agreement; all parties answer."))
    if (number := await _replayed(caller, conditions)) is not None:
        return await read_agreement(caller, contract, number)
    number = 0
    for _ in range(_TRIES):
        rows = await rows_of(caller, contract)
        require_open(rows)
        reading = await with_writer(caller, reading_of(caller, rows))
        number = max([number, *(each.number for each in proposals(reading))]) + 1
        editing = Editing(reading, caller.actor, caller.now)
        try:
            await caller.write(_proposal(caller, editing, number, body), conditions, tries_again=True)
        except Problem as problem:  # another proposal came first, or what it is about has changed
            if problem.kind not in {"precondition-failed", "stale"}:
                raise
            continue
        return await read_agreement(caller, contract, number)
    raise Problem("unavailable", "Too many others change the same; try again.")


def _proposal(caller: Caller, editing: Editing, number: int, body: Json) -> list[Write]:
    """Return the writes of a proposal: a Task for each party, the proposer's with its acceptance."""
    reading = editing.reading
    asked = parties(editing, caller.records.person_rules)
    if any(target_of(each.owner) is None for each in asked):
        raise refused("", "The caller's care provider is not registered: register its Organization first.")
    own, *others = making.new_answers(
        asked, number=number, revision=reading.revision, description=body.get("text"), editing=editing
    )
    given = Given(None, body.get("means") or MEANS[caller.actor.kind])
    is_all = covers_all(reading)
    provenance = making.acceptance(
        own, covered(reading), given, is_all=is_all, editing=editing, sign=_sign(caller)
    )
    tasks = [making.accepted(own, given, (), editing), *others]
    return [
        *(Write("update", "Task", each, id=each["id"], unless=frozenset({"*"})) for each in tasks),
        Write("create", "Provenance", provenance),
    ]


async def list_agreements(caller: Caller, contract: str) -> Json:
    """Return the proposals that the caller sees, the latest first: `{items}`."""
    reading = reading_of(caller, await rows_of(caller, contract))
    every = proposals(reading)
    return {"items": [reading_of_agreements.head_of(each, every, reading) for each in reversed(every)]}


async def read_agreement(caller: Caller, contract: str, number: int) -> Json:
    """Return a proposal: parties, items with their versions, what has changed since. Problem not-found."""
    reading = reading_of(caller, await rows_of(caller, contract))
    every, proposal = _found(reading, number)
    then = await then_of(caller, reading, proposal.revision)
    return {
        **reading_of_agreements.head_of(proposal, every, reading),
        "items": _items(proposal, then, reading),
        "changedSince": changes(then, reading, but=proposal.left_out),
        "addedSince": added(then, reading),
    }


async def latest_number(caller: Caller, contract: str) -> int:
    """Return the number of the latest proposal that the caller sees. Problem not-found."""
    every = proposals(reading_of(caller, await rows_of(caller, contract)))
    if not every:
        raise Problem("not-found", "There is no agreement here, or it is not open to this caller.")
    return every[-1].number


async def proposed_revision(caller: Caller, contract: str, number: int) -> int:
    """Return the contract's revision that a proposal is about. Problem not-found."""
    return _found(reading_of(caller, await rows_of(caller, contract)), number)[1].revision


async def accept(caller: Caller, contract: str, number: int, body: Json, conditions: Conditions) -> Json:
    """Accept for the caller's own party, or note what the patient said; some items may be left out.

    Problem conflict when what was proposed has changed since, not-allowed-in-state, forbidden.
    """
    people = (await caller.records.facts(caller.actor)).people

    async def edit(editing: Editing, reading: Reading) -> Edited:
        editing = replace(editing, reading=await with_writer(caller, reading))
        task = _own_task(reading, number, body, editing, people)
        proposal = _found(reading, number)[1]
        then = await then_of(caller, reading, proposal.revision)
        if since := changes(then, reading, but=proposal.left_out):
            raise _outdated(since, reading)
        given = _given(editing, body, people)
        return Edited(
            _acceptance(task, given, body, editing, then, sign=_sign(caller)), {"event": "accept", **body}
        )

    await change_contract(caller, contract, conditions, edit)
    return await read_agreement(caller, contract, number)


async def decline(caller: Caller, contract: str, number: int, body: Json, conditions: Conditions) -> Json:
    """Decline for the caller's own party, with the reason. Problem not-allowed-in-state, forbidden."""
    people = (await caller.records.facts(caller.actor)).people

    async def edit(editing: Editing, reading: Reading) -> Edited:
        editing = replace(editing, reading=await with_writer(caller, reading))
        task = _own_task(reading, number, body, editing, people)
        given = _given(editing, body, people)
        return Edited((making.declined(task, body["reason"], given, editing),), {"event": "decline", **body})

    await change_contract(caller, contract, conditions, edit)
    return await read_agreement(caller, contract, number)


def _acceptance(
    task: Json, given: Given, body: Json, editing: Editing, then: Reading, *, sign: Sign | None
) -> tuple[Json, ...]:
    """Return the Provenance, the party's Task, and the actions that the party answers with it."""
    reading = editing.reading
    left_out = _references(body.get("exceptItems") or [], reading)
    own = (
        [] if given.is_noted else [each for each in _asked_of(editing) if reference_to(each) in then.members]
    )
    answered = [
        _answer(each, "decline" if reference_to(each) in left_out else "accept", editing) for each in own
    ]
    pinned = {name: each for name, each in covered(reading).items() if name in then.members} | {
        reference_to(each): making.as_it_comes(each, (version_of(each) or 0) + 1) for each in answered
    }
    pinned = {name: each for name, each in pinned.items() if name not in left_out}
    provenance = making.acceptance(
        task, pinned, given, is_all=covers_all(reading), editing=editing, sign=sign
    )
    excepted = [{"reference": each} for each in left_out]
    return provenance, making.accepted(task, given, excepted, editing), *answered


def _sign(caller: Caller) -> Sign | None:
    signer = caller.records.signer
    return signer.sign if signer is not None else None


def _answer(action: Json, event: str, editing: Editing) -> Json:
    """Return an action that its owner answers together with the whole."""
    return events.happen("actions", event, action, {}, editing)[0]


def _asked_of(editing: Editing) -> list[Json]:
    """Return the actions that wait for the writer's answer."""
    return [
        task
        for task in editing.reading.of_type("Task")
        if task.get("status") in agreed.OPEN
        and action_kind(task) not in PROPOSALS
        and not (choices.is_choice(task) or choices.is_option(task))
        and target_of(task.get("owner")) is not None
        and is_owner(task, editing)
        and not (target_of(task["owner"]) or "").startswith("RelatedPerson/")
    ]


def _references(names: Sequence[str], reading: Reading) -> list[str]:
    """Return the resources behind items. Problem of a rule names an item that is not there."""
    known = {each["id"]: str(each["reference"]) for read in ITEMS.values() for each in read(reading)}
    for at, name in enumerate(names):
        if name not in known:
            raise refused(f"/exceptItems/{at}", "The contract holds no such item.")
    return list(dict.fromkeys(known[name] for name in names))


def _given(editing: Editing, body: Json, people: Sequence[str]) -> Given:
    """Return who signs and how."""
    means = body.get("means") or MEANS[editing.actor.kind]
    if editing.by_patient:
        stand_in = editing.actor.kind == "proxy" and people
        return Given({"reference": people[0]} if stand_in else editing.patient, means)
    return (
        Given(editing.patient, means, is_noted=True) if body.get("party") == "patient" else Given(None, means)
    )


def _own_task(reading: Reading, number: int, body: Json, editing: Editing, people: Sequence[str]) -> Json:
    """Return the Task by which the caller's party is asked. Problem when the caller has none to answer."""
    every, proposal = _found(reading, number)
    if (state := state_of(proposal, every)) != "proposed":
        detail = f"Proposal {number} is {state}: it is answered no more."
        raise Problem("not-allowed-in-state", detail, facts={"state": state})
    _require_means(body, editing)
    own = [each for each in proposal.tasks if _is_asked(each, body, editing, people)]
    if not own:
        raise Problem("forbidden", "The parties answer, each for itself.")
    pending = [each for each in own if reading_of_agreements.answer_of(each) == "pending"]
    if not pending:
        raise Problem("not-allowed-in-state", "This party has answered.", facts={"state": state})
    return pending[0]


def _require_means(body: Json, editing: Editing) -> None:
    means, is_noted = body.get("means"), body.get("party") == "patient" and not editing.by_patient
    if is_noted and means not in _NOTED:
        raise refused("/means", "What the patient said or signed is noted as oral or paper.")
    if editing.by_patient and means in _NOTED:
        raise refused("/means", "Who answers here answers in a service or an app.")


def _is_asked(task: Json, body: Json, editing: Editing, people: Sequence[str]) -> bool:
    for_patient = target_of(task.get("owner")) == editing.patient["reference"]
    if not editing.by_patient:
        return for_patient if body.get("party") == "patient" else editing.is_writer(task.get("owner"))
    named = [target_of(each) for each in task.get("restriction", {}).get("recipient", ())]
    return for_patient and (not named or any(each in people for each in named))


def _found(reading: Reading, number: int) -> tuple[list[Proposal], Proposal]:
    every = proposals(reading)
    for each in every:
        if each.number == number:
            return every, each
    raise Problem("not-found", "There is no such agreement here, or it is not open to this caller.")


def _outdated(since: list[Json], reading: Reading) -> Problem:
    """Return the refusal of a yes to what is no longer there: what was proposed, and what there is now."""
    conflicts = [
        {
            "part": each["part"],
            "id": each["id"],
            "field": each["what"],
            "base": each["before"],
            "theirs": each["after"],
            "yours": each["before"],
        }
        for each in since
    ]
    detail = "What was proposed has changed since: read it again, and have it proposed anew."
    return Problem("conflict", detail, facts={"conflicts": conflicts, "revision": reading.revision})


def _items(proposal: Proposal, then: Reading, reading: Reading) -> list[Json]:
    """Return the items that were proposed and the reader sees, and whether each is agreed."""
    found = []
    for part, read in ITEMS.items():
        was = {each["id"] for each in read(then)}
        for each in read(reading):
            if each["id"] in was:
                waits = part == "actions" and each["state"] in _WAITING
                is_agreed = proposal.is_agreed and each["id"] not in proposal.left_out and not waits
                told = {"part": part, "agreed": is_agreed, "waitingFor": "owner" if waits else None}
                found.append({name: each[name] for name in ("id", "reference", "version")} | told)
    return found


async def then_of(caller: Caller, reading: Reading, revision: int) -> Reading:
    """Return the contract as it stood at a revision, as far as the caller sees it now, with today's day."""
    contract = reading.contract.partition("/")[2]
    rows = await rows_of(caller, contract, AsOf(revision=revision))
    return replace(reading_of(caller, rows), today=reading.today)


async def with_agreed(caller: Caller, reading: Reading) -> Reading:
    """Return the reading with the contract as it was agreed on, when an agreement holds."""
    holds = in_force(proposals(reading))
    if holds is None:
        return reading
    return replace(reading, then=await then_of(caller, reading, holds.revision), seen={})


async def _replayed(caller: Caller, conditions: Conditions) -> int | None:
    """Return the number of the proposal that the same request made before."""
    before = await caller.replayed(conditions)
    return agreed.number_in(before[0].resource, "number") if before else None
