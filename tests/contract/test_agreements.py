"""Agreements: proposed by care, answered by each party, verified, and told when something has changed."""

import asyncio
import hashlib
import json
from dataclasses import replace

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.values import parse
from pk_api.records.values import Stored
from tests.contract.agreeing import PARTIES, Case, a_case, by, refused
from tests.contract.wire import Api, key
from tests.support.actors import (
    HOSPITAL,
    NURSE,
    OTHER_PATIENT,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
)


async def test_what_all_parties_accept_is_agreed(api: Api) -> None:
    case = await a_case(api)

    proposed = await case.proposed()
    halfway = await case.answers(PATIENT)
    told = await case.answers(SYSTEM_MUNICIPALITY)

    assert (proposed["number"], proposed["state"]) == (1, "proposed")
    sides = [(each["side"], each["answer"]) for each in proposed["parties"]]
    assert sides == [("care", "accepted"), ("patient", "pending"), ("care", "pending")]
    assert halfway["state"] == "proposed"
    assert (told["state"], told["agreedOn"] is not None) == ("agreed", True)
    assert [each["means"] for each in told["parties"]] == ["journal-system", "portal", "journal-system"]
    items = {each["id"]: each["agreed"] for each in told["items"]}
    assert all(items.values())
    assert set(case.items.values()) <= items.keys()
    for actor in (PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY):
        agreement = (await case.sees(actor))["agreement"]
        assert (agreement["state"], agreement["latest"]["number"]) == ("agreed", 1)
        assert agreement["changedSince"] == []


async def test_accepting_the_whole_accepts_what_waits_for_the_own_answer(api: Api) -> None:
    case = await a_case(api)
    await case.proposed()

    await case.answers(PATIENT)

    states = {each["id"]: each["state"] for each in (await case.sees())["actions"]}
    assert states[case.items["ring"]] == "accepted"
    assert states[case.items["train"]] == "requested"
    told = {each["id"]: each for each in (await case.answers(SYSTEM_MUNICIPALITY))["items"]}
    assert told[case.items["train"]]["agreed"]


async def test_a_patient_accepts_the_plan_and_declines_an_action(api: Api) -> None:
    case = await a_case(api)
    await case.proposed()

    await case.answers(PATIENT, exceptItems=[case.items["ring"]])
    told = await case.answers(SYSTEM_MUNICIPALITY)

    items = {each["id"]: each["agreed"] for each in told["items"]}
    assert told["state"] == "agreed"
    assert case.items["ring"] not in items or not items[case.items["ring"]]
    assert items[case.items["train"]]
    assert told["parties"][1]["exceptItems"] == [case.items["ring"]]
    states = {each["id"]: each["state"] for each in (await case.sees())["actions"]}
    assert states[case.items["ring"]] == "rejected"


async def test_a_later_change_of_an_agreed_element_is_named(api: Api) -> None:
    case = await a_case(api)
    await case.agreed()
    path = f"{case.path}/actions/{case.items['ring']}"

    await by(api, SYSTEM_HOSPITAL, "POST", f"{path}/start", {})
    progress = (await case.sees())["agreement"]
    await by(api, SYSTEM_HOSPITAL, "PATCH", path, {"when": {"latest": "2099-03-20"}})
    await case.add("new", PATIENT, "actions", {"text": "Gå ut", "side": "patient"})

    agreement = (await case.sees(PATIENT))["agreement"]
    assert progress["state"] == "agreed"
    assert agreement["state"] == "changed-since-agreed"
    assert agreement["changedSince"] == [
        {
            "part": "actions",
            "id": case.items["ring"],
            "what": "due",
            "before": "2099-03-15",
            "after": "2099-03-20",
        }
    ]
    assert [each["id"] for each in agreement["addedSince"]] == [case.items["new"]]


async def test_what_is_agreed_anew_takes_the_place_of_what_was(api: Api) -> None:
    case = await a_case(api)
    await case.agreed()
    await case.changes()

    beside = await case.proposed()
    between = (await case.sees())["agreement"]
    for actor in PARTIES:
        await case.answers(actor, 2)

    after = (await case.sees())["agreement"]
    first = await by(api, PATIENT, "GET", f"{case.path}/agreements/1")
    assert beside["number"] == 2
    assert (between["state"], between["latest"]["number"]) == ("changed-since-agreed", 1)
    assert between["proposed"]["number"] == 2
    assert (after["state"], after["latest"]["number"], after["proposed"]) == ("agreed", 2, None)
    assert (first["state"], [each["what"] for each in first["changedSince"]]) == ("superseded", ["text"])


