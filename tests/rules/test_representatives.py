"""Those who act for adults: by mandate, by the patient's choice, and apps.

Sources: föräldrabalk 11 and 12 kap., lag 2017:310; HFD 2017 ref. 67; PDL 2008:355 5 kap. 5 §.
"""

from dataclasses import replace
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.access.person_rules import PersonRules
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import APP, MANDATE, PART, PERSONNUMMER, RELATION, ROLE_CODE
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.rules.people import PATIENT, WARD, World, labelled, system, world
from tests.rules.standins import a_permission, a_related_person, number_born, proxy_of, years_ago
from tests.support.actors import ALL, TOLVAN
from tests.support.resources import a_goal, a_patient, an_assertion

PAST = {"start": "2020-01-01", "end": "2021-01-01"}
SPOUSE = (ROLE_CODE, "SPS")


def _concept(system_: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system_, "code": code}]}


def _mandate(here: World, person: Stored, role: str, *scopes: str, **provision: Any) -> dict[str, Any]:
    provision = {"code": [_concept(MANDATE, one) for one in scopes], **provision} if scopes else provision
    told = {"role": _concept(RELATION, role), "provision": provision}
    return a_permission(here.patient.reference, person.reference, "mandate", **told)


async def _beside(records: Records, role: tuple[str, str], **more: Any) -> tuple[World, Stored, Stored]:
    """A world with somebody beside the patient, and a note of the ward's."""
    here = await world(records)
    person = await here.write(system(WARD), a_related_person(here.patient.reference, role, **more))
    return here, person, await here.note(WARD)


def _task(here: World, owner: str, **more: Any) -> dict[str, Any]:
    task = {"resourceType": "Task", "status": "requested", "intent": "order", "owner": {"reference": owner}}
    return {**task, "for": {"reference": here.patient.reference}, **more}


async def _refused(here: World, actor: Actor, resource: dict[str, Any]) -> bool:
    try:
        await here.write(actor, resource)
    except Problem as problem:
        return problem.kind == "forbidden"
    return False


@pytest.mark.parametrize("role", ["god-man", "forvaltare", "framtidsfullmakt"])
async def test_a_mandate_for_the_person_opens_the_record_and_the_plan(records: Records, role: str) -> None:
    here, person, note = await _beside(records, (RELATION, role))
    hidden = await here.note(WARD, meta=labelled("hidden-from-patient", here.at[WARD]))
    holder = proxy_of(here.patient)
    before = await here.sees(holder, note)
    await here.write(system(WARD), _mandate(here, person, role, "person", "property"))

    assert (before, await here.sees(holder, note), await here.sees(holder, hidden)) == (False, True, False)
    goal = await here.write(holder, a_goal(here.patient.reference))
    assert await here.sees(PATIENT, goal)
    assert await _refused(here, holder, an_assertion(here.patient.reference, "sharing", [here.at[WARD]]))


@pytest.mark.parametrize(
    ("role", "scopes", "provision", "sees"),
    [
        ("god-man", ("property",), {}, (False, False)),
        ("god-man", ("rights",), {}, (False, True)),
        ("god-man", (), {}, (False, False)),
        ("narstaende", ("person",), {}, (False, False)),
        ("god-man", ("person",), {"period": PAST}, (False, False)),
        ("god-man", ("person",), {"type": "deny"}, (False, False)),
    ],
)
async def test_a_mandate_opens_its_scope_and_no_more(
    records: Records, role: str, scopes: tuple[str, ...], provision: Any, sees: tuple[bool, bool]
) -> None:
    here, person, note = await _beside(records, (RELATION, role))
    await here.write(system(WARD), _mandate(here, person, role, *scopes, **provision))
    holder = proxy_of(here.patient)

    assert (await here.sees(holder, note), await here.sees(holder, here.patient)) == sees
    assert await _refused(here, holder, a_goal(here.patient.reference))


async def test_nobody_gives_oneself_a_mandate(records: Records) -> None:
    here, person, note = await _beside(records, (RELATION, "god-man"))
    await here.write(PATIENT, _mandate(here, person, "god-man", "person"))

    assert not await here.sees(proxy_of(here.patient), note)


