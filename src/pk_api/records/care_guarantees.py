"""What must hold of a care guarantee, whatever way it is written: rules of `fhir.care_guarantee`."""

from typing import Final

from pk_api.access.persons import PERSONS
from pk_api.fhir import care_guarantee, systems
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.rules import lacking
from pk_api.records.drafts import Draft, placed
from pk_api.records.jobs import Job
from pk_api.store import unasked
from pk_api.store.database import Transaction

_TYPES: Final = frozenset({"Task", "ServiceRequest"})


async def check_care_guarantees(tx: Transaction, job: Job) -> None:
    """Raise Problem business-rule, naming all that is wrong, or forbidden for a patient who sets one."""
    for n, draft in enumerate(job.drafts.drafts):
        told = care_guarantee.guarantees_in(draft.resource) if draft.resource else []
        if not told or draft.key.type not in _TYPES:
            continue
        rules = lacking(care_guarantee.RULES, told[0]) if len(told) == 1 else list(care_guarantee.RULES[:1])
        if rules:
            path = f"{draft.key.type}.extension('{systems.EXT_CARE_GUARANTEE}')"
            issues = [Issue("business-rule", rule.lacks, path) for rule in rules]
            raise placed(Problem("business-rule", rules[0].lacks, issues=issues), n)
        if job.actor.kind in PERSONS and not await _stands(tx, draft, told):
            raise placed(Problem("forbidden", "Not permitted: care says what the care guarantee is."), n)


async def _stands(tx: Transaction, draft: Draft, told: list[care_guarantee.Guarantee]) -> bool:
    before = (await unasked.bodies(tx, [draft.key])).get(draft.key, {})
    return care_guarantee.guarantees_in(before) == told
