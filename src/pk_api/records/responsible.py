"""Who is said to be responsible for a contract is one of the patient's contacts in force, with a reason.

Asked when it is said anew: the contact may end later, and then the rule of the contract's view says who is.
"""

from datetime import datetime

from pk_api.fhir import contacts, membership, responsible
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.references import literal
from pk_api.records.drafts import placed
from pk_api.records.jobs import Job
from pk_api.store import unasked
from pk_api.store.database import Transaction
from pk_api.store.rows import to_micros

_PATH = "CarePlan.extension"


async def check_responsible(tx: Transaction, job: Job, *, base_url: str, now: datetime) -> None:
    """Raise Problem business-rule when somebody is responsible who cannot be, or without a reason."""
    for n, draft in enumerate(job.drafts.drafts):
        plan = draft.resource
        if plan is None or not responsible.said_in(plan) or not membership.is_contract(plan):
            continue
        before = (await unasked.bodies(tx, [draft.key])).get(draft.key, {})
        if responsible.said_in(before) == responsible.said_in(plan):
            continue
        written = {d.key: d.resource for d in job.drafts.drafts if d.key.patient == draft.key.patient}
        teams = {**await unasked.of_type(tx, draft.key.patient, "CareTeam"), **written}
        there = {k.reference for k, t in teams.items() if t and contacts.is_in_force(t, now=to_micros(now))}
        named = [literal(text, base_url) for text in responsible.contacts_in(plan)]
        if len(named) != 1 or named[0] is None or named[0].reference not in there:
            raise placed(_refused("One contact in force of the patient is responsible for the contract."), n)
        if not responsible.is_reasoned(plan):
            raise placed(_refused("Who is responsible is told with a reason; another one in words."), n)


def _refused(detail: str) -> Problem:
    return Problem("business-rule", detail, issues=[Issue("business-rule", detail, _PATH)])
