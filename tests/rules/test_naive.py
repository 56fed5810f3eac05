"""Whatever route is taken, what is shown is exactly what an independent evaluation of the facts allows.

`make rules` tries it at length; the normal run takes a world on both databases.
"""

import random
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet

from pk_api.access.actor import Actor
from pk_api.fhir.capabilities import Features
from pk_api.fhir.systems import PERSONNUMMER
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.service import FhirService
from pk_api.records.records import Records
from tests.conftest import BASE
from tests.rules.acts import ABSENT, CHANGES, made_unless_found, patched, patched_if_found
from tests.rules.kin import APPS, IDENTITIES, PLACES, STRANGER
from tests.rules.kin_stage import end_what_has_ended, with_people
from tests.rules.links import LINKS
from tests.rules.naive import Asker, may_change, readable
from tests.rules.people import World, staff, system, world
from tests.rules.routes import EXPORTS, ONE_BY_ONE, ROUTES
from tests.rules.stage import Stage, say_all, set_up
from tests.rules.standins import proxy_of
from tests.rules.worlds import a_case
from tests.support.actors import ALL

SHORT = ((149, 3), (216, 0))
"""The worlds of the normal run, and how many ask for care in each."""

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
    out = [(Asker("staff", place), staff(place.unit)) for place in PLACES.values()]
    return out + [(Asker("system", place), system(place.unit)) for place in PLACES.values()]


async def _compare(stage: Stage, asker: Asker, actor: Actor) -> int:
    """Compare every route with what is allowed, and return how many decisions that were."""
    case, allowed = stage.case, readable(asker, stage.case)
    routes = ROUTES | LINKS | (EXPORTS if asker.place else {})
    for name, (route, expected) in routes.items():
        shown = await route(stage, actor)
        asked = allowed & stage.looked_at if name in ONE_BY_ONE else allowed
        assert shown == stage.named(expected(case, asked)), (name, asker, case)
    one_by_one = len(ONE_BY_ONE) * len(stage.looked_at)
    return (len(routes) - len(ONE_BY_ONE)) * len(case.items) + one_by_one


async def _act(stage: Stage, asker: Asker, actor: Actor) -> int:
    """Compare what is answered to writes with what is allowed; what is not seen is answered as absent."""
    case, allowed = stage.case, readable(asker, stage.case)
    items = case.of_type(*CHANGES)
    for act in (patched, patched_if_found, made_unless_found):
        for item in items if act is not made_unless_found else case.of_type("ServiceRequest"):
            one, none = stage.stored[item.number].reference, await act(stage, actor, f"{item.type}/{ABSENT}")
            may = asker.place is not None if act is made_unless_found else may_change(asker, item, case)
            expected = none if item.number not in allowed else one if may else "forbidden"
            assert await act(stage, actor, one) == expected, (act.__name__, item, asker, case)
    return 2 * len(items)


async def _round(units: World, fhir: FhirService, seed: int, *, care: int, looks: int) -> int:
    """Go through one world with so many who ask for care, and all who ask for a person.

    `looks` is of how many items some routes are asked one by one.
    """
    rng = random.Random(seed)  # noqa: S311  # a seed to repeat it by
    today = datetime.now(UTC).astimezone(SWEDEN).date()
    stage = await set_up(units, fhir, a_case(rng, seed, today))
    await with_people(stage)
    await say_all(stage)
    await end_what_has_ended(stage)
    stage.looked_at = frozenset(rng.sample(sorted(stage.stored), min(looks, len(stage.stored))))
    asking = [*rng.sample(_care(), care), *_persons(stage)]
    compared = [await _compare(stage, *one) for one in asking]
    return sum(compared + [await _act(stage, *one) for one in asking])


@pytest.fixture
def fhir(records: Records) -> FhirService:
    """All interactions on the door."""
    return FhirService(
        records,
        Cursors(Fernet.generate_key()),
        base=BASE,
        version="1",
        started=records.now(),
        max_entries=500,
        features=Features(),
    )


async def test_every_route_shows_what_a_naive_evaluation_allows(records: Records, fhir: FhirService) -> None:
    units = await world(records)
    decided = [await _round(units, fhir, seed, care=care, looks=5) for seed, care in SHORT]

    assert sum(decided) > 1_000


@pytest.mark.slow
async def test_two_hundred_thousand_decisions_agree(records: Records, fhir: FhirService) -> None:
    units, decided, seed = await world(records), 0, 1
    while decided < 200_000:
        decided += await _round(units, fhir, seed, care=5, looks=12)
        seed += 1
    print(f"{decided} decisions, no difference")  # the figure that the page of rules names
