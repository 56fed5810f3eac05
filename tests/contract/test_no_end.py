"""Times at the ends of the calendar, sent for what has no end: the contract is read all the same."""

import shutil
from pathlib import Path

import pytest

from pk_api.contract.dates import day_of
from pk_api.records.records import Records
from tests.contract.wire import Api
from tests.rules.people import PATIENT, WARD, system, world
from tests.support.resources import a_contract


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What a time is told as is the same on either database."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


@pytest.mark.parametrize(
    "end",
    ["9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59+01:00", "2099-06-30T23:59:60Z"],
)
@pytest.mark.parametrize("address", ["", "/next-step", "/timeline", "/gaps"])
async def test_an_action_without_an_end_leaves_the_contract_readable(
    records: Records, api: Api, end: str, address: str
) -> None:
    here = await world(records)
    contract = await here.write(system(WARD), a_contract(here.patient.reference))
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "plan",
        "description": "Gå ut varje dag",
        "basedOn": [{"reference": contract.reference}],
        "for": {"reference": here.patient.reference},
        "owner": {"reference": here.patient.reference},
        "restriction": {"period": {"end": end}},
    }
    await here.write(system(WARD), task)

    async with api.of(PATIENT) as client:
        answer = await client.get(f"/contracts/{contract.id}{address}")

    assert answer.status_code == 200, answer.text


def test_the_day_of_the_last_instant_is_the_last_day() -> None:
    assert day_of("9999-12-31T23:59:59Z") == "9999-12-31"
    assert day_of("0001-01-01T00:00:00+14:00") == "0001-01-01"
