"""The care guarantee: within how many calendar days, since when by law, and the last day of it.

Swedish calendar days. Sources: HSL 2017:30 9 kap. 1 §; HSF 2017:80 6 kap. 1 § (SFS 2018:1129: medical
assessment within 3 days from 2019; before that a visit to a physician within 7); what is not counted, and of
which guarantees, as förordning 2010:349 3 § had it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pk_api.fhir import systems
from pk_api.fhir.rules import Rule

Json = Mapping[str, Any]

_SWEDEN: Final = ZoneInfo("Europe/Stockholm")
_FOR_EVER: Final = date(9999, 12, 31)
_LONGEST: Final = 366 * 30
_LAW: Final = "HSL 2017:30 9 kap. 1 §, HSF 2017:80 6 kap. 1 §"


@dataclass(frozen=True, slots=True)
class Limit:
    """Within how many days a guarantee of a kind that starts in a period of law is to be met."""

    kind: str
    days: int
    since: date
    until: date
    source: str


LIMITS: Final = (
    Limit("contact", 0, date(2017, 4, 1), _FOR_EVER, f"{_LAW} 1"),
    Limit("assessment", 7, date(2017, 4, 1), date(2018, 12, 31), f"{_LAW} 2, before SFS 2018:1129"),
    Limit("assessment", 3, date(2019, 1, 1), _FOR_EVER, f"{_LAW} 2"),
    Limit("specialist-visit", 90, date(2017, 4, 1), _FOR_EVER, f"{_LAW} 3"),
    Limit("treatment", 90, date(2017, 4, 1), _FOR_EVER, f"{_LAW} 4"),
)
PAUSABLE: Final = frozenset({"specialist-visit", "treatment"})
"""Guarantees of which days do not count when the patient waits of own will, or must for medical reasons."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that are not counted, first and last; None for the last while it lasts."""

    start: date
    end: date | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A guarantee as it is told; `due` is what stands there."""

    kind: str
    start: date | None
    due: date | None
    paused: tuple[Pause | None, ...] = ()
    """None for a pause without a first day."""


def _pauses(told: Guarantee) -> list[Pause]:
    return [each for each in told.paused if each is not None]


RULES: Final[tuple[Rule[Guarantee], ...]] = (
    Rule(
        "start",
        lambda told: told.start is not None and limit_of(told.kind, told.start) is not None,
        "A care guarantee has a kind, and starts on a day on which the law has a limit for it.",
    ),
    Rule(
        "pausable",
        lambda told: not told.paused or told.kind in PAUSABLE,
        "Days are left out of the count of a first visit to specialised care and of a treatment alone.",
    ),
    Rule(
        "pauses",
        lambda told: all(each is not None and each.start <= (each.end or each.start) for each in told.paused),
        "A pause has a first day, and no last day before it.",
    ),
    Rule(
        "due",
        lambda told: told.due is None or told.due == last_day(told),
        "The last day of a care guarantee follows from its start and pauses: leave it out, or tell that.",
    ),
)


def limit_of(kind: str, start: date) -> Limit | None:
    """Return the limit of the law for what starts on a day."""
    return next((each for each in LIMITS if each.kind == kind and each.since <= start <= each.until), None)


def last_day(told: Guarantee) -> date | None:
    """Return the last day; None when none is known: while it is paused, or without a limit."""
    limit = limit_of(told.kind, told.start) if told.start else None
    if told.start is None or limit is None:
        return None
    day, left = told.start, limit.days
    for _ in range(_LONGEST):
        if left == 0:
            return day
        if day == _FOR_EVER:
            return None
        day += timedelta(days=1)
        paused = [each for each in _pauses(told) if each.start <= day <= (each.end or _FOR_EVER)]
        if any(each.end is None for each in paused):
            return None
        left -= not paused
    return None


def guarantees_in(resource: Json) -> list[Guarantee]:
    """Return the care guarantees that a Task or a ServiceRequest bears."""
    found = [each for each in resource.get("extension", ()) if each.get("url") == systems.EXT_CARE_GUARANTEE]
    return [_guarantee(each.get("extension", ())) for each in found]


def _guarantee(parts: Sequence[Json]) -> Guarantee:
    said = {str(each.get("url")): each for each in parts}
    pauses = tuple(_pause(each.get("extension", ())) for each in parts if each.get("url") == "paused")
    return Guarantee(
        kind=str(said.get("type", {}).get("valueCode")),
        start=_day(said.get("start", {}).get("valueDate")),
        due=_day(said.get("due", {}).get("valueDate")),
        paused=pauses,
    )


def _pause(parts: Sequence[Json]) -> Pause | None:
    said = {str(each.get("url")): each for each in parts}
    period = said.get("period", {}).get("valuePeriod") or {}
    start = _day(period.get("start"))
    return Pause(start, _day(period.get("end")), said.get("reason", {}).get("valueCode")) if start else None


def _day(text: str | None) -> date | None:
    """Return the Swedish day; None for a month or a year alone."""
    if text is None or len(text) < 10:
        return None
    try:
        moment = datetime.fromisoformat(text) if "T" in text else None
        return moment.astimezone(_SWEDEN).date() if moment else date.fromisoformat(text)
    except (ValueError, OverflowError):  # leap seconds, the ends of the calendar: the day as written
        return date.fromisoformat(text[:10])
