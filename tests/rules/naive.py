"""An evaluation of the law apart from the rules: plain facts in plain Python, read off the act.

Nothing of `pk_api.access` is used here, nor of the store. Times are days from now; facts hold from `since`
until before `until`.
"""

from dataclasses import dataclass, field
from typing import Literal

from tests.rules import naive_persons as persons
from tests.rules.naive_persons import Kin

SHARING = {"vardgivare", "omsorgsgivare"}

Kind = Literal["relation", "consent", "emergency", "disclosure", "inner", "outer", "lift"]

Way = Literal["", "visit", "attested", "task", "time"]


@dataclass(frozen=True)
class Place:
    """A unit, its care provider, what it is in law, and the units that it is part of."""

    unit: str
    provider: str
    kind: str
    above: tuple[str, ...] = ()


OWN_WORDS = Place("", "", "patient")
"""Whose it is, when the patient has written it."""


@dataclass(frozen=True)
class Fact:
    """Something that has been said of a unit; `said` is the unit that says it, nothing for the patient.

    `way` is how a relation is told of; `item` is what is disclosed, or the block that is lifted (None: all);
    `low` and `high` are the time that a block is about, `spares` that it leaves out alerts.
    """

    number: int
    kind: Kind
    unit: str
    since: int = -10
    until: int = 10
    said: str = ""
    way: Way = ""
    item: int | None = None
    low: int | None = None
    high: int | None = None
    spares: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is in force: visits and times are relations for 14 days more, tasks while under way."""
        if self.way == "task":
            return self.since <= 0
        if self.way == "time":
            return self.until + 14 > 0
        return self.since <= 0 < self.until + (14 if self.way == "visit" else 0)


@dataclass(frozen=True)
class Item:
    """A resource: its number and type, whose it is, its day (None: unknown), its label, and whom it asks.

    `addressed` is a unit, `patient`, or the number of a person, `also` another unit; `points` are the items
    that it is based on.
    """

    number: int
    place: Place
    day: int | None = -5
    label: str = ""
    addressed: str = ""
    type: str = "ServiceRequest"
    points: tuple[int, ...] = ()
    also: str = ""

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
    if _units(asker, case) & {item.addressed, item.also} or _is_disclosed(asker, item, case):
        return True
    if item.label == "block" and item.place.unit not in _own(asker, case):
        return False
    if item.is_by_patient:
        return place.kind in SHARING and _has("relation", asker, case)
    return not _blocked(asker, item, case) and _is_open(asker, place, item, case)


def _units(asker: Asker, case: Case) -> set[str]:
    """What is said of these is said of the asker: for staff the units above, for systems those below."""
    if asker.kind == "staff" and asker.place is not None:
        return {asker.place.unit, *asker.place.above}
    return _own(asker, case)


def _own(asker: Asker, case: Case) -> set[str]:
    """The asker's own unit; a system's are also those that are part of it."""
    unit = asker.place.unit if asker.place else ""
    below = {one.unit for one in case.places.values() if unit in one.above}
    return {unit, *(below if asker.kind == "system" else ())}


def _person_reads(asker: Asker, item: Item, kin: Kin) -> bool:
    if asker.kind == "proxy":
        return persons.proxy_reads(asker.name, item, kin)
    if asker.kind == "app":
        return persons.app_reads(asker.name, item, kin)
    return persons.patient_reads(item, kin)


def readable(asker: Asker, case: Case) -> set[int]:
    """Return the numbers of what the asker may read."""
    return {item.number for item in case.items if may_read(asker, item, case)}


def _is_disclosed(asker: Asker, item: Item, case: Case) -> bool:
    told = (f for f in case.facts if f.kind == "disclosure" and f.item == item.number and f.holds)
    return any(f.unit in _units(asker, case) for f in told)


def _is_open(asker: Asker, place: Place, item: Item, case: Case) -> bool:
    is_related = _has("relation", asker, case)
    if _is_same(item.place, place):
        return asker.kind == "system" or is_related
    if place.kind not in SHARING or item.place.kind not in SHARING:
        return False
    return _has("emergency", asker, case) or (is_related and _has("consent", asker, case))


def _is_same(one: Place, other: Place) -> bool:
    """Health care, home care and social services of one municipality are different in law."""
    return (one.provider, one.kind) == (other.provider, other.kind)


def _has(kind: str, asker: Asker, case: Case) -> bool:
    """Say whether it has been said of the asker; to be in the team is a care relation."""
    units = _units(asker, case)
    if kind == "relation" and units.intersection(case.team):
        return True
    return any(f.kind == kind and f.unit in units and f.holds for f in case.facts)


def _blocked(asker: Asker, item: Item, case: Case) -> bool:
    """CheckBlocks: whoever is not spared is blocked by what touches the time, unless it is lifted."""
    blocks = [fact for fact in case.facts if fact.kind in {"inner", "outer"} and fact.holds]
    return any(_bars(block, asker, item, case) for block in blocks)


def _bars(block: Fact, asker: Asker, item: Item, case: Case) -> bool:
    provider, place = case.places[block.unit].provider, asker.place
    is_own = item.place.unit in _own(asker, case) or block.unit in _units(asker, case)
    if block.kind == "inner" and (block.unit not in {item.place.unit, *item.place.above} or is_own):
        return False
    if block.kind == "outer" and (
        provider != item.place.provider or (place is not None and _is_same(item.place, place))
    ):
        return False
    return _touches(block, item) and not _lifted(block, asker, case)


def _touches(block: Fact, item: Item) -> bool:
    """Information is of the time from its day until it was written, which is now; who one is, is none."""
    if item.type == "Patient" or (block.spares and item.type == "Flag"):
        return False
    last = 0 if item.day is None else max(item.day, 0)
    if block.low is not None and last < block.low:
        return False
    return block.high is None or item.day is None or item.day < block.high


def _lifted(block: Fact, asker: Asker, case: Case) -> bool:
    """The provider that blocks lifts all its blocks for a unit, or this one."""
    provider, units = case.places[block.unit].provider, _units(asker, case)
    lifts = (f for f in case.facts if f.kind == "lift" and f.unit in units and f.holds)
    return any(case.places[f.said].provider == provider and f.item in {None, block.number} for f in lifts)


# --- what is changed


def may_change(asker: Asker, item: Item, case: Case) -> bool:
    """Say whether the law lets the asker change an item: one's own provider's, or what the team plans."""
    place = asker.place
    if place is None:
        return _person_changes(asker, item, case.kin)
    if item.type == "Task" and item.addressed in _units(asker, case):
        return True
    if item.is_by_patient or _blocked(asker, item, case):
        return False
    is_related = _has("relation", asker, case)
    if _is_same(item.place, place):
        return asker.kind == "system" or is_related
    team = {case.places[unit].provider for unit in case.team}
    if place.provider not in team or item.number not in members(case):
        return False
    shares = place.kind in SHARING and item.place.kind in SHARING
    return shares and is_related and _has("consent", asker, case)


def _person_changes(asker: Asker, item: Item, kin: Kin) -> bool:
    if asker.kind == "proxy":
        return persons.proxy_changes(asker.name, item, kin)
    if asker.kind == "app":
        return persons.app_changes(asker.name, item, kin)
    return persons.patient_changes(item, kin)
