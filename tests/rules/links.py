"""The ways from one resource to another: chains, what comes along, and the contract as a whole.

A link shows what it leads to only to those who see both of its ends.
"""

from typing import Any

from pk_api.access.actor import Actor
from pk_api.contract.reading.view import view_of
from pk_api.contract.service.caller import Caller, Tongue
from pk_api.contract.service.contracts import read_contract, revisions, search_contracts
from pk_api.contract.service.history import changes, provenance, timeline
from pk_api.contract.service.moments import as_of
from pk_api.fhir.systems import PERSONNUMMER
from pk_api.fhir.values import dump
from pk_api.records.values import AsOf
from tests.rules.naive import Case, members
from tests.rules.routes import (
    OF_PATIENT,
    Expected,
    Route,
    of_types,
    or_nothing,
    searched,
    shown,
    with_patient,
)
from tests.rules.stage import Stage
from tests.rules.worlds import PATIENT, PLAN

REQUESTS = of_types("ServiceRequest")
BASED_ON = "based-on:ServiceRequest"


def _links(case: Case, allowed: set[int]) -> list[tuple[int, int]]:
    """Return which visible notes are based on which visible ones."""
    notes = REQUESTS(case, allowed)
    return [(i.number, to) for i in case.items if i.number in notes for to in i.points if to in notes]


def _pointing(case: Case, allowed: set[int]) -> set[int]:
    return {of for of, _ in _links(case, allowed)}


def _pointed(case: Case, allowed: set[int]) -> set[int]:
    return {to for _, to in _links(case, allowed)}


def _twice(case: Case, allowed: set[int]) -> set[int]:
    pointing = _pointing(case, allowed)
    return {of for of, to in _links(case, allowed) if to in pointing}


def _about(case: Case, allowed: set[int]) -> set[int]:
    """Return what visible notes are based on, contracts too, and their patient: without the notes."""
    notes = REQUESTS(case, allowed)
    led = {to for i in case.items if i.number in notes for to in i.points} | ({PATIENT} if notes else set())
    return (led & allowed) - notes


def _finding(*pairs: tuple[str, str], kind: str = "ServiceRequest", within: bool = True) -> Route:
    async def route(stage: Stage, actor: Actor) -> set[str]:
        here = (("subject", stage.here.patient.reference),) if within else ()
        told = [(name, value.format(number=stage.number, id=stage.here.patient.id)) for name, value in pairs]
        found = set(shown(await or_nothing(searched(stage, actor, kind, *here, *told)) or {}))
        return found & {one.reference for one in stage.stored.values()}

    return route


def _included(*pairs: tuple[str, str]) -> Route:
    """What comes along with the notes of the patient."""

    async def route(stage: Stage, actor: Actor) -> set[str]:
        of_patient = ("subject", stage.here.patient.reference)
        page = await or_nothing(searched(stage, actor, "ServiceRequest", of_patient, *pairs)) or {}
        entries = page.get("entry", ())
        along = shown({"entry": [one for one in entries if one["search"]["mode"] == "include"]})
        return {ref for ref in along if not ref.startswith("Organization/")}

    return route


async def _all_that_names_the_patient(stage: Stage, actor: Actor) -> set[str]:
    pairs = [("_revinclude", f"{kind}:{code}") for kind, code in OF_PATIENT.items()]
    by_id = ("_id", stage.here.patient.id)
    return set(shown(await or_nothing(searched(stage, actor, "Patient", by_id, *pairs)) or {}))


async def _patient_by_notes(stage: Stage, actor: Actor) -> set[str]:
    pairs = (("_id", stage.here.patient.id), ("_has:ServiceRequest:subject:status", "active"))
    return set(shown(await or_nothing(searched(stage, actor, "Patient", *pairs)) or {}))


def _is_noted(case: Case, allowed: set[int]) -> set[int]:
    return {PATIENT} if REQUESTS(case, allowed) else set()


# --- the contract as a whole


def _caller(stage: Stage, actor: Actor) -> Caller:
    return Caller(stage.here.records, actor, stage.here.records.now(), Tongue("sv"))


def _named(value: Any) -> set[str]:
    """Return every reference that a JSON text of the contract API tells."""
    if isinstance(value, dict):
        own = {value["reference"]} if isinstance(value.get("reference"), str) else set()
        return own.union(*map(_named, value.values()))
    return set().union(*map(_named, value)) if isinstance(value, list) else set()


