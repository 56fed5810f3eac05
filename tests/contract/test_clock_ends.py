"""What ends the clocks of compulsory care, and of those who have received a patient."""

from collections.abc import AsyncIterator

import pytest

from pk_api.contract.clocks import clocks
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.contract.test_admissions import BOTH, TO, admitted, at, due, told
from tests.contract.wire import Api, opened, registered
from tests.support.actors import HOSPITAL, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY, SYSTEM_PRIMARY

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def api(db: Database) -> AsyncIterator[Api]:
    door = Records(db, Policy(base_url=BASE), clocks=clocks(draft_days=3))
    yield Api(door)
    await door.drain()


@pytest.mark.parametrize(
    ("category", "becomes"),
    [
        ((systems.RIV_PLAN_TYPE, "SPLPTLRV"), "completed"),
        ((systems.STATUTORY_PLAN, "samordnad-vardplan-lptlrv"), "completed"),
        ((systems.STATUTORY_PLAN, "vardplan-lptlrv"), "requested"),
        ((systems.RIV_PLAN_TYPE, "VP"), "requested"),
    ],
)
async def test_open_compulsory_care_has_a_clock_of_its_own_that_its_plan_stops(
    api: Api, category: tuple[str, str], becomes: str
) -> None:
    path, patient, references = await admitted(api, needs={**BOTH, "compulsory": "orv"})
    before = await due(api, path, "compulsory-care-plan")
    system, code = category
    plan = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": system, "code": code}]}],
        "subject": {"reference": patient},
        "author": {"reference": references[HOSPITAL]},
    }

    await api.records.write(SYSTEM_HOSPITAL, [Write("create", "CarePlan", {**plan, "status": "draft"})])
    drafted = await due(api, path, "compulsory-care-plan")
    await api.records.write(SYSTEM_HOSPITAL, [Write("create", "CarePlan", plan)])
    after = await due(api, path, "compulsory-care-plan")

    assert [[state for state, _ in each] for each in (before, drafted)] == [["requested"]] * 2
    assert [state for state, _ in after] == [becomes]


async def test_when_care_is_compulsory_no_more_its_clock_is_cancelled(api: Api) -> None:
    path, _, _ = await admitted(api, needs={**BOTH, "compulsory": "opt", "expectedDischarge": "2099-03-16"})
    before = await due(api, path, "compulsory-care-plan")
    await told(api, SYSTEM_HOSPITAL, f"{path}/needs", BOTH)

    assert before == [("requested", at("2099-03-16T23:59:59+01:00"))]
    assert [state for state, _ in await due(api, path, "compulsory-care-plan")] == ["cancelled"]


async def test_the_unit_that_received_says_that_it_has_revised_the_contract(api: Api) -> None:
    patient, _ = await registered(api.records)
    await opened(api, patient)
    stay = await told(api, SYSTEM_HOSPITAL, "/admissions", {"patient": {"reference": patient}})
    await told(api, SYSTEM_HOSPITAL, f"/admissions/{stay['id']}/information", TO)
    (clock,) = (await told(api, SYSTEM_PRIMARY, "/clocks"))["items"]
    task = (await api.records.read(SYSTEM_PRIMARY, "Task", clock["id"])).resource

    await api.records.write(
        SYSTEM_PRIMARY, [Write("update", "Task", {**task, "status": "completed"}, id=task["id"])]
    )

    assert (await told(api, SYSTEM_PRIMARY, "/clocks"))["items"] == []
    (other,) = (await told(api, SYSTEM_MUNICIPALITY, "/clocks"))["items"]
    with pytest.raises(Problem):
        await api.records.write(
            SYSTEM_PRIMARY,
            [Write("update", "Task", {**task, "status": "completed"}, id=other["id"])],
        )
