"""Agreements written through FHIR: the door holds them to the same as the contract API."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.validate import check
from pk_api.records.values import Write
from tests.contract.agreeing import Case, a_case, by
from tests.contract.wire import Api, Json
from tests.support.actors import HOSPITAL, MUNICIPALITY, PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY
from tests.support.profiles import profile_of

AGREED = {"coding": [{"system": systems.AGREEMENT, "code": "agreement"}]}


async def asked(case: Case, place: int = 2, number: int = 1) -> Json:
    """The Task by which a party is asked: the hospital is the first, the patient the second."""
    rows = await case.api.records.contract(SYSTEM_HOSPITAL, case.contract)
    found = [each for each in rows.members if each.id.startswith(f"agreement-{number}-{place}-")]
    return dict(found[0].resource)


async def a_yes(case: Case, task: Json, **more: Any) -> Json:
    """The patient's acceptance of the goal as it stands."""
    goal = await case.api.records.read(SYSTEM_HOSPITAL, "Goal", case.items["goal"])
    return {
        "resourceType": "Provenance",
        "target": [{"reference": f"{goal.reference}/_history/{goal.version}"}],
        "recorded": "2026-03-10T09:30:00+01:00",
        "activity": AGREED,
        "agent": [{"who": task["for"]}],
        "entity": [{"role": "source", "what": {"reference": f"Task/{task['id']}"}}],
        **more,
    }


async def write(case: Case, actor: Actor, *resources: Json) -> str:
    """Write a set; return why it is refused, empty when it is not."""
    writes = [
        Write("update", each["resourceType"], each, id=each["id"])
        if "id" in each
        else Write("create", each["resourceType"], each)
        for each in resources
    ]
    try:
        await case.api.records.write(actor, writes)
    except Problem as problem:
        return problem.kind
    return ""


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What is allowed is the same on either database; races are tried on both elsewhere."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


@pytest.fixture
async def case(api: Api) -> Case:
    made = await a_case(api)
    await made.proposed()
    return made


async def test_answer_and_acceptance_come_together(case: Case) -> None:
    task = await asked(case)
    yes = {**task, "status": "accepted"}

    assert await write(case, PATIENT, yes) == "business-rule"
    assert await write(case, PATIENT, await a_yes(case, task)) == "business-rule"
    assert await write(case, PATIENT, yes, await a_yes(case, task)) == ""
    agreement = (await case.sees(PATIENT))["agreement"]
    told = agreement["proposed"] or agreement["latest"]
    assert [each["answer"] for each in told["parties"]] == ["accepted", "accepted", "pending"]


async def test_a_signature_of_the_partys_own_is_kept_and_told(case: Case) -> None:
    task = await asked(case)
    signature = {
        "type": [{"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1"}],
        "when": "2026-03-10T09:30:00+01:00",
        "who": task["for"],
        "sigFormat": "application/pkcs7-signature",
        "data": "TcO2cmsgc2lnbmF0dXI=",
    }

    answered = await write(
        case, PATIENT, {**task, "status": "accepted"}, await a_yes(case, task, signature=[signature])
    )
    verified = await by(case.api, PATIENT, "GET", f"{case.path}/agreements/1/verify")

    told = next(each for each in verified["acceptances"] if each["task"] == f"Task/{task['id']}")
    assert answered == ""
    assert [(one["format"], one["valid"]) for one in told["signatures"]] == [
        ("application/pkcs7-signature", None)
    ]
    assert (told["hash"], told["matches"]) == (None, None), "it told no hash"


async def test_a_second_acceptance_is_refused(case: Case) -> None:
    await case.answers(PATIENT)
    task = await asked(case)

    assert await write(case, PATIENT, task, await a_yes(case, task)) == "not-allowed-in-state"


async def test_what_is_pinned_is_the_present_version(case: Case) -> None:
    task = await asked(case)
    yes, old = {**task, "status": "accepted"}, await a_yes(case, task)
    await case.changes()

    assert await write(case, PATIENT, yes, old) == "stale"
    plain = [{"reference": f"Goal/{case.items['goal']}"}]
    assert await write(case, PATIENT, yes, old | {"target": plain}) == "business-rule"
    ahead = [{"reference": f"Goal/{case.items['goal']}/_history/9"}]
    assert await write(case, PATIENT, yes, old | {"target": ahead}) == "stale"


async def test_nobody_answers_for_another(case: Case) -> None:
    task = await asked(case)
    yes, acceptance = {**task, "status": "accepted"}, await a_yes(case, task)

    for actor in (SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY):
        behalf = {"onBehalfOf": {"reference": next(iter(case.references.values()))}}
        agent = [{"who": task["for"]}, {"who": behalf["onBehalfOf"]}]
        assert await write(case, actor, yes, acceptance | {"agent": agent}) == "forbidden"
        cancelled = await write(case, actor, {**task, "status": "cancelled"})
        assert cancelled in {"not-allowed-in-state", "forbidden"}
    theirs = await asked(case, place=3)
    own = {**theirs, "status": "accepted"}
    assert await write(case, PATIENT, own, await a_yes(case, theirs)) == "forbidden"
    assert await write(case, PATIENT, {**theirs, "status": "rejected"}) == "forbidden"


def noted(means: str) -> list[Json]:
    return [{"url": systems.EXT_AGREEMENT_MEANS, "valueCode": means}]


async def test_care_notes_for_the_patient_what_was_said_or_signed_alone(case: Case) -> None:
    task = await asked(case)
    yes, hospital = {**task, "status": "accepted"}, {"reference": case.references[HOSPITAL]}
    signer, enterer = {"who": task["for"]}, {"who": hospital, "onBehalfOf": hospital}
    for means, agent, told in (
        ("portal", [signer, enterer], "forbidden"),
        ("oral", [enterer], "business-rule"),
        ("oral", [signer, enterer], ""),
    ):
        acceptance = await a_yes(case, task, extension=noted(means), agent=agent)
        assert await write(case, SYSTEM_HOSPITAL, yes, acceptance) == told