async def _contract(stage: Stage, actor: Actor) -> set[str]:
    """Ask for the contract; all that it tells, and its revisions tell, is of its visible members."""
    if PLAN not in stage.stored:
        return set()
    caller, plan = _caller(stage, actor), stage.stored[PLAN]
    found = await or_nothing(read_contract(caller, plan.id))
    if found is None:
        return set()
    reading = found[1]
    _require_told(stage, actor, view_of(reading), set(reading.members))
    told = await revisions(caller, plan.id, limit=200, cursor=None)
    ours = {one.reference for one in stage.stored.values()}
    assert _named(told) & ours <= reading.members.keys(), "revisions tell of nothing else"
    numbers = [one["number"] for one in told["items"]]
    for number in (numbers[0], numbers[len(numbers) // 2], numbers[-1]):
        then = (await read_contract(caller, plan.id, AsOf(revision=number)))[1]
        assert then.members.keys() <= reading.members.keys(), "nor does the past"
        assert number < numbers[0] or then.members == reading.members
    await _require_no_trace(stage, caller, number=numbers[-1])
    return set(reading.members)


async def _require_no_trace(stage: Stage, caller: Caller, *, number: int) -> None:
    """Require that no other list of the contract bears the id of what the caller does not see."""
    plan, start = stage.stored[PLAN].id, as_of(f"revision:{number}", "from")
    lists = [await one(caller, plan, limit=500, cursor=None) for one in (timeline, provenance)]
    text = dump({"told": [*lists, await changes(caller, plan, start, None)]}).decode()
    seen = [one for one in stage.stored.values() if await stage.here.sees(caller.actor, one)]
    hidden = [one for one in stage.stored.values() if one not in seen and one.type != "Patient"]
    named = [one.reference for one in hidden if one.id in text]
    assert [ref for ref in named if not any(ref in one.body for one in seen)] == []


def _require_told(stage: Stage, actor: Actor, view: Any, shown_: set[str]) -> None:
    """Of what is not shown care is told that some is not open, the patient that something is hidden."""
    held, case = members(stage.case), stage.case
    labels = {case.item(number).label for number in held}
    is_patients = actor.kind in {"patient", "app"}
    assert view["withheld"] == {
        "blockedInformationExists": actor.kind in {"staff", "system"} and not stage.named(held) <= shown_,
        "hiddenInformationExists": is_patients and "hidden-from-patient" in labels,
    }
    ours = {one.reference for one in stage.stored.values()}
    texts = [one.body for one in stage.stored.values() if one.reference in shown_]
    stands = {ref for ref in ours if any(ref in text for text in texts)}
    assert _named(view) & ours <= stands | shown_, "the contract tells of nothing else"


async def _contracts(stage: Stage, actor: Actor) -> set[str]:
    named = {"patient": {"reference": stage.here.patient.reference}}
    found = await or_nothing(search_contracts(_caller(stage, actor), named)) or {"items": []}
    return {one["reference"] for one in found["items"]}


def _members(case: Case, allowed: set[int]) -> set[int]:
    return members(case) & allowed if case.plan in allowed else set()


LINKS: dict[str, tuple[Route, Expected]] = {
    "chain": (_finding((f"{BASED_ON}.status", "active")), _pointing),
    "chain of two": (_finding((f"{BASED_ON}.{BASED_ON}.status", "active")), _twice),
    "chain to the patient": (
        _finding(("patient.identifier", f"{PERSONNUMMER}|{{number}}"), within=False),
        with_patient(REQUESTS),
    ),
    "chain by the patient's id": (
        _finding(("subject:Patient._id", "{id}"), within=False),
        with_patient(REQUESTS),
    ),
    "_has": (_finding(("_has:ServiceRequest:based-on:status", "active")), _pointed),
    "_has of the patient": (_patient_by_notes, with_patient(_is_noted)),
    "_include": (
        _included(("_include", "ServiceRequest:based-on"), ("_include", "ServiceRequest:subject")),
        _about,
    ),
    "_include of all": (_included(("_include", "*")), _about),
    "_revinclude": (_all_that_names_the_patient, with_patient(of_types("Patient", *OF_PATIENT))),
    "contract": (_contract, _members),
    "contracts": (_contracts, lambda case, allowed: {case.plan} & allowed),
}
"""Ways along links."""
