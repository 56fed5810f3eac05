"""Who asks for too many patients, or for identity numbers that lead to nobody: a guess in many is a hit.

It is kept in the memory of each worker, number by number as a hash of this process. Sources: OWASP API
Security Top 10 (2023) API4 and API6; HSLF-FS 2016:40 4 kap. (only those who need it).
"""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pk_api.access.actor import Actor
from pk_api.fhir.identity import is_person
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.conditions import Chain, Condition, Has
from pk_api.fhir.search.filters import Filter
from pk_api.fhir.search.query import Query
from pk_api.records.values import Write

RULE: Final = "number-probing"
"""The rule that the audit names for a caller who is locked out, and for the alarm."""
_UNATTENDED: Final = frozenset({"system", "statistics", "operator"})
_TELLS_NOTHING: Final = frozenset({"duplicate", "invalid", "not-conformant", "stale", "gone", "in-progress"})
"""Refusals that come before the question whether a number is taken, or say that it is."""
_MOST_CALLERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class ProbingRules:
    """How many searches for patients a caller may make a minute, and how many unknown numbers in a window.

    A caller beyond the numbers is locked out of such searches for the length of the window. 0: no limit.
    """

    searches_of_people: int = 120
    searches_of_systems: int = 6_000
    numbers_of_people: int = 20
    numbers_of_systems: int = 1_000
    window: timedelta = timedelta(minutes=15)

    def searches(self, actor: Actor) -> int:
        """Return how many searches for patients the caller may make a minute."""
        return self.searches_of_systems if actor.kind in _UNATTENDED else self.searches_of_people

    def numbers(self, actor: Actor) -> int:
        """Return how many unknown numbers the caller may ask for in a window."""
        return self.numbers_of_systems if actor.kind in _UNATTENDED else self.numbers_of_people


@dataclass(slots=True)
class _Caller:
    """What a caller has asked for: searches left, and unknown numbers by when they were first asked for."""

    left: float
    counted: datetime
    unknown: dict[bytes, datetime] = field(default_factory=dict)
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Identity numbers in a set of writes: those that criteria look for, and those of Patients in it."""

    sought: tuple[str, ...] = ()
    registered: tuple[str, ...] = ()

    def untaken(self, problem: Problem | None) -> tuple[str, ...]:
        """Return those that nobody has, as a refusal tells, or a rehearsal that found nothing wrong."""
        kind = problem.kind if problem else ""
        told = () if kind in _TELLS_NOTHING else self.registered
        return told + (self.sought if kind == "not-found" else ())


class Watch:
    """Counts searches for patients, caller by caller."""

    def __init__(self, rules: ProbingRules) -> None:
        self._rules = rules
        self._callers: OrderedDict[str, _Caller] = OrderedDict()
        self._salt = secrets.token_bytes(16)

    def require_open(self, actor: Actor, now: datetime) -> None:
        """Raise Problem too-many-requests while the caller is locked out."""
        until = self._caller(actor, now).locked_until
        if until is not None and now < until:
            seconds = int((until - now).total_seconds()) + 1
            text = "Too many identity numbers that lead to nobody: what names one is closed for a while."
            raise Problem("too-many-requests", text, facts={"retry-after": seconds})

    def spend(self, actor: Actor, now: datetime) -> None:
        """Count a search for a patient. Problem too-many-requests beyond the limit of a minute."""
        caller, most = self._caller(actor, now), self._rules.searches(actor)
        if not most:
            return
        passed = (now - caller.counted).total_seconds()
        caller.left, caller.counted = min(most, caller.left + passed * most / 60), now
        if caller.left < 1:
            seconds = int((1 - caller.left) * 60 / most) + 1
            text = f"At most {most} searches for patients a minute."
            raise Problem("too-many-requests", text, facts={"retry-after": seconds})
        caller.left -= 1

    def missed(self, actor: Actor, numbers: Iterable[str], now: datetime) -> int:
        """Note numbers that led to nobody; return how many there are if that locks the caller out, else 0."""
        caller, most = self._caller(actor, now), self._rules.numbers(actor)
        since = now - self._rules.window
        caller.unknown = {mark: at for mark, at in caller.unknown.items() if at > since}
        for number in numbers:
            caller.unknown.setdefault(self._mark(number), now)
        if not most or len(caller.unknown) <= most:
            return 0
        found, caller.unknown = len(caller.unknown), {}
        caller.locked_until = now + self._rules.window
        return found

    def made(self, actor: Actor, numbers: Iterable[str], now: datetime) -> None:
        """Forget numbers that the caller has registered: who asks before that guesses nothing."""
        caller = self._caller(actor, now)
        for number in numbers:
            caller.unknown.pop(self._mark(number), None)

    def _caller(self, actor: Actor, now: datetime) -> _Caller:
        name = actor.caller
        caller = self._callers.setdefault(name, _Caller(self._rules.searches(actor), now))
        self._callers.move_to_end(name)
        while len(self._callers) > _MOST_CALLERS:
            self._callers.popitem(last=False)
        return caller

    def _mark(self, number: str) -> bytes:
        return hashlib.blake2b(number.encode(), key=self._salt, digest_size=12).digest()


def numbers_in(query: Query) -> tuple[str, ...]:
    """Return the identity numbers of people that a search asks for, anywhere in its chains."""
    return tuple(dict.fromkeys(n for condition in query.conditions for n in _numbers(condition)))


def named_in(writes: Iterable[Write]) -> Named:
    """Return the identity numbers that a set of writes names."""
    sought = [number for one in writes if one.where for number in numbers_in(one.where.query)]
    patients = [one.resource for one in writes if one.type == "Patient" and one.resource is not None]
    identifiers = [
        each for one in patients if isinstance(one.get("identifier"), list) for each in one["identifier"]
    ]
    told = [str(each.get("value", "")) for each in identifiers if isinstance(each, dict)]
    return Named(tuple(sought), tuple(numbers_of(told)))


def is_for_patients(query: Query) -> bool:
    """Say whether a search looks for patients by what they are like, and not by what is known of one."""
    codes = {one.parameter.code for one in query.conditions if isinstance(one, Filter)}
    return "Patient" in query.types and query.compartment is None and "_id" not in codes


def _numbers(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Chain):
        for _, inner in condition.branches:
            yield from _numbers(inner)
    elif isinstance(condition, Has):
        yield from _numbers(condition.condition)
    else:
        yield from numbers_of(value.rpartition("|")[2] for value in condition.values)


def numbers_of(values: Iterable[str]) -> Sequence[str]:
    """Return the values that are identity numbers of people."""
    return [value for value in values if 10 <= len(value) <= 13 and is_person(value)]
