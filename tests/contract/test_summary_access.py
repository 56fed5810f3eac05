"""What the patient was given at discharge is for the patient and for who gave it."""

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from tests.contract.test_discharge import CARE, with_everything
from tests.contract.wire import Api
from tests.support.actors import PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY


async def _reads(api: Api, actor: Actor, reference: str) -> bool:
    try:
        await api.records.read(actor, "DocumentReference", reference.partition("/")[2])
    except Problem:
        return False
    return True


@pytest.mark.one_database
async def test_copies_in_it_are_told_to_nobody_else_however_blocks_stand(api: Api) -> None:
    path, _ = await with_everything(api)

    async with api.of(SYSTEM_HOSPITAL) as ward, api.of(SYSTEM_MUNICIPALITY) as town:
        before = (await town.get(path)).json()["withheld"]
        given = await ward.post(f"{path}/discharge-summary", json={"text": CARE})
        after = (await town.get(path)).json()["withheld"]
        shown = await town.get(f"{path}/discharge-summary")

    kept = given.json()["reference"]
    readers = (PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY)
    assert [await _reads(api, one, kept) for one in readers] == [True, True, False]
    assert before == after
    assert (shown.status_code, shown.json()["reference"]) == (200, None)
