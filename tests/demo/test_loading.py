"""Loading through the public API: whole, unchanged, once, and seen by those who may."""

import json
from datetime import date, datetime

import pytest

from pk_api.client import NotFound, Refused
from pk_api.demo.elements import SWEDEN
from pk_api.demo.journeys import JOURNEYS, all_steps
from pk_api.demo.load import load
from tests.demo.conftest import service

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEPS = all_steps(date(2026, 11, 22))
CONTRACTS = [f"{name}-contract" for name in JOURNEYS if name != "declined"]


def without_meta(resource):
    return {name: value for name, value in resource.items() if name != "meta"}


async def test_every_step_is_loaded(demo):
    assert demo.loaded.steps == len(STEPS)
    assert demo.loaded.resources == sum(len(step.references) for step in STEPS)


@pytest.mark.asyncio(loop_scope="function")
async def test_it_loads_on_every_database(database_url, tmp_path):
    async with service(database_url, tmp_path) as running:
        assert running.loaded.steps == len(STEPS)


@pytest.mark.asyncio(loop_scope="function")
async def test_loading_again_changes_nothing_and_keeps_what_users_changed(database_url, tmp_path):
    async with service(database_url, tmp_path) as running:
        async with running.client("system-primary") as client:
            task = await client.read("Task", "stroke-medicines")
            task.status = "completed"
            await client.update(task)

        again = await load(running.client)

        async with running.client("system-primary") as client:
            after = await client.read("Task", "stroke-medicines")
    assert (again.steps, again.skipped) == (0, len(STEPS))
    assert (after.status, after.meta.versionId) == ("completed", "2")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title)
async def test_what_went_in_comes_out(as_, step):
    today = all_steps(datetime.now(SWEDEN).date())[STEPS.index(step)]
    sent = [entry["resource"] for entry in json.loads(today.bundle.model_dump_json())["entry"]]

    async with as_(step.actor) as client:
        stored = [await client.raw.read(each["resourceType"], each["id"]) for each in sent]

    assert [without_meta(each) for each in stored] == sent


@pytest.mark.parametrize("contract", CONTRACTS)
async def test_the_region_sees_every_contract_of_its_own(as_, contract):
    async with as_("system-hospital") as client:
        assert (await client.contracts.get(contract)).id == contract


async def test_the_municipality_sees_the_contracts_that_patients_let_it_share(as_):
    seen = []
    async with as_("system-municipality") as client:
        for contract in CONTRACTS:
            try:
                seen.append((await client.contracts.get(contract)).id)
            except NotFound:
                continue

    assert seen == ["stroke-contract", "psychiatry-contract"]


async def test_the_municipality_sees_what_the_hospital_wrote_in_a_shared_contract(as_):
    async with as_("system-municipality") as client:
        goal = await client.read("Goal", "stroke-walk")

    assert goal.description.text == "Gå 500 meter utomhus med rollator"


@pytest.mark.parametrize("name", ["doctor-elsewhere", "system-rehab"])
async def test_those_outside_the_team_find_nothing(as_, name):
    async with as_(name) as client:
        with pytest.raises(NotFound):
            await client.contracts.get("stroke-contract")
        with pytest.raises(NotFound):
            await client.read("CarePlan", "stroke-contract")


async def test_the_patient_sees_the_own_contract_and_no_other(as_):
    async with as_("patient-stroke") as client:
        own = await client.contracts.get("stroke-contract")
        with pytest.raises(NotFound):
            await client.contracts.get("cancer-contract")

    assert own.json["patient"]["name"] == "Sven Exempelsson"


@pytest.mark.parametrize("name", ["statistics", "operator"])
async def test_those_without_care_see_no_patient(as_, name):
    async with as_(name) as client:
        with pytest.raises((Refused, NotFound)):
            await client.read("Patient", "stroke-patient")


async def test_the_contract_shows_its_four_parts_in_plain_json(as_):
    async with as_("system-primary") as client:
        contract = await client.contracts.get("stroke-contract")

    parts = ("whatMatters", "goals", "actions", "contacts", "appointments", "plans", "relatives", "team")
    sizes = {part: len(contract.items(part)) for part in parts}
    assert sizes == {
        "whatMatters": 2,
        "goals": 4,
        "actions": 14,
        "contacts": 4,
        "appointments": 4,
        "plans": 3,
        "relatives": 1,
        "team": 6,
    }
    assert contract.json["responsible"]["contact"] == "stroke-contact-coordinator"
    assert contract.json["nextStep"]["text"]


async def test_who_declined_has_no_contract(as_):
    async with as_("system-primary") as client:
        found = await client.contracts.search("Patient/declined-patient").all()
        offer = await client.read("Task", "declined-offer")

    assert found == []
    assert offer.status == "rejected"
