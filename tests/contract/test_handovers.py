"""Handovers: who may answer what in which state, and what moves by a yes, through both interfaces."""

import asyncio
from itertools import product
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.validate import check
from pk_api.records.values import Write
from tests.contract.wire import Api, Json, key, opened, registered
from tests.support.actors import (
    HOSPITAL,
    PATIENT,
    PRIMARY,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
)
from tests.support.profiles import profile_of

STATES = {"requested": None, "accepted": "accept", "declined": "decline", "withdrawn": "withdraw"}
WHO = {"asked": SYSTEM_PRIMARY, "asker": SYSTEM_HOSPITAL, "patient": PATIENT, "stranger": SYSTEM_MUNICIPALITY}
MAY = {("asked", "accept"), ("asked", "decline"), ("asker", "withdraw")}


async def told(api: Api, actor: Actor, path: str, body: Json | None = None, **headers: str) -> Json:
    async with api.of(actor) as http:
        response = await (http.get(path) if body is None else http.post(path, json=body, headers=headers))
    assert response.status_code in {200, 201}, response.text
    return dict(response.json())


async def status(api: Api, actor: Actor, path: str, body: Json) -> int:
    async with api.of(actor) as http:
        return (await http.post(path, json=body)).status_code


async def with_coordinator(api: Api) -> tuple[str, dict[str, str]]:
    """The path of a contract that a contact of the hospital coordinates, and references by HSA-id."""
    patient, references = await registered(api.records)
    path = f"/contracts/{(await opened(api, patient))['id']}"
    nurse = {"reference": references[f"{HOSPITAL}-nurse"]}
    contact = {"kind": "fast-vardkontakt", "coordinating": True, "member": nurse}
    await told(api, SYSTEM_HOSPITAL, f"{path}/contacts", contact)
    return path, references


def bodies(references: dict[str, str]) -> dict[str, Json]:
    contact = {"kind": "fast-vardkontakt", "member": {"reference": references[f"{PRIMARY}-nurse"]}}
    return {"accept": {"newContact": contact}, "decline": {"reason": "Listad hos andra"}, "withdraw": {}}


async def asked(api: Api, path: str) -> str:
    made = await told(api, SYSTEM_HOSPITAL, f"{path}/handovers", {"to": {"hsaId": PRIMARY}})
    return f"{path}/handovers/{made['id']}"


async def test_a_yes_moves_coordination_responsibility_and_team_and_nothing_else(api: Api) -> None:
    path, references = await with_coordinator(api)
    one = await asked(api, path)
    waiting = (await told(api, SYSTEM_PRIMARY, "/handovers?open=true"))["items"]
    before = await told(api, SYSTEM_HOSPITAL, path)

    done = await told(api, SYSTEM_PRIMARY, f"{one}/accept", bodies(references)["accept"])
    after = await told(api, PATIENT, path)

    assert [each["id"] for each in waiting] == [one.rpartition("/")[2]]
    assert (await told(api, SYSTEM_PRIMARY, "/handovers?open=true"))["items"] == []
    assert before["responsible"]["rule"] == "coordinating"
    contacts = {each["unit"]["hsaId"]: each for each in after["contacts"]}
    assert {unit: each["coordinating"] for unit, each in contacts.items()} == {HOSPITAL: False, PRIMARY: True}
    responsible = after["responsible"]
    assert (responsible["contact"], responsible["reason"]) == (done["contact"], "handover")
    assert contacts[PRIMARY]["id"] == done["contact"]
    assert references[PRIMARY] in [each["member"]["reference"] for each in after["team"]]
    assert after["revision"] == before["revision"] + 1
    assert await api.records.owner_of(await plan(api, path)) == (HOSPITAL, None)


async def plan(api: Api, path: str) -> Any:
    return await api.records.read(SYSTEM_HOSPITAL, "CarePlan", path.rpartition("/")[2])


@pytest.mark.one_database
@pytest.mark.parametrize("state", STATES)
async def test_every_answer_in_every_state_by_everyone(api: Api, state: str) -> None:
    path, references = await with_coordinator(api)
    one, sent = await asked(api, path), bodies(references)
    if event := STATES[state]:
        actor = SYSTEM_HOSPITAL if event == "withdraw" else SYSTEM_PRIMARY
        await told(api, actor, f"{one}/{event}", sent[event])
    seen: dict[tuple[str, str], int] = {}

    for who, answer in product(WHO, sent):
        if state != "requested" or (who, answer) not in MAY:
            seen[who, answer] = await status(api, WHO[who], f"{one}/{answer}", sent[answer])

    strangers = {code for (who, _), code in seen.items() if who == "stranger"}
    others = {code for (who, _), code in seen.items() if who != "stranger"}
    assert strangers == {404}
    assert others == ({403} if state == "requested" else {409})
    assert (await told(api, SYSTEM_HOSPITAL, one))["state"] == state


