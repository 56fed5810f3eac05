"""Items of a contract added, changed, ended over HTTP, on both databases."""

import asyncio

import pytest

from pk_api.contract.parts import PARTS
from pk_api.fhir.systems import HSA_ID
from pk_api.records.values import Write
from tests.contract.wire import Api, bodies, opened, registered, with_municipality
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    PATIENT,
    PRIMARY,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    TOLVAN,
)

ENDINGS = {"appointments": "cancel", "plans": "revoke", "goals": "cancel", "actions": "cancel"}


@pytest.mark.parametrize("part", [part for part in PARTS if part != "messages"])
async def test_an_item_is_added_read_changed_and_ended(api: Api, part: str) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)
    new, change = bodies(references)[part]

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/{part}"
        added = await hospital.post(path, json=new)
        assert added.status_code == 201, added.text
        item = f"{path}/{added.json()['id']}"
        read = await hospital.get(item)
        changed = await hospital.patch(item, json=change, headers={"If-Match": added.headers["etag"]})
        assert changed.status_code == 200, changed.text
        event = ENDINGS.get(part, "end")
        body = {"reason": "Ersatt"} if event == "revoke" else {}
        ended = await hospital.post(
            f"{item}/{event}", json=body, headers={"If-Match": changed.headers["etag"]}
        )
        assert ended.status_code == 200, ended.text
        whole = (await hospital.get(f"/contracts/{contract['id']}")).json()

    assert added.headers["location"] == f"/v1{item}"
    assert read.json() == added.json()
    assert changed.json()["version"] == added.json()["version"] + 1
    assert ended.json()["version"] == changed.json()["version"] + 1
    assert ended.json()["state"] in {"ended", "cancelled", "revoked"}
    assert ended.json() in whole[part]
    assert whole["revision"] == contract["revision"] + 3


