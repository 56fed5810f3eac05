"""Wishes for a named contact, an actor, or who is responsible: from the wish to its answer, by both doors."""

import asyncio
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from pk_api.access.facts import Facts
from pk_api.contract.editing.wishes import answer_to, answered, new_wish
from pk_api.fhir.problems import Problem
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.systems import PERSONNUMMER, SECURITY, TASK_KIND
from pk_api.fhir.validate import check
from pk_api.fhir.wishes import ANSWERS, state_of
from pk_api.records.audits import Access
from pk_api.records.drafts import Draft, Drafts
from pk_api.records.jobs import Job
from pk_api.records.values import Write
from pk_api.records.wishes import require_answered
from pk_api.store.locked import Present
from pk_api.store.rows import Key
from tests.contract.cases import NOW
from tests.contract.wire import Api, Json, key, opened, registered, with_municipality
from tests.rules.standins import number_born, years_ago
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    OTHER_PATIENT,
    PATIENT,
    PRIMARY,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
)
from tests.support.profiles import profile_of

OWN: Json = {"reference": "Patient/p"}
UNIT: Json = {"reference": "Organization/unit"}
KINDS: dict[str, Json] = {
    "contact": {"contactKind": "fast-vardkontakt"},
    "actor": {"actor": {"reference": "Organization/town"}},
    "responsible": {"contact": "c1"},
}
STATES = {
    "requested": "requested",
    "in-progress": "requested",
    "completed": "accepted",
    "rejected": "declined",
    "cancelled": "withdrawn",
}
WHO = {"asked": SYSTEM_PRIMARY, "asker": PATIENT, "another": SYSTEM_MUNICIPALITY}
PRESENT = Present(1, False, "patient:k", None, PRIMARY, "a", "f", addressed_unit=PRIMARY)


def a_wish(kind: str, status: str = "requested") -> Json:
    values = {"kind": kind, "contract": {"reference": "CarePlan/c"}, **KINDS[kind]}
    task = new_wish(values, patient=OWN, writer=OWN, to=UNIT, now=NOW)
    return {**task, "id": "wish", "status": status}


@pytest.mark.parametrize("kind", KINDS)
def test_a_wish_and_its_answers_follow_their_profile(kind: str) -> None:
    wish = a_wish(kind)
    answers = [
        answered(wish, each, {"answer": said}, author=OWN, now=NOW) for (_, said), each in ANSWERS.items()
    ]

    for task in (wish, *answers):
        profile = profile_of(task)
        assert check(task) == []
        assert profile is not None
        assert KNOWN.check(task, profile) == []


@pytest.mark.parametrize(("kind", "before", "after", "who"), list(product(KINDS, STATES, STATES, WHO)))
def test_every_step_of_a_wish_by_everyone(kind: str, before: str, after: str, who: str) -> None:
    was, is_ = a_wish(kind, before), a_wish(kind, after) | {"statusReason": {"text": "Så"}}
    was = was | ({"statusReason": {"text": "Så"}} if before == after else {})
    draft = Draft(Write("update", "Task", is_, id="wish"), Key("k", "Task", "wish"), is_)
    job = Job(Access(WHO[who], "update", ""), Facts(), Drafts())

    try:
        require_answered(draft, was, job, PRESENT)
        became = "let"
    except Problem as problem:
        became = problem.kind

    step = (STATES[before], STATES[after])
    if before == after:
        assert became == "let"
    elif step[0] != "requested":
        assert became == "not-allowed-in-state"
    elif step[1] == "withdrawn":
        assert became == ("let" if who == "asker" else "forbidden")
    else:
        assert became == ("let" if who == "asked" else "forbidden")


