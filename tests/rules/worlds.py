"""Random worlds for the naive evaluation: what there is of one patient, and what has been said."""

import random
from datetime import date

from tests.rules.kin import CONSENTED, PLACES, kin, with_kin
from tests.rules.naive import OWN_WORDS, SHARING, Case, Fact, Item, Place
from tests.rules.people import UNITS, WARD

LABELS = ("", "", "", "", "staff-only", "hidden-from-patient")
TERMS = ((-10, 10), (-10, 10), (-10, 10), (-20, -10), (10, 20))
SPANS = ((None, None), (None, None), (-8, -2), (None, -6), (5, None), (-3, 4))
KINDS = ("relation", "relation", "consent", "consent", "emergency", "disclosure", "inner", "outer", "lift")
BY_PATIENT = {"consent", "disclosure", "inner", "outer"}

PATIENT, PLAN, TEAM, SAID, OPENED = 1000, 1001, 1002, 2000, 3000
"""Numbers of what is not a note: the n-th fact is SAID + n, what opened for note n OPENED + n."""


def a_case(rng: random.Random, n: int, today: date) -> Case:
    """Draw the n-th case: notes, some in a contract or based on each other, people, and facts."""
    case = Case(kin(rng, n, today), [Item(PATIENT, PLACES[WARD], None, type="Patient")], places=PLACES)
    with_kin(rng, case)
    if rng.random() < 0.75:
        _contract(rng, case)
    for i in range(rng.randint(3, 8)):
        case.items.append(_note(rng, case, i))
    for i in range(rng.randint(4, 14)):
        fact = _fact(rng, case)
        case.facts.append(fact)
        case.items.append(_resource(fact, SAID + i))
    return case


def _contract(rng: random.Random, case: Case) -> None:
    opener = PLACES[rng.choice([unit for unit, place in PLACES.items() if place.kind in SHARING])]
    case.plan, case.plan_team = PLAN, TEAM
    case.team = tuple(rng.sample(list(UNITS), rng.randint(1, 4)))
    case.items.append(Item(PLAN, opener, None, type="CarePlan"))
    case.items.append(Item(TEAM, opener, None, type="CareTeam"))


def _note(rng: random.Random, case: Case, n: int) -> Item:
    units = list(UNITS)
    place = PLACES[rng.choice(units)]
    addressed = rng.choice(units) if rng.random() < 0.15 else ""
    day = rng.choice((None, -9, -5, -1, 3, 9))
    points = [i.number for i in case.items if i.type in {"ServiceRequest", "CarePlan"} and is_near(place, i)]
    based = tuple(sorted(rng.sample(points, min(len(points), rng.choice((0, 1, 1, 2))))))
    return Item(n, place, day, rng.choice(LABELS), addressed, points=based)


def is_near(place: Place, item: Item) -> bool:
    """Say whether a unit may come to know the item by itself or in an emergency, and so may refer to it."""
    same = (place.provider, place.kind) == (item.place.provider, item.place.kind)
    return same or {place.kind, item.place.kind} <= SHARING


def _fact(rng: random.Random, case: Case) -> Fact:
    kind = rng.choice(KINDS)
    since, until = rng.choice(TERMS) if kind != "emergency" else (0, 1)
    low, high = rng.choice(SPANS) if kind in {"inner", "outer"} else (None, None)
    by_patient = kind in _of_patient(case.kin.age) and rng.random() < 0.3
    unit = rng.choice(list(UNITS))
    item = None
    if kind == "disclosure":
        told = [i for i in case.items if not (by_patient and i.label) and (by_patient or not i.is_by_patient)]
        item = rng.choice(told).number
    return Fact(
        kind, unit, since, until, item, "" if by_patient else _speaker(rng, kind, unit, item, case), low, high
    )


def _of_patient(age: int) -> set[str]:
    """Return what the patient says, or a guardian of a child; the young do not see it all."""
    return BY_PATIENT if age >= 16 else {"consent", "disclosure"} if age < 13 else BY_PATIENT - {"disclosure"}


def _speaker(rng: random.Random, kind: str, unit: str, item: int | None, case: Case) -> str:
    """Return the unit that says it: what is disclosed is told of by those who see it."""
    if kind == "lift":
        return rng.choice(list(UNITS))
    return unit if item is None else case.item(item).place.unit


def _resource(fact: Fact, number: int) -> Item:
    """Return what says the fact: an Encounter of its own day, else a Consent, of the day of all Consents."""
    place = PLACES[fact.said] if fact.said else OWN_WORDS
    if fact.kind == "relation":
        return Item(number, place, fact.since, type="Encounter")
    label = "block" if fact.kind in {"inner", "outer"} else ""
    return Item(number, place, CONSENTED, label, type="Consent")
