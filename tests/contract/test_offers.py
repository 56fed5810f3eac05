"""Offers of a contract and patients' wishes for one, from the offer to the contract or the record of a no."""

import asyncio
from itertools import product
from typing import Any

import pytest

from pk_api.contract.editing.offers import OUTCOMES, new_offer, outcome_of
from pk_api.contract.reading.offers import offer_state
from pk_api.fhir.problems import Problem
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.validate import check
from pk_api.records.values import Write
from tests.contract.cases import NOW
from tests.contract.cases import PATIENT as TOLVAN_REFERENCE
from tests.contract.wire import Api, Json, key, opened, registered
from tests.support.actors import (
    HOSPITAL,
    OPERATOR,
    OTHER_PATIENT,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    TOLVAN,
)
from tests.support.profiles import profile_of

MADE: Json = {"patient": {"personnummer": TOLVAN}, "indications": ["complex"]}
CARE: Json = {"reference": "Organization/region"}
OWN: Json = {"reference": TOLVAN_REFERENCE}
STATES = ("wished", "offered", "accepted", "declined", "not-offered", "withdrawn")
ANSWERS = ("accepted", "declined", "not-offered", "withdrawn")
POSSIBLE = {
    ("wished", "accepted", "care"): "accepted",
    ("wished", "not-offered", "care"): "not-offered",
    ("wished", "withdrawn", "patient"): "withdrawn",
    ("offered", "accepted", "patient"): "accepted",
    ("offered", "accepted", "care"): "accepted",
    ("offered", "declined", "patient"): "declined",
    ("offered", "declined", "care"): "declined",
    ("offered", "withdrawn", "care"): "withdrawn",
    ("accepted", "accepted", "patient"): "accepted",
    ("accepted", "accepted", "care"): "accepted",
}


def a_task(state: str) -> Json:
    """The offer in a state."""
    is_wish = state in {"wished", "not-offered"}
    writer = OWN if is_wish else CARE
    task = new_offer({"indications": ["complex"]}, patient=OWN, writer=writer, to=CARE, now=NOW)
    status = {
        "accepted": "accepted",
        "declined": "rejected",
        "not-offered": "rejected",
        "withdrawn": "cancelled",
    }
    return task | {"status": status.get(state, "requested")}


@pytest.mark.parametrize(("state", "answer", "who"), list(product(STATES, ANSWERS, ("patient", "care"))))
def test_every_answer_in_every_state_by_everyone(state: str, answer: str, who: str) -> None:
    task = a_task(state)
    assert offer_state(task) == state

    try:
        outcome = outcome_of(task, answer, by_patient=who == "patient")
        became = offer_state(task | {"status": outcome.status or task["status"]})
    except Problem as problem:
        became = problem.kind

    refused = "forbidden" if (state, answer) in OUTCOMES else "not-allowed-in-state"
    assert became == POSSIBLE.get((state, answer, who), refused)


@pytest.mark.parametrize("writer", [OWN, CARE])
@pytest.mark.parametrize("why_not", [None, "Behoven är små."])
def test_an_offer_follows_its_profile(writer: Json, why_not: str | None) -> None:
    values: dict[str, Any] = {"indications": ["complex", "long-term"], "notOffered": why_not}
    task = new_offer(values, patient=OWN, writer=writer, to=CARE, now=NOW) | {"id": "offer"}
    profile = profile_of(task)

    assert check(task) == []
    assert profile is not None
    assert KNOWN.check(task, profile) == []


async def made(api: Api, **more: Any) -> Json:
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.post("/offers", json=MADE | more)
    assert response.status_code == 201, response.text
    return dict(response.json())


async def test_a_patient_accepts_and_the_contract_opens_in_the_offerers_name(api: Api) -> None:
    patient, references = await registered(api.records)
    offer = await made(api)

    async with api.of(PATIENT) as tolvan:
        answer = await tolvan.post(f"/offers/{offer['id']}/answer", json={"answer": "accepted"})
        contract = (await tolvan.get(f"/contracts/{answer.json()['contract']}")).json()

    assert (offer["state"], offer["to"]["reference"]) == ("offered", patient)
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    assert contract["status"] == "active"
    assert contract["offer"]["state"] == "accepted"
    assert contract["offer"]["indications"] == ["complex"]
    assert contract["offer"]["reference"] == offer["reference"]
    assert references[HOSPITAL] in [each["member"]["reference"] for each in contract["team"]]
    assert contract["actions"] == []


