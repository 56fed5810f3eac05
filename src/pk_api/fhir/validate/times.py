"""Comparison of FHIR dates and times that may differ in precision.

Source: https://hl7.org/fhirpath/N1/#comparison: what is not certain is not decided.
"""

from datetime import UTC, datetime, timedelta


def is_after(first: str, second: str) -> bool:
    """Say whether the first date or time certainly lies after the second; both are valid FHIR texts."""
    if "T" in first and "T" in second:
        return _instant(first) > _instant(second)
    shared = min(len(first.partition("T")[0]), len(second.partition("T")[0]))
    return first[:shared] > second[:shared]


def _instant(text: str) -> tuple[datetime, str]:
    """Return the second in UTC and the digits of its fraction, whatever their number."""
    seconds, zone = text[:19], text[19:].lstrip(".0123456789")
    fraction = text[19 : len(text) - len(zone)].strip(".").rstrip("0")
    is_leap = seconds.endswith("60")
    moment = datetime.fromisoformat(seconds[:17] + ("59" if is_leap else seconds[17:])).replace(tzinfo=UTC)
    shift = timedelta(0) if zone == "Z" else _offset(zone)
    try:
        return moment + timedelta(seconds=is_leap) - shift, fraction
    except OverflowError:  # within a day of the year 1 or 9999
        return moment, fraction


def _offset(zone: str) -> timedelta:
    hours, minutes = zone[1:].split(":")
    size = timedelta(hours=int(hours), minutes=int(minutes))
    return -size if zone[0] == "-" else size
