"""Whatever route is taken, what is shown is exactly what an independent evaluation of the facts allows.

`make rules` tries it at length; the normal run takes a world on both databases.
"""

import random
from datetime import date, timedelta

import pytest
from cryptography.fernet import Fernet

from pk_api.access.actor import Actor
from pk_api.fhir.capabilities import Features
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.service import FhirService
from pk_api.records.records import Records
from tests.conftest import BASE
from tests.rules.acts import ABSENT, made_unless_found, patched, patched_if_found
from tests.rules.links import LINKS
from tests.rules.naive import Asker, may_change, readable
from tests.rules.people import World, staff, system, world
from tests.rules.routes import EXPORTS, ROUTES
from tests.rules.stage import Stage, staged
from tests.rules.standins import number_born
from tests.rules.worlds import PLACES, a_case

SHORT = 324
"""The world of the normal run: with a contract, notes based on notes, and blocks."""


def _askers(stage: Stage) -> list[tuple[Asker, Actor]]:
    """Return who asks: staff and system of each unit, and the patient."""
    out = [(Asker("staff", place), staff(place.unit)) for place in PLACES.values()]
    out += [(Asker("system", place), system(place.unit)) for place in PLACES.values()]
    return [*out, (Asker("patient"), stage.patient)]


async def _compare(stage: Stage, asker: Asker, actor: Actor) -> int:
    """Compare every route with what is allowed, and return how many decisions that were."""
    case, allowed = stage.case, readable(asker, stage.case)
    routes = ROUTES | LINKS | (EXPORTS if asker.place else {})
    for name, (route, expected) in routes.items():
        shown = await route(stage, actor)
        assert shown == stage.named(expected(case, allowed)), (name, asker, case)
    return len(routes) * len(case.items)


async def _act(stage: Stage, asker: Asker, actor: Actor) -> int:
    """Compare what is answered to writes with what is allowed; what is not seen is answered as absent."""
    case, allowed = stage.case, readable(asker, stage.case)
    absent = f"ServiceRequest/{ABSENT}"
    notes = case.of_type("ServiceRequest")
    for act in (patched, patched_if_found, made_unless_found):
        none = await act(stage, actor, absent)
        for item in notes:
            one = stage.stored[item.number].reference
            may = asker.place is not None if act is made_unless_found else may_change(asker, item, case)
            expected = none if item.number not in allowed else one if may else "forbidden"
            assert await act(stage, actor, one) == expected, (act.__name__, item, asker, case)
    return 3 * len(notes)


async def _round(units: World, fhir: FhirService, seed: int, *, most: int) -> int:
    """Go through one world with at most so many who ask; the patient is always one of them."""
    rng = random.Random(seed)  # noqa: S311  # a seed to repeat it by
    stage = await staged(units, fhir, a_case(rng), number_born(date(1930, 1, 1) + timedelta(days=seed)))
    *care, patient = _askers(stage)
    asking = [*rng.sample(care, min(most, len(care))), patient]
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
    assert await _round(await world(records), fhir, seed=SHORT, most=3) > 1_000


@pytest.mark.slow
async def test_two_hundred_thousand_decisions_agree(records: Records, fhir: FhirService) -> None:
    units, decided, seed = await world(records), 0, 1
    while decided < 200_000:
        decided += await _round(units, fhir, seed, most=5)
        seed += 1
    print(f"{decided} decisions, no difference")  # the figure that the page of rules names
