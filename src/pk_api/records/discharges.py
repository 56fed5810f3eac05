"""Who tells of a discharge, whatever way it is written: whoever has, or has had, the patient admitted.

Health care alone admits. The summary at discharge and the mark of the contract are of a care provider that
has a stay of the patient, and a mark stays. Sources: patientlag 2014:821 3 kap. 2 b § (given to who leaves);
lag 2017:612 (who discharges is closed health care).
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.access.rules import CARE
from pk_api.fhir.documents import is_summary
from pk_api.fhir.membership import is_contract, milestones_of
from pk_api.fhir.problems import Problem
from pk_api.fhir.stays import PRESENT, is_inpatient
from pk_api.records.drafts import Draft, placed
from pk_api.records.jobs import Job
from pk_api.records.milestones import AT_DISCHARGE
from pk_api.store import unasked
from pk_api.store.database import Transaction

Json = Mapping[str, Any]

_HAPPENED: Final = PRESENT | {"finished"}
"""States of an Encounter of one who has come."""

_OFF: Final = frozenset({"cancelled", "entered-in-error"})


async def check_discharges(tx: Transaction, job: Job) -> None:
    """Raise Problem forbidden for others than who has the stay, business-rule for a mark taken away."""
    for n, draft in enumerate(job.drafts.drafts):
        told = draft.resource
        if told is None or draft.key in job.drafts.added:
            continue
        if is_inpatient(told) and told.get("status") not in _OFF and not _admits(job):
            raise placed(_refused("health care alone admits", "Encounter.class"), n)
        if is_summary(told) and await _is_new(tx, draft) and not await _has_stay(tx, job, draft):
            raise placed(_refused(_WHOSE, "DocumentReference.category"), n)
        if is_contract(told):
            await _check_mark(tx, job, n, draft, told)


async def _is_new(tx: Transaction, draft: Draft) -> bool:
    """Say whether it was no summary before: what was given in error is marked so, though the stay was too."""
    return not is_summary((await unasked.bodies(tx, [draft.key])).get(draft.key, {}))


async def _check_mark(tx: Transaction, job: Job, n: int, draft: Draft, contract: Json) -> None:
    before = (await unasked.bodies(tx, [draft.key])).get(draft.key, {})
    was, is_ = AT_DISCHARGE in milestones_of(before), AT_DISCHARGE in milestones_of(contract)
    if was and not is_:
        detail = "A milestone stays: send the tags of the contract along."
        raise placed(Problem("business-rule", detail, expression="CarePlan.meta.tag"), n)
    if is_ and not was and not await _has_stay(tx, job, draft):
        raise placed(_refused(_WHOSE, "CarePlan.meta.tag"), n)


def _admits(job: Job) -> bool:
    return job.actor.kind in CARE and job.facts.activity == "vardgivare"


async def _has_stay(tx: Transaction, job: Job, of: Draft) -> bool:
    """Say whether the writer's care provider has, or has had, the patient admitted."""
    if not _admits(job):
        return False
    written = {d.key: d for d in job.drafts.drafts if d.key.type == "Encounter"}
    for key, draft in written.items():
        owner = draft.placement.owner if draft.placement is not None else ""
        if key.patient == of.key.patient and _has_come(draft.resource) and owner == job.actor.provider:
            return True
    stored = await unasked.of_type(tx, of.key.patient, "Encounter")
    came = [key for key, each in stored.items() if key not in written and _has_come(each)]
    return job.actor.provider in (await unasked.owners(tx, came)).values()


def _has_come(stay: Json | None) -> bool:
    return stay is not None and is_inpatient(stay) and stay.get("status") in _HAPPENED


_WHOSE: Final = "whoever has, or has had, the patient admitted tells of the discharge"


def _refused(why: str, path: str) -> Problem:
    detail = f"Not permitted: {why}."
    return Problem("forbidden", detail, expression=path)
