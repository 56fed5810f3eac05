"""What every item begins with: the resource behind it, and from whom it is hidden."""

from datetime import date
from typing import Final

from pk_api.contract.dates import last_day
from pk_api.contract.elements import Json, extension_value, reference_to, target_of, version_of
from pk_api.fhir import systems

_HIDDEN: Final = {"hidden-from-patient": "patient", "hidden-from-guardian": "guardian"}


def item(resource: Json) -> Json:
    """Return the first members of an item."""
    return {
        "id": resource["id"],
        "version": version_of(resource),
        "reference": reference_to(resource),
        "hidden": _hidden(resource.get("meta", {})),
    }


def _hidden(meta: Json) -> Json | None:
    """Return from whom a resource is hidden, why, by whom and until when that is looked at again."""
    codes = [each.get("code") for each in meta.get("security", ()) if each.get("system") == systems.SECURITY]
    if not (hidden_from := [_HIDDEN[code] for code in codes if code in _HIDDEN]):
        return None
    said: Json = next(
        (each for each in meta.get("extension", ()) if each.get("url") == systems.EXT_HIDDEN), {}
    )
    parts = {each.get("url"): each for each in said.get("extension", ())}
    author = parts.get("author", {}).get("valueReference", {})
    return {
        "from": hidden_from,
        "reason": parts.get("reason", {}).get("valueString"),
        "author": target_of(author) or author.get("display"),
        "review": parts.get("review", {}).get("valueDate"),
    }


def telecom(points: list[Json]) -> list[Json]:
    """Return ways of reaching somebody, those no longer in use left out."""
    return [
        {
            "system": each.get("system"),
            "value": each["value"],
            "hours": extension_value(each, systems.EXT_HOURS, "valueString"),
        }
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
