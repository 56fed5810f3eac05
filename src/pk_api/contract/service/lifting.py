"""Asking for a block between care providers to be lifted, and the answer of the one who blocks.

The asker is told neither whom it goes to nor to how many: each Task belongs to the unit that is asked, and is
written in that unit's name, as with requests for coordination. The patient sees all of it.
Source: lag 2022:913 2 kap.: a block is lifted by the care provider that has set it, as the patient lets.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.contract.codes import ACTION_KINDS
from pk_api.contract.dates import instant
from pk_api.contract.editing.context import refused
from pk_api.contract.editing.draft import concept_of
from pk_api.contract.elements import Json, code_in, target_of
from pk_api.contract.service.caller import Caller, Conditions
from pk_api.contract.service.people import organisation, organisation_of
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.lifting import LIFT, Asked, asker_of
from pk_api.records.values import Stored, Write

_STATES: Final = {"requested": "requested", "completed": "lifted", "rejected": "refused"}
_OPEN: Final = "requested"
_ROUTE: Final = (("Task", "cr"), ("Organization", "rs"), ("Patient", "r"))
_LAW: Final = "Lag (2022:913) om sammanhållen vård- och omsorgsdokumentation"


async def ask(caller: Caller, patient: str, body: Json) -> Json:
    """Hand the request to every care provider whose block bars the caller, unless it has one already."""
    places = await caller.records.outer_blocks(caller.actor, patient, request_id=caller.request_id)
    if not places:
        raise await caller.refused(Problem("conflict", "No block between care providers bars this caller."))
    asked = await caller.records.lifts_asked(caller.actor, patient, request_id=caller.request_id)
    waiting = {one.place for one in asked if one.status == _OPEN}
    for provider, unit in places:
        if (provider, unit) not in waiting:
            await _hand_over(caller, (provider, unit), patient, body["reason"])
    return {"asked": instant(caller.now), "state": _OPEN}


async def own_requests(caller: Caller, patient: str) -> Json:
    """Return what the caller's unit has asked for: several that went out as one are told as one."""
    asked = await caller.records.lifts_asked(caller.actor, patient, request_id=caller.request_id)
    by_time: dict[str, list[Asked]] = {}
    for one in asked:
        by_time.setdefault(one.at, []).append(one)
    return {"items": [_request(at, them) for at, them in by_time.items()], "next": None}


def _request(at: str, asked: list[Asked]) -> Json:
    """Return one request; it waits for all who were asked, and is refused when one of them refuses."""
    states = {_STATES.get(one.status, _OPEN) for one in asked}
    state = next((s for s in (_OPEN, "refused") if s in states), "lifted")
    return {"asked": at, "state": state}


async def _hand_over(caller: Caller, place: tuple[str, str], patient: str, reason: str) -> None:
    provider, unit = place
    actor = caller.actor
    route = Actor(
        "system",
        f"requests to lift blocks, for {actor.client}",
        name=actor.name,
        provider=provider,
        unit=unit or None,
        scopes=_ROUTE,
        asker=asker_of(actor) or None,
    )
    asked = replace(caller, actor=route)
    owner = await _organisation(asked, unit or provider)
    task = _task(caller, owner, patient, reason)
    await asked.write([Write("create", "Task", task)])


async def _organisation(caller: Caller, place: str) -> str:
    found = await organisation(caller, place)
    if found is None:
        raise Problem("business-rule", "The unit that blocks is registered no longer: ask the patient.")
    return found


def _task(caller: Caller, owner: str, patient: str, reason: str) -> Json:
    now, actor = instant(caller.now), caller.actor
    asker = {"system": systems.HSA_ID, "value": asker_of(actor)}
    return {
        "resourceType": "Task",
        "status": _OPEN,
        "intent": "proposal",
        "code": concept_of(ACTION_KINDS[LIFT]),
        "description": reason,
        "for": {"reference": f"Patient/{patient}"},
        "authoredOn": now,
        "lastModified": now,
        # a literal reference would make the Task the asker's own to read
        "requester": {"type": "Organization", "identifier": asker, "display": _name(actor)},
        "owner": {"reference": owner},
    }


def _name(actor: Actor) -> str:
    return actor.unit_name or actor.provider_name or asker_of(actor)


async def received(caller: Caller) -> Json:
    """Return the requests that wait for an answer of the caller's, the oldest first."""
    sought = [
        ("code", f"{systems.TASK_KIND}|{LIFT}"),
        ("status", _OPEN),
        ("_sort", "authored-on"),
        ("_count", "200"),
    ]
    page = await caller.search("Task", sought)
    return {"items": [_item(one) for one in page.items], "next": None}


def _item(stored: Stored) -> Json:
    task = stored.resource
    requester = task.get("requester", {})
    return {
        "id": stored.id,
        "version": stored.version,
        "reference": stored.reference,
        "patient": target_of(task.get("for")),
        "asker": {"hsaId": requester.get("identifier", {}).get("value"), "name": requester.get("display")},
        "reason": task.get("description"),
        "asked": task.get("authoredOn"),
        "state": _STATES.get(task["status"], _OPEN),
    }


async def answer(caller: Caller, request: str, body: Json, conditions: Conditions) -> Json:
    """Lift what the caller's care provider blocks for the unit that asked, until a time, or refuse.

    Problem not-found, not-allowed-in-state when it has been answered.
    """
    stored = await caller.read("Task", request)
    task = stored.resource
    if code_in([task.get("code", {})], systems.TASK_KIND) != LIFT:
        raise Problem("not-found", "There is no such request here, or it is not open to this caller.")
    if task["status"] != _OPEN:
        raise await caller.refused(Problem("not-allowed-in-state", "This request has been answered."))
    is_lifted = body["answer"] == "lifted"
    if is_lifted and not body.get("until"):
        raise refused("/until", "A block is lifted until a time.")
    done = _answered(task, "completed" if is_lifted else "rejected", body["reason"], instant(caller.now))
    writes = [Write("update", "Task", done, id=stored.id, if_match=stored.version)]
    if is_lifted:
        writes.append(Write("create", "Consent", await _lift(caller, task, body)))
    written, *_ = await caller.write(writes, conditions)
    return _item(written)


def _answered(task: Mapping[str, Any], status: str, reason: str, now: str) -> Json:
    return {**task, "status": status, "statusReason": {"text": reason}, "lastModified": now}


async def _lift(caller: Caller, task: Mapping[str, Any], body: Json) -> Json:
    asker = task["requester"]["identifier"]["value"]
    unit = await _organisation(caller, asker)
    scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
    role = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}
    now = instant(caller.now)
    return {
        "resourceType": "Consent",
        "extension": [{"url": systems.EXT_REASON, "valueString": body["reason"]}],
        "status": "active",
        "scope": {"coding": [scope]},
        "category": [{"coding": [{"system": systems.CONSENT_KIND, "code": "block-lift"}]}],
        "patient": task["for"],
        "dateTime": now,
        "organization": [await organisation_of(caller)],
        "policyRule": {"text": _LAW},
        "provision": {
            "type": "permit",
            "period": {"start": now, "end": body["until"]},
            "actor": [{"role": {"coding": [role]}, "reference": {"reference": unit}}],
        },
    }
