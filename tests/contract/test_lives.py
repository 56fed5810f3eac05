"""Events in a patient's life, and what they come to for access, contract and audit.

Source: https://hl7.org/fhir/R4/patient.html (identifier.use, deceased); PDL 2008:355 5 kap. 5 §.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import APP, MANDATE, NATIONELLT_RESERVNUMMER, PERSONNUMMER, RELATION
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.contract.wire import Api
from tests.rules.people import CLINIC, GP, PATIENT, WARD, World, staff, system, world
from tests.rules.standins import (
    GUARDIAN,
    a_permission,
    a_related_person,
    number_born,
    proxy_of,
    years_ago,
)
from tests.support.actors import ALL, TOLVAN
from tests.support.resources import a_contract, a_goal, a_patient

RESERVE = "19121212PV2A"
UNKNOWN = number_born(date(1955, 5, 5))


async def _post(api: Api, actor: Actor, path: str, body: dict[str, Any]) -> Any:
    async with api.of(actor) as client:
        return await client.post(path, json=body)


def _reserved() -> dict[str, Any]:
    patient = a_patient(TOLVAN)
    return {**patient, "identifier": [{"system": NATIONELLT_RESERVNUMMER, "value": RESERVE}]}


def _to(number: str) -> dict[str, Any]:
    return {"to": {"system": PERSONNUMMER, "value": number}}


async def _is_refused(here: World, actor: Actor, stored: Stored) -> str:
    with pytest.raises(Problem) as refusal:
        await here.records.read(actor, stored.type, stored.id)
    return refusal.value.kind


async def test_a_reserve_number_becomes_a_personnummer(records: Records, api: Api) -> None:
    here = await world(records, _reserved())
    note = await here.note(WARD)
    before = await here.sees(PATIENT, note)
    path = f"/patients/{here.patient.id}/identity-change"

    done = await _post(api, system(WARD), path, _to(TOLVAN))

    assert (done.status_code, done.json()["numbers"]) == (200, 2), done.text
    assert (before, await here.sees(PATIENT, note)) == (False, True)
    kept = (await records.read(system(WARD), "Patient", here.patient.id)).resource["identifier"]
    assert [(one["value"], one["use"]) for one in kept] == [(TOLVAN, "official"), (RESERVE, "old")]
    found = [
        await records.patient_by_identifier(system(WARD), *one)
        for one in ((PERSONNUMMER, TOLVAN), (NATIONELLT_RESERVNUMMER, RESERVE))
    ]
    assert found == [here.patient.id] * 2
    assert TOLVAN not in done.text


async def test_a_number_of_another_patient_is_not_given(records: Records, api: Api) -> None:
    here = await world(records, _reserved())
    await here.write(system(WARD), a_patient(TOLVAN))

    done = await _post(api, system(WARD), f"/patients/{here.patient.id}/identity-change", _to(TOLVAN))

    assert done.status_code == 409
    assert done.json()["type"].endswith("duplicate")


@pytest.mark.parametrize(("actor", "status"), [(system(GP), 404), (PATIENT, 403), (staff(CLINIC), 404)])
async def test_who_keeps_the_patient_changes_the_number(
    records: Records, api: Api, actor: Actor, status: int
) -> None:
    here = await world(records)

    done = await _post(api, actor, f"/patients/{here.patient.id}/identity-change", _to(UNKNOWN))

    assert done.status_code == status


async def test_a_guardian_with_a_new_number_stays_the_guardian(records: Records, api: Api) -> None:
    here = await world(records, a_patient(number_born(years_ago(9))))
    await here.write(system(WARD), a_related_person(here.patient.reference))
    guardian = await here.write(system(WARD), a_patient(GUARDIAN))
    note = await here.note(WARD)
    renamed = proxy_of(here.patient, UNKNOWN)
    before = await here.sees(renamed, note)

    await _post(api, system(WARD), f"/patients/{guardian.id}/identity-change", _to(UNKNOWN))

    assert (before, await here.sees(renamed, note)) == (False, True)
    (stands,) = await records.stands_in_for(replace(renamed, kind="patient", acting_for=None))
    assert stands.patient == here.patient.id


async def _dead(api: Api, here: World, on: str = "2026-03-20") -> Any:
    return await _post(api, system(WARD), f"/patients/{here.patient.id}/death", {"on": on})


async def test_at_death_the_access_of_patient_and_stand_ins_ends(records: Records, api: Api) -> None:
    here = await world(records)
    person = await here.write(system(WARD), a_related_person(here.patient.reference, (RELATION, "god-man")))
    scope = {"code": [{"coding": [{"system": MANDATE, "code": "person"}]}]}
    role = {"coding": [{"system": RELATION, "code": "god-man"}]}
    told = a_permission(here.patient.reference, person.reference, "mandate", role=role, provision=scope)
    await here.write(system(WARD), told)
    named = {"reference": {"identifier": {"system": APP, "value": "an-app"}}, "role": {"text": "App"}}
    await here.write(
        PATIENT, a_permission(here.patient.reference, "x", "app-access", provision={"actor": [named]})
    )
    app = Actor("app", "an-app", person=(PERSONNUMMER, TOLVAN), scopes=ALL)
    note = await here.note(WARD)
    people = (PATIENT, proxy_of(here.patient), app)
    before = [await here.sees(one, note) for one in people]

    done = await _dead(api, here)

    assert (done.status_code, done.json()["deceased"]) == (200, "2026-03-20"), done.text
    assert before == [True] * 3
    assert [await _is_refused(here, one, note) for one in people] == ["forbidden"] * 3
    assert await here.sees(system(WARD), note)
    with pytest.raises(Problem):
        await here.write(PATIENT, a_goal(here.patient.reference))


async def test_at_death_the_contract_its_team_and_times_ahead_end(records: Records, api: Api) -> None:
    here = await world(records)
    made = await _post(api, system(WARD), "/contracts", {"patient": {"personnummer": TOLVAN}})
    contract = made.json()["id"]
    time = {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2099-01-01T09:00:00+01:00",
        "end": "2099-01-01T10:00:00+01:00",
        "supportingInformation": [{"reference": f"CarePlan/{contract}"}],
        "participant": [{"actor": {"reference": here.patient.reference}, "status": "accepted"}],
    }
    booked = await here.write(system(WARD), time)

    done = await _dead(api, here)

    assert done.json()["contract"] == f"CarePlan/{contract}"
    assert done.json()["cancelled"] == [booked.reference]
    plan = await records.read(system(WARD), "CarePlan", contract)
    team = await records.read(system(WARD), "CareTeam", made.json()["team"][0]["reference"].partition("/")[2])
    assert (plan.resource["status"], team.resource["status"]) == ("completed", "inactive")
    assert (await records.read(system(WARD), "Appointment", booked.id)).resource["status"] == "cancelled"
    assert (await records.contract(system(WARD), contract)).revision == 3


async def test_the_contract_of_another_care_provider_is_left_to_it(records: Records, api: Api) -> None:
    here = await world(records)
    contract = await here.write(system(GP), a_contract(here.patient.reference))

    done = await _dead(api, here)

    assert (done.status_code, done.json()["contract"]) == (200, None)
    assert (await records.read(system(GP), "CarePlan", contract.id)).resource["status"] == "active"


async def test_a_death_is_noted_once_and_not_ahead(records: Records, api: Api) -> None:
    here = await world(records)

    ahead = await _dead(api, here, "2999-01-01")
    first = await _dead(api, here)
    again = await _dead(api, here)

    assert [one.status_code for one in (ahead, first, again)] == [422, 200, 409]


async def test_a_death_noted_by_mistake_is_taken_back_by_fhir(records: Records, api: Api) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await _dead(api, here)
    stored = (await records.read(system(WARD), "Patient", here.patient.id)).resource
    alive = {name: each for name, each in stored.items() if name != "deceasedDateTime"}

    await records.write(system(WARD), [Write("update", "Patient", alive, here.patient.id)])

    assert await here.sees(PATIENT, note)


OFFICER = replace(staff(WARD), roles=("label-officer",))


async def _shown(api: Api, actor: Actor, contract: str) -> tuple[Any, ...]:
    """What a contract tells a reader of who the patient is, and whether it still stands."""
    async with api.of(actor) as client:
        told = (await client.get(f"/contracts/{contract}")).json()
    return told["patient"]["name"], told["patient"]["protected"], told["status"], len(told["whatMatters"])


async def test_a_protected_identity_is_gained_and_lost_and_the_contract_stands(
    records: Records, api: Api
) -> None:
    here = await world(records, {**a_patient(TOLVAN), "name": [{"text": "Tolvan Tolvansson"}]})
    await here.relation(WARD)
    made = await _post(api, system(WARD), "/contracts", {"patient": {"personnummer": TOLVAN}})
    contract, path = made.json()["id"], f"/patients/{here.patient.id}/protected-identity"
    await _post(api, PATIENT, f"/contracts/{contract}/whatMatters", {"text": "Bo kvar"})
    readers = (system(CLINIC), system(WARD), PATIENT)
    marks = {"kinds": ["sekretessmarkering"]}

    before = [await _shown(api, each, contract) for each in readers]
    gained = await _post(api, system(WARD), path, marks)
    again = await _post(api, system(WARD), path, marks)
    meanwhile = [await _shown(api, each, contract) for each in readers]
    early = await _post(api, system(WARD), path, {"kinds": []})
    lost = await _post(api, OFFICER, path, {"kinds": []})
    after = [await _shown(api, each, contract) for each in readers]
    log = await records.access_log(PATIENT, since=None, until=None, limit=200)

    assert (gained.status_code, gained.json()["kinds"]) == (200, ["sekretessmarkering"]), gained.text
    assert again.json() == gained.json()
    assert before == after
    assert [each[:3] for each in before] == [("Tolvan Tolvansson", False, "active")] * 3
    assert [each[1:] for each in meanwhile] == [(True, *each[2:]) for each in before]
    assert meanwhile[0][0] != "Tolvan Tolvansson"
    assert [each[0] for each in meanwhile[1:]] == ["Tolvan Tolvansson"] * 2
    assert (early.status_code, lost.status_code, lost.json()["kinds"]) == (403, 200, [])
    assert {(each.row.interaction, each.row.outcome) for each in log.rows} >= {
        ("patch", "allowed"),
        ("patch", "refused"),
    }


async def test_what_else_is_said_of_the_patient_stays_when_the_identity_is_protected(
    records: Records, api: Api
) -> None:
    here = await world(records, a_patient(TOLVAN))
    stored = (await records.read(system(WARD), "Patient", here.patient.id)).resource
    labelled = {**stored, "meta": {**stored["meta"], "tag": [{"code": "t"}]}}
    await records.write(system(WARD), [Write("update", "Patient", labelled, here.patient.id)])

    both = {"kinds": ["sekretessmarkering", "skyddadFolkbokforing"]}
    told = await _post(api, system(WARD), f"/patients/{here.patient.id}/protected-identity", both)

    kept = (await records.read(PATIENT, "Patient", here.patient.id)).resource["meta"]
    assert told.json()["kinds"] == both["kinds"]
    assert kept["tag"] == [{"code": "t"}]
    assert [one["code"] for one in kept["security"]] == both["kinds"]


@pytest.mark.parametrize(("actor", "status"), [(system(GP), 404), (PATIENT, 403), (staff(CLINIC), 404)])
async def test_who_keeps_the_patient_says_that_the_identity_is_protected(
    records: Records, api: Api, actor: Actor, status: int
) -> None:
    here = await world(records)

    done = await _post(
        api, actor, f"/patients/{here.patient.id}/protected-identity", {"kinds": ["sekretessmarkering"]}
    )

    assert done.status_code == status
