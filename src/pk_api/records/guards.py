"""The rules that hold of some types whatever way they are written, asked under the lock."""

from datetime import datetime

from pk_api.records.agreements import check_agreements
from pk_api.records.assertions import check_assertions
from pk_api.records.care_guarantees import check_care_guarantees
from pk_api.records.child_voices import check_child_voices
from pk_api.records.choosing import check_choices
from pk_api.records.contacts import check_contacts
from pk_api.records.discharges import check_discharges
from pk_api.records.documents import check_documents
from pk_api.records.egenvard import check_egenvard
from pk_api.records.hiding import check_hidden
from pk_api.records.jobs import Job
from pk_api.records.measurements import check_measurements
from pk_api.records.medicines import check_medicines
from pk_api.records.naming import check_names
from pk_api.records.needed import check_needed
from pk_api.records.other_actors import check_other_actors
from pk_api.records.reconciling import check_reconciliations
from pk_api.records.said_of_contracts import check_said
from pk_api.records.sip import check_sips
from pk_api.records.sip_calls import check_calls
from pk_api.records.state import State
from pk_api.records.taking_on import check_taken_on
from pk_api.records.units import Units
from pk_api.records.wishes import check_wishes
from pk_api.store.database import Transaction
from pk_api.store.rows import to_micros


async def check_guards(
    tx: Transaction, job: Job, state: State, units: Units, *, base_url: str, now: datetime
) -> None:
    """Raise Problem when one of the rules does not hold of what the set comes to."""
    check_assertions(job.drafts, job.actor, job.facts, now=now)
    check_needed(job.drafts)
    await check_names(tx, job, units, base_url=base_url, now=to_micros(now))
    check_measurements(job.drafts, now=now)
    check_hidden(job.drafts, state, job.actor, now=now)
    check_agreements(job.drafts, state, job)
    await check_child_voices(tx, job, state, now=now)
    await check_taken_on(tx, job.drafts, state, job.actor)
    await check_sips(tx, job, base_url=base_url, now=now)
    await check_calls(tx, job.drafts, state)
    await check_discharges(tx, job)
    await check_documents(tx, job.drafts, state, job.actor)
    check_medicines(job.drafts, job.actor, base_url=base_url)
    await check_egenvard(tx, job, base_url=base_url, now=now)
    await check_care_guarantees(tx, job)
    await check_other_actors(tx, job, base_url=base_url, now=now)
    await check_reconciliations(tx, job, state, base_url=base_url)
    await check_choices(tx, job, base_url=base_url)
    await check_contacts(tx, job, base_url=base_url, now=now)
    await check_said(tx, job, base_url=base_url, now=now)
    await check_wishes(tx, job, base_url=base_url, now=now)
