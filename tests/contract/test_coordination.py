"""The standing request route: the unit that holds the contract is asked, the asker learns nothing."""

from pk_api.fhir.search.query import parse_query
from pk_api.records.values import Stored
from tests.contract.wire import Api, key, opened, registered
from tests.support.actors import (
    MUNICIPALITY,
    OPERATOR,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    TOLVAN,
)

ASKED = {"patient": {"personnummer": TOLVAN}, "text": "Kan ni kalla till ett möte?"}


async def requests_seen(api: Api, patient: str, actor: object) -> tuple[Stored, ...]:
    query = parse_query("Task", [("patient", patient.partition("/")[2])], lenient=False)
    return (await api.records.search(actor, query)).items  # type: ignore[arg-type]


async def test_the_request_reaches_the_unit_that_holds_the_contract(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_MUNICIPALITY) as municipality, api.of(SYSTEM_HOSPITAL) as hospital:
        asked = await municipality.post("/coordination-requests", json=ASKED)
        whole = (await hospital.get(f"/contracts/{contract['id']}")).json()

    (action,) = whole["actions"]
    assert (asked.status_code, asked.json()) == (202, {"status": "received"})
    assert (action["kind"], action["text"], action["state"]) == (
        "request-coordination",
        ASKED["text"],
        "requested",
    )


async def test_the_asker_sees_neither_request_nor_contract(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_MUNICIPALITY) as municipality:
        await municipality.post("/coordination-requests", json=ASKED)
        hidden = await municipality.get(f"/contracts/{contract['id']}")

    assert hidden.status_code == 404
    assert await requests_seen(api, patient, SYSTEM_MUNICIPALITY) == ()
    assert len(await requests_seen(api, patient, SYSTEM_HOSPITAL)) == 1


async def test_the_answer_is_the_same_without_contract_and_without_patient(api: Api) -> None:
    async with api.of(SYSTEM_MUNICIPALITY) as municipality:
        nobody = await municipality.post("/coordination-requests", json=ASKED)
        patient, _ = await registered(api.records)
        nothing = await municipality.post("/coordination-requests", json=ASKED)
        await opened(api, patient)
        something = await municipality.post("/coordination-requests", json=ASKED)

    answers = {
        (each.status_code, each.content, tuple(sorted(each.headers.items())))
        for each in (nobody, nothing, something)
    }
    assert len(answers) == 1


async def test_the_same_key_asks_once_and_another_text_is_not_told_apart(api: Api) -> None:
    patient, _ = await registered(api.records)
    await opened(api, patient)
    headers = key()

    async with api.of(SYSTEM_MUNICIPALITY) as municipality:
        first = await municipality.post("/coordination-requests", json=ASKED, headers=headers)
        again = await municipality.post("/coordination-requests", json=ASKED, headers=headers)
        other = await municipality.post(
            "/coordination-requests", json={**ASKED, "text": "En sak till"}, headers=headers
        )

    assert {first.status_code, again.status_code, other.status_code} == {202}
    assert len(await requests_seen(api, patient, SYSTEM_HOSPITAL)) == 2


async def test_the_request_tells_who_asks(api: Api) -> None:
    patient, _ = await registered(api.records)
    await opened(api, patient)

    async with api.of(SYSTEM_MUNICIPALITY) as municipality:
        await municipality.post("/coordination-requests", json=ASKED)

    (task,) = await requests_seen(api, patient, SYSTEM_HOSPITAL)
    assert task.resource["requester"]["identifier"]["value"] == MUNICIPALITY
    assert TOLVAN not in task.body


async def test_only_care_asks_here(api: Api) -> None:
    async with api.of(PATIENT) as tolvan, api.of(OPERATOR) as operator:
        own = await tolvan.post("/coordination-requests", json=ASKED)
        none = await operator.post("/coordination-requests", json=ASKED)

    assert (own.status_code, none.status_code) == (403, 403)