async def test_a_declined_offer_leaves_its_record_and_no_contract(api: Api) -> None:
    await registered(api.records)
    offer = await made(api)

    async with api.of(PATIENT) as tolvan, api.of(SYSTEM_HOSPITAL) as hospital:
        body = {"answer": "declined", "reason": "Jag planerar själv."}
        await tolvan.post(f"/offers/{offer['id']}/answer", json=body)
        kept = (await hospital.get(f"/offers/{offer['id']}")).json()
        contracts = await hospital.post("/contracts/search", json={"patient": {"personnummer": TOLVAN}})
        again = await tolvan.post(f"/offers/{offer['id']}/answer", json={"answer": "accepted"})

    assert (kept["state"], kept["reason"], kept["contract"]) == ("declined", "Jag planerar själv.", None)
    assert kept["answeredOn"] is not None
    assert contracts.json()["items"] == []
    assert again.status_code == 409


async def test_a_no_without_a_reason_is_no_answer(api: Api) -> None:
    await registered(api.records)
    offer = await made(api)

    async with api.of(PATIENT) as tolvan:
        answer = await tolvan.post(f"/offers/{offer['id']}/answer", json={"answer": "declined"})

    assert answer.status_code == 400


async def test_what_care_does_not_offer_is_kept_with_its_reason(api: Api) -> None:
    await registered(api.records)

    offer = await made(api, notOffered="Patienten har en kontakt.")

    assert (offer["state"], offer["reason"]) == ("not-offered", "Patienten har en kontakt.")


async def test_a_wish_is_found_by_the_unit_that_is_asked_and_opens_a_contract(api: Api) -> None:
    patient, _ = await registered(api.records)

    async with api.of(PATIENT) as tolvan, api.of(SYSTEM_HOSPITAL) as hospital:
        wish = (await tolvan.post("/offers", json={"to": {"hsaId": HOSPITAL}})).json()
        asked = (await hospital.get("/offers", params={"open": "true"})).json()["items"]
        answer = await hospital.post(f"/offers/{wish['id']}/answer", json={"answer": "accepted"})
        left = (await hospital.get("/offers", params={"open": "true"})).json()["items"]

    assert (wish["state"], wish["indications"]) == ("wished", ["patient-wish"])
    assert [each["id"] for each in asked] == [wish["id"]]
    assert answer.json()["contract"] is not None
    assert left == []
    assert wish["patient"]["reference"] == patient


