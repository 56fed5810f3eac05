"""Patients and staff named in requests, found in the store. Identity numbers stay in bodies and memory."""

from dataclasses import replace
from typing import Any

from pk_api.contract.editing.context import refused
from pk_api.contract.elements import Json
from pk_api.contract.reading.context import Reading
from pk_api.contract.service.caller import Caller
from pk_api.fhir import systems
from pk_api.fhir.identity import normalise_person
from pk_api.fhir.problems import Problem

UNREGISTERED = "The caller's unit is not registered: register its Organization with its HSA-id first."
_BY_HSA_ID = ("PractitionerRole", "Organization")


async def patient_id(caller: Caller, named: Json) -> str | None:
    """Return the id of the Patient who is named; None when nobody is registered so."""
    if target := named.get("reference"):
        return str(target).partition("/")[2]
    system, value = _identifier(named)
    return await caller.records.patient_by_identifier(
        caller.actor, system, value, request_id=caller.request_id
    )


async def required_patient_id(caller: Caller, named: Json) -> str:
    """Return the id of the Patient who is named, or Problem `business-rule`."""
    found = await patient_id(caller, named)
    if found is None:
        raise refused("/patient", "No patient is registered so; register the Patient first.")
    return found


async def organisation(caller: Caller, name: str | None) -> str | None:
    """Return the reference of a unit or care provider, named by it or by HSA-id; None when there is none."""
    if name is None or name.startswith("Organization/"):
        return name
    return await by_hsa_id(caller, name, ("Organization",))


async def organisation_named(caller: Caller, one: Json, pointer: str) -> str:
    """Return the reference of the unit that is named. Problem business-rule for what is none."""
    found = await organisation(caller, one.get("reference") or one["hsaId"])
    if found is None or not found.startswith("Organization/"):
        raise refused(pointer, "No unit is registered so.")
    return found


async def organisation_of(caller: Caller) -> Json:
    """Return a reference to the caller's care provider, stored or by HSA-id."""
    name = caller.actor.provider
    if name is None:
        raise await caller.refused(Problem("forbidden", "Only a care provider opens a contract."))
    if target := await organisation(caller, name):
        return {"reference": target}
    detail = "The caller's care provider is not registered: register its Organization with its HSA-id first."
    raise Problem("business-rule", detail)


async def own_unit(caller: Caller) -> str | None:
    """Return the reference of the caller's unit, or care provider; None when it is not registered."""
    return await organisation(caller, caller.actor.unit or caller.actor.provider)


async def required_unit(caller: Caller) -> str:
    """Return the reference of the caller's unit, or care provider. Problem business-rule."""
    found = await own_unit(caller)
    if found is None:
        raise await caller.refused(Problem("business-rule", UNREGISTERED))
    return found


async def unit_of(caller: Caller) -> Json | None:
    """Return a reference to the caller's own unit; None when it names none, or none is registered so."""
    name = caller.actor.unit
    target = await by_hsa_id(caller, name, ("Organization",)) if name else None
    return {"reference": target} if target else None


async def by_hsa_id(caller: Caller, hsa_id: str, types: tuple[str, ...] = _BY_HSA_ID) -> str | None:
    """Return the reference of the role or unit that has an HSA-id."""
    for resource_type in types:
        sought = [("identifier", f"{systems.HSA_ID}|{hsa_id}"), ("_count", "1")]
        page = await caller.search(resource_type, sought)
        if page.items:
            return page.items[0].reference
    return None


async def with_directory(caller: Caller, reading: Reading, body: Json) -> tuple[Reading, Json]:
    """Return the reading with everybody known whom a body names, and the body with references for HSA-ids."""
    ids = {each["hsaId"] for each in _people(body) if each.get("hsaId")}
    found = {each: await by_hsa_id(caller, each) for each in sorted(ids)}
    resolved: Json = _resolved(body, found)
    wanted = {
        each["reference"] for each in _people(resolved) if each.get("reference")
    } - reading.members.keys()
    if wanted <= reading.directory.keys():
        return reading, resolved
    more = await caller.directory(sorted(wanted))
    return replace(reading, directory={**reading.directory, **more}, seen={}), resolved


async def with_writer(caller: Caller, reading: Reading) -> Reading:
    """Return the reading with the caller's own role known, when one of care is registered with it."""
    employee = caller.actor.employee
    if employee is None or reading.by_hsa_id(employee) is not None:
        return reading
    target = await by_hsa_id(caller, employee, ("PractitionerRole",))
    if target is None:
        return reading
    more = await caller.directory([target])
    return replace(reading, directory={**reading.directory, **more}, seen={})


def _identifier(named: Json) -> tuple[str, str]:
    if number := named.get("personnummer"):
        return person_of(number, "/patient/personnummer")
    system, value = named["identifier"]["system"], named["identifier"]["value"]
    system = systems.SYNONYMS.get(system, system)
    if system in {systems.PERSONNUMMER, systems.SAMORDNINGSNUMMER}:
        return person_of(value, "/patient/identifier/value")
    return system, value


def person_of(number: str, pointer: str) -> tuple[str, str]:
    """Return system and value of an identity number. Problem `business-rule` for what cannot be one."""
    try:
        return normalise_person(number)
    except Problem as wrong:
        raise refused(pointer, wrong.detail) from wrong


def _people(body: Json) -> list[Json]:
    """Return the persons and units that a body names."""
    named = [body.get("owner"), body.get("member"), *(body.get("with") or [])]
    named += [each for option in body.get("options") or () for each in _people(option)]
    named += [(body.get("egenvard") or {}).get(name) for name in ("assessor", "helper")]
    named.append((body.get("appointed") or {}).get("by"))
    named += [each.get("to") for each in body.get("directions") or []]
    return [each for each in named if each]


def _resolved(value: Any, found: dict[str, str | None]) -> Any:
    """Return the body with a reference in place of each HSA-id that is known."""
    if isinstance(value, list):
        return [_resolved(each, found) for each in value]
    if not isinstance(value, dict):
        return value
    target = found.get(value.get("hsaId", ""))
    return {"reference": target} if target else {key: _resolved(each, found) for key, each in value.items()}
