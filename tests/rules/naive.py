"""An evaluation of the law apart from the rules: plain facts in plain Python, read off the act.

Nothing of `pk_api.access` is used here. Times are days from now; facts hold from `since` until before
`until`.
"""

from dataclasses import dataclass, field
from typing import Literal

SHARING = {"vardgivare", "omsorgsgivare"}


@dataclass(frozen=True)
class Place:
    """A unit, its care provider and what it is in law."""

    unit: str
    provider: str
    kind: str


@dataclass(frozen=True)
class Fact:
    """Something that has been said of a unit."""

    kind: Literal["relation", "consent", "emergency", "disclosure", "inner", "outer", "lift"]
    unit: str
    since: int = -10
    until: int = 10
    item: int | None = None
    by: str = ""
    low: int | None = None
    high: int | None = None

    @property
    def holds(self) -> bool:
        """Whether it is in force; a visit is a care relation for 14 days more."""
        after = 14 if self.kind == "relation" else 0
        return self.since <= 0 < self.until + after


@dataclass(frozen=True)
class Item:
    """A note: its number, whose it is, its day (None: unknown), its label, and to whom it is addressed."""

    number: int
    place: Place
    day: int | None = -5
    label: str = ""
    addressed: str = ""


@dataclass(frozen=True)
class Asker:
    """Who asks: staff, a system, or the patient."""

    kind: Literal["staff", "system", "patient"]
    place: Place | None = None


@dataclass
class Case:
    """What there is of one patient."""

    items: list[Item] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)


def may_read(asker: Asker, item: Item, case: Case) -> bool:
    """Say whether the law lets the asker read the item."""
    if asker.kind == "patient" or asker.place is None:
        return asker.kind == "patient" and item.label == ""
    if item.addressed == asker.place.unit or _is_disclosed(asker.place, item, case):
        return True
    return not _blocked(asker.place, item, case) and _is_open(asker, asker.place, item, case)


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
    return any(f.kind == kind and f.unit == place.unit and f.holds for f in case.facts)


def _blocked(place: Place, item: Item, case: Case) -> bool:
    """CheckBlocks: whoever is not spared is blocked by what touches the time, unless it is lifted."""
    for block in case.facts:
        if block.kind not in {"inner", "outer"} or not block.holds:
            continue
        if block.kind == "inner" and (block.unit != item.place.unit or item.place.unit == place.unit):
            continue
        provider = case.places[block.unit].provider
        if block.kind == "outer" and (provider != item.place.provider or _is_same(item.place, place)):
            continue
        if _touches(block, item) and not _lifted(provider, place, case):
            return True
    return False


def _touches(block: Fact, item: Item) -> bool:
    """Information is of the time from its day until it was written, which is now."""
    last = 0 if item.day is None else max(item.day, 0)
    if block.low is not None and last < block.low:
        return False
    return block.high is None or item.day is None or item.day < block.high


def _lifted(provider: str, place: Place, case: Case) -> bool:
    lifts = (f for f in case.facts if f.kind == "lift" and f.unit == place.unit and f.holds)
    return any(case.places[lift.by].provider == provider for lift in lifts)
