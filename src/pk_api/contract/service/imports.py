"""Imports of plans: found by the sender's ids, changed where the sender has changed them, all in one write.

Several who send the same at once make it once: what is new is created on the condition that it is not there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.imports import (
    Importing,
    Sender,
    bears_id_of,
    found,
    not_sent,
    sent_in,
    take_plan,
)
from pk_api.contract.elements import Json, reference_to, version_of
from pk_api.contract.service.caller import Caller, Conditions, contract_of, reading_of, rows_of
from pk_api.contract.service.people import by_hsa_id, required_patient_id
from pk_api.contract.service.writing import explained, require_open, revision_in
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.records.values import ContractRows, Criteria, Stored, Write

_TRIES: Final = 20
_BETWEEN: Final[Mapping[str, Literal["overtaken", "taken"]]] = {
    "stale": "overtaken",
    "precondition-failed": "taken",
}
"""What has happened meanwhile, by the problem that tells."""

_ELSEWHERE: Final = (
    "An item with one of these ids stands outside the patient's contract, or is another care provider's."
)
_NONE: Final = "No contract of this patient stands that is open to this caller."


async def import_plan(caller: Caller, body: Json, conditions: Conditions) -> Json:
    """Take a plan into the patient's contract and tell what became of each item.

    Problem not-found where no contract is open to the caller; of a rule, naming the field.
    """
    contract = await _contract_of(caller, body["patient"])
    known = await _with_references(caller, body)
    if (replayed := await caller.replayed(conditions)) is not None:
        return _as_told(
            await _told(caller, contract, body, await _importing(caller, contract, known)), replayed
        )
    before: set[str] | None = None
    for _ in range(_TRIES):
        importing = await _importing(caller, contract, known)
        outcome = await _write(caller, importing, conditions, body)
        if outcome == "written":
            return await _told(caller, contract, body, importing)
        # somebody came between: what was sent is judged anew, and what they made is found then
        new = {each.source_id for each in importing.taken if each.outcome == "created"}
        if outcome == "taken" and new == before:
            raise await caller.refused(Problem("conflict", _ELSEWHERE))
        before = new if outcome == "taken" else None
    raise Problem("unavailable", "Too many others change the same; try again.")


async def _contract_of(caller: Caller, named: Json) -> str:
    patient = await required_patient_id(caller, named)
    found = await contract_of(caller, patient, "active", "draft")
    if found is None:
        raise Problem("not-found", _NONE)
    return found


async def _importing(caller: Caller, contract: str, body: Json) -> Importing:
    """Return what the import comes to as the contract stands. Problem of a rule is audited."""
    rows = await rows_of(caller, contract)
    reading = reading_of(caller, rows)
    directory = await caller.directory(sorted(_named(body, "reference")))
    reading = replace(reading, directory={**reading.directory, **directory}, seen={})
    sender = await _sender(caller, rows, body["source"])
    async with caller.refusing(rows.contract.key):
        require_open(rows)
        return take_plan(body, Editing(reading, caller.actor, caller.now), sender)


async def _sender(caller: Caller, rows: ContractRows, system: str) -> Sender:
    """Return who sends, and what bears ids of the same system and is another's."""
    provider = caller.actor.provider or ""
    named = [one for one in rows.members if bears_id_of(one.resource, system)]
    owners = await caller.records.owners_of(named)
    others = frozenset(reference for reference, owner in owners.items() if owner != provider)
    return Sender(system, provider, others)


async def _write(
    caller: Caller, importing: Importing, conditions: Conditions, body: Json
) -> Literal["written", "overtaken", "taken"]:
    """Write all that is new and changed, or nothing: an id may be taken by now, a version overtaken."""
    writes = [_write_of(each, importing) for each in importing.resources]
    if not writes:
        await caller.keep_key(conditions)
        return "written"
    base = conditions.base_of(importing.reading.contract.partition("/")[2])
    try:
        await caller.write(writes, conditions, base=base, tries_again=True)
    except Problem as problem:
        if "conflicts" in problem.facts:
            raise await _conflicting(caller, importing, problem, body) from problem
        if problem.kind not in _BETWEEN:
            raise
        return _BETWEEN[problem.kind]
    return "written"


