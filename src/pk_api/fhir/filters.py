"""One search parameter of a query, read: what the store looks for, and by which rule.

Source: https://hl7.org/fhir/R4/search.html.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, cast

from pk_api.fhir.index_values import ENTRY, VALUE, local_form, normalise
from pk_api.fhir.resource_types import CONFORMANCE_TYPES, TYPES
from pk_api.fhir.search_params import SearchParameter
from pk_api.fhir.spans import point, rounded, when

Operator = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]

MODIFIERS: Final = {
    "token": frozenset({"missing", "not"}),
    "string": frozenset({"missing", "exact", "contains"}),
    "reference": frozenset({"missing", "identifier"}),
    "date": frozenset({"missing"}),
    "number": frozenset({"missing"}),
    "quantity": frozenset({"missing"}),
    "uri": frozenset({"missing"}),
}
"""Modifiers that are read, by type of parameter; a reference may also have a resource type."""

_COLUMNS = frozenset({"_id", "_lastUpdated"})
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?([^a-z].*)")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Range:
    """A comparison with the span [low, high) of a date (microseconds) or number (millionths).

    `unit` is `system|code` of a quantity, `|code` when any system will do, empty when any unit will do.
    """

    op: Operator
    low: int
    high: int
    unit: str = ""

    def holds(self, low: int | None, high: int | None, unit: str = "") -> bool:
        """Say whether a stored span (None is an open end) matches; SQL says the same in its own words."""
        is_within = low is not None and high is not None and low >= self.low and high <= self.high
        starts_before, ends_after = low is None or low < self.low, high is None or high > self.high
        answers = {
            "eq": is_within,
            "ne": not is_within,
            "gt": ends_after,
            "lt": starts_before,
            "ge": ends_after or is_within,
            "le": starts_before or is_within,
            "sa": low is not None and low >= self.high,
            "eb": high is not None and high <= self.low,
            "ap": (low is None or low < self.high) and (high is None or high > self.low),
        }
        return answers[self.op] and self.holds_unit(unit)

    def holds_unit(self, unit: str) -> bool:
        """Say whether the unit of a stored span will do."""
        return unit.endswith(self.unit) if self.unit.startswith("|") else self.unit in ("", unit)


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter with its alternatives: index values as they stand in `ix` and `lookups`, or ranges.

    `is_missing` is the value of `:missing`. A resource matches when an alternative does; with `:not`, when
    none does (also when the element is absent). `:exact` and `:contains` find by normalised text and are to
    be checked against the resource itself (`matching.matches`). A date has values beside its ranges when all
    alternatives are whole days, as birth dates stand in `lookups`.
    """

    parameter: SearchParameter
    modifier: str | None = None
    values: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    is_missing: bool | None = None

    @property
    def code(self) -> str:
        """The parameter as the index names it."""
        code = self.parameter.code
        return f"{code}:identifier" if self.modifier == "identifier" else code

    @property
    def is_negated(self) -> bool:
        """Whether a resource matches that has none of the needles."""
        return self.modifier == "not" or self.is_missing is True

    @property
    def is_prefix(self) -> bool:
        """Whether the values are the beginnings of what is indexed."""
        return self.parameter.type == "string" and self.modifier is None

    def needles(self) -> tuple[str, ...]:
        """Return the substrings of `ix` of which one must be there (none, when `is_negated`).

        Dates, numbers and quantities have none but for `:missing`; the needle of `:contains` only says that
        the element is there.
        """
        head = f"{ENTRY}{self.code}{VALUE}"
        if self.is_missing is not None or self.modifier == "contains":
            return (head,)
        if self.ranges:
            return ()
        end = "" if self.is_prefix else ENTRY
        values = map(normalise, self.values) if self.modifier == "exact" else self.values
        return tuple(f"{head}{value}{end}" for value in values)


def read_filter(parameter: SearchParameter, modifier: str | None, text: str, base_url: str = "") -> Filter:
    """Return the filter for one `name:modifier=text`; ValueError says what was expected."""
    if modifier == "missing":
        return Filter(parameter, modifier, is_missing=_boolean(text))
    alternatives = split(text, ",")
    if any(not one.strip() or _CONTROL.search(one) for one in alternatives):
        raise ValueError("a value must not be empty or hold control characters")
    if parameter.type in _RANGES:
        days = alternatives if all(_DAY.fullmatch(one) for one in alternatives) else ()
        read = _RANGES[parameter.type]
        return Filter(parameter, modifier, tuple(days), tuple(read(one) for one in alternatives))
    found = [value for one in alternatives for value in _values(parameter, modifier, one, base_url)]
    return Filter(parameter, modifier, tuple(dict.fromkeys(found)))


