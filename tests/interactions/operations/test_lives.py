"""Patient/$merge-record and its like: each is one row and one call of what the contract API does."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import NATIONELLT_RESERVNUMMER
from pk_api.fhir.validate import check
from pk_api.fhir.values import parse
from pk_api.interactions.call import Call
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.table import find
from pk_api.records.records import Records
from tests.rules.people import GP, PATIENT, WARD, World, system, world
from tests.support.actors import TOLVAN
from tests.support.resources import a_patient


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The contract API is tried on both; what the operations add is the same on either."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


async def _asked(here: World, actor: Actor, operation: str, **given: Any) -> Any:
    parameters = [{"name": name, **value} for name, value in given.items()]
    body = {"resourceType": "Parameters", "parameter": parameters}
    call = Call(
        actor, "Patient", here.patient.id, resource=body, operation=operation, is_post=True, base="http://x"
    )
    told = parse((await find(call).perform(here.records, Cursors(b"0" * 43 + b"="), call)).body)
    assert check(told) == []
    return {one["name"]: one.get("part", one.get("valueString")) for one in told["parameter"]}


async def test_two_records_are_merged_and_taken_apart(records: Records) -> None:
    here = await world(records)
    reserve = {"system": NATIONELLT_RESERVNUMMER, "value": "19121212PV2A"}
    twin = await here.write(system(WARD), {**a_patient(TOLVAN), "identifier": [reserve]})
    duplicate = {"valueReference": {"reference": twin.reference}}

    merged = await _asked(here, system(WARD), "merge-record", duplicate=duplicate)
    apart = await _asked(here, system(WARD), "unmerge-record", duplicate=duplicate)

    names = [[part["name"] for part in told["duplicate"]] for told in (merged, apart)]
    assert names == [["reference", "version", "replacedBy"], ["reference", "version"]]


async def test_a_death_is_noted(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)

    told = await _asked(here, system(WARD), "note-death", on={"valueDate": "2026-03-20"})

    assert (told["patient"], told["deceased"]) == (here.patient.reference, "2026-03-20")
    assert not await here.sees(PATIENT, note)


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("merge-record", {}),
        ("unmerge-record", {"duplicate": {"valueString": "somebody"}}),
        ("note-death", {"on": {"valueString": "yesterday"}}),
        ("note-death", {"when": {"valueDate": "2026-03-20"}}),
    ],
)
async def test_what_is_asked_wrongly_is_told(records: Records, operation: str, given: dict[str, Any]) -> None:
    here = await world(records)

    with pytest.raises(Problem) as refusal:
        await _asked(here, system(WARD), operation, **given)

    assert refusal.value.kind == "invalid"


async def test_the_law_is_that_of_the_contract_api(records: Records) -> None:
    here = await world(records)

    with pytest.raises(Problem) as refusal:
        await _asked(here, system(GP), "note-death", on={"valueDate": "2026-03-20"})

    assert refusal.value.kind == "not-found"
