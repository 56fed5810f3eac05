"""What each primitive type accepts and refuses; most wrong forms stand in wrong_resources.txt."""

import time

import pytest

from pk_api.fhir.codes import value_set
from pk_api.fhir.primitives import PRIMITIVES
from pk_api.fhir.validate import check
from pk_api.fhir.values import Number

ACCEPTED = {
    "string": ["a", " a ", "å\n\tä", "\u00a0a", "😀", "a" * 2000, " ", "\u2003"],
    "markdown": ["# Mål\n\n- gå"],
    "boolean": [True, False],
    "integer": [0, -(2**31), 2**31 - 1],
    "unsignedInt": [0, 2**31 - 1],
    "positiveInt": [1, 2**31 - 1],
    "decimal": [0, -1, 10**30, Number("1.0E-2"), Number("-0.00"), 1.5],
    "base64Binary": ["YQ==", "YW I=\n", "////", "++++"],
    "code": ["a", "a b", "in-progress", "å"],
    "id": ["a", "A-1.b", "a" * 64],
    "uri": ["a", "urn:oid:1.2", "http://example.org/å?b#c", "#a"],
    "url": ["https://example.org"],
    "canonical": ["https://example.org/a|1.0", "#a"],
    "oid": ["urn:oid:1.2.752", "urn:oid:2.0"],
    "uuid": ["urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7"],
    "time": ["00:00:00", "23:59:60", "10:00:00.123456789"],
    "date": ["2026", "2026-02", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"],
    "dateTime": ["2026", "2026-02", "2026-02-28", "2024-02-29T10:00:00Z", "2026-01-01T00:00:00.5-14:00"],
    "instant": ["2026-01-01T00:00:00Z", "2024-02-29T23:59:60.123456789012+05:30"],
}
REFUSED = {
    "string": ["", "a\x00", 1, None, True],
    "markdown": ["", "\x01"],
    "boolean": ["true", 0, 1, None],
    "integer": [2**31, -(2**31) - 1, Number("1.0"), True, "1", 1.0],
    "unsignedInt": [-1, 2**31],
    "positiveInt": [0, -1],
    "decimal": ["1.0", True, None, float("nan"), float("inf")],
    "base64Binary": ["", " ", "a", "YQ", "YQ=", "YQ==YQ==", "Y_Q=", "åäö=", 1],
    "code": ["", " a", "a ", "a  b", "a\tb", "a\n", 1],
    "id": ["", "a" * 65, "a b", "a/b", "å", "a\n"],
    "uri": ["", " ", "a b", "a\n", "a\tb", "urn:oid:1.02", "urn:uuid:A"],
    "url": ["", "a b"],
    "canonical": ["", "a b", "Questionnaire/1", "urn:oid:1.02"],
    "oid": ["1.2.752", "urn:oid:3.1", "urn:oid:1", "urn:oid:1.02", "urn:oid:1.2."],
    "uuid": ["7c9e6679-7425-40de-944b-e07fc1f90ae7", "urn:uuid:7c9e6679742540de944be07fc1f90ae7"],
    "time": ["10:00", "24:00:00", "10:60:00", "10:00:00Z", "1:00:00"],
    "date": [
        "",
        "26",
        "2026-2",
        "2026-02-30",
        "2026-04-31",
        "1900-02-29",
        "2026-00",
        "2026-01-00",
        "2026-01-01\n",
        "２０２６",
    ],
    "dateTime": ["2026-01-01T10:00:00", "2026-01-01T10:00Z", "2026-01-01 10:00:00Z", "2026-01T10:00:00Z"],
    "instant": [
        "2026",
        "2026-01-01",
        "2026-01-01T10:00:00",
        "2023-02-29T10:00:00Z",
        "2026-01-01T10:00:00+15:00",
    ],
}


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, values in ACCEPTED.items() for v in values])
def test_a_right_value_is_accepted(kind, value):
    assert PRIMITIVES[kind].accepts(value)


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, values in REFUSED.items() for v in values])
def test_a_wrong_value_is_refused(kind, value):
    assert not PRIMITIVES[kind].accepts(value)


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, values in REFUSED.items() for v in values])
def test_what_the_quick_test_passes_is_right(kind, value):
    usual = PRIMITIVES[kind].usual

    assert not (usual and isinstance(value, str) and usual(value))


def test_every_type_has_right_and_wrong_values():
    assert set(ACCEPTED) == set(REFUSED) == set(PRIMITIVES)


@pytest.mark.parametrize("kind", sorted(PRIMITIVES))
@pytest.mark.parametrize(
    "text", ["a " * 50_000 + "  ", "1" * 100_000 + "!", "." * 100_000 + " ", "2026-" * 20_000]
)
def test_no_text_takes_long_to_refuse(kind, text):
    started = time.perf_counter()

    PRIMITIVES[kind].accepts(text)

    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    "code", ["text/plain", "image/svg+xml", "text/plain; charset=utf-8", "application/fhir+json"]
)
def test_a_media_type_is_known_by_its_form(code):
    assert check({"resourceType": "Binary", "contentType": code}) == []


@pytest.mark.parametrize("code", ["sv", "sv-SE", "zh-Hans-CN", "x-a"])
def test_a_language_is_known_by_its_form(code):
    assert check({"resourceType": "Basic", "code": {"text": "a"}, "language": code}) == []


def test_a_short_list_of_codes_is_told_in_full():
    expected = value_set("http://hl7.org/fhir/ValueSet/administrative-gender").expected

    assert expected == "one of female, male, other, unknown is expected"
