"""When clocks run out: since when an event's clock runs, and until when.

Sources: the regional guideline (a draft at admission); lag 2017:612 (the rest).
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final

from pk_api.contract.dates import SWEDEN, day_of, instant
from pk_api.contract.discharge import discharge_of
from pk_api.contract.elements import Json

NOTICE_WITHIN: Final = timedelta(hours=24)
"""Lag 2017:612: from admission, or the assessment when that is later, until the notice is sent."""

Due = Callable[[Json, datetime], tuple[datetime, datetime | None]]
"""Since when an event's clock runs, and until when; None where no law sets a time yet."""


def _moment(told: str | None, otherwise: datetime) -> datetime:
    """Return an instant, another when it is not told to the minute."""
    return datetime.fromisoformat(told) if told is not None and "T" in told else otherwise


def began(encounter: Json, now: datetime) -> datetime:
    """Return when the patient was admitted, now when it is not told to the minute."""
    return _moment((encounter.get("period") or {}).get("start"), now)


def sent(notice: Json, now: datetime) -> datetime:
    """Return when a notice was sent, now when it is not told to the minute."""
    return _moment(notice.get("sent"), now)


def _end_of(day: str | None) -> datetime | None:
    """Return when a Swedish day ends."""
    if day is None or len(day) < 10:
        return None
    local = date.fromisoformat(day_of(day) or day)
    return datetime.combine(local, time(23, 59, 59), tzinfo=SWEDEN)


def within(days: timedelta, event: Json, now: datetime) -> tuple[datetime, datetime]:
    """Return a time from when the patient came, or from when a notice was sent."""
    since = began(event, now) if event["resourceType"] == "Encounter" else sent(event, now)
    return since, since + days


def notice_due(event: Json, now: datetime) -> tuple[datetime, datetime]:
    """Return until when the notice is to be sent."""
    admitted = began(event, now)
    since = max(admitted, _moment(discharge_of(event).assessed, admitted))
    return since, since + NOTICE_WITHIN


def contact_due(notice: Json, now: datetime) -> tuple[datetime, datetime | None]:
    """Return until when a contact is to be named: before the patient leaves."""
    return sent(notice, now), _end_of(discharge_of(notice).expected)


def discharge_due(encounter: Json, now: datetime) -> tuple[datetime, datetime | None]:
    """Return until when the discharge day lasts: the day itself, before it the expected one."""
    end = (encounter.get("period") or {}).get("end") if encounter.get("status") == "finished" else None
    return began(encounter, now), _end_of(end or discharge_of(encounter).expected)


def period_of(due: tuple[datetime, datetime | None]) -> Json:
    """Return the times as a Period."""
    since, until = due
    return {"start": instant(since), **({"end": instant(max(since, until))} if until else {})}
