"""Asking for a block between care providers to be lifted, and what the one who blocks answers.

Source: lag 2022:913 2 kap.; RIV informationsecurity:authorization:blocking 4.0.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.records.records import Records
from pk_api.records.values import Stored
from tests.contract.wire import Api
from tests.rules.people import CLINIC, GP, PATIENT, REGION, WARD, World, staff, system, world
from tests.support import tables

WHY = {"reason": "Behöver läkemedelslistan inför operation."}


async def _blocked(records: Records) -> tuple[World, Stored]:
    """A note of the ward's, which the region bars from the health centre; all else lets it read."""
    here = await world(records)
    for unit in (WARD, GP):
        await here.relation(unit)
        await here.says("sharing", unit)
    note = await here.note(WARD)
    await here.says("block-outer", REGION, by=system(WARD))
    return here, note


async def _ask(api: Api, here: World, actor: Actor) -> Any:
    async with api.of(actor) as client:
        return await client.post(f"/patients/{here.patient.id}/block-lift-requests", json=WHY)


async def _own(api: Api, here: World, actor: Actor) -> list[str]:
    async with api.of(actor) as client:
        found = await client.get(f"/patients/{here.patient.id}/block-lift-requests")
    return [one["state"] for one in found.json()["items"]]


async def _received(api: Api, actor: Actor) -> list[dict[str, Any]]:
    async with api.of(actor) as client:
        return list((await client.get("/block-lift-requests")).json()["items"])


async def _answer(api: Api, actor: Actor, request: str, **body: Any) -> Any:
    async with api.of(actor) as client:
        return await client.post(f"/block-lift-requests/{request}/answer", json={**WHY, **body})


def _tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")


async def test_who_blocks_lifts_it_for_the_unit_that_asks(records: Records, api: Api) -> None:
    here, note = await _blocked(records)
    before = await here.sees(staff(GP), note)

    asked = await _ask(api, here, staff(GP))
    (request,) = await _received(api, staff(WARD))
    answered = await _answer(api, staff(WARD), request["id"], answer="lifted", until=_tomorrow())

    assert (before, asked.status_code, asked.json()["state"]) == (False, 201, "requested")
    assert (request["asker"]["hsaId"], request["reason"]) == (GP, WHY["reason"])
    assert request["patient"] == here.patient.reference
    assert (answered.status_code, answered.json()["state"]) == (200, "lifted"), answered.text
    assert await here.sees(staff(GP), note)
    assert await _own(api, here, staff(GP)) == ["lifted"]
    assert await _received(api, staff(WARD)) == []


async def test_who_blocks_may_refuse(records: Records, api: Api) -> None:
    here, note = await _blocked(records)
    await _ask(api, here, staff(GP))
    (request,) = await _received(api, staff(CLINIC))

    refused = await _answer(api, staff(CLINIC), request["id"], answer="refused")
    again = await _answer(api, staff(WARD), request["id"], answer="lifted", until=_tomorrow())

    assert (refused.json()["state"], again.status_code) == ("refused", 409)
    assert not await here.sees(staff(GP), note)
    assert await _own(api, here, staff(GP)) == ["refused"]


async def test_the_asker_is_not_told_whom_it_goes_to(records: Records, api: Api, database_url: str) -> None:
    here, _ = await _blocked(records)

    asked = await _ask(api, here, staff(GP))

    (task,) = await tables.select(database_url, "SELECT id FROM current WHERE type = 'Task'")
    for name in (REGION, WARD, here.at[REGION], here.at[WARD]):
        assert name not in asked.text
    for actor in (staff(GP), system(GP)):
        assert await _received(api, actor) == []
        with pytest.raises(Problem):
            await records.read(actor, "Task", task["id"])


async def test_a_request_of_a_time_that_the_block_leaves_out_is_not_told_either(
    records: Records, api: Api, database_url: str
) -> None:
    here = await world(records)
    for unit in (WARD, GP):
        await here.relation(unit)
        await here.says("sharing", unit)
    past = {"start": "2010-01-01", "end": "2010-12-31"}
    await here.says("block-outer", WARD, dataPeriod=past)

    asked = await _ask(api, here, staff(GP))

    assert asked.status_code == 201
    assert await _received(api, staff(GP)) == []


async def test_the_patient_sees_who_asks_and_why(records: Records, api: Api, database_url: str) -> None:
    here, _ = await _blocked(records)
    await _ask(api, here, staff(GP))
    (task,) = await tables.select(database_url, "SELECT id FROM current WHERE type = 'Task'")

    told = (await records.read(PATIENT, "Task", task["id"])).resource

    assert told["description"] == WHY["reason"]
    assert told["requester"]["identifier"]["value"] == GP
    kept = "SELECT provider, patient_key FROM audit WHERE interaction = 'ask-for-lift'"
    assert {row["provider"] for row in await tables.select(database_url, kept)} == {"SE5569990012-0001"}


async def test_asking_twice_makes_one_request(records: Records, api: Api) -> None:
    here, _ = await _blocked(records)

    await _ask(api, here, staff(GP))
    await _ask(api, here, staff(GP))

    assert len(await _received(api, staff(WARD))) == 1


async def test_without_a_block_there_is_nothing_to_ask(records: Records, api: Api) -> None:
    here, _ = await _blocked(records)

    own = await _ask(api, here, staff(WARD))
    stranger = await _ask(api, here, system(CLINIC))
    patient = await _ask(api, here, PATIENT)

    assert (own.status_code, stranger.status_code, patient.status_code) == (409, 409, 404)


async def test_a_lift_ends_and_is_by_who_blocks(records: Records, api: Api) -> None:
    here, note = await _blocked(records)
    await _ask(api, here, staff(GP))
    (request,) = await _received(api, staff(WARD))

    endless = await _answer(api, staff(WARD), request["id"], answer="lifted")
    asker = await _answer(api, staff(GP), request["id"], answer="lifted", until=_tomorrow())
    patient = await _answer(api, PATIENT, request["id"], answer="lifted", until=_tomorrow())

    assert (endless.status_code, asker.status_code, patient.status_code) == (422, 404, 403)
    assert not await here.sees(staff(GP), note)
