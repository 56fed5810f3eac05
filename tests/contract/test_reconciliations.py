"""Who went through which plans together, and when: pinned to versions, not against the patient's wish."""

from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.contract.wire import Api, Json, opened, registered, with_municipality
from tests.support.actors import HOSPITAL, PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY


async def _planned(records: Records, api: Api) -> tuple[str, list[str], dict[str, str]]:
    """Open a contract with two plans; return its path, the plans' ids and the references."""
    patient, references = await registered(records)
    path = f"/contracts/{(await opened(api, patient))['id']}"
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        made = [
            await hospital.post(f"{path}/plans", json={"kind": kind, "title": kind})
            for kind in ("vardplan", "rehabiliteringsplan")
        ]
    return path, [each.json()["id"] for each in made], references


async def test_who_reconciled_which_plans_is_shown_until_one_of_them_changes(
    records: Records, api: Api
) -> None:
    path, plans, references = await _planned(records, api)

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as own:
        made = await hospital.post(f"{path}/reconciliations", json={"plans": plans, "text": "Stämmer"})
        alone = await hospital.post(f"{path}/reconciliations", json={"plans": [plans[0], plans[0]]})
        by_patient = await own.post(f"{path}/reconciliations", json={"plans": plans})
        fresh = (await own.get(f"{path}/plans/{plans[0]}")).json()["reconciled"]
        await hospital.patch(f"{path}/plans/{plans[1]}", json={"title": "Ny titel"})
        stale = (await own.get(f"{path}/plans/{plans[0]}")).json()["reconciled"]
        listed = (await own.get(f"{path}/reconciliations")).json()["items"]

    assert made.status_code == 201, made.text
    assert (alone.status_code, by_patient.status_code) == (422, 403)
    assert (fresh["by"]["reference"], fresh["with"]) == (references[HOSPITAL], [plans[1]])
    assert (fresh["changedSince"], stale["changedSince"]) == (False, True)
    (only,) = listed
    assert (only["id"], only["text"]) == (made.json()["id"], "Stämmer")
    assert {each["id"]: each["changedSince"] for each in only["plans"]} == {plans[0]: False, plans[1]: True}


async def test_plans_are_not_reconciled_against_the_patients_wish(records: Records, api: Api) -> None:
    path, plans, _ = await _planned(records, api)

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as own:
        told = await own.post(f"{path}/coordination-wish", json={"state": "not-wanted"})
        refused = await hospital.post(f"{path}/reconciliations", json={"plans": plans})
        await own.post(f"{path}/coordination-wish", json={"state": "wanted"})
        done = await hospital.post(f"{path}/reconciliations", json={"plans": plans})

    assert told.status_code == 200, told.text
    assert (refused.status_code, done.status_code) == (422, 201), done.text


async def test_by_fhir_a_reconciliation_covers_present_versions_and_stands(
    records: Records, api: Api
) -> None:
    path, plans, references = await _planned(records, api)
    contract = path.rpartition("/")[2]

    def told(*targets: str) -> Json:
        return {
            "resourceType": "Provenance",
            "target": [{"reference": each} for each in targets],
            "recorded": "2026-03-01T10:00:00Z",
            "activity": {"coding": [{"system": systems.RECONCILIATION, "code": "reconciled"}]},
            "agent": [{"who": {"reference": references[HOSPITAL]}}],
        }

    async def refused(resource: Json, method: Any = "create") -> str:
        with pytest.raises(Problem) as refusal:
            await records.write(
                SYSTEM_HOSPITAL, [Write(method, "Provenance", resource, id=resource.get("id"))]
            )
        return refusal.value.kind

    both = [f"CarePlan/{each}/_history/1" for each in plans]
    assert await refused(told(both[0])) == "business-rule"
    assert await refused(told(both[0], f"CarePlan/{plans[1]}")) == "business-rule"
    assert await refused(told(both[0], f"CarePlan/{plans[1]}/_history/2")) == "stale"
    assert await refused(told(*both, f"CarePlan/{contract}/_history/1")) == "business-rule"
    (stored,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Provenance", told(*both))])
    later = {**stored.resource, "recorded": "2026-03-02T10:00:00Z"}
    assert await refused(later, "update") == "business-rule"
    async with api.of(PATIENT) as own:
        shown = (await own.get(f"{path}/reconciliations")).json()["items"]
    assert [each["id"] for each in shown] == [stored.id]


async def test_a_reconciliation_is_taken_back_by_who_told_it_and_deleted_by_nobody(
    records: Records, api: Api
) -> None:
    contract, _ = await with_municipality(api)
    path = f"/contracts/{contract['id']}"
    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as own:
        plans = [
            (await hospital.post(f"{path}/plans", json={"kind": kind, "title": kind})).json()["id"]
            for kind in ("vardplan", "rehabiliteringsplan")
        ]
        made = await hospital.post(f"{path}/reconciliations", json={"plans": plans})
        name = made.json()["id"]
        told = (await records.read(SYSTEM_HOSPITAL, "Provenance", name)).resource
        mistake = {"coding": [{"system": systems.RECONCILIATION, "code": "entered-in-error"}]}
        other = {"coding": [{"system": "urn:x", "code": "c"}]}

        async def becomes(actor: Actor, write: Write) -> str:
            try:
                await records.write(actor, [write])
            except Problem as problem:
                return problem.kind
            return "done"

        def change(activity: Json, **more: Any) -> Write:
            return Write("update", "Provenance", {**told, "activity": activity, **more}, id=name)

        refused = [
            await becomes(SYSTEM_HOSPITAL, Write("delete", "Provenance", id=name)),
            await becomes(SYSTEM_HOSPITAL, change(other)),
            await becomes(SYSTEM_HOSPITAL, change(mistake, recorded="2026-03-02T10:00:00Z")),
            await becomes(SYSTEM_MUNICIPALITY, change(mistake)),
        ]
        done = await becomes(SYSTEM_HOSPITAL, change(mistake))
        after = [await becomes(SYSTEM_HOSPITAL, each) for each in (change(told["activity"]), change(other))]
        shown = (await own.get(f"{path}/reconciliations")).json()["items"]

    assert (refused, done) == (["business-rule"] * 3 + ["forbidden"], "done")
    assert (after, shown) == (["business-rule"] * 2, [])
