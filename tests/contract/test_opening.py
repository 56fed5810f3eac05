"""Contracts opened, found, read and closed over HTTP, on both databases."""

import asyncio

from pk_api.access.actor import Actor
from pk_api.records.values import Write
from tests.contract.wire import Api, key, opened, registered
from tests.rules.people import labelled
from tests.support.actors import (
    ALL,
    HOSPITAL,
    OPERATOR,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    TOLVAN,
)

BY_NUMBER = {"patient": {"personnummer": TOLVAN}}


async def test_a_contract_is_opened_by_personnummer(api: Api) -> None:
    patient, references = await registered(api.records)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.post("/contracts", json={**BY_NUMBER, "indications": ["complex"]})

    contract = response.json()
    assert response.status_code == 201, response.text
    assert response.headers["location"] == f"/v1/contracts/{contract['id']}"
    assert response.headers["contract-revision"] == "1"
    assert (contract["status"], contract["revision"]) == ("active", 1)
    assert contract["patient"]["reference"] == patient
    assert contract["offer"]["indications"] == ["complex"]
    assert [each["member"]["reference"] for each in contract["team"]] == [references[HOSPITAL], patient]


async def test_what_was_opened_is_what_is_read(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.get(f"/contracts/{contract['id']}")

    assert response.json() == contract


async def test_a_draft_is_activated(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient, status="draft")

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.post(f"/contracts/{contract['id']}/status", json={"status": "activate"})

    assert (response.status_code, response.json()["status"]) == (200, "active")


async def test_an_unknown_patient_is_told_without_the_number(api: Api) -> None:
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.post("/contracts", json=BY_NUMBER)

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/patient")
    assert TOLVAN not in response.text


async def test_a_number_with_a_wrong_check_digit_is_refused_without_the_number(api: Api) -> None:
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.post("/contracts", json={"patient": {"personnummer": "191212121213"}})

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/patient/personnummer"
    assert "191212121213" not in response.text


async def test_of_fifty_who_open_at_once_one_succeeds(api: Api) -> None:
    await registered(api.records)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        responses = await asyncio.gather(*(hospital.post("/contracts", json=BY_NUMBER) for _ in range(50)))

    statuses = sorted(each.status_code for each in responses)
    (first,) = [each for each in responses if each.status_code == 201]
    assert statuses == [201] + [409] * 49
    for each in responses:
        if each.status_code == 409:
            assert each.json()["type"].endswith("/second-contract")
            assert each.json()["contract"] == first.json()["id"]


async def test_who_may_not_see_the_standing_contract_is_not_told_which_it_is(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_MUNICIPALITY) as municipality:
        response = await municipality.post("/contracts", json=BY_NUMBER)

    problem = response.json()
    assert (response.status_code, "contract" in problem) == (409, False)
    assert "coordination-requests" in problem["detail"]
    assert contract["id"] not in response.text
    assert HOSPITAL not in response.text


async def test_the_same_key_opens_once_and_answers_the_same(api: Api) -> None:
    await registered(api.records)
    headers = key()

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        first = await hospital.post("/contracts", json=BY_NUMBER, headers=headers)
        await hospital.post(f"/contracts/{first.json()['id']}/goals", json={"text": "Senare"})
        second = await hospital.post("/contracts", json=BY_NUMBER, headers=headers)

    assert (second.status_code, second.json()) == (201, first.json())


async def test_the_same_key_with_another_body_is_refused(api: Api) -> None:
    await registered(api.records)
    headers = key()

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        await hospital.post("/contracts", json=BY_NUMBER, headers=headers)
        second = await hospital.post("/contracts", json={**BY_NUMBER, "status": "draft"}, headers=headers)

    assert (second.status_code, second.json()["type"].rpartition("/")[2]) == (422, "idempotency-mismatch")


async def test_a_contract_elsewhere_is_not_found(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_MUNICIPALITY) as municipality:
        hidden = await municipality.get(f"/contracts/{contract['id']}")
        absent = await municipality.get("/contracts/nothing")

    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.json() == absent.json()


async def test_who_holds_the_present_contract_gets_304_until_it_changes(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}"
        tag = (await hospital.get(path)).headers["etag"]
        same = await hospital.get(path, headers={"If-None-Match": tag})
        english = await hospital.get(path, headers={"If-None-Match": tag, "Accept-Language": "en"})
        await hospital.post(f"{path}/goals", json={"text": "Gå ut"})
        changed = await hospital.get(path, headers={"If-None-Match": tag})

    assert (same.status_code, same.content) == (304, b"")
    assert (english.status_code, changed.status_code) == (200, 200)
    assert changed.json()["revision"] == contract["revision"] + 1


async def test_a_contract_is_read_by_parts(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        some = await hospital.get(f"/contracts/{contract['id']}", params={"parts": "goals,actions"})
        wrong = await hospital.get(f"/contracts/{contract['id']}", params={"parts": "goal"})

    assert {"goals", "actions"} <= some.json().keys()
    assert not {"contacts", "team"} & some.json().keys()
    assert wrong.status_code == 400


async def test_a_query_that_would_be_ignored_is_refused(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.get(f"/contracts/{contract['id']}", params={"asof": "revision:1"})

    assert response.status_code == 400


async def test_contracts_are_found_by_patient_and_status(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        found = await hospital.post("/contracts/search", json=BY_NUMBER)
        closed = await hospital.post("/contracts/search", json={**BY_NUMBER, "status": "completed"})
        unknown = await hospital.post("/contracts/search", json={"patient": {"personnummer": "195009072553"}})
    async with api.of(SYSTEM_MUNICIPALITY) as municipality:
        elsewhere = await municipality.post("/contracts/search", json=BY_NUMBER)

    assert [each["id"] for each in found.json()["items"]] == [contract["id"]]
    assert found.json()["items"][0]["patient"] == {"reference": patient}
    assert found.json()["items"][0]["revision"] == contract["revision"]
    for other in (closed, unknown, elsewhere):
        assert other.json() == {"items": [], "next": None}


async def test_contracts_are_paged(api: Api) -> None:
    numbers = ("191212121212", "195009072553", "196101182803")
    first = True
    for number in numbers:
        if first:
            patient, _ = await registered(api.records, number=number)
        else:
            patient = await _another(api, number)
        first = False
        await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        seen, cursor = [], None
        while True:
            body = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await hospital.post("/contracts/search", json=body)).json()
            seen += [each["id"] for each in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        wrong = await hospital.post("/contracts/search", json={"cursor": "nonsense"})

    assert len(seen) == len(set(seen)) == 3
    assert wrong.status_code == 400


async def _another(api: Api, number: str) -> str:
    from pk_api.records.values import Write
    from tests.support.resources import a_patient

    (patient,) = await api.records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(number))])
    return patient.reference


async def test_the_patient_reads_the_own_contract(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(PATIENT) as tolvan:
        response = await tolvan.get(f"/contracts/{contract['id']}")

    assert (response.status_code, response.json()["id"]) == (200, contract["id"])


async def test_who_has_no_care_relation_by_kind_is_refused(api: Api) -> None:
    async with api.of(OPERATOR) as operator:
        response = await operator.post("/contracts", json=BY_NUMBER)

    assert response.status_code == 403


async def test_a_provider_that_is_not_registered_is_told_to_register(api: Api) -> None:
    await registered(api.records)
    stranger = Actor("system", "stranger", provider="SE9999999999-0001", scopes=ALL)

    async with api.of(stranger) as other:
        response = await other.post("/contracts", json=BY_NUMBER)

    assert response.status_code == 422
    assert "Organization" in response.json()["detail"]


async def test_a_closed_contract_is_read_not_changed(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}"
        closed = await hospital.post(f"{path}/status", json={"status": "complete"})
        late = await hospital.post(f"{path}/goals", json={"text": "För sent"})
        again = await hospital.post(f"{path}/status", json={"status": "complete"})
        read = await hospital.get(path)

    assert (closed.json()["status"], read.json()["status"]) == ("completed", "completed")
    assert late.status_code == again.status_code == 409
    assert late.json()["type"].endswith("/not-allowed-in-state")


async def test_a_revoked_contract_has_a_reason(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.post(f"/contracts/{contract['id']}/status", json={"status": "revoke"})

    assert response.status_code == 400


async def test_a_new_contract_may_follow_a_closed_one(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        await hospital.post(f"/contracts/{contract['id']}/status", json={"status": "complete"})
        second = await hospital.post("/contracts", json=BY_NUMBER)

    assert second.status_code == 201


async def test_revisions_tell_what_was_changed_and_by_whom(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}"
        goal = (await hospital.post(f"{path}/goals", json={"text": "Gå ut"})).json()
        first = (await hospital.get(f"{path}/revisions", params={"limit": 1})).json()
        rest = (await hospital.get(f"{path}/revisions", params={"cursor": first["next"]})).json()

    (latest,) = first["items"]
    assert latest["number"] == 2
    assert latest["by"]["name"] == SYSTEM_HOSPITAL.name
    assert [(c["part"], c["id"], c["version"]) for c in latest["changes"]] == [("goals", goal["id"], 1)]
    assert [each["number"] for each in rest["items"]] == [1]
    assert rest["next"] is None


async def test_revisions_tell_nothing_of_what_the_reader_does_not_see(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)
    hidden = {
        "resourceType": "Task",
        "meta": labelled("staff-only", references[HOSPITAL]),
        "status": "requested",
        "intent": "plan",
        "basedOn": [{"reference": contract["reference"]}],
        "for": {"reference": patient},
    }
    await api.records.write(SYSTEM_HOSPITAL, [Write("create", "Task", hidden)])

    async with api.of(PATIENT) as person, api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/revisions"
        told = (await person.get(path)).json()["items"][0]
        whole = (await hospital.get(path)).json()["items"][0]

    assert (told["number"], told["by"], told["changes"]) == (2, dict.fromkeys(whole["by"]), [])
    assert (whole["by"]["name"], len(whole["changes"])) == (SYSTEM_HOSPITAL.name, 1)


async def test_the_next_step_is_the_earliest_action(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}"
        before = (await hospital.get(f"{path}/next-step")).json()
        body = {"text": "Ring", "side": "patient", "when": {"latest": "2099-01-01"}}
        action = (await hospital.post(f"{path}/actions", json=body)).json()
        after = (await hospital.get(f"{path}/next-step")).json()

    assert before == {"nextStep": None, "nextSteps": []}
    assert after["nextStep"]["item"] == f"actions/{action['id']}"
