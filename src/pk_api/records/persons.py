"""Who acts for a patient now: what is stored of patient and caller, as the rules need it."""

import calendar
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from pk_api.access.actor import Actor
from pk_api.access.facts import Facts
from pk_api.access.person_rules import PersonRules, age_at
from pk_api.store import persons
from pk_api.store.database import Database
from pk_api.store.persons import Told
from pk_api.store.rows import Key, from_micros, to_micros

_NAMED: Final = frozenset({"related", "guardian"})
"""Facts that name a person by identity number; the others name what that person is to the patient."""

_DEAD: Final = frozenset({"dead"})


class Persons:
    """Looks up patients, and by one statement those who act for them."""

    def __init__(self, db: Database, rules: PersonRules) -> None:
        self._db = db
        self._rules = rules

    async def patient(self, person: tuple[str, str], *, now: datetime) -> Facts:
        """Return the facts of one who is a patient."""
        found = await persons.bearer(self._db, person)
        born = latest_birth(person[1])
        age = None if born is None else age_at(born, now)
        return Facts(
            patient=found.key.patient if found else None,
            age=age,
            grounds=_DEAD if found and found.is_dead else frozenset(),
            limits=self._rules,
            merged=await persons.merged(self._db, found) if found else (),
        )

    async def app(self, actor: Actor, person: tuple[str, str], *, now: datetime) -> Facts:
        """Return the facts of an app of a patient's."""
        own = await self.patient(person, now=now)
        if own.patient is None:
            return own
        told = await persons.told(self._db, own.patient, now=to_micros(now))
        allowed = any(one.kind == "app-access" and one.person == actor.client for one in told)
        grounds = own.grounds | ({"app-access"} if allowed else frozenset())
        return replace(own, grounds=grounds)

    async def proxy(self, key: Key, person: tuple[str, str], *, now: datetime) -> Facts:
        """Return the facts of one who would act for a patient."""
        told = await persons.told(self._db, key.patient, now=to_micros(now))
        mine = _named(told, {"|".join(person)})
        if not mine and any(one.kind in _NAMED for one in told):  # perhaps by a number borne before
            mine = _named(told, await persons.numbers_of(self._db, person))
        people = tuple(sorted({one.target for one in mine}))
        kinds = {one.kind for one in mine if one.kind == "guardian"}
        kinds |= {one.kind for one in told if one.kind == "dead"}
        kinds |= {each for one in told if one.person in people for each in _grounds(one)}
        born = [from_micros(one.since).date() for one in told if one.kind == "born"]
        return Facts(
            patient=key.patient,
            age=age_at(born[0], now) if born else None,
            grounds=frozenset(kinds),
            people=people,
            limits=self._rules,
        )


def _named(told: Iterable[Told], numbers: set[str]) -> list[Told]:
    return [one for one in told if one.kind in _NAMED and one.person in numbers]


def _grounds(one: Told) -> Iterable[str]:
    return (f"{one.kind}:{one.target}",) if one.target else (one.kind,)


def latest_birth(number: str) -> date | None:
    """Return the latest day on which the bearer of a personnummer or samordningsnummer was born.

    A samordningsnummer may leave out day and month: nobody is taken for older than is known.
    """
    try:
        year, month, day = int(number[:4]), int(number[4:6]), int(number[6:8]) % 60
        month_ = month or 12
        is_unknown = day == 0 or month == 0
        return date(year, month_, calendar.monthrange(year, month_)[1] if is_unknown else day)
    except (ValueError, calendar.IllegalMonthError):
        return None
