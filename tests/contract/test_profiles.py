"""What the contract API and the demo write follows the profiles that are published."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given, settings

from pk_api.contract import codes
from pk_api.contract.editing import team
from pk_api.contract.editing.contract import new_contract
from pk_api.contract.editing.items import new_item
from pk_api.demo.journeys import all_steps
from pk_api.demo.pathways import ICF
from pk_api.fhir import systems
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.terminology import below
from pk_api.fhir.terminology.code_systems import code_system
from pk_api.fhir.validate import check
from tests.contract.cases import NOW, TEMP, Json, editing, stored
from tests.contract.test_round_trip import BODIES
from tests.support.profiles import profile_of

DEMO = [
    orjson.loads(entry.resource.model_dump_json())
    for step in all_steps(date(2026, 3, 10))
    for entry in step.bundle.entry
]
PROFILED = [each for each in DEMO if profile_of(each)]


def _faults(resource: Json) -> list[str]:
    canonical = profile_of(resource)
    assert canonical is not None
    return [
        f"{issue.severity} {issue.expression}: {issue.diagnostics}"
        for issue in KNOWN.check(resource, canonical)
    ]


@pytest.mark.parametrize("part", sorted(BODIES.keys() - {"messages"}))
def test_an_item_made_from_a_request_follows_its_profile(part: str) -> None:
    @settings(max_examples=40, deadline=None)
    @given(BODIES[part])
    def law(body: Json) -> None:
        resources = new_item(part, body, editing())

        assert [fault for each in resources for fault in _faults(stored(each))] == []

    law()


def test_a_new_contract_follows_its_profile() -> None:
    plan, plan_team = new_contract(
        {"indications": ["complex"]},
        patient={"reference": "Patient/p"},
        opener={"reference": "Organization/region"},
        author={"reference": "Organization/hospital"},
        team=TEMP,
        now=NOW,
    )

    assert _faults(plan) + _faults(plan_team) == []


def test_the_team_that_somebody_joins_follows_its_profile() -> None:
    _, (changed,) = team.join({"member": {"hsaId": "SE2129990012-0001"}}, editing())

    assert _faults(changed) == []


@pytest.mark.parametrize("resource", PROFILED, ids=[f"{e['resourceType']}/{e['id']}" for e in PROFILED])
def test_a_resource_of_the_demo_follows_its_profile(resource: Json) -> None:
    assert _faults(resource) == []


def test_the_demo_has_resources_of_nearly_all_profiles() -> None:
    shown = {profile_of(each) for each in PROFILED}

    assert len(shown) >= 16


def _first(profile: str) -> Json:
    url = f"{systems.BASE}/StructureDefinition/{profile}"
    return next(each for each in PROFILED if profile_of(each) == url)


PASSPORT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PPN"}]}
BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("pk-patientkontrakt", {"intent": "order"}),
    ("pk-patientkontrakt", {"category": [{"text": "Plan"}]}),
    ("pk-patientkontrakt", {"partOf": [{"reference": "CarePlan/x"}]}),
    ("pk-patientkontrakt", {"period": None}),
    ("pk-plan", {"activity": [{"detail": {"status": "scheduled"}}]}),
    ("pk-plan", {"category": [{"coding": [{"system": systems.PLAN_KIND, "code": "dagdrom"}]}]}),
    ("pk-plan", {"partOf": None}),
    ("pk-what-matters", {"expressedBy": None}),
    ("pk-goal", {"extension": None}),
    ("pk-goal", {"subject": {"reference": "Group/x"}}),
    ("pk-action", {"for": None}),
    ("pk-action", {"description": None}),
    ("pk-action", {"extension": [{"url": systems.EXT_SIDE, "valueCode": "nobody"}]}),
    ("pk-proposal", {"intent": "order"}),
    ("pk-appointment", {"extension": [{"url": systems.EXT_MAY_CANCEL, "valueString": "ja"}]}),
    ("pk-named-contact", {"participant": [{}, {}]}),
    ("pk-named-contact", {"category": [{"coding": [{"system": systems.INERA_CARE_TEAM, "code": "team"}]}]}),
    ("pk-plan-team", {"participant": None}),
    ("pk-relative", {"name": None}),
    ("pk-medicines", {"content": [{"attachment": {"contentType": "text/plain", "data": "YQ=="}}]}),
    ("pk-narrative", {"valueString": None, "valueBoolean": True}),
    ("pk-consent", {"provision": None}),
    ("pk-patient", {"identifier": None}),
    ("pk-patient", {"name": [{"family": "A"}, {"family": "B"}]}),
    ("pk-practitioner", {"identifier": [{"system": systems.HSA_ID, "type": PASSPORT, "value": "SE1-1"}]}),
    ("pk-practitioner-role", {"organization": None}),
    ("pk-organization", {"name": None}),
]


@pytest.mark.parametrize(("profile", "change"), BROKEN, ids=[f"{p}-{next(iter(c))}" for p, c in BROKEN])
def test_a_profile_refuses_what_it_does_not_mean(profile: str, change: dict[str, Any]) -> None:
    valid = _first(profile)
    broken = {key: value for key, value in {**valid, **change}.items() if value is not None}

    found = KNOWN.check(broken, f"{systems.BASE}/StructureDefinition/{profile}")

    assert [issue for issue in found if issue.severity == "error"] != []


ACCEPTED: Json = {
    "resourceType": "Provenance",
    "target": [{"reference": "CarePlan/c/_history/7"}],
    "recorded": "2026-03-10T09:30:00+01:00",
    "activity": {"coding": [{"system": systems.AGREEMENT, "code": "agreement"}]},
    "agent": [
        {
            "type": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
                        "code": "verifier",
                    }
                ]
            },
            "who": {"reference": "Patient/p"},
        }
    ],
}
ANSWERED: Json = {
    "resourceType": "QuestionnaireResponse",
    "basedOn": [{"reference": "CarePlan/c"}],
    "questionnaire": f"{systems.BASE}/Questionnaire/pk-five-questions|1.0",
    "status": "completed",
    "subject": {"reference": "Patient/p"},
    "authored": "2026-03-10",
    "item": [{"linkId": "1", "answer": [{"valueCoding": {"system": systems.ANSWER, "code": "yes"}}]}],
}


@pytest.mark.parametrize("resource", [ACCEPTED, ANSWERED], ids=["agreement", "follow-up"])
def test_an_agreement_and_answers_follow_their_profiles(resource: Json) -> None:
    assert check(resource) == []
    assert _faults(resource) == []


@pytest.mark.parametrize(
    ("resource", "change"),
    [
        (ACCEPTED, {"activity": {"text": "Överenskommelse"}}),
        (ACCEPTED, {"activity": None}),
        (ANSWERED, {"basedOn": None}),
        (ANSWERED, {"questionnaire": None}),
        (ANSWERED, {"subject": {"reference": "Group/x"}}),
    ],
)
def test_an_agreement_and_answers_are_refused_when_they_say_too_little(
    resource: Json, change: dict[str, Any]
) -> None:
    broken = {key: value for key, value in {**resource, **change}.items() if value is not None}

    assert _faults(broken) != []


def _codings(tree: Any) -> set[tuple[str, str]]:
    if isinstance(tree, list):
        return set().union(*map(_codings, tree))
    if not isinstance(tree, dict):
        return set()
    own = (
        {(tree["system"], tree["code"])}
        if {"system", "code"} <= tree.keys() and "value" not in tree
        else set()
    )
    return own.union(*map(_codings, tree.values()))


def test_every_code_of_the_demo_is_in_its_code_system() -> None:
    used = set().union(*map(_codings, DEMO))
    known = {system: code_system(system) for system, _ in used}

    wrong = [(s, code) for s, code in sorted(used) if known[s] is not None and code not in known[s].concepts]
    assert wrong == []
    assert sorted(s for s, found in known.items() if found is None) == [ICF, systems.SNOMED]


def test_every_code_of_the_contract_api_is_in_its_code_system() -> None:
    tables = [table for name, table in vars(codes).items() if name.isupper() and isinstance(table, Mapping)]
    used = {(code.system, code.code) for table in tables for code in table.values()}

    assert len(used) > 60
    assert [(s, c) for s, c in sorted(used) if c not in below(s, c)] == []
