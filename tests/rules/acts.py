"""What a caller is answered who would write: of what is not seen, as of what is not there."""

from itertools import count
from typing import Any

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.values import dump
from tests.rules.stage import Stage

ABSENT = "there-is-none-of-this-id"
UNKNOWN = "a" * 13
"""The end of an id that the service could have given, and has not."""


CHANGES: dict[str, dict[str, str]] = {
    "ServiceRequest": {"op": "replace", "path": "/priority", "value": "urgent"},
    "Goal": {"op": "replace", "path": "/description/text", "value": "Något annat"},
    "Task": {"op": "replace", "path": "/status", "value": "requested"},
}
"""What is changed of each type: of a Task the state alone, which whoever is asked may answer."""


TURNS = count()


def _patch(kind: str) -> bytes:
    """Return a patch that changes something, whatever others changed before; of a Task, its answer."""
    change = CHANGES[kind]
    told = {"value": f"Ändrat {next(TURNS)} gånger"} if kind == "Goal" else {}
    return dump([change | told])


async def _answer(stage: Stage, actor: Actor, interaction: str, **call: Any) -> str:
    """Return the resource that is answered, as a reference, or the kind of the refusal."""
    try:
        told = await stage.asked(actor, interaction, **call)
    except Problem as problem:
        return problem.kind
    if told is None:
        return "nothing to do"
    return f"{told['resourceType']}/{told['id']}"


async def patched(stage: Stage, actor: Actor, one: str) -> str:
    """Say what a patch is answered."""
    kind, _, id_ = one.partition("/")
    patch, media = _patch(kind), "application/json-patch+json"
    return await _answer(stage, actor, "patch", type=kind, id=id_, patch=patch, media_type=media)


async def patched_if_found(stage: Stage, actor: Actor, one: str) -> str:
    """Say what a conditional patch is answered."""
    kind, _, id_ = one.partition("/")
    call = {
        "params": (("_id", id_),),
        "patch": _patch(kind),
        "media_type": "application/json-patch+json",
    }
    return await _answer(stage, actor, "patch", type=kind, **call)


async def removed(stage: Stage, actor: Actor, one: str) -> str:
    """Say what is answered to a deletion of what is not the caller's to change."""
    kind, _, id_ = one.partition("/")
    return await _answer(stage, actor, "delete", type=kind, id=id_)


async def removed_if_found(stage: Stage, actor: Actor, one: str) -> str:
    """Say what is answered to a conditional deletion of what is not the caller's to change."""
    kind, _, id_ = one.partition("/")
    return await _answer(stage, actor, "delete", type=kind, params=(("_id", id_),))


async def made_unless_found(stage: Stage, actor: Actor, one: str) -> str:
    """Say what a conditional create is answered that a note would hinder."""
    kind, _, id_ = one.partition("/")
    request = {
        "resourceType": kind,
        "status": "draft",
        "intent": "plan",
        "subject": {"reference": stage.here.patient.reference},
    }
    answer = await _answer(stage, actor, "create", type=kind, resource=request, if_none_exist=f"_id={id_}")
    return answer if answer == one or "/" not in answer else "made"
