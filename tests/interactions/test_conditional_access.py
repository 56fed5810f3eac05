"""Who may learn what by a condition: what is found is audited, chains lead to what is visible alone."""

from typing import Any

from tests.support import tables
from tests.support.resources import a_goal, a_patient
from tests.support.service import MUNICIPALITY, TOLVAN, Service, as_fhir, create

SYSTEM = "https://vendor.example/ids"
ITEM = {"resourceType": "Practitioner", "identifier": [{"system": SYSTEM, "value": "1"}]}
ONLY_IF_NEW = as_fhir(If_None_Exist=f"identifier={SYSTEM}|1")


async def told(service: Service, interaction: str) -> list[tuple[str, str]]:
    rows = await tables.select(service.database_url, "SELECT interaction, outcome, entities FROM audit")
    return sorted((r["outcome"], r["entities"]) for r in rows if r["interaction"] == interaction)


async def test_what_a_conditional_create_finds_is_in_the_audit_as_found(service: Service) -> None:
    made = await service.http.post("/fhir/Practitioner", json=ITEM, headers=ONLY_IF_NEW)
    found = await service.http.post("/fhir/Practitioner", json=ITEM, headers=ONLY_IF_NEW)

    entity = f'["Practitioner/{made.json()["id"]}/_history/1"]'
    assert (made.status_code, found.status_code) == (201, 200)
    assert await told(service, "create") == [("allowed", entity)]
    assert await told(service, "search") == [("allowed", entity)]


async def test_a_condition_that_several_meet_is_in_the_audit_as_refused(service: Service) -> None:
    await create(service.http, ITEM)
    await create(service.http, ITEM)

    answer = await service.http.post("/fhir/Practitioner", json=ITEM, headers=ONLY_IF_NEW)

    assert answer.status_code == 412
    assert [outcome for outcome, _ in await told(service, "create")] == ["allowed", "allowed", "refused"]


async def a_goal_of_tolvan(service: Service) -> dict[str, Any]:
    patient = await create(service.http, a_patient(TOLVAN))
    return await create(service.http, a_goal(f"Patient/{patient['id']}"))


async def test_a_chain_in_the_criteria_leads_to_what_is_visible_alone(service: Service) -> None:
    goal = await a_goal_of_tolvan(service)
    address = f"/fhir/Goal?subject:Patient.identifier={TOLVAN}"
    headers = {"Content-Type": "application/merge-patch+json"}
    change = {"priority": {"text": "high"}}

    seen = await service.http.patch(address, json=change, headers=headers)
    unseen = await service.as_(MUNICIPALITY).patch(address, json=change, headers=headers)

    assert (seen.status_code, unseen.status_code) == (200, 404)
    assert seen.json()["id"] == goal["id"]