def is_modifier(parameter: SearchParameter, modifier: str) -> bool:
    """Say whether the parameter may have the modifier."""
    if parameter.code in _COLUMNS:
        return False
    if parameter.type == "reference" and modifier in targets(parameter):
        return True
    return modifier in MODIFIERS[parameter.type]


def targets(parameter: SearchParameter) -> tuple[str, ...]:
    """Return the served types that a reference parameter may point at."""
    served = sorted(TYPES.keys() | CONFORMANCE_TYPES)
    if "*" in parameter.targets:
        return tuple(served)
    return tuple(type_ for type_ in served if type_ in parameter.targets)


def split(text: str, separator: str) -> list[str]:
    r"""Return the parts of a value at separators that no backslash precedes; escapes are kept."""
    parts = [""]
    escaped = False
    for character in text:
        if character == separator and not escaped:
            parts.append("")
            continue
        parts[-1] += character
        escaped = character == "\\" and not escaped
    return parts


def unescape(text: str) -> str:
    r"""Return a value without the backslashes before `,`, `|`, `$` and `\`."""
    return re.sub(r"\\([,|$\\])", r"\1", text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("true or false is expected")
    return text == "true"


def _values(parameter: SearchParameter, modifier: str | None, text: str, base_url: str) -> list[str]:
    if parameter.code == "_id":
        return [_plain_id(text)]
    if modifier == "identifier" or parameter.type == "token":
        return [_token(parameter, modifier, text)]
    if parameter.type == "reference":
        return _references(parameter, modifier, unescape(text), base_url)
    is_compared_plainly = parameter.type == "string" and modifier != "exact"
    return [normalise(unescape(text)) if is_compared_plainly else unescape(text)]


def _plain_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError("an id is expected: at most 64 letters, digits, hyphens and points")
    return text


def _token(parameter: SearchParameter, modifier: str | None, text: str) -> str:
    parts = split(text, "|")
    if len(parts) > 2:
        raise ValueError("code, system|code, |code or system| is expected")
    value = "|".join(unescape(part) for part in parts)
    if value == "|":
        raise ValueError("code, system|code, |code or system| is expected")
    implied = f"{parameter.system}|" if parameter.system and modifier != "identifier" else None
    return (
        value[len(implied) :]
        if implied and len(value) > len(implied) and value.startswith(implied)
        else value
    )


def _references(parameter: SearchParameter, modifier: str | None, text: str, base_url: str) -> list[str]:
    """Return what a reference may be indexed as; a bare id may be of every type that the parameter allows."""
    if modifier is not None:
        tail = text.removeprefix(f"{modifier}/")
        return [f"{modifier}/{_plain_id(tail)}"]
    if not _ID.fullmatch(text):
        return [local_form(text, base_url)]
    return [f"{type_}/{text}" for type_ in targets(parameter)]


def _prefixed(text: str) -> tuple[Operator, str]:
    match = _PREFIXED.fullmatch(text)
    if match is None:
        raise ValueError("a value is expected after one of eq, ne, gt, lt, ge, le, sa, eb, ap or nothing")
    return cast("Operator", match.group(1) or "eq"), match.group(2)


def _date(text: str) -> Range:
    """Return the range of a date; `ap` widens it by its own precision to either side."""
    op, value = _prefixed(text)
    try:
        low, high = when(value.replace(" ", "+"))
    except ValueError as error:
        raise ValueError("a date is expected: YYYY, YYYY-MM, YYYY-MM-DD or with Thh:mm and a zone") from error
    widened = high - low if op == "ap" else 0
    return Range(op, low - widened, high + widened)


def _number(text: str, unit: str = "") -> Range:
    """Return the range of a number: its precision counts for eq, ne and ap; `ap` adds a tenth of it."""
    op, value = _prefixed(text)
    try:
        low, high = rounded(value) if op in ("eq", "ne", "ap") else point(value)
    except ValueError as error:
        raise ValueError("a number is expected") from error
    widened = abs(point(value)[0]) // 10 if op == "ap" else 0
    return Range(op, low - widened, high + widened, unit)


def _quantity(text: str) -> Range:
    parts = [unescape(part) for part in split(text, "|")]
    if len(parts) not in (1, 3):
        raise ValueError("number, number|system|code or number||code is expected")
    unit = "|".join(parts[1:])
    if unit.endswith("|"):
        raise ValueError("number, number|system|code or number||code is expected")
    return _number(parts[0], unit)


_RANGES: Final = {"date": _date, "number": _number, "quantity": _quantity}
