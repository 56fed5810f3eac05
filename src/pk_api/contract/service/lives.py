"""Events in a patient's life, and what they come to: a new identity number, death.

Each is a change of the Patient that can be made by FHIR as well; access follows the Patient at once, whoever
changed it. Source: https://hl7.org/fhir/R4/patient.html (identifier.use, deceased).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import uuid4

from pk_api.contract.editing import events
from pk_api.contract.editing.context import Editing, refused
from pk_api.contract.editing.draft import close_period, copy_of
from pk_api.contract.elements import Json
from pk_api.contract.reading.team import plan_team
from pk_api.contract.service.caller import Caller, Conditions, reading_of, rows_of
from pk_api.contract.service.people import person_of
from pk_api.contract.service.writing import writes_of
from pk_api.fhir import systems
from pk_api.fhir.identity import birth_date, canonical_system
from pk_api.fhir.problems import Problem
from pk_api.records.values import ContractRows, Write

_DIED: Final = "Patienten har avlidit"
_AHEAD: Final = frozenset({"proposed", "pending", "booked", "waitlist"})
_DATED: Final = frozenset({systems.PERSONNUMMER, systems.SAMORDNINGSNUMMER})


async def change_identity(caller: Caller, patient: str, body: Json, conditions: Conditions) -> Json:
    """Give the patient a new identity number; those before stay as old ones, and lead to the same record.

    Problem duplicate when another Patient bears the number: then two records are one person's.
    """
    system, value = _number(body["to"])

    def changed(now: Mapping[str, Any]) -> dict[str, Any]:
        return _renumbered(now, system, value, caller.today)

    write = Write("update", "Patient", id=patient, patch=changed)
    (written,) = await caller.write([write], conditions)
    numbers = [each for each in written.resource["identifier"] if _is_number(each)]
    return {"patient": written.reference, "version": written.version, "numbers": len(numbers)}


def _number(named: Json) -> tuple[str, str]:
    system, value = canonical_system(named["system"]), named["value"]
    if system not in systems.PERSON_SYSTEMS:
        raise refused("/to/system", "This is no system of identity numbers of persons.")
    return person_of(value, "/to/value") if system in _DATED else (system, value)


def _renumbered(patient: Mapping[str, Any], system: str, value: str, today: date) -> dict[str, Any]:
    """Return the Patient with a new number in use, and every other as an old one."""
    given = patient.get("identifier", ())
    kept = [
        _outdated(each, today) if _is_number(each) else each for each in given if not _is(each, system, value)
    ]
    new = {"use": "official", "system": system, "value": value, "period": {"start": today.isoformat()}}
    born = birth_date(value) if system in _DATED else None
    told = {"birthDate": born.isoformat()} if born else {}
    return {**patient, "identifier": [new, *kept], **told}


def _is_number(identifier: Mapping[str, Any]) -> bool:
    return canonical_system(identifier.get("system")) in systems.PERSON_SYSTEMS


def _is(identifier: Mapping[str, Any], system: str, value: str) -> bool:
    return canonical_system(identifier.get("system")) == system and identifier.get("value") == value


def _outdated(identifier: Mapping[str, Any], today: date) -> dict[str, Any]:
    if identifier.get("use") == "old":
        return dict(identifier)
    period = {**identifier.get("period", {}), "end": today.isoformat()}
    return {**identifier, "use": "old", "period": period}


async def died(caller: Caller, patient: str, body: Json, conditions: Conditions) -> Json:
    """Note the death: access of the patient and of stand-ins ends; the own contract and times ahead too.

    Problem not-allowed-in-state when the death is known.
    """
    stored = await caller.read("Patient", patient)
    if stored.resource.get("deceasedBoolean") is True or "deceasedDateTime" in stored.resource:
        raise await caller.refused(Problem("not-allowed-in-state", "The patient's death is known here."))
    if body["on"] > caller.today.isoformat():
        raise refused("/on", "Nobody has died on a day to come.")
    rows = await _own_contract(caller, patient)
    ended = [] if rows is None else await _ended(caller, rows)
    alive = {name: each for name, each in stored.resource.items() if name != "deceasedBoolean"}
    known = {**alive, "deceasedDateTime": body["on"]}
    writes = [Write("update", "Patient", known, id=patient, if_match=stored.version)]
    written = await caller.write([*writes, *writes_of(ended, "")], conditions)
    return {
        "patient": written[0].reference,
        "version": written[0].version,
        "deceased": body["on"],
        "contract": rows.contract.reference if rows else None,
        "cancelled": [each.reference for each in written if each.type == "Appointment"],
    }


async def _own_contract(caller: Caller, patient: str) -> ContractRows | None:
    """Return the standing contract when it is the caller's care provider's."""
    page = await caller.contracts(patient=patient, status="active", limit=1)
    for plan in page.items:
        if (await caller.records.owner_of(plan))[0] == caller.actor.provider:
            return await rows_of(caller, plan.id)
    return None


async def _ended(caller: Caller, rows: ContractRows) -> list[Json]:
    """Return the contract completed, its team dissolved, and the own times ahead cancelled."""
    reading = reading_of(caller, rows)
    editing = Editing(reading, caller.actor, caller.now, f"urn:uuid:{uuid4()}")
    out = list(events.happen("contract", "complete", rows.contract.resource, {"reason": _DIED}, editing))
    if (team := plan_team(reading)) is not None and team.get("status") == "active":
        dissolved: Json = {**copy_of(team), "status": "inactive"}
        close_period(dissolved, editing.today)
        out.append(dissolved)
    for member in rows.members:
        is_ahead = member.type == "Appointment" and member.resource.get("status") in _AHEAD
        if is_ahead and (await caller.records.owner_of(member))[0] == caller.actor.provider:
            out += events.happen("appointments", "cancel", member.resource, {"reason": _DIED}, editing)
    return out
