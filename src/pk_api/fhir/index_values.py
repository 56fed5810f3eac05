r"""What a search may look for in a resource, as the store keeps it.

`ix` holds every equality-like value as `\x1f code \x1e value` (no spaces), closed by a last `\x1f`, so that a
search is a test for a substring: `query.Filter.needles` gives the substrings. A parameter that is there
without a value to look for (a CodeableConcept of text alone, a date) has one entry with an empty value, so
that `:missing` is a test for `\x1f code \x1e`. Composite parameters have no entries yet; they would be
`\x1f code \x1e value$value`. `_id` and `_lastUpdated` are columns of the store and not repeated here.

Source: https://hl7.org/fhir/R4/search.html.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir.search_params import SEARCH_PARAMETERS, SORT_DATE, SearchParameter
from pk_api.fhir.spans import Bounds, quantity_bounds, time_bounds, units
from pk_api.fhir.systems import SYNONYMS

ENTRY: Final = "\x1f"
VALUE: Final = "\x1e"
LONGEST_TEXT: Final = 200
"""Strings are compared by their first characters up to this many."""

_LETTERS = {"a\u030a": "å", "a\u0308": "ä", "o\u0308": "ö"}
_OTHER_SPELLINGS = {**SYNONYMS, **{system: oid for oid, system in SYNONYMS.items()}}
_PARTS = (
    *("text", "prefix", "given", "family", "suffix"),
    *("line", "city", "district", "state", "postalCode", "country"),
)
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
        pairs = list(dict.fromkeys(_pairs(parameter, values, base_url)))
        spans.extend(_spans(parameter, values))
        entries.extend(f"{code}{VALUE}{value}" for code, value in pairs)
        if is_lookup:
            lookups.extend(_lookup_pairs(parameter, values, pairs))
        if not pairs:
            entries.append(f"{parameter.code}{VALUE}")
    ix = ENTRY + "".join(f"{entry}{ENTRY}" for entry in entries)
    return IndexValues(ix, tuple(spans), tuple(lookups), _sort_date(resource_type, spans))


def period_span(period: Mapping[str, Any] | None) -> Bounds:
    """Return the bounds of a Period in microseconds since 1970 UTC; both are open for an absent one."""
    return time_bounds(period or {}) or (None, None)


def lookup_codes(resource_type: str) -> frozenset[str]:
    """Return the parameters of the type that have rows in `lookups`, and so can lead a search."""
    return frozenset(parameter.code for parameter, is_lookup in _PLANS[resource_type] if is_lookup)


@lru_cache(maxsize=8192)
def normalise(text: str) -> str:
    """Return the form in which strings are compared: no case, no accents but those of å, ä and ö.

    Runs of white space are one space; what is beyond LONGEST_TEXT characters is left out.
    """
    plain = text[: 4 * LONGEST_TEXT].casefold()
    if not plain.isascii():
        plain = _without_accents(plain)
    return " ".join(plain.split())[:LONGEST_TEXT].rstrip()


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    for written, letter in _LETTERS.items():
        parts = parts.replace(written, letter)
    return "".join(part for part in parts if not unicodedata.combining(part))


def token_values(value: Any) -> Iterator[str]:
    """Yield the searchable forms of a code, Coding, CodeableConcept, Identifier, ContactPoint or boolean."""
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif not isinstance(value, Mapping):
        yield str(value)
    elif "coding" in value:
        for coding in value["coding"]:
            yield from _token_forms(coding.get("system"), coding.get("code"))
    elif "code" in value:
        yield from _token_forms(value.get("system"), value["code"])
    elif "value" in value:
        yield from _token_forms(value.get("system"), value["value"])


def _token_forms(system: str | None, code: str | None) -> Iterator[str]:
    if code:
        yield code
    if system is None:
        if code:
            yield f"|{code}"
        return
    for spelling in (system, _OTHER_SPELLINGS.get(system)):
        if spelling:
            yield f"{spelling}|"
            if code:
                yield f"{spelling}|{code}"


def reference_values(value: Any, base_url: str) -> Iterator[str]:
    """Yield the searchable forms of a Reference or canonical: as written and without its version."""
    if isinstance(value, str):
        yield value
        yield value.partition("|")[0]
        return
    literal = local_form(value.get("reference", "#"), base_url)
    if not literal.startswith("#"):
        yield literal
        yield literal.partition("/_history/")[0]


def local_form(literal: str, base_url: str) -> str:
    """Return a reference as `Type/id` when it is under our own address, else as it is."""
    if base_url and literal.startswith(f"{base_url}/"):
        return literal[len(base_url) + 1 :]
    return literal


def string_values(value: Any) -> Iterator[str]:
    """Yield the parts of a string, HumanName or Address, normalised; a name also as given and family."""
    return map(normalise, string_parts(value))


def string_parts(value: Any) -> Iterator[str]:
    """Yield the parts of a string, HumanName or Address as they are."""
    if isinstance(value, str):
        yield value
        return
    for part in _PARTS:
        found = value.get(part, ())
        yield from (text for text in ((found,) if isinstance(found, str) else found) if text)
    if "family" in value and "given" in value:
        yield " ".join([*(given for given in value["given"] if given), value["family"]])


def uri_values(value: str) -> Iterator[str]:
    """Yield a uri, and a canonical also without its version."""
    yield value
    yield value.partition("|")[0]


def _reference_pairs(code: str, values: Iterable[Any], base_url: str) -> Iterator[tuple[str, str]]:
    for value in values:
        for text in reference_values(value, base_url):
            yield code, text
        if isinstance(value, Mapping) and "identifier" in value:
            for text in token_values(value["identifier"]):
                yield f"{code}:identifier", text


def _pairs(parameter: SearchParameter, values: list[Any], base_url: str) -> Iterable[tuple[str, str]]:
    if parameter.type == "reference":
        return _reference_pairs(parameter.code, values, base_url)
    forms = _FORMS.get(parameter.type)
    if forms is None:
        return ()
    return ((parameter.code, text) for value in values for text in forms(value))


_FORMS: Final[Mapping[str, Callable[[Any], Iterator[str]]]] = MappingProxyType(
    {"token": token_values, "string": string_values, "uri": uri_values}
)


def _spans(parameter: SearchParameter, values: list[Any]) -> Iterator[Span]:
    if parameter.type == "date":
        for value in values:
            bounds = time_bounds(value)
            if bounds:
                yield Span(parameter.code, *bounds)
    elif parameter.type in {"quantity", "number"}:
        for value in values:
            amounts = quantity_bounds(value)
            if amounts:
                for unit in units(value):
                    yield Span(parameter.code, *amounts, unit)


def _lookup_pairs(
    parameter: SearchParameter, values: list[Any], pairs: list[tuple[str, str]]
) -> Iterable[tuple[str, str]]:
    if parameter.type == "date":
        return [(parameter.code, value) for value in values]
    if parameter.type != "token":
        return pairs
    return [(code, value) for code, value in pairs if not value.endswith("|")]


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
