"""What a contract holds, and when its revision rises: only for what is its patient's, only for a change."""

from typing import Any

import pytest

from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import EXT_CONTRACT
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.support.actors import HOSPITAL, OTHER_PATIENT, PRIMARY, SYSTEM_HOSPITAL, SYSTEM_PRIMARY
from tests.support.invariants import broken
from tests.support.resources import Opened, a_contract, a_goal, a_patient, a_task, an_organization, opened
from tests.support.tables import rows, stored

OTHER = "195009072553"


async def _two(records: Records) -> tuple[Opened, Opened]:
    return await opened(records, team=[HOSPITAL]), await opened(records, team=[HOSPITAL], number=OTHER)


async def _refused(records: Records, actor: Any, *writes: Write, **more: Any) -> Problem:
    with pytest.raises(Problem) as refusal:
        await records.write(actor, writes, **more)
    return refusal.value


async def test_what_is_about_one_patient_is_not_tied_to_the_contract_of_another(
    records: Records, database_url: str
) -> None:
    one, other = await _two(records)
    before = await stored(database_url)
    both = [{"reference": each.plan.reference} for each in (one, other)]
    plan = dict(one.plan.resource)
    goal = (await records.write(SYSTEM_HOSPITAL, [Write("create", "Goal", a_goal(other.patient.reference))]))[
        0
    ]
    wrong = [
        Write("create", "Task", a_task(one) | {"basedOn": both[1:]}),
        Write("create", "Task", a_task(one) | {"basedOn": both}),
        Write("update", "CarePlan", plan | {"goal": [{"reference": goal.reference}]}, one.plan.id),
    ]

    problems = [await _refused(records, SYSTEM_HOSPITAL, write) for write in wrong]

    assert [p.kind for p in problems] == ["business-rule"] * 3
    assert problems[0].issues[0].expression == "Task.basedOn[0]"
    assert (await stored(database_url))["contract"] == before["contract"]
    assert await broken(database_url) == []


async def test_nobody_learns_of_a_contract_by_tying_the_own_record_to_it(records: Records) -> None:
    one, other = await _two(records)
    tied = {"url": EXT_CONTRACT, "valueReference": {"reference": one.plan.reference}}
    goal = a_goal(other.patient.reference) | {"extension": [tied]}

    problem = await _refused(records, OTHER_PATIENT, Write("create", "Goal", goal))

    assert (problem.kind, problem.issues[0].code) == ("business-rule", "not-found")


async def test_deleting_what_is_deleted_raises_no_revision(records: Records, database_url: str) -> None:
    contract = await opened(records, team=[HOSPITAL])
    (task,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Task", a_task(contract))])
    (deleted,) = await records.write(SYSTEM_HOSPITAL, [Write("delete", "Task", None, task.id)])

    (again,) = await records.write(SYSTEM_HOSPITAL, [Write("delete", "Task", None, task.id)])

    assert again.version == deleted.version
    (row,) = await rows(database_url, "contract")
    assert row["revision"] == deleted.contracts[0][1]
    assert await broken(database_url) == []


async def test_a_contract_stays_a_contract(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    plan = {name: value for name, value in contract.plan.resource.items() if name != "category"}

    problem = await _refused(records, SYSTEM_HOSPITAL, Write("update", "CarePlan", plan, contract.plan.id))

    assert problem.kind == "business-rule"


async def test_to_know_an_id_is_not_to_know_the_patient(records: Records) -> None:
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(OTHER))])
    await records.write(SYSTEM_PRIMARY, [Write("create", "Organization", an_organization(PRIMARY))])
    plan = Write("create", "CarePlan", a_contract(patient.reference))

    problem = await _refused(records, SYSTEM_PRIMARY, plan)
    (opened_,) = await records.write(SYSTEM_PRIMARY, [plan], identified=frozenset({patient.id}))

    assert problem.kind == "forbidden"
    assert opened_.version == 1


async def test_a_patient_cannot_be_drawn_into_a_contract_of_ones_own_by_its_id(records: Records) -> None:
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(OTHER))])
    plan = a_contract(patient.reference) | {"category": [{"text": "Vårdplan"}]}
    (made,) = await records.write(SYSTEM_PRIMARY, [Write("create", "CarePlan", plan)])

    problem = await _refused(
        records,
        SYSTEM_PRIMARY,
        Write("update", "CarePlan", made.resource | a_contract(patient.reference), made.id),
    )

    assert problem.kind == "forbidden"


async def test_a_refused_creation_is_on_record_with_the_patient_it_was_about(
    records: Records, database_url: str
) -> None:
    contract = await opened(records, team=[HOSPITAL])

    await _refused(records, SYSTEM_PRIMARY, Write("create", "Task", a_task(contract)))

    refused = [row for row in await rows(database_url, "audit") if row["outcome"] == "refused"]
    assert [row["patient_key"] for row in refused] == [contract.patient.key.patient]


async def test_what_stands_in_the_way_of_a_deletion_is_not_named(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])

    problem = await _refused(records, SYSTEM_HOSPITAL, Write("delete", "Patient", None, contract.patient.id))

    assert problem.kind == "conflict"
    assert "CarePlan" not in problem.detail
