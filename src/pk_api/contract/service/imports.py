"""Imports of plans: found by the sender's ids, changed where the sender has changed them, all in one write.

Several who send the same at once make it once: what is new is created on the condition that it is not there.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.imports import Importing, Outcome, Taken, found, not_sent, take_plan
from pk_api.contract.elements import Json, id_of, reference_to, version_of
from pk_api.contract.service.caller import Caller, Conditions, reading_of, rows_of
from pk_api.contract.service.people import by_hsa_id, required_patient_id
from pk_api.contract.service.writing import require_open
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.records.values import Criteria, Stored, Write

_TRIES: Final = 20
Outcomes = dict[tuple[str, str], Outcome]
"""What became of each item, by part and the sender's id."""

_ELSEWHERE: Final = "An item with one of these ids stands outside the patient's contract."
_NONE: Final = "No contract of this patient stands that is open to this caller."


async def import_plan(caller: Caller, body: Json, conditions: Conditions) -> Json:
    """Take a plan into the patient's contract and tell what became of each item.

    Problem not-found where no contract is open to the caller; of a rule, naming the field.
    """
    contract = await _contract_of(caller, body["patient"])
    known = await _with_references(caller, body)
    outcomes: Outcomes = {}
    before: list[str] = []
    for _ in range(_TRIES):
        importing = await _importing(caller, contract, known)
        written = await _written(caller, importing, conditions)
        if written is None:  # somebody came between: what was sent is judged anew
            continue
        others = [each.source_id for each in _note(outcomes, importing, written)]
        if not others:
            return await _told(caller, contract, body, outcomes)
        if others == before:
            raise Problem("conflict", _ELSEWHERE)
        before = others
    raise Problem("unavailable", "Too many others change the same; try again.")


async def _contract_of(caller: Caller, named: Json) -> str:
    patient = await required_patient_id(caller, named)
    for status in ("active", "draft"):
        page = await caller.records.contracts(
            caller.actor, patient=patient, status=status, limit=1, request_id=caller.request_id
        )
        if page.items:
            return page.items[0].id
    raise Problem("not-found", _NONE)


async def _importing(caller: Caller, contract: str, body: Json) -> Importing:
    """Return what the import comes to as the contract stands. Problem of a rule is audited."""
    rows = await rows_of(caller, contract)
    reading = reading_of(caller, rows)
    directory = await caller.records.directory(caller.actor, sorted(_named(body, "reference")))
    reading = replace(reading, directory={**reading.directory, **directory}, seen={})
    try:
        require_open(rows)
        return take_plan(body, Editing(reading, caller.actor, caller.now))
    except Problem as problem:
        await caller.records.refuse(caller.actor, rows.contract.key, problem, request_id=caller.request_id)
        raise


async def _written(caller: Caller, importing: Importing, conditions: Conditions) -> Sequence[Stored] | None:
    """Write what is new and changed; None when somebody has changed it meanwhile."""
    writes = [_write(each, importing) for each in importing.resources]
    if not writes:
        return ()
    try:
        return await caller.records.write(
            caller.actor,
            writes,
            idempotency=conditions.idempotency,
            tries_again=True,
            request_id=caller.request_id,
        )
    except Problem as problem:
        if problem.kind != "stale":
            raise
    return None


def _write(resource: Json, importing: Importing) -> Write:
    kind, one = resource["resourceType"], resource.get("id")
    if one is not None and one not in importing.fresh:
        return Write("update", kind, resource, id=one, if_match=version_of(resource), is_touch=True)
    new = {name: value for name, value in resource.items() if name != "id"}
    where = _criteria(kind, new["identifier"][0], importing.editing.patient["reference"])
    return Write("create", kind, new, temp=f"urn:uuid:{one}" if one else None, where=where)


def _criteria(kind: str, name: Json, patient: str) -> Criteria:
    """Return the search for what bears the sender's id among the patient's resources of a type."""
    value = f"{name['system']}|{name['value']}"
    query = parse_query(kind, [("patient", patient), ("identifier", value)], lenient=False)
    return Criteria(query, f"{kind}?identifier={value}&patient={patient}")


def _note(outcomes: Outcomes, importing: Importing, written: Sequence[Stored]) -> list[Taken]:
    """Note what this try did, and return what somebody else made first; what an earlier try did stands."""
    pairs = zip(importing.resources, written, strict=False)
    made = {resource.get("id") for resource, stored in pairs if stored.created}
    others = []
    for each in importing.taken:
        if each.outcome == "created" and id_of(each.target) not in made:
            others.append(each)
        elif outcomes.get((each.part, each.source_id)) in (None, "unchanged"):
            outcomes[each.part, each.source_id] = each.outcome
    return others


async def _told(caller: Caller, contract: str, body: Json, outcomes: Outcomes) -> Json:
    rows = await rows_of(caller, contract)
    reading = reading_of(caller, rows)
    items = [
        {
            "sourceId": source_id,
            "part": part,
            "id": each["id"],
            "reference": reference_to(each),
            "version": version_of(each),
            "outcome": outcome,
        }
        for (part, source_id), outcome in outcomes.items()
        if (each := found(reading, part, body["source"], source_id)) is not None
    ]
    return {
        "contract": contract,
        "revision": rows.revision,
        "items": items,
        "notSent": not_sent(reading, body),
    }


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
