"""Ids of the form that the service gives, sent by a client: as when data move from one service to another."""

import asyncio

from tests.support.invariants import broken
from tests.support.resources import a_contract, a_goal, a_patient
from tests.support.service import TOLVAN, Service, as_fhir, put

KEY = "c3hkvqd2m7wz5n6x4y3t2r7qab"


async def test_a_patient_moves_in_under_its_own_key(service: Service) -> None:
    patient = await put(service.http, a_patient(TOLVAN) | {"id": KEY})
    goal = await put(service.http, a_goal(f"Patient/{KEY}") | {"id": f"{KEY}-abcdefghijklm"})
    plan = await put(service.http, a_contract(f"Patient/{KEY}") | {"id": f"{KEY}-bbcdefghijklm"})

    assert [a.status_code for a in (patient, goal, plan)] == [201, 201, 201]
    assert await broken(service.database_url) == []


async def test_writers_about_a_patient_who_moved_in_wait_for_each_other(service: Service) -> None:
    goal = a_goal(f"Patient/{KEY}") | {"id": f"{KEY}-abcdefghijklm"}
    await put(service.http, a_patient(TOLVAN) | {"id": KEY})

    made = await asyncio.gather(*(put(service.http, goal) for _ in range(30)))
    plans = await asyncio.gather(
        *(
            service.http.post("/fhir/CarePlan", json=a_contract(f"Patient/{KEY}"), headers=as_fhir())
            for _ in range(30)
        )
    )

    assert sorted(a.status_code for a in made) == [200] * 29 + [201]
    assert sorted(a.status_code for a in plans) == [201] + [409] * 29
    assert await broken(service.database_url) == []


async def test_many_who_choose_the_same_new_id_make_versions_of_one(service: Service) -> None:
    await put(service.http, a_patient(TOLVAN) | {"id": "tolvan"})
    goal = a_goal("Patient/tolvan") | {"id": "mine"}

    made = await asyncio.gather(*(put(service.http, goal) for _ in range(30)))
    practitioner = {"resourceType": "Practitioner", "id": "somebody"}
    shared = await asyncio.gather(*(put(service.http, practitioner) for _ in range(30)))

    assert sorted(a.status_code for a in made) == [200] * 29 + [201]
    assert sorted(a.status_code for a in shared) == [200] * 29 + [201]
    assert await broken(service.database_url) == []


async def test_the_key_in_an_id_is_the_patient_whom_it_is_about(service: Service) -> None:
    await put(service.http, a_patient(TOLVAN) | {"id": KEY})

    answer = await put(service.http, a_goal(f"Patient/{KEY}") | {"id": f"{'b' * 26}-abcdefghijklm"})

    assert answer.status_code == 422
    assert await broken(service.database_url) == []
