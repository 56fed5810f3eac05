"""Dates and numbers as spans."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk_api.fhir.search.spans import LIMIT, micros, point, quantity_bounds, rounded, time_bounds, units, when


def utc(*parts: int) -> int:
    return micros(datetime(*parts, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026-07-01", utc(2026, 6, 30, 22), utc(2026, 7, 1, 22)),
        ("2026-01-01", utc(2025, 12, 31, 23), utc(2026, 1, 1, 23)),
        ("2026-03-29", utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)),
        ("2026-12", utc(2026, 11, 30, 23), utc(2026, 12, 31, 23)),
        ("2026", utc(2025, 12, 31, 23), utc(2026, 12, 31, 23)),
        ("2026-03-02T12:30Z", utc(2026, 3, 2, 12, 30), utc(2026, 3, 2, 12, 31)),
        ("2026-03-02T12:30:10+01:00", utc(2026, 3, 2, 11, 30, 10), utc(2026, 3, 2, 11, 30, 11)),
        ("2026-07-02T12:00:00", utc(2026, 7, 2, 10), utc(2026, 7, 2, 10, 0, 1)),
        (
            "2026-03-02T12:30:10.5-03:30",
            utc(2026, 3, 2, 16, 0, 10) + 500_000,
            utc(2026, 3, 2, 16, 0, 10) + 600_000,
        ),
        ("2016-12-31T23:59:60Z", utc(2016, 12, 31, 23, 59, 59), utc(2017, 1, 1)),
        (
            "2026-03-02T12:30:10.123456789Z",
            utc(2026, 3, 2, 12, 30, 10) + 123_456,
            utc(2026, 3, 2, 12, 30, 10) + 123_457,
        ),
    ],
)
def test_a_date_covers_what_its_precision_says_in_local_time(text, low, high):
    assert when(text) == (low, high)


@pytest.mark.parametrize(
    "text", ["0001", "9999", "9999-12-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_the_first_and_last_years_have_bounds(text):
    low, high = when(text)

    assert low < high


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "2026-13",
        "2026-02-29",
        "2026-3-2",
        "2026-03-02T24:00:00Z",
        "2026-03-02T12",
        "0000",
        "2026-03-02 ",
    ],
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        when(text)


@given(st.dates(date(1900, 1, 1), date(2100, 12, 30)))
def test_days_follow_each_other_without_gap_or_overlap(day):
    _, end = when(day.isoformat())

    assert end == when((day + timedelta(days=1)).isoformat())[0]


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_day_lies_within_its_month_and_the_month_within_its_year(day):
    bounds = [when(day.isoformat()[:length]) for length in (10, 7, 4)]

    assert sorted(bounds, reverse=True, key=lambda one: one[0] - one[1]) == bounds
    assert bounds[2][0] <= bounds[1][0] <= bounds[0][0] < bounds[0][1] <= bounds[1][1] <= bounds[2][1]


def test_a_period_is_open_where_it_has_no_end():
    assert time_bounds({"start": "2026-01-01"}) == (when("2026-01-01")[0], None)
    assert time_bounds({"end": "2026-01-01"}) == (None, when("2026-01-01")[1])


def test_a_timing_covers_its_events_and_bounds():
    timing = {"event": ["2026-02-01", "2026-01-01"], "repeat": {"boundsPeriod": {"end": "2026-06-01"}}}

    assert time_bounds(timing) == (None, when("2026-06-01")[1])
    assert time_bounds({"event": ["2026-02-01", "2026-01-01"]}) == (
        when("2026-01-01")[0],
        when("2026-02-01")[1],
    )
    assert time_bounds({"repeat": {"frequency": 1}}) is None


def test_a_number_searched_for_covers_what_rounds_to_it():
    assert rounded("100") == (99_500_000, 100_500_000)
    assert rounded("100.00") == (99_995_000, 100_005_000)
    # one significant figure: R4 says [95, 105), which is none of its own rule; HAPI and others agree on this
    assert rounded("1e2") == (50_000_000, 150_000_000)
    assert rounded("-5.4") == (-5_450_000, -5_350_000)


def test_a_number_stored_is_a_point_whatever_its_precision():
    assert point(Decimal("72.50")) == point(Decimal("72.5")) == (72_500_000, 72_500_001)


@pytest.mark.parametrize("text", ["1e999", "9" * 40])
def test_numbers_beyond_the_column_are_the_largest_it_holds(text):
    assert point(text)[0] == LIMIT


@pytest.mark.parametrize("text", ["", "abc", "NaN", "1e1000", "١", "1,5", "0x10", "--1"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="not a number"):
        rounded(text)


@given(st.decimals(-1_000_000, 1_000_000, places=3))
def test_a_number_lies_within_what_its_own_text_covers(number):
    low, high = rounded(str(number))

    assert low <= point(number)[0] < high


def test_quantities_with_a_comparator_are_open():
    assert quantity_bounds({"value": 5, "comparator": "<"}) == (None, 5_000_001)
    assert quantity_bounds({"value": 5, "comparator": ">="}) == (5_000_000, None)
    assert quantity_bounds({"low": {"value": 1}}) == (1_000_000, None)
    assert quantity_bounds({"unit": "kg"}) is None


def test_units_are_told_by_code_and_by_word():
    assert units({"value": 1, "system": "http://unitsofmeasure.org", "code": "kg", "unit": "kilo"}) == (
        "http://unitsofmeasure.org|kg",
        "|kilo",
    )
    assert units({"value": 1}) == ("",)
    assert units({"value": 1, "currency": "SEK"}) == ("urn:iso:std:iso:4217|SEK",)
