"""A search as the caller asks for it, read against the search parameters of the type.

Source: https://hl7.org/fhir/R4/search.html. Chains, `_has`, `_include`, `_revinclude`, `_summary` and
`_elements` are refused by name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pk_api.fhir.filters import Filter, is_modifier, read_filter
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.search_params import SEARCH_PARAMETERS, SORT_DATE, SearchParameter

Total = Literal["none", "estimate", "accurate"]
JSON_FORMATS: Final = frozenset({"json", "text/json", "application/json", "application/fhir+json"})
RESULT_PARAMETERS: Final = frozenset({"_count", "_sort", "_total", "_cursor", "_format", "_pretty"})

_SAFE_NAME = re.compile(r"(?!.*[0-9]{6})[A-Za-z_][A-Za-z0-9_:.\-]{0,80}")
WITHIN_PATIENT = frozenset({"patient", "subject"})
SEVERAL_PATIENTS = frozenset({"Appointment", "AppointmentResponse", "AuditEvent", "Group", "Provenance"})


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of `_sort`."""

    parameter: SearchParameter
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A search of one type: all filters must hold.

    `total` is None when the caller did not say. `ignored` names what a lenient caller asked for in vain.
    """

    type: str
    filters: tuple[Filter, ...] = ()
    sort: tuple[Sort, ...] = ()
    count: int = 50
    cursor: str | None = None
    total: Total | None = None
    is_pretty: bool = False
    ignored: tuple[str, ...] = ()

    @property
    def patients(self) -> frozenset[str] | None:
        """The ids of the patients within whom all matches are, None when the search names none.

        Types with several patients in one resource (an Appointment of two) are told apart by
        `names_every_patient`.
        """
        found: frozenset[str] | None = None
        for filter_ in self.filters:
            ids = _patient_ids(self.type, filter_)
            if ids is not None:
                found = ids if found is None else found & ids
        return found

    @property
    def names_every_patient(self) -> bool:
        """Whether a resource of the type is about one patient, so that `patients` leaves nothing out."""
        return self.type not in SEVERAL_PATIENTS

    @property
    def is_by_date(self) -> bool | None:
        """True for a sort by the type's own date downwards, False for upwards, None for any other sort."""
        if len(self.sort) != 1 or self.sort[0].parameter.code != SORT_DATE[self.type]:
            return None
        return self.sort[0].is_descending


@dataclass(slots=True)
class _Reading:
    """The query while its parameters are being read."""

    type: str
    is_lenient: bool
    base_url: str
    filters: list[Filter] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    def refuse(self, name: str, why: str, code: str = "invalid") -> None:
        """Raise Problem naming the parameter, or note it when the caller is lenient."""
        shown = name if _SAFE_NAME.fullmatch(name) else "(not a parameter name)"
        if not self.is_lenient:
            text = f"Search parameter {shown} of {self.type}: {why}."
            raise Problem("invalid", text, issues=[Issue(code, text)])
        self.ignored.append(shown)


def parse_query(
    resource_type: str,
    pairs: Sequence[tuple[str, str]],
    *,
    lenient: bool = False,
    default_count: int = 50,
    max_count: int = 500,
    base_url: str = "",
) -> Query:
    """Return the query of the decoded name–value pairs of a type that is served.

    Raises Problem `invalid` (not-acceptable for a format other than JSON) that names the parameter and never
    its value; a lenient caller gets it in `ignored` instead. `_count` above the limit is the limit.
    """
    reading = _Reading(resource_type, lenient, base_url)
    for name, text in pairs:
        _read_pair(reading, name, text)
    results = _results(reading, default_count, max_count)
    return Query(resource_type, tuple(reading.filters), ignored=tuple(reading.ignored), **results)


def _read_pair(reading: _Reading, name: str, text: str) -> None:
    code, _, modifier = name.partition(":")
    if name in RESULT_PARAMETERS:
        if name in reading.results:
            reading.refuse(name, "it may be there once")
        reading.results.setdefault(name, text)
        return
    if code == "_has" or "." in name:
        reading.refuse(name, "chained parameters are not supported", "not-supported")
        return
    parameter = SEARCH_PARAMETERS[reading.type].get(code)
    if parameter is None or not parameter.is_searchable:
        reading.refuse(name, "it is not supported", "not-supported")
    elif ":" in name and not is_modifier(parameter, modifier):
        reading.refuse(name, "the modifier is not supported", "not-supported")
    else:
        _read_filter(reading, parameter, modifier or None, name, text)


def _read_filter(
    reading: _Reading, parameter: SearchParameter, modifier: str | None, name: str, text: str
) -> None:
    try:
        reading.filters.append(read_filter(parameter, modifier, text, reading.base_url))
    except ValueError as error:
        reading.refuse(name, str(error))


def _results(reading: _Reading, default_count: int, max_count: int) -> dict[str, Any]:
    given = reading.results
    if given.get("_format", "json").partition(";")[0].strip() not in JSON_FORMATS:
        raise Problem("not-acceptable", "The service answers in JSON: _format=json.")
    return {
        "count": min(_count(reading, given, default_count), max_count),
        "sort": _sort(reading, given.get("_sort")),
        "total": _one_of(reading, "_total", given.get("_total"), ("none", "estimate", "accurate")),
        "is_pretty": _one_of(reading, "_pretty", given.get("_pretty"), ("true", "false")) == "true",
        "cursor": given.get("_cursor"),
    }


def _count(reading: _Reading, given: Mapping[str, str], default: int) -> int:
    text = given.get("_count")
    if text is None:
        return default
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        reading.refuse("_count", "a whole number, 0 or more, is expected")
        return default
    return int(text)


def _sort(reading: _Reading, text: str | None) -> tuple[Sort, ...]:
    keys = []
    for key in (text or "").split(",") if text is not None else ():
        parameter = SEARCH_PARAMETERS[reading.type].get(key.removeprefix("-"))
        if parameter is None or not parameter.is_searchable:
            reading.refuse("_sort", "every key must be a search parameter of the type")
        else:
            keys.append(Sort(parameter, key.startswith("-")))
    return tuple(keys)


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
