"""In whose name care writes: its own, the patient's, a relative's; no other provider's. On both databases."""

import json
from dataclasses import replace
from typing import Any

import pytest

from pk_api.fhir.authors import AUTHORS
from pk_api.fhir.problems import Problem
from pk_api.fhir.structures import structure
from pk_api.fhir.systems import EXT_ACTING_AS, EXT_GOAL_ACCEPTANCE, HSA_ID, PERSONNUMMER
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.interactions.test_patch_types import SMALLEST, WRITABLE
from tests.rules.people import HOME_CARE, NURSING, TOWN, organisation, staff, system
from tests.support.actors import ALL, HOSPITAL, PATIENT, PRIMARY, SYSTEM_HOSPITAL, SYSTEM_PRIMARY, TOLVAN
from tests.support.resources import Opened, a_goal, a_patient, a_task, opened

Resource = dict[str, Any]
BESIDE: dict[str, Resource] = {
    "note": {"text": "Ord"},
    "progress": {"text": "Ord"},
    "attester": {"mode": "legal"},
    "section": {"text": {"status": "empty", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}},
    "signature": {
        "type": [{"system": "urn:x", "code": "c"}],
        "when": "2026-03-02T12:00:00Z",
        "who": {"display": "Anna"},
    },
    "input": {"type": {"text": "Ord"}},
    "output": {"type": {"text": "Ord"}},
    "valueAnnotation": {"text": "Ord"},
    "valueSignature": {
        "type": [{"system": "urn:x", "code": "c"}],
        "when": "2026-03-02T12:00:00Z",
        "who": {"display": "Anna"},
    },
}
"""What must stand beside the one who says it."""

WRITTEN = [f"{kind}.{path}" for kind, paths in AUTHORS.items() for path in paths if kind in WRITABLE]


def _ref(reference: str) -> dict[str, str]:
    return {"reference": reference}


def _put(holder: Resource, structure_of: str, names: list[str], value: Resource) -> None:
    """Put a value where a path leads, lists and what must stand beside it included."""
    element = next(e for e in structure(structure_of).elements.values() if names[0] in e.alternatives)
    if len(names) == 1:
        holder[names[0]] = [value] if element.is_array else value
        return
    inner = dict(BESIDE.get(names[0], {}))
    _put(inner, element.alternatives[names[0]].type, names[1:], value)
    holder[names[0]] = [inner] if element.is_array else inner


def _targets(place: str) -> frozenset[str]:
    """Return the types that an element may lead to."""
    name, *names = place.split(".")
    for at, one in enumerate(names, 1):
        found = next(e for e in structure(name).elements.values() if one in e.alternatives).alternatives[one]
        if at == len(names):
            return found.targets
        name = found.type
    return frozenset()


def _saying(place: str, whose: Resource, contract: Opened) -> Resource:
    kind, _, path = place.partition(".")
    patient = _ref(contract.patient.reference)
    ours = contract.organisations[PRIMARY]
    smallest = json.dumps(SMALLEST.get(kind, {})).replace("Practitioner/x", ours)
    resource = {"resourceType": kind} | json.loads(smallest)
    resource |= {name: patient for name in ("subject", "patient") if name in resource}
    if kind in {"Task", "CarePlan", "ServiceRequest"}:
        resource["basedOn"] = [_ref(contract.plan.reference)]
    if kind == "Provenance":
        resource["target"] = [_ref(contract.plan.reference)]
    if path == "agent.onBehalfOf":
        resource["agent"] = [{"who": _ref(ours), "onBehalfOf": whose}]
        return resource
    _put(resource, kind, path.split("."), whose)
    return resource


async def _refused(records: Records, actor: Any, resource: Resource, method: Any = "create") -> Problem:
    with pytest.raises(Problem) as refusal:
        await records.write(actor, [Write(method, resource["resourceType"], resource, id=resource.get("id"))])
    return refusal.value


