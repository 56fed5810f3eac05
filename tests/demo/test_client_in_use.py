"""The client against the real service: what an integrator does in a day."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest
from fhir.resources.R4B.goal import Goal
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.task import Task

from pk_api.client import Conflict, Gone, Invalid, NotFound, Refused, Stale, by_personnummer

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSONNUMMER = "http://electronichealth.se/identifier/personnummer"


def a_goal(text="Cykla till torget"):
    return Goal.model_validate(
        {
            "lifecycleStatus": "proposed",
            "description": {"text": text},
            "subject": {"reference": "Patient/cancer-patient"},
        }
    )


async def test_create_update_and_delete_in_turn(as_):
    async with as_("system-hospital") as client:
        goal = await client.create(a_goal())
        goal.lifecycleStatus = "active"
        second = await client.update(goal)
        await client.delete(Goal, goal.id, version=2)

        assert (goal.meta.versionId, second.meta.versionId) == ("1", "2")
        with pytest.raises(Gone):
            await client.read(Goal, goal.id)


async def test_an_update_of_an_old_version_is_stale(as_):
    async with as_("system-hospital") as client:
        first = await client.create(a_goal())
        await client.update(first.model_copy(update={"startDate": date(2026, 3, 1)}))

        with pytest.raises(Stale) as raised:
            await client.update(first)

    assert raised.value.outcome["resourceType"] == "OperationOutcome"
    assert raised.value.correlation_id


async def test_an_update_without_check_replaces(as_):
    async with as_("system-hospital") as client:
        first = await client.create(a_goal())
        await client.update(first.model_copy(update={"startDate": date(2026, 3, 1)}))

        third = await client.update(first, check=False)

    assert third.meta.versionId == "3"


async def test_vread_and_history_tell_every_version(as_):
    async with as_("system-hospital") as client:
        goal = await client.create(a_goal())
        goal.description.text = "Cykla till sjön"
        await client.update(goal)

        first = await client.vread(Goal, goal.id, 1)
        entries = await client.history(Goal, goal.id, count=1).all()

    assert first.description.text == "Cykla till torget"
    assert [entry.resource.meta.versionId for entry in entries] == ["2", "1"]


async def test_raw_keeps_the_digits_that_a_model_would_drop(as_):
    async with as_("system-hospital") as client:
        stored = await client.raw.create(
            {
                "resourceType": "Observation",
                "status": "final",
                "code": {"text": "Vikt"},
                "subject": {"reference": "Patient/cancer-patient"},
                "valueQuantity": {"value": Decimal("72.50"), "unit": "kg"},
            }
        )
        again = await client.raw.read("Observation", stored["id"])

    assert str(again["valueQuantity"]["value"]) == "72.50"


async def test_a_search_gives_the_same_by_pages_as_at_once(as_):
    async with as_("system-hospital") as client:
        at_once = [each.id for each in await client.search(Task, patient="Patient/stroke-patient").all()]
        by_pages = [
            each.id for each in await client.search(Task, patient="Patient/stroke-patient", _count=3).all()
        ]

    assert sorted(by_pages) == sorted(at_once)
    assert len(set(by_pages)) == len(by_pages) >= 12


async def test_a_patient_is_found_by_personal_identity_number(as_):
    async with as_("system-hospital") as client:
        found = await client.search(Patient, identifier=f"{PERSONNUMMER}|195009072553").all()

    assert [patient.id for patient in found] == ["stroke-patient"]


async def test_an_unknown_parameter_is_named(as_):
    async with as_("system-hospital") as client:
        with pytest.raises(Invalid, match="colour"):
            await client.search(Task, colour="red").page()


async def test_the_capability_statement_parses_as_a_model(as_):
    async with as_("system-hospital") as client:
        statement = await client.capabilities()

    assert statement.fhirVersion == "4.0.1"


async def test_a_change_through_plain_json_is_seen_through_fhir(as_):
    async with as_("system-municipality") as municipality:
        contract = await municipality.contracts.get("stroke-contract")
        item = await municipality.contracts.add(
            contract.id,
            "actions",
            {"text": "Hjälp med att handla på onsdagar", "side": "municipality"},
            base_revision=contract.revision,
        )
    async with as_("system-hospital") as hospital:
        task = await hospital.read(Task, item.id)
        after = await hospital.contracts.get("stroke-contract")

    assert task.description == "Hjälp med att handla på onsdagar"
    assert item.id in {each.id for each in after.items("actions")}
    assert after.revision == contract.revision + 1


async def test_a_change_through_fhir_is_seen_through_plain_json(as_):
    async with as_("system-hospital") as hospital:
        goal = await hospital.read(Goal, "stroke-hand")
        goal.description.text = "Kunna skriva sitt namn med höger hand"
        await hospital.update(goal)
    async with as_("system-municipality") as municipality:
        item = await municipality.contracts.item("stroke-contract", "goals", "stroke-hand")

    assert (item.json["text"], item.version) == ("Kunna skriva sitt namn med höger hand", 2)


async def test_an_item_is_changed_and_completed_on_the_version_seen(as_):
    async with as_("system-primary") as client:
        item = await client.contracts.item("cancer-contract", "actions", "cancer-blood-tests")
        changed = await client.contracts.change(
            "cancer-contract", "actions", item.id, {"text": "Ta blodprov"}, if_match=item.version
        )
        with pytest.raises(Stale):
            await client.contracts.event(
                "cancer-contract", "actions", item.id, "complete", if_match=item.version
            )
        done = await client.contracts.event(
            "cancer-contract", "actions", item.id, "complete", if_match=changed.version
        )

    assert (changed.json["text"], done.json["state"]) == ("Ta blodprov", "completed")


async def test_a_write_on_an_old_revision_tells_the_conflict(as_):
    async with as_("system-primary") as client:
        seen = await client.contracts.get("psychiatry-contract")
        path = ("psychiatry-contract", "actions", "psychiatry-health-check")
        await client.contracts.change(*path, {"text": "Hälsokontroll med EKG"}, base_revision=seen.revision)

        with pytest.raises(Conflict) as raised:
            await client.contracts.change(*path, {"text": "Hälsokontroll"}, base_revision=seen.revision)

    assert [each["id"] for each in raised.value.conflicts] == ["psychiatry-health-check"]


async def test_the_same_key_does_the_work_once(as_):
    item = {"text": "Gå en promenad", "side": "patient"}
    async with as_("system-hospital") as client:
        first = await client.contracts.add("child-contract", "actions", item, idempotency_key="once")
        again = await client.contracts.add("child-contract", "actions", item, idempotency_key="once")

    assert first.id == again.id


async def test_of_contracts_opened_at_once_one_stands(as_):
    async with as_("system-primary") as client:

        async def attempt():
            try:
                return await client.contracts.open(by_personnummer("200001252386"))
            except Conflict as refused:
                return refused

        results = await asyncio.gather(*(attempt() for _ in range(10)))

    refused = [each for each in results if isinstance(each, Conflict)]
    assert len(refused) == 9
    assert {each.status for each in refused} == {409}


async def test_those_outside_learn_that_a_contract_stands_and_not_which(as_):
    async with as_("doctor-elsewhere") as outside, as_("nurse-municipality") as inside:
        refused = []
        for client in (outside, inside):
            with pytest.raises(Conflict) as raised:
                await client.contracts.open(by_personnummer("195009072553"))
            refused.append(raised.value.outcome)

    assert "contract" not in refused[0]
    assert refused[1]["contract"] == "stroke-contract"


async def test_a_contract_is_found_by_personal_identity_number(as_):
    async with as_("system-municipality") as client:
        found = await client.contracts.search(by_personnummer("191212121212"), status="active").all()

    assert [each["id"] for each in found] == ["psychiatry-contract"]


async def test_the_next_step_and_the_revisions_are_told(as_):
    async with as_("patient-cancer") as client:
        step = await client.contracts.next_step("cancer-contract")
        revisions = await client.contracts.revisions("cancer-contract").all()

    numbers = [each["number"] for each in revisions]
    assert step["text"]
    assert numbers == list(range(len(numbers), 0, -1))


async def test_an_unchanged_contract_is_not_sent_again(as_):
    async with as_("system-rehab") as client:
        known = await client.contracts.get("operation-contract")

        assert await client.contracts.get("operation-contract", known=known) is known


async def test_a_request_for_coordination_tells_nothing(as_):
    async with as_("doctor-elsewhere") as client:
        await client.contracts.request_coordination(by_personnummer("195009072553"), "Ring mig gärna.")


async def test_no_token_is_refused_and_a_foreign_contract_is_absent(demo, as_):
    async with as_("doctor-elsewhere") as client:
        with pytest.raises(NotFound):
            await client.contracts.get("stroke-contract")
    async with as_("operator") as client:
        with pytest.raises(Refused):
            await client.search(Task, patient="Patient/stroke-patient").page()
