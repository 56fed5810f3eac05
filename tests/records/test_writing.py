"""The door's writing half, on both databases."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from pk_api.fhir.problems import Problem
from pk_api.records.records import Records
from pk_api.records.values import Idempotency, Stored, Write
from tests.support.actors import (
    EVERYONE_ELSE,
    HOSPITAL,
    MUNICIPALITY,
    OTHER_PATIENT,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
    TOLVAN,
)
from tests.support.resources import a_contract, a_goal, a_patient, a_task, an_organization, opened


async def test_what_is_written_is_read_back_with_version_and_time(records: Records) -> None:
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])

    found = await records.read(SYSTEM_HOSPITAL, "Patient", patient.id)

    assert found.resource["meta"]["versionId"] == "1"
    assert found.resource["identifier"] == a_patient(TOLVAN)["identifier"]


async def test_an_update_makes_a_new_version_and_keeps_the_old(records: Records) -> None:
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])
    changed = {**patient.resource, "gender": "male"}

    (second,) = await records.write(
        SYSTEM_HOSPITAL, [Write("update", "Patient", changed, patient.id, if_match=1)]
    )

    assert second.version == 2
    assert "gender" not in (await records.vread(SYSTEM_HOSPITAL, "Patient", patient.id, 1)).resource


async def test_a_stale_version_is_refused_and_nothing_is_stored(records: Records) -> None:
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])

    with pytest.raises(Problem) as refusal:
        await records.write(
            SYSTEM_HOSPITAL, [Write("update", "Patient", dict(patient.resource), patient.id, if_match=7)]
        )

    assert refusal.value.kind == "stale"
    assert (await records.read(SYSTEM_HOSPITAL, "Patient", patient.id)).version == 1


async def test_a_deleted_resource_is_gone_and_comes_back_by_update(records: Records) -> None:
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])
    await records.write(SYSTEM_HOSPITAL, [Write("delete", "Patient", None, patient.id)])
    with pytest.raises(Problem) as gone:
        await records.read(SYSTEM_HOSPITAL, "Patient", patient.id)

    (third,) = await records.write(
        SYSTEM_HOSPITAL, [Write("update", "Patient", dict(patient.resource), patient.id)]
    )

    assert gone.value.kind == "gone"
    assert third.version == 3


async def test_one_identity_number_is_one_patient(records: Records) -> None:
    await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])

    with pytest.raises(Problem) as refusal:
        await records.write(SYSTEM_PRIMARY, [Write("create", "Patient", a_patient(TOLVAN))])

    assert refusal.value.kind == "duplicate"


def _born(patient: Stored, n: int) -> dict[str, Any]:
    return {**patient.resource, "birthDate": f"19{n:02}-12-12"}


async def test_parallel_updates_lose_nothing(records: Records) -> None:
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])

    await asyncio.gather(
        *(
            records.write(SYSTEM_HOSPITAL, [Write("update", "Patient", _born(patient, n), patient.id)])
            for n in range(20)
        )
    )

    assert (await records.read(SYSTEM_HOSPITAL, "Patient", patient.id)).version == 21


async def test_of_many_writers_with_the_same_version_one_wins(records: Records) -> None:
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])
    writes = [Write("update", "Patient", _born(patient, n), patient.id, if_match=1) for n in range(12)]

    outcomes = await asyncio.gather(
        *(records.write(SYSTEM_HOSPITAL, [write]) for write in writes), return_exceptions=True
    )

    kinds = sorted(o.kind if isinstance(o, Problem) else "written" for o in outcomes)
    assert kinds == ["stale"] * 11 + ["written"]


@pytest.mark.parametrize("actor", EVERYONE_ELSE, ids=lambda a: a.kind)
async def test_everyone_else_is_refused(records: Records, actor) -> None:
    with pytest.raises(Problem) as refusal:
        await records.write(actor, [Write("create", "Patient", a_patient(TOLVAN))])

    assert refusal.value.kind == "forbidden"


async def test_another_organisation_sees_the_contract_only_as_a_member_of_its_team(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL, MUNICIPALITY])

    seen = await records.read(SYSTEM_MUNICIPALITY, "CarePlan", contract.plan.id)

    assert seen.id == contract.plan.id
    with pytest.raises(Problem) as refusal:
        await records.read(SYSTEM_PRIMARY, "CarePlan", contract.plan.id)
    assert refusal.value.kind == "not-found"


async def test_members_join_by_reference_and_the_revision_rises_by_one(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL, MUNICIPALITY])
    before = (await records.contract(SYSTEM_HOSPITAL, contract.plan.id)).revision

    (task,) = await records.write(SYSTEM_MUNICIPALITY, [Write("create", "Task", a_task(contract))])

    whole = await records.contract(SYSTEM_HOSPITAL, contract.plan.id)
    assert whole.revision == before + 1
    assert task.reference in {m.reference for m in whole.members}
    assert task.contracts == ((contract.plan.id, before + 1),)


async def test_who_is_not_in_the_team_cannot_attach_anything(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])

    with pytest.raises(Problem) as refusal:
        await records.write(SYSTEM_PRIMARY, [Write("create", "Task", a_task(contract))])

    assert (refusal.value.kind, refusal.value.issues[0].code) == ("business-rule", "not-found")


async def test_who_is_not_in_the_team_cannot_join_it(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL, MUNICIPALITY])
    team = dict(contract.team.resource)
    reference = {"reference": contract.organisations[MUNICIPALITY]}
    changed = {**team, "participant": [*team["participant"], {"member": reference}]}

    with pytest.raises(Problem) as refusal:
        await records.write(SYSTEM_PRIMARY, [Write("update", "CareTeam", changed, contract.team.id)])

    assert refusal.value.kind == "forbidden"


async def test_a_second_active_contract_is_refused(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])

    outcomes = await asyncio.gather(
        *(
            records.write(
                SYSTEM_HOSPITAL, [Write("create", "CarePlan", a_contract(contract.patient.reference))]
            )
            for _ in range(10)
        ),
        return_exceptions=True,
    )

    assert {o.kind for o in outcomes if isinstance(o, Problem)} == {"second-contract"}
    assert len(outcomes) == 10


async def test_of_fifty_simultaneous_contracts_one_is_opened(records: Records) -> None:
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])

    outcomes = await asyncio.gather(
        *(
            records.write(SYSTEM_HOSPITAL, [Write("create", "CarePlan", a_contract(patient.reference))])
            for _ in range(50)
        ),
        return_exceptions=True,
    )

    kinds = [o.kind if isinstance(o, Problem) else "opened" for o in outcomes]
    assert kinds.count("opened") == 1
    assert kinds.count("second-contract") == 49


async def test_a_set_is_written_whole_or_not_at_all(records: Records) -> None:
    writes = [
        Write("create", "Patient", a_patient(TOLVAN), temp="urn:uuid:1"),
        Write("create", "Goal", a_goal("urn:uuid:1")),
        Write("update", "Patient", {**a_patient("195009072553"), "id": "x"}, "x", if_match=4),
    ]

    with pytest.raises(Problem):
        await records.write(SYSTEM_HOSPITAL, writes)

    written = await records.write(SYSTEM_HOSPITAL, writes[:2])
    assert written[1].resource["subject"]["reference"] == written[0].reference
    assert written[1].id.startswith(written[0].id)


async def test_a_key_used_twice_gives_the_same_versions_once(records: Records) -> None:
    key = Idempotency("k1", "hash")
    first = await records.write(
        SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))], idempotency=key
    )

    second = await records.write(
        SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))], idempotency=key
    )

    assert [s.reference for s in second] == [s.reference for s in first]
    with pytest.raises(Problem) as refusal:
        await records.write(
            SYSTEM_HOSPITAL,
            [Write("create", "Patient", a_patient(TOLVAN))],
            idempotency=Idempotency("k1", "other"),
        )
    assert refusal.value.kind == "idempotency-mismatch"


async def test_a_patient_writes_own_words_and_nothing_of_others(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])

    (goal,) = await records.write(PATIENT, [Write("create", "Goal", a_goal(contract.patient.reference))])

    assert (await records.read(PATIENT, "Goal", goal.id)).version == 1
    with pytest.raises(Problem) as refusal:
        await records.write(
            PATIENT, [Write("update", "CarePlan", dict(contract.plan.resource), contract.plan.id)]
        )
    assert refusal.value.kind == "forbidden"


async def test_a_patient_answers_an_own_task_but_does_not_rewrite_it(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    task = a_task(contract) | {"owner": {"reference": contract.patient.reference}}
    (made,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Task", task)])

    (answered,) = await records.write(
        PATIENT, [Write("update", "Task", {**made.resource, "status": "accepted"}, made.id)]
    )

    assert answered.version == 2
    with pytest.raises(Problem) as refusal:
        await records.write(
            PATIENT, [Write("update", "Task", {**made.resource, "description": "annat"}, made.id)]
        )
    assert refusal.value.kind == "forbidden"


async def test_what_others_refer_to_cannot_be_deleted(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])

    with pytest.raises(Problem) as refusal:
        await records.write(SYSTEM_HOSPITAL, [Write("delete", "Patient", None, contract.patient.id)])

    assert refusal.value.kind == "conflict"


async def test_a_reference_to_nothing_is_refused_and_named(records: Records) -> None:
    with pytest.raises(Problem) as refusal:
        await records.write(SYSTEM_HOSPITAL, [Write("create", "Goal", a_goal("Patient/nobody"))])

    assert refusal.value.kind == "business-rule"
    assert refusal.value.issues[0].expression == "Goal.subject"


async def test_a_change_since_the_base_revision_is_a_conflict_only_where_it_touches(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL, MUNICIPALITY])
    tasks = [
        (await records.write(SYSTEM_HOSPITAL, [Write("create", "Task", a_task(contract))]))[0]
        for _ in range(2)
    ]
    base = (contract.plan.id, (await records.contract(SYSTEM_HOSPITAL, contract.plan.id)).revision)
    change = {**tasks[0].resource, "status": "in-progress"}
    await records.write(SYSTEM_MUNICIPALITY, [Write("update", "Task", change, tasks[0].id)])

    own = {**tasks[1].resource, "description": "Ring hemtjänsten"}
    (other,) = await records.write(SYSTEM_HOSPITAL, [Write("update", "Task", own, tasks[1].id)], base=base)

    assert other.version == 2
    late = {**change, "status": "on-hold"}
    with pytest.raises(Problem) as refusal:
        await records.write(SYSTEM_HOSPITAL, [Write("update", "Task", late, tasks[0].id)], base=base)
    assert refusal.value.facts["conflicts"] == [{"reference": tasks[0].reference, "base": 1, "current": 2}]


async def test_organisations_of_others_cannot_be_changed(records: Records) -> None:
    (own,) = await records.write(
        SYSTEM_HOSPITAL, [Write("create", "Organization", an_organization(HOSPITAL))]
    )

    with pytest.raises(Problem) as refusal:
        await records.write(
            SYSTEM_PRIMARY, [Write("update", "Organization", {**own.resource, "name": "x"}, own.id)]
        )

    assert refusal.value.kind == "forbidden"
    assert (await records.read(SYSTEM_PRIMARY, "Organization", own.id)).version == 1


async def test_a_key_is_one_callers_own(records: Records) -> None:
    key = Idempotency("same", "hash")
    await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))], idempotency=key)

    other = await records.write(
        SYSTEM_PRIMARY, [Write("create", "Patient", a_patient("195009072553"))], idempotency=key
    )

    assert other[0].resource["identifier"][0]["value"] == "195009072553"


async def test_two_patients_of_one_app_do_not_share_a_key(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL])
    await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient("195009072553"))])
    key = Idempotency("1", "hash")
    own = a_goal(contract.patient.reference)
    await records.write(PATIENT, [Write("create", "Goal", own)], idempotency=key)

    assert await records.replay(OTHER_PATIENT, key) is None
    assert await records.replay(PATIENT, key) is not None


async def test_keys_are_forgotten_after_seven_days(db, records: Records) -> None:
    clock = [records.now()]
    door = Records(db, clock=lambda: clock[0])
    key = Idempotency("k", "hash")
    await door.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))], idempotency=key)

    clock[0] += timedelta(days=6)
    await door.forget_keys()
    kept = await door.replay(SYSTEM_HOSPITAL, key)
    clock[0] += timedelta(days=2)
    await door.forget_keys()

    assert kept is not None
    assert await door.replay(SYSTEM_HOSPITAL, key) is None
    await door.drain()
