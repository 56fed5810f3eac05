"""Wishes for a named contact, or that an actor is connected: made, listed, answered.

A wish of a patient who has a contract belongs to it. Source: patientlag 2014:821 6 kap. 2 § (a fast
vårdkontakt is named when the patient asks for one).
"""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import uuid4

from pk_api.contract.editing import team
from pk_api.contract.editing import wishes as editing
from pk_api.contract.editing.context import PATIENTS, Editing, refused
from pk_api.contract.editing.items import new_item
from pk_api.contract.editing.responsible import with_responsible
from pk_api.contract.elements import Json, target_of, targets_in, version_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.responsible import responsible_contact
from pk_api.contract.reading.team import plan_team
from pk_api.contract.reading.wishes import actor_in, asked_in, contact_in, wish_item
from pk_api.contract.service.caller import Caller, Conditions, contract_of, reading_about, reading_of, rows_of
from pk_api.contract.service.cursors import sealed
from pk_api.contract.service.people import by_hsa_id, required_patient_id, with_directory
from pk_api.contract.service.writers import author_of, named, writer_of
from pk_api.contract.service.writing import Edited, change_contract, until_written
from pk_api.fhir import systems
from pk_api.fhir import wishes as rules
from pk_api.fhir.problems import Problem
from pk_api.records.values import Stored, Write

_WITH_CONTACT: Final = frozenset({rules.CONTACT, rules.HANDOVER})

IsOurs = Callable[[Json], bool]


async def make_wish(caller: Caller, body: Json, conditions: Conditions) -> Json:
    """Wish for a contact, or that an actor is connected. Problem of a rule."""
    body = {name: value for name, value in body.items() if value is not None}
    patient = {"reference": f"Patient/{await _patient(caller, body)}"}
    contract = body.get("contract") or await _contract_of(caller, patient)
    if contract is None and body["kind"] != "contact":
        raise await caller.refused(
            refused("/contract", "This is wished for of a contract, and there is none here.")
        )
    to, person = await _asked(caller, body, contract)
    if "actor" in body:
        body["actor"] = await named(caller, body["actor"], "/actor")
    values = {**body, "contract": {"reference": f"CarePlan/{contract}"} if contract else None}
    writer = await writer_of(caller, patient)
    task = editing.new_wish(values, patient=patient, writer=writer, to=to, now=caller.now, person=person)
    (stored,) = await caller.write([Write("create", "Task", task)], conditions)
    return await _item(caller, stored)


async def read_wish(caller: Caller, name: str, *, is_ours: IsOurs = rules.is_wish) -> Json:
    """Return a wish, or what else is answered alike. Problem not-found."""
    return await _item(caller, await _stored(caller, name, is_ours))


async def list_wishes(
    caller: Caller,
    *,
    patient: str | None,
    is_open: bool,
    limit: int,
    cursor: str | None,
    unit: str | None = None,
    kinds: frozenset[str] = rules.KINDS,
) -> Json:
    """Return the wishes that the caller sees, the latest changed first: `{items, next}`.

    `unit` is the HSA-id of the unit that is asked.
    """
    code = ",".join(f"{systems.TASK_KIND}|{kind}" for kind in sorted(kinds))
    pairs = [("code", code)]
    pairs += [("patient", patient)] if patient else []
    pairs += [("status", ",".join(sorted(rules.OPEN)))] if is_open else []
    if unit is not None:
        asked = await by_hsa_id(caller, unit, ("Organization",))
        if asked is None:
            return {"items": [], "next": None}
        pairs.append(("owner", asked))
    page = await caller.page("Task", pairs, limit=limit, cursor=cursor)
    return {"items": await _items(caller, page.items), "next": sealed(page.next)}


async def answer_wish(
    caller: Caller, name: str, body: Json, conditions: Conditions, *, is_ours: IsOurs = rules.is_wish
) -> Json:
    """Answer a wish: yes with what was wished for, no with a reason; or take it back.

    `is_ours` says which Tasks are asked for: wishes, or handovers, which are answered alike. Problem
    not-allowed-in-state, forbidden, and those of a contact or of the team.
    """
    body = {field: value for field, value in body.items() if value is not None}

    async def attempt() -> Stored:
        before = await _replayed(caller, conditions)
        return before or await _answered(caller, await _stored(caller, name, is_ours), body, conditions)

    return await _item(caller, await until_written(conditions, attempt))


