"""Offers of a contract: made, wished for, answered, listed.

A declined offer leaves its record and no contract. Source: Patientlag 2014:821 5 kap. 1 §, 6 kap. 2 and 4 §.
"""

from dataclasses import replace
from typing import Final

from pk_api.contract.editing import offers as editing
from pk_api.contract.editing.context import PATIENTS, refused
from pk_api.contract.elements import Json, target_of
from pk_api.contract.reading.offers import indications_of, is_offer, offer_item, offer_state
from pk_api.contract.service.caller import Caller, Conditions, reading_about
from pk_api.contract.service.contracts import opened_for
from pk_api.contract.service.cursors import sealed
from pk_api.contract.service.people import required_patient_id
from pk_api.contract.service.routing import in_the_name_of_owner
from pk_api.contract.service.writers import author_of, named, writer_of
from pk_api.contract.service.writing import until_written
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.values import Stored, Write

_SOUGHT: Final = f"{systems.TASK_KIND}|offer-contract"
_OPENS: Final = (("CarePlan", "cr"), ("CareTeam", "cr"), ("Task", "r"), ("Organization", "rs"))


async def make_offer(caller: Caller, body: Json, conditions: Conditions) -> Json:
    """Offer a contract, note why none is offered, or wish for one as a patient. Problem of a rule."""
    body = {name: value for name, value in body.items() if value is not None}
    patient, writer = await _parties(caller, body)
    to = await named(caller, body["to"], "/to") if writer == patient and body.get("to") else None
    task = editing.new_offer(body, patient=patient, writer=writer, to=to, now=caller.now)
    (stored,) = await caller.write([Write("create", "Task", task)], conditions)
    return await _item(caller, stored)


async def read_offer(caller: Caller, name: str) -> Json:
    """Return an offer. Problem not-found."""
    return await _item(caller, await _stored(caller, name))


async def list_offers(
    caller: Caller, *, patient: str | None, is_open: bool, limit: int, cursor: str | None
) -> Json:
    """Return the offers and wishes that the caller sees, the latest changed first: `{items, next}`."""
    pairs = [("code", _SOUGHT)]
    pairs += [("patient", patient)] if patient else []
    pairs += [("status", "draft,requested,received")] if is_open else []
    page = await caller.page("Task", pairs, limit=limit, cursor=cursor)
    return {"items": [await _item(caller, each) for each in page.items], "next": sealed(page.next)}


async def answer_offer(caller: Caller, name: str, body: Json, conditions: Conditions) -> Json:
    """Answer an offer or a wish; accepting opens the contract, in the name of who offered it.

    Accepting again opens what could not be opened then. Problem not-allowed-in-state, forbidden,
    second-contract (the answer stands all the same).
    """
    stored = await _answered(caller, name, body, conditions)
    if body["answer"] == "accepted" and await _contract_of(caller, stored) is None:
        try:
            await _open(caller, stored)
        except Problem as problem:  # the same yes may have opened it meanwhile
            if problem.kind != "second-contract" or await _contract_of(caller, stored) is None:
                raise
    return await _item(caller, stored)


async def _answered(caller: Caller, name: str, body: Json, conditions: Conditions) -> Stored:
    """Return the Task with the answer in it."""
    if (before := await caller.replayed(conditions)) is not None:
        return before[0]

    async def attempt() -> Stored:
        return await _answer(caller, await _stored(caller, name), body, conditions)

    return await until_written(conditions, attempt)


async def _answer(caller: Caller, stored: Stored, body: Json, conditions: Conditions) -> Stored:
    async with caller.refusing(stored.key):
        conditions.require_version(stored.version)
        by_patient = caller.actor.kind in PATIENTS
        outcome = editing.outcome_of(stored.resource, body["answer"], by_patient=by_patient)
    author = await author_of(caller, stored.resource["for"])
    task = editing.answered(stored.resource, outcome, body, author=author, now=caller.now)
    if task is None:
        return stored
    (written,) = await caller.write(
        [Write("update", "Task", task, id=stored.id, if_match=stored.version)],
        conditions,
        tries_again=conditions.if_match is None,
    )
    return written


async def _open(caller: Caller, offer: Stored) -> None:
    """Open the contract that was offered: care in its own name, for a patient in the offerer's."""
    patient = (target_of(offer.resource["for"]) or "").partition("/")[2]
    values = {"indications": indications_of(offer.resource), "offer": offer.reference}
    opener = caller
    if caller.actor.kind in PATIENTS:
        route = await in_the_name_of_owner(
            caller.records, offer, caller.actor, what="offers accepted", scopes=_OPENS
        )
        opener = replace(caller, actor=route)
    await opened_for(opener, patient, values, Conditions(), is_identified=True)


async def _stored(caller: Caller, name: str) -> Stored:
    stored = await caller.read("Task", name)
    if not is_offer(stored.resource):
        raise Problem("not-found", "There is no such offer here, or it is not open to this caller.")
    return stored


async def _parties(caller: Caller, body: Json) -> tuple[Json, Json]:
    """Return the patient, and who offers: the patient again when it is a wish."""
    if caller.actor.kind not in PATIENTS:
        if not {"patient", "indications"} <= body.keys():
            raise refused("/patient", "Care says to whom a contract is offered, and why.")
        if "to" in body:
            raise refused("/to", "Whom a wish is for, the patient says.")
        patient = {"reference": f"Patient/{await required_patient_id(caller, body['patient'])}"}
        return patient, await writer_of(caller, patient)
    own = await caller.records.own_patient(caller.actor)
    whose = (body.get("patient") or {}).get("reference", f"Patient/{own}")
    if body.keys() & {"notOffered"} or own is None or whose != f"Patient/{own}":
        raise await caller.refused(Problem("forbidden", "Patients wish for a contract of their own."))
    patient = {"reference": f"Patient/{own}"}
    return patient, patient


async def _item(caller: Caller, stored: Stored) -> Json:
    task = stored.resource
    people = [target_of(task.get(element)) for element in ("requester", "owner")]
    reading = await reading_about(caller, people)
    return offer_item(task, reading, contract=await _contract_of(caller, stored))


async def _contract_of(caller: Caller, offer: Stored) -> str | None:
    """Return the id of the contract that came of an offer, as far as the caller sees it."""
    if offer_state(offer.resource) != "accepted" or not caller.actor.may("s", "CarePlan"):
        return None
    patient = (target_of(offer.resource.get("for")) or "").partition("/")[2]
    found = await caller.contracts(patient=patient, limit=50)
    told = ((each.id, each.resource.get("supportingInfo", ())) for each in found.items)
    return next((id_ for id_, about in told if any(target_of(a) == offer.reference for a in about)), None)