async def test_a_list_is_paged_without_repeating_or_losing(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/goals"
        made = {(await hospital.post(path, json={"text": f"Mål {n}"})).json()["id"] for n in range(5)}
        seen, params = [], {"limit": "2"}
        while True:
            page = (await hospital.get(path, params=params)).json()
            seen += [each["id"] for each in page["items"]]
            if page["next"] is None:
                break
            params = {"limit": "2", "cursor": page["next"]}

    assert len(seen) == 5
    assert set(seen) == made


async def test_the_patient_writes_what_matters_and_answers(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}"

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as tolvan:
        goal = (await hospital.post(f"{path}/goals", json={"text": "Gå ut"})).json()
        action = (await hospital.post(f"{path}/actions", json={"text": "Träna", "side": "patient"})).json()
        time = (
            await hospital.post(f"{path}/appointments", json=bodies(references)["appointments"][0])
        ).json()
        answers = [
            await tolvan.post(f"{path}/whatMatters", json={"text": "Barnbarnen"}),
            await tolvan.post(f"{path}/goals/{goal['id']}/accept"),
            await tolvan.post(f"{path}/actions/{action['id']}/accept"),
            await tolvan.post(f"{path}/actions/{action['id']}/complete", json={"comment": "Gick bra"}),
            await tolvan.post(f"{path}/appointments/{time['id']}/accept"),
            await tolvan.post(f"{path}/relatives", json={"name": "Siv", "relation": "spouse"}),
        ]
        forbidden = await tolvan.patch(f"{path}/goals/{goal['id']}", json={"text": "Något annat"})
        whole = (await tolvan.get(path)).json()

    assert [each.status_code for each in answers] == [201, 200, 200, 200, 200, 201], [a.text for a in answers]
    assert forbidden.status_code == 403
    assert whole["goals"][0]["acceptedBy"] == ["patient"]
    assert whole["appointments"][0]["patientAnswer"] == "accepted"
    assert [each["by"] for each in whole["appointments"][0]["answers"]] == ["patient"]
    assert whole["whatMatters"][0]["toldBy"] == "patient"


async def test_who_joins_the_team_sees_the_contract_and_who_leaves_does_not(api: Api) -> None:
    contract, _ = await with_municipality(api)
    path = f"/contracts/{contract['id']}"

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        seen = await municipality.get(path)
        (member,) = [
            each for each in seen.json()["team"] if each["unit"] and each["unit"]["hsaId"] == MUNICIPALITY
        ]
        ended = await hospital.post(f"{path}/team/{member['id']}/end")
        gone = await municipality.get(path)

    assert (seen.status_code, ended.status_code, gone.status_code) == (200, 200, 404)


async def test_an_owner_is_named_by_hsa_id_and_answers_for_itself(api: Api) -> None:
    contract, references = await with_municipality(api)
    path = f"/contracts/{contract['id']}/actions"

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        body = {"text": "Dela dosett", "side": "municipality", "owner": {"hsaId": f"{MUNICIPALITY}-N"}}
        asked = await hospital.post(path, json=body)
        not_mine = await hospital.post(f"{path}/{asked.json()['id']}/accept")
        accepted = await municipality.post(f"{path}/{asked.json()['id']}/accept")
        unknown = await hospital.post(path, json={**body, "owner": {"hsaId": "SE0000000000-0000"}})

    assert asked.json()["owner"]["reference"] == references[f"{MUNICIPALITY}-nurse"]
    assert (asked.json()["state"], accepted.json()["state"]) == ("requested", "accepted")
    assert not_mine.status_code == 403
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/owner")


async def test_a_change_through_fhir_is_seen_here_and_keeps_what_it_held(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    task = {
        "resourceType": "Task",
        "identifier": [{"system": HSA_ID, "value": "A-1"}],
        "basedOn": [{"reference": contract["reference"]}],
        "status": "accepted",
        "intent": "order",
        "description": "Ring",
        "for": {"reference": patient},
        "input": [{"type": {"text": "Vikt"}, "valueDecimal": 72.5}],
    }
    (stored,) = await api.records.write(SYSTEM_HOSPITAL, [Write("create", "Task", task)])

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/actions/{stored.id}"
        seen = await hospital.get(path)
        await hospital.patch(path, json={"text": "Ring i dag"})
    after = (await api.records.read(SYSTEM_HOSPITAL, "Task", stored.id)).resource

    assert seen.json()["text"] == "Ring"
    assert after["description"] == "Ring i dag"
    assert (after["identifier"], after["input"], after["intent"]) == (
        task["identifier"],
        task["input"],
        "order",
    )


async def test_a_plan_is_no_contract_and_an_item_of_another_part_is_not_found(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}"
        plan = (await hospital.post(f"{path}/plans", json={"kind": "sip", "title": "SIP"})).json()
        goal = (await hospital.post(f"{path}/goals", json={"text": "Gå ut"})).json()
        responses = [
            await hospital.get(f"/contracts/{plan['id']}"),
            await hospital.get(f"{path}/whatMatters/{goal['id']}"),
            await hospital.patch(f"{path}/actions/{goal['id']}", json={"text": "x"}),
            await hospital.post(f"{path}/team/nobody/end"),
        ]

    assert [each.status_code for each in responses] == [404] * 4


async def test_who_is_outside_the_team_writes_nothing(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_MUNICIPALITY) as municipality:
        response = await municipality.post(f"/contracts/{contract['id']}/goals", json={"text": "Gå ut"})

    assert response.status_code == 404


async def test_identity_numbers_stand_in_no_answer_but_the_persons_own(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        whole = await hospital.get(f"/contracts/{contract['id']}")
        wrong = await hospital.post("/contracts", json={"patient": {"personnummer": TOLVAN, TOLVAN: "x"}})
        path = await hospital.get(f"/contracts/{TOLVAN}")

    for each in (whole, wrong, path):
        assert TOLVAN not in each.text
    assert wrong.status_code == 400


async def test_a_second_coordinating_contact_is_refused(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/contacts"
        body = {"kind": "fast-vardkontakt", "coordinating": True}
        first = await hospital.post(
            path, json={**body, "member": {"reference": references[f"{HOSPITAL}-nurse"]}}
        )
        second = await hospital.post(
            path, json={**body, "member": {"reference": references[f"{PRIMARY}-nurse"]}}
        )
        whole = (await hospital.get(f"/contracts/{contract['id']}")).json()

    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json()["errors"][0]["pointer"] == "/coordinating"
    assert whole["responsible"]["contact"] == first.json()["id"]


async def test_sixteen_who_write_at_once_lose_nothing_and_leave_no_gap(api: Api) -> None:
    contract, _ = await with_municipality(api)
    path = f"/contracts/{contract['id']}"
    each_writer = 5

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        before = (await hospital.get(path)).json()["revision"]
        action = (await hospital.post(f"{path}/actions", json={"text": "Ring", "side": "care"})).json()

        async def write(n: int) -> None:
            client = hospital if n % 2 else municipality
            for turn in range(each_writer):
                made = await client.post(f"{path}/goals", json={"text": f"{n}-{turn}"})
                assert made.status_code == 201, made.text
            same = await client.patch(f"{path}/actions/{action['id']}", json={"when": {"text": f"nr {n}"}})
            assert same.status_code == 200, same.text

        await asyncio.gather(*(write(n) for n in range(16)))
        whole = (await hospital.get(path)).json()
        revisions = (await hospital.get(f"{path}/revisions", params={"limit": "500"})).json()

    assert {each["text"] for each in whole["goals"]} == {
        f"{n}-{t}" for n in range(16) for t in range(each_writer)
    }
    assert whole["revision"] == before + 1 + 16 * each_writer + 16
    assert [each["number"] for each in revisions["items"]] == list(range(whole["revision"], 0, -1))


async def test_many_who_join_the_team_at_once_are_all_in_it(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/team"
        targets = [reference for name, reference in references.items() if name != HOSPITAL]
        joined = await asyncio.gather(
            *(hospital.post(path, json={"member": {"reference": t}}) for t in targets)
        )
        team = (await hospital.get(path)).json()["items"]

    assert [each.status_code for each in joined] == [201] * len(targets)
    assert set(targets) <= {each["member"]["reference"] for each in team}
    assert len({each.json()["id"] for each in joined}) == len(targets)


async def test_a_version_that_is_matched_is_not_stale_when_the_team_has_changed(api: Api) -> None:
    contract, references = await with_municipality(api)
    path = f"/contracts/{contract['id']}"

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        owner = {"reference": references[f"{MUNICIPALITY}-nurse"]}
        asked = await hospital.post(f"{path}/actions", json={"text": "Dosett", "owner": owner})
        accepted, joined = await asyncio.gather(
            municipality.post(
                f"{path}/actions/{asked.json()['id']}/accept", headers={"If-Match": asked.headers["etag"]}
            ),
            hospital.post(f"{path}/team", json={"member": {"hsaId": PRIMARY}}),
        )
        members = {
            each["member"]["reference"] for each in (await hospital.get(f"{path}/team")).json()["items"]
        }

    assert (accepted.status_code, joined.status_code) == (200, 201)
    assert {owner["reference"], references[PRIMARY]} <= members
