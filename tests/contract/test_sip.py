"""A SIP through the contract API: a draft until all that the law asks for is there."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.contract.editing.context import Editing
from pk_api.contract.editing.sip_need import STEPS, told
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.sip_need import sip_need
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.sip import NEEDS, PATIENTS_NEEDS
from pk_api.records.records import Records
from tests.contract.wire import Api
from tests.rules.people import PATIENT, TOWN, WARD, World, observation, system, world
from tests.rules.sips import with_principals
from tests.support.actors import TOLVAN


async def _contract(records: Records, api: Api) -> tuple[World, str]:
    here = await with_principals(await world(records))
    await here.relation(WARD)
    async with api.of(system(WARD)) as ward:
        made = await ward.post("/contracts", json={"patient": {"personnummer": TOLVAN}})
    return here, f"/contracts/{made.json()['id']}"


async def test_a_sip_is_a_draft_that_comes_into_force_with_all_that_the_law_asks_for(
    records: Records, api: Api
) -> None:
    here, path = await _contract(records, api)
    town: dict[str, Any] = {"reference": here.at[TOWN]}

    async with api.of(system(WARD)) as ward:
        plan = (await ward.post(f"{path}/plans", json={"kind": "sip", "title": "SIP"})).json()
        item = f"{path}/plans/{plan['id']}"
        early = await ward.post(f"{item}/activate")
        await ward.patch(item, json={"lead": town, "followUp": "2099-01-01", "consent": {"on": "2026-03-01"}})
        await ward.post(f"{path}/actions", json={"text": "Dela dosett", "owner": town, "plan": plan["id"]})
        active = await ward.post(f"{item}/activate")
        withdrawn = await ward.patch(item, json={"consent": None})
        ended = await ward.post(f"{item}/complete")

    assert (plan["state"], plan["consent"], plan["lead"]) == ("draft", None, None)
    assert early.status_code == 422, early.text
    told = [each["detail"] for each in early.json()["errors"]]
    assert len(told) == 4
    assert all("HSL 2017:30" in each for each in told[:3])
    assert active.status_code == 200, active.text
    shown = active.json()
    assert (shown["state"], shown["followUp"], shown["consent"]["on"]) == (
        "active",
        "2099-01-01",
        "2026-03-01",
    )
    assert shown["lead"]["organisation"]["kind"] == "municipality"
    assert (withdrawn.status_code, ended.status_code) == (422, 200), withdrawn.text


async def test_a_sip_is_opened_whole_with_its_consent_and_read_by_the_patient(
    records: Records, api: Api
) -> None:
    here, path = await _contract(records, api)
    whole = {
        "kind": "sip",
        "title": "SIP i kommunens system",
        "state": "active",
        "link": "https://sip.example.org/7",
        "lead": {"reference": here.at[TOWN]},
        "consent": {},
    }

    async with api.of(system(WARD)) as ward, api.of(PATIENT) as patient:
        without = await ward.post(f"{path}/plans", json={**whole, "consent": None})
        made = await ward.post(f"{path}/plans", json=whole)
        read = await patient.get(f"{path}/plans/{made.json()['id']}")

    assert (without.status_code, made.status_code) == (422, 201), made.text
    assert read.json()["consent"] == made.json()["consent"]
    assert read.json()["content"] == "index-card"


NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def _telling(state: str) -> dict[str, Any]:
    """Return a contract in a state of the need, by reference."""
    plan = {"resourceType": "CarePlan", "id": "k", "status": "active", "subject": {"reference": "Patient/p"}}
    members: dict[str, Any] = {"CarePlan/k": plan}
    if state == "exists":
        category = [{"coding": [{"system": systems.PLAN_KIND, "code": "sip"}]}]
        members["CarePlan/s"] = {**plan, "id": "s", "intent": "plan", "category": category}
    elif state != "not-asked":
        (made,) = told({"state": state}, _editing({"CarePlan/k": plan}, by_patient=False))
        members["Observation/o"] = {**made, "id": "o"}
    return members


def _editing(members: dict[str, Any], *, by_patient: bool) -> Editing:
    reading = Reading("CarePlan/k", members, {}, "sv", date(2026, 3, 2), 1)
    return Editing(reading, PATIENT if by_patient else system(WARD), NOW)


@pytest.mark.parametrize("by_patient", [True, False], ids=["patient", "care"])
@pytest.mark.parametrize("state", sorted(NEEDS))
@pytest.mark.parametrize("before", sorted(STEPS))
def test_the_need_of_a_sip_in_every_state_by_everyone(before: str, state: str, *, by_patient: bool) -> None:
    editing = _editing(_telling(before), by_patient=by_patient)
    kind = "not-allowed-in-state" if state not in STEPS[before] else None
    kind = "forbidden" if by_patient and state not in PATIENTS_NEEDS else kind

    assert sip_need(editing.reading)["state"] == before
    if kind is None:
        assert told({"state": state}, editing)[0]["valueCodeableConcept"]["coding"][0]["code"] == state
        return
    with pytest.raises(Problem) as refusal:
        told({"state": state}, editing)
    assert refusal.value.kind == kind


async def test_the_need_is_told_by_patient_and_care_and_says_who_called_and_when(
    records: Records, api: Api
) -> None:
    _, path = await _contract(records, api)

    async with api.of(system(WARD)) as ward, api.of(PATIENT) as patient:
        before = (await ward.get(path)).json()["sipNeed"]
        wished = await patient.post(
            f"{path}/sip-need", json={"state": "needed", "text": "Jag vill ha ett möte"}
        )
        own_call = await patient.post(f"{path}/sip-need", json={"state": "called"})
        called = await ward.post(f"{path}/sip-need", json={"state": "called"})
        shown = (await patient.get(path)).json()["sipNeed"]
        declined = await patient.post(f"{path}/sip-need", json={"state": "declined"})

    assert (before["state"], wished.json()["text"]) == ("not-asked", "Jag vill ha ett möte"), wished.text
    assert (own_call.status_code, called.status_code) == (403, 200), called.text
    assert (shown["state"], shown["by"]["unit"]["hsaId"]) == ("called", WARD)
    assert shown["on"]
    assert declined.json()["state"] == "declined"


async def test_a_need_by_fhir_is_one_of_the_states_and_told_by_whom_it_may(
    records: Records, api: Api
) -> None:
    here, path = await _contract(records, api)

    def need(*states: str) -> dict[str, Any]:
        coding = [{"system": systems.SIP, "code": one} for one in states]
        code = {"coding": [{"system": systems.SIP, "code": "need"}]}
        plan = [{"reference": f"CarePlan/{path.rpartition('/')[2]}"}]
        more = {"code": code, "basedOn": plan, "valueCodeableConcept": {"coding": coding, "text": "SIP"}}
        return observation(here.patient.reference, "2026-03-02T09:00:00+01:00", **more)

    async def refused(actor: Actor, *states: str) -> str:
        with pytest.raises(Problem) as refusal:
            await here.write(actor, need(*states))
        return refusal.value.kind

    assert await refused(system(WARD), "perhaps") == "business-rule"
    assert await refused(system(WARD), "needed", "called") == "business-rule"
    assert await refused(PATIENT, "called") == "forbidden"
    assert await here.write(PATIENT, need("needed"))
    assert await here.write(system(WARD), need("called"))
