"""What a search means for a resource in hand, and what comparisons mean for spans."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk_api.fhir.search.filters import Range
from pk_api.fhir.search.matching import matches
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.search.spans import when
from pk_api.fhir.values import parse

PLAN = {
    "resourceType": "CarePlan",
    "id": "p1",
    "meta": {"lastUpdated": "2026-03-02T12:00:00Z"},
    "status": "active",
    "intent": "plan",
    "category": [{"coding": [{"system": "urn:kind", "code": "patientkontrakt"}]}],
    "subject": {"reference": "Patient/1", "identifier": {"system": "urn:pnr", "value": "191212121212"}},
    "period": {"start": "2026-03-02"},
    "identifier": [{"system": "urn:a", "value": "1,2|3"}],
}
PATIENT = {
    "resourceType": "Patient",
    "id": "1",
    "name": [{"family": "Öberg", "given": ["Märta"]}],
    "birthDate": "1912-12-12",
    "gender": "female",
}
WEIGHT = parse(
    '{"resourceType":"Observation","status":"final","valueQuantity":'
    '{"value":72.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}'
)


def hit(resource, name, text):
    return matches(parse_query(resource["resourceType"], [(name, text)]), resource)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("_id", "p1", True),
        ("_id", "p1,p2", True),
        ("_id", "p2", False),
        ("status", "active", True),
        ("status", "draft,active", True),
        ("status", "http://hl7.org/fhir/request-status|active", True),
        ("status", "urn:other|active", False),
        ("status", "act", False),
        ("status:not", "active", False),
        ("status:not", "draft", True),
        ("activity-code:not", "x", True),
        ("category", "patientkontrakt", True),
        ("category", "urn:kind|patientkontrakt", True),
        ("category", "urn:kind|", True),
        ("category", "|patientkontrakt", False),
        ("category:missing", "false", True),
        ("category:missing", "true", False),
        ("encounter:missing", "true", True),
        ("date:missing", "false", True),
        ("patient", "1", True),
        ("patient", "Patient/1", True),
        ("patient", "https://pk.example/fhir/Patient/1", False),
        ("patient:Patient", "1", True),
        ("subject:Patient", "1", True),
        ("subject:Group", "1", False),
        ("subject", "1", True),
        ("subject", "Group/1", False),
        ("patient:identifier", "urn:pnr|191212121212", True),
        ("patient:identifier", "191212121213", False),
        ("identifier", r"urn:a|1\,2\|3", True),
        ("identifier", r"1\,2\|3", True),
        ("identifier", "1,2", False),
        ("date", "2026-03-02", False),
        ("date", "ge2026-03-02", True),
        ("date", "gt2026-03-02", True),
        ("date", "lt2026-03-02", False),
        ("date", "le2026-03-02", False),
        ("date", "sa2026-03-01", True),
        ("date", "eb2026-03-03", False),
        ("date", "ap2026-03", True),
        ("date", "ne2026-03-02", True),
        ("_lastUpdated", "ge2026-03-02", True),
        ("_lastUpdated", "lt2026-03-02", False),
        ("_lastUpdated", "2026-03-02T12:00:00Z", True),
    ],
)
def test_a_care_plan_is_found_by_what_it_says(name, text, expected):
    assert hit(PLAN, name, text) is expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("name", "ö", True),
        ("name", "o", False),
        ("family", "ÖBERG", True),
        ("name", "märta öberg", True),
        ("name", "berg", False),
        ("name:contains", "berg", True),
        ("name:contains", "lind", False),
        ("family:exact", "Öberg", True),
        ("family:exact", "öberg", False),
        ("family:exact", "Öb", False),
        ("birthdate", "1912-12-12", True),
        ("birthdate", "1912", True),
        ("birthdate", "ge1912-12-13", False),
        ("gender:not", "female,other", False),
        ("deceased", "false", True),
    ],
)
def test_a_patient_is_found_by_name_and_birth(name, text, expected):
    assert hit(PATIENT, name, text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("72.5", True),
        ("72.50", True),
        ("73", True),
        ("72", False),
        ("7e1", True),
        ("gt72.5", False),
        ("ge72.5", True),
        ("lt72.6", True),
        ("le72.5", True),
        ("ne72.5", False),
        ("sa72", True),
        ("eb72.5", False),
        ("ap70", True),
        ("ap50", False),
        ("72.5|http://unitsofmeasure.org|kg", True),
        ("72.5|http://unitsofmeasure.org|g", False),
        ("72.5||kg", True),
        ("72.5||g", False),
    ],
)
def test_a_weight_is_found_by_number_and_unit(text, expected):
    assert hit(WEIGHT, "value-quantity", text) is expected


def test_all_filters_must_hold():
    query = parse_query("CarePlan", [("date", "ge2026-01-01"), ("date", "lt2026-02-01")])

    assert len(query.filters) == 2
    assert not matches(query, PLAN)


DAYS = st.dates(date(2020, 1, 1), date(2020, 2, 1))


@given(DAYS, DAYS, DAYS)
def test_comparisons_of_days_agree_with_the_calendar(one, other, third):
    first, last = min(one, other), max(one, other)
    low, high = when(first.isoformat())[0], when(last.isoformat())[1]
    bounds = when(third.isoformat())

    def holds(op):
        return Range(op, *bounds).holds(low, high)

    assert holds("eq") == (first == last == third)
    assert holds("ne") != holds("eq")
    assert holds("gt") == (last > third)
    assert holds("lt") == (first < third)
    assert holds("sa") == (first > third)
    assert holds("eb") == (last < third)
    assert holds("ge") == (holds("gt") or holds("eq"))
    assert holds("le") == (holds("lt") or holds("eq"))
    assert holds("ap") == (first <= third <= last)


@given(DAYS)
def test_an_open_period_goes_on_for_ever(day):
    bounds = when(day.isoformat())
    low = when((day - timedelta(days=1)).isoformat())[0]

    assert Range("gt", *bounds).holds(low, None)
    assert Range("lt", *bounds).holds(None, low)
    assert not Range("eq", *bounds).holds(low, None)
