"""The contract as it was: by revision, instant, day and milestone; time opens nothing that is closed now."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pk_api.fhir.systems import EXT_HIDDEN, MILESTONE, SECURITY
from pk_api.records.values import Write
from tests.contract.agreeing import a_case
from tests.contract.wire import Api, Json, admitted, opened, registered, with_municipality
from tests.support.actors import (
    OTHER_PATIENT,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
)
from tests.support.resources import a_patient


async def read(client: httpx.AsyncClient, contract: Json, as_of: str | None = None) -> Json:
    params = {} if as_of is None else {"asOf": as_of}
    answer = await client.get(f"/contracts/{contract['id']}", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def texts(contract: Json, part: str) -> set[str]:
    return {each["text"] for each in contract[part]}


async def test_each_revision_is_read_as_it_was(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/goals"
        goal = (await hospital.post(path, json={"text": "Gå ut"})).json()
        with_goal = await read(hospital, contract)
        await hospital.patch(f"{path}/{goal['id']}", json={"text": "Gå till affären"})
        changed = await read(hospital, contract)
        told = [await read(hospital, contract, f"revision:{n}") for n in (1, 2, 3)]

    assert [each["revision"] for each in told] == [1, 2, 3]
    assert told[0]["goals"] == []
    assert told[1] == with_goal
    assert told[2] == changed


async def test_an_instant_and_a_day_lead_to_the_revision_that_held_then(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        before = datetime.now(UTC)
        await hospital.post(f"/contracts/{contract['id']}/goals", json={"text": "Gå ut"})
        told = [await read(hospital, contract, each) for each in (before.isoformat(), "2999-12-31")]
        yesterday = (before - timedelta(days=2)).date().isoformat()
        too_early = await hospital.get(f"/contracts/{contract['id']}", params={"asOf": yesterday})

    assert [len(each["goals"]) for each in told] == [0, 1]
    assert too_early.status_code == 404


@pytest.mark.one_database  # before or after what the database does
async def test_what_is_not_a_moment_is_refused_and_what_never_was_is_not_there(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}"
        wrong = ("yesterday", "revision:x", "2026-02-30", "milestone:birth", "revision:", "2026-03-20T09:00")
        refused = [(await hospital.get(path, params={"asOf": each})).status_code for each in wrong]
        never = ("revision:0", "revision:99", "milestone:first-at-discharge")
        absent = [(await hospital.get(path, params={"asOf": each})).status_code for each in never]

    assert refused == [400] * len(wrong)
    assert absent == [404] * len(never)


async def test_what_was_deleted_since_is_shown_as_it_was(api: Api) -> None:
    contract, _ = await with_municipality(api)

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        path = f"/contracts/{contract['id']}/goals"
        goal = (await hospital.post(path, json={"text": "Gå ut"})).json()
        revision = (await read(hospital, contract))["revision"]
        await api.records.write(SYSTEM_HOSPITAL, [Write("delete", "Goal", id=goal["id"])])
        told = [await read(each, contract, f"revision:{revision}") for each in (hospital, municipality)]
        now = await read(hospital, contract)

    assert [texts(each, "goals") for each in told] == [{"Gå ut"}, {"Gå ut"}]
    assert now["goals"] == []


async def test_what_was_hidden_since_is_shown_at_no_time(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as client:
        path = f"/contracts/{contract['id']}/goals"
        goal = (await hospital.post(path, json={"text": "Gå ut"})).json()
        seen = await read(client, contract)
        (stored,) = [
            m
            for m in (await api.records.contract(SYSTEM_HOSPITAL, contract["id"])).members
            if m.id == goal["id"]
        ]
        hidden = dict(stored.resource)
        hidden["meta"] = {**hidden["meta"], **hiding(references["SE2321000016-1001-nurse"])}
        await api.records.write(SYSTEM_HOSPITAL, [Write("update", "Goal", hidden, id=goal["id"])])
        told = [await read(each, contract, f"revision:{seen['revision']}") for each in (client, hospital)]

    assert texts(seen, "goals") == {"Gå ut"}
    assert [texts(each, "goals") for each in told] == [set(), {"Gå ut"}]
    assert [each["withheld"]["hiddenInformationExists"] for each in told] == [True, False]


def hiding(author: str) -> Json:
    parts = [
        {"url": "reason", "valueString": "Samtalet är inte hållet än"},
        {"url": "author", "valueReference": {"reference": author}},
        {"url": "review", "valueDate": "2999-01-01"},
    ]
    return {
        "security": [{"system": SECURITY, "code": "hidden-from-patient"}],
        "extension": [{"url": EXT_HIDDEN, "extension": parts}],
    }


async def test_what_left_the_contract_is_in_it_until_then_and_again_when_it_came_back(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå ut"},
        "subject": {"reference": patient},
    }

    (loose,) = await api.records.write(SYSTEM_HOSPITAL, [Write("create", "Goal", goal)])
    for goals in ([{"reference": loose.reference}], [], [{"reference": loose.reference}]):
        plan = (await api.records.read(SYSTEM_HOSPITAL, "CarePlan", contract["id"])).resource
        plan = {**plan, "goal": goals} if goals else {k: v for k, v in plan.items() if k != "goal"}
        await api.records.write(SYSTEM_HOSPITAL, [Write("update", "CarePlan", plan, id=contract["id"])])
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        told = [await read(hospital, contract, f"revision:{n}") for n in (1, 2, 3, 4)]

    assert [len(each["goals"]) for each in told] == [0, 1, 0, 1]


async def test_a_milestone_leads_to_the_version_first_marked_so(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    await admitted(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/goals"
        await hospital.post(path, json={"text": "Gå ut"})
        plan = (await api.records.read(SYSTEM_HOSPITAL, "CarePlan", contract["id"])).resource
        tag = {"system": MILESTONE, "code": "first-at-discharge"}
        marked = {**plan, "meta": {**plan["meta"], "tag": [tag]}}
        (marked_plan,) = await api.records.write(
            SYSTEM_HOSPITAL, [Write("update", "CarePlan", marked, id=contract["id"])]
        )
        await hospital.post(path, json={"text": "Gå hem"})
        again = {**marked_plan.resource, "title": "Mitt patientkontrakt"}
        await api.records.write(SYSTEM_HOSPITAL, [Write("update", "CarePlan", again, id=contract["id"])])
        told = await read(hospital, contract, "milestone:first-at-discharge")
        now = await read(hospital, contract)

    assert [(each["kind"], each["revision"]) for each in now["milestones"]] == [("first-at-discharge", 3)]
    assert (told["revision"], texts(told, "goals")) == (3, {"Gå ut"})


async def test_who_does_not_see_the_contract_learns_nothing_of_its_past(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    await api.records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient("195009072553"))])

    details = set()
    for actor in (SYSTEM_PRIMARY, OTHER_PATIENT):
        async with api.of(actor) as client:
            for as_of in ("revision:1", "revision:99", "2020-01-01", "2999-01-01"):
                answer = await client.get(f"/contracts/{contract['id']}", params={"asOf": as_of})
                details.add((answer.status_code, answer.json()["detail"]))

    assert len(details) == 1
    assert {status for status, _ in details} == {404}


@pytest.mark.one_database  # before or after what the database does
async def test_what_was_is_not_sent_again_to_one_who_holds_it(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}"
        first = await hospital.get(path, params={"asOf": "revision:1"})
        await hospital.post(f"{path}/goals", json={"text": "Gå ut"})
        known = {"If-None-Match": first.headers["etag"]}
        again = await hospital.get(path, params={"asOf": "revision:1"}, headers=known)
        now = await hospital.get(path, headers=known)

    assert (first.status_code, again.status_code, now.status_code) == (200, 304, 200)


async def test_an_agreement_leads_to_what_was_proposed_in_it(api: Api) -> None:
    case = await a_case(api)
    proposed = await case.proposed()
    await case.answers(PATIENT)
    contract = await case.sees(SYSTEM_HOSPITAL)

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_PRIMARY) as other:
        path = f"/contracts/{contract['id']}"
        ring = f"{path}/actions/{case.items['ring']}"
        await hospital.patch(ring, json={"when": {"latest": "2099-12-31"}})
        told = await read(hospital, contract, "agreement:1")
        none = await hospital.get(path, params={"asOf": "agreement:2"})
        unseen = await other.get(path, params={"asOf": "agreement:1"})
        changed = await hospital.get(f"{path}/changes", params={"from": "agreement:1"})

    was = next(each for each in told["actions"] if each["id"] == case.items["ring"])
    assert told["revision"] == proposed["revision"]
    assert (was["when"] or {}).get("latest") != "2099-12-31"
    assert (none.status_code, unseen.status_code) == (404, 404)
    assert any("31 december 2099" in text for text in changed.json()["sentences"])