async def test_care_signs_its_own_yes_itself(case: Case) -> None:
    task = await asked(case, place=3)
    yes, own = {**task, "status": "accepted"}, {"reference": case.references[MUNICIPALITY]}
    as_patient = [{"who": task["for"], "onBehalfOf": own}]

    forged = await write(case, SYSTEM_MUNICIPALITY, yes, await a_yes(case, task, agent=as_patient))
    signed = await write(case, SYSTEM_MUNICIPALITY, yes, await a_yes(case, task, agent=[{"who": own}]))

    assert (forged, signed) == ("business-rule", "")


async def test_a_patient_signs_as_nobody_else(case: Case) -> None:
    task = await asked(case)
    yes = {**task, "status": "accepted"}
    hospital = [{"who": {"reference": next(iter(case.references.values()))}}]

    assert await write(case, PATIENT, yes, await a_yes(case, task, agent=hospital)) == "forbidden"


async def test_a_patient_writes_no_other_provenance(case: Case) -> None:
    task = await asked(case)
    other = await a_yes(case, task) | {"activity": {"text": "Ändring"}}

    assert await write(case, PATIENT, other) == "forbidden"


async def test_what_was_agreed_stands(case: Case) -> None:
    await case.answers(PATIENT)
    task = await asked(case)
    (yes,) = [
        each.resource
        for each in (await case.api.records.contract(PATIENT, case.contract)).members
        if each.type == "Provenance" and "verifier" in each.body
    ]

    assert await write(case, PATIENT, {**task, "status": "requested"}) == "not-allowed-in-state"
    assert await write(case, SYSTEM_HOSPITAL, {**task, "input": task["input"][:1]}) == "business-rule"
    assert await write(case, PATIENT, {**yes, "recorded": "2020-01-01T00:00:00Z"}) != ""
    for actor, kind, id_ in ((SYSTEM_HOSPITAL, "Task", task["id"]), (PATIENT, "Provenance", yes["id"])):
        with pytest.raises(Problem):
            await case.api.records.write(actor, [Write("delete", kind, id=id_)])
    (own,) = [
        each
        for each in (await case.api.records.contract(SYSTEM_HOSPITAL, case.contract)).members
        if each.type == "Provenance"
    ]
    assert await write(case, SYSTEM_HOSPITAL, {**own.resource, "agent": [{"who": task["for"]}]}) != ""
    with pytest.raises(Problem):
        await case.api.records.write(SYSTEM_HOSPITAL, [Write("delete", "Provenance", id=own.id)])


@pytest.mark.parametrize("answered", [False, True])
async def test_nobody_adds_to_what_a_party_says(case: Case, *, answered: bool) -> None:
    if answered:
        await case.answers(PATIENT)
    task = await asked(case)
    note = {
        "authorReference": {"reference": case.references[HOSPITAL]},
        "text": "Ja",
        "time": "2030-01-01T09:00:00Z",
    }
    left_out = {
        "type": {"coding": [{"system": systems.AGREEMENT, "code": "except"}]},
        "valueReference": {"reference": f"Task/{case.items['train']}"},
    }

    for more in (
        {"note": [*task.get("note", []), note]},
        {"output": [*task.get("output", []), left_out]},
        {"statusReason": {"text": "Nej"}},
    ):
        assert await write(case, SYSTEM_HOSPITAL, task | more) == "not-allowed-in-state"


async def test_an_agreement_without_notes_tells_when_all_the_same(case: Case) -> None:
    for place, actor, agent in ((2, PATIENT, None), (3, SYSTEM_MUNICIPALITY, MUNICIPALITY)):
        task = await asked(case, place=place)
        who = {"reference": case.references[agent]} if agent else task["for"]
        yes = {**task, "status": "accepted"}
        assert await write(case, actor, yes, await a_yes(case, task, agent=[{"who": who}])) == ""

    latest = (await case.sees(PATIENT))["agreement"]["latest"]

    assert latest["state"] == "agreed"
    assert latest["agreedOn"] is not None
    assert [each["on"] is not None for each in latest["parties"]] == [True] * 3


async def test_a_proposal_is_made_of_tasks_with_the_ids_that_follow(case: Case) -> None:
    task = await asked(case)
    new = {name: value for name, value in task.items() if name not in {"id", "meta"}}

    assert await write(case, SYSTEM_HOSPITAL, new) == "business-rule"
    assert await write(case, SYSTEM_HOSPITAL, {**new, "id": "agreement-1-9-x"}) == "business-rule"
    assert await write(case, PATIENT, new) == "forbidden"
    goal = (await case.api.records.read(SYSTEM_HOSPITAL, "Task", case.items["train"])).resource
    assert await write(case, SYSTEM_HOSPITAL, {**goal, "code": task["code"]}) == "business-rule"


async def test_what_the_contract_api_writes_follows_its_profiles(case: Case) -> None:
    await case.answers(PATIENT, exceptItems=[case.items["ring"]])
    await case.answers(SYSTEM_MUNICIPALITY)

    members = (await case.api.records.contract(PATIENT, case.contract)).members
    found = [each for each in members if each.type == "Provenance" or each.id.startswith("agreement-")]
    made = [each.resource for each in found]

    assert len(made) == 6
    for resource in made:
        profile = profile_of(resource)
        assert check(resource) == []
        assert profile is not None
        assert KNOWN.check(resource, profile) == []