async def _two_in_a_team(records: Records) -> tuple[Opened, Stored, Stored]:
    """A contract of two care providers, and somebody at the hospital: the role, and the person."""
    contract = await opened(records, team=[HOSPITAL, PRIMARY])
    person, role = await records.write(
        SYSTEM_HOSPITAL,
        [
            Write("create", "Practitioner", {"resourceType": "Practitioner"}, temp="urn:uuid:n"),
            Write(
                "create",
                "PractitionerRole",
                {
                    "resourceType": "PractitionerRole",
                    "practitioner": _ref("urn:uuid:n"),
                    "organization": _ref(contract.organisations[HOSPITAL]),
                    "identifier": [{"system": HSA_ID, "value": f"{HOSPITAL}-N"}],
                },
            ),
        ],
    )
    return contract, role, person


async def test_no_element_of_any_type_says_something_in_another_care_providers_name(records: Records) -> None:
    contract, role, person = await _two_in_a_team(records)
    another = {
        "PractitionerRole": role.reference,
        "Practitioner": person.reference,
        "Organization": contract.organisations[HOSPITAL],
    }
    visit = {"resourceType": "Appointment", "status": "proposed"}
    visit |= {"participant": [{"status": "accepted", "actor": _ref(contract.patient.reference)}]}
    (visit_stored,) = await records.write(SYSTEM_PRIMARY, [Write("create", "Appointment", visit)])
    told = {}
    for place in WRITTEN:
        named = next(another[one] for one in another if one in _targets(place))
        resource = _saying(place, _ref(named), contract)
        if "appointment" in resource:
            resource["appointment"] = _ref(visit_stored.reference)
        problem = await _refused(records, SYSTEM_PRIMARY, resource)
        told[place] = (problem.kind, problem.issues[0].expression if problem.issues else problem.detail)

    assert told == {place: ("forbidden", place) for place in WRITTEN}


@pytest.mark.parametrize("way", ["role", "organisation", "person", "number", "address", "contained", "team"])
async def test_whichever_way_another_is_named_it_is_refused(records: Records, way: str) -> None:
    contract, role, person = await _two_in_a_team(records)
    team = {"resourceType": "CareTeam", "participant": [{"member": _ref(role.reference)}]}
    (own,) = await records.write(
        SYSTEM_HOSPITAL, [Write("create", "CareTeam", team | {"subject": _ref(contract.patient.reference)})]
    )
    number = {"identifier": {"system": HSA_ID, "value": f"{HOSPITAL}-N"}}
    named: dict[str, Resource] = {
        "role": _ref(role.reference),
        "organisation": _ref(contract.organisations[HOSPITAL]),
        "person": _ref(person.reference),
        "number": number,
        "address": _ref(f"http://127.0.0.1:8000/fhir/{role.reference}"),
        "contained": _ref("#me"),
        "team": _ref(own.reference),
    }
    plan = _saying("CarePlan.author", named[way], contract)
    if way == "contained":
        plan["contained"] = [
            {"resourceType": "PractitionerRole", "id": "me", "organization": named["organisation"]}
        ]

    assert (await _refused(records, SYSTEM_PRIMARY, plan)).kind in {"forbidden", "business-rule"}
    assert (await records.write(SYSTEM_HOSPITAL, [Write("create", "CarePlan", plan)]))[0].version == 1


@pytest.mark.parametrize("value", [r"a|b,c$d\e", "a\nb", " ", "|", "1" * 300])
async def test_an_identifier_of_any_text_is_nobodys_until_somebody_bears_it(
    records: Records, value: str
) -> None:
    contract, *_ = await _two_in_a_team(records)
    number = {"system": "http://example.org/a|b", "value": value}
    plan = _saying("CarePlan.author", {"identifier": number}, contract)
    registered = {"resourceType": "Organization", "name": "Elsewhere", "identifier": [number]}

    (stored,) = await records.write(SYSTEM_PRIMARY, [Write("create", "CarePlan", plan)])
    await records.write(SYSTEM_HOSPITAL, [Write("create", "Organization", registered)])

    assert stored.version == 1
    if value.strip() and "\n" not in value:
        assert (await _refused(records, SYSTEM_PRIMARY, plan)).kind == "forbidden"