async def _answered(caller: Caller, stored: Stored, body: Json, conditions: Conditions) -> Stored:
    author = await author_of(caller, stored.resource["for"])
    async with caller.refusing(stored.key):
        conditions.require_version(stored.version)
        draft = _said(stored.resource, body, author, caller)
    if body["answer"] != "accepted":
        return await _write(caller, [draft], conditions, "")
    if rules.kind_of(draft) in _WITH_CONTACT:
        return await _named(caller, draft, body, conditions)
    return await _in_contract(caller, stored, body, author, conditions)


def _said(task: Json, body: Json, author: Json, caller: Caller) -> Json:
    """Return the wish with the answer in it. Problem not-allowed-in-state, of a rule."""
    answer = editing.answer_to(task, body["answer"])
    kind = rules.kind_of(task)
    if (
        answer.status == "completed"
        and kind in _WITH_CONTACT
        and ("contact" in body) == ("newContact" in body)
    ):
        raise refused("/contact", "A yes names the contact: contact or newContact.")
    if answer.status == "completed" and kind == rules.ACTOR and "actor" not in body and not actor_in(task):
        raise refused("/actor", "A yes says which actor is connected.")
    return editing.answered(task, answer, body, author=author, now=caller.now)


async def _named(caller: Caller, draft: Json, body: Json, conditions: Conditions) -> Stored:
    """Answer with a contact: one that there is, or one who is named by the answer."""
    if "contact" in body:
        named_one = {"reference": f"CareTeam/{body['contact']}"}
        return await _write(caller, [editing.fulfilled(draft, "contact", named_one)], conditions, "")
    whose = {"resourceType": "CarePlan", "subject": draft["for"]}  # who is asked need not see a contract
    reading = Reading("", {"": whose}, {}, caller.language, caller.today)
    known, asked = await with_directory(caller, reading, body["newContact"])
    temp = f"urn:uuid:{uuid4()}"
    try:
        (contact,) = new_item("contacts", asked, Editing(known, caller.actor, caller.now, temp))
    except Problem as problem:
        raise await caller.refused(_within(problem, "/newContact")) from problem
    resources = [editing.fulfilled(draft, "contact", {"reference": temp}), contact]
    return await _write(caller, resources, conditions, temp)


def _within(problem: Problem, field: str) -> Problem:
    """Return the problem of a part of the body with pointers into the whole."""
    told = problem.facts.get("errors", ())
    errors = [{**each, "pointer": f"{field}{each['pointer']}"} for each in told]
    return Problem(problem.kind, problem.detail, facts={**problem.facts, "errors": errors})


async def _in_contract(
    caller: Caller, stored: Stored, body: Json, author: Json, conditions: Conditions
) -> Stored:
    """Answer by a change of the contract: the actor joins its team, or the contact is responsible for it."""
    contract = targets_in(stored.resource.get("basedOn", ()), "CarePlan")
    if not contract:
        raise await caller.refused(refused("/answer", "The wish belongs to no contract."))

    async def edit(change: Editing, reading: Reading) -> Edited:
        task = reading.members.get(stored.reference, stored.resource)
        conditions.require_version(version_of(task))
        draft = _said(task, body, author, caller)
        if rules.kind_of(task) == rules.RESPONSIBLE:
            said = {"contact": contact_in(task), "reason": "patient-wish"}
            plan = with_responsible(reading.members[reading.contract], said, change)
            return Edited((plan, draft), body)
        actor = await named(caller, body["actor"], "/actor") if "actor" in body else actor_in(task) or {}
        return Edited(
            (*await _joining(caller, actor, change), editing.fulfilled(draft, "actor", actor)), body
        )

    _, written = await change_contract(caller, contract[0], conditions, edit)
    return next(each for each in written if each.type == "Task")


