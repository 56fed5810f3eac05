"""IHE's Care Plan Service (Dynamic Care Planning) and Care Team Service (Dynamic Care Team Management).

Source: github.com/IHE/fhir, CapabilityStatement/capabilitystatement-IHE_DCP_CarePlanService.xml and
capabilitystatement-IHE_DCTM_CareTeamService.xml. Of Subscription the search alone is there yet.
"""

from typing import Any

import pytest

from tests.support.service import Service, bundle, create, delete, entry, put, resources_of
from tests.support.service import a_registered_contract as registered

CODE = {"coding": [{"system": "http://example.org/codes", "code": "x"}]}
DAY = {"start": "2025-03-02", "end": "2025-03-02"}
CARE_PLAN: dict[str, Any] = {
    "resourceType": "CarePlan",
    "instantiatesCanonical": ["http://example.org/PlanDefinition/a"],
    "instantiatesUri": ["http://example.org/guide"],
    "status": "draft",
    "intent": "proposal",
    "category": [CODE],
    "period": {"start": "2025-03-01", "end": "2025-03-31"},
    "activity": [{"detail": {"status": "scheduled", "code": CODE, "scheduledPeriod": DAY}}],
}
CARE_TEAM: dict[str, Any] = {
    "resourceType": "CareTeam",
    "status": "suspended",
    "category": [CODE],
    "period": {"start": "2025-03-01", "end": "2025-03-31"},
}
FOUND = {
    "CarePlan": {
        "activity-code": "http://example.org/codes|x",
        "activity-date": "2025-03-02",
        "activity-reference": "{Task}",
        "based-on": "{CarePlan}",
        "care-team": "{CareTeam}",
        "category": "x",
        "condition": "{Condition}",
        "date": "2025-03",
        "instantiates-canonical": "http://example.org/PlanDefinition/a",
        "instantiates-uri": "http://example.org/guide",
        "intent": "proposal",
        "part-of": "{CarePlan}",
        "patient": "{Patient}",
        "replaces": "{CarePlan}",
        "status": "draft",
        "subject": "{Patient}",
    },
    "CareTeam": {
        "category": "x",
        "date": "2025-03",
        "participant": "{Patient}",
        "patient": "{Patient}",
        "status": "suspended",
        "subject": "{Patient}",
    },
}
"""By type and parameter: what the resource above is found by; `{Type}` is a reference that it holds."""
SUBSCRIPTION = ("contact", "criteria", "payload", "status", "type", "url", "uri")
ROWS = [(kind, code) for kind, codes in FOUND.items() for code in codes]
INTERACTIONS = ("create", "read", "vread", "update", "search-type", "history-instance", "history-type")


async def made(service: Service) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Create what the statements search for; return the references that it holds, and it by type."""
    held = await registered(service.http)
    patient = {"reference": held["Patient"]}
    condition = await create(service.http, {"resourceType": "Condition", "subject": patient, "code": CODE})
    task = await create(
        service.http,
        {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "for": patient,
            "basedOn": [{"reference": held["CarePlan"]}],
        },
    )
    held |= {"Condition": f"Condition/{condition['id']}", "Task": f"Task/{task['id']}"}
    older = [{"reference": held["CarePlan"]}]
    plan = CARE_PLAN | {
        "subject": patient,
        "basedOn": older,
        "partOf": older,
        "replaces": older,
        "careTeam": [{"reference": held["CareTeam"]}],
        "addresses": [{"reference": held["Condition"]}],
        "activity": [*CARE_PLAN["activity"], {"reference": {"reference": held["Task"]}}],
    }
    team = CARE_TEAM | {"subject": patient, "participant": [{"member": patient}]}
    return held, {r["resourceType"]: await create(service.http, r) for r in (plan, team)}


async def found(service: Service, kind: str, **params: str) -> list[str]:
    answer = await service.http.get(f"/fhir/{kind}", params={"_count": "100"} | params)
    assert answer.status_code == 200, answer.text
    return [resource["id"] for resource in resources_of([answer.json()])]


async def test_every_parameter_of_the_statements_finds_and_leaves_out(service: Service) -> None:
    held, by_type = await made(service)

    for kind, code in ROWS:
        value = FOUND[kind][code].format(**held)
        wanted = by_type[kind]["id"]
        other = "1999" if "date" in code else "http://example.org/nothing" if ":" in value else "nothing"
        assert wanted in await found(service, kind, **{code: value}), code
        assert wanted not in await found(service, kind, **{code: other}), code


@pytest.mark.parametrize("code", SUBSCRIPTION)
async def test_every_parameter_of_subscription_is_taken(service: Service, code: str) -> None:
    assert await found(service, "Subscription", **{code: "active"}) == []


@pytest.mark.parametrize("kind", FOUND)
async def test_every_interaction_of_the_statements_is_there(service: Service, kind: str) -> None:
    _, by_type = await made(service)
    one = by_type[kind]
    address = f"/fhir/{kind}/{one['id']}"

    updated = await put(service.http, one | {"status": "active"})
    read = await service.http.get(address)
    first = await service.http.get(f"{address}/_history/1")
    its = await service.http.get(f"{address}/_history")
    all_of_type = await service.http.get(f"/fhir/{kind}/_history")
    batch = await bundle(service.http, "batch", entry("GET", f"{kind}/{one['id']}"))
    gone = await delete(service.http, one)

    assert [a.status_code for a in (updated, read, first, its, all_of_type, batch)] == [200] * 6
    assert (read.json()["meta"]["versionId"], first.json()["meta"]["versionId"]) == ("2", "1")
    assert len(its.json()["entry"]) == 2
    assert one["id"] in [resource["id"] for resource in resources_of([all_of_type.json()])]
    assert batch.json()["entry"][0]["response"]["status"].startswith("200")
    assert gone.status_code in (200, 204)


async def test_the_capability_statement_declares_them(service: Service) -> None:
    statement = (await service.http.get("/fhir/metadata")).json()

    rows = {row["type"]: row for row in statement["rest"][0]["resource"]}
    assert {url.rpartition("/")[2] for url in statement["instantiates"]} >= {
        "IHE_DCP_CarePlanService",
        "IHE_DCTM_CareTeamService",
    }
    for kind, codes in FOUND.items():
        assert {each["code"] for each in rows[kind]["interaction"]} >= set(INTERACTIONS)
        assert {each["name"] for each in rows[kind]["searchParam"]} >= set(codes)
    assert {each["name"] for each in rows["Subscription"]["searchParam"]} >= set(SUBSCRIPTION)