@pytest.mark.one_database
async def test_a_no_and_what_is_taken_back_move_nothing(api: Api) -> None:
    path, references = await with_coordinator(api)
    before = (await told(api, SYSTEM_HOSPITAL, path))["contacts"]

    await told(api, SYSTEM_PRIMARY, f"{await asked(api, path)}/decline", bodies(references)["decline"])
    await told(api, SYSTEM_HOSPITAL, f"{await asked(api, path)}/withdraw", {})
    listed = (await told(api, PATIENT, f"{path}/handovers"))["items"]

    assert (await told(api, SYSTEM_HOSPITAL, path))["contacts"] == before
    assert {each["state"] for each in listed} == {"declined", "withdrawn"}
    assert await status(api, PATIENT, f"{path}/handovers", {"to": {"hsaId": PRIMARY}}) == 403


@pytest.mark.one_database
async def test_by_fhir_a_yes_comes_with_a_contact_of_ones_own_and_moves_the_same(api: Api) -> None:
    path, references = await with_coordinator(api)
    name = (await asked(api, path)).rpartition("/")[2]
    task = (await api.records.read(SYSTEM_PRIMARY, "Task", name)).resource
    old = (await told(api, SYSTEM_HOSPITAL, path))["contacts"][0]["reference"]
    role = {"coding": [{"system": systems.KV_FAST_KONTAKT, "code": "1"}]}
    contact = {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [{"coding": [{"system": systems.INERA_CARE_TEAM, "code": systems.FAST_KONTAKT}]}],
        "subject": task["for"],
        "participant": [{"role": [role], "member": {"reference": references[f"{PRIMARY}-nurse"]}}],
        "managingOrganization": [{"reference": references[PRIMARY]}],
    }
    kind = {"coding": [{"system": systems.WISH, "code": "contact"}]}

    def yes(reference: str) -> Write:
        output = [{"type": kind, "valueReference": {"reference": reference}}]
        return Write("update", "Task", {**task, "status": "completed", "output": output}, id=name)

    with pytest.raises(Problem, match=r"not open|of its own"):
        await api.records.write(SYSTEM_PRIMARY, [yes(old)])
    (made,) = await api.records.write(SYSTEM_PRIMARY, [Write("create", "CareTeam", contact)])
    await api.records.write(SYSTEM_PRIMARY, [yes(made.reference)])
    after = await told(api, PATIENT, path)

    assert after["responsible"]["contact"] == made.id
    assert [each["id"] for each in after["contacts"] if each["coordinating"]] == [made.id]
    for reference in (f"CarePlan/{path.rpartition('/')[2]}", made.reference, f"Task/{name}"):
        stored = await api.records.read(PATIENT, *reference.split("/"))
        profile = profile_of(stored.resource)
        assert check(stored.resource) == []
        assert profile is None or KNOWN.check(stored.resource, profile) == []


@pytest.mark.one_database
async def test_the_same_key_says_yes_once_and_a_contract_that_has_ended_is_not_taken_over(api: Api) -> None:
    path, references = await with_coordinator(api)
    one, two, same = await asked(api, path), await asked(api, path), key()
    sent = bodies(references)["accept"]

    first = await told(api, SYSTEM_PRIMARY, f"{one}/accept", sent, **same)
    again = await told(api, SYSTEM_PRIMARY, f"{one}/accept", sent, **same)
    await told(api, SYSTEM_HOSPITAL, f"{path}/status", {"status": "complete"})
    late = await status(api, SYSTEM_PRIMARY, f"{two}/accept", {"contact": first["contact"]})

    assert again["contact"] == first["contact"]
    assert late == 409


@pytest.mark.one_database
async def test_of_units_that_say_yes_at_once_one_coordinates(api: Api) -> None:
    path, references = await with_coordinator(api)
    asking = [await asked(api, path) for _ in range(4)]
    sent = bodies(references)["accept"]

    await asyncio.gather(*(told(api, SYSTEM_PRIMARY, f"{one}/accept", sent) for one in asking))
    shown = await told(api, PATIENT, path)

    coordinating = [each["id"] for each in shown["contacts"] if each["coordinating"]]
    assert len(shown["contacts"]) == 5
    assert coordinating == [shown["responsible"]["contact"]]
    assert len([each for each in shown["team"] if each["member"]["reference"] == references[PRIMARY]]) == 1
