"""What must hold of a reconciliation of plans, whatever way it is written: `fhir.reconciling`.

It covers present versions of two or more plans under one contract, says who went through them, and stands as
it was given; it is refused against the patient's wish.
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.fhir import membership, reconciling
from pk_api.fhir.problems import Problem, broken
from pk_api.fhir.references import at_path
from pk_api.records.answers import answers_only
from pk_api.records.drafts import Draft, placed
from pk_api.records.jobs import Job
from pk_api.records.keys import key_within
from pk_api.records.state import State
from pk_api.store import locked, unasked
from pk_api.store.database import Transaction
from pk_api.store.locked import Present
from pk_api.store.rows import Key

Json = Mapping[str, Any]


def require_kept(draft: Draft, before: Json, actor: Actor, present: Present) -> None:
    """Raise Problem when a reconciliation is changed or deleted, but for who told it and takes it back."""
    if not reconciling.is_reconciliation(before) and not reconciling.is_withdrawn(before):
        return
    after = draft.resource
    if after is not None and answers_only(before, after, _NOTHING, _anybody):
        return
    is_taken_back = after is not None and reconciling.is_withdrawn(after)
    if not is_taken_back or not answers_only(before, after or {}, _ACTIVITY, _anybody):
        raise broken("A reconciliation stands as it was given: " + _MISTAKE, "Provenance.activity")
    if actor.provider != present.owner:
        raise Problem("forbidden", "Not permitted: who has told of a reconciliation takes it back.")


def _anybody(_: Json) -> bool:
    return True


_MISTAKE: Final = "a mistake is marked as pk-reconciliation#entered-in-error."
_NOTHING: Final = frozenset[str]()
_ACTIVITY: Final = frozenset({"activity"})


async def check_reconciliations(tx: Transaction, job: Job, state: State, *, base_url: str) -> None:
    """Raise Problem business-rule or stale for what is no reconciliation of present plans."""
    for n, draft in enumerate(job.drafts.drafts):
        told = draft.resource
        if told is None or not reconciling.is_reconciliation(told):
            continue
        try:
            if draft.key in state.present and draft.write.method != "create":
                raise broken("A reconciliation stands as it was given: " + _MISTAKE, "Provenance")
            plans = _plans(draft, told, state, base_url)
            await _check_contract(tx, job, plans, base_url)
        except Problem as problem:
            raise placed(problem, n) from problem


def _plans(draft: Draft, told: Json, state: State, base_url: str) -> list[Key]:
    """Return the plans that are gone through, in their present versions."""
    found: list[Key] = []
    for at, place in enumerate(reconciling.reconciled(told, base_url)):
        path = f"Provenance.target[{at}]"
        key = Key(draft.key.patient, "CarePlan", place.id) if place and place.type == "CarePlan" else None
        if key is None or place is None or place.version is None or key not in state.present:
            raise broken("Plans are reconciled by version: CarePlan/id/_history/n.", path)
        now = state.present[key].version
        if int(place.version) != now:
            detail = f"Present versions are reconciled: the current one is {now}."
            raise Problem("stale", detail, expression=path, facts={"current": now})
        found.append(key)
    if len(set(found)) < 2:
        raise broken("Two plans or more are reconciled with each other.", "Provenance.target")
    if not any(at_path(told, "agent.who")) and not any(_names(told)):
        raise broken("A reconciliation says who went through the plans.", "Provenance.agent.who")
    return found


def _names(told: Json) -> list[Json]:
    return [each["who"] for each in told.get("agent", ()) if (each.get("who") or {}).get("identifier")]


async def _check_contract(tx: Transaction, job: Job, plans: list[Key], base_url: str) -> None:
    """The plans are under one contract, whose patient does not say no to coordination."""
    bodies = await unasked.bodies(tx, plans)
    bodies |= {d.key: d.resource for d in job.drafts.drafts if d.key in plans and d.resource is not None}
    held = [
        {e.reference for e in membership.edges(bodies[key], base_url) if e.direction == "up"} for key in plans
    ]
    common = set.intersection(*held) if held else set()
    contracts = [key_within(plans[0].patient, each) for each in sorted(common)]
    found = await unasked.bodies(tx, contracts)
    contract = next((key for key in contracts if membership.is_contract(found.get(key, {}))), None)
    if contract is None or any(membership.is_contract(each) for each in bodies.values()):
        raise broken(
            "The plans are under one contract, and the contract is none of them.", "Provenance.target"
        )
    around = {key for _, key in await locked.referrers(tx, [contract]) if key.type == "Observation"}
    told = list((await unasked.bodies(tx, around)).values())
    told += [d.resource for d in job.drafts.drafts if d.resource and d.key.type == "Observation"]
    if reconciling.lacks_coordination(told):
        raise broken("The patient does not wish for coordination.", "Provenance.activity")
