"""Alternatives that the patient chooses among: one is chosen, the others are cancelled in the same commit."""

import asyncio
from typing import Any

import pytest

from pk_api.fhir import choices, systems
from pk_api.fhir.problems import Problem
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.conftest import BASE
from tests.contract.wire import Api, Json, with_municipality
from tests.support.actors import MUNICIPALITY, PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY, SYSTEM_PRIMARY

P, W = {"reference": "Patient/p"}, {"reference": "Organization/w"}
CHOSEN = {"type": {"coding": [{"system": systems.CHOICE, "code": "chosen"}]}}


def _choice(status: str, chosen: str | None = None) -> Json:
    output = [{**CHOSEN, "valueReference": {"reference": chosen}}] if chosen else []
    return {"resourceType": "Task", "status": status, "output": output}


@pytest.mark.parametrize(
    ("option", "choice", "becomes"),
    [
        ({"owner": P}, _choice("requested"), ("draft", None)),
        ({"owner": P}, _choice("completed", "Task/o"), ("accepted", None)),
        ({"owner": W, "requester": W}, _choice("completed", "Task/o"), ("accepted", None)),
        ({"owner": W}, _choice("completed", "Task/o"), ("requested", None)),
        ({}, _choice("completed", "Task/o"), ("requested", None)),
        ({"owner": P}, _choice("completed", "Task/other"), ("cancelled", "another-chosen")),
        ({"owner": P}, _choice("rejected"), ("cancelled", "none-chosen")),
        ({"owner": P, "status": "rejected"}, _choice("completed", "Task/o"), ("rejected", None)),
        ({"owner": P, "status": "in-progress"}, _choice("completed", "Task/o"), ("in-progress", None)),
    ],
)
def test_what_becomes_of_an_option_follows_from_the_choice(
    option: Json, choice: Json, becomes: tuple[str, str | None]
) -> None:
    whole = {"resourceType": "Task", "status": "draft", "for": P, **option}

    assert choices.what_becomes(whole, "Task/o", choice) == becomes


async def _asked(api: Api, contract: Json) -> tuple[str, Json]:
    """Ask the patient to choose; return the path of the contract and the choice."""
    options = [
        {"text": "Träna i grupp", "owner": {"hsaId": MUNICIPALITY}, "intervention": "rehabilitating"},
        {"text": "Träna hemma", "side": "patient"},
        {"text": "Operation", "side": "care"},
    ]
    asked = {"text": "Hur vill du gå vidare?", "side": "patient", "options": options}
    path = f"/contracts/{contract['id']}"
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        made = await hospital.post(f"{path}/actions", json=asked)
    assert made.status_code == 201, made.text
    return path, made.json()


async def _states(api: Api, path: str) -> dict[str, tuple[str, str | None]]:
    async with api.of(PATIENT) as own:
        actions = (await own.get(path)).json()["actions"]
    return {each["text"]: (each["state"], each["reason"]) for each in actions}


async def test_a_patient_chooses_one_and_the_others_are_cancelled_with_the_reason(api: Api) -> None:
    contract, _ = await with_municipality(api)
    path, choice = await _asked(api, contract)
    before = await _states(api, path)

    async with api.of(PATIENT) as own, api.of(SYSTEM_MUNICIPALITY) as town:
        shown = {each["text"]: each for each in (await own.get(path)).json()["actions"]}
        early = await own.post(f"{path}/actions/{shown['Träna hemma']['id']}/accept")
        strange = await own.post(f"{path}/actions/{choice['id']}/choose", json={"option": choice["id"]})
        group = shown["Träna i grupp"]
        chosen = await own.post(f"{path}/actions/{choice['id']}/choose", json={"option": group["id"]})
        after = await _states(api, path)
        again = await own.post(
            f"{path}/actions/{choice['id']}/choose", json={"option": shown["Operation"]["id"]}
        )
        accepted = await town.post(f"{path}/actions/{group['id']}/accept")

    assert {state for text, (state, _) in before.items() if text != choice["text"]} == {"draft"}
    offered = [shown[text]["id"] for text in ("Träna i grupp", "Träna hemma", "Operation")]
    assert (choice["kind"], choice["state"], choice["options"]) == ("choose", "requested", offered)
    assert (group["choice"], group["intervention"]) == (choice["id"], "rehabilitating")
    assert (early.status_code, strange.status_code) == (409, 422)
    assert chosen.status_code == 200, chosen.text
    assert (chosen.json()["state"], chosen.json()["chosen"]) == ("completed", group["id"])
    another = ("cancelled", "Ett annat alternativ valdes")
    assert after == {
        choice["text"]: ("completed", None),
        "Träna i grupp": ("requested", None),
        "Träna hemma": another,
        "Operation": another,
    }
    assert again.status_code == 409
    assert accepted.json()["state"] == "accepted", accepted.text


