"""PlanDefinition/$apply: a pathway becomes a CarePlan under the patient's contract, by FHIR."""

from typing import Any

from pk_api.demo.pathways import stroke
from pk_api.fhir.values import parse
from tests.support.reader import as_model
from tests.support.resources import a_patient
from tests.support.service import REGION, TOLVAN, Service, create

Json = dict[str, Any]


async def _asked(service: Service, pathway: str, **parameters: str) -> Any:
    told = [{"name": name, "valueString": value} for name, value in parameters.items()]
    body = {"resourceType": "Parameters", "parameter": told}
    headers = {"Content-Type": "application/fhir+json"}
    return await service.http.post(f"/fhir/PlanDefinition/{pathway}/$apply", json=body, headers=headers)


async def test_a_pathway_is_applied_once_under_the_contract_and_found_by_its_canonical(
    service: Service,
) -> None:
    region = await create(service.http, REGION)
    patient = (await create(service.http, a_patient(TOLVAN)))["id"]
    definition: Json = parse(stroke().model_dump_json())
    pathway = await create(service.http, {key: each for key, each in definition.items() if key != "id"})
    subject = f"Patient/{patient}"

    none = await _asked(service, pathway["id"], subject=subject)
    await service.http.post("/v1/contracts", json={"patient": {"reference": subject}})
    unnamed = await _asked(service, pathway["id"])
    first = await _asked(service, pathway["id"], subject=subject, organization=f"Organization/{region['id']}")
    again = await _asked(service, pathway["id"], subject=subject)
    got = await service.http.get(f"/fhir/PlanDefinition/{pathway['id']}/$apply?subject={subject}")
    canonical = "https://region.example.org/fhir/PlanDefinition/stroke-rehab|1.0"
    found = await service.http.get("/fhir/CarePlan", params={"instantiates-canonical": canonical})

    assert (none.status_code, unnamed.status_code, got.status_code) == (422, 400, 405)
    assert first.status_code == 200, first.text
    plan = as_model(first.json())
    assert (plan.status, plan.author.reference) == ("draft", f"Organization/{region['id']}")
    assert len(plan.goal) == 4
    assert len(plan.activity) == 8
    assert again.json() == first.json()
    assert [each["resource"]["id"] for each in found.json()["entry"]] == [plan.id]
    listed = await service.http.get(f"/fhir/Task?based-on=CarePlan/{plan.id}&_count=50")
    assert {each["resource"]["status"] for each in listed.json()["entry"]} == {"requested", "draft"}
