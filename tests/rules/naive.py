"""An evaluation of the law apart from the rules: plain facts in plain Python, read off the act.

Nothing of `pk_api.access` is used here, nor of the store. Times are days from now; facts hold from `since`
until before `until`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from tests.rules import naive_persons as persons
from tests.rules.naive_persons import Kin

SHARING = {"vardgivare", "omsorgsgivare"}

Kind = Literal["relation", "consent", "emergency", "disclosure", "inner", "outer", "lift"]


@dataclass(frozen=True)
class Place:
    """A unit, its care provider and what it is in law."""

    unit: str
    provider: str
    kind: str


OWN_WORDS = Place("", "", "patient")
"""Whose it is, when the patient has written it."""


@dataclass(frozen=True)
class Fact:
    """Something that has been said of a unit; `said` is the unit that says it, nothing for the patient."""

    kind: Kind
    unit: str
    since: int = -10
    until: int = 10
    item: int | None = None
    said: str = ""
    low: int | None = None
    high: int | None = None

    @property
    def holds(self) -> bool:
        """Whether it is in force; a visit is a care relation for 14 days more."""
        after = 14 if self.kind == "relation" else 0
        return self.since <= 0 < self.until + after


@dataclass(frozen=True)
class Item:
    """A resource: its number and type, whose it is, its day (None: unknown), its label, and whom it asks.

    `addressed` is a unit, `patient`, or the number of a person; `points` are the items that it is based on.
    """

    number: int
    place: Place
    day: int | None = -5
    label: str = ""
    addressed: str = ""
    type: str = "ServiceRequest"
    points: tuple[int, ...] = ()

    @property
    def is_by_patient(self) -> bool:
        """Whether the patient wrote it, or somebody in the patient's place."""
        return self.place == OWN_WORDS


@dataclass(frozen=True)
class Asker:
    """Who asks: staff or a system of a place, the patient, an app by name, a proxy by identity number."""

    kind: Literal["staff", "system", "patient", "app", "proxy"]
    place: Place | None = None
    name: str = ""


@dataclass
class Case:
    """What there is of one patient; `plan` is the contract, `team` the units of its `plan_team`."""

    kin: Kin
    items: list[Item] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    plan: int | None = None
    plan_team: int | None = None
    team: tuple[str, ...] = ()

    def item(self, number: int) -> Item:
        """Return the item of this number."""
        return next(item for item in self.items if item.number == number)

    def of_type(self, *types: str) -> list[Item]:
        """Return the items of these types."""
        return [item for item in self.items if item.type in types]


# --- what is part of the contract


def members(case: Case) -> set[int]:
    """Return the items of the contract: what is based on it, its team, and by patient what a party says."""
    if case.plan is None or case.plan_team is None:
        return set()
    parties = {case.item(case.plan).place.provider, *(case.places[unit].provider for unit in case.team)}
    found = {case.plan, case.plan_team, *(i.number for i in case.of_type("Patient"))}
    for item in case.of_type("RelatedPerson", "Consent"):
        if item.is_by_patient or item.place.provider in parties:
            found.add(item.number)
    based = case.of_type("ServiceRequest", "Task")
    while more := {i.number for i in based if found.intersection(i.points)} - found:
        found |= more
    return found


# --- what is read


def may_read(asker: Asker, item: Item, case: Case) -> bool:
    """Say whether the law lets the asker read the item."""
    place = asker.place
    if place is None:
        return _person_reads(asker, item, case.kin)
    if item.addressed == place.unit or _is_disclosed(place, item, case):
        return True
    if item.label == "block" and item.place.unit != place.unit:
        return False
    if item.is_by_patient:
        return place.kind in SHARING and _has("relation", place, case)
    return not _blocked(place, item, case) and _is_open(asker, place, item, case)


def _person_reads(asker: Asker, item: Item, kin: Kin) -> bool:
    if asker.kind == "proxy":
        return persons.proxy_reads(asker.name, item, kin)
    if asker.kind == "app":
        return persons.app_reads(asker.name, item, kin)
    return persons.patient_reads(item, kin)


def readable(asker: Asker, case: Case) -> set[int]:
    """Return the numbers of what the asker may read."""
    return {item.number for item in case.items if may_read(asker, item, case)}


def _is_disclosed(place: Place, item: Item, case: Case) -> bool:
    told = (f for f in case.facts if f.kind == "disclosure" and f.item == item.number and f.holds)
    return any(f.unit == place.unit for f in told)


def _is_open(asker: Asker, place: Place, item: Item, case: Case) -> bool:
    is_related = _has("relation", place, case)
    if _is_same(item.place, place):
        return asker.kind == "system" or is_related
    if place.kind not in SHARING or item.place.kind not in SHARING:
        return False
    return _has("emergency", place, case) or (is_related and _has("consent", place, case))


def _is_same(one: Place, other: Place) -> bool:
    """Health care, home care and social services of one municipality are different in law."""
    return (one.provider, one.kind) == (other.provider, other.kind)


def _has(kind: str, place: Place, case: Case) -> bool:
    """Say whether it has been said of the unit; to be in the team is a care relation."""
    if kind == "relation" and place.unit in case.team:
        return True
    return any(f.kind == kind and f.unit == place.unit and f.holds for f in case.facts)


def _blocked(place: Place, item: Item, case: Case) -> bool:
    """CheckBlocks: whoever is not spared is blocked by what touches the time, unless it is lifted."""
    return any(_bars(block, place, item, case) for block in _blocks(case.facts))


def _blocks(facts: Iterable[Fact]) -> Iterable[Fact]:
    return (fact for fact in facts if fact.kind in {"inner", "outer"} and fact.holds)


def _bars(block: Fact, place: Place, item: Item, case: Case) -> bool:
    provider = case.places[block.unit].provider
    if block.kind == "inner" and (block.unit != item.place.unit or item.place.unit == place.unit):
        return False
    if block.kind == "outer" and (provider != item.place.provider or _is_same(item.place, place)):
        return False
    return _touches(block, item) and not _lifted(provider, place, case)


def _touches(block: Fact, item: Item) -> bool:
    """Information is of the time from its day until it was written, which is now; who one is, is none."""
    if item.type == "Patient":
        return False
    last = 0 if item.day is None else max(item.day, 0)
    if block.low is not None and last < block.low:
        return False
    return block.high is None or item.day is None or item.day < block.high


def _lifted(provider: str, place: Place, case: Case) -> bool:
    lifts = (f for f in case.facts if f.kind == "lift" and f.unit == place.unit and f.holds)
    return any(case.places[lift.said].provider == provider for lift in lifts)


# --- what is changed


def may_change(asker: Asker, item: Item, case: Case) -> bool:
    """Say whether the law lets the asker change an item: one's own provider's, or what the team plans."""
    place = asker.place
    if place is None:
        return _person_changes(asker, item, case.kin)
    if item.type == "Task" and item.addressed == place.unit:
        return True
    if item.is_by_patient or _blocked(place, item, case):
        return False
    is_related = _has("relation", place, case)
    if _is_same(item.place, place):
        return asker.kind == "system" or is_related
    team = {case.places[unit].provider for unit in case.team}
    if place.provider not in team or item.number not in members(case):
        return False
    shares = place.kind in SHARING and item.place.kind in SHARING
    return shares and is_related and _has("consent", place, case)


def _person_changes(asker: Asker, item: Item, kin: Kin) -> bool:
    if asker.kind == "proxy":
        return persons.proxy_changes(asker.name, item, kin)
    if asker.kind == "app":
        return persons.app_changes(asker.name, item, kin)
    return persons.patient_changes(item, kin)
