"""Writing at the same time as others: item versions, base revisions, and keys of requests."""

import asyncio

import pytest

from pk_api.contract.parts import PARTS
from tests.contract.wire import Api, bodies, key, opened, registered, with_municipality
from tests.support.actors import PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY
from tests.support.tables import rows


async def test_a_stale_version_is_refused_and_the_current_one_told(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/goals"
        goal = (await hospital.post(path, json={"text": "Gå ut"})).json()
        item = f"{path}/{goal['id']}"
        await hospital.patch(item, json={"text": "Gå in"})
        stale = await hospital.patch(item, json={"text": "Gå upp"}, headers={"If-Match": 'W/"1"'})
        event = await hospital.post(f"{item}/achieve", headers={"If-Match": '"1"'})
        other = await hospital.patch(item, json={"text": "Gå upp"}, headers={"If-Match": 'W/"x"'})
        bare = await hospital.patch(item, json={"text": "Gå ned"}, headers={"If-Match": "2"})
        anything = await hospital.patch(item, json={"text": "Gå runt"}, headers={"If-Match": "*"})

    assert [each.status_code for each in (stale, event, other, bare, anything)] == [412, 412, 412, 200, 200]
    assert stale.json()["current"] == 2


async def test_a_base_revision_stops_what_has_changed_since_and_shows_both_sides(api: Api) -> None:
    contract, _ = await with_municipality(api)
    path = f"/contracts/{contract['id']}"

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        goal = (await hospital.post(f"{path}/goals", json={"text": "Gå ut"})).json()
        base = (await municipality.get(path)).json()["revision"]
        await hospital.patch(f"{path}/goals/{goal['id']}", json={"text": "Gå till affären"})
        response = await municipality.patch(
            f"{path}/goals/{goal['id']}", json={"text": "Gå hem"}, headers={"Base-Revision": str(base)}
        )

    problem = response.json()
    assert response.status_code == 409
    (conflict,) = problem["conflicts"]
    assert (conflict["part"], conflict["id"]) == ("goals", goal["id"])
    assert conflict["base"]["text"] == "Gå ut"
    assert conflict["theirs"]["text"] == "Gå till affären"
    assert conflict["yours"] == {"text": "Gå hem"}
    assert problem["revision"] == base + 1


async def test_a_base_revision_lets_through_what_others_have_not_touched(api: Api) -> None:
    contract, _ = await with_municipality(api)
    path = f"/contracts/{contract['id']}"

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        goal = (await hospital.post(f"{path}/goals", json={"text": "Gå ut"})).json()
        base = (await municipality.get(path)).json()["revision"]
        await hospital.post(f"{path}/actions", json={"text": "Ring", "side": "care"})
        response = await municipality.patch(
            f"{path}/goals/{goal['id']}", json={"text": "Gå hem"}, headers={"Base-Revision": str(base)}
        )

    assert response.status_code == 200


async def test_without_conditions_no_concurrent_change_is_lost(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/actions"
        action = (await hospital.post(path, json={"text": "Ring", "side": "patient"})).json()
        item = f"{path}/{action['id']}"
        responses = await asyncio.gather(
            hospital.patch(item, json={"text": "Ring i dag"}),
            hospital.patch(item, json={"when": {"latest": "2099-01-01"}}),
            hospital.patch(item, json={"when": {"text": "snart"}}),
            hospital.patch(item, json={"kind": "book-time"}),
        )
        after = (await hospital.get(item)).json()

    assert [each.status_code for each in responses] == [200] * 4
    assert (after["text"], after["kind"]) == ("Ring i dag", "book-time")
    assert after["when"] == {"text": "snart", "earliest": None, "latest": "2099-01-01"}
    assert after["version"] == 5


@pytest.mark.parametrize("part", PARTS)
async def test_the_same_key_adds_once_and_answers_the_same(api: Api, part: str) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)
    new, change = bodies(references)[part]
    headers = key()

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/{part}"
        first = await hospital.post(path, json=new, headers=headers)
        again = await hospital.post(path, json=new, headers=headers)
        await hospital.patch(f"{path}/{first.json()['id']}", json=change)
        later = await hospital.post(path, json=new, headers=headers)

    assert (first.status_code, again.status_code, later.status_code) == (201, 201, 201)
    assert first.json() == again.json()
    assert later.json()["id"] == first.json()["id"]
    assert later.json()["version"] == first.json()["version"]


async def test_the_same_key_completes_once_and_answers_the_same(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    headers = key()

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/actions"
        action = (await hospital.post(path, json={"text": "Ring", "side": "patient"})).json()
        first = await hospital.post(f"{path}/{action['id']}/complete", headers=headers)
        again = await hospital.post(f"{path}/{action['id']}/complete", headers=headers)
        without = await hospital.post(f"{path}/{action['id']}/complete", headers=key())
        other = await hospital.post(f"{path}/{action['id']}/cancel", headers=headers)

    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert without.status_code == 409
    assert other.status_code == 422


async def test_a_refused_request_does_not_use_up_its_key(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    headers = key()

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/plans"
        plan = (await hospital.post(path, json={"kind": "vardplan", "title": "VP", "state": "draft"})).json()
        refused = await hospital.post(f"{path}/{plan['id']}/complete", headers=headers)
        await hospital.post(f"{path}/{plan['id']}/activate")
        allowed = await hospital.post(f"{path}/{plan['id']}/complete", headers=headers)

    assert (refused.status_code, allowed.status_code) == (409, 200)


async def test_of_many_who_change_one_item_all_come_through_and_none_is_on_record_as_refused(
    api: Api, database_url: str
) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/actions"
        item = f"{path}/{(await hospital.post(path, json={'text': 'Ring', 'side': 'patient'})).json()['id']}"
        answers = await asyncio.gather(
            *(hospital.patch(item, json={"text": f"Ring {n} gånger"}) for n in range(60))
        )

    assert [answer.status_code for answer in answers] == [200] * 60
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 62))
    assert [row for row in await rows(database_url, "audit") if row["outcome"] != "allowed"] == []


async def test_a_change_that_the_contracts_own_rules_refuse_is_on_record(api: Api, database_url: str) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(PATIENT) as client:
        answer = await client.post(
            f"/contracts/{contract['id']}/status", json={"status": "revoke", "reason": "Nej"}
        )

    (refused,) = [row for row in await rows(database_url, "audit") if row["outcome"] == "refused"]
    assert answer.status_code == 403
    assert (refused["actor_kind"], refused["detail"]) == ("patient", "forbidden")
    assert contract["reference"] in refused["entities"]
