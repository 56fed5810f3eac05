"""Calls to a SIP: made, listed, answered by each party, confirmed, held and called off.

A call may come before any contract, and its parties need not see one. Sources: lag 2017:612 om samverkan vid
utskrivning; HSL 2017:30 16 kap. 4 §.
"""

from collections.abc import Sequence
from typing import Final

from pk_api.contract.editing import sip_calls as editing
from pk_api.contract.editing.context import PATIENTS, refused
from pk_api.contract.elements import Json, target_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import owners_of, who
from pk_api.contract.reading.sip_calls import sip_call_item
from pk_api.contract.reading.sip_need import sip_need
from pk_api.contract.service import writers
from pk_api.contract.service.caller import Caller, Conditions, contract_of, reading_about, reading_of, rows_of
from pk_api.contract.service.cursors import sealed
from pk_api.contract.service.people import required_patient_id, required_unit
from pk_api.contract.service.writing import require_open, until_written
from pk_api.fhir import sip, systems
from pk_api.fhir.problems import Problem
from pk_api.records.values import Stored, Write

_SOUGHT: Final = f"{systems.SIP}|{sip.MEETING}"
_OPEN: Final = "proposed,pending,waitlist,booked"
_MANY: Final = "200"


async def call(caller: Caller, body: Json, conditions: Conditions) -> Json:
    """Call to the meeting. Problem forbidden for patients, business-rule, not-allowed-in-state."""
    if caller.actor.kind in PATIENTS:
        why = "Care calls to a SIP; patients tell that one is needed."
        raise await caller.refused(Problem("forbidden", why))
    patient, contract = await _patient(caller, body)
    parties = [await _party(caller, each, f"/parties/{n}") for n, each in enumerate(body["parties"])]
    appointment = editing.new_call(
        body,
        patient=f"Patient/{patient}",
        caller=await _actor(caller, await required_unit(caller)),
        parties=parties,
        contract=contract,
        now=caller.now,
    )
    (stored,) = await caller.write([Write("create", "Appointment", appointment)], conditions)
    return await _item(caller, stored)


async def read_call(caller: Caller, name: str) -> Json:
    """Return a call. Problem not-found."""
    return await _item(caller, await _stored(caller, name))


async def list_calls(
    caller: Caller, *, patient: str | None, is_open: bool, limit: int, cursor: str | None
) -> Json:
    """Return the calls that the caller sees, the latest changed first: `{items, next}`."""
    pairs = [("service-type", _SOUGHT)]
    pairs += [("patient", patient)] if patient else []
    pairs += [("status", _OPEN)] if is_open else []
    page = await caller.page("Appointment", pairs, limit=limit, cursor=cursor)
    return {"items": [await _item(caller, each) for each in page.items], "next": sealed(page.next)}


async def happen(caller: Caller, name: str, event: str, body: Json, conditions: Conditions) -> Json:
    """Let an event happen to a call. Problem not-allowed-in-state, forbidden, stale."""
    if await caller.replayed(conditions) is not None:
        return await read_call(caller, name)

    async def attempt() -> None:
        await _write(caller, await _stored(caller, name), event, body, conditions)

    await until_written(conditions, attempt)
    return await read_call(caller, name)


async def _write(caller: Caller, stored: Stored, event: str, body: Json, conditions: Conditions) -> None:
    reading = await _reading(caller, stored, ())
    appointment = stored.resource
    async with caller.refusing(stored.key):
        conditions.require_version(stored.version)
        mine = _mine(caller, appointment, reading)
        roles = {"caller" if sip.is_caller(appointment["participant"][n]) else "called" for n in mine}
        editing.require_possible(appointment, event, frozenset(roles))
        noted = {await _place(caller, body, appointment): body["answer"]} if event == "note" else {}
    if editing.STEPS[event].who == "called":
        actor = next(p["actor"] for n in mine if not sip.is_caller(p := appointment["participant"][n]))
        write = Write("create", "AppointmentResponse", editing.answered(appointment, actor, event, body))
    else:
        after = editing.after(appointment, event, noted, body)
        write = Write("update", "Appointment", after, id=stored.id, if_match=stored.version)
    await caller.write([write], conditions, tries_again=conditions.if_match is None)


def _mine(caller: Caller, appointment: Json, reading: Reading) -> list[int]:
    """Return the places of the participants for whom the caller of the API speaks."""
    found = enumerate(appointment.get("participant", ()))
    return [n for n, each in found if _is_me(caller, each.get("actor") or {}, reading)]


def _is_me(caller: Caller, reference: Json, reading: Reading) -> bool:
    actor = caller.actor
    if actor.kind in PATIENTS:
        return (target_of(reference) or "").startswith("Patient/")
    names = owners_of(reference, reading)
    unit = ((who(reference, reading) or {}).get("unit") or {}).get("hsaId")
    is_whole = actor.unit is None or unit == actor.provider
    return bool(names & {actor.unit, actor.employee}) or (is_whole and actor.provider in names)


async def _place(caller: Caller, body: Json, appointment: Json) -> int:
    """Return the place of the participant whose answer is noted."""
    named = await _party(caller, body["party"], "/party")
    for n, each in enumerate(appointment["participant"]):
        if sip.name_of(each.get("actor") or {}) == sip.name_of(named) and not sip.is_caller(each):
            return n
    raise refused("/party", "Nobody is called so.")


async def _patient(caller: Caller, body: Json) -> tuple[str, str | None]:
    """Return who is to have the plan, and the active contract, named or as far as the caller sees one."""
    contract = body.get("contract")
    patient = None if contract else await required_patient_id(caller, body["patient"])
    if patient is not None and caller.actor.may("s", "CarePlan"):
        contract = await contract_of(caller, patient, "active")
    if contract is None:
        return patient or "", None
    rows = await rows_of(caller, contract)
    require_open(rows)
    if sip_need(reading_of(caller, rows))["state"] == "declined":
        why = "The patient has declined a SIP: tell that it is needed before anybody is called."
        raise await caller.refused(Problem("not-allowed-in-state", why, facts={"state": "declined"}))
    return str(target_of(rows.contract.resource["subject"])).partition("/")[2], contract


async def _party(caller: Caller, named: Json, pointer: str) -> Json:
    return await _actor(caller, (await writers.named(caller, named, pointer))["reference"])


async def _actor(caller: Caller, reference: str) -> Json:
    known = (await caller.directory([reference])).get(reference, {})
    name = known.get("name")
    return sip.actor_of(reference, name if isinstance(name, str) else None)


async def _stored(caller: Caller, name: str) -> Stored:
    stored = await caller.read("Appointment", name)
    if not sip.is_call(stored.resource):
        raise Problem("not-found", "There is no such call here, or it is not open to this caller.")
    return stored


async def _item(caller: Caller, stored: Stored) -> Json:
    responses: Sequence[Json] = ()
    if caller.actor.may("s", "AppointmentResponse"):
        pairs = [("appointment", stored.reference), ("_count", _MANY)]
        page = await caller.search("AppointmentResponse", pairs)
        responses = [each.resource for each in page.items]
    return sip_call_item(stored.resource, responses, await _reading(caller, stored, responses))


async def _reading(caller: Caller, stored: Stored, responses: Sequence[Json]) -> Reading:
    actors = [each.get("actor") or {} for each in (*stored.resource.get("participant", ()), *responses)]
    return await reading_about(caller, map(sip.name_of, actors))