async def _joining(caller: Caller, actor: Json, change: Editing) -> Sequence[Json]:
    """Return what changes when the actor joins the team; nothing when it is in it."""
    known, asked = await with_directory(caller, change.reading, {"member": {"reference": target_of(actor)}})
    joining = Editing(known, change.actor, change.now, change.temp)
    standing = plan_team(known)
    if standing is not None and team.is_in(standing, actor, joining):
        return ()
    return team.join(asked, joining)[1]


async def _write(caller: Caller, resources: Sequence[Json], conditions: Conditions, temp: str) -> Stored:
    """Write the Task, and the contact who is named with it."""
    task, *contacts = resources
    patient = (target_of(task["for"]) or "").partition("/")[2]
    stored = await caller.write(
        [
            Write("update", "Task", task, id=task["id"], if_match=version_of(task)),
            *(Write("create", "CareTeam", each, temp=temp) for each in contacts),
        ],
        conditions,
        tries_again=conditions.if_match is None,
        identified=frozenset({patient}) if contacts else frozenset(),
    )
    return stored[0]


async def _replayed(caller: Caller, conditions: Conditions) -> Stored | None:
    before = await caller.replayed(conditions)
    return None if before is None else next(each for each in before if each.type == "Task")


async def _stored(caller: Caller, name: str, is_ours: IsOurs) -> Stored:
    stored = await caller.read("Task", name)
    if not is_ours(stored.resource):
        raise Problem("not-found", "There is nothing such asked here, or it is not open to this caller.")
    return stored


async def _patient(caller: Caller, body: Json) -> str:
    """Return whose contact or team it is about."""
    if caller.actor.kind not in PATIENTS:
        if "patient" not in body and "contract" in body:
            rows = await rows_of(caller, body["contract"])
            return (target_of(rows.contract.resource["subject"]) or "").partition("/")[2]
        if "patient" not in body:
            raise await caller.refused(refused("/patient", "Care says which patient it is about."))
        return await required_patient_id(caller, body["patient"])
    own = await caller.records.own_patient(caller.actor)
    whose = (body.get("patient") or {}).get("reference", f"Patient/{own}")
    if own is None or whose != f"Patient/{own}":
        raise await caller.refused(Problem("forbidden", "Patients wish for themselves."))
    return own


async def _contract_of(caller: Caller, patient: Json) -> str | None:
    """Return the id of the patient's active contract, as far as the caller sees it."""
    if not caller.actor.may("s", "CarePlan"):
        return None
    try:
        return await contract_of(caller, str(patient["reference"]).partition("/")[2], "active")
    except Problem as problem:  # the young, who use e-services alone, wish all the same
        if problem.kind != "forbidden":
            raise
        return None


async def _asked(caller: Caller, body: Json, contract: str | None) -> tuple[Json, Json | None]:
    """Return who is asked: whom the wish names, else the contact who is responsible for the contract.

    A person is asked at the unit, in whose list it stands: unit and person.
    """
    if "to" in body:
        return await _at_unit(caller, await named(caller, body["to"], "/to"))
    if contract is not None:
        reading = reading_of(caller, await rows_of(caller, contract))
        contact = responsible_contact(reading)
        if contact is not None and contact["member"]["reference"]:
            return await _at_unit(caller, {"reference": contact["member"]["reference"]})
    raise await caller.refused(refused("/to", "Say which unit is asked."))


async def _at_unit(caller: Caller, asked: Json) -> tuple[Json, Json | None]:
    """Return the unit at which somebody is asked, and who."""
    reference = str(asked["reference"])
    if not reference.startswith("PractitionerRole/"):
        return asked, None
    role = (await caller.directory([reference])).get(reference, {})
    unit = target_of(role.get("organization"))
    return ({"reference": unit}, asked) if unit else (asked, None)


async def _item(caller: Caller, stored: Stored) -> Json:
    (item,) = await _items(caller, [stored])
    return item


async def _items(caller: Caller, found: Sequence[Stored]) -> list[Json]:
    """Return wishes as the caller sees them; the directory is looked up once for all."""
    tasks = [each.resource for each in found]
    people = {
        target_of(one)
        for t in tasks
        for one in (t.get("requester"), t.get("owner"), asked_in(t), actor_in(t))
    }
    reading = await reading_about(caller, people)
    return [wish_item(task, reading) for task in tasks]
