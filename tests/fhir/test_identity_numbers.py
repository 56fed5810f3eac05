"""Swedish identity numbers: what is right, what is told, and how people may write them."""

from datetime import date

import pytest

from pk_api.fhir.identity import birth_date, check_identifier, identity_issues, normalise_person
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import (
    HSA_ID,
    NATIONELLT_RESERVNUMMER,
    ORGANISATIONSNUMMER,
    PERSONNUMMER,
    SAMORDNINGSNUMMER,
)

TODAY = date(2026, 11, 22)
TEST_NUMBERS = [
    "195009072553",
    "196101182803",
    "189002029800",
    "200302022389",
    "199002222397",
    "200001252386",
]


@pytest.mark.parametrize("value", [*TEST_NUMBERS, "189602029812", "191212121212"])
@pytest.mark.parametrize("system", [PERSONNUMMER, "urn:oid:1.2.752.129.2.1.3.1"])
def test_a_published_test_number_is_right(system, value):
    assert check_identifier(system, value) is None


@pytest.mark.parametrize(
    ("system", "value"),
    [
        (SAMORDNINGSNUMMER, "196109732393"),
        ("urn:oid:1.2.752.129.2.1.3.3", "196109732393"),
        (NATIONELLT_RESERVNUMMER, "98240301AA06"),
        (ORGANISATIONSNUMMER, "2321000131"),
        (HSA_ID, "SE2321000131-P000000123456"),
        ("https://example.org/pas", "what ever"),
        (None, "what ever"),
    ],
)
def test_a_right_identifier_or_one_of_another_system_is_accepted(system, value):
    assert check_identifier(system, value) is None


@pytest.mark.parametrize(
    ("system", "value"),
    [
        (PERSONNUMMER, "195001011234"),
        (PERSONNUMMER, "191212121213"),
        (PERSONNUMMER, "1212121212"),
        (PERSONNUMMER, "19121212-1212"),
        (PERSONNUMMER, "171212121212"),
        (PERSONNUMMER, "191302301212"),
        (PERSONNUMMER, "196109732393"),
        (PERSONNUMMER, "１９１２１２１２１２１２"),
        (SAMORDNINGSNUMMER, "191212121212"),
        (SAMORDNINGSNUMMER, "610973-2393"),
        (SAMORDNINGSNUMMER, "196109732394"),
        (SAMORDNINGSNUMMER, "196102922393"),
        (NATIONELLT_RESERVNUMMER, "20210325K069"),
        (NATIONELLT_RESERVNUMMER, "98240301IO06"),
        (ORGANISATIONSNUMMER, "2321000132"),
        (ORGANISATIONSNUMMER, "1212121212"),
        (ORGANISATIONSNUMMER, "232100-0131"),
        (HSA_ID, "SE2321000131 E1"),
        (HSA_ID, "SE2321000131-" + "E" * 20),
        (HSA_ID, ""),
    ],
)
def test_a_wrong_identifier_is_told_without_its_value(system, value):
    wrong = check_identifier(system, value)

    assert wrong
    assert not value or value not in wrong


@pytest.mark.parametrize(
    ("text", "system", "value"),
    [
        ("191212121212", PERSONNUMMER, "191212121212"),
        ("19121212-1212", PERSONNUMMER, "191212121212"),
        ("121212+1212", PERSONNUMMER, "191212121212"),
        ("500907-2553", PERSONNUMMER, "195009072553"),
        ("500907 2553", PERSONNUMMER, "195009072553"),
        ("0302022389", PERSONNUMMER, "200302022389"),
        ("610973-2393", SAMORDNINGSNUMMER, "196109732393"),
        ("196109732393", SAMORDNINGSNUMMER, "196109732393"),
        ("98240301AA06", NATIONELLT_RESERVNUMMER, "98240301AA06"),
    ],
)
def test_a_number_is_read_as_people_write_it(text, system, value):
    assert normalise_person(text, today=TODAY) == (system, value)


@pytest.mark.parametrize("text", ["", "ingen", "121212-1213", "12121212121", "19121212/1212", "191212121213"])
def test_what_is_no_number_is_refused_without_telling_it(text):
    with pytest.raises(Problem) as refused:
        normalise_person(text, today=TODAY)

    assert refused.value.status == 400
    assert not text or text not in str(refused.value)


def test_ten_digits_get_the_latest_century_that_is_not_in_the_future():
    assert normalise_person("121212-1212", today=date(2026, 11, 22))[1] == "201212121212"
    assert normalise_person("121212-1212", today=date(1950, 1, 1))[1] == "191212121212"


def test_a_number_tells_the_day_of_birth():
    assert birth_date("196109732393") == date(1961, 9, 13)
    assert birth_date("196100602393") is None


def patient(value: str, system: str = PERSONNUMMER, **more) -> dict:
    return {"resourceType": "Patient", "identifier": [{"system": system, "value": value}], **more}


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_a_wrong_check_digit_is_told_with_the_severity_asked_for(severity):
    issues = identity_issues(patient("191212121213"), severity)

    assert [(issue.severity, issue.expression) for issue in issues] == [
        (severity, "Patient.identifier[0].value")
    ]


def test_nothing_is_told_when_the_check_is_off():
    assert identity_issues(patient("191212121213"), "off") == []


def test_a_number_inside_a_reference_is_checked_too():
    subject = {"identifier": {"system": PERSONNUMMER, "value": "191212121213"}}

    issues = identity_issues({"resourceType": "Task", "for": subject}, "error")

    assert [issue.expression for issue in issues] == ["Task.for.identifier.value"]


def test_a_reserve_number_of_a_regional_form_is_a_warning_at_most():
    issues = identity_issues(patient("20210325K069", NATIONELLT_RESERVNUMMER), "error")

    assert [issue.severity for issue in issues] == ["warning"]


def test_another_birth_date_than_the_number_has_is_a_warning_at_most():
    issues = identity_issues(patient("189602029812", birthDate="2000-01-25"), "error")

    assert [(issue.severity, issue.expression) for issue in issues] == [("warning", "Patient.birthDate")]


def test_a_right_patient_has_no_issues():
    assert identity_issues(patient("191212121212", birthDate="1912-12-12"), "error") == []
