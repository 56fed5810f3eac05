"""What must hold of egenvård, whatever way it is written: `fhir.egenvard` has the rules, this the facts.

Asked when an action is marked as egenvård, assessed, or given to somebody else; not when it is answered or
done: a licence that ends later takes nothing back.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pk_api.access.persons import PERSONS
from pk_api.fhir import egenvard
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import at_path, literal
from pk_api.fhir.rules import lacking, problem_of
from pk_api.records.drafts import Draft, placed
from pk_api.records.jobs import Job
from pk_api.store import unasked
from pk_api.store.database import Transaction
from pk_api.store.rows import Key
from pk_api.store.tables import SHARED

Json = Mapping[str, Any]

_SWEDEN: Final = ZoneInfo("Europe/Stockholm")


async def check_egenvard(tx: Transaction, job: Job, *, base_url: str, now: datetime) -> None:
    """Raise Problem business-rule, naming all that is lacking, or forbidden for who may not assess."""
    marked = [
        (n, d) for n, d in enumerate(job.drafts.drafts) if d.resource and egenvard.is_marked(d.resource)
    ]
    if not marked:
        return
    before = await unasked.bodies(tx, [draft.key for _, draft in marked])
    for n, draft in marked:
        task: Json = draft.resource or {}
        if egenvard.said(before.get(draft.key, {})) == egenvard.said(task):
            continue
        if job.actor.kind in PERSONS:
            detail = "Not permitted: licensed staff assess what is egenvård."
            raise placed(Problem("forbidden", detail), n)
        today = now.astimezone(_SWEDEN).date().isoformat()
        found = await _Facts(tx, job, base_url).of(draft, task, today=today)
        if broken := lacking(egenvard.RULES, found):
            raise placed(problem_of(broken), n)


class _Facts:
    """The look-ups of one action: what the set writes itself stands before what is stored."""

    def __init__(self, tx: Transaction, job: Job, base_url: str) -> None:
        self._tx = tx
        self._base_url = base_url
        self._written = {d.key: d.resource for d in job.drafts.drafts}

    async def of(self, draft: Draft, task: Json, *, today: str) -> egenvard.Egenvard:
        """Return what is known of an action."""
        assessments = egenvard.assessments_in(task)
        on = next(iter(egenvard.parts(assessments, "on")), None)
        helpers = [self._name(each) for each in egenvard.parts(assessments, "helper")]
        assessors = egenvard.parts(assessments, "assessor")
        does_it = {f"Patient/{self._subject(draft, task)}", *(each for each in helpers if each)}
        return egenvard.Egenvard(
            kinds=egenvard.kinds_of(task),
            assessments=len(assessments),
            licensed=tuple([await self._is_licensed(each, day=on or today) for each in assessors]),
            on=on,
            today=today,
            helpers=tuple(each and each.partition("/")[0] for each in helpers),
            is_done_by_them="owner" not in task or self._name(task["owner"]) in does_it,
        )

    def _subject(self, draft: Draft, task: Json) -> str:
        found = self._name(task.get("for") or {})
        return found.partition("/")[2] if found else draft.key.patient

    def _name(self, reference: Json) -> str | None:
        """Return `Type/id` of a reference; None for one that says a name alone."""
        if "reference" not in reference:
            return None
        local = literal(str(reference["reference"]), self._base_url)
        return local.reference if local else str(reference["reference"])

    async def _is_licensed(self, reference: Json, *, day: str) -> bool:
        """Say whether a reference leads to one of licensed staff, as a person or in a role."""
        found = await self._resource(reference)
        if found.get("resourceType") == "PractitionerRole":
            found = await self._resource({"reference": next(at_path(found, "practitioner"), "")})
        return found.get("resourceType") == "Practitioner" and egenvard.is_licensed(found, day=day)

    async def _resource(self, reference: Json) -> Json:
        local = literal(str(reference.get("reference", "")), self._base_url)
        if local is None:
            return {}
        key = Key(SHARED, local.type, local.id)
        if key in self._written:
            return self._written[key] or {}
        return (await unasked.bodies(self._tx, [key])).get(key, {})
