"""Whoever takes on an action is in the team for as long as it lasts, by both APIs."""

import pytest

from pk_api.fhir.problems import Problem
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.contract.wire import Api, Json, opened, registered, with_municipality
from tests.support.actors import MUNICIPALITY, PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY


async def _asked(records: Records, api: Api, times: int = 1) -> tuple[str, list[str], str]:
    """Ask the municipality to do something; return the contract's path, the Tasks and its reference."""
    patient, references = await registered(records)
    path = f"/contracts/{(await opened(api, patient))['id']}"
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        asked = {"text": "Dela dosett", "owner": {"hsaId": MUNICIPALITY}}
        made = [await hospital.post(f"{path}/actions", json=asked) for _ in range(times)]
    return path, [each.json()["id"] for each in made], references[MUNICIPALITY]


async def _periods(api: Api, path: str, who: str) -> list[tuple[bool, bool]]:
    """Return of each time that somebody was in the team whether it has begun, and ended."""
    async with api.of(PATIENT) as own:
        team: list[Json] = (await own.get(f"{path}/team")).json()["items"]
    mine = [each for each in team if each["member"]["reference"] == who]
    return [(each["since"] is not None, each["until"] is not None) for each in mine]


async def _answer(records: Records, task: str, status: str) -> None:
    """Let the municipality answer by FHIR."""
    stored = await records.read(SYSTEM_MUNICIPALITY, "Task", task)
    changed = {**stored.resource, "status": status}
    await records.write(SYSTEM_MUNICIPALITY, [Write("update", "Task", changed, id=task)])


async def test_who_accepts_by_fhir_joins_and_leaves_with_the_last_action(records: Records, api: Api) -> None:
    path, (first, second), town = await _asked(records, api, 2)
    told = [await _periods(api, path, town)]

    for task, status in (
        (first, "accepted"),
        (second, "accepted"),
        (first, "completed"),
        (second, "completed"),
    ):
        await _answer(records, task, status)
        told.append(await _periods(api, path, town))

    assert told == [[], [(True, False)], [(True, False)], [(True, False)], [(True, True)]]


async def test_who_accepts_by_the_contract_api_joins_and_who_declines_does_not(api: Api) -> None:
    contract, references = await with_municipality(api)
    path, nurse = f"/contracts/{contract['id']}", references[f"{MUNICIPALITY}-nurse"]
    asked = {"text": "Dela dosett", "owner": {"reference": nurse}}

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        made = [await hospital.post(f"{path}/actions", json=asked) for _ in range(2)]
        first, second = (f"{path}/actions/{each.json()['id']}" for each in made)
        declined = await municipality.post(f"{first}/decline", json={"reason": "Nej"})
        before = await _periods(api, path, nurse)
        accepted = await municipality.post(f"{second}/accept")

    assert (declined.status_code, accepted.status_code) == (200, 200), accepted.text
    assert (before, await _periods(api, path, nurse)) == ([], [(True, False)])


async def test_nobody_joins_by_what_others_write_and_who_was_asked_in_stays(
    records: Records, api: Api
) -> None:
    path, (first, second), town = await _asked(records, api, 2)
    stored = await records.read(SYSTEM_HOSPITAL, "Task", first)
    for_town = {**stored.resource, "status": "accepted"}
    with pytest.raises(Problem, match="the one who is to do it"):
        await records.write(SYSTEM_HOSPITAL, [Write("update", "Task", for_town, id=first)])
    by_others = await _periods(api, path, town)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        await hospital.post(f"{path}/team", json={"member": {"hsaId": MUNICIPALITY}})
    await _answer(records, second, "accepted")
    await _answer(records, second, "completed")

    assert by_others == []
    assert await _periods(api, path, town) == [(True, False)]
