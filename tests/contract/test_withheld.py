"""What each reader may learn of what is not shown: care, the patient, and those who stand in for one.

Sources: OSL 2009:400 12 kap. 3 § and 25 kap. 6 §; PDL 2008:355 5 kap. 5 §.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.systems import MANDATE, RELATION
from pk_api.records.records import Records
from pk_api.records.values import Stored
from tests.contract.wire import Api
from tests.rules.people import CLINIC, PATIENT, WARD, World, labelled, staff, system, world
from tests.rules.standins import a_permission, a_related_person, number_born, proxy_of, years_ago
from tests.support.resources import a_contract, a_patient

NOTHING = {"blockedInformationExists": False, "hiddenInformationExists": False}


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What is told of a contract is the same on either database."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


async def _contract(here: World) -> Stored:
    return await here.write(system(WARD), a_contract(here.patient.reference))


async def _add(here: World, contract: Stored, code: str | None, *, unit: str = WARD) -> Stored:
    meta = {"meta": labelled(code, here.at[WARD])} if code else {}
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "plan",
        "basedOn": [{"reference": contract.reference}],
        "for": {"reference": here.patient.reference},
        **meta,
    }
    return await here.write(system(unit), task)


async def _told(api: Api, contract: Stored, actor: Actor) -> dict[str, Any]:
    async with api.of(actor) as client:
        answer = await client.get(f"/contracts/{contract.id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize(
    ("code", "is_told"),
    [(None, False), ("hidden-from-patient", True), ("hidden-from-guardian", False), ("staff-only", False)],
)
async def test_the_patient_is_told_that_something_is_hidden_and_not_of_staff_notes(
    records: Records, api: Api, code: str | None, is_told: bool
) -> None:
    here = await world(records)
    contract = await _contract(here)
    await _add(here, contract, code)

    told = (await _told(api, contract, PATIENT))["withheld"]

    assert told == {**NOTHING, "hiddenInformationExists": is_told}


@pytest.mark.parametrize("code", ["hidden-from-patient", "hidden-from-guardian", "staff-only"])
async def test_a_guardian_is_not_told_that_anything_is_hidden(records: Records, api: Api, code: str) -> None:
    here = await world(records, a_patient(number_born(years_ago(9))))
    await here.write(system(WARD), a_related_person(here.patient.reference))
    contract = await _contract(here)
    hidden = await _add(here, contract, code)
    guardian = proxy_of(here.patient)

    told = await _told(api, contract, guardian)

    assert told["withheld"] == NOTHING
    assert hidden.id not in str(told)


@pytest.mark.parametrize("is_patient_first", [True, False])
async def test_who_reads_first_does_not_decide_what_the_next_is_told(
    records: Records, api: Api, is_patient_first: bool
) -> None:
    here = await world(records)
    person = await here.write(system(WARD), a_related_person(here.patient.reference, (RELATION, "god-man")))
    scope = {"code": [{"coding": [{"system": MANDATE, "code": "person"}]}]}
    role = {"coding": [{"system": RELATION, "code": "god-man"}]}
    told = a_permission(here.patient.reference, person.reference, "mandate", role=role, provision=scope)
    await here.write(system(WARD), told)
    contract = await _contract(here)
    await _add(here, contract, "hidden-from-patient")
    god_man = proxy_of(here.patient)
    readers = [PATIENT, god_man] if is_patient_first else [god_man, PATIENT]

    answers = {reader: (await _told(api, contract, reader))["withheld"] for reader in readers}

    assert answers == {PATIENT: {**NOTHING, "hiddenInformationExists": True}, god_man: NOTHING}


async def test_care_is_told_that_some_is_not_open_to_it(records: Records, api: Api) -> None:
    here = await world(records)
    contract = await _contract(here)
    await _add(here, contract, "hidden-from-patient")
    elsewhere = await _add(here, contract, None, unit=CLINIC)
    await here.relation(WARD)
    before = await _told(api, contract, staff(WARD))
    await here.says("block-inner", CLINIC)

    after = await _told(api, contract, staff(WARD))

    assert (before["withheld"], elsewhere.id in str(before)) == (NOTHING, True)
    assert after["withheld"] == {**NOTHING, "blockedInformationExists": True}
    assert elsewhere.id not in str(after)
    assert (await _told(api, contract, PATIENT))["withheld"]["blockedInformationExists"] is False


async def test_who_sees_what_is_hidden_sees_why_by_whom_and_until_when(records: Records, api: Api) -> None:
    here = await world(records)
    contract = await _contract(here)
    await here.relation(WARD)
    hidden, plain = [await _add(here, contract, code) for code in ("hidden-from-guardian", None)]

    items = {one["id"]: one for one in (await _told(api, contract, staff(WARD)))["actions"]}

    assert items[hidden.id]["hidden"] == {
        "from": ["guardian"],
        "reason": "Barnet har bett om det",
        "author": here.at[WARD],
        "review": "2099-01-01",
    }
    assert items[plain.id]["hidden"] is None
