"""Who agrees in a small child's place: each guardian, or one where that is set; older children themselves."""

import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from pk_api.access.person_rules import GuardiansAgree, PersonRules
from pk_api.contract.dates import SWEDEN
from pk_api.fhir.agreements import answer_id
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import AGREEMENT, NARRATIVE, PERSONNUMMER, TASK_KIND
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.contract.agreeing import by, refused
from tests.contract.wire import Api, Json
from tests.rules.people import WARD, World, system, world
from tests.rules.standins import a_related_person, number_born, proxy_of, years_ago
from tests.support.resources import a_patient

MOTHER, FATHER = "196101182803", "195009072553"


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What is allowed is the same on either database; races are tried on both elsewhere."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


async def a_family(
    db: Database, age: int, agree: GuardiansAgree, heard: tuple[Json, ...] | None = None
) -> tuple[Api, World, str]:
    """A child with two guardians and a contract of the ward's, on which something is agreed."""
    api = Api(Records(db, Policy(base_url=BASE, persons=PersonRules(guardians_agree=agree))))
    here = await world(api.records, a_patient(number_born(years_ago(age))))
    for number in (MOTHER, FATHER):
        own = [{"system": PERSONNUMMER, "value": number}]
        await here.write(system(WARD), a_related_person(here.patient.reference, identifier=own))
    body = {"patient": {"reference": here.patient.reference}}
    contract = await by(api, system(WARD), "POST", "/contracts", body)
    path = f"/contracts/{contract['id']}"
    await by(api, system(WARD), "POST", f"{path}/goals", {"text": "Simma 25 meter"})
    for note in (HEARD,) if heard is None else heard:
        await by(api, system(WARD), "POST", f"{path}/notes", note)
    return api, here, path


HEARD = {"kind": "child-voice", "text": "Jag vill simma", "how": "Samtal", "on": "2026-03-01"}


def on_the_patients_side(told: Json) -> list[Json]:
    return [each for each in told["parties"] if each["side"] == "patient"]


async def test_both_guardians_of_a_small_child_agree(db: Database) -> None:
    api, here, path = await a_family(db, 9, "all")
    mother, father = (proxy_of(here.patient, number) for number in (MOTHER, FATHER))

    proposed = await by(api, system(WARD), "POST", f"{path}/agreements", {})
    one = await by(api, mother, "POST", f"{path}/agreements/1/accept", {})
    again = await refused(api, mother, f"{path}/agreements/1/accept")
    both = await by(api, father, "POST", f"{path}/agreements/1/accept", {})

    assert len(on_the_patients_side(proposed)) == 2
    assert (one["state"], again[0], both["state"]) == ("proposed", 409, "agreed")
    for party in on_the_patients_side(both):
        assert party["by"]["reference"] == party["party"]
        assert party["onBehalfOf"]["reference"] == here.patient.reference
    verified = await by(api, mother, "GET", f"{path}/agreements/1/verify")
    assert [each["matches"] for each in verified["acceptances"]] == [True]


async def test_one_guardian_agrees_where_that_is_enough(db: Database) -> None:
    api, here, path = await a_family(db, 9, "one")

    proposed = await by(api, system(WARD), "POST", f"{path}/agreements", {})
    told = await by(api, proxy_of(here.patient, FATHER), "POST", f"{path}/agreements/1/accept", {})

    assert len(on_the_patients_side(proposed)) == 1
    assert told["state"] == "agreed"


def said(today: date) -> Json:
    return {"kind": "child-voice", "text": "Jag vill hellre spela boll", "on": today.isoformat()}


NOT_HEARD: Json = {
    "kind": "child-voice",
    "notHeard": {"reason": "not-applicable", "text": "Ett halvår"},
}


@pytest.mark.parametrize(("age", "status"), [(9, 422), (17, 422), (18, 201)])
async def test_a_child_is_heard_before_it_is_agreed(db: Database, age: int, status: int) -> None:
    api, _, path = await a_family(db, age, "all", heard=())

    async with api.of(system(WARD)) as ward:
        early = await ward.post(f"{path}/agreements", json={})

    assert early.status_code == status, early.text
    assert ("4 kap. 3 §" in early.text) is (status == 422)


async def test_why_a_child_was_not_heard_is_enough(db: Database) -> None:
    api, _, path = await a_family(db, 1, "all", heard=(NOT_HEARD,))

    proposed = await by(api, system(WARD), "POST", f"{path}/agreements", {})

    assert proposed["state"] == "proposed"


async def test_a_child_is_heard_anew_for_the_next_agreement(db: Database) -> None:
    api, here, path = await a_family(db, 9, "one")
    await by(api, system(WARD), "POST", f"{path}/agreements", {})
    again = await by(api, system(WARD), "POST", f"{path}/agreements", {})
    mother = proxy_of(here.patient, MOTHER)
    agreed = await by(api, mother, "POST", f"{path}/agreements/2/accept", {})

    unheard = await refused(api, system(WARD), f"{path}/agreements")
    await by(api, system(WARD), "POST", f"{path}/notes", said(datetime.now(SWEDEN).date()))
    next_one = await by(api, system(WARD), "POST", f"{path}/agreements", {})

    assert (again["state"], agreed["state"]) == ("proposed", "agreed")
    assert (unheard[0], next_one["number"]) == (422, 3)


