"""Ways by which an outsider could try to see or join what is not open; each must fail. On both databases."""

from dataclasses import replace

import pytest

from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import FAST_KONTAKT, INERA_CARE_TEAM
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    PATIENT,
    PRIMARY,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
    TOLVAN,
)
from tests.support.resources import a_contract, a_goal, a_patient, a_team, an_organization, opened
from tests.support.tables import rows


def a_relative(patient: str) -> dict:
    return {"resourceType": "RelatedPerson", "patient": {"reference": patient}}


async def _organisation(records: Records) -> str:
    (own,) = await records.write(SYSTEM_PRIMARY, [Write("create", "Organization", an_organization(PRIMARY))])
    return own.reference


async def test_a_fast_contact_that_is_also_a_plan_team_lets_nobody_in(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    own = await _organisation(records)
    role = {"resourceType": "PractitionerRole", "organization": {"reference": own}}
    (nurse,) = await records.write(SYSTEM_PRIMARY, [Write("create", "PractitionerRole", role)])
    trick = a_team(contract.patient.reference, [nurse.reference])
    trick["telecom"] = [{"system": "phone", "value": "0980-319211"}]
    trick["category"].append({"coding": [{"system": INERA_CARE_TEAM, "code": FAST_KONTAKT}]})
    await records.write(SYSTEM_PRIMARY, [Write("create", "CareTeam", trick)])

    with pytest.raises(Problem) as refusal:
        await records.read(SYSTEM_PRIMARY, "CarePlan", contract.plan.id)

    assert refusal.value.kind == "not-found"


async def test_an_own_draft_contract_does_not_draw_in_what_others_hold(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    (goal,) = await records.write(
        SYSTEM_HOSPITAL, [Write("create", "Goal", a_goal(contract.patient.reference))]
    )
    own = await _organisation(records)
    plan = a_contract(contract.patient.reference, "urn:uuid:t") | {
        "status": "draft",
        "goal": [{"reference": goal.reference}],
    }
    writes = [
        Write("create", "CareTeam", a_team(contract.patient.reference, [own]), temp="urn:uuid:t"),
        Write("create", "CarePlan", plan),
    ]

    with pytest.raises(Problem) as refusal:
        await records.write(SYSTEM_PRIMARY, writes)

    assert (refusal.value.kind, refusal.value.issues[0].code) == ("business-rule", "not-found")


async def test_an_own_draft_contract_does_not_show_relatives_that_others_registered(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    (relative,) = await records.write(
        SYSTEM_HOSPITAL, [Write("create", "RelatedPerson", a_relative(contract.patient.reference))]
    )
    own = await _organisation(records)
    plan = a_contract(contract.patient.reference, "urn:uuid:t") | {"status": "draft"}
    await records.write(
        SYSTEM_PRIMARY,
        [
            Write("create", "CareTeam", a_team(contract.patient.reference, [own]), temp="urn:uuid:t"),
            Write("create", "CarePlan", plan),
        ],
        identified=frozenset({contract.patient.id}),
    )

    with pytest.raises(Problem) as refusal:
        await records.read(SYSTEM_PRIMARY, "RelatedPerson", relative.id)

    assert refusal.value.kind == "not-found"


async def test_relatives_of_the_patient_and_of_the_parties_belong_to_the_contract(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL, MUNICIPALITY])

    (by_patient,) = await records.write(
        PATIENT, [Write("create", "RelatedPerson", a_relative(contract.patient.reference))]
    )
    (by_hospital,) = await records.write(
        SYSTEM_HOSPITAL, [Write("create", "RelatedPerson", a_relative(contract.patient.reference))]
    )
    (by_outsider,) = await records.write(
        SYSTEM_PRIMARY, [Write("create", "RelatedPerson", a_relative(contract.patient.reference))]
    )

    members = {m.reference for m in (await records.contract(PATIENT, contract.plan.id)).members}
    assert {by_patient.reference, by_hospital.reference} <= members
    assert by_outsider.reference not in members


async def test_who_leaves_the_team_sees_the_contract_no_longer(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL, MUNICIPALITY])
    team = dict(contract.team.resource)
    left = [p for p in team["participant"] if p["member"]["reference"] == contract.organisations[HOSPITAL]]
    await records.write(
        SYSTEM_HOSPITAL, [Write("update", "CareTeam", team | {"participant": left}, contract.team.id)]
    )

    with pytest.raises(Problem) as refusal:
        await records.read(SYSTEM_MUNICIPALITY, "CarePlan", contract.plan.id)
    assert refusal.value.kind == "not-found"


async def test_a_participant_whose_period_has_ended_sees_the_contract_no_longer(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL, MUNICIPALITY])
    team = dict(contract.team.resource)
    ended = [p | {"period": {"start": "2020-01-01", "end": "2020-02-01"}} for p in team["participant"]]
    await records.write(
        SYSTEM_HOSPITAL, [Write("update", "CareTeam", team | {"participant": ended}, contract.team.id)]
    )

    with pytest.raises(Problem) as refusal:
        await records.read(SYSTEM_MUNICIPALITY, "CarePlan", contract.plan.id)
    assert refusal.value.kind == "not-found"


async def test_a_patient_cannot_hide_care_behind_the_own_pen(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    (goal,) = await records.write(
        SYSTEM_HOSPITAL, [Write("create", "Goal", a_goal(contract.patient.reference))]
    )

    with pytest.raises(Problem) as refusal:
        await records.write(PATIENT, [Write("delete", "Goal", None, goal.id)])

    assert refusal.value.kind == "forbidden"


async def test_an_update_cannot_move_a_resource_to_another_patient(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    (goal,) = await records.write(
        SYSTEM_HOSPITAL, [Write("create", "Goal", a_goal(contract.patient.reference))]
    )
    (other,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient("195009072553"))])

    with pytest.raises(Problem) as refusal:
        await records.write(
            SYSTEM_HOSPITAL, [Write("update", "Goal", a_goal(other.reference) | {"id": goal.id}, goal.id)]
        )

    assert refusal.value.kind == "business-rule"


@pytest.mark.parametrize("number", [TOLVAN, "195009072553"])
async def test_a_refused_update_does_not_tell_which_patient_it_would_be_about(
    records: Records, number: str
) -> None:
    contract = await opened(records, team=[HOSPITAL])
    goal = a_goal(contract.patient.reference)
    (hidden,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Goal", goal)])
    if number != TOLVAN:
        (other,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(number))])
        goal = a_goal(other.reference)

    with pytest.raises(Problem) as refusal:
        await records.write(
            SYSTEM_MUNICIPALITY, [Write("update", "Goal", goal | {"id": hidden.id}, hidden.id)]
        )

    assert (refusal.value.kind, refusal.value.detail) == ("forbidden", "Not permitted: update Goal.")


async def test_a_care_provider_cannot_bear_the_name_of_a_patient(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    impostor = replace(SYSTEM_PRIMARY, provider=f"patient:{contract.patient.key.patient}")

    with pytest.raises(Problem) as refusal:
        await records.read(impostor, "Goal", "any")

    assert refusal.value.kind == "forbidden"


async def test_an_identity_number_that_is_asked_for_as_an_id_is_not_on_record(
    records: Records, database_url: str
) -> None:
    for asking in (records.read(SYSTEM_PRIMARY, "Patient", TOLVAN), records.contract(SYSTEM_PRIMARY, TOLVAN)):
        with pytest.raises(Problem):
            await asking

    audit = await rows(database_url, "audit")
    assert [row["entities"] for row in audit] == ['["Patient"]', '["CarePlan"]']