async def _conflicting(caller: Caller, importing: Importing, problem: Problem, body: Json) -> Problem:
    """Return the conflict with each item as it was, as it is, and as it was sent."""
    rows = await rows_of(caller, importing.reading.contract.partition("/")[2])
    told = await explained(caller, rows, problem, body)
    sent = {(part, each["sourceId"]): each for part, each in sent_in(body)}
    yours = {each.target.partition("/")[2]: sent[each.part, each.source_id] for each in importing.taken}
    conflicts = [{**each, "yours": yours.get(each["id"])} for each in told.facts["conflicts"]]
    return Problem(told.kind, told.detail, facts={**told.facts, "conflicts": conflicts})


def _write_of(resource: Json, importing: Importing) -> Write:
    kind, one = resource["resourceType"], resource.get("id")
    if one is not None and one not in importing.fresh:
        return Write("update", kind, resource, id=one, if_match=version_of(resource), is_touch=True)
    new = {name: value for name, value in resource.items() if name != "id"}
    where = _criteria(kind, new["identifier"][0], importing.editing.patient["reference"])
    return Write("create", kind, new, temp=f"urn:uuid:{one}" if one else None, where=where, most=0)


def _criteria(kind: str, name: Json, patient: str) -> Criteria:
    """Return the search for what bears the sender's id among the patient's resources of a type."""
    value = f"{name['system']}|{name['value']}"
    query = parse_query(kind, [("patient", patient), ("identifier", value)], lenient=False)
    return Criteria(query, f"{kind}?identifier={value}&patient={patient}")


async def _told(caller: Caller, contract: str, body: Json, importing: Importing) -> Json:
    """Return what became of each item, as the contract stands now."""
    rows = await rows_of(caller, contract)
    reading = reading_of(caller, rows)
    items = [
        {
            "sourceId": each.source_id,
            "part": each.part,
            "id": now["id"],
            "reference": reference_to(now),
            "version": version_of(now),
            "outcome": each.outcome,
        }
        for each in importing.taken
        if (now := found(reading, each.part, importing.sender, each.source_id)) is not None
    ]
    return {
        "contract": contract,
        "revision": rows.revision,
        "items": items,
        "notSent": not_sent(reading, body, importing.sender),
    }


def _as_told(told: Json, written: Sequence[Stored]) -> Json:
    """Return what was told when this was written: the same request gets the same answer."""
    by_reference = {each.reference: each for each in written}
    items = [
        {**each, "outcome": "created" if one.created else "updated", "version": one.version}
        if (one := by_reference.get(each["reference"])) is not None
        else {**each, "outcome": "unchanged"}
        for each in told["items"]
    ]
    return {**told, "items": items, "revision": revision_in(written, told["contract"]) or told["revision"]}


async def _with_references(caller: Caller, body: Json) -> Json:
    """Return the import with references for the HSA-ids in it that are known."""
    ids = sorted(_named(body, "hsaId"))
    known = {each: await by_hsa_id(caller, each) for each in ids}
    resolved: Json = _replaced(body, known)
    return resolved


def _named(value: Any, name: str) -> set[str]:
    """Return the values of one field, wherever it stands."""
    if isinstance(value, list):
        return set().union(*(_named(each, name) for each in value))
    if not isinstance(value, dict):
        return set()
    own = {str(value[name])} if value.get(name) else set()
    return own.union(*(_named(each, name) for each in value.values()))


def _replaced(value: Any, known: dict[str, str | None]) -> Any:
    if isinstance(value, list):
        return [_replaced(each, known) for each in value]
    if not isinstance(value, dict):
        return value
    if target := known.get(value.get("hsaId", "")):
        return {"reference": target}
    return {name: _replaced(each, known) for name, each in value.items()}