@pytest.mark.parametrize("when", ["2020", "2020-02"])
async def test_what_a_child_said_in_a_year_long_ago_is_not_said_of_the_next_agreement(
    db: Database, when: str
) -> None:
    api, here, path = await a_family(db, 9, "one", heard=())
    before = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": NARRATIVE, "code": "child-voice"}]},
        "subject": {"reference": here.patient.reference},
        "basedOn": [{"reference": f"CarePlan/{path.rpartition('/')[2]}"}],
        "effectiveDateTime": when,
        "valueString": "Jag vill simma",
    }
    await here.write(system(WARD), before)
    await by(api, system(WARD), "POST", f"{path}/agreements", {})
    await by(api, proxy_of(here.patient, MOTHER), "POST", f"{path}/agreements/1/accept", {})

    assert (await refused(api, system(WARD), f"{path}/agreements"))[0] == 422


async def test_by_fhir_a_child_is_heard_first_too(db: Database) -> None:
    api, here, path = await a_family(db, 9, "all", heard=())
    contract = path.rpartition("/")[2]
    numbers = {"number": 1, "revision": 1, "parties": 1}
    task = {
        "resourceType": "Task",
        "id": answer_id(contract, 1, 1),
        "status": "requested",
        "intent": "proposal",
        "code": {"coding": [{"system": TASK_KIND, "code": "answer-agreement"}]},
        "basedOn": [{"reference": f"CarePlan/{contract}"}],
        "for": {"reference": here.patient.reference},
        "owner": {"reference": here.patient.reference},
        "input": [
            {"type": {"coding": [{"system": AGREEMENT, "code": name}]}, "valuePositiveInt": value}
            for name, value in numbers.items()
        ],
    }
    write = Write("update", "Task", task, id=task["id"])

    with pytest.raises(Problem, match="heard before each agreement"):
        await api.records.write(system(WARD), [write])
    await by(api, system(WARD), "POST", f"{path}/notes", HEARD)

    assert await api.records.write(system(WARD), [write])


@pytest.mark.parametrize("age", [13, 16])
async def test_an_older_child_is_asked_itself(db: Database, age: int) -> None:
    api, here, path = await a_family(db, age, "all")

    proposed = await by(api, system(WARD), "POST", f"{path}/agreements", {})
    told = await refused(api, proxy_of(here.patient, MOTHER), f"{path}/agreements/1/accept")

    (party,) = on_the_patients_side(proposed)
    assert party["party"] == here.patient.reference
    assert told[0] in {403, 404}


async def test_care_notes_what_a_child_of_thirteen_said(db: Database) -> None:
    api, _, path = await a_family(db, 13, "all")
    await by(api, system(WARD), "POST", f"{path}/agreements", {})

    body = {"party": "patient", "means": "oral"}
    told = await by(api, system(WARD), "POST", f"{path}/agreements/1/accept", body)

    assert told["state"] == "agreed"


async def test_a_guardian_signs_by_name_for_the_child_and_not_for_the_other(db: Database) -> None:
    api, here, path = await a_family(db, 9, "all")
    await by(api, system(WARD), "POST", f"{path}/agreements", {})
    mother = proxy_of(here.patient, MOTHER)
    contract = await api.records.contract(mother, path.rpartition("/")[2])
    asked = [each.resource for each in contract.members if each.id.startswith("agreement-")]
    (me,) = (await api.records.facts(mother)).people
    tasks = {
        each["restriction"]["recipient"][0]["reference"]: each for each in asked if "restriction" in each
    }
    (father,) = tasks.keys() - {me}
    child = {"reference": here.patient.reference}

    async def told(task: Json, agent: Json) -> str:
        acceptance = {
            "resourceType": "Provenance",
            "target": [{"reference": f"{contract.contract.reference}/_history/{contract.contract.version}"}],
            "recorded": "2026-03-10T09:30:00+01:00",
            "activity": {"coding": [{"system": AGREEMENT, "code": "agreement"}]},
            "agent": [agent],
            "entity": [{"role": "source", "what": {"reference": f"Task/{task['id']}"}}],
        }
        yes = {**task, "status": "accepted"}
        try:
            await api.records.write(
                mother,
                [Write("update", "Task", yes, id=task["id"]), Write("create", "Provenance", acceptance)],
            )
        except Problem as problem:
            return problem.kind
        return ""

    assert await told(tasks[father], {"who": {"reference": me}, "onBehalfOf": child}) == "forbidden"
    assert await told(tasks[me], {"who": {"reference": me}}) == "business-rule"
    assert await told(tasks[me], {"who": child}) == "business-rule"
    assert await told(tasks[me], {"who": {"reference": father}, "onBehalfOf": child}) == "business-rule"
    assert await told(tasks[me], {"who": {"reference": me}, "onBehalfOf": child}) == ""
