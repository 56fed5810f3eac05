"""The journeys: valid FHIR R4, whole, about test persons only, and the same ids every time."""

import json
import re
from datetime import date, datetime

import pytest

from pk_api.demo import people
from pk_api.demo.actors import ACTORS
from pk_api.demo.journeys import JOURNEYS, all_steps
from pk_api.fhir import systems
from pk_api.fhir.identity import identity_issues
from pk_api.fhir.validate import check
from pk_api.fhir.values import parse

TODAY = date(2026, 11, 22)
STEPS = all_steps(TODAY)
PERSONS = [value for value in vars(people).values() if isinstance(value, people.Person)]


def resources(name=None):
    steps = STEPS if name is None else JOURNEYS[name].steps(TODAY)
    return [
        entry["resource"]
        for step in steps
        for entry in json.loads(step.bundle.model_dump_json()).get("entry", ())
    ]


def of_type(name, kind):
    return [each for each in resources(name) if each["resourceType"] == kind]


def codes(resource, element="category"):
    concepts = resource.get(element, [])
    concepts = concepts if isinstance(concepts, list) else [concepts]
    return {coding["code"] for concept in concepts for coding in concept.get("coding", ())}


def references_in(value):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for each in value.values():
            yield from references_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from references_in(each)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.actor}: {step.title}")
def test_every_bundle_is_valid_fhir_r4(step):
    assert check(parse(step.bundle.model_dump_json())) == []


@pytest.mark.parametrize("resource", resources(), ids=lambda each: f"{each['resourceType']}/{each['id']}")
def test_every_resource_is_valid_and_its_identity_numbers_are_right(resource):
    assert check(resource) == []
    assert identity_issues(resource, "error") == []


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title)
def test_every_step_belongs_to_a_system_of_the_demo(step):
    assert ACTORS[step.actor].kind == "system"


def test_nothing_refers_to_what_is_not_loaded_by_then():
    stored: set[str] = set()
    for step in STEPS:
        stored |= set(step.references)
        missing = set(references_in(json.loads(step.bundle.model_dump_json()))) - stored

        assert missing == set(), step.title


def test_every_resource_has_an_id_of_its_own():
    stored = [reference for step in STEPS for reference in step.references]

    assert len(stored) == len(set(stored))


def test_another_day_gives_the_same_resources():
    other = all_steps(date(2027, 2, 28))

    assert [step.references for step in other] == [step.references for step in STEPS]


def test_the_stroke_journey_has_at_least_25_resources_of_all_three_principals():
    actors = {step.actor for step in JOURNEYS["stroke"].steps(TODAY)}

    assert len(resources("stroke")) >= 25
    assert actors >= {"system-hospital", "system-primary", "system-municipality"}


def test_the_stroke_patient_has_two_named_contacts_in_care_of_which_one_coordinates():
    roles = [
        code
        for team in of_type("stroke", "CareTeam")
        for each in team["participant"]
        for code in codes(each, "role")
    ]

    assert sorted(roles) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("name", ["stroke", "cancer", "child", "psychiatry", "operation", "teenager"])
def test_a_journey_has_one_contract_with_a_team(name):
    contracts = [each for each in of_type(name, "CarePlan") if systems.PATIENTKONTRAKT in codes(each)]
    team = next(each for each in of_type(name, "CareTeam") if systems.PLAN_TEAM in codes(each))

    assert len(contracts) == 1
    assert contracts[0]["careTeam"] == [{"reference": f"CareTeam/{team['id']}"}]
    assert all("id" in each and "period" in each for each in team["participant"])


@pytest.mark.parametrize("name", ["stroke", "cancer", "child", "psychiatry", "operation"])
def test_a_journey_says_what_matters_and_what_comes_next(name):
    matters = [each for each in of_type(name, "Goal") if "what-matters" in codes(each)]
    coming = [
        each for each in of_type(name, "Appointment") if datetime.fromisoformat(each["start"]).date() > TODAY
    ]

    assert matters
    assert coming


def test_the_psychiatry_journey_has_its_three_plans_and_a_god_man():
    kinds = set().union(*(codes(plan) for plan in of_type("psychiatry", "CarePlan")))
    relations = codes(of_type("psychiatry", "RelatedPerson")[0], "relationship")

    assert kinds >= {"patientkontrakt", "sip", "samordnad-vardplan-lptlrv", "SPLPTLRV"}
    assert relations == {"god-man"}


def test_the_child_has_two_guardians_with_mandate_and_a_voice():
    mandates = [each for each in of_type("child", "Consent") if "mandate" in codes(each)]
    voices = [each for each in of_type("child", "Observation") if "child-voice" in codes(each, "code")]

    assert [codes(each, "relationship") for each in of_type("child", "RelatedPerson")] == [{"GUARD"}] * 2
    assert (len(mandates), len(voices)) == (2, 1)


def test_the_child_is_ten():
    born = date.fromisoformat(people.CHILD_PATIENT.birth_date)

    assert TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day)) == 10


def test_who_declined_has_the_reason_and_no_contract():
    task = of_type("declined", "Task")[0]

    assert (task["status"], codes(task, "code")) == ("rejected", {"offer-contract"})
    assert task["statusReason"]["text"]
    assert of_type("declined", "CarePlan") == []


def test_the_operation_is_done_but_for_the_return_visit():
    states = {each["id"]: each["status"] for each in of_type("operation", "Task")}

    assert states["operation-surgery"] == "completed"
    assert [each["status"] for each in of_type("operation", "Appointment")] == ["fulfilled", "booked"]


@pytest.mark.parametrize("person", PERSONS, ids=lambda person: person.name)
def test_persons_are_test_persons(person):
    published = {
        *("191212121212", "195009072553", "196101182803", "189002029800", "200302022389"),
        *("199002222397", "200001252386", "189602029812"),
    }

    assert person.number in published or person.number[8:11] in {"238", "239"}


def test_telephone_numbers_are_those_kept_for_fiction():
    numbers = [
        point["value"]
        for each in resources()
        for point in each.get("telecom", ())
        if point["system"] == "phone"
    ]

    assert all(re.fullmatch(r"0980-3192\d\d|070-17406\d\d", number) for number in numbers)
    assert numbers


def test_appointments_are_on_working_days():
    days = [
        datetime.fromisoformat(each["start"]) for each in resources() if each["resourceType"] == "Appointment"
    ]

    assert days
    assert all(day.weekday() < 5 for day in days)
