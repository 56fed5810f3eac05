r"""What a search may look for in a resource, as the store keeps it.

`ix` holds every equality-like value as `\x1f code \x1e value` (no spaces), closed by a last `\x1f`, so that a
search is a test for a substring: `query.Filter.needles` gives the substrings. A parameter that is there
without a value to look for (a CodeableConcept of text alone, a date) has one entry with an empty value, so
that `:missing` is a test for `\x1f code \x1e`. What `:exact`, `:text`, `:of-type` and `:identifier` look for
are entries of their own, `code:exact` and so on. The values of a composite are `one\x1dother`; where the
other is a date or a quantity, it is `one\x1dn`, and the span of the n-th element has the parameter
`code\x1dn`.
`_id` and `_lastUpdated` are columns of the store and not repeated here.

Source: https://hl7.org/fhir/R4/search.html.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir.search.index_forms import (
    is_local,
    normalise,
    of_type_values,
    reference_values,
    string_parts,
    string_values,
    token_texts,
    token_values,
    uri_values,
)
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS, SORT_DATE, SearchParameter
from pk_api.fhir.search.spans import Bounds, quantity_bounds, time_bounds, units

ENTRY: Final = "\x1f"
VALUE: Final = "\x1e"
JOIN: Final = "\x1d"

_DIRECTORY = frozenset(
    {
        *("Patient", "Practitioner", "RelatedPerson", "Organization", "Location", "HealthcareService"),
        "PractitionerRole",
    }
)
_DIRECTORY_CODES = frozenset(
    {
        *("name", "family", "given", "birthdate", "telecom", "phone", "email", "address-city"),
        *("address-postalcode", "type", "role", "specialty", "service-type"),
    }
)


@dataclass(frozen=True, slots=True)
class Span:
    """A span of a date (microseconds since 1970 UTC), number or quantity (millionths): [low, high).

    None is an open end. `unit` is `system|code` or `|unit` of a quantity, else empty.
    """

    param: str
    low: int | None
    high: int | None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class IndexValues:
    """All that searches need of one resource; see the module."""

    ix: str
    spans: tuple[Span, ...]
    lookups: tuple[tuple[str, str], ...]
    sort_date: int | None


def index_of(resource: dict[str, Any], *, base_url: str = "") -> IndexValues:
    """Return the index values of a valid resource of a served type.

    References under `base_url` count as relative ones; other absolute references are kept whole, so that a
    resource of another server never passes for one of ours.
    """
    resource_type = resource["resourceType"]
    entries: list[str] = []
    spans: list[Span] = []
    lookups: list[tuple[str, str]] = []
    for parameter, is_lookup in _PLANS[resource_type]:
        values = parameter.extract(resource)
        if not values:
            continue
        if parameter.components:
            _add_composite(parameter, values, base_url, entries, spans)
            continue
        pairs = list(dict.fromkeys(_pairs(parameter, values, base_url)))
        spans.extend(_spans(parameter.code, parameter.type, values))
        entries.extend(f"{code}{VALUE}{value}" for code, value in pairs)
        if is_lookup:
            lookups.extend(_lookup_pairs(parameter, values, pairs))
        if not any(code == parameter.code for code, _ in pairs):
            entries.append(f"{parameter.code}{VALUE}")
    ix = ENTRY + "".join(f"{entry}{ENTRY}" for entry in entries)
    return IndexValues(ix, tuple(spans), tuple(lookups), _sort_date(resource_type, spans))


def _add_composite(
    parameter: SearchParameter, elements: list[Any], base_url: str, entries: list[str], spans: list[Span]
) -> None:
    """Add what a composite of two has: each element's values of the one with those of the other."""
    first, other = parameter.components
    for n, element in enumerate(elements):
        heads = _component_forms(first.type, first.extract(element), base_url)
        values = other.extract(element)
        if other.type in _SPANNED:
            code, tails = f"{parameter.code}{JOIN}{n}", [str(n)]
            found = list(_spans(code, other.type, values))
            spans.extend(found if heads else ())
            tails = tails if found else []
        else:
            tails = _component_forms(other.type, values, base_url)
        entries.extend(f"{parameter.code}{VALUE}{head}{JOIN}{tail}" for head in heads for tail in tails)