async def test_a_relative_sees_own_tasks_and_what_the_patient_wrote(records: Records) -> None:
    here, person, note = await _beside(records, SPOUSE)
    relative = proxy_of(here.patient)
    asked = await here.write(system(WARD), _task(here, person.reference))
    others = await here.write(system(WARD), _task(here, here.at[WARD]))
    words = await here.write(PATIENT, a_goal(here.patient.reference))
    care = await here.write(system(WARD), a_goal(here.patient.reference))
    block = await here.write(PATIENT, an_assertion(here.patient.reference, "block-inner", [here.at[WARD]]))
    everything = (asked, words, others, care, note, block, here.patient)
    before = [await here.sees(relative, one) for one in everything]
    named = {"provision": [{"code": [_concept(PART, "goals")]}]}
    permission = a_permission(here.patient.reference, person.reference, "relative-access", provision=named)
    consent = await here.write(PATIENT, permission)

    assert before == [False] * 7
    assert [await here.sees(relative, one) for one in everything] == [True, True] + [False] * 5
    assert await _refused(here, relative, a_goal(here.patient.reference))
    ended = {**consent.resource, "status": "inactive"}
    await records.write(PATIENT, [Write("update", "Consent", ended, consent.id)])
    assert not await here.sees(relative, asked)


async def test_a_relative_answers_own_tasks_in_the_own_name(records: Records) -> None:
    here, person, _ = await _beside(records, SPOUSE)
    permission = a_permission(here.patient.reference, person.reference, "relative-access")
    await here.write(PATIENT, permission)
    asked = await here.write(system(WARD), _task(here, person.reference))
    note = {"text": "Det ordnar jag", "authorReference": {"reference": person.reference}}
    answer = {**asked.resource, "status": "accepted", "note": [note]}
    relative = proxy_of(here.patient)

    (done,) = await records.write(relative, [Write("update", "Task", answer, asked.id)])

    assert done.resource["status"] == "accepted"
    forged = {"text": "Ja", "authorReference": {"reference": here.at[WARD]}}
    for wrong in ({"description": "Annat"}, {"note": [note, forged]}):
        with pytest.raises(Problem) as refusal:
            await records.write(relative, [Write("update", "Task", {**answer, **wrong}, asked.id)])
        assert refusal.value.kind == "forbidden"


@pytest.mark.parametrize(("relatives", "sees"), [("own", False), ("named", True)])
async def test_the_parts_that_the_patient_names_open_by_a_setting(
    db: Database, relatives: Any, sees: bool
) -> None:
    records = Records(db, Policy(BASE, persons=PersonRules(relatives=relatives)))
    here, person, note = await _beside(records, SPOUSE)
    care = await here.write(system(WARD), a_goal(here.patient.reference))
    named = {"provision": [{"code": [_concept(PART, "goals")]}]}
    permission = a_permission(here.patient.reference, person.reference, "relative-access", provision=named)
    await here.write(PATIENT, permission)

    assert await here.sees(proxy_of(here.patient), care) is sees
    assert not await here.sees(proxy_of(here.patient), note)
    await records.drain()


def _app(client: str = "min-app") -> Actor:
    return Actor("app", client, person=(PERSONNUMMER, TOLVAN), scopes=ALL)


def _letting_in(here: World, client: str, **more: Any) -> dict[str, Any]:
    consent = a_permission(here.patient.reference, "Patient/x", "app-access", **more)
    (actor,) = consent["provision"]["actor"]
    actor["reference"] = {"type": "Device", "identifier": {"system": APP, "value": client}}
    return consent


async def test_an_app_reads_and_writes_while_the_patient_lets_it(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)
    before = await here.sees(_app(), note)
    consent = await here.write(PATIENT, _letting_in(here, "min-app"))

    assert (before, await here.sees(_app(), note)) == (False, True)
    assert not await here.sees(_app("other-app"), note)
    goal = await here.write(_app(), a_goal(here.patient.reference))
    assert await here.sees(PATIENT, goal)
    assert await _refused(here, _app(), _letting_in(here, "other-app"))
    assert not await here.sees(replace(_app(), scopes=(("Goal", "rs"),)), note)
    stopped = {**consent.resource, "status": "inactive"}
    await records.write(PATIENT, [Write("update", "Consent", stopped, consent.id)])
    assert not await here.sees(_app(), note)


async def test_only_the_patient_lets_an_app_in(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)

    assert await _refused(here, system(WARD), _letting_in(here, "min-app"))
    assert not await here.sees(_app(), note)


async def test_an_app_of_one_who_is_too_young_sees_nothing(records: Records) -> None:
    young = number_born(years_ago(12))
    here = await world(records, a_patient(young))
    await here.write(system(WARD), a_related_person(here.patient.reference))
    note = await here.note(WARD)
    await here.write(proxy_of(here.patient), _letting_in(here, "min-app"))
    app = replace(_app(), person=(PERSONNUMMER, young))

    assert not await here.sees(app, note)
