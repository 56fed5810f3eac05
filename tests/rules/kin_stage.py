"""People beside a patient, their permissions and words, as they are stored."""

from typing import Any

from pk_api.fhir.systems import APP, MANDATE, PERSONNUMMER, RELATION, ROLE_CODE
from pk_api.records.values import Stored, Write
from tests.rules.kin import CONSENTED, PERSON, WORDS
from tests.rules.naive import OWN_WORDS, Item
from tests.rules.naive_persons import Grant, Person, Term
from tests.rules.people import labelled
from tests.rules.stage import Stage
from tests.rules.standins import a_permission, a_related_person, proxy_of

ACTED = 7000
"""Number of the first Provenance of what a guardian wrote."""


async def with_people(stage: Stage) -> None:
    """Store the people, their permissions, withdrawn ones too, and what is written by and for them."""
    kin = stage.case.kin
    for person in kin.people:
        is_writer = person.number == PERSON and kin.age < 13
        shown = Person(person.number, person.identity, person.role) if is_writer else person
        stage.stored[person.number] = await _stored(stage, person.number, _person(stage, shown))
    for grant in kin.grants:
        if not _bars(grant):
            stage.stored[grant.number] = await _stored(stage, grant.number, _permission(stage, grant))
    for item in stage.case.items:
        if item.number >= WORDS and item.type in _WORDS:
            stage.stored[item.number] = await _stored(stage, item.number, _word(stage, item))


async def end_what_has_ended(stage: Stage) -> None:
    """Withdraw what is withdrawn and bar who is barred; who wrote for a small child becomes as told.

    What a guardian does, and reads of what was noted of it, comes before the guardian is barred.
    """
    kin = stage.case.kin
    for grant in kin.grants:
        if not _bars(grant):
            await _withdrawn(stage, grant)
    if kin.age < 13:
        await _note_who_acted(stage)
        told = _person(stage, kin.people[0]) | {"id": stage.stored[PERSON].id}
        await _changed(stage, PERSON, told)
    for grant in kin.grants:
        if _bars(grant):
            stage.stored[grant.number] = await _stored(stage, grant.number, _permission(stage, grant))
            await _withdrawn(stage, grant)


async def _withdrawn(stage: Stage, grant: Grant) -> None:
    if grant.is_withdrawn:
        await _changed(stage, grant.number, stage.stored[grant.number].resource | {"status": "inactive"})


def _bars(grant: Grant) -> bool:
    return grant.kind == "guardian-exception" and grant.is_denial


async def _stored(stage: Stage, number: int, resource: dict[str, Any]) -> Stored:
    return await stage.here.write(stage.writer(stage.case.item(number)), resource)


async def _changed(stage: Stage, number: int, resource: dict[str, Any]) -> None:
    before, writer = stage.stored[number], stage.writer(stage.case.item(number))
    write = Write("update", before.type, resource, before.id)
    (stage.stored[number],) = await stage.here.records.write(writer, [write])


async def _note_who_acted(stage: Stage) -> None:
    """Take into the case what the service itself noted of what the guardian wrote."""
    guardian = proxy_of(stage.here.patient, stage.case.kin.people[0].identity)
    words = [one.reference for one in stage.stored.values()]
    found = await stage.asked(guardian, "search", type="Provenance", params=(("target", ",".join(words)),))
    for n, entry in enumerate(found.get("entry", ())):
        stage.stored[ACTED + n] = await stage.here.records.read(
            guardian, "Provenance", entry["resource"]["id"]
        )
        stage.case.items.append(Item(ACTED + n, OWN_WORDS, None, type="Provenance"))


def _period(stage: Stage, term: Term) -> dict[str, Any]:
    period = stage.period(term.since, term.until)
    return {"period": period} if period else {}


def _person(stage: Stage, person: Person) -> dict[str, Any]:
    system_ = RELATION if person.role in {"god-man", "forvaltare", "framtidsfullmakt"} else ROLE_CODE
    identity = {"identifier": [{"system": PERSONNUMMER, "value": person.identity}]}
    told = identity | {"active": person.is_active} | _period(stage, person.term)
    return a_related_person(stage.here.patient.reference, (system_, person.role), **told)


def _permission(stage: Stage, grant: Grant) -> dict[str, Any]:
    scopes = [{"coding": [{"system": MANDATE, "code": one}]} for one in grant.scopes]
    provision = {
        "type": "deny" if grant.is_denial else "permit",
        **_period(stage, grant.term),
        **({"code": scopes} if scopes else {}),
    }
    role = {"coding": [{"system": RELATION, "code": grant.role}]} if grant.role else {"text": "App"}
    holder = stage.stored[grant.holder].reference if grant.holder is not None else "Patient/x"
    consent = a_permission(stage.here.patient.reference, holder, grant.kind, role=role, provision=provision)
    consent |= {"dateTime": stage.day(CONSENTED)}
    if grant.app:
        (actor,) = consent["provision"]["actor"]
        actor["reference"] = {"type": "Device", "identifier": {"system": APP, "value": grant.app}}
    if grant.kind == "guardian-exception":
        agreed = {"verified": True, "verifiedWith": stage.ref_of_patient}
        consent |= {"performer": [{"reference": stage.assessor}], "verification": [agreed]}
    return consent


def _word(stage: Stage, item: Item) -> dict[str, Any]:
    unit = stage.here.at.get(item.place.unit)
    meta = {"meta": labelled(item.label, unit)} if item.label and unit else {}
    return {"resourceType": item.type, **meta, **_WORDS[item.type](stage, item)}


def _asked(stage: Stage, item: Item) -> dict[str, str]:
    if item.addressed == "patient":
        return stage.ref_of_patient
    if item.addressed.isdecimal():
        return stage.ref(int(item.addressed))
    return {"reference": stage.here.at[item.addressed]}


def _goal(stage: Stage, item: Item) -> dict[str, Any]:
    text = {"text": "Kunna gå till affären själv"}
    by = {"expressedBy": stage.ref_of_patient} if item.is_by_patient else {}
    return {"lifecycleStatus": "active", "description": text, "subject": stage.ref_of_patient, **by}


def _observation(stage: Stage, _: Item) -> dict[str, Any]:
    return {"status": "final", "code": {"text": "Berättelse"}, "subject": stage.ref_of_patient}


def _task(stage: Stage, item: Item) -> dict[str, Any]:
    owner = {"owner": _asked(stage, item)} if item.addressed else {}
    return {"status": "requested", "intent": "order", "for": stage.ref_of_patient, **owner}


def _communication(stage: Stage, item: Item) -> dict[str, Any]:
    recipient = {"recipient": [_asked(stage, item)]} if item.addressed else {}
    return {"status": "completed", "subject": stage.ref_of_patient, **recipient}


def _appointment(stage: Stage, _: Item) -> dict[str, Any]:
    return {
        "status": "proposed",
        "participant": [{"actor": stage.ref_of_patient, "status": "needs-action"}],
    }


def _care_team(stage: Stage, _: Item) -> dict[str, Any]:
    return {"status": "active", "subject": stage.ref_of_patient}


def _flag(stage: Stage, _: Item) -> dict[str, Any]:
    return {"status": "active", "code": {"text": "Överkänslighet"}, "subject": stage.ref_of_patient}


_WORDS = {
    "Goal": _goal,
    "Observation": _observation,
    "Task": _task,
    "Communication": _communication,
    "Appointment": _appointment,
    "CareTeam": _care_team,
    "Flag": _flag,
}
