"""One search parameter of a query, read: what the store looks for, and by which rule.

Source: https://hl7.org/fhir/R4/search.html.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from pk_api.fhir.resource_types import CONFORMANCE_TYPES, TYPES
from pk_api.fhir.search.index_forms import normalise
from pk_api.fhir.search.index_values import ENTRY, JOIN, VALUE
from pk_api.fhir.search.parameters import SearchParameter

Operator = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]

MODIFIERS: Final = {
    "token": frozenset({"missing", "not", "text", "in", "not-in", "above", "below"}),
    "string": frozenset({"missing", "exact", "contains"}),
    "reference": frozenset({"missing", "identifier"}),
    "date": frozenset({"missing"}),
    "number": frozenset({"missing"}),
    "quantity": frozenset({"missing"}),
    "uri": frozenset({"missing", "above", "below"}),
    "composite": frozenset[str](),
}
"""Modifiers that are read, by type of parameter; a reference may also have a resource type."""

HIERARCHIES: Final = {"Location": "partof", "Organization": "partof"}
"""Types whose resources are parts of one another, and the parameter that says so."""

_OWN_ENTRIES = frozenset({"identifier", "text", "of-type", "exact"})
_NEGATIONS = frozenset({"not", "not-in"})
_COLUMNS = frozenset({"_id", "_lastUpdated"})


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
        return _COMPARED[self.op](self, low, high) and self.holds_unit(unit)

    def holds_unit(self, unit: str) -> bool:
        """Say whether the unit of a stored span will do."""
        return unit.endswith(self.unit) if self.unit.startswith("|") else self.unit in ("", unit)


Bound = int | None


def _is_within(r: Range, low: Bound, high: Bound) -> bool:
    return low is not None and high is not None and low >= r.low and high <= r.high


def _starts_before(r: Range, low: Bound, _: Bound) -> bool:
    return low is None or low < r.low


def _ends_after(r: Range, _: Bound, high: Bound) -> bool:
    return high is None or high > r.high


def _overlaps(r: Range, low: Bound, high: Bound) -> bool:
    return (low is None or low < r.high) and (high is None or high > r.low)


_COMPARED: Final[dict[Operator, Callable[[Range, Bound, Bound], bool]]] = {
    "eq": _is_within,
    "ne": lambda r, low, high: not _is_within(r, low, high),
    "gt": _ends_after,
    "lt": _starts_before,
    "ge": lambda r, low, high: _ends_after(r, low, high) or _is_within(r, low, high),
    "le": lambda r, low, high: _starts_before(r, low, high) or _is_within(r, low, high),
    "sa": lambda r, low, _: low is not None and low >= r.high,
    "eb": lambda r, _, high: high is not None and high <= r.low,
    "ap": _overlaps,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter with its alternatives: index values as they stand in `ix` and `lookups`, or ranges.

    `is_missing` is the value of `:missing`. A resource matches when an alternative does; with `:not` and
    `:not-in`, when none does (also when the element is absent). A date has values beside its ranges when all
    alternatives are whole days, as birth dates stand in `lookups`; a composite of a code and a date or
    quantity has one value (the code) for each of its ranges.
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
        return f"{code}:{self.modifier}" if self.modifier in _OWN_ENTRIES else code

    @property
    def is_negated(self) -> bool:
        """Whether a resource matches that has none of the needles."""
        return self.modifier in _NEGATIONS or self.is_missing is True

    @property
    def is_prefix(self) -> bool:
        """Whether the values are the beginnings of what is indexed."""
        kind, modifier = self.parameter.type, self.modifier
        if kind == "composite":
            return self.parameter.components[1].type == "string"
        return (kind, modifier) in {("string", None), ("token", "text"), ("uri", "below")}

    @property
    def is_part(self) -> bool:
        """Whether the values may stand anywhere within what is indexed."""
        return self.modifier == "contains"

    @property
    def is_hierarchical(self) -> bool:
        """Whether the values stand for all above or below them too."""
        return self.parameter.type == "reference" and self.modifier in ("above", "below")

    @property
    def is_paired(self) -> bool:
        """Whether each range is for the elements with the code of the same place in `values`."""
        return self.parameter.type == "composite" and bool(self.ranges)

    @property
    def head(self) -> str:
        """How entries of the parameter begin in `ix`."""
        return f"{ENTRY}{self.code}{VALUE}"

    def needles(self) -> tuple[str, ...]:
        """Return the substrings of `ix` of which one must be there (none, when `is_negated`).

        Dates, numbers and quantities have none but for `:missing`; the needle of `:contains` only says that
        the element is there; those of a pair lack the number of the element at their ends.
        """
        if self.is_missing is not None or self.is_part:
            return (self.head,)
        if self.is_paired:
            return tuple(f"{self.head}{value}{JOIN}" for value in self.values)
        if self.ranges:
            return ()
        end = "" if self.is_prefix else ENTRY
        return tuple(f"{self.head}{value}{end}" for value in self.values)

    def parts(self) -> tuple[str, ...]:
        """Return what `:contains` looks for within one entry, as `ix` spells it."""
        return tuple(map(normalise, self.values))


def is_modifier(parameter: SearchParameter, modifier: str) -> bool:
    """Say whether the parameter may have the modifier."""
    if parameter.code in _COLUMNS:
        return False
    if parameter.type == "reference" and modifier in ("above", "below"):
        return any(target in HIERARCHIES for target in targets(parameter))
    if parameter.type == "reference" and modifier in targets(parameter):
        return True
    if modifier == "of-type":
        return parameter.code == "identifier"
    return modifier in MODIFIERS[parameter.type]


def targets(parameter: SearchParameter) -> tuple[str, ...]:
    """Return the served types that a reference parameter may point at."""
    served = sorted(TYPES.keys() | CONFORMANCE_TYPES)
    if "*" in parameter.targets:
        return tuple(served)
    return tuple(type_ for type_ in served if type_ in parameter.targets)