async def test_a_patient_who_wants_none_of_them_says_so(api: Api) -> None:
    contract, _ = await with_municipality(api)
    path, choice = await _asked(api, contract)

    async with api.of(PATIENT) as own:
        declined = await own.post(f"{path}/actions/{choice['id']}/decline", json={"reason": "Jag vill vänta"})
    states = await _states(api, path)

    assert declined.json()["state"] == "rejected"
    none = ("cancelled", "Inget av alternativen valdes")
    assert {states[each] for each in ("Träna hemma", "Träna i grupp", "Operation")} == {none}


@pytest.mark.parametrize("conditional", [True, False])
async def test_of_many_who_choose_at_once_one_choice_stands(
    records: Records, api: Api, *, conditional: bool
) -> None:
    contract, _ = await with_municipality(api)
    path, choice = await _asked(api, contract)
    stored = await records.read(PATIENT, "Task", choice["id"])

    async def choose(option: str) -> str:
        output = [{**CHOSEN, "valueReference": {"reference": f"Task/{option}"}}]
        done = {**stored.resource, "status": "completed", "output": output}
        try:
            version = stored.version if conditional else None
            await records.write(PATIENT, [Write("update", "Task", done, id=stored.id, if_match=version)])
        except Problem as problem:
            return problem.kind
        return "chosen"

    told = await asyncio.gather(*(choose(each) for each in choice["options"]))
    states = await _states(api, path)

    told_to_others = {"stale"} if conditional else {"forbidden"}  # what was answered is not taken back
    assert set(told) == {"chosen", *told_to_others}
    assert told.count("chosen") == 1 or not conditional
    assert [state for state, _ in states.values()].count("cancelled") == 2


async def test_the_door_holds_choice_and_options_together(records: Records, api: Api) -> None:
    contract, references = await with_municipality(api)
    _, choice = await _asked(api, contract)
    stored = (await records.read(SYSTEM_HOSPITAL, "Task", choice["id"])).resource
    option = (await records.read(SYSTEM_HOSPITAL, "Task", choice["options"][0])).resource
    new = {key: each for key, each in option.items() if key not in {"id", "meta"}}

    async def refused(method: Any, resource: Json, by: Any = SYSTEM_HOSPITAL) -> str:
        with pytest.raises(Problem) as refusal:
            await records.write(by, [Write(method, "Task", resource, id=resource.get("id"))])
        return refusal.value.kind

    care = {"reference": references[MUNICIPALITY]}
    elsewhere = {key: each for key, each in new.items() if key != "basedOn"}
    assert await refused("update", {**stored, "owner": care}) == "business-rule"
    assert await refused("update", {**stored, "status": "completed"}) == "business-rule"
    assert await refused("update", {**option, "status": "accepted"}) == "not-allowed-in-state"
    assert await refused("create", {**new, "status": "in-progress"}) == "not-allowed-in-state"
    assert await refused("create", elsewhere) == "business-rule"
    assert await refused("create", new, SYSTEM_PRIMARY) in {"forbidden", "not-found", "business-rule"}
    whole = {**new, "partOf": [{"reference": f"{BASE}/Task/{choice['id']}"}]}
    (absolute,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Task", whole)])
    await records.write(
        SYSTEM_HOSPITAL, [Write("update", "Task", {**stored, "status": "cancelled"}, id=stored["id"])]
    )
    ended = await records.read(SYSTEM_HOSPITAL, "Task", absolute.id)
    assert ended.resource["status"] == "cancelled"
    assert await refused("create", new) == "not-allowed-in-state"
