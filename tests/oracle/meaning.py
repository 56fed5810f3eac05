"""What a search means, read from the specification a second time: nothing of the service's index is used.

The values of a parameter are what fhirpathpy finds by the official expression. Source of the rules:
https://hl7.org/fhir/R4/search.html. Where it leaves a choice, the service's documented one is taken: dates
without a zone are Swedish, text is matched without case and accents, å, ä and ö being letters.
"""

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import fhirpathpy
from fhirpathpy.models import models

from pk_api.fhir.structures import table

Json = dict[str, Any]
Span = tuple[datetime, datetime]

SWEDEN: Final = ZoneInfo("Europe/Stockholm")
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_CAST: Final = re.compile(r"\((\S+) as (\w+)\)")
"""`as` takes one value in FHIRPath; the official expressions mean each of several."""
_RESOLVED: Final = re.compile(r"\.where\(resolve\(\) is (\w+)\)")


@dataclass(frozen=True, slots=True)
class Step:
    """A step to other resources: along the references of a parameter, or `back` to those that refer here."""

    code: str
    type: str
    back: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One parameter of a query: `code:modifier=value,value`, the values as they were before escaping.

    The value of a composite is the tuple of its parts; `path` are the steps of a chain or of `_has`.
    """

    code: str
    modifier: str
    values: tuple[str | tuple[str, ...], ...]
    path: tuple[Step, ...] = ()


@cache
def definition(kind: str, code: str) -> Json:
    """Return the official definition of a parameter: its type, expression and targets."""
    found: Json = table("search_parameters")["parameters"][kind][code]
    return found


@cache
def _compiled(expression: str) -> Callable[[Json], list[Any]]:
    compiled: Callable[[Json], list[Any]] = fhirpathpy.compile(expression, models["r4"])
    return compiled


def values(resource: Json, code: str) -> list[Any]:
    """Return what the official expression finds; `resolve() is Type` is read from the reference's text."""
    expression = definition(resource["resourceType"], code)["expression"]
    wanted = _RESOLVED.search(expression)
    found = _compiled(_CAST.sub(r"\1.ofType(\2)", _RESOLVED.sub("", expression)))(resource)
    if wanted is None:
        return found
    return [each for each in found if _names(each).startswith(f"{wanted[1]}/")]


def holds(resource: Json, asked: Asked) -> bool:
    """Say whether a resource is found by a parameter."""
    found = values(resource, asked.code)
    kind = definition(resource["resourceType"], asked.code)["type"]
    if asked.modifier == "missing":
        return bool(found) != (asked.values[0] == "true")
    if asked.modifier == "not":
        return not any(_token(each, str(value)) for each in found for value in asked.values)
    match = matching(kind)
    return any(match(each, str(value), asked.modifier) for each in found for value in asked.values)


def found_by(resource: Json, expression: str) -> list[Any]:
    """Return what a FHIRPath expression finds."""
    return _compiled(expression)(resource)


def matching(kind: str) -> Callable[[Any, str, str], bool]:
    """Return what says whether a value of this type of parameter is meant by another, with a modifier."""
    return _MATCHES[kind]


# -- text


def folded(text: str) -> str:
    """Return a text without case and accents; å, ä and ö stay."""
    out = []
    for letter in unicodedata.normalize("NFC", text):
        lower = letter.casefold()
        plain = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
        out.append(lower if lower in "åäö" else plain)
    return " ".join("".join(out).split())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name in ("family", "given", "prefix", "suffix", "text", *_ADDRESS):
            part = value.get(name, ())
            yield from [part] if isinstance(part, str) else part


_ADDRESS: Final = ("line", "city", "district", "state", "country", "postalCode")


def _string(found: Any, value: str, modifier: str) -> bool:
    if modifier == "exact":
        return value in _texts(found)
    wanted = folded(value)
    if modifier == "contains":
        return any(wanted in folded(text) for text in _texts(found))
    return any(folded(text).startswith(wanted) for text in _texts(found))


# -- codes


def _codes(found: Any) -> Iterator[tuple[str | None, str]]:
    """Yield (system, code) of a value; system None where the type has none."""
    if isinstance(found, bool):
        yield None, str(found).lower()
    elif isinstance(found, str):
        yield None, found
    elif isinstance(found, Mapping):
        for coding in found.get("coding", [found]):
            code = coding.get("code", coding.get("value"))
            if code is not None:
                yield ("" if "rank" in coding else coding.get("system", "")), code


