"""Days and instants as the contract tells them: Swedish calendar days, RFC 3339 instants."""

from datetime import date, datetime
from functools import lru_cache

from pk_api.access.person_rules import SWEDEN

__all__ = ["SWEDEN", "day_of", "instant", "last_day", "local_day", "swedish"]


def swedish(moment: datetime) -> datetime:
    """Return an instant in Swedish time, or as it is at the ends of the calendar: 9999 is said for no end."""
    try:
        return moment.astimezone(SWEDEN)
    except OverflowError:
        return moment


def local_day(moment: datetime) -> date:
    """Return the Swedish calendar day of an instant."""
    return swedish(moment).date()


@lru_cache(maxsize=10_000)
def day_of(text: str | None) -> str | None:
    """Return the Swedish day, `YYYY-MM-DD`, of a FHIR date or instant; partial dates stay as they are."""
    if text is None or "T" not in text:
        return text
    try:
        return local_day(datetime.fromisoformat(text)).isoformat()
    except ValueError:  # leap seconds, years out of range: the day as written
        return text[:10]


def instant(moment: datetime, *, exact: bool = False) -> str:
    """Return an instant as FHIR and RFC 3339 write it, in Swedish time with its offset.

    Swedish, so that its day is the day that stands elsewhere in the contract; whole seconds unless `exact`.
    """
    return swedish(moment).isoformat(timespec="microseconds" if exact else "seconds")


def last_day(text: str | None) -> str | None:
    """Return the last day of a FHIR date of any precision: 2026 and 2026-02 end with their last day."""
    day = day_of(text)
    if day is None or len(day) == 10:
        return day
    if len(day) == 4:
        return f"{day}-12-31"
    year, month = int(day[:4]), int(day[5:7])
    following = date(year + month // 12, month % 12 + 1, 1) if (year, month) != (9999, 12) else date.max
    return date.fromordinal(following.toordinal() - 1).isoformat() if following != date.max else "9999-12-31"