async def test_a_yes_to_what_has_changed_since_is_told_so(api: Api) -> None:
    case = await a_case(api)
    await case.proposed()
    await case.changes()

    status, kind, problem = await refused(api, PATIENT, f"{case.path}/agreements/1/accept")

    assert (status, kind) == (409, "conflict")
    (conflict,) = problem["conflicts"]
    assert (conflict["part"], conflict["field"]) == ("goals", "text")
    assert (conflict["base"], conflict["theirs"]) == ("Gå 500 m", "Gå 800 m")


async def test_a_no_ends_a_proposal_and_says_why(api: Api) -> None:
    case = await a_case(api)
    await case.proposed()

    told = await case.answers(PATIENT, event="decline", reason="Jag vill vänta.")
    late = await refused(api, SYSTEM_MUNICIPALITY, f"{case.path}/agreements/1/accept")

    assert (told["state"], told["parties"][1]["reason"]) == ("declined", "Jag vill vänta.")
    assert late[:2] == (409, "not-allowed-in-state")
    assert (await case.sees())["agreement"]["state"] == "none"


async def test_a_new_proposal_takes_the_place_of_an_open_one(api: Api) -> None:
    case = await a_case(api)
    await case.proposed()

    second = await case.proposed(SYSTEM_MUNICIPALITY)
    late = await refused(api, PATIENT, f"{case.path}/agreements/1/accept")

    assert (second["number"], late[:2]) == (2, (409, "not-allowed-in-state"))
    listed = await by(api, PATIENT, "GET", f"{case.path}/agreements")
    assert [(each["number"], each["state"]) for each in listed["items"]] == [(2, "proposed"), (1, "replaced")]


@pytest.mark.parametrize("event", ["accept", "decline"])
async def test_nobody_answers_for_others_or_twice(api: Api, event: str) -> None:
    case = await a_case(api)
    await case.proposed()
    path, body = f"{case.path}/agreements/1/{event}", {"reason": "Nej"} if event == "decline" else {}

    for actor in (OTHER_PATIENT, SYSTEM_PRIMARY, replace(SYSTEM_PRIMARY, kind="operator")):
        assert (await refused(api, actor, path, body))[0] in {403, 404}
    assert (await refused(api, SYSTEM_HOSPITAL, path, body))[:2] == (409, "not-allowed-in-state")
    assert (await refused(api, PATIENT, f"{case.path}/agreements/9/{event}", body))[0] == 404


async def test_the_patients_side_proposes_nothing(api: Api) -> None:
    case = await a_case(api)

    assert (await refused(api, PATIENT, f"{case.path}/agreements"))[0] == 403


async def test_care_notes_what_the_patient_said(api: Api) -> None:
    case = await a_case(api)
    await case.proposed()
    path = f"{case.path}/agreements/1/accept"

    without = await refused(api, SYSTEM_HOSPITAL, path, {"party": "patient"})
    told = await case.answers(SYSTEM_HOSPITAL, party="patient", means="oral")

    party = told["parties"][1]
    assert without[0] == 422
    assert (party["side"], party["answer"], party["means"]) == ("patient", "accepted", "oral")
    assert party["by"]["reference"] == case.references[HOSPITAL]


async def test_two_parties_at_once_both_agree(api: Api) -> None:
    case = await a_case(api)
    await case.proposed()

    await asyncio.gather(*(case.answers(actor) for actor in PARTIES))

    assert (await case.sees())["agreement"]["state"] == "agreed"


async def test_the_same_party_at_once_answers_once(api: Api) -> None:
    case = await a_case(api)
    await case.proposed()

    async with api.of(PATIENT) as tolvan:
        path = f"{case.path}/agreements/1/accept"
        answers = await asyncio.gather(*(tolvan.post(path, json={}) for _ in range(6)))

    assert sorted(each.status_code for each in answers) == [200] + [409] * 5
    verified = await by(api, PATIENT, "GET", f"{case.path}/agreements/1/verify")
    assert len(verified["acceptances"]) == 2


async def test_proposals_at_once_get_numbers_of_their_own(api: Api) -> None:
    case = await a_case(api)

    made = await asyncio.gather(
        *(case.proposed(actor) for actor in (SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY) * 3)
    )

    assert sorted(each["number"] for each in made) == [1, 2, 3, 4, 5, 6]


