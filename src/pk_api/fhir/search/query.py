"""A search as the caller asks for it, read against the search parameters of the type.

Source: https://hl7.org/fhir/R4/search.html.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.conditions import Chain, Compartment, Condition, Has, NotSupported, read_condition
from pk_api.fhir.search.filters import Filter
from pk_api.fhir.search.includes import Include, read_include
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS, SORT_DATE, SearchParameter

Total = Literal["none", "estimate", "accurate"]
_USUAL: Final = 50
_MOST: Final = 500
"""How many matches a page has when `_count` is not told, and at most."""
JSON_FORMATS: Final = frozenset({"json", "text/json", "application/json", "application/fhir+json"})
SUMMARIES: Final = ("true", "text", "data", "count", "false")
RESULT_PARAMETERS: Final = frozenset(
    {
        *("_count", "_sort", "_total", "_cursor", "_format", "_pretty", "_summary", "_elements"),
        *("_contained", "_type"),
    }
)
COMMON: Final = frozenset({"_id", "_lastUpdated", "_profile", "_security", "_source", "_tag"})
"""Parameters of all types: those of a search over several."""
MOST_INCLUDES: Final = 20
MOST_CONDITIONS: Final = 50

_SAFE_NAME = re.compile(r"(?!.*[0-9]{6})[A-Za-z_][A-Za-z0-9_:.\-]{0,160}")
_ELEMENT = re.compile(r"[A-Za-z]{1,64}")
WITHIN_PATIENT = frozenset({"patient", "subject"})
SEVERAL_PATIENTS = frozenset({"Appointment", "AppointmentResponse", "AuditEvent", "Group", "Provenance"})


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of `_sort`."""

    parameter: SearchParameter
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A search of one type, or of several by what is common to all: every condition must hold.

    `total` is None when the caller did not say. `ignored` names what a lenient caller asked for in vain.
    `summary` is None for whole resources; `elements` are the top-level elements wanted, none for all.
    """

    types: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    compartment: Compartment | None = None
    sort: tuple[Sort, ...] = ()
    count: int = 50
    cursor: str | None = None
    total: Total | None = None
    includes: tuple[Include, ...] = ()
    summary: str | None = None
    elements: tuple[str, ...] = ()
    is_pretty: bool = False
    ignored: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The type that is searched, `*` for several."""
        return self.types[0] if len(self.types) == 1 else "*"

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The conditions that are about the resource itself."""
        return tuple(one for one in self.conditions if isinstance(one, Filter))

    @property
    def has_links(self) -> bool:
        """Whether a condition goes through other resources."""
        return any(isinstance(one, Chain | Has) for one in self.conditions)

    @property
    def patients(self) -> frozenset[str] | None:
        """The ids of the patients within whom all matches are, None when the search names none.

        Types with several patients in one resource (an Appointment of two) are told apart by
        `names_every_patient`.
        """
        found: frozenset[str] | None = frozenset({self.compartment.patient}) if self.compartment else None
        for filter_ in self.filters if len(self.types) == 1 else ():
            ids = _patient_ids(self.type, filter_)
            if ids is not None:
                found = ids if found is None else found & ids
        return found

    @property
    def ids(self) -> frozenset[str] | None:
        """The ids of which every match has one, None when the search names none or is of several types."""
        named = [f.values for f in self.filters if f.parameter.code == "_id"]
        return frozenset(named[0]) if named and len(self.types) == 1 else None

    @property
    def names_every_patient(self) -> bool:
        """Whether a resource of the types is about one patient, so that `patients` leaves nothing out."""
        return not SEVERAL_PATIENTS.intersection(self.types)

    @property
    def is_by_date(self) -> bool | None:
        """True for a sort by the type's own date downwards, False for upwards, None for any other sort."""
        if len(self.sort) != 1 or self.sort[0].parameter.code != SORT_DATE.get(self.type):
            return None
        return self.sort[0].is_descending


@dataclass(slots=True)
class _Reading:
    """The query while its parameters are being read."""

    types: tuple[str, ...]
    is_lenient: bool
    base_url: str
    conditions: list[Condition] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    @property
    def parameters(self) -> Mapping[str, SearchParameter]:
        """The parameters that the search may name."""
        found = SEARCH_PARAMETERS[self.types[0]]
        if len(self.types) == 1:
            return found
        return {code: parameter for code, parameter in found.items() if code in COMMON}

    def refuse(self, name: str, why: str, code: str = "invalid") -> None:
        """Raise Problem naming the parameter, or note it when the caller is lenient."""
        shown = name if _SAFE_NAME.fullmatch(name) else "(not a parameter name)"
        if not self.is_lenient:
            of = f" of {self.types[0]}" if len(self.types) == 1 else ""
            text = f"Search parameter {shown}{of}: {why}."
            raise Problem("invalid", text, issues=[Issue(code, text)])
        self.ignored.append(shown)


