"""Whatever route is taken, what is shown is exactly what an independent evaluation of the facts allows.

`make rules` tries it at length; the normal run takes a few worlds on both databases.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import Query, parse_query
from pk_api.fhir.systems import EXT_REASON, PERSONNUMMER
from pk_api.records.records import Records
from pk_api.records.values import Stored
from tests.rules.naive import Asker, Case, Fact, Item, Place, may_read
from tests.rules.people import UNITS, World, labelled, staff, system, with_patient, world
from tests.rules.standins import number_born
from tests.support.actors import ALL

PLACES = {unit: Place(unit, provider, kind) for unit, (provider, kind) in UNITS.items()}
WORLDS = 1
LABELS = ("", "", "", "", "staff-only", "hidden-from-patient")
TERMS = ((-10, 10), (-10, 10), (-10, 10), (-20, -10), (10, 20))
SPANS = ((None, None), (None, None), (-8, -2), (None, -6), (5, None), (-3, 4))


def _case(rng: random.Random) -> Case:
    """Draw what there is: up to ten notes and up to sixteen facts."""
    units = list(UNITS)
    case = Case(places=PLACES)
    for n in range(rng.randint(4, 10)):
        addressed = rng.choice(units) if rng.random() < 0.15 else ""
        day = rng.choice((None, -9, -5, -1, 3, 9))
        case.items.append(Item(n, PLACES[rng.choice(units)], day, rng.choice(LABELS), addressed))
    for _ in range(rng.randint(4, 16)):
        case.facts.append(_fact(rng, case, units))
    return case


def _fact(rng: random.Random, case: Case, units: list[str]) -> Fact:
    kind = rng.choice(
        ("relation", "relation", "consent", "consent", "emergency", "disclosure", "inner", "outer", "lift")
    )
    since, until = rng.choice(TERMS) if kind != "emergency" else (0, 1)
    low, high = rng.choice(SPANS) if kind in {"inner", "outer"} else (None, None)
    item = rng.choice(case.items).number if kind == "disclosure" else None
    return Fact(kind, rng.choice(units), since, until, item, rng.choice(units), low, high)


@dataclass
class Stage:
    """A case as it is stored; `at` is the moment that counts as now."""

    here: World
    case: Case
    at: datetime
    notes: dict[int, Stored]
    patient: Actor

    def day(self, n: int) -> str:
        return (self.at + timedelta(days=n)).isoformat()

    def period(self, low: int | None, high: int | None) -> dict[str, str]:
        ends = (("start", low), ("end", high))
        return {name: self.day(n) for name, n in ends if n is not None}


async def _staged(units: World, case: Case, number: str) -> Stage:
    here = await with_patient(units, number)
    patient = Actor("patient", "app", person=(PERSONNUMMER, number), scopes=ALL)
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    stage = Stage(here, case, at, {}, patient)
    for item in case.items:
        stage.notes[item.number] = await _stored(stage, item)
    for fact in case.facts:
        await _said(stage, fact)
    return stage


async def _stored(stage: Stage, item: Item) -> Stored:
    place = stage.here.at[item.place.unit]
    resource: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        **({"meta": labelled(item.label, place)} if item.label else {}),
        "status": "active",
        "intent": "plan",
        "subject": {"reference": stage.here.patient.reference},
        "requester": {"reference": place},
        **({"authoredOn": stage.day(item.day)} if item.day is not None else {}),
        **({"performer": [{"reference": stage.here.at[item.addressed]}]} if item.addressed else {}),
    }
    return await stage.here.write(system(item.place.unit), resource)


async def _said(stage: Stage, fact: Fact) -> None:
    here, term = stage.here, {"period": stage.period(fact.since, fact.until)}
    if fact.kind == "relation":
        await here.relation(fact.unit, **term)
        return
    unit = fact.unit if fact.kind != "outer" else PLACES[fact.unit].provider
    span = {"dataPeriod": stage.period(fact.low, fact.high)} if (fact.low, fact.high) != (None, None) else {}
    kinds = {"consent": "sharing", "inner": "block-inner", "outer": "block-outer", "lift": "block-lift"}
    consent = here.consent(kinds.get(fact.kind, fact.kind), unit, **term, **span, **_data(stage, fact))
    assert consent["extension"][0]["url"] == EXT_REASON
    await here.write(system(_speaker(stage, fact)), consent)


def _speaker(stage: Stage, fact: Fact) -> str:
    """Return the unit that says it: what is disclosed is told of by those who see it."""
    if fact.kind == "lift":
        return fact.by
    if fact.item is None:
        return fact.unit
    return next(item.place.unit for item in stage.case.items if item.number == fact.item)


def _data(stage: Stage, fact: Fact) -> dict[str, Any]:
    if fact.item is None:
        return {}
    item = {"meaning": "instance", "reference": {"reference": stage.notes[fact.item].reference}}
    return {"data": [item]}


Route = Callable[[Stage, Actor], Awaitable[set[str]]]


def _query(stage: Stage, type_: str, *pairs: tuple[str, str]) -> Query:
    return parse_query(type_, [*pairs, ("_count", "100")], lenient=False)


async def _by_read(stage: Stage, actor: Actor) -> set[str]:
    return {n.id for n in stage.notes.values() if await stage.here.sees(actor, n)}


async def _by_search(stage: Stage, actor: Actor) -> set[str]:
    page = await stage.here.records.search(
        actor, _query(stage, "ServiceRequest", ("subject", stage.here.patient.reference))
    )
    assert page.total in (None, len(page.items)), "a total tells of nothing else"
    return {one.id for one in page.items}


async def _everywhere(stage: Stage, actor: Actor) -> set[str]:
    ids = ",".join(note.id for note in stage.notes.values())
    page = await stage.here.records.search(actor, _query(stage, "ServiceRequest", ("_id", ids)))
    return {one.id for one in page.items}


async def _by_pages(stage: Stage, actor: Actor) -> set[str]:
    found: set[str] = set()
    query = parse_query(
        "ServiceRequest", [("subject", stage.here.patient.reference), ("_count", "2")], lenient=False
    )
    page = await stage.here.records.search(actor, query)
    while True:
        found |= {one.id for one in page.items}
        if page.next is None:
            return found
        page = await stage.here.records.search(actor, query, after=page.next)


async def _by_history(stage: Stage, actor: Actor) -> set[str]:
    out = set()
    for note in stage.notes.values():
        try:
            page = await stage.here.records.history(
                actor, note.type, note.id, since=None, limit=5, after=None
            )
        except Problem as problem:
            if problem.kind != "not-found":
                raise
            continue
        out |= {one.id for one in page.items}
    return out


async def _by_vread(stage: Stage, actor: Actor) -> set[str]:
    out = set()
    for note in stage.notes.values():
        try:
            out.add((await stage.here.records.vread(actor, note.type, note.id, 1)).id)
        except Problem as problem:
            if problem.kind != "not-found":
                raise
    return out


async def _by_revinclude(stage: Stage, actor: Actor) -> set[str]:
    pairs = (("_id", stage.here.patient.id), ("_revinclude", "ServiceRequest:subject"))
    page = await stage.here.records.search(actor, _query(stage, "Patient", *pairs))
    found = {one.id for one in page.included}
    return found if page.items else await _by_read(stage, actor)


ROUTES: dict[str, Route] = {
    "read": _by_read,
    "search": _by_search,
    "search by id": _everywhere,
    "pages": _by_pages,
    "history": _by_history,
    "vread": _by_vread,
    "revinclude": _by_revinclude,
}


async def _by_has(stage: Stage, actor: Actor) -> bool:
    """Say whether `_has` tells that there is some note with its status of the patient."""
    pairs = (("_id", stage.here.patient.id), ("_has:ServiceRequest:subject:status", "active"))
    page = await stage.here.records.search(actor, _query(stage, "Patient", *pairs))
    return bool(page.items)


async def _compare(stage: Stage, asker: Asker, actor: Actor) -> int:
    """Compare every route with what is allowed, and return how many decisions that were."""
    allowed = {stage.notes[item.number].id for item in stage.case.items if may_read(asker, item, stage.case)}
    for name, route in ROUTES.items():
        assert await route(stage, actor) == allowed, (name, asker, stage.case)
    if await stage.here.sees(actor, stage.here.patient):
        assert await _by_has(stage, actor) is bool(allowed), ("_has", asker, stage.case)
    return len(ROUTES) * len(stage.case.items) + 1


async def _rounds(units: World, worlds: int, seed: int) -> int:
    rng, decided = random.Random(seed), 0  # noqa: S311  # a seed to repeat it by
    for n in range(worlds):
        case = _case(rng)
        stage = await _staged(units, case, number_born(date(1930, 1, 1) + timedelta(days=seed + n)))
        for place in PLACES.values():
            decided += await _compare(stage, Asker("staff", place), staff(place.unit))
            decided += await _compare(stage, Asker("system", place), system(place.unit))
        decided += await _compare(stage, Asker("patient"), stage.patient)
    return decided


async def test_every_route_shows_what_a_naive_evaluation_allows(records: Records) -> None:
    assert await _rounds(await world(records), WORLDS, seed=20_000) > 300


@pytest.mark.slow
async def test_a_hundred_thousand_decisions_agree(records: Records) -> None:
    units, decided, seed = await world(records), 0, 1
    while decided < 50_000:
        decided += await _rounds(units, 20, seed=seed)
        seed += 20
    print(f"{decided} decisions, no difference")  # the figure that the page of rules names