@pytest.mark.parametrize("status", STATES)
def test_from_whom_a_wish_is_hidden_is_no_answer_to_it(status: str) -> None:
    was = a_wish("contact", status) | {"meta": {"versionId": "1"}}
    hidden = was | {"meta": {"security": [{"system": SECURITY, "code": "hidden-from-guardian"}]}}
    draft = Draft(Write("update", "Task", hidden, id="wish"), Key("k", "Task", "wish"), hidden)

    require_answered(draft, was, Job(Access(SYSTEM_PRIMARY, "update", ""), Facts(), Drafts()), PRESENT)

    told = {**hidden, "description": "Annat"}
    draft = Draft(Write("update", "Task", told, id="wish"), Key("k", "Task", "wish"), told)
    with pytest.raises(Problem):
        require_answered(draft, was, Job(Access(SYSTEM_PRIMARY, "update", ""), Facts(), Drafts()), PRESENT)


@pytest.mark.parametrize(("status", "said"), list(product(STATES, ("accepted", "declined", "withdrawn"))))
def test_the_contract_api_answers_what_waits_and_nothing_else(status: str, said: str) -> None:
    task = a_wish("contact", status)

    if state_of(task) == "requested":
        assert STATES[answer_to(task, said).status] == said
        return
    with pytest.raises(Problem) as refusal:
        answer_to(task, said)
    assert refusal.value.kind == "not-allowed-in-state"


def nurse(references: dict[str, str], of: str) -> Json:
    return {"reference": references[f"{of}-nurse"]}


async def test_an_unanswered_wish_is_in_the_units_list_and_named_contacts_answer_it(api: Api) -> None:
    _, references = await registered(api.records)
    body = {"kind": "contact", "to": {"hsaId": PRIMARY}, "contactKind": "fast-vardkontakt"}
    contact = {"kind": "fast-vardkontakt", "member": nurse(references, PRIMARY)}

    async with api.of(PATIENT) as tolvan, api.of(SYSTEM_PRIMARY) as unit, api.of(SYSTEM_MUNICIPALITY) as town:
        wish = (await tolvan.post("/wishes", json=body)).json()
        listed = (await unit.get("/wishes", params={"open": "true"})).json()["items"]
        by_fhir_search = (await town.get("/wishes")).json()["items"]
        of_units = [
            len((await unit.get("/wishes", params={"unit": one})).json()["items"])
            for one in (PRIMARY, HOSPITAL, "SE0")
        ]
        empty = await unit.post(f"/wishes/{wish['id']}/answer", json={"answer": "accepted"})
        said = {"answer": "accepted", "newContact": contact}
        answer = await unit.post(f"/wishes/{wish['id']}/answer", json=said)
        again = await unit.post(f"/wishes/{wish['id']}/answer", json=said)
        left = (await unit.get("/wishes", params={"open": "true"})).json()["items"]
        read = (await tolvan.get(f"/wishes/{wish['id']}")).json()

    assert (wish["state"], wish["contactKind"], wish["bySide"]) == (
        "requested",
        "fast-vardkontakt",
        "patient",
    )
    assert [each["id"] for each in listed] == [wish["id"]]
    assert (by_fhir_search, of_units) == ([], [1, 0, 0])
    assert empty.status_code == 422
    assert answer.status_code == 200, answer.text
    assert (again.status_code, left) == (409, [])
    named = await api.records.read(PATIENT, "CareTeam", read["contact"])
    assert named.resource["participant"][0]["member"]["reference"] == contact["member"]["reference"]
    assert read["state"] == "accepted"


