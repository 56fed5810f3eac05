"""Who stands in for a patient is said of what is written: a Provenance in the same commit.

Source: föräldrabalk 6 kap. 11 § and 12 kap. 2 §; https://hl7.org/fhir/R4/provenance.html (agent.onBehalfOf).
"""

from dataclasses import replace
from typing import Any

import pytest

from pk_api.fhir.problems import Problem
from pk_api.fhir.references import at_path
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import MANDATE, RELATION, ROLE_CODE
from pk_api.records.records import Records
from pk_api.records.values import Idempotency, Stored, Write
from tests.rules.people import GP, PATIENT, WARD, World, staff, system, world
from tests.rules.standins import a_permission, a_related_person, number_born, proxy_of, years_ago
from tests.support import tables
from tests.support.resources import a_contract, a_goal, a_patient

SPOUSE = (ROLE_CODE, "SPS")


async def _family(records: Records, age: int = 9) -> tuple[World, Stored]:
    """A child of this age, with a guardian whom the ward has registered."""
    here = await world(records, a_patient(number_born(years_ago(age))))
    return here, await here.write(system(WARD), a_related_person(here.patient.reference))


async def _provenances(here: World) -> list[dict[str, Any]]:
    """What the ward's system finds of whoever stood in for the patient, the first first."""
    query = parse_query("Provenance", [("_sort", "recorded")], lenient=False)
    return [one.resource for one in (await here.records.search(system(WARD), query)).items]


async def _kept(database_url: str) -> list[dict[str, Any]]:
    return await tables.select(database_url, "SELECT * FROM current WHERE type = 'Provenance'")


async def _read(here: World, row: dict[str, Any]) -> dict[str, Any]:
    return (await here.records.read(proxy_of(here.patient), "Provenance", row["id"])).resource


async def test_what_a_guardian_writes_names_the_guardian_and_the_child(
    records: Records, database_url: str
) -> None:
    here, person = await _family(records)

    goal = await here.write(proxy_of(here.patient), a_goal(here.patient.reference))

    (row,) = await _kept(database_url)
    told = await _read(here, row)
    assert told["target"] == [{"reference": f"{goal.reference}/_history/1"}]
    assert told["agent"][0]["who"] == {"reference": person.reference}
    assert told["agent"][0]["onBehalfOf"] == {"reference": here.patient.reference}
    assert told["policy"] == ["https://patientkontrakt.org/fhir/access-rule/guardian"]
    assert told["activity"]["coding"][0]["code"] == "CREATE"
    assert row["owner"] == f"patient:{here.patient.key.patient}"


async def test_a_set_of_writes_has_one_provenance_of_the_versions_that_it_makes(
    records: Records, database_url: str
) -> None:
    here, _ = await _family(records)
    guardian = proxy_of(here.patient)
    goal = await here.write(guardian, a_goal(here.patient.reference))
    changed = {**goal.resource, "description": {"text": "Simma"}}

    written = await records.write(
        guardian,
        [
            Write("update", "Goal", changed, goal.id),
            Write("create", "Goal", a_goal(here.patient.reference)),
        ],
    )

    told = [await _read(here, row) for row in await _kept(database_url)]
    named = {tuple(sorted(at_path(one, "target"))) for one in told}
    assert [one.key.type for one in written] == ["Goal", "Goal"]
    assert named == {
        (f"{goal.reference}/_history/1",),
        tuple(sorted((f"{goal.reference}/_history/2", f"{written[1].reference}/_history/1"))),
    }


async def test_what_a_stand_in_may_not_write_leaves_no_provenance(
    records: Records, database_url: str
) -> None:
    here, _ = await _family(records)
    note = await here.note(WARD)

    with pytest.raises(Problem):
        await records.write(proxy_of(here.patient), [Write("update", "Observation", note.resource, note.id)])

    assert await _kept(database_url) == []


async def test_nobody_else_leaves_one(records: Records, database_url: str) -> None:
    here = await world(records)

    await here.write(PATIENT, a_goal(here.patient.reference))
    await here.note(WARD)

    assert await _kept(database_url) == []