async def test_a_yes_and_a_change_at_once_never_agree_on_what_nobody_saw(api: Api) -> None:
    case = await a_case(api)
    await case.proposed()
    goal = f"{case.path}/goals/{case.items['goal']}"

    async with api.of(PATIENT) as tolvan:
        answer, *_ = await asyncio.gather(
            tolvan.post(f"{case.path}/agreements/1/accept", json={}),
            *(by(api, SYSTEM_HOSPITAL, "PATCH", goal, {"text": f"Gå {n} m"}) for n in range(5)),
        )

    assert answer.status_code in {200, 409}
    if answer.status_code == 200:
        verified = await by(api, PATIENT, "GET", f"{case.path}/agreements/1/verify")
        own = next(each for each in verified["acceptances"] if each["task"].startswith("Task/agreement-1-2"))
        pinned = {each["reference"]: each["version"] for each in own["items"]}
        old = await api.records.vread(
            PATIENT, "Goal", case.items["goal"], pinned[f"Goal/{case.items['goal']}"]
        )
        assert old.resource["description"]["text"] == "Gå 500 m"
        assert own["matches"]


async def test_the_same_key_proposes_and_accepts_once(api: Api) -> None:
    case = await a_case(api)
    proposing, accepting = key(), key()

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as tolvan:
        twice = [await hospital.post(f"{case.path}/agreements", json={}, headers=proposing) for _ in "ab"]
        path = f"{case.path}/agreements/1/accept"
        again = [await tolvan.post(path, json={}, headers=accepting) for _ in "ab"]

    assert [each.json()["number"] for each in twice] == [1, 1]
    assert [each.status_code for each in again] == [200, 200]


@pytest.mark.parametrize(("language", "word"), [("sv", "juridiskt"), ("en", "legal")])
async def test_everybody_is_told_that_it_is_no_legal_contract(api: Api, language: str, word: str) -> None:
    case = await a_case(api)
    await case.proposed()

    for actor in (PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY):
        async with api.of(actor, language=language) as client:
            told = [(await client.get(f"{case.path}{more}")).json() for more in ("", "/agreements/1")]
        assert all(word in each["notLegal"] for each in told)


async def provenances(api: Api, case: Case, actor: Actor) -> list[Stored]:
    rows = await api.records.contract(actor, case.contract)
    return [each for each in rows.members if each.type == "Provenance"]


async def test_each_party_recomputes_the_hash_from_what_it_reads_through_fhir(api: Api) -> None:
    case = await a_case(api)
    await case.agreed()
    await by(api, SYSTEM_HOSPITAL, "PATCH", f"{case.path}/goals/{case.items['goal']}", {"text": "Gå 800 m"})

    for actor in (PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY):
        verified = await by(api, actor, "GET", f"{case.path}/agreements/1/verify")
        assert {each["matches"] for each in verified["acceptances"]} - {None} == {True}
        assert (verified["holds"], len(verified["changedSince"])) == (False, 1)
        seen = await provenances(api, case, actor)
        assert seen
        for stored in seen:
            assert await recomputed(api, actor, case, stored) == told_hash(stored)


def told_hash(provenance: Stored) -> str:
    found = {each["url"].rpartition("/")[2]: each for each in provenance.resource["extension"]}
    return str(found["pk-agreement-hash"]["valueString"])


async def recomputed(api: Api, actor: Actor, case: Case, provenance: Stored) -> str:
    """The hash as the documentation says it is made, from plain reads of versions."""
    items = []
    for target in provenance.resource["target"]:
        kind, id_, _, version = target["reference"].split("/")
        body = parse((await api.records.vread(actor, kind, id_, int(version))).body)
        meta = {k: v for k, v in body.pop("meta").items() if k not in {"versionId", "lastUpdated"}}
        items.append(
            {
                "reference": f"{kind}/{id_}",
                "version": int(version),
                "body": body | ({"meta": meta} if meta else {}),
            }
        )
    whole = {
        "contract": f"CarePlan/{case.contract}",
        "agreement": 1,
        "items": sorted(items, key=lambda each: str(each["reference"])),
    }
    told = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"


async def test_a_party_reads_its_own_acceptance_and_the_patient_reads_all(api: Api) -> None:
    case = await a_case(api)
    await case.agreed()

    seen = {actor.client: len(await provenances(api, case, actor)) for actor in (SYSTEM_HOSPITAL, *PARTIES)}

    assert seen == {SYSTEM_HOSPITAL.client: 1, PATIENT.client: 3, SYSTEM_MUNICIPALITY.client: 1}
    for actor in (SYSTEM_HOSPITAL, *PARTIES):
        contract = await case.sees(actor)
        assert contract["withheld"]["blockedInformationExists"] is False


async def test_staff_accept_for_their_care_provider_by_name(api: Api) -> None:
    case = await a_case(api)
    nurse = replace(NURSE, provider=HOSPITAL, employee=f"{HOSPITAL}-N", unit=HOSPITAL)

    told = await case.proposed(nurse)

    (party,) = [each for each in told["parties"] if each["answer"] == "accepted"]
    assert party["party"] == case.references[HOSPITAL]
    assert party["by"]["reference"] == case.references[f"{HOSPITAL}-nurse"]
