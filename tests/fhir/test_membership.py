"""Which resources belong to a contract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk_api.fhir.membership import (
    Edge,
    belongs_by_patient,
    closure,
    contract_state,
    edges,
    is_active_plan_team,
    is_contract,
)
from pk_api.fhir.systems import (
    CARE_TEAM_KIND,
    EXT_CONTRACT,
    FAST_KONTAKT,
    INERA_CARE_TEAM,
    PATIENTKONTRAKT,
    PLAN_KIND,
    PLAN_TEAM,
)

CONTRACT = {
    "resourceType": "CarePlan",
    "id": "c",
    "status": "active",
    "intent": "plan",
    "category": [{"coding": [{"system": PLAN_KIND, "code": PATIENTKONTRAKT}]}],
    "replaces": [{"reference": "CarePlan/old"}],
    "goal": [{"reference": "Goal/1"}],
    "careTeam": [{"reference": "CareTeam/1"}],
    "activity": [{"reference": {"reference": "Task/1"}}, {"detail": {"status": "scheduled"}}],
    "supportingInfo": [{"reference": "DocumentReference/1/_history/2"}, {"display": "papper"}],
}


def up(target):
    kind, _, id_ = target.partition("/")
    return Edge(kind, id_, "up")


def down(target):
    kind, _, id_ = target.partition("/")
    return Edge(kind, id_, "down")


def ref(target):
    return {"reference": target}


def test_a_contract_is_a_plan_of_that_category():
    assert is_contract(CONTRACT)
    assert contract_state(CONTRACT) == "active"


@pytest.mark.parametrize(
    "change",
    [
        {"intent": "proposal"},
        {"category": [{"coding": [{"system": "urn:other", "code": PATIENTKONTRAKT}]}]},
        {"category": [{"text": "Patientkontrakt"}]},
        {"resourceType": "Task"},
    ],
)
def test_what_lacks_category_or_intent_is_no_contract(change):
    assert not is_contract({**CONTRACT, **change})
    assert contract_state({**CONTRACT, **change}) is None


def test_a_plan_holds_goals_teams_activities_and_supporting_information():
    assert edges(CONTRACT) == (
        down("Goal/1"),
        down("CareTeam/1"),
        down("Task/1"),
        down("DocumentReference/1"),
    )


@pytest.mark.parametrize(
    ("resource", "target"),
    [
        ({"resourceType": "Task", "basedOn": [ref("CarePlan/c")]}, "CarePlan/c"),
        ({"resourceType": "ServiceRequest", "basedOn": [ref("CarePlan/c")]}, "CarePlan/c"),
        ({"resourceType": "CarePlan", "partOf": [ref("CarePlan/c")]}, "CarePlan/c"),
        ({"resourceType": "Observation", "basedOn": [ref("CarePlan/c")]}, "CarePlan/c"),
        ({"resourceType": "Communication", "about": [ref("CarePlan/c")]}, "CarePlan/c"),
        ({"resourceType": "Communication", "basedOn": [ref("CarePlan/c")]}, "CarePlan/c"),
        ({"resourceType": "Provenance", "target": [ref("CarePlan/c/_history/7")]}, "CarePlan/c"),
        ({"resourceType": "QuestionnaireResponse", "basedOn": [ref("CarePlan/c")]}, "CarePlan/c"),
        ({"resourceType": "Appointment", "supportingInformation": [ref("CarePlan/c")]}, "CarePlan/c"),
        ({"resourceType": "Appointment", "basedOn": [ref("ServiceRequest/s")]}, "ServiceRequest/s"),
        ({"resourceType": "AppointmentResponse", "appointment": ref("Appointment/a")}, "Appointment/a"),
        ({"resourceType": "DocumentReference", "context": {"related": [ref("CarePlan/c")]}}, "CarePlan/c"),
        ({"resourceType": "Composition", "event": [{"detail": [ref("CarePlan/c")]}]}, "CarePlan/c"),
        (
            {
                "resourceType": "Goal",
                "extension": [{"url": EXT_CONTRACT, "valueReference": ref("CarePlan/c")}],
            },
            "CarePlan/c",
        ),
    ],
    ids=lambda value: value["resourceType"] if isinstance(value, dict) else None,
)
def test_a_resource_belongs_to_what_it_is_based_on(resource, target):
    assert edges({**resource, "id": "x"}) == (up(target),)


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Task", "focus": ref("CarePlan/c"), "partOf": [ref("Task/1")]},
        {"resourceType": "CarePlan", "replaces": [ref("CarePlan/c")], "basedOn": [ref("CarePlan/c")]},
        {"resourceType": "Goal", "extension": [{"url": "urn:other", "valueReference": ref("CarePlan/c")}]},
        {
            "resourceType": "Task",
            "basedOn": [ref("https://other.example/CarePlan/c"), ref("#c"), {"display": "x"}],
        },
        {"resourceType": "Task", "id": "t", "basedOn": [ref("Task/t")]},
    ],
)
def test_other_references_carry_no_membership(resource):
    assert edges(resource) == ()


def test_a_reference_under_our_own_address_carries_membership():
    task = {"resourceType": "Task", "basedOn": [ref("https://pk.example/fhir/CarePlan/c")]}

    assert edges(task, "https://pk.example/fhir") == (up("CarePlan/c"),)


def test_people_consents_and_fast_kontakt_belong_by_patient():
    fast = [{"coding": [{"system": INERA_CARE_TEAM, "code": FAST_KONTAKT}]}]

    assert belongs_by_patient({"resourceType": "RelatedPerson"})
    assert belongs_by_patient({"resourceType": "Consent"})
    assert belongs_by_patient({"resourceType": "CareTeam", "category": fast})
    assert not belongs_by_patient({"resourceType": "CareTeam"})
    assert not belongs_by_patient({"resourceType": "Task"})


def test_the_team_of_a_plan_is_told_by_category_and_status():
    team = {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [{"coding": [{"system": CARE_TEAM_KIND, "code": PLAN_TEAM}]}],
    }

    assert is_active_plan_team(team)
    assert not is_active_plan_team({**team, "status": "inactive"})
    assert not is_active_plan_team({**team, "category": []})


def test_members_are_reached_through_plans_in_both_directions():
    graph = {
        "CarePlan/c": (down("Goal/1"),),
        "CarePlan/sub": (up("CarePlan/c"), down("Goal/2")),
        "Task/1": (up("CarePlan/sub"),),
        "Provenance/1": (up("Task/1"),),
        "Task/alone": (up("CarePlan/elsewhere"),),
    }

    members = closure(graph, {"CarePlan/c"}, {"Patient/1", "Consent/1"})

    assert members == {
        "CarePlan/c": {
            *("CarePlan/c", "Goal/1", "CarePlan/sub", "Goal/2", "Task/1", "Provenance/1"),
            *("Patient/1", "Consent/1"),
        }
    }


def test_nothing_is_reached_through_another_contract():
    graph = {
        "CarePlan/new": (up("CarePlan/old"),),
        "CarePlan/old": (down("CarePlan/new"), down("Goal/old")),
        "Task/old": (up("CarePlan/old"),),
        "Task/new": (up("CarePlan/new"),),
        "Provenance/both": (up("CarePlan/old"), up("CarePlan/new")),
    }

    members = closure(graph, {"CarePlan/new", "CarePlan/old"}, set())

    assert members == {
        "CarePlan/new": {"CarePlan/new", "Task/new", "Provenance/both"},
        "CarePlan/old": {"CarePlan/old", "Goal/old", "Task/old", "Provenance/both"},
    }


def test_what_belongs_by_patient_draws_in_nothing():
    members = closure({"Provenance/1": (up("Patient/1"),)}, {"CarePlan/c"}, {"Patient/1"})

    assert members == {"CarePlan/c": {"CarePlan/c", "Patient/1"}}


REFS = st.sampled_from([f"CarePlan/{n}" for n in range(5)] + [f"Task/{n}" for n in range(5)])
GRAPHS = st.dictionaries(
    REFS,
    st.lists(st.builds(lambda target, is_up: up(target) if is_up else down(target), REFS, st.booleans())),
)
CONTRACTS = st.sets(st.sampled_from([f"CarePlan/{n}" for n in range(3)]), min_size=1)


@given(GRAPHS, CONTRACTS)
def test_no_contract_has_another_contract_as_member(graph, contracts):
    members = closure(graph, contracts, set())

    assert set(members) == contracts
    assert all(members[one] & contracts == {one} for one in contracts)


@given(GRAPHS, CONTRACTS)
def test_every_member_but_the_contract_has_an_edge_to_another_member(graph, contracts):
    members = closure(graph, contracts, set())
    pairs = {
        (edge.reference, source) if edge.direction == "up" else (source, edge.reference)
        for source, outgoing in graph.items()
        for edge in outgoing
    }

    for contract, held in members.items():
        for member in held - {contract}:
            assert any(holder in held and of == member for holder, of in pairs)


@given(GRAPHS, CONTRACTS, REFS, REFS)
def test_a_further_edge_takes_no_member_away(graph, contracts, source, target):
    more = {**graph, source: [*graph.get(source, []), up(target)]}

    before, after = closure(graph, contracts, set()), closure(more, contracts, set())

    assert all(before[contract] <= after[contract] for contract in contracts)
