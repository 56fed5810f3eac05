"""What must hold of wishes for a contact or an actor, whatever way they are written: `fhir.wishes`.

Whoever is asked says yes with what was asked for, or no with a reason; whoever asks takes it back; an answer
stands. A yes names the contact that came of it, or the actor that has joined the team.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.facts import Facts
from pk_api.access.persons import PERSONS, TASK_ANSWERS
from pk_api.access.rules import CARE, reader_of
from pk_api.fhir import contacts, membership, responsible, wishes
from pk_api.fhir.problems import Problem, broken
from pk_api.fhir.references import at_path, literal, relative
from pk_api.fhir.search.index_values import period_span
from pk_api.records import answers
from pk_api.records.drafts import Draft, placed
from pk_api.records.jobs import Job
from pk_api.store import law, unasked
from pk_api.store.database import Transaction
from pk_api.store.locked import Present
from pk_api.store.rows import to_micros

Json = Mapping[str, Any]

_SAID: Final = ("output", "statusReason")
_OPEN: Final = frozenset({"draft", "active", "on-hold"})


def require_answered(draft: Draft, before: Json, job: Job, present: Present) -> None:
    """Raise Problem when a change of a wish is no answer to it, or by somebody else than whose it is."""
    after = draft.resource
    if after is None and wishes.kind_of(before) is not None:
        raise broken("A wish is not deleted: whoever wishes takes it back, and an answer stands.", "Task")
    if wishes.kind_of(before) is None or after is None:
        if after is not None and wishes.kind_of(after) is not None:
            raise broken("A wish is no change of something else.", "Task.code")
        return
    if not answers.answers_only(_content(before), _content(after), TASK_ANSWERS, lambda _: True):
        raise broken("Of a wish, the answer alone is changed.", "Task")
    was, is_ = wishes.state_of(before), wishes.state_of(after)
    if was == is_:
        _require_same(before, after, was, is_by_asked=_is_asked(job.actor, job.facts, present))
        return
    step = wishes.ANSWERS.get((was, is_))
    if step is None:
        raise _not_now(was)
    if not _MAY[step.who](job.actor, job.facts, present):
        raise Problem("forbidden", f"Not permitted: '{is_}' is for the one who {_WHO[step.who]} to say.")
    if step.is_reasoned and not _has_text(after.get("statusReason")):
        raise broken("A no says why.", "Task.statusReason")


def _content(task: Json) -> Json:
    """Return a wish without its meta: from whom it is hidden is decided elsewhere."""
    return {name: value for name, value in task.items() if name != "meta"}


def _require_same(before: Json, after: Json, state: str, *, is_by_asked: bool) -> None:
    """Let the one who is asked tell of the work with what waits; nothing changes of an answer."""
    if all(before.get(name) == after.get(name) for name in ("status", *_SAID)):
        return
    if state != "requested":
        raise _not_now(state)
    if not is_by_asked:
        raise Problem("forbidden", "Not permitted: the one who is asked tells how it goes.")


def _is_asked(actor: Actor, facts: Facts, present: Present) -> bool:
    if actor.kind not in CARE or present.addressed != actor.provider:
        return False
    units = reader_of(actor, facts).units
    return not units or present.addressed_unit is None or present.addressed_unit in units


def _is_asker(actor: Actor, _: Facts, present: Present) -> bool:
    if actor.kind in PERSONS:
        return present.owner.startswith("patient:")
    return present.owner == actor.provider


_MAY: Final = {wishes.ASKED: _is_asked, wishes.ASKER: _is_asker}
_WHO: Final = {wishes.ASKED: "is asked", wishes.ASKER: "asks"}


async def check_wishes(tx: Transaction, job: Job, *, base_url: str, now: datetime) -> None:
    """Raise Problem when a new request lacks something, or a yes has not brought what was asked for."""
    asked = [(n, d) for n, d in enumerate(job.drafts.drafts) if d.resource and wishes.kind_of(d.resource)]
    if not asked:
        return
    before = await unasked.bodies(tx, [draft.key for _, draft in asked])
    for n, draft in asked:
        task = relative(draft.resource or {}, base_url)
        try:
            if draft.key not in before:
                _require_whole(draft, task)
                _require_by_care(task, job.actor)
            elif wishes.state_of(task) == "accepted" and wishes.state_of(before[draft.key]) == "requested":
                await _require_fulfilled(tx, draft, task, job, base_url, now)
        except Problem as problem:
            raise placed(problem, n) from problem


def _require_whole(draft: Draft, task: Json) -> None:
    addressed = draft.placement.addressed if draft.placement is not None else None
    if addressed is None or addressed.startswith(("patient:", "RelatedPerson/")):
        raise broken("A wish says which unit, or who at it, is asked: the owner.", "Task.owner")
    if task.get("status") != "requested" or task.get("output"):
        raise broken("A new wish waits for its answer: its status is requested.", "Task.status")
    if not task.get("requester"):
        raise broken("A wish says who asks.", "Task.requester")
    actors, contact = (wishes.said_in(task, "input", code) for code in ("actor", "responsible"))
    kind = wishes.kind_of(task)
    if kind == wishes.ACTOR and not (len(actors) == 1 or task.get("description")):
        raise broken("A wish to connect an actor says which: by reference or in words.", "Task.input")
    if any(one.startswith("Patient/") for one in _locals(wishes.references_in(task, "input", "actor"))):
        raise broken("No patient is connected to a contract: an actor is a unit or a person.", "Task.input")
    if kind == wishes.RESPONSIBLE and len(contact) != 1:
        raise broken("A wish for who is responsible names the contact.", "Task.input")


def _require_by_care(task: Json, actor: Actor) -> None:
    if not wishes.is_handover(task):
        return
    if actor.kind not in CARE:
        raise Problem("forbidden", "Not permitted: care asks a unit to take over a contract.")
    if not task.get("basedOn"):
        raise broken("Who is asked to take over is told which contract: basedOn.", "Task.basedOn")


async def _require_fulfilled(
    tx: Transaction, draft: Draft, task: Json, job: Job, base_url: str, now: datetime
) -> None:
    written = {d.key: d.resource for d in job.drafts.drafts if d.key.patient == draft.key.patient}
    stored = await unasked.of_type(tx, draft.key.patient, "CareTeam")
    there = {**stored, **written}.items()
    teams = [relative(t, base_url) for k, t in there if t is not None and k.type == "CareTeam"]
    kind = wishes.kind_of(task)
    if kind in {wishes.CONTACT, wishes.HANDOVER}:
        _require_named(task, teams, to_micros(now))
        if kind == wishes.HANDOVER:
            await _require_own_contact(tx, draft, task, job)
    elif kind == wishes.ACTOR:
        _require_connected(task, teams, to_micros(now))
    else:
        plans = [key for key, binds in draft.references if key.type == "CarePlan" and binds == "up"]
        present = {**await unasked.bodies(tx, plans), **written}
        _require_responsible(task, [relative(one, base_url) for k in plans if (one := present.get(k))])


def _require_named(task: Json, teams: list[dict[str, Any]], now: int) -> None:
    named = _locals(wishes.references_in(task, "output", "contact"))
    there = {f"CareTeam/{team.get('id')}": team for team in teams if contacts.is_in_force(team, now=now)}
    if len(named) != 1 or not named <= there.keys():
        raise broken("A yes names the contact: one output, a fast kontakt in force.", "Task.output")
    (contact,) = named
    if not _is_of_kind(there[contact], task):
        raise broken("A yes names a contact of the kind that was wished for.", "Task.output")


def _is_of_kind(team: Json, task: Json) -> bool:
    """Say whether a contact is what was wished for; who coordinates is a fast vårdkontakt too."""
    kinds = set(contacts.roles_of(team))
    if contacts.COORDINATING in kinds:
        kinds.add(contacts.FAST_VARDKONTAKT)
    said = [each.get("valueCodeableConcept") or {} for each in wishes.said_in(task, "input", "kind")]
    wanted = {code for concept in said for code in contacts.roles_in([concept])}
    return not wanted or bool(wanted & kinds)


async def _require_own_contact(tx: Transaction, draft: Draft, task: Json, job: Job) -> None:
    """Who takes over names a contact of its own, of a contract that stands."""
    plans = [key for key, binds in draft.references if key.type == "CarePlan" and binds == "up"]
    standing = (await unasked.bodies(tx, plans)).values()
    if not any(membership.is_contract(one) and one.get("status") in _OPEN for one in standing):
        raise Problem("not-allowed-in-state", "There is no contract that stands to take over.")
    written = {d.key.reference for d in job.drafts.drafts if d.key not in job.drafts.added}
    for name in _locals(wishes.references_in(task, "output", "contact")) - written:
        owner = await law.owner(tx, draft.key.patient, *name.split("/"))
        if owner != job.actor.provider:
            raise broken("Who takes over names a contact of its own.", "Task.output")


def _require_connected(task: Json, teams: list[dict[str, Any]], now: int) -> None:
    asked = _locals(wishes.references_in(task, "input", "actor"))
    joined = _locals(wishes.references_in(task, "output", "actor"))
    inside = {name for team in teams if membership.is_active_plan_team(team) for name in _inside(team, now)}
    if len(joined) != 1 or not joined <= inside or (asked and joined != asked):
        detail = "A yes names the actor that was asked for: one output, a participant of the plan's team."
        raise broken(detail, "Task.output")


def _require_responsible(task: Json, plans: list[dict[str, Any]]) -> None:
    asked = _locals(wishes.references_in(task, "input", "responsible"))
    now = _locals([text for plan in plans for text in responsible.contacts_in(plan)])
    if not asked or not asked <= now:
        raise broken("A yes comes with the contract that says so: pk-responsible.", "Task.status")


def _inside(team: Json, now: int) -> set[str]:
    """Return who takes part now."""
    spans = [(each, period_span(each.get("period"))[1]) for each in team.get("participant", ())]
    inside = [each for each, until in spans if until is None or now < until]
    return _locals([text for each in inside for text in at_path(each, "member")])


def _locals(texts: list[str]) -> set[str]:
    found = (literal(text) for text in texts)
    return {one.reference for one in found if one is not None}


def _has_text(concept: Json | None) -> bool:
    return bool((concept or {}).get("text") or (concept or {}).get("coding"))


def _not_now(state: str) -> Problem:
    return Problem("not-allowed-in-state", "An answer to a wish stands.", facts={"state": state})
