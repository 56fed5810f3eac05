"""The matrix of `matrix_persons.py`, row by row: what patients and those who act for them see and write."""

from typing import Final

import pytest

from pk_api.access.decide import decide
from pk_api.access.rules import GRANTS, REFUSALS
from pk_api.records.records import Records
from tests.rules.matrix_persons import PARTIES, READS, WRITES
from tests.rules.parties import reads, scene_of, writes
from tests.rules.people import world

OF_PERSONS: Final = {
    *("no-mandate", "no-app-access", "too-young"),
    *("own-record", "own-services", "guardian", "guardian-exception", "mandate", "relative"),
}


@pytest.mark.parametrize("half", [0, 1], ids=["one half of the rows", "the other half"])
async def test_each_row_is_as_the_table_says(records: Records, half: int) -> None:
    units = await world(records)
    for n, party in [*enumerate(PARTIES)][half::2]:
        scene = await scene_of(units, party, n)

        rule = decide(scene.actor, await records.facts(scene.actor), "read").rule
        assert rule.removeprefix("directory ") == party.rules, party.name
        assert await reads(scene) == party.reads, party.name
        assert await writes(scene) == party.writes, party.name


def test_every_row_has_its_cells_and_every_column_is_there_both_ways() -> None:
    assert {(len(party.reads), len(party.writes)) for party in PARTIES} == {(len(READS), len(WRITES))}
    columns = zip(*(party.reads + party.writes for party in PARTIES), strict=True)
    told = dict(zip((*READS, *WRITES), columns, strict=True))
    assert all(not all(column) for column in told.values())
    assert [name for name, column in told.items() if not any(column)] == ["a note hidden from the patient"]


def test_every_rule_of_persons_decides_a_row_and_leaves_another() -> None:
    assert {party.rules for party in PARTIES} == OF_PERSONS
    assert {rule.name for rule in (*REFUSALS, *GRANTS)} >= OF_PERSONS