def _component_forms(kind: str, values: list[Any], base_url: str) -> list[str]:
    if kind == "reference":
        found = [form for value in values for form in reference_values(value, base_url)]
    else:
        found = [form for value in values for form in _FORMS[kind](value)]
    return list(dict.fromkeys(found))


def period_span(period: Mapping[str, Any] | None) -> Bounds:
    """Return the bounds of a Period in microseconds since 1970 UTC; both are open for an absent one."""
    return time_bounds(period or {}) or (None, None)


def lookup_codes(resource_type: str) -> frozenset[str]:
    """Return the parameters of the type that have rows in `lookups`, and so can lead a search."""
    return frozenset(parameter.code for parameter, is_lookup in _PLANS[resource_type] if is_lookup)


def _reference_pairs(code: str, values: Iterable[Any], base_url: str) -> Iterator[tuple[str, str]]:
    for value in values:
        for text in reference_values(value, base_url):
            yield code, text
        if isinstance(value, Mapping) and "identifier" in value:
            for text in token_values(value["identifier"]):
                yield f"{code}:identifier", text


def _token_pairs(code: str, values: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for value in values:
        for form in token_values(value):
            yield code, form
        for text in token_texts(value):
            yield f"{code}:text", text
        if code == "identifier":
            for form in of_type_values(value):
                yield "identifier:of-type", form


def _string_pairs(code: str, values: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for value in values:
        for text in string_parts(value):
            yield code, normalise(text)
            yield f"{code}:exact", text


def _pairs(parameter: SearchParameter, values: list[Any], base_url: str) -> Iterable[tuple[str, str]]:
    if parameter.type == "reference":
        return _reference_pairs(parameter.code, values, base_url)
    if parameter.type == "token":
        return _token_pairs(parameter.code, values)
    if parameter.type == "string":
        return _string_pairs(parameter.code, values)
    forms = _FORMS.get(parameter.type)
    if forms is None:
        return ()
    return ((parameter.code, text) for value in values for text in forms(value))


_FORMS: Final[Mapping[str, Callable[[Any], Iterator[str]]]] = MappingProxyType(
    {"token": token_values, "string": string_values, "uri": uri_values}
)


_SPANNED: Final = frozenset({"date", "quantity", "number"})


def _spans(code: str, kind: str, values: list[Any]) -> Iterator[Span]:
    if kind == "date":
        for value in values:
            bounds = time_bounds(value)
            if bounds:
                yield Span(code, *bounds)
    elif kind in _SPANNED:
        for value in values:
            amounts = quantity_bounds(value)
            if amounts:
                for unit in units(value):
                    yield Span(code, *amounts, unit)


def _lookup_pairs(
    parameter: SearchParameter, values: list[Any], pairs: list[tuple[str, str]]
) -> Iterable[tuple[str, str]]:
    """Return what goes into `lookup`: no references to what is stored here, no systems without a code."""
    if parameter.type == "date":
        return [(parameter.code, value) for value in values]
    if parameter.type == "reference":
        return [(code, value) for code, value in pairs if not is_local(value) and not value.endswith("|")]
    return [(code, value) for code, value in pairs if code == parameter.code and not value.endswith("|")]


def _sort_date(resource_type: str, spans: list[Span]) -> int | None:
    code = SORT_DATE[resource_type]
    return min((span.low for span in spans if span.param == code and span.low is not None), default=None)


def _is_lookup(resource_type: str, parameter: SearchParameter) -> bool:
    if parameter.type == "reference" or parameter.code == "identifier":
        return True
    if parameter.code == "url":
        return parameter.type == "uri"
    return resource_type in _DIRECTORY and parameter.code in _DIRECTORY_CODES


def _plan(resource_type: str) -> tuple[tuple[SearchParameter, bool], ...]:
    return tuple(
        (parameter, _is_lookup(resource_type, parameter))
        for code, parameter in SEARCH_PARAMETERS[resource_type].items()
        if parameter.is_searchable and code not in {"_id", "_lastUpdated"}
    )


_PLANS: Final = {resource_type: _plan(resource_type) for resource_type in SEARCH_PARAMETERS}
