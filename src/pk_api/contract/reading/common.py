"""What every item begins with: the id, version and reference of the resource behind it."""

from datetime import date

from pk_api.contract.dates import last_day
from pk_api.contract.elements import Json, reference_to, version_of


def item(resource: Json) -> Json:
    """Return the first members of an item."""
    return {"id": resource["id"], "version": version_of(resource), "reference": reference_to(resource)}


def telecom(points: list[Json]) -> list[Json]:
    """Return ways of reaching somebody, those no longer in use left out."""
    return [
        {"system": each.get("system"), "value": each["value"]}
        for each in points
        if "value" in each and each.get("use") != "old"
    ]


def is_over(period: Json | None, today: date) -> bool:
    """Say whether a period has ended: a day lasts to its end, an instant of today is over."""
    end = (period or {}).get("end")
    if end is None:
        return False
    day = last_day(end) or ""
    return day <= today.isoformat() if "T" in end else day < today.isoformat()
