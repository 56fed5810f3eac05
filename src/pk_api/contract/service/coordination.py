"""The standing request route: who answers for the patient's contract is asked, the asker learns nothing.

The answer is the same whether there is a contract or not, and whoever holds it. So the Task belongs to the
unit that is asked, not to the asker, and the route writes it in that unit's name; the audit names the asker
as the client behind it.
"""

import hashlib
from dataclasses import replace
from uuid import uuid4

from pk_api.access.actor import Actor
from pk_api.contract.codes import ACTION_KINDS
from pk_api.contract.dates import instant
from pk_api.contract.editing.draft import concept_of
from pk_api.contract.elements import Json
from pk_api.contract.service.caller import Caller, Conditions
from pk_api.contract.service.people import patient_id
from pk_api.contract.service.routing import in_the_name_of_owner
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.values import Idempotency, Stored, Write

_ASKERS = frozenset({"system", "staff"})


async def request_coordination(caller: Caller, body: Json, conditions: Conditions) -> Json:
    """Hand the request to the unit that answers for the patient's contract, if any; say only received."""
    if caller.actor.kind not in _ASKERS:
        text = "Care asks for coordination here; a patient asks in the contract."
        raise await caller.refused(Problem("forbidden", text))
    patient = await patient_id(caller, body["patient"])
    standing = await caller.records.standing_contract(patient) if patient else None
    if standing is not None:
        await _hand_over(caller, standing, body["text"], conditions)
    return {"status": "received"}


async def _hand_over(caller: Caller, standing: Stored, text: str, conditions: Conditions) -> None:
    route = await in_the_name_of_owner(
        caller.records, standing, caller.actor, what="coordination-requests", scopes=(("Task", "cr"),)
    )
    own_key = Conditions(idempotency=_of_this_text(conditions.idempotency))
    task = _task(caller, standing, text)
    await replace(caller, actor=route).write([Write("create", "Task", task)], own_key)


def _of_this_text(idempotency: Idempotency | None) -> Idempotency | None:
    """Return a key that another text cannot clash with: a clash would tell that there is a contract."""
    if idempotency is None:
        return None
    told = hashlib.sha256(f"{idempotency.key}\n{idempotency.body_hash}".encode()).hexdigest()
    return Idempotency(told, idempotency.body_hash)


def _task(caller: Caller, standing: Stored, text: str) -> Json:
    now = instant(caller.now)
    return {
        "resourceType": "Task",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid4()}"}],
        "extension": [{"url": systems.EXT_SIDE, "valueCode": "care"}],
        "basedOn": [{"reference": standing.reference}],
        "status": "requested",
        "intent": "proposal",
        "code": concept_of(ACTION_KINDS["request-coordination"]),
        "description": text,
        "for": standing.resource["subject"],
        "authoredOn": now,
        "lastModified": now,
        "requester": _asker(caller.actor),
    }


def _asker(actor: Actor) -> Json:
    """Return who asks, by HSA-id: a literal reference would make the Task the asker's own to read."""
    name = actor.unit or actor.provider or actor.client
    identifier = {"system": systems.HSA_ID, "value": name}
    return {"type": "Organization", "identifier": identifier, "display": actor.name or name}
