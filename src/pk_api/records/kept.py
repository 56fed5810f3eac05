"""What stands, whoever changes it: agreements, answers, calls, what was documented, what is over."""

from pk_api.records import documents, medicines, other_actors, reconciling, sip_calls
from pk_api.records.agreements import require_kept as require_agreement_kept
from pk_api.records.drafts import Draft
from pk_api.records.jobs import Job
from pk_api.records.taking_on import require_step
from pk_api.records.voices import left_out
from pk_api.records.wishes import require_answered
from pk_api.store.locked import Present
from pk_api.store.rows import Stored


def require_kept(draft: Draft, before: Stored, job: Job, present: Present, *, base_url: str) -> None:
    """Raise Problem when a change is of what stands; note what it leaves out of what others may have said."""
    if draft.resource is not None:
        draft.silenced = left_out(before.resource, draft.resource, job.actor, base_url)
    require_agreement_kept(draft, before.resource, job)
    require_answered(draft, before.resource, job, present)
    require_step(draft, before.resource, job.actor, present)
    documents.require_kept(draft, before.resource)
    medicines.require_kept(before.resource, job.actor, present)
    other_actors.require_kept(draft, before.resource, job.actor, present)
    reconciling.require_kept(draft, before.resource, job.actor, present)
    sip_calls.require_kept(before.resource, job.actor, present)
