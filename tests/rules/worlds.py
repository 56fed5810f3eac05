"""Random worlds for the naive evaluation: what there is of one patient, and what has been said."""

import random
from dataclasses import replace
from datetime import date

from tests.rules.kin import CONSENTED, PLACES, kin, with_kin
from tests.rules.naive import OWN_WORDS, SHARING, Case, Fact, Item, Kind, Place, Way
from tests.rules.people import WARD

LABELS = ("", "", "", "", "staff-only", "hidden-from-patient")
TERMS = ((-10, 10), (-10, 10), (-10, 10), (-20, -10), (10, 20))
SPANS = ((None, None), (None, None), (-8, -2), (None, -6), (5, None), (-3, 4))
KINDS: tuple[Kind, ...] = (
    *("relation", "relation", "relation", "consent", "consent", "emergency", "disclosure"),
    *("inner", "outer", "lift"),
)
WAYS: tuple[Way, ...] = ("visit", "visit", "attested", "task", "time")
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
        fact = _fact(rng, case, SAID + i)
        case.facts.append(fact)
        case.items.append(_resource(fact))
    return case


def _contract(rng: random.Random, case: Case) -> None:
    opener = PLACES[rng.choice([unit for unit, place in PLACES.items() if place.kind in SHARING])]
    case.plan, case.plan_team = PLAN, TEAM
    case.team = tuple(rng.sample(list(PLACES), rng.randint(1, 4)))
    case.items.append(Item(PLAN, opener, None, type="CarePlan"))
    case.items.append(Item(TEAM, opener, None, type="CareTeam"))


def _note(rng: random.Random, case: Case, n: int) -> Item:
    units = list(PLACES)
    place = PLACES[rng.choice(units)]
    addressed = rng.choice(units) if rng.random() < 0.15 else ""
    day = rng.choice((None, -9, -5, -1, 3, 9))
    points = [i.number for i in case.items if i.type in {"ServiceRequest", "CarePlan"} and is_near(place, i)]
    based = tuple(sorted(rng.sample(points, min(len(points), rng.choice((0, 1, 1, 2))))))
    label = rng.choice(LABELS)
    also = units[(units.index(addressed) + 1 + n) % len(units)] if addressed else ""
    return Item(n, place, day, label, addressed, points=based, also=also)


def is_near(place: Place, item: Item) -> bool:
    """Say whether a unit may come to know the item by itself or in an emergency, and so may refer to it."""
    same = (place.provider, place.kind) == (item.place.provider, item.place.kind)
    return same or {place.kind, item.place.kind} <= SHARING


def _fact(rng: random.Random, case: Case, number: int) -> Fact:
    kind, unit = rng.choice(KINDS), rng.choice(list(PLACES))
    since, until = rng.choice(TERMS) if kind != "emergency" else (0, 1)
    by_patient = kind in _of_patient(case.kin.age) and rng.random() < 0.3
    fact = Fact(number, kind, unit, since, until, "" if by_patient else unit)
    if kind == "relation":
        return replace(fact, way=rng.choice(WAYS))
    if kind == "disclosure":
        item = rng.choice([one for one in case.items if _is_told(one, case, by_patient=by_patient)])
        return replace(fact, item=item.number, said="" if by_patient else item.place.unit)
    if kind in {"inner", "outer"}:
        low, high = rng.choice(SPANS)
        return replace(fact, low=low, high=high, spares=rng.random() < 0.3)
    return _lift(rng, case, fact) if kind == "lift" else fact


def _is_told(item: Item, case: Case, *, by_patient: bool) -> bool:
    """Whether the item is seen by who would tell it; who is barred, is said last of all."""
    bars = {g.number for g in case.kin.grants if g.kind == "guardian-exception" and g.is_denial}
    return item.number not in bars and not (item.label if by_patient else item.is_by_patient)


def _lift(rng: random.Random, case: Case, fact: Fact) -> Fact:
    """Let any unit lift what its provider blocks, or the one that made a block that one alone."""
    blocks = [one for one in case.facts if one.kind in {"inner", "outer"} and one.said]
    if not blocks or rng.random() < 0.5:
        return replace(fact, said=rng.choice(list(PLACES)))
    block = rng.choice(blocks)
    return replace(fact, said=block.said, item=rng.choice((None, block.number)))


def _of_patient(age: int) -> set[str]:
    """Return what the patient says, or a guardian of a child; the young do not see it all."""
    return BY_PATIENT if age >= 16 else {"consent", "disclosure"} if age < 13 else BY_PATIENT - {"disclosure"}


def _resource(fact: Fact) -> Item:
    """Return what says the fact: a visit, a task or a time, else a Consent, of the day of all Consents."""
    place = PLACES[fact.said] if fact.said else OWN_WORDS
    if fact.way == "task":
        return Item(fact.number, place, None, addressed=fact.unit, type="Task")
    if fact.way in {"visit", "time"}:
        return Item(
            fact.number, place, fact.since, type="Encounter" if fact.way == "visit" else "Appointment"
        )
    label = "block" if fact.kind in {"inner", "outer"} else ""
    return Item(fact.number, place, CONSENTED, label, type="Consent")
