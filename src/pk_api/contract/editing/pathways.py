"""A pathway that is started: a plan under the contract, a draft, with its goals, actions and times."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import uuid4

from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.items import new_item
from pk_api.contract.elements import Json
from pk_api.contract.pathways import Aim, Pathway, Proposal
from pk_api.fhir import systems


class Made(NamedTuple):
    """A new resource and the name by which others of the set refer to it."""

    temp: str
    resource: Json


@dataclass(frozen=True, slots=True)
class Starting:
    """Who starts a pathway: the organisation that owns the plan and acts for care; who, in which stay."""

    organisation: Json
    practitioner: Json | None = None
    encounter: Json | None = None


def plan_id(contract: str, canonical: str, ended: int) -> str:
    """Return the id of a contract's plan of a pathway: the same of all who start it at once."""
    told = f"{contract} {canonical} {ended}"
    return f"pathway-{hashlib.blake2b(told.encode(), digest_size=14).hexdigest()}"


def started(pathway: Pathway, plan: str, by: Starting, editing: Editing) -> list[Made]:
    """Return the plan, which has its id, first, then its goals, actions and times."""
    aims = {each.id or f"#{n}": _named(_goal(each, editing)) for n, each in enumerate(pathway.aims)}
    under = f"CarePlan/{plan}"
    goals = {id_: made.temp for id_, made in aims.items()}
    made = [each for one in pathway.proposals for each in _made(one, under, goals, by, editing)]
    activities = [each for each in made if "partOf" not in each.resource]
    whole = _plan(pathway, plan, by, editing) | _references("goal", [each.temp for each in aims.values()])
    whole["activity"] = [{"reference": {"reference": each.temp}} for each in activities]
    return [Made(f"urn:uuid:{uuid4()}", whole), *aims.values(), *made]


def _named(resource: Json) -> Made:
    return Made(f"urn:uuid:{uuid4()}", resource)


def _references(element: str, targets: Sequence[str]) -> Json:
    return {element: [{"reference": each} for each in targets]} if targets else {}


def _plan(pathway: Pathway, plan: str, by: Starting, editing: Editing) -> Json:
    values = {"kind": pathway.kind, "title": pathway.title, "state": "draft"}
    told = {"description": pathway.description} if pathway.description else {}
    (draft, *_) = new_item("plans", values | told, editing)
    encounter = {"encounter": by.encounter} if by.encounter else {}
    whole = {"id": plan, "instantiatesCanonical": [pathway.canonical], "author": by.organisation, **encounter}
    return {**draft, **whole}


def _goal(aim: Aim, editing: Editing) -> Json:
    values = {"text": aim.text} | ({"due": aim.due} if aim.due else {})
    (draft, *_) = new_item("goals", values, editing)
    coding = {"coding": list(aim.coding)} if aim.coding else {}
    return {**draft, "lifecycleStatus": "proposed", "description": {**coding, **draft["description"]}}


def _made(proposal: Proposal, plan: str, goals: dict[str, str], by: Starting, editing: Editing) -> list[Made]:
    """Return an action, with its alternatives when it is a choice, or a time."""
    temp = f"urn:uuid:{uuid4()}"
    if proposal.form is not None:
        return [Made(temp, _time(proposal, plan, editing))]
    at = replace(editing, temp=temp)
    options = [_values(each, by) for each in proposal.options]
    values = _values(proposal, by) | ({"options": options} if options else {})
    first, *others = new_item("actions", values, at)
    parts = [proposal, *proposal.options]
    tasks = [_task(task, part, plan, goals, by) for task, part in zip((first, *others), parts, strict=True)]
    if not options:
        tasks[0]["status"] = "requested"
    return [Made(temp, tasks[0]), *(_named(each) for each in tasks[1:])]


def _values(proposal: Proposal, by: Starting) -> Json:
    values: Json = {"text": proposal.text, "side": proposal.side}
    if proposal.side == "care":
        values["owner"] = by.organisation
    values |= {"kind": proposal.kind} if proposal.kind else {}
    return values | ({"when": proposal.when} if proposal.when else {})


def _task(task: Json, proposal: Proposal, plan: str, goals: dict[str, str], by: Starting) -> Json:
    pursued = [
        {"url": systems.EXT_PERTAINS_TO_GOAL, "valueReference": {"reference": goals[each]}}
        for each in proposal.goals
    ]
    extension = [*task.get("extension", ()), *pursued]
    return {
        **task,
        **({"extension": extension} if extension else {}),
        "basedOn": [*task["basedOn"], {"reference": plan}],
        **({"performerType": [proposal.role]} if proposal.role else {}),
        **({"requester": by.practitioner} if by.practitioner else {}),
        **({"encounter": by.encounter} if by.encounter else {}),
        **({"note": [{"text": proposal.note}]} if proposal.note else {}),
    }


def _time(proposal: Proposal, plan: str, editing: Editing) -> Json:
    """Return a time that is proposed without a time yet: within which days it is to be."""
    values = {"state": "proposed", "text": proposal.text, "form": proposal.form}
    (draft, *_) = new_item("appointments", values, editing)
    when = proposal.when or {}
    period = {end: when[name] for name, end in (("earliest", "start"), ("latest", "end")) if name in when}
    return {
        **draft,
        "created": instant(editing.now),
        "supportingInformation": [*draft["supportingInformation"], {"reference": plan}],
        **({"requestedPeriod": [period]} if period else {}),
        **({"comment": proposal.note} if proposal.note else {}),
    }
