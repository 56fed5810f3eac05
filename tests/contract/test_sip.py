"""A SIP through the contract API: a draft until all that the law asks for is there."""

from typing import Any

from pk_api.records.records import Records
from tests.contract.wire import Api
from tests.rules.people import PATIENT, TOWN, WARD, World, system, world
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
