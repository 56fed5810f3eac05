"""Admissions: a patient comes in, units are told, the patient is ready (or not after all) and leaves.

Each is a change of the Encounter, with notices (Communication) to the units in the same transaction; what is
to be done by when follows at the door (`contract.clocks`). Source: lag 2017:612 om samverkan vid utskrivning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from pk_api.contract.clocks import KINDS
from pk_api.contract.codes import Code, code_of
from pk_api.contract.dates import instant
from pk_api.contract.discharge import Discharge, Event, discharge_of, is_stay, notice_kind, require_possible
from pk_api.contract.editing.context import PATIENTS, refused
from pk_api.contract.editing.draft import concept_of, copy_of, put_extensions
from pk_api.contract.elements import Json, target_of
from pk_api.contract.reading.admissions import admission_item, clock_item, is_clock
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import who
from pk_api.contract.service.caller import Caller, Conditions, reading_about
from pk_api.contract.service.cursors import sealed
from pk_api.contract.service.people import by_hsa_id, organisation_named, required_patient_id, required_unit
from pk_api.contract.service.writing import until_written
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.values import Stored, Write

_IMP: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "code": "IMP",
    "display": "inpatient encounter",
}
_MANY: Final = "200"
_NOTICES: Final[Mapping[Event, str]] = MappingProxyType(
    {
        "notice": "admission-notice",
        "ready": "ready-for-discharge",
        "not-ready": "not-ready-for-discharge",
        "information": "discharge-information",
    }
)
"""Which notice goes to the units when something happens."""
_RUNNING: Final = "requested,received,accepted,ready,in-progress,on-hold"


async def admit(caller: Caller, body: Json, conditions: Conditions) -> Json:
    """Note that a patient is admitted; the clocks start. Problem forbidden for patients."""
    if caller.actor.kind in PATIENTS:
        raise await caller.refused(Problem("forbidden", "Care says who is admitted."))
    patient = await required_patient_id(caller, body["patient"])
    named = body.get("unit")
    unit = await (organisation_named(caller, named, "/unit") if named else required_unit(caller))
    encounter: Json = {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": _IMP,
        "subject": {"reference": f"Patient/{patient}"},
        "period": {"start": body.get("admittedOn") or instant(caller.now)},
        "serviceProvider": {"reference": unit},
    }
    if body.get("needs"):
        _put(encounter, _assessed(Discharge(), body["needs"], caller))
    (stored,) = await caller.write([Write("create", "Encounter", encounter)], conditions)
    return await _item(caller, stored)


async def read_admission(caller: Caller, name: str) -> Json:
    """Return an admission. Problem not-found."""
    return await _item(caller, await _stored(caller, name))


async def happen(caller: Caller, name: str, event: Event, body: Json, conditions: Conditions) -> Json:
    """Note what has happened to an admission, and tell the units. Problem not-allowed-in-state, stale."""
    if (before := await caller.replayed(conditions)) is not None:
        return await _item(caller, before[0])

    async def attempt() -> Stored:
        writes = await _changes(caller, await _stored(caller, name), event, body, conditions)
        return (await caller.write(writes, conditions, tries_again=conditions.if_match is None))[0]

    return await _item(caller, await until_written(conditions, attempt))


async def _changes(
    caller: Caller, stored: Stored, event: Event, body: Json, conditions: Conditions
) -> list[Write]:
    """Return what an event comes to. Problem of a rule, its audit row kept."""
    async with caller.refusing(stored.key):
        if caller.actor.kind in PATIENTS:
            raise Problem("forbidden", "Care says what happens to an admission.")
        conditions.require_version(stored.version)
        require_possible(stored.resource, event)
        return await _changed(caller, stored, event, body)


async def _changed(caller: Caller, stored: Stored, event: Event, body: Json) -> list[Write]:
    """Return the Encounter as it is after an event, and the notices of it."""
    encounter: Json = copy_of(stored.resource)
    told = _after(event, discharge_of(encounter), body, caller)
    _put(encounter, told)
    if event == "discharged":
        left = body.get("on") or instant(caller.now)
        encounter |= {"status": "finished", "period": {**encounter.get("period", {}), "end": left}}
    notices = []
    if (kind := _NOTICES.get(event)) is not None:
        notices = await _notices(caller, stored, kind, body, told)
    write = Write("update", "Encounter", encounter, id=stored.id, if_match=stored.version)
    return [write, *(Write("create", "Communication", each) for each in notices)]


def _after(event: Event, before: Discharge, body: Json, caller: Caller) -> Discharge:
    if event == "needs":
        return _assessed(before, body, caller)
    if event == "ready":
        return replace(before, ready=instant(caller.now))
    return replace(before, ready=None) if event == "not-ready" else before


async def list_clocks(
    caller: Caller, *, unit: str | None, is_overdue: bool, limit: int, cursor: str | None
) -> Json:
    """Return what is to be done, as far as the caller sees it, the latest changed first: `{items, next}`."""
    kinds = ",".join(f"{systems.TASK_KIND}|{each}" for each in KINDS)
    pairs = [("code", kinds), ("status", _RUNNING)]
    if unit is not None:
        named = await by_hsa_id(caller, unit, ("Organization",))
        if named is None:
            return {"items": [], "next": None}
        pairs.append(("owner", named))
    if is_overdue:
        pairs.append(("period", f"eb{instant(caller.now)}"))
    page = await caller.page("Task", pairs, limit=limit, cursor=cursor)
    tasks = [each.resource for each in page.items]
    reading = await _reading(caller, tasks)
    return {
        "items": [clock_item(each, reading, caller.now) for each in tasks],
        "next": sealed(page.next),
    }


def _assessed(before: Discharge, body: Json, caller: Caller) -> Discharge:
    return replace(
        before,
        assessed=body.get("assessedOn") or instant(caller.now),
        principals=frozenset(body["principals"]),
        expected=body.get("expectedDischarge"),
        compulsory=body.get("compulsory"),
    )


async def _stored(caller: Caller, name: str) -> Stored:
    stored = await caller.read("Encounter", name)
    if not is_stay(stored.resource) and stored.resource.get("status") not in {"cancelled", "planned"}:
        raise Problem("not-found", "There is no such admission here, or it is not open to this caller.")
    return stored


async def _notices(caller: Caller, stored: Stored, kind: str, body: Json, told: Discharge) -> list[Json]:
    """Return a notice to each unit: those that are named, else those that had a notice before."""
    units = await _units(caller, stored, body)
    if not units:
        raise refused("/to", "No unit has had a notice: say whom to tell.")
    reading = await reading_about(caller, units)
    code = code_of(systems.NOTICE, kind)
    kinds = {each: replace(told, recipient=_kind(each, reading)) for each in units}
    return [_notice(caller, stored, code, body, one, unit=unit) for unit, one in kinds.items()]


async def _units(caller: Caller, stored: Stored, body: Json) -> list[str]:
    if body.get("to"):
        named = [await organisation_named(caller, each, f"/to/{n}") for n, each in enumerate(body["to"])]
        return list(dict.fromkeys(named))
    before = [each.resource for each in await _all(caller, "Communication", stored)]
    told = [target_of(r) for each in before if notice_kind(each) for r in each.get("recipient", ())]
    return list(dict.fromkeys(each for each in told if each))


def _notice(caller: Caller, stored: Stored, code: Code, body: Json, told: Discharge, *, unit: str) -> Json:
    encounter = stored.resource
    words = body.get("text") or body.get("reason") or code.sv
    notice: Json = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [concept_of(code)],
        "subject": encounter["subject"],
        "encounter": {"reference": stored.reference},
        "sent": instant(caller.now),
        "recipient": [{"reference": unit}],
        "sender": encounter["serviceProvider"],
        "payload": [{"contentString": words}],
    }
    _put(notice, told)
    return notice


def _kind(unit: str, reading: Reading) -> str | None:
    organisation = (who({"reference": unit}, reading) or {}).get("organisation") or {}
    kind: str | None = organisation.get("kind")
    return kind


def _put(draft: Json, told: Discharge) -> None:
    extension = told.extension()
    put_extensions(draft, systems.EXT_DISCHARGE, [extension] if extension["extension"] else [])


async def _item(caller: Caller, stored: Stored) -> Json:
    notices = [e.resource for e in await _all(caller, "Communication", stored) if notice_kind(e.resource)]
    clocks = [e.resource for e in await _all(caller, "Task", stored) if is_clock(e.resource)]
    reading = await _reading(caller, [stored.resource, *notices, *clocks])
    return admission_item(stored.resource, notices, clocks, reading, caller.now)


async def _all(caller: Caller, resource_type: str, stored: Stored) -> Sequence[Stored]:
    """Return what the caller sees of one type that is about the admission."""
    if not caller.actor.may("s", resource_type):
        return ()
    page = await caller.search(resource_type, [("encounter", stored.reference), ("_count", _MANY)])
    return page.items


async def _reading(caller: Caller, resources: Sequence[Json]) -> Reading:
    named = [
        target_of(reference)
        for each in resources
        for reference in (each.get("serviceProvider"), each.get("owner"), *each.get("recipient", ()))
    ]
    return await reading_about(caller, named)
