"""Each invariant of the data types, once kept and once broken."""

import pytest

from pk_api.fhir.validate.rules.datatypes import DATATYPES
from pk_api.fhir.values import Number

UCUM = "http://unitsofmeasure.org"
MONTHS = {"value": 3, "system": UCUM, "code": "mo"}
KG = {"value": Number("72.50"), "unit": "kg", "system": UCUM, "code": "kg"}
SOON = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}

CASES = {
    "Age:age-1": (MONTHS, {"value": 0, "system": UCUM, "code": "mo"}),
    "Attachment:att-1": ({"contentType": "text/plain", "data": "aGVq"}, {"data": "aGVq"}),
    "ContactPoint:cpt-2": ({"system": "phone", "value": "08-12"}, {"value": "08-12"}),
    "Count:cnt-3": (
        {"value": 3, "system": UCUM, "code": "1"},
        {"value": Number("3.0"), "system": UCUM, "code": "1"},
    ),
    "DataRequirement.codeFilter:drq-1": ({"path": "code"}, {"path": "code", "searchParam": "code"}),
    "DataRequirement.dateFilter:drq-2": ({"searchParam": "date"}, {"valueDateTime": "2026"}),
    "Distance:dis-1": ({"value": 1, "system": UCUM, "code": "km"}, {"value": 1, "system": UCUM}),
    "Duration:drt-1": ({"value": 1, "system": UCUM, "code": "h"}, {"system": UCUM, "code": "h"}),
    "Expression:exp-1": (
        {"language": "text/fhirpath", "expression": "true"},
        {"language": "text/fhirpath"},
    ),
    "Extension:ext-1": (
        {"url": "https://example.org/a", "valueString": "a"},
        {"url": "https://example.org/a", "valueString": "a", "extension": [{"url": "b", "valueCode": "b"}]},
    ),
    "MoneyQuantity:mqty-1": (
        {"value": 100, "system": "urn:iso:std:iso:4217", "code": "SEK"},
        {"value": 100, "system": UCUM, "code": "SEK"},
    ),
    "Period:per-1": (
        {"start": "2026-03-02T10:00:00+01:00", "end": "2026-03-02T09:30:00Z"},
        {"start": "2026-03-02T10:00:00+01:00", "end": "2026-03-02T08:30:00Z"},
    ),
    "Quantity:qty-3": (KG, {"value": 1, "code": "kg"}),
    "Range:rng-2": ({"low": MONTHS, "high": MONTHS}, {"low": KG, "high": {**KG, "value": 70}}),
    "Ratio:rat-1": ({"numerator": KG, "denominator": KG}, {"numerator": KG}),
    "SimpleQuantity:sqty-1": (KG, {**KG, "comparator": "<"}),
    "Timing.repeat:tim-1": ({"duration": 1, "durationUnit": "h"}, {"duration": 1}),
    "Timing.repeat:tim-2": ({"period": 1, "periodUnit": "d"}, {"period": 1}),
    "Timing.repeat:tim-4": ({"duration": 0, "durationUnit": "h"}, {"duration": -1, "durationUnit": "h"}),
    "Timing.repeat:tim-5": ({"period": 0, "periodUnit": "d"}, {"period": -1, "periodUnit": "d"}),
    "Timing.repeat:tim-6": ({"period": 1, "periodMax": 2, "periodUnit": "d"}, {"periodMax": 2}),
    "Timing.repeat:tim-7": ({"duration": 1, "durationMax": 2, "durationUnit": "h"}, {"durationMax": 2}),
    "Timing.repeat:tim-8": ({"count": 1, "countMax": 2}, {"countMax": 2}),
    "Timing.repeat:tim-9": ({"offset": 30, "when": ["ACM"]}, {"offset": 30, "when": ["C"]}),
    "Timing.repeat:tim-10": ({"timeOfDay": ["08:00:00"]}, {"timeOfDay": ["08:00:00"], "when": ["ACM"]}),
    "TriggerDefinition:trd-1": (
        {"type": "periodic", "timingTiming": SOON},
        {"type": "data-added", "timingTiming": SOON, "data": [{"type": "Task"}]},
    ),
    "TriggerDefinition:trd-2": (
        {
            "type": "data-added",
            "data": [{"type": "Task"}],
            "condition": {"language": "text/fhirpath", "expression": "true"},
        },
        {
            "type": "named-event",
            "name": "a",
            "condition": {"language": "text/fhirpath", "expression": "true"},
        },
    ),
    "TriggerDefinition:trd-3": ({"type": "named-event", "name": "a"}, {"type": "periodic"}),
}


UNREADABLE = frozenset(
    {
        "Age:age-1",
        "Count:cnt-3",
        "Extension:ext-1",
        "Period:per-1",
        "Range:rng-2",
        "TriggerDefinition:trd-1",
    }
)
"""Expressions that fhirpathpy cannot evaluate on an element alone (hasValue, resolve, choices, order)."""


def test_every_invariant_of_the_data_types_has_a_case():
    assert set(CASES) == set(DATATYPES)


@pytest.mark.parametrize("name", CASES)
def test_a_value_that_keeps_the_invariant_is_valid(name, broken):
    kind, _, _key = name.rpartition(":")

    assert broken(kind, CASES[name][0]) == []


@pytest.mark.parametrize("name", CASES)
def test_a_value_that_breaks_the_invariant_is_told(name, broken):
    kind, _, key = name.rpartition(":")

    assert broken(kind, CASES[name][1]) == [key]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026", "2026-03-02"),
        ("2026-03", "2026"),
        ("2026-03-02", "2026-03-02T00:00:00+01:00"),
        ("2026-03-02T10:00:00.1Z", "2026-03-02T10:00:00.10Z"),
        ("2026-03-02T10:00:00.123456789Z", "2026-03-02T10:00:00.1234567891Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_a_period_is_refused_only_if_it_certainly_ends_before_it_starts(start, end, broken):
    assert broken("Period", {"start": start, "end": end}) == []


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2027", "2026-03-02"),
        ("2026-04", "2026-03"),
        ("2026-03-03", "2026-03-02T10:00:00+01:00"),
        ("2026-03-02T10:00:00.2Z", "2026-03-02T10:00:00.199999999999Z"),
    ],
)
def test_a_period_that_ends_before_it_starts_is_refused_at_any_precision(start, end, broken):
    assert broken("Period", {"start": start, "end": end}) == ["per-1"]


@pytest.mark.parametrize("name", sorted(set(CASES) - UNREADABLE))
def test_the_official_expression_agrees(name, official):
    kept, broken_one = CASES[name]

    assert official(name, kept)
    assert not official(name, broken_one)
