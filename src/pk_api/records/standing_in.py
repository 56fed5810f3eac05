"""Who stood in for a patient: a Provenance of the door's own, in the commit of what the stand-in wrote.

It names the very versions that were written, the stand-in as their author, and the patient on whose behalf;
so does what staff write down that a guardian or representative has said in person (`Actor.told_by`).
Source: https://hl7.org/fhir/R4/provenance.html (agent.onBehalfOf).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.decide import decide
from pk_api.access.facts import Facts
from pk_api.access.person_rules import age_at
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.index_values import index_of
from pk_api.fhir.systems import BASE, HSA_ID
from pk_api.records.affiliation import Placement
from pk_api.records.drafts import Draft, Drafts, Follows, fingerprint
from pk_api.records.settling import instant
from pk_api.records.state import State
from pk_api.records.values import Write
from pk_api.store import auditing, ids, persons, reading
from pk_api.store.persons import Told
from pk_api.store.rows import Key, from_micros
from pk_api.store.tables import SHARED

Json = dict[str, Any]

_OPERATION: Final = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_PART: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_OF_AGE: Final = 18
_NOBODY: Final = "Told-By names nobody who stands in for this patient now, or who is open to this caller."


async def note_stand_in(db: Any, drafts: Drafts, actor: Actor, facts: Facts, *, follows: Follows) -> None:
    """Add the Provenance to a set that somebody wrote, or said, for a patient; to others nothing.

    Problem business-rule when staff name somebody who is no guardian or representative of the patient.
    """
    patient, person = facts.patient, next(iter(facts.people), None)
    if actor.kind != "proxy":
        if actor.told_by is None:
            return
        patient, person = _only_patient(drafts), actor.told_by
        await _require_stand_in(db, patient, person, follows)
    if patient is None or person is None:
        return
    named = (await auditing.patient_ids(db, [patient]))[patient]
    told = _provenance(f"Patient/{named}", person, actor, drafts.drafts[0].write.method)
    told |= {"id": ids.new_id(patient, "Provenance")} | _policy(drafts, actor, facts)
    _add(drafts, patient, told, actor)


def _only_patient(drafts: Drafts) -> str:
    patients = {draft.key.patient for draft in drafts.drafts} - {SHARED}
    if len(patients) != 1:
        raise Problem("business-rule", "What somebody has said for a patient is about that patient alone.")
    return patients.pop()


async def _require_stand_in(db: Any, patient: str, person: str, follows: Follows) -> None:
    key = _key(patient, person)
    seen = await reading.several(db, [key], follows.visible, now=follows.now, bodies=False)
    told = await persons.told(db, patient, now=follows.now)
    if key not in seen or not _stands_in(person, told, from_micros(follows.now)):
        raise Problem("business-rule", _NOBODY)


def _stands_in(person: str, told: Iterable[Told], now: datetime) -> bool:
    """Say whether somebody is a guardian of a child, or has a mandate."""
    told = list(told)
    if any(one.kind == "mandate" and one.person == person for one in told):
        return True
    born = [from_micros(one.since).date() for one in told if one.kind == "born"]
    is_child = bool(born) and age_at(born[0], now) < _OF_AGE
    return is_child and any(one.kind == "guardian" and one.target == person for one in told)


def _key(patient: str, reference: str) -> Key:
    return Key(patient, *reference.split("/"))


def _policy(drafts: Drafts, actor: Actor, facts: Facts) -> Json:
    """The rules that let a stand-in write, as the audit names them."""
    if actor.kind != "proxy":
        return {}
    grounds = decide(actor, facts, drafts.drafts[0].write.method).rule.split()
    return {"policy": [f"{BASE}/access-rule/{ground}" for ground in grounds]}


def _provenance(patient: str, person: str, actor: Actor, method: str) -> Json:
    """Return the Provenance, free of what is known under the lock alone: the versions and the time."""
    stand_in = _agent("author", {"reference": person}, {"reference": patient})
    writer = [] if actor.kind == "proxy" else [_enterer(actor)]
    return {
        "resourceType": "Provenance",
        "target": [],
        "recorded": "",
        "activity": {"coding": [{"system": _OPERATION, "code": method.upper()}]},
        "agent": [stand_in, *writer],
    }


def _enterer(actor: Actor) -> Json:
    """Who of care wrote it down, and for which unit."""
    unit = _named("Organization", actor.unit or actor.provider or "")
    if not actor.employee:
        return _agent("enterer", unit, {})
    return _agent("enterer", _named("PractitionerRole", actor.employee), unit)


def _agent(part: str, who: Json, on_behalf_of: Json) -> Json:
    agent = {"type": {"coding": [{"system": _PART, "code": part}]}, "who": who}
    return {**agent, "onBehalfOf": on_behalf_of} if on_behalf_of else agent


def _named(resource_type: str, hsa_id: str) -> Json:
    return {"type": resource_type, "identifier": {"system": HSA_ID, "value": hsa_id}}


def _add(drafts: Drafts, patient: str, told: Json, actor: Actor) -> None:
    is_patients = actor.kind == "proxy"
    owner = f"patient:{patient}" if is_patients else actor.provider or ""
    agent = told["agent"][0]
    people = [(_key(patient, agent[part]["reference"]), "") for part in ("who", "onBehalfOf")]
    written = [(draft.key, "up") for draft in drafts.drafts if draft.key.patient == patient]
    key = Key(patient, "Provenance", told["id"])
    draft = Draft(Write("create", "Provenance", told), key, told, references=(*written, *people))
    draft.placement = Placement(owner, None if is_patients else actor.unit, None, None, ())
    drafts.drafts.append(draft)
    drafts.added.add(key)


def pin_stand_in(drafts: Drafts, state: State, *, base_url: str, now: datetime) -> None:
    """Put the versions that the set comes to, and the time, into what the door has added to it."""
    for draft in drafts.drafts:
        if draft.key in drafts.added and draft.key.type == "Provenance" and draft.resource is not None:
            about = [key for key, binds in draft.references if binds == "up"]
            targets = [_version(key, state) for key in about if key not in state.unchanged]
            if not targets:
                state.needless.add(draft.key)
                continue
            told = [{"reference": target} for target in targets]
            draft.resource = {**draft.resource, "target": told, "recorded": instant(now)}
            draft.index = index_of(draft.resource, base_url=base_url)
            draft.fingerprint = fingerprint(draft)


def _version(key: Key, state: State) -> str:
    before = state.present.get(key)
    return f"{key.reference}/_history/{before.version + 1 if before else 1}"