def parse_query(
    resource_type: str | Sequence[str],
    pairs: Sequence[tuple[str, str]],
    *,
    lenient: bool = False,
    compartment: str | None = None,
    base_url: str = "",
) -> Query:
    """Return the query of the decoded name–value pairs of a type that is served, or of several.

    Several types may be narrowed by `_type`. `compartment` is the id of the Patient within whose compartment
    is searched. Raises Problem `invalid` (not-acceptable for a format other than JSON) that names the
    parameter and never its value; a lenient caller gets it in `ignored` instead. `_count` above the limit is
    the limit.
    """
    given = (resource_type,) if isinstance(resource_type, str) else tuple(resource_type)
    types = given if isinstance(resource_type, str) else _types(given, pairs)
    reading = _Reading(types, lenient, base_url)
    for name, text in pairs:
        _read_pair(reading, name, text, is_system=not isinstance(resource_type, str))
    results = _results(reading)
    return Query(
        types,
        tuple(reading.conditions),
        Compartment(compartment) if compartment is not None else None,
        includes=tuple(reading.includes),
        ignored=tuple(reading.ignored),
        **results,
    )


def _types(given: tuple[str, ...], pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return which of the types `_type` leaves."""
    named = [one for name, text in pairs if name == "_type" for one in text.split(",")]
    if any(one not in given for one in named):
        text = "Search parameter _type: a resource type of this service is expected, or several with commas."
        raise Problem("invalid", text)
    return tuple(one for one in given if one in named) if named else given


def _read_pair(reading: _Reading, name: str, text: str, *, is_system: bool) -> None:
    if name in RESULT_PARAMETERS and (is_system or name != "_type"):
        if name in reading.results:
            reading.refuse(name, "it may be there once")
        reading.results.setdefault(name, text)
        return
    if len(reading.conditions) >= MOST_CONDITIONS or len(reading.includes) >= MOST_INCLUDES:
        raise Problem("invalid", f"A search has at most {MOST_CONDITIONS} conditions.")
    try:
        if name.partition(":")[0] in ("_include", "_revinclude"):
            reading.includes.append(read_include(name, text))
            return
        reading.conditions.append(_condition(reading, name, text))
    except NotSupported as error:
        reading.refuse(name, str(error), "not-supported")
    except ValueError as error:
        reading.refuse(name, str(error))


def _condition(reading: _Reading, name: str, text: str) -> Condition:
    if len(reading.types) > 1 and name.partition(":")[0] not in COMMON:
        raise NotSupported("a search of several types goes by what all of them have")
    return read_condition(reading.types[0], name, text, reading.base_url)


def _results(reading: _Reading) -> dict[str, Any]:
    given = reading.results
    if given.get("_format", "json").partition(";")[0].strip() not in JSON_FORMATS:
        raise Problem("not-acceptable", "The service answers in JSON: _format=json.")
    _one_of(reading, "_contained", given.get("_contained"), ("false",))
    summary = _one_of(reading, "_summary", given.get("_summary"), SUMMARIES)
    count = 0 if summary == "count" else min(_count(reading, given), _MOST)
    total = _one_of(reading, "_total", given.get("_total"), ("none", "estimate", "accurate"))
    return {
        "count": count,
        "sort": _sort(reading, given.get("_sort")),
        "total": "accurate" if count == 0 and total is None else total,
        "summary": None if summary in ("false", "count") else summary,
        "elements": _elements(reading, given.get("_elements")),
        "is_pretty": _one_of(reading, "_pretty", given.get("_pretty"), ("true", "false")) == "true",
        "cursor": given.get("_cursor"),
    }


def _count(reading: _Reading, given: Mapping[str, str]) -> int:
    text = given.get("_count")
    if text is None:
        return _USUAL
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        reading.refuse("_count", "a whole number, 0 or more, is expected")
        return _USUAL
    return int(text)


def _sort(reading: _Reading, text: str | None) -> tuple[Sort, ...]:
    keys: list[Sort] = []
    for key in (text or "").split(",") if text is not None else ():
        parameter = reading.parameters.get(key.removeprefix("-"))
        if parameter is None or not parameter.is_searchable or parameter.type == "composite":
            reading.refuse("_sort", "every key must be a search parameter of the type")
        elif len(keys) >= 5:
            reading.refuse("_sort", "there may be five keys")
        else:
            keys.append(Sort(parameter, key.startswith("-")))
    return tuple(keys)


def _elements(reading: _Reading, text: str | None) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",")) if text is not None else ()
    names = tuple(name.removeprefix(f"{reading.types[0]}.") for name in names)
    if not all(_ELEMENT.fullmatch(name) for name in names):
        reading.refuse("_elements", "names of elements are expected, with commas between them")
        return ()
    return names


def _one_of(reading: _Reading, name: str, text: str | None, allowed: tuple[str, ...]) -> str | None:
    if text is None or text in allowed:
        return text
    reading.refuse(name, f"one of {', '.join(allowed)} is expected")
    return None


def _patient_ids(resource_type: str, filter_: Filter) -> frozenset[str] | None:
    """Return the patients that a filter limits the search to, None when it does not."""
    if filter_.is_negated or filter_.is_missing is not None or filter_.modifier == "identifier":
        return None
    if resource_type == "Patient":
        return frozenset(filter_.values) if filter_.parameter.code == "_id" else None
    if filter_.parameter.code not in WITHIN_PATIENT or filter_.parameter.type != "reference":
        return None
    kinds = [value.partition("/") for value in filter_.values]
    candidates = [kind for kind in kinds if kind[0] == "Patient"]
    return (
        frozenset(kind[2].partition("/")[0] for kind in candidates) if len(candidates) == len(kinds) else None
    )


ALL_TYPES: Final = tuple(sorted(TYPES))
"""What a search of the whole service goes through."""