async def test_what_another_has_said_stays_when_a_party_changes_the_rest(records: Records) -> None:
    contract, role, person = await _two_in_a_team(records)
    task = a_task(contract) | {"requester": _ref(role.reference)}
    (asked,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Task", task)])
    changed = {**asked.resource, "priority": "urgent"}
    taken = {**asked.resource, "note": [{"text": "Klart", "authorReference": _ref(person.reference)}]}

    refusal = await _refused(records, SYSTEM_PRIMARY, taken, "update")
    (kept,) = await records.write(SYSTEM_PRIMARY, [Write("update", "Task", changed, id=asked.id)])

    assert (refusal.kind, refusal.issues[0].expression) == ("forbidden", "Task.note.authorReference")
    assert kept.resource["requester"] == _ref(role.reference)


async def test_what_another_has_said_is_neither_changed_nor_taken_away(records: Records) -> None:
    contract, _, person = await _two_in_a_team(records)
    note = {"text": "Ont i knäet", "authorReference": _ref(person.reference)}
    task = a_task(contract) | {"note": [note], "requester": _ref(contract.organisations[HOSPITAL])}
    (stored,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Task", task)])
    ours = _ref(contract.organisations[PRIMARY])

    for changed, path in (
        ({"note": [note | {"text": "Inget ont"}]}, "Task.note.authorReference"),
        ({"note": [note, note]}, "Task.note.authorReference"),
        ({"note": []}, "Task.note.authorReference"),
        ({"note": [note | {"authorReference": ours}]}, "Task.note.authorReference"),
        ({"requester": ours}, "Task.requester"),
    ):
        after = {k: v for k, v in (stored.resource | changed).items() if v}
        refusal = await _refused(records, SYSTEM_PRIMARY, after, "update")
        assert (refusal.kind, refusal.issues[0].expression) == ("forbidden", path), changed
    more = {"text": "Sågs igen", "authorReference": ours}
    (kept,) = await records.write(
        SYSTEM_PRIMARY,
        [Write("update", "Task", stored.resource | {"note": [note, more]}, id=stored.id)],
    )
    assert kept.resource["note"] == [note, more]


async def test_nobody_agrees_to_a_goal_for_another_care_provider(records: Records) -> None:
    contract, role, person = await _two_in_a_team(records)
    individual = {
        **_ref(person.reference),
        "extension": [{"url": EXT_ACTING_AS, "valueReference": _ref(role.reference)}],
    }
    parts = [
        {"url": "individual", "valueReference": individual},
        {"url": "status", "valueCode": "agree"},
    ]
    goal = a_goal(contract.patient.reference) | {
        "extension": [{"url": EXT_GOAL_ACCEPTANCE, "extension": parts}]
    }

    assert (await _refused(records, SYSTEM_PRIMARY, goal)).issues[0].expression == "Goal.extension"
    assert (await records.write(SYSTEM_HOSPITAL, [Write("create", "Goal", goal)]))[0].version == 1


async def test_a_system_writes_for_all_units_of_its_provider_and_staff_for_their_activity(
    records: Records,
) -> None:
    contract = await opened(records, team=[HOSPITAL])
    town = replace(system(NURSING), unit=None)
    top = Write("create", "Organization", organisation(TOWN), temp="urn:uuid:t")
    below = [
        Write("create", "Organization", organisation(NURSING, "vardgivare", "urn:uuid:t")),
        Write("create", "Organization", organisation(HOME_CARE, "omsorgsgivare", "urn:uuid:t")),
    ]
    nursing, home_care = (await records.write(town, [top, *below]))[1:]
    goal = a_goal(contract.patient.reference)
    note = goal | {"note": [{"text": "Sagt", "authorReference": _ref(nursing.reference)}]}

    refusal = await _refused(records, staff(HOME_CARE), note)
    by_system = await records.write(system(HOME_CARE), [Write("create", "Goal", note)])
    by_nurse = await records.write(staff(NURSING), [Write("create", "Goal", note)])

    assert home_care.version == 1
    assert refusal.issues[0].expression == "Goal.note.authorReference"
    assert (by_system[0].version, by_nurse[0].version) == (1, 1)


async def test_a_person_who_works_in_both_places_is_named_by_both(records: Records) -> None:
    contract, _, person = await _two_in_a_team(records)
    here = {
        "resourceType": "PractitionerRole",
        "practitioner": _ref(person.reference),
        "organization": _ref(contract.organisations[PRIMARY]),
    }
    goal = a_goal(contract.patient.reference) | {
        "note": [{"text": "Sagt", "authorReference": _ref(person.reference)}]
    }

    refusal = await _refused(records, SYSTEM_PRIMARY, goal)
    await records.write(SYSTEM_PRIMARY, [Write("create", "PractitionerRole", here)])
    (written,) = await records.write(SYSTEM_PRIMARY, [Write("create", "Goal", goal)])

    assert (refusal.kind, written.version) == ("forbidden", 1)


async def test_one_without_an_hsa_id_is_whose_who_registered_it(records: Records) -> None:
    contract, _, _ = await _two_in_a_team(records)
    actor = replace(SYSTEM_PRIMARY, scopes=ALL)
    (ours,) = await records.write(
        actor, [Write("create", "Organization", {"resourceType": "Organization", "name": "Vi"})]
    )
    goal = a_goal(contract.patient.reference) | {
        "note": [{"text": "Sagt", "authorReference": _ref(ours.reference)}]
    }

    assert (await _refused(records, SYSTEM_HOSPITAL, goal)).issues[
        0
    ].expression == "Goal.note.authorReference"
    assert (await records.write(actor, [Write("create", "Goal", goal)]))[0].version == 1


async def test_a_patient_lets_care_agree_or_sign_nothing(records: Records) -> None:
    contract, role, person = await _two_in_a_team(records)
    individual = {
        **_ref(person.reference),
        "extension": [{"url": EXT_ACTING_AS, "valueReference": _ref(role.reference)}],
    }
    parts = [{"url": "individual", "valueReference": individual}, {"url": "status", "valueCode": "agree"}]
    patient = contract.patient.reference
    goal = a_goal(patient) | {"extension": [{"url": EXT_GOAL_ACCEPTANCE, "extension": parts}]}
    signed = {"text": "Klart", "authorReference": _ref(person.reference)}
    task = a_task(contract) | {"output": [{"type": {"text": "Svar"}, "valueAnnotation": signed}]}

    assert (await _refused(records, PATIENT, goal)).issues[0].expression == "Goal.extension"
    path = (await _refused(records, PATIENT, task)).issues[0].expression
    assert path == "Task.output.valueAnnotation.authorReference"
    number = {"system": PERSONNUMMER, "value": TOLVAN}
    own = a_goal(patient) | {"expressedBy": {"reference": patient, "identifier": number}}
    assert (await records.write(PATIENT, [Write("create", "Goal", own)]))[0].version == 1


async def test_a_version_of_another_is_that_other(records: Records) -> None:
    contract, role, _ = await _two_in_a_team(records)
    plan = _saying("CarePlan.author", _ref(f"{role.reference}/_history/1"), contract)

    assert (await _refused(records, SYSTEM_PRIMARY, plan)).issues[0].expression == "CarePlan.author"


async def test_a_role_made_in_the_same_set_is_whose_its_organisation_is(records: Records) -> None:
    contract, _, _ = await _two_in_a_team(records)
    role = {"resourceType": "PractitionerRole", "organization": _ref(contract.organisations[HOSPITAL])}
    plan = _saying("CarePlan.author", _ref("urn:uuid:r"), contract)
    writes = [Write("create", "PractitionerRole", role, temp="urn:uuid:r"), Write("create", "CarePlan", plan)]

    with pytest.raises(Problem) as refusal:
        await records.write(SYSTEM_PRIMARY, writes)

    assert refusal.value.kind == "forbidden"


async def test_no_other_patient_speaks_in_a_patients_record(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    (other,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient("195009072553"))])
    around = {"resourceType": "RelatedPerson", "patient": _ref(other.reference)}
    (relative,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "RelatedPerson", around)])

    for stranger in (other, relative):
        goal = a_goal(contract.patient.reference) | {"expressedBy": _ref(stranger.reference)}
        assert (await _refused(records, SYSTEM_HOSPITAL, goal)).issues[0].expression == "Goal.expressedBy"