async def test_a_wish_is_answered_with_why_none_is_offered(api: Api) -> None:
    await registered(api.records)

    async with api.of(PATIENT) as tolvan, api.of(SYSTEM_HOSPITAL) as hospital:
        wish = (await tolvan.post("/offers", json={"to": {"hsaId": HOSPITAL}})).json()
        body = {"answer": "not-offered", "reason": "En kontakt räcker."}
        await hospital.post(f"/offers/{wish['id']}/answer", json=body)
        told = (await tolvan.get(f"/offers/{wish['id']}")).json()

    assert (told["state"], told["reason"]) == ("not-offered", "En kontakt räcker.")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"patient": None, "indications": ["complex"]}, "/patient"),
        ({"patient": {"personnummer": TOLVAN}, "indications": None, "text": "x"}, "/patient"),
        ({**MADE, "to": {"hsaId": HOSPITAL}}, "/to"),
    ],
)
async def test_what_care_must_or_may_not_say_is_told(api: Api, body: Json, pointer: str) -> None:
    await registered(api.records)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        answer = await hospital.post("/offers", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_others_neither_see_nor_answer_an_offer(api: Api) -> None:
    await registered(api.records)
    offer = await made(api)
    path = f"/offers/{offer['id']}"

    for actor in (SYSTEM_MUNICIPALITY, OTHER_PATIENT, OPERATOR):
        async with api.of(actor) as other:
            seen = await other.get(path)
            answered = await other.post(f"{path}/answer", json={"answer": "accepted"})
        assert {seen.status_code, answered.status_code} <= {403, 404}

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        assert (await hospital.get(path)).json() == offer


async def test_a_patient_wishes_for_nobody_else_and_refuses_nobody(api: Api) -> None:
    await registered(api.records)

    async with api.of(PATIENT) as tolvan:
        other = await tolvan.post("/offers", json={"patient": {"reference": "Patient/x"}})
        refusal = await tolvan.post("/offers", json={"notOffered": "Nej"})

    assert (other.status_code, refusal.status_code) == (403, 403)


async def test_an_accepted_offer_does_not_open_a_second_contract(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    offer = await made(api)

    async with api.of(PATIENT) as tolvan, api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/offers/{offer['id']}/answer"
        second = await tolvan.post(path, json={"answer": "accepted"})
        body = {"status": "revoke", "reason": "Nytt kontrakt."}
        await hospital.post(f"/contracts/{contract['id']}/status", json=body)
        finished = await tolvan.post(path, json={"answer": "accepted"})

    assert (second.status_code, second.json()["type"].rpartition("/")[2]) == (409, "second-contract")
    assert finished.status_code == 200
    assert finished.json()["contract"] not in {None, contract["id"]}


async def test_the_same_key_answers_once(api: Api) -> None:
    await registered(api.records)
    offer = await made(api)
    headers = key()

    async with api.of(PATIENT) as tolvan:
        path = f"/offers/{offer['id']}/answer"
        body = {"answer": "declined", "reason": "Nej tack."}
        first = await tolvan.post(path, json=body, headers=headers)
        again = await tolvan.post(path, json=body, headers=headers)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()


async def test_an_offer_written_through_fhir_is_read_and_answered_here(api: Api) -> None:
    patient, references = await registered(api.records)
    task = a_task("offered") | {
        "for": {"reference": patient},
        "requester": {"reference": references[HOSPITAL]},
        "owner": {"reference": patient},
    }
    (stored,) = await api.records.write(SYSTEM_HOSPITAL, [Write("create", "Task", task)])

    async with api.of(PATIENT) as tolvan:
        answer = await tolvan.post(f"/offers/{stored.id}/answer", json={"answer": "accepted"})

    assert answer.json()["contract"] is not None


async def test_offers_are_listed_by_page(api: Api) -> None:
    await registered(api.records)
    offers = [(await made(api))["id"] for _ in range(3)]

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        first = (await hospital.get("/offers", params={"limit": 2})).json()
        rest = (await hospital.get("/offers", params={"limit": 2, "cursor": first["next"]})).json()

    found = [each["id"] for each in first["items"] + rest["items"]]
    assert found == offers[::-1]
    assert rest["next"] is None


async def test_whoever_accepts_at_once_one_contract_opens(api: Api) -> None:
    await registered(api.records)
    offer = await made(api)

    async with api.of(PATIENT) as tolvan, api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/offers/{offer['id']}/answer"
        answers = await asyncio.gather(
            *(client.post(path, json={"answer": "accepted"}) for client in (tolvan, hospital) * 3)
        )
        found = await hospital.post("/contracts/search", json={"patient": {"personnummer": TOLVAN}})

    assert {each.status_code for each in answers} == {200}
    assert {each.json()["contract"] for each in answers} == {each["id"] for each in found.json()["items"]}
    assert len(found.json()["items"]) == 1


async def test_of_a_yes_and_a_no_at_once_one_stands(api: Api) -> None:
    await registered(api.records)
    offer = await made(api)

    async with api.of(PATIENT) as tolvan, api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/offers/{offer['id']}/answer"
        yes, no = await asyncio.gather(
            tolvan.post(path, json={"answer": "accepted"}),
            hospital.post(path, json={"answer": "declined", "reason": "Nej"}),
        )
        kept = (await tolvan.get(f"/offers/{offer['id']}")).json()

    assert sorted([yes.status_code, no.status_code]) == [200, 409]
    assert (kept["state"], kept["contract"] is None) == (
        ("accepted", False) if yes.status_code == 200 else ("declined", True)
    )