async def test_a_wish_of_a_contract_is_a_gap_until_it_is_declined_with_a_reason(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(PATIENT) as tolvan, api.of(SYSTEM_HOSPITAL) as hospital:
        wish = (await tolvan.post("/wishes", json={"kind": "contact", "to": {"hsaId": HOSPITAL}})).json()
        path = f"/wishes/{wish['id']}/answer"
        waiting = (await tolvan.get(f"/contracts/{contract['id']}")).json()
        by_asker = await tolvan.post(path, json={"answer": "declined", "reason": "Nej"})
        silent = await hospital.post(path, json={"answer": "declined"})
        answer = await hospital.post(path, json={"answer": "declined", "reason": "Du är listad i Norr."})
        late = await tolvan.post(path, json={"answer": "withdrawn"})
        after = (await tolvan.get(f"/contracts/{contract['id']}")).json()

    kinds = [each["kind"] for each in waiting["gaps"]]
    assert (wish["contract"], "unanswered-wish" in kinds, waiting["actions"]) == (contract["id"], True, [])
    assert (by_asker.status_code, silent.status_code) == (403, 400)
    assert (answer.json()["state"], answer.json()["reason"]) == ("declined", "Du är listad i Norr.")
    assert late.status_code == 409
    assert "unanswered-wish" not in [each["kind"] for each in after["gaps"]]
    assert [each["state"] for each in after["wishes"]] == ["declined"]


async def test_an_actor_is_connected_by_the_one_who_is_responsible_and_joins_the_team(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}"

    async with api.of(PATIENT) as tolvan, api.of(SYSTEM_HOSPITAL) as hospital:
        early = await tolvan.post("/wishes", json={"kind": "actor", "text": "Kommunens rehab"})
        named = {"kind": "fast-vardkontakt", "member": nurse(references, HOSPITAL)}
        assert (await hospital.post(f"{path}/contacts", json=named)).status_code == 201
        body = {"kind": "actor", "actor": {"hsaId": MUNICIPALITY}}
        wish = (await tolvan.post("/wishes", json=body, headers=(once := key()))).json()
        same = (await tolvan.post("/wishes", json=body, headers=once)).json()
        answers = await asyncio.gather(
            *(hospital.post(f"/wishes/{wish['id']}/answer", json={"answer": "accepted"}) for _ in range(3))
        )
        whole = (await tolvan.get(path)).json()

    assert early.status_code == 422
    assert wish["to"]["reference"] == references[f"{HOSPITAL}-nurse"]
    assert same["id"] == wish["id"]
    assert sorted(each.status_code for each in answers) == [200, 409, 409]
    team = [each["member"]["reference"] for each in whole["team"]]
    assert team.count(references[MUNICIPALITY]) == 1
    assert [each["state"] for each in whole["wishes"]] == ["accepted"]


async def test_another_party_asks_for_an_actor_and_takes_it_back(api: Api) -> None:
    contract, _ = await with_municipality(api)

    async with api.of(SYSTEM_MUNICIPALITY) as town, api.of(SYSTEM_HOSPITAL) as hospital:
        body = {"kind": "actor", "contract": contract["id"], "text": "Logoped", "to": {"hsaId": HOSPITAL}}
        wish = (await town.post("/wishes", json=body)).json()
        path = f"/wishes/{wish['id']}/answer"
        unsaid = await hospital.post(path, json={"answer": "accepted"})
        by_asked = await hospital.post(path, json={"answer": "withdrawn"})
        back = await town.post(path, json={"answer": "withdrawn"})

    assert (wish["bySide"], wish["actor"], wish["text"]) == ("care", None, "Logoped")
    assert (unsaid.status_code, by_asked.status_code) == (422, 403)
    assert back.json()["state"] == "withdrawn"


@pytest.mark.one_database
@pytest.mark.parametrize(("age", "status"), [(12, 403), (14, 201), (17, 201)])
async def test_the_young_wish_for_a_contact_before_they_read_the_record(
    api: Api, age: int, status: int
) -> None:
    number = number_born(years_ago(age))
    await registered(api.records, number=number)
    young = replace(PATIENT, person=(PERSONNUMMER, number))

    async with api.of(young) as child:
        wish = await child.post("/wishes", json={"kind": "contact", "to": {"hsaId": PRIMARY}})

    assert wish.status_code == status, wish.text


@pytest.mark.one_database
async def test_a_wish_for_one_kind_of_contact_is_not_answered_with_another(api: Api) -> None:
    _, references = await registered(api.records)
    member = nurse(references, PRIMARY)

    async with api.of(PATIENT) as tolvan, api.of(SYSTEM_PRIMARY) as unit:
        body = {
            "kind": "contact",
            "to": {"reference": member["reference"]},
            "contactKind": "fast-vardkontakt",
        }
        wish = (await tolvan.post("/wishes", json=body)).json()
        listed = (await unit.get("/wishes", params={"unit": PRIMARY})).json()["items"]
        answers = [
            await unit.post(
                f"/wishes/{wish['id']}/answer",
                json={"answer": "accepted", "newContact": {"member": member, **contact}},
            )
            for contact in (
                {"kind": "fast-lakarkontakt"},
                {"kind": "fast-lakarkontakt", "coordinating": True},
                {"kind": "fast-vardkontakt", "coordinating": True},
            )
        ]

    assert (wish["to"]["reference"], [each["id"] for each in listed]) == (member["reference"], [wish["id"]])
    assert [each.status_code for each in answers] == [422, 422, 200]
    assert answers[1].json()["errors"][0]["pointer"] == "/newContact/coordinating"


@pytest.mark.one_database
async def test_a_wish_for_who_is_responsible_weighs_most(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}"

    async with api.of(PATIENT) as tolvan, api.of(SYSTEM_HOSPITAL) as hospital:
        made = []
        for coordinating in (True, False):
            named = {"kind": "fast-vardkontakt", "member": nurse(references, HOSPITAL)}
            made.append(
                (await hospital.post(f"{path}/contacts", json={**named, "coordinating": coordinating})).json()
            )
        first = (await tolvan.get(path)).json()["responsible"]
        wish = await tolvan.post("/wishes", json={"kind": "responsible", "contact": made[1]["id"]})
        answer = await hospital.post(f"/wishes/{wish.json()['id']}/answer", json={"answer": "accepted"})
        after = (await tolvan.get(path)).json()["responsible"]

    assert (first["contact"], first["rule"]) == (made[0]["id"], "coordinating")
    assert answer.status_code == 200, answer.text
    assert (after["contact"], after["rule"], after["reason"]) == (made[1]["id"], "assigned", "patient-wish")


@pytest.mark.one_database
async def test_what_is_no_whole_wish_or_answer_is_refused_at_the_door(api: Api) -> None:
    patient, references = await registered(api.records)
    own, unit = {"reference": patient}, {"reference": references[PRIMARY]}
    wish = new_wish({"kind": "contact"}, patient=own, writer=own, to=unit, now=NOW)
    records = api.records

    async def refused(actor: Any, write: Write) -> str:
        with pytest.raises(Problem) as refusal:
            await records.write(actor, [write])
        return refusal.value.kind

    said = {"kind": "actor", "actor": own}
    of_patient = new_wish(said, patient=own, writer=own, to=unit, now=NOW)
    assert await refused(PATIENT, Write("create", "Task", of_patient)) == "business-rule"
    assert await refused(PATIENT, Write("create", "Task", {**wish, "owner": own})) == "business-rule"
    assert await refused(PATIENT, Write("create", "Task", {**wish, "status": "completed"})) == "business-rule"
    (made,) = await records.write(PATIENT, [Write("create", "Task", wish)])

    def changed(**more: Any) -> Write:
        return Write("update", "Task", {**made.resource, **more}, id=made.id)

    reason = {"text": "Nej"}
    assert await refused(SYSTEM_PRIMARY, changed(status="completed")) == "business-rule"
    assert await refused(SYSTEM_PRIMARY, changed(status="rejected")) == "business-rule"
    assert await refused(SYSTEM_PRIMARY, changed(status="cancelled")) == "forbidden"
    assert await refused(SYSTEM_HOSPITAL, changed(status="rejected", statusReason=reason)) == "forbidden"
    assert await refused(OTHER_PATIENT, changed(status="cancelled")) == "forbidden"
    assert await refused(PATIENT, changed(owner={"reference": references[HOSPITAL]})) == "business-rule"
    other = {"coding": [{"system": TASK_KIND, "code": "own-action"}]}
    assert await refused(PATIENT, changed(code=other)) == "business-rule"
    assert await records.write(SYSTEM_PRIMARY, [changed(status="rejected", statusReason=reason)])
