"""Messages between the patient and the team: sent, read by each side, answered, changed by the sender."""

from typing import Any

import pytest

from pk_api.records.values import Write
from tests.contract.wire import Api, opened, registered, with_municipality
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    TOLVAN,
)
from tests.support.actors import PATIENT as THE_PATIENT

Json = dict[str, Any]


async def _unread(api: Api, contract: Json, actor: Any) -> tuple[int, str]:
    async with api.of(actor) as client:
        found = await client.get(f"/contracts/{contract['id']}")
    return found.json()["messages"]["unread"], found.headers["etag"]


async def _sent(api: Api, contract: Json, actor: Any, **body: Any) -> Json:
    async with api.of(actor) as client:
        answer = await client.post(f"/contracts/{contract['id']}/messages", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def _read(api: Api, contract: Json, actor: Any, message: Json) -> Json:
    async with api.of(actor) as client:
        answer = await client.post(f"/contracts/{contract['id']}/messages/{message['id']}/read", json={})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_each_side_reads_for_itself(api: Api) -> None:
    contract, _ = await with_municipality(api)
    asked = await _sent(api, contract, THE_PATIENT, text="Får jag ta bussen?", topic="Resor")

    before = [await _unread(api, contract, each) for each in (SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY)]
    read = await _read(api, contract, SYSTEM_HOSPITAL, asked)
    after = [await _unread(api, contract, each) for each in (SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY)]

    assert asked["from"]["reference"].startswith("Patient/")
    assert {one["organisation"]["hsaId"] for one in asked["to"]} == {HOSPITAL, MUNICIPALITY}
    assert [count for count, _ in before] == [1, 1]
    assert [count for count, _ in after] == [0, 1]
    assert before[0][1] != before[1][1], "what is unread is of each reader, and so is the tag"
    assert [mark["side"] for mark in read["readBy"]] == ["care"]
    assert (await _unread(api, contract, THE_PATIENT))[0] == 0, "one's own message is no news"
    assert await _read(api, contract, SYSTEM_HOSPITAL, asked) == read, "read once is read"


async def test_an_answer_is_unread_until_the_patient_reads_it(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    asked = await _sent(api, contract, THE_PATIENT, text="Får jag ta bussen?")
    told = await _sent(api, contract, SYSTEM_HOSPITAL, text="Ja, från fredag.", inReplyTo=asked["id"])

    assert (told["inReplyTo"], [one["reference"] for one in told["to"]]) == (asked["id"], [patient])
    assert (await _unread(api, contract, THE_PATIENT))[0] == 1
    assert [mark["side"] for mark in (await _read(api, contract, THE_PATIENT, told))["readBy"]] == ["patient"]
    assert (await _unread(api, contract, THE_PATIENT))[0] == 0


@pytest.mark.parametrize(
    ("sender", "other"), [(THE_PATIENT, SYSTEM_HOSPITAL), (SYSTEM_HOSPITAL, THE_PATIENT)]
)
async def test_only_the_sender_changes_a_message_and_it_is_unread_then(
    api: Api, sender: Any, other: Any
) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    message = await _sent(api, contract, sender, text="Kom klockan nio.")
    path = f"/contracts/{contract['id']}/messages/{message['id']}"
    await _read(api, contract, other, message)

    async with api.of(other) as client:
        refused = await client.patch(path, json={"text": "Kom klockan tio."})
    async with api.of(sender) as client:
        changed = await client.patch(path, json={"text": "Kom klockan tio."})

    assert refused.status_code == 403
    assert (changed.status_code, changed.json()["readBy"]) == (200, [])
    assert (await _unread(api, contract, other))[0] == 1


async def test_a_message_written_by_fhir_is_one_of_the_contract(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    message = {
        "resourceType": "Communication",
        "status": "completed",
        "subject": {"reference": patient},
        "about": [{"reference": f"CarePlan/{contract['id']}"}],
        "sender": {"reference": patient},
        "payload": [{"contentString": "Får jag ta bussen?"}],
    }
    await api.records.write(THE_PATIENT, [Write("create", "Communication", message)])

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        found = (await hospital.get(f"/contracts/{contract['id']}/messages")).json()["items"]

    assert [(one["text"], one["unread"]) for one in found] == [("Får jag ta bussen?", True)]
    assert TOLVAN not in str(found)
