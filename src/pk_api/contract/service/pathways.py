"""Pathways that a region has loaded (PlanDefinition), started for a patient: a plan under the contract.

Once a contract, pathway and version: whoever starts it again gets the plan that stands. Source:
https://hl7.org/fhir/R4/plandefinition-operation-apply.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from pk_api.contract.editing.changing import required_item
from pk_api.contract.editing.context import PATIENTS, Editing, refused
from pk_api.contract.editing.pathways import Made, Starting, plan_id, started
from pk_api.contract.elements import Json
from pk_api.contract.pathways import Pathway, read_pathway
from pk_api.contract.reading.people import owners_of
from pk_api.contract.service.caller import Caller, Conditions, Done, contract_of, reading_of, rows_of
from pk_api.contract.service.people import organisation_of, unit_of, with_directory
from pk_api.contract.service.writing import require_open, revision_in, with_written
from pk_api.fhir.problems import Problem
from pk_api.records.values import ContractRows, Write

_ENDED: Final = frozenset({"revoked", "entered-in-error"})
_TAKEN: Final = frozenset({"precondition-failed", "forbidden"})
"""What is told of a plan that stands already: to those who may write it, and to those who do not see it."""

_FURTHER: Final = 3
"""Plans of one pathway, at most, that a caller does not see and starts another beside."""


@dataclass(frozen=True, slots=True)
class Started:
    """The plan as an item, whether it is new, and the contract's revision after it."""

    done: Done
    is_new: bool


async def start_pathway(caller: Caller, contract: str, body: Json, conditions: Conditions) -> Started:
    """Start a pathway named by reference, or by url and version. Problem business-rule, forbidden."""
    named = body["pathway"]
    definition = await _definition(caller, named)
    told = {"owner": body["owner"]} if body.get("owner") else {}
    start = date.fromisoformat(body["start"]) if body.get("start") else caller.today
    return await start_definition(caller, contract, definition, told, conditions, start=start)


async def start_definition(
    caller: Caller, contract: str, definition: Json, told: Json, conditions: Conditions, *, start: date
) -> Started:
    """Start a PlanDefinition; `told` may name `owner` (as a body does), `practitioner`, `encounter`."""
    rows = await rows_of(caller, contract)
    async with caller.refusing(rows.contract.key):
        if caller.actor.kind in PATIENTS:
            raise _forbidden()
        require_open(rows)
        pathway = read_pathway(definition, start=start)
    return await _once(caller, rows, pathway, told, conditions)


async def _once(
    caller: Caller, rows: ContractRows, pathway: Pathway, told: Json, conditions: Conditions, further: int = 0
) -> Started:
    """Return the plan that stands, else a new one: further on, where one stands out of the caller's sight."""
    if (standing := _standing(rows, pathway)) is not None:
        return Started(Done(required_item("plans", standing, reading_of(caller, rows))), is_new=False)
    name = plan_id(rows.contract.id, pathway.canonical, _ended(rows, pathway) + further)
    try:
        return await _start(caller, rows, pathway, told, conditions, name)
    except Problem as problem:
        if problem.kind not in _TAKEN or further == _FURTHER:
            raise
    rows = await rows_of(caller, rows.contract.id)
    return await _once(caller, rows, pathway, told, conditions, further + 1)


async def _start(
    caller: Caller, rows: ContractRows, pathway: Pathway, told: Json, conditions: Conditions, name: str
) -> Started:
    reading, asked = await with_directory(caller, reading_of(caller, rows), told)
    editing = Editing(reading, caller.actor, caller.now)
    owner = editing.person(asked["owner"], "/owner") if "owner" in asked else await _own(caller)
    if "owner" in asked and caller.actor.provider not in owners_of(owner, reading):
        raise await caller.refused(
            refused("/owner", "A pathway is started by a unit of the own care provider.")
        )
    reading, _ = await with_directory(caller, reading, {"owner": owner})
    editing = Editing(reading, caller.actor, caller.now)
    by = Starting(owner, asked.get("practitioner"), asked.get("encounter"))
    made = started(pathway, name, by, editing)
    written = await caller.write(_writes(made), conditions)
    shown = with_written(rows, written, caller)
    return Started(
        Done(required_item("plans", name, shown), revision_in(written, rows.contract.id)), is_new=True
    )


async def _own(caller: Caller) -> Json:
    """Return the caller's unit, by which patients share with others; else its care provider."""
    return await unit_of(caller) or await organisation_of(caller)


def _writes(made: Sequence[Made]) -> list[Write]:
    """Return the plan's write under its id, if there is none yet, and those of what comes with it."""
    (_, plan), *others = made
    first = Write("update", "CarePlan", plan, id=plan["id"], unless=frozenset({"*"}))
    return [first, *(Write("create", each["resourceType"], each, temp=temp) for temp, each in others)]


def _plans(rows: ContractRows, pathway: Pathway) -> list[Json]:
    members = [each.resource for each in rows.members if each.type == "CarePlan"]
    return [each for each in members if pathway.canonical in each.get("instantiatesCanonical", ())]


def _standing(rows: ContractRows, pathway: Pathway) -> str | None:
    """Return the id of the plan of this pathway and version that has not been taken back."""
    found = (each["id"] for each in _plans(rows, pathway) if each.get("status") not in _ENDED)
    return next(found, None)


def _ended(rows: ContractRows, pathway: Pathway) -> int:
    return sum(each.get("status") in _ENDED for each in _plans(rows, pathway))


async def _definition(caller: Caller, named: Json) -> Json:
    """Return the PlanDefinition that is named. Problem business-rule unless it is exactly one."""
    if target := named.get("reference"):
        kind, _, name = target.partition("/")
        found = await caller.read(kind, name)
        return found.resource
    pairs = [("url", named["url"]), ("status", "active"), ("_count", "2")]
    pairs += [("version", named["version"])] if named.get("version") else []
    page = await caller.search("PlanDefinition", pairs)
    if len(page.items) != 1:
        detail = "One active pathway is to have this url" + (
            " and version." if "version" in named else "; name its version."
        )
        raise refused("/pathway", detail)
    return page.items[0].resource


async def active_contract(caller: Caller, patient: str) -> str:
    """Return the id of the patient's active contract. Problem business-rule when the caller sees none."""
    found = await contract_of(caller, patient, "active")
    if found is None:
        raise Problem(
            "business-rule", "A pathway is started under a contract: there is none that is active here."
        )
    return found


def _forbidden() -> Problem:
    return Problem("forbidden", "Care starts pathways.")