def _token(found: Any, value: str, _modifier: str = "") -> bool:
    named = value.startswith(("http://", "|"))  # else a bar is part of the code
    system, bar, code = value.rpartition("|") if named else ("", "", value)
    for its, own in _codes(found):
        if not bar and own == code:
            return True
        if bar and its is not None and its == system and (not code or own == code):
            return True
    return False


# -- dates


def span(text: str) -> Span:
    """Return the instants that a date or time covers: from, and up to but not including."""
    if "T" in text:
        whole = datetime.fromisoformat(text.replace("Z", "+00:00"))
        begin = (whole if whole.tzinfo else whole.replace(tzinfo=SWEDEN)).astimezone(UTC)
        seconds = text.partition("T")[2]
        fraction = re.search(r"\.(\d+)", seconds)
        if fraction:
            return begin, begin + timedelta(microseconds=10 ** (6 - len(fraction[1])))
        has_seconds = re.match(r"\d\d:\d\d:\d\d", seconds)
        return begin, begin + (timedelta(seconds=1) if has_seconds else timedelta(minutes=1))
    parts = [int(part) for part in text.split("-")]
    year, month, day = parts[0], (parts[1:2] or [1])[0], (parts[2:3] or [1])[0]
    begin = datetime(year, month, day, tzinfo=SWEDEN)
    if len(parts) == 1:
        end = datetime(year + 1, 1, 1, tzinfo=SWEDEN)
    elif len(parts) == 2:
        days = calendar.monthrange(year, month)[1]
        end = datetime(year, month, days, tzinfo=SWEDEN) + timedelta(days=1)
    else:
        end = begin + timedelta(days=1)  # wall time: the next midnight, also where the clock is changed
    return begin.astimezone(UTC), end.astimezone(UTC)


def _covered(found: Any) -> Span:
    if isinstance(found, str):
        return span(found)
    low = span(found["start"])[0] if "start" in found else FIRST
    return low, span(found["end"])[1] if "end" in found else LAST


def _date(found: Any, value: str, _modifier: str) -> bool:
    prefix, text = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
    if isinstance(found, Mapping) and not {"start", "end"} & found.keys():
        return False
    return _ordered(prefix, _covered(found), span(text))


def _ordered(prefix: str, found: tuple[Any, Any], asked: tuple[Any, Any]) -> bool:
    low, high = found
    start, end = asked
    inside = start <= low and high <= end
    return {
        "eq": inside,
        "ne": not inside,
        "gt": high > end,
        "lt": low < start,
        "ge": high > end or inside,
        "le": low < start or inside,
        "sa": low >= end,
        "eb": high <= start,
    }[prefix]


# -- quantities


def _quantity(found: Any, value: str, _modifier: str) -> bool:
    number, *unit = value.split("|")
    if unit and not _is_in_unit(found, *unit):
        return False
    if "value" not in found:
        return False
    prefix, text = (number[:2], number[2:]) if number[:2].isalpha() else ("eq", number)
    own, wanted = Decimal(str(found["value"])), Decimal(text)
    half = Decimal(1).scaleb(int(wanted.as_tuple().exponent)) / 2
    inside = wanted - half <= own < wanted + half
    return {
        "eq": inside,
        "ne": not inside,
        "gt": own > wanted,
        "lt": own < wanted,
        "ge": own >= wanted,
        "le": own <= wanted,
        "sa": own > wanted,
        "eb": own < wanted,
    }[prefix]


def _is_in_unit(found: Mapping[str, Any], system: str, code: str) -> bool:
    if system:
        return found.get("system") == system and found.get("code") == code
    return code in (found.get("code"), found.get("unit"))


# -- references and addresses


def _names(found: Any) -> str:
    return str(found.get("reference", "")) if isinstance(found, Mapping) else str(found)


def _reference(found: Any, value: str, modifier: str) -> bool:
    if modifier == "identifier":
        return isinstance(found, Mapping) and _token(found.get("identifier", {}), value)
    named = _names(found)
    if modifier:
        value = value if "/" in value else f"{modifier}/{value}"
        return named == value and value.startswith(f"{modifier}/")
    if "/" in value:
        return named == value
    return "://" not in named and named.rpartition("/")[2] == value


def _uri(found: Any, value: str, modifier: str) -> bool:
    if modifier == "below":
        return str(found).startswith(value)  # "left-matching"
    if modifier == "above":
        return found == value or value.startswith(f"{str(found).rstrip('/')}/")
    return bool(found == value)


_MATCHES: Final[Mapping[str, Callable[[Any, str, str], bool]]] = {
    "string": _string,
    "token": _token,
    "date": _date,
    "quantity": _quantity,
    "reference": _reference,
    "uri": _uri,
}
