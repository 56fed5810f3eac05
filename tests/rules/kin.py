"""Random births, people beside the patient and their permissions, and what is written by and for them."""

import random
from dataclasses import replace
from datetime import date, timedelta

from tests.rules.naive import OWN_WORDS, Case, Item, Place
from tests.rules.naive_persons import Grant, Kin, Person, Term
from tests.rules.people import CLINIC, GP, HOME_CARE, REGION, UNITS, WARD
from tests.rules.standins import number_born

OUTPOST = "SE2321000016-W1"
"""A unit that is part of the ward."""

PLACES = {unit: Place(unit, provider, kind) for unit, (provider, kind) in UNITS.items()}
PLACES[OUTPOST] = Place(OUTPOST, REGION, "vardgivare", (WARD,))
IDENTITIES = tuple(number_born(date(1970 + n, 3, 1)) for n in range(2))
STRANGER = number_born(date(1979, 5, 1))
APPS = ("app-one", "app-two")

REPRESENTATIVES = ("god-man", "forvaltare", "framtidsfullmakt")
SCOPES = (("person",), ("person", "property"), ("rights",), ("property",), ("rights", "property"))
TERMS = (Term(), Term(), Term(), Term(-10, 10), Term(-20, -10), Term(10, 20), Term(None, 10), Term(-10))
AGES = (5, 12, 13, 14, 15, 16, 17, 40, 80)
EDGES = {1: (13, 0), 2: (13, 1), 3: (16, 0), 4: (16, 1)}
"""The first worlds are of those who became this old today (0), or will tomorrow (1)."""

PERSON, GRANT, WORDS = 4000, 5000, 6000
"""Numbers of the first person, permission and word."""

BY_PATIENT = ("Goal", "Observation", "Task", "Communication")
BY_CARE = (*BY_PATIENT, "Task", "Appointment", "CareTeam", "Flag")
LABELS = ("", "", "", "hidden-from-guardian", "hidden-from-patient", "staff-only")
CONSENTED = -100
"""The day of every Consent: before all that blocks are about, on whatever day this is run."""


def born(rng: random.Random, n: int, today: date) -> date:
    """Return a birth date of an age within or beside the limits; no two of three hundred are the same."""
    years, days = EDGES.get(n, (rng.choice(AGES), -(n % 300 + 30)))
    is_leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year - years, day=28 if is_leap_day else today.day) + timedelta(days)


def kin(rng: random.Random, n: int, today: date) -> Kin:
    """Draw up to three people beside the patient, and permissions; a small child has a guardian."""
    alone = Kin(born(rng, n, today), today)
    people = [_person(rng, i, alone.age) for i in range(rng.randint(1, 3))]
    if alone.age < 13:
        people[0] = Person(PERSON, IDENTITIES[0], "GUARD", True, rng.random() < 0.8, rng.choice(TERMS))
    grants = [_grant(rng, i, people, alone.age) for i in range(rng.randint(2, 6))]
    return Kin(alone.born, today, tuple(people), tuple(one for one in grants if one is not None))


def _person(rng: random.Random, i: int, age: int) -> Person:
    by_care, is_active, term = rng.random() < 0.8, rng.random() < 0.9, rng.choice(TERMS)
    role = rng.choice(("GUARD", "GUARD", "SPS") if age < 18 else (*REPRESENTATIVES, "SPS", "GUARD"))
    return Person(PERSON + i, rng.choice(IDENTITIES), role, by_care, is_active, term)


def _grant(rng: random.Random, i: int, people: list[Person], age: int) -> Grant | None:
    kinds = ("mandate", "mandate", "relative-access", "app-access", "guardian-exception")
    kind = rng.choice(kinds if age >= 16 else (*kinds, "guardian-exception", "guardian-exception"))
    by_care = {"guardian-exception": True, "app-access": False}.get(kind, rng.random() < 0.75)
    grant = Grant(GRANT + i, kind, by_care=by_care, is_withdrawn=rng.random() < 0.15, term=rng.choice(TERMS))
    if kind == "app-access":
        return replace(grant, app=rng.choice(APPS))
    known = [one for one in people if _knows(one, age, by_care=by_care)]
    if not known:
        return None
    grant = replace(grant, holder=rng.choice(known).number, is_denial=rng.random() < 0.15)
    if kind == "guardian-exception":
        return replace(grant, term=Term(-10, rng.choice((10, 10, -5))))
    role = rng.choice((*REPRESENTATIVES, "narstaende"))
    return replace(grant, role=role, scopes=rng.choice(SCOPES) if kind == "mandate" else ())


def _knows(person: Person, age: int, *, by_care: bool) -> bool:
    """Whether the ward, or who writes for the patient, sees the person, and so can name them."""
    return person.by_care if by_care else not (person.by_care and 13 <= age < 16)


def with_kin(rng: random.Random, case: Case) -> None:
    """Add to the case what says who there is, the permissions, and some words by and for them."""
    for person in case.kin.people:
        place = PLACES[WARD] if person.by_care else OWN_WORDS
        case.items.append(Item(person.number, place, None, type="RelatedPerson"))
    for grant in case.kin.grants:
        place = PLACES[WARD] if grant.by_care else OWN_WORDS
        case.items.append(Item(grant.number, place, CONSENTED, type="Consent"))
    for n in range(rng.randint(3, 8)):
        case.items.append(_word(rng, WORDS + n, case))


def _word(rng: random.Random, number: int, case: Case) -> Item:
    if rng.random() < 0.5:
        type_ = rng.choice(BY_PATIENT)
        return Item(number, OWN_WORDS, None, addressed=rng.choice(("", "patient")) * _asks(type_), type=type_)
    type_, place = rng.choice(BY_CARE), PLACES[rng.choice((WARD, OUTPOST, CLINIC, GP, HOME_CARE))]
    addressed = [GP, OUTPOST, WARD, "patient", "patient"]
    if place.unit in {WARD, OUTPOST, CLINIC}:
        addressed += [str(one.number) for one in case.kin.people if one.by_care] * 2
    return Item(number, place, None, rng.choice(LABELS), rng.choice(addressed) * _asks(type_), type_)


def _asks(type_: str) -> bool:
    return type_ in {"Task", "Communication"}
