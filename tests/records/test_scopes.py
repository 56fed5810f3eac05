"""Scopes, letter by letter, as SMART App Launch 2 has them. On both databases."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.support.actors import SYSTEM_HOSPITAL
from tests.support.resources import a_patient

NUMBER = "195009072553"
Doing = Callable[[Records, Actor, Stored], Awaitable[object]]


async def _search(records: Records, actor: Actor, _: Stored) -> object:
    return await records.search(actor, parse_query("Patient", []))


async def _history_of_all(records: Records, actor: Actor, _: Stored) -> object:
    return await records.history(actor, "Patient", None, since=None, limit=5, after=None)


async def _history_of_one(records: Records, actor: Actor, made: Stored) -> object:
    return await records.history(actor, "Patient", made.id, since=None, limit=5, after=None)


async def _read(records: Records, actor: Actor, made: Stored) -> object:
    return await records.read(actor, "Patient", made.id)


async def _create(records: Records, actor: Actor, _: Stored) -> object:
    return await records.write(actor, [Write("create", "Patient", {"resourceType": "Patient"})])


async def _update(records: Records, actor: Actor, made: Stored) -> object:
    return await records.write(actor, [Write("update", "Patient", made.resource, made.id)])


async def _delete(records: Records, actor: Actor, made: Stored) -> object:
    return await records.write(actor, [Write("delete", "Patient", None, made.id)])


LETTERS: dict[Doing, str] = {
    _search: "s",
    _history_of_all: "s",
    _history_of_one: "r",
    _read: "r",
    _create: "c",
    _update: "u",
    _delete: "d",
}


@pytest.mark.parametrize("doing", LETTERS, ids=lambda doing: doing.__name__.strip("_"))
async def test_each_letter_opens_its_own_interaction_and_no_other(records: Records, doing: Doing) -> None:
    (made,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(NUMBER))])
    for letter in "cruds":
        if letter != LETTERS[doing]:
            with pytest.raises(Problem) as refusal:
                await doing(records, replace(SYSTEM_HOSPITAL, scopes=(("Patient", letter),)), made)
            assert refusal.value.kind == "forbidden", letter

    assert await doing(records, replace(SYSTEM_HOSPITAL, scopes=(("Patient", LETTERS[doing]),)), made)