async def test_a_relative_who_answers_is_named_too(records: Records, database_url: str) -> None:
    here = await world(records)
    person = await here.write(system(WARD), a_related_person(here.patient.reference, SPOUSE))
    consent = a_permission(here.patient.reference, person.reference, "relative-access")
    await here.write(PATIENT, consent)
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "owner": {"reference": person.reference},
        "for": {"reference": here.patient.reference},
    }
    asked = await here.write(system(WARD), task)
    answer = Write("update", "Task", {**asked.resource, "status": "accepted"}, asked.id)

    (done,) = await records.write(proxy_of(here.patient), [answer])

    (row,) = await _kept(database_url)
    told = (await records.read(PATIENT, "Provenance", row["id"])).resource
    assert told["target"] == [{"reference": f"{done.reference}/_history/2"}]
    assert told["agent"][0]["who"] == {"reference": person.reference}


async def test_a_replay_gives_what_was_asked_for_and_writes_no_second_one(
    records: Records, database_url: str
) -> None:
    here, _ = await _family(records)
    guardian, key = proxy_of(here.patient), Idempotency("key", "hash")
    write = Write("create", "Goal", a_goal(here.patient.reference))

    first = await records.write(guardian, [write], idempotency=key)
    again = await records.write(guardian, [write], idempotency=key)

    assert [one.reference for one in again] == [one.reference for one in first]
    assert len(await _kept(database_url)) == 1


async def test_what_it_tells_of_may_still_be_deleted(records: Records) -> None:
    here, _ = await _family(records)
    guardian = proxy_of(here.patient)
    goal = await here.write(guardian, a_goal(here.patient.reference))

    (gone,) = await records.write(guardian, [Write("delete", "Goal", id=goal.id)])

    assert gone.deleted


async def test_it_belongs_to_the_contract_of_what_it_tells_of(records: Records) -> None:
    here, _ = await _family(records)
    contract = await here.write(system(WARD), a_contract(here.patient.reference))
    await here.relation(WARD)
    words = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "plan",
        "basedOn": [{"reference": contract.reference}],
        "for": {"reference": here.patient.reference},
    }

    task = await here.write(proxy_of(here.patient), words)

    rows = await records.contract(system(WARD), contract.id)
    (told,) = [one.resource for one in rows.members if one.key.type == "Provenance"]
    assert list(at_path(told, "target")) == [f"{task.reference}/_history/1"]
    assert task.contracts == ((contract.id, rows.revision),)


@pytest.mark.parametrize("who", ["guardian", "mandate"])
async def test_staff_state_who_said_it_in_person(records: Records, who: str) -> None:
    here = await world(records, a_patient(number_born(years_ago(9 if who == "guardian" else 40))))
    if who == "guardian":
        person = await here.write(system(WARD), a_related_person(here.patient.reference))
    else:
        person = await _god_man(here)
    await here.relation(WARD)
    nurse = replace(staff(WARD), told_by=person.reference)

    goal = await here.write(nurse, a_goal(here.patient.reference))

    (told,) = await _provenances(here)
    stand_in, enterer = told["agent"]
    assert told["target"] == [{"reference": f"{goal.reference}/_history/1"}]
    assert stand_in["who"] == {"reference": person.reference}
    assert stand_in["onBehalfOf"] == {"reference": here.patient.reference}
    assert enterer["who"]["identifier"]["value"] == f"{WARD}-E"
    assert enterer["onBehalfOf"]["identifier"]["value"] == WARD


async def _god_man(here: World) -> Stored:
    person = await here.write(system(WARD), a_related_person(here.patient.reference, (RELATION, "god-man")))
    scope = {"code": [{"coding": [{"system": MANDATE, "code": "person"}]}]}
    role = {"coding": [{"system": RELATION, "code": "god-man"}]}
    told = a_permission(here.patient.reference, person.reference, "mandate", role=role, provision=scope)
    await here.write(system(WARD), told)
    return person


@pytest.mark.parametrize(
    "who", ["a relative", "one who is grown up", "nobody", "of another patient", "unseen"]
)
async def test_staff_name_nobody_who_does_not_stand_in(records: Records, who: str) -> None:
    here, person = await _family(records, 18 if who == "one who is grown up" else 9)
    await here.relation(WARD)
    named, unit = person.reference, WARD
    if who == "a relative":
        named = (await here.write(system(WARD), a_related_person(here.patient.reference, SPOUSE))).reference
    elif who == "nobody":
        named = "RelatedPerson/nobody"
    elif who == "of another patient":
        other = await here.write(system(WARD), a_patient(number_born(years_ago(8))))
        named = (await here.write(system(WARD), a_related_person(other.reference))).reference
    elif who == "unseen":
        unit = GP
        await here.relation(GP)

    with pytest.raises(Problem) as refusal:
        await here.write(replace(staff(unit), told_by=named), a_goal(here.patient.reference))

    assert refusal.value.kind == "business-rule"
