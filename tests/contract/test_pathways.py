"""Pathways that regions load: a PlanDefinition becomes a plan with goals, actions and times, once."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pk_api.contract.pathways import read_pathway
from pk_api.demo.pathways import stroke
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.values import parse
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.contract.wire import Api, Json, opened, registered, with_municipality
from tests.support.actors import HOSPITAL, MUNICIPALITY, PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY
from tests.support.resources import an_assertion, an_organization

START = date(2026, 1, 31)
URL = "https://region.example.org/fhir/PlanDefinition/knee"


def days(value: int, code: str) -> Json:
    return {"value": value, "unit": code, "system": "http://unitsofmeasure.org", "code": code}


def knee(**more: Any) -> Json:
    """A made-up pathway of another region."""
    return {
        "resourceType": "PlanDefinition",
        "url": URL,
        "version": "2",
        "title": "Knäartros",
        "status": "active",
        "goal": [
            {
                "id": "stairs",
                "description": {"text": "Gå i trappor"},
                "target": [{"due": days(1, "mo")}],
            }
        ],
        "action": [
            {
                "title": "Träna knäet",
                "description": "Enligt programmet",
                "code": [{"coding": [{"system": systems.TASK_KIND, "code": "own-action"}]}],
                "participant": [{"type": "patient"}],
                "goalId": ["stairs"],
                "timingDuration": days(6, "wk"),
            },
            {"action": [{"description": "Ring patienten", "timingDateTime": "2026-03-01"}]},
        ],
        **more,
    }


def test_days_are_counted_from_the_start_and_months_by_the_calendar() -> None:
    found = read_pathway(knee(), start=START)

    assert found.canonical == f"{URL}|2"
    assert [each.due for each in found.aims] == ["2026-02-28"]
    assert [(each.text, each.side, each.when) for each in found.proposals] == [
        ("Träna knäet", "patient", {"latest": "2026-03-14"}),
        ("Ring patienten", "care", {"latest": "2026-03-01"}),
    ]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"status": "draft"}, "PlanDefinition.status"),
        ({"action": []}, "PlanDefinition.action"),
        ({"action": [{"title": "a", "condition": []}]}, "PlanDefinition.action[0].condition"),
        ({"action": [{"title": "a", "dynamicValue": []}]}, "PlanDefinition.action[0].dynamicValue"),
        ({"action": [{"title": "a", "definitionUri": "x"}]}, "PlanDefinition.action[0].definitionUri"),
        ({"action": [{"code": []}]}, "PlanDefinition.action[0].title"),
        ({"action": [{"title": "a", "timingTiming": {}}]}, "PlanDefinition.action[0].timingTiming"),
        (
            {"action": [{"title": "a", "timingDuration": days(1, "h")}]},
            "PlanDefinition.action[0].timingDuration",
        ),
        ({"action": [{"title": "a", "goalId": ["none"]}]}, "PlanDefinition.action.goalId"),
        (
            {"action": [{"selectionBehavior": "any", "action": [{"title": "a"}]}]},
            "PlanDefinition.action[0].selectionBehavior",
        ),
        (
            {"action": [{"selectionBehavior": "exactly-one", "action": [{"title": "a"}]}]},
            "PlanDefinition.action[0]",
        ),
        (
            {
                "action": [
                    {"title": "a", "code": [{"coding": [{"system": systems.TASK_KIND, "code": "egenvard"}]}]}
                ]
            },
            "PlanDefinition.action[0].code",
        ),
    ],
)
def test_what_is_not_read_is_refused_by_its_place(change: Json, path: str) -> None:
    with pytest.raises(Problem) as refusal:
        read_pathway(knee(**change), start=START)

    assert refusal.value.kind == "business-rule"
    assert [each.expression for each in refusal.value.issues] == [path]


@pytest.mark.parametrize("unit", ["d", "wk", "mo", "a"])
def test_what_would_end_after_the_calendar_is_refused(unit: str) -> None:
    late = knee(goal=[], action=[{"title": "a", "timingDuration": days(40, unit)}])

    with pytest.raises(Problem) as refusal:
        read_pathway(late, start=date(9999, 12, 20))

    assert refusal.value.kind == "business-rule"


async def _loaded(records: Records, definition: Json) -> str:
    (stored,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "PlanDefinition", definition)])
    return stored.reference


async def test_the_stroke_pathway_becomes_a_plan_that_its_people_answer(records: Records, api: Api) -> None:
    patient, references = await registered(records)
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}"
    definition: Json = parse(stroke().model_dump_json())
    named = {"pathway": {"reference": await _loaded(records, definition)}, "start": "2026-01-31"}

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as own:
        made = await hospital.post(f"{path}/pathways", json=named)
        again = await hospital.post(f"{path}/pathways", json=named)
        forbidden = await own.post(f"{path}/pathways", json=named)
        whole = (await own.get(path)).json()
        walks = next(each for each in whole["actions"] if each["text"].startswith("Gå promenader"))
        accepted = await own.post(f"{path}/actions/{walks['id']}/accept")

    assert made.status_code == 201, made.text
    plan = made.json()
    assert (plan["kind"], plan["nationalType"], plan["state"]) == ("rehabiliteringsplan", "RP", "draft")
    assert plan["owner"]["reference"] == references[HOSPITAL]
    assert (again.status_code, again.json()["id"], forbidden.status_code) == (200, plan["id"], 403)
    assert len(whole["plans"]) == 1
    assert {each["text"]: each["due"] for each in whole["goals"]}["Klä sig själv"] == "2026-03-14"
    assert (walks["plan"], walks["when"]["latest"], len(walks["goals"])) == (plan["id"], "2026-04-30", 1)
    assert {each["side"] for each in whole["actions"]} == {"patient", "care", "municipality"}
    (choice,) = [each for each in whole["actions"] if each["options"]]
    assert len(choice["options"]) == 2
    (time,) = whole["appointments"]
    assert (time["state"], time["text"]) == ("proposed", "Strukturerad uppföljning efter tre månader")
    assert accepted.json()["state"] == "accepted"
    stored = (await records.read(SYSTEM_HOSPITAL, "CarePlan", plan["id"])).resource
    assert stored["instantiatesCanonical"] == [
        "https://region.example.org/fhir/PlanDefinition/stroke-rehab|1.0"
    ]
    goals = [await records.read(PATIENT, *each["reference"].split("/")) for each in stored["goal"]]
    assert {each.resource["description"]["coding"][0]["code"] for each in goals} == {
        "d450",
        "d330",
        "d540",
        "d910",
    }


async def test_of_many_who_start_a_pathway_at_once_one_plan_comes_and_a_revoked_one_is_started_anew(
    records: Records, api: Api
) -> None:
    patient, _ = await registered(records)
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}"
    await _loaded(records, knee())
    named = {"pathway": {"url": URL, "version": "2"}}

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        told = await asyncio.gather(*(hospital.post(f"{path}/pathways", json=named) for _ in range(4)))
        plan = told[0].json()["id"]
        unknown = await hospital.post(f"{path}/pathways", json={"pathway": {"url": URL, "version": "3"}})
        await hospital.post(f"{path}/plans/{plan}/revoke", json={"reason": "Fel patient"})
        anew = await hospital.post(f"{path}/pathways", json=named)
        actions = (await hospital.get(path)).json()["actions"]

    assert sorted(each.status_code for each in told) == [200, 200, 200, 201], told[0].text
    assert {each.json()["id"] for each in told} == {plan}
    assert unknown.status_code == 422
    assert (anew.status_code, anew.json()["id"] != plan) == (201, True)
    assert len(actions) == 4


@pytest.mark.one_database
async def test_a_plan_that_a_caller_does_not_see_stands_in_nobodys_way(records: Records, api: Api) -> None:
    contract, references = await with_municipality(api)
    path = f"/contracts/{contract['id']}/pathways"
    await _loaded(records, knee())
    named = {"pathway": {"url": URL}}
    block = an_assertion(contract["patient"]["reference"], "block-outer", [references[MUNICIPALITY]])

    async with api.of(SYSTEM_MUNICIPALITY) as town, api.of(SYSTEM_HOSPITAL) as hospital:
        first = await town.post(path, json=named)
        await records.write(PATIENT, [Write("create", "Consent", block)])
        unseen = await hospital.get(f"/contracts/{contract['id']}/plans/{first.json()['id']}")
        forged = await hospital.post(path, json={**named, "owner": {"hsaId": MUNICIPALITY}})
        second = await hospital.post(path, json=named)
        again = await hospital.post(path, json=named)

    assert (first.status_code, unseen.status_code, second.status_code) == (201, 404, 201), second.text
    assert [each["pointer"] for each in forged.json()["errors"]] == ["/owner"]
    assert first.json()["id"] != second.json()["id"] == again.json()["id"]


@pytest.mark.one_database
async def test_a_plan_is_of_the_unit_that_starts_it(records: Records, api: Api) -> None:
    patient, references = await registered(records)
    contract = await opened(api, patient)
    ward = {**an_organization("SE2321000016-W1"), "partOf": {"reference": references[HOSPITAL]}}
    (unit,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Organization", ward)])
    await _loaded(records, knee())

    async with api.of(replace(SYSTEM_HOSPITAL, unit="SE2321000016-W1")) as hospital:
        made = await hospital.post(f"/contracts/{contract['id']}/pathways", json={"pathway": {"url": URL}})

    assert made.json()["owner"]["reference"] == unit.reference, made.text
