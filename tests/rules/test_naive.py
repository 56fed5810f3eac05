"""Whatever route is taken, what is shown is exactly what an independent evaluation of the facts allows.

`make rules` tries it at length; the normal run takes a world on both databases.
"""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet

from pk_api.access.actor import Actor
from pk_api.fhir.capabilities import Features
from pk_api.fhir.systems import PERSONNUMMER
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.service import FhirService
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.rules.acts import (
    ABSENT,
    CHANGES,
    UNKNOWN,
    made_unless_found,
    patched,
    patched_if_found,
    removed,
    removed_if_found,
)
from tests.rules.kin import APPS, IDENTITIES, PLACES, STRANGER
from tests.rules.kin_stage import end_what_has_ended, with_people
from tests.rules.links import LINKS
from tests.rules.naive import Asker, Fact, may_change, readable
from tests.rules.people import World, world
from tests.rules.routes import EXPORTS, LOG, ONE_BY_ONE, ROUTES
from tests.rules.stage import Stage, say_all, set_up, staff_at, system_at, take_back, with_services
from tests.rules.standins import proxy_of
from tests.rules.worlds import OPENED, SAID, a_case
from tests.support.actors import ALL

SHORT = 66
"""The world of the normal run: a child of 12 with a guardian, a contract, a block and a disclosure."""

SWEDEN = ZoneInfo("Europe/Stockholm")


def _persons(stage: Stage) -> list[tuple[Asker, Actor]]:
    """Return the patient, two apps, those who may be something to the patient, and one who is nothing."""
    app = Actor("app", "", person=(PERSONNUMMER, stage.number), scopes=ALL)
    proxies = [
        (Asker("proxy", name=one), proxy_of(stage.here.patient, one)) for one in (*IDENTITIES, STRANGER)
    ]
    apps = [(Asker("app", name=one), replace(app, client=one)) for one in APPS]
    return [(Asker("patient"), stage.patient), *apps, *proxies]


def _care() -> list[tuple[Asker, Actor]]:
    """Return staff and system of each unit."""
    out = [(Asker("staff", place), staff_at(place)) for place in PLACES.values()]
    return out + [(Asker("system", place), system_at(place)) for place in PLACES.values()]


async def _compare(stage: Stage, asker: Asker, actor: Actor) -> int:
    """Compare every route with what is allowed, and return how many decisions that were."""
    case, allowed = stage.case, readable(asker, stage.case)
    routes = ROUTES | LINKS | (EXPORTS if asker.place else LOG if asker.kind == "patient" else {})
    for name, (route, expected) in routes.items():
        shown = await route(stage, actor)
        asked = allowed & stage.looked_at if name in ONE_BY_ONE else allowed
        assert shown == stage.named(expected(case, asked)), (name, asker, case)
    one_by_one = len(ONE_BY_ONE) * len(stage.looked_at)
    return (len(routes) - len(ONE_BY_ONE)) * len(case.items) + one_by_one


async def _act(stage: Stage, asker: Asker, actor: Actor) -> int:
    """Compare what is answered to writes with what is allowed; what is not seen is answered as absent."""
    case, allowed = stage.case, readable(asker, stage.case)
    items = [item for item in case.of_type(*CHANGES) if not SAID <= item.number < OPENED]
    for act in (patched, patched_if_found, made_unless_found):
        for item in items if act is not made_unless_found else case.of_type("ServiceRequest"):
            one, none = stage.stored[item.number].reference, await act(stage, actor, f"{item.type}/{ABSENT}")
            may = asker.place is not None if act is made_unless_found else may_change(asker, item, case)
            expected = none if item.number not in allowed else one if may else "forbidden"
            assert await act(stage, actor, one) == expected, (act.__name__, item, asker, case)
    for act in (removed, removed_if_found):
        for item in items:
            if item.number not in allowed:
                absent = f"{item.type}/{stage.here.patient.id}-{UNKNOWN}"
                one, none = stage.stored[item.number].reference, await act(stage, actor, absent)
                assert await act(stage, actor, one) == none, (act.__name__, item, asker, case)
    return 2 * len(items)


@dataclass
class Doors:
    """Two doors on one database, as two workers have them."""

    units: World
    first: FhirService
    second: FhirService
    records: Records


async def _compare_reading(stage: Stage, asking: list[tuple[Asker, Actor]]) -> None:
    for asker, actor in asking:
        for name in ("read", "search by id", "contract"):
            route, expected = (ROUTES | LINKS)[name]
            wanted = stage.named(expected(stage.case, readable(asker, stage.case)))
            assert await route(stage, actor) == wanted, (name, asker, stage.case)


def _to_take_back(stage: Stage) -> list[Fact]:
    """Return the facts whose teller may take them back: a guardian who is barred may not."""
    is_barred = any(one.kind == "guardian-exception" and one.is_denial for one in stage.case.kin.grants)
    told_by = {fact.number: stage.writer(stage.case.item(fact.number)) for fact in stage.case.facts}
    return [f for f in stage.case.facts if not (is_barred and told_by[f.number].kind == "proxy")]


async def _round(doors: Doors, seed: int, *, care: int, looks: int) -> int:
    """Go through one world with so many who ask for care, and all who ask for a person.

    `looks` is of how many items some routes are asked one by one. Then some of what was said is taken back
    at one door, and the other is asked: what it remembers does not open anything.
    """
    rng = random.Random(seed)  # noqa: S311  # a seed to repeat it by
    today = datetime.now(UTC).astimezone(SWEDEN).date()
    stage = await set_up(doors.units, doors.first, a_case(rng, seed, today))
    await with_people(stage)
    await say_all(stage)
    await end_what_has_ended(stage)
    stage.looked_at = frozenset(rng.sample(sorted(stage.stored), min(looks, len(stage.stored))))
    asking = [*rng.sample(_care(), care), *_persons(stage)]
    other = replace(stage, fhir=doors.second, here=replace(stage.here, records=doors.records))
    decided = [await _compare(stage, *one) for one in asking]
    await _compare_reading(other, asking)
    told = _to_take_back(stage)
    for fact in rng.sample(told, len(told) // 2):
        await take_back(stage, fact.number)
    other.stored = stage.stored
    await _compare_reading(other, asking)
    return sum(decided + [await _act(other, *one) for one in asking])


def _fhir(records: Records) -> FhirService:
    """All interactions on a door."""
    return FhirService(
        records,
        Cursors(Fernet.generate_key()),
        base=BASE,
        version="1",
        started=records.now(),
        max_entries=500,
        features=Features(),
    )


@pytest.fixture
async def doors(records: Records, db: Database) -> AsyncIterator[Doors]:
    second = Records(db, Policy(base_url=BASE))
    units = await with_services(await world(records))
    yield Doors(units, _fhir(records), _fhir(second), second)
    await second.drain()


async def test_every_route_shows_what_a_naive_evaluation_allows(doors: Doors) -> None:
    assert await _round(doors, SHORT, care=3, looks=5) > 1_000


@pytest.mark.slow
async def test_two_hundred_thousand_decisions_agree(doors: Doors) -> None:
    decided, seed = 0, 1
    while decided < 200_000:
        decided += await _round(doors, seed, care=5, looks=12)
        seed += 1
    print(f"{decided} decisions, no difference")  # what `make rules` tells
