"""What a party agrees to is what that party sees; others learn neither of it nor through it."""

from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.contract.agreeing import Case, a_case, by
from tests.contract.wire import Api
from tests.support.actors import (
    OPERATOR,
    OTHER_PATIENT,
    PATIENT,
    PRIMARY,
    STATISTICS,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
)
from tests.support.resources import an_assertion

Json = dict[str, Any]


async def with_a_third(records: Records) -> Case:
    """A contract in which primary care takes part too, with a goal of its own, blocked from the others."""
    case = await a_case(Api(records))
    plan = await records.read(SYSTEM_HOSPITAL, "CarePlan", case.contract)
    patient = plan.resource["subject"]["reference"]
    sharing = an_assertion(patient, "sharing", [case.references[PRIMARY]])
    await records.write(SYSTEM_HOSPITAL, [Write("create", "Consent", sharing)])
    await by(case.api, SYSTEM_HOSPITAL, "POST", f"{case.path}/team", {"member": {"hsaId": PRIMARY}})
    await case.add("blocked", SYSTEM_PRIMARY, "goals", {"text": "Sova hela natten"})
    block = an_assertion(patient, "block-outer", [case.references[PRIMARY]])
    await records.write(PATIENT, [Write("create", "Consent", block)])
    return case


async def acceptances(records: Records, actor: Actor, case: Case) -> dict[str, Stored]:
    """The acceptances that an actor reads, by the Task that each answers."""
    members = (await records.contract(actor, case.contract)).members
    found = [each for each in members if each.type == "Provenance"]
    return {each.resource["entity"][0]["what"]["reference"]: each for each in found}


def targets(acceptance: Stored) -> set[str]:
    return {each["reference"].partition("/_history/")[0] for each in acceptance.resource["target"]}


def says_that_not_all_was_shown(acceptance: Stored) -> bool:
    return any(each["url"].endswith("pk-not-all-shown") for each in acceptance.resource["extension"])


async def test_a_yes_covers_exactly_what_its_party_sees_and_says_what_it_is_not(records: Records) -> None:
    case = await with_a_third(records)
    await case.proposed()
    for actor in (PATIENT, SYSTEM_MUNICIPALITY, SYSTEM_PRIMARY):
        await case.answers(actor)
    blocked = f"Goal/{case.items['blocked']}"

    every = await acceptances(records, PATIENT, case)

    assert len(every) == 4
    parties = (await by(case.api, PATIENT, "GET", f"{case.path}/agreements/1"))["parties"]
    task_of = {each["party"]: each["reference"] for each in parties}
    of_patient, of_primary = (task_of[case.patient], task_of[case.references[PRIMARY]])
    assert {task for task, each in every.items() if blocked in targets(each)} == {of_patient, of_primary}
    silent = {task for task, each in every.items() if says_that_not_all_was_shown(each)}
    assert silent >= every.keys() - {of_patient, of_primary}
    assert of_patient not in silent
    assert (await case.sees(PATIENT))["agreement"]["state"] == "agreed"


async def test_nobody_learns_of_what_is_blocked_through_anothers_yes(records: Records) -> None:
    case = await with_a_third(records)
    await case.proposed()
    for actor in (PATIENT, SYSTEM_MUNICIPALITY, SYSTEM_PRIMARY):
        await case.answers(actor)

    for actor in (SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY):
        rows = await records.contract(actor, case.contract)
        told = [each.body for each in rows.members]
        told.append(str(await by(case.api, actor, "GET", f"{case.path}/agreements/1")))
        told.append(str(await by(case.api, actor, "GET", f"{case.path}/agreements/1/verify")))
        told.append(str(await case.sees(actor)))
        assert not any(case.items["blocked"] in text for text in told), actor.client


async def test_a_yes_is_read_by_its_party_and_by_the_patient_alone(records: Records) -> None:
    case = await a_case(Api(records))
    await case.agreed()
    every = await acceptances(records, PATIENT, case)
    by_place = {task.split("-")[2]: each for task, each in every.items()}
    parties = {"1": SYSTEM_HOSPITAL, "2": PATIENT, "3": SYSTEM_MUNICIPALITY}
    others = (SYSTEM_PRIMARY, OTHER_PATIENT, STATISTICS, OPERATOR)

    assert by_place.keys() == parties.keys()
    for place, acceptance in by_place.items():
        for actor in (*parties.values(), *others):
            seen = actor is PATIENT or actor is parties[place]
            assert await reads(records, actor, acceptance) is seen, (place, actor.client)
            assert await finds(records, actor, acceptance) is seen, (place, actor.client)


async def reads(records: Records, actor: Actor, stored: Stored) -> bool:
    try:
        await records.read(actor, stored.type, stored.id)
    except Problem as problem:
        if problem.kind not in {"not-found", "forbidden"}:
            raise
        return False
    return True


async def finds(records: Records, actor: Actor, stored: Stored) -> bool:
    contract = stored.resource["target"][0]["reference"].partition("/_history/")[0]
    try:
        page = await records.search(actor, parse_query("Provenance", [("target", contract)]))
    except Problem as problem:
        if problem.kind != "forbidden":
            raise
        return False
    return stored.id in {each.id for each in page.items}


@pytest.mark.parametrize("label", ["staff-only", "hidden-from-patient"])
async def test_nobody_agrees_on_what_the_patient_is_not_told(records: Records, label: str) -> None:
    case = await a_case(Api(records))
    goal = (await records.read(SYSTEM_HOSPITAL, "Goal", case.items["goal"])).resource
    said = [
        {"url": "reason", "valueString": "Kan skada"},
        {"url": "author", "valueReference": {"reference": next(iter(case.references.values()))}},
        {"url": "review", "valueDate": "2099-01-01"},
    ]
    hidden = {"url": "https://patientkontrakt.org/fhir/StructureDefinition/pk-hidden", "extension": said}
    system = "https://patientkontrakt.org/fhir/CodeSystem/pk-security"
    meta = {"extension": [hidden], "security": [{"system": system, "code": label}]}
    await records.write(SYSTEM_HOSPITAL, [Write("update", "Goal", goal | {"meta": meta}, id=goal["id"])])

    await case.proposed()

    (own,) = (await acceptances(records, SYSTEM_HOSPITAL, case)).values()
    assert f"Goal/{goal['id']}" not in targets(own)
    assert says_that_not_all_was_shown(own)
