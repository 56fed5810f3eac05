"""What holds of agreements whatever way they are written: who answers, once, for what versions.

A party's Task turns to accepted together with the party's own Provenance, which pins present versions; nobody
answers for another, but for care that notes what the patient said or signed. An answer stands.
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.facts import Facts
from pk_api.access.persons import PERSONS, TASK_ANSWERS
from pk_api.access.rules import CARE
from pk_api.fhir import agreements as agreed
from pk_api.fhir.problems import Problem, broken
from pk_api.fhir.references import at_path, literal
from pk_api.fhir.systems import EXT_AGREEMENT_MEANS
from pk_api.records import answers
from pk_api.records.drafts import Draft, Drafts, placed
from pk_api.records.jobs import Job
from pk_api.records.state import State

Json = Mapping[str, Any]

NOTED_MEANS: Final = frozenset({"oral", "paper"})
"""How a patient may have answered whose answer care notes."""

_SAID: Final = ("note", "output", "statusReason")
"""What a Task says of its answer: who gave it, when, how, and to what not."""

_PEOPLE: Final = frozenset({"Patient", "RelatedPerson"})


def require_kept(draft: Draft, before: Json, job: Job) -> None:
    """Raise Problem when a change is of what stands in an agreement, or answers for another party."""
    if agreed.is_acceptance(before):
        raise broken("An acceptance stands as it was given: a new proposal takes its place.", "Provenance")
    after = draft.resource
    if not agreed.is_answer(before):
        if after is not None and (agreed.is_answer(after) or agreed.is_acceptance(after)):
            raise broken("An agreement is no change of something else.", draft.key.type)
        return
    if after is None or not answers.answers_only(before, after, TASK_ANSWERS, lambda _: True):
        raise broken("Of the answer to an agreement, the answer alone is changed.", "Task")
    was, is_ = str(before.get("status")), str(after.get("status"))
    if was == is_ and any(before.get(name) != after.get(name) for name in _SAID):
        raise Problem(
            "not-allowed-in-state", "What is said of an answer comes with it.", facts={"state": was}
        )
    _require_step(draft, was, is_, job)


def _require_step(draft: Draft, was: str, is_: str, job: Job) -> None:
    if was == is_:
        if _acceptance_of(draft, job.drafts) is not None:
            raise Problem("not-allowed-in-state", "This party has answered.", facts={"state": was})
        return
    if was not in agreed.OPEN or is_ not in agreed.ANSWERS | agreed.OPEN:
        raise Problem("not-allowed-in-state", "An answer to an agreement stands.", facts={"state": was})
    _require_party(draft, job)
    if is_ == "accepted" and _acceptance_of(draft, job.drafts) is None:
        raise broken("Whoever accepts says to what: a Provenance of the same transaction.", "Task.status")


def check_agreements(drafts: Drafts, state: State, job: Job) -> None:
    """Raise Problem when a new answer or acceptance of the set is not what it must be."""
    for n, draft in enumerate(drafts.drafts):
        resource = draft.resource
        if resource is None or (draft.key in state.present and draft.write.method != "create"):
            continue
        try:
            if agreed.is_answer(resource):
                _check_new_answer(draft, resource, job)
            elif agreed.is_acceptance(resource):
                _check_acceptance(resource, state, job)
            elif draft.key.type == "Provenance" and draft.key not in drafts.added:
                _require_care(job)
        except Problem as problem:
            raise placed(problem, n) from problem


def _require_care(job: Job) -> None:
    """Of Provenances, patients and who stands in for them write acceptances alone: others the door makes."""
    if job.actor.kind in PERSONS:
        raise Problem("forbidden", "Not permitted: a patient's Provenance is the acceptance of an agreement.")


def _check_new_answer(draft: Draft, task: Json, job: Job) -> None:
    if job.actor.kind not in CARE:
        raise Problem("forbidden", "Not permitted: care proposes an agreement.")
    contract, number = agreed.contract_of(task), agreed.number_in(task, "number")
    parties, revision = agreed.number_in(task, "parties"), agreed.number_in(task, "revision")
    if contract is None or number is None or parties is None or revision is None:
        raise broken("An answer names the contract, and number, revision and parties.", "Task.input")
    ids = [agreed.answer_id(contract.partition("/")[2], number, at + 1) for at in range(min(parties, 50))]
    if draft.key.id not in ids:
        raise broken("The id of an answer follows from contract, number and place.", "Task.id")
    if task.get("status") == "accepted":
        _require_party(draft, job)
        if _acceptance_of(draft, job.drafts) is not None:
            return
    if task.get("status") != "requested":
        raise broken("A party is asked: the status is requested.", "Task.status")


def _check_acceptance(acceptance: Json, state: State, job: Job) -> None:
    task = next((d for d in job.drafts.drafts if d.key.reference == agreed.answered_by(acceptance)), None)
    status = (task.resource or {}).get("status") if task is not None else None
    if task is None or status != "accepted" or not agreed.is_answer(task.resource or {}):
        detail = "An acceptance comes with the Task that it answers, in one transaction."
        raise broken(detail, "Provenance.entity.what")
    _check_agents(acceptance, task, job)
    _check_versions(acceptance, state, job)


def _check_versions(acceptance: Json, state: State, job: Job) -> None:
    """What is agreed to is what stands now, or comes to stand with this very set."""
    changed = {d.key for d in job.drafts.drafts} - state.unchanged.keys()
    written = {key.reference for key in changed if key in state.present}
    present = {key.reference: one.version for key, one in state.present.items()}
    for at, place in enumerate(agreed.pinned(acceptance)):
        path = f"Provenance.target[{at}]"
        if place is None or place.reference not in present:
            raise broken("An acceptance covers versions: Type/id/_history/n.", path)
        now = present[place.reference] + (place.reference in written)
        if int(place.version or 0) != now:
            detail = f"An acceptance covers present versions: the current one is {now}."
            raise Problem("stale", detail, expression=path, facts={"current": now})


def _check_agents(acceptance: Json, task: Draft, job: Job) -> None:
    """Whoever agrees is who writes, or the patient as care notes it; who acts for another says for whom."""
    whos = [literal(each) for each in at_path(acceptance, "agent.who")]
    people = {f"{one.type}/{one.id}" for one in whos if one is not None and one.type in _PEOPLE}
    patients = {f"Patient/{k.id}" for k, _ in task.references if k.type == "Patient"}
    if job.actor.kind in CARE:
        allowed = patients if _is_patients(task) else set[str]()
    else:
        allowed = set(job.facts.people) if job.actor.kind == "proxy" else patients
    if people - allowed or (_is_patients(task) and not people):
        raise broken("Each party agrees for itself, and says who it is.", "Provenance.agent")
    behalf = {literal(each) for each in at_path(acceptance, "agent.onBehalfOf")}
    told = {f"{one.type}/{one.id}" for one in behalf if one is not None and one.type in _PEOPLE}
    if told - patients or (job.actor.kind == "proxy" and not told):
        raise broken("Who acts for the patient says so: onBehalfOf.", "Provenance.agent.onBehalfOf")


def _require_party(draft: Draft, job: Job) -> None:
    if not _is_party(draft, job.actor, job.facts) and not _notes_for_patient(draft, job):
        raise Problem("forbidden", "Not permitted: each party answers for itself.")


def _is_party(draft: Draft, actor: Actor, facts: Facts) -> bool:
    """Say whether the writer is the one who is asked."""
    asked = draft.placement.addressed if draft.placement is not None else None
    if actor.kind not in PERSONS:
        return asked is not None and asked == actor.provider
    if asked != f"patient:{draft.key.patient}":
        return False
    named = set(at_path(draft.resource or {}, "restriction.recipient"))
    return not named or bool(named & set(facts.people))


def _notes_for_patient(draft: Draft, job: Job) -> bool:
    """Say whether care notes an acceptance that the patient gave in words or on paper."""
    if job.actor.kind not in CARE or not _is_patients(draft):
        return False
    acceptance = _acceptance_of(draft, job.drafts)
    if acceptance is None:
        return (draft.resource or {}).get("status") == "rejected"
    means = {
        one.get("valueCode") for one in acceptance.get("extension", ()) if one["url"] == EXT_AGREEMENT_MEANS
    }
    return bool(means) and means <= NOTED_MEANS


def _is_patients(task: Draft) -> bool:
    return task.placement is not None and task.placement.addressed == f"patient:{task.key.patient}"


def _acceptance_of(task: Draft, drafts: Drafts) -> Json | None:
    for draft in drafts.drafts:
        resource = draft.resource or {}
        if agreed.is_acceptance(resource) and agreed.answered_by(resource) == task.key.reference:
            return resource
    return None
