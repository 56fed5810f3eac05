"""Dates and numbers as half-open spans [low, high) of integers.

A date covers what its precision says, in microseconds since 1970 UTC; without a zone it is local in Sweden. A
number is counted in millionths: what is stored is a point, what is searched for covers half a unit of its
last digit to either side.
Source: https://hl7.org/fhir/R4/search.html#prefix, #date, #number, #quantity.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

Bounds = tuple[int | None, int | None]

LOCAL: Final = ZoneInfo("Europe/Stockholm")
SECOND: Final = 1_000_000
LIMIT: Final = 2**62
_LARGEST: Final = Decimal(LIMIT) / SECOND
_DAY: Final = 86_400 * SECOND
_EPOCH: Final = date(1970, 1, 1).toordinal()
_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WHEN = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d|60)(?:\.(\d{1,9}))?)?"
    r"(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?\d{1,128}(?:\.\d{1,128})?(?:[eE][+-]?\d{1,3})?", re.ASCII)


@lru_cache(maxsize=4096)
def when(text: str) -> tuple[int, int]:
    """Return what a date, dateTime or instant covers: a year, a month, a day, a minute, a second or less.

    Raises ValueError when it is not one.
    """
    match = _WHEN.fullmatch(text)
    if match is None:
        raise ValueError("not a date or time")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if hour is None:
        return _days(int(year), int(month or 0), int(day or 0))
    ordinal = date(int(year), int(month), int(day)).toordinal() - _EPOCH
    seconds = int(hour) * 3600 + int(minute) * 60 + min(int(second or 0), 59)
    naive = ordinal * _DAY + seconds * SECOND
    low = naive - _offset(zone, naive) + int((fraction or "0").ljust(6, "0")[:6])
    return low, low + _precision(second, fraction)


def _precision(second: str | None, fraction: str | None) -> int:
    if second is None:
        return 60 * SECOND
    return int(10 ** max(0, 6 - len(fraction or "")))


def _days(year: int, month: int, day: int) -> tuple[int, int]:
    if day:
        ordinal = date(year, month, day).toordinal()
        return _midnight(ordinal), _midnight(ordinal + 1)
    if month:
        return _midnight(date(year, month, 1).toordinal()), _midnight(_first(year, month + 1))
    return _midnight(_first(year, 1)), _midnight(_first(year + 1, 1))


def _first(year: int, month: int) -> int:
    """Return the ordinal of the first day of a month; month 13 and year 10000 are allowed."""
    if month == 13:
        year, month = year + 1, 1
    if year == 10_000:
        return date.max.toordinal() + 1
    return date(year, month, 1).toordinal()


@lru_cache(maxsize=4096)
def _midnight(ordinal: int) -> int:
    naive = (ordinal - _EPOCH) * _DAY
    return naive - _offset(None, naive)


def _offset(zone: str | None, naive: int) -> int:
    """Return how far a local time is ahead of UTC, in microseconds."""
    if zone == "Z":
        return 0
    if zone:
        sign = -1 if zone[0] == "-" else 1
        return sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60) * SECOND
    ordinal, micros = divmod(naive, _DAY)
    day = date.fromordinal(min(max(ordinal + _EPOCH, 2), date.max.toordinal() - 1))
    local = datetime(day.year, day.month, day.day, micros // (3600 * SECOND), tzinfo=LOCAL)
    ahead = local.utcoffset()
    return int(ahead.total_seconds()) * SECOND if ahead else 0


def micros(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970 UTC, exactly."""
    return (instant - _ZERO) // datetime.resolution


def time_bounds(value: Any) -> Bounds | None:
    """Return the bounds of a date, dateTime, instant, Period or Timing; None when it tells no time.

    A choice may also be words: `CarePlan.activity.detail.scheduledString` is "every morning".
    """
    if isinstance(value, str):
        try:
            return when(value)
        except ValueError:
            return None
    if not isinstance(value, Mapping):
        return None
    if "start" in value or "end" in value:
        return _period(value)
    return _timing(value)


def _period(value: Mapping[str, Any]) -> Bounds:
    low = when(value["start"])[0] if "start" in value else None
    high = when(value["end"])[1] if "end" in value else None
    return low, high


def _timing(value: Mapping[str, Any]) -> Bounds | None:
    found: list[Bounds] = [when(event) for event in value.get("event", ()) if event]
    period = value.get("repeat", {}).get("boundsPeriod")
    if period:
        found.append(_period(period))
    if not found:
        return None
    lows, highs = [low for low, _ in found], [high for _, high in found]
    return (
        None if None in lows else min(low for low in lows if low is not None),
        None if None in highs else max(high for high in highs if high is not None),
    )


def point(value: Decimal | float | str) -> tuple[int, int]:
    """Return the bounds of exactly this number; ValueError when it is none."""
    low = _millionths(_decimal(value), ROUND_FLOOR)
    return low, low + 1


def rounded(text: str) -> tuple[int, int]:
    """Return the bounds of all numbers that round to this one as written; ValueError when it is none."""
    exact = _decimal(text)
    half = Decimal((0, (5,), int(exact.as_tuple().exponent) - 1))
    return _millionths(exact - half, ROUND_FLOOR), _millionths(exact + half, ROUND_CEILING)


def _decimal(value: Decimal | float | str) -> Decimal:
    text = str(value)
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return Decimal(text)


def _millionths(value: Decimal, rounding: str) -> int:
    """Return a number in millionths; those beyond what a column of 64 bits holds are the largest it holds."""
    if abs(value) > _LARGEST:
        return LIMIT if value > 0 else -LIMIT
    return int((value * SECOND).to_integral_value(rounding))


def quantity_bounds(value: Any) -> Bounds | None:
    """Return the bounds of a number, Quantity, Age, Duration, Money or Range; None when it holds no number.

    SampledData have no bounds: what a search would compare is not defined.
    """
    if not isinstance(value, Mapping):
        return point(value)
    if "value" in value:
        low, high = point(value["value"])
        comparator = str(value.get("comparator", "="))
        return (None if comparator[0] == "<" else low), (None if comparator[0] == ">" else high)
    return _range(value.get("low", {}), value.get("high", {}))


def _range(low: Mapping[str, Any], high: Mapping[str, Any]) -> Bounds | None:
    if "value" not in low and "value" not in high:
        return None
    return (
        point(low["value"])[0] if "value" in low else None,
        point(high["value"])[1] if "value" in high else None,
    )


def units(value: Any) -> tuple[str, ...]:
    """Return the units of a quantity as `system|code` and `|unit`; one empty unit when it names none."""
    if not isinstance(value, Mapping):
        return ("",)
    named = value if "value" in value else value.get("low") or value.get("high") or {}
    found = []
    if "code" in named:
        found.append(f"{named.get('system', '')}|{named['code']}")
    if "currency" in named:
        found.append(f"urn:iso:std:iso:4217|{named['currency']}")
    if "unit" in named and named["unit"] != named.get("code"):
        found.append(f"|{named['unit']}")
    return tuple(found) or ("",)
