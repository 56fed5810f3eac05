"""Whom a contract names: who is responsible for it, and whom the patient turns to, are there for the patient.

Asked when it is said anew: a contact may end later, and then the contract's view says whom else there is.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pk_api.fhir import contacts, directions, membership, responsible
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import literal
from pk_api.records.drafts import Draft, placed
from pk_api.records.jobs import Job
from pk_api.store import unasked
from pk_api.store.database import Transaction
from pk_api.store.rows import to_micros

Json = Mapping[str, Any]


async def check_said(tx: Transaction, job: Job, *, base_url: str, now: datetime) -> None:
    """Raise Problem business-rule when a contract names a contact that is none, or says too little."""
    for n, draft in enumerate(job.drafts.drafts):
        plan = draft.resource
        if plan is None or not membership.is_contract(plan) or not any(_said(plan)):
            continue
        before = (await unasked.bodies(tx, [draft.key])).get(draft.key, {})
        if _said(before) == _said(plan):
            continue
        try:
            _require_whole(plan, await _contacts(tx, job, draft, now), base_url)
        except Problem as problem:
            raise placed(problem, n) from problem


def _said(plan: Json) -> tuple[list[Any], list[Any]]:
    return responsible.said_in(plan), directions.directions_in(plan)


async def _contacts(tx: Transaction, job: Job, draft: Draft, now: datetime) -> set[str]:
    """Return the patient's contacts in force, by reference."""
    written = {d.key: d.resource for d in job.drafts.drafts if d.key.patient == draft.key.patient}
    teams = {**await unasked.of_type(tx, draft.key.patient, "CareTeam"), **written}
    return {k.reference for k, t in teams.items() if t and contacts.is_in_force(t, now=to_micros(now))}


def _require_whole(plan: Json, there: set[str], base_url: str) -> None:
    if responsible.said_in(plan):
        named = [literal(text, base_url) for text in responsible.contacts_in(plan)]
        if len(named) != 1 or named[0] is None or named[0].reference not in there:
            raise _refused("One contact in force of the patient is responsible for the contract.")
        if not responsible.is_reasoned(plan):
            raise _refused("Who is responsible is told with a reason; another one in words.")
    directed = [literal(text, base_url) for text in directions.named_in(plan)]
    if any(one is not None and one.type == "CareTeam" and one.reference not in there for one in directed):
        raise _refused("The patient turns to contacts in force, to services or to units.")
    if not directions.are_told(plan):
        raise _refused("A direction leads to somebody, or says what to do.")


def _refused(detail: str) -> Problem:
    return Problem("business-rule", detail, expression="CarePlan.extension")
