"""The matrix of `matrix.py`, cell by cell: reading, finding by search, history and counts, changing."""

from dataclasses import replace
from datetime import date

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import PERSONNUMMER
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.architecture.access_page import page, written
from tests.rules.matrix import CHANGE, READ, SITUATIONS, WHO, Situation, Who, arranged, cells, may_change
from tests.rules.people import World, with_patient, world
from tests.rules.standins import number_born


async def _found(here: World, who: Who, note: Stored) -> list[bool]:
    """Say by which ways of seeing the note is seen: read, search, total, history."""
    query = parse_query("Observation", [("_total", "accurate"), ("_id", note.id)], lenient=False)
    seen = [await here.sees(who.actor, note)]
    try:
        page = await here.records.search(who.actor, query)
        seen += [bool(page.items), page.total == 1]
    except Problem as problem:
        seen += [problem.kind != "forbidden"] * 2
    try:
        history = await here.records.history(who.actor, note.type, note.id, since=None, limit=10, after=None)
        seen.append(bool(history.items))
    except Problem as problem:
        seen.append(problem.kind not in {"forbidden", "not-found"})
    return seen


async def _changed(here: World, who: Who, note: Stored) -> bool:
    changed = {**note.resource, "code": {"text": "Ändrad"}}
    try:
        await here.records.write(who.actor, [Write("update", note.type, changed, note.id)])
    except Problem as problem:
        if problem.kind != "forbidden":
            raise
        return False
    return True


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.name)
async def test_each_cell_is_as_the_table_says(records: Records, situation: Situation) -> None:
    n, units = SITUATIONS.index(situation), await world(records)
    for i, who in enumerate(WHO):
        number = number_born(date(1950, 1, 1 + i))
        here = await with_patient(units, number)
        asking = replace(who, actor=_as(who.actor, number)) if who.name == "the patient" else who
        note = await arranged(here, situation, asking)
        expected = cells(READ[who.name])[n]
        assert await _found(here, asking, note) == [expected] * 4, who.name
        assert await _changed(here, asking, note) is may_change(who.name)[n], who.name


def _as(actor: Actor, number: str) -> Actor:
    return replace(actor, person=(PERSONNUMMER, number))


def test_every_actor_has_its_row_and_every_row_its_cells() -> None:
    assert list(READ) == [who.name for who in WHO]
    assert len(WHO) >= 12
    assert set(CHANGE) <= set(READ)
    assert {len(cells(row)) for row in (*READ.values(), *CHANGE.values())} == {len(SITUATIONS)}


def test_every_rule_stands_both_ways() -> None:
    """Each column lets somebody in or keeps somebody out whom its neighbour does not."""
    columns = list(zip(*(cells(row) for row in READ.values()), strict=True))
    assert all(any(column) and not all(column) for column in columns)


def test_the_page_of_access_rules_is_current() -> None:
    assert written() == page(), "make generated"
