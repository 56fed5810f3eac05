"""A reference tells nothing about what its writer does not see. Source: PDL 2008:355 4 kap. 1 §."""

from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.rules.people import CLINIC, GP, PATIENT, WARD, World, observation, staff, system, world
from tests.support.actors import TOLVAN
from tests.support.resources import a_goal, a_patient
from tests.support.tables import rows

HIDDEN = {
    "security": [{"system": "https://patientkontrakt.org/fhir/CodeSystem/pk-security", "code": "staff-only"}]
}


async def _answer(here: World, actor: Actor, write: Write) -> Any:
    with pytest.raises(Problem) as refused:
        await here.records.write(actor, [write])
    problem = refused.value
    return problem.kind, problem.detail, problem.issues


async def _order(here: World, id_: str) -> None:
    order = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": here.patient.reference},
    }
    await here.records.write(system(WARD), [Write("update", "ServiceRequest", order, id_)])


def _based_on(id_: str, **more: Any) -> dict[str, Any]:
    note = {n: v for n, v in observation("").items() if n != "subject"}
    return {**note, "basedOn": [{"reference": f"ServiceRequest/{id_}"}], **more}


async def test_absent_and_invisible_are_answered_alike(records: Records) -> None:
    here = await world(records)
    await _order(here, "order-1")

    for reader in (system(GP), staff(GP), staff(CLINIC)):
        there = await _answer(here, reader, Write("create", "Observation", _based_on("order-1")))
        absent = await _answer(here, reader, Write("create", "Observation", _based_on("order-2")))

        assert there == absent
        assert (there[0], there[2][0].code) == ("business-rule", "not-found")
        assert there[2][0].expression == "Observation.basedOn[0]"


async def test_who_sees_it_may_refer_to_it_and_is_placed_by_it(records: Records) -> None:
    here = await world(records)
    await _order(here, "order-1")

    (note,) = await records.write(system(WARD), [Write("create", "Observation", _based_on("order-1"))])

    assert note.key.patient == here.patient.key.patient


async def test_what_stands_in_a_resource_may_stay(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD, meta=HIDDEN)
    goal = {**a_goal(here.patient.reference), "addresses": [{"reference": here.patient.reference}]}
    del goal["addresses"]
    goal["outcomeReference"] = [{"reference": note.reference}]
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "plan",
        "for": {"reference": here.patient.reference},
        "owner": {"reference": here.patient.reference},
        "focus": {"reference": note.reference},
    }
    asked = await here.write(system(WARD), task)
    read = await records.read(PATIENT, "Task", asked.id)

    (done,) = await records.write(
        PATIENT, [Write("update", "Task", {**read.resource, "status": "accepted"}, asked.id)]
    )

    assert done.version == 2
    with pytest.raises(Problem) as refused:
        await records.write(PATIENT, [Write("create", "Goal", goal)])
    assert refused.value.kind == "business-rule"


async def test_the_references_of_what_is_not_seen_are_not_told(records: Records) -> None:
    here = await world(records)
    await _order(here, "order-1")
    note = await here.note(WARD, basedOn=[{"reference": "ServiceRequest/order-1"}])
    write = [
        Write(
            "update",
            "Observation",
            _based_on(one, id=note.id, subject={"reference": here.patient.reference}),
            note.id,
        )
        for one in ("order-1", "order-2")
    ]

    assert await _answer(here, system(GP), write[0]) == await _answer(here, system(GP), write[1])


async def test_whoever_is_told_that_a_number_is_known_stands_in_the_patients_log(
    records: Records, database_url: str
) -> None:
    here = await world(records)
    write = Write("create", "Patient", a_patient(TOLVAN))

    kind, detail, _ = await _answer(here, system(GP), write)

    noted = [r for r in await rows(database_url, "audit") if r["rule"] == "duplicate"]
    assert kind == "duplicate"
    assert here.patient.id not in detail
    assert [(r["patient_key"], r["outcome"]) for r in noted] == [(here.patient.key.patient, "refused")]
