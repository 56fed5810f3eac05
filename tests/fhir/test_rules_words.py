"""Rules that the specification gives in words: each kept, and each broken and told at its element."""

from typing import Any

import pytest

from pk_api.fhir.validate import check

PATIENT = {"resourceType": "Patient", "id": "1"}
CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"


def condition(**coding: str) -> dict[str, Any]:
    return {"resourceType": "Condition", "subject": {"display": "a"}, "category": [{"coding": [coding]}]}


def bundle(url: str, resource: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": url, "resource": resource}]}


def identified(value: str) -> dict[str, Any]:
    return PATIENT | {"identifier": [{"system": "urn:ietf:rfc:3986", "value": value}]}


@pytest.mark.parametrize(
    ("resource", "expression"),
    [
        (condition(system=CATEGORY, code="wrong"), "Condition.category[0].coding[0].code"),
        (condition(system=ROLE, code="mth"), "Condition.category[0].coding[0].code"),
        (condition(system=ROLE, display="a name alone"), "Condition.category[0].coding[0].code"),
        (identified("12"), "Patient.identifier[0]"),
        (PATIENT | {"identifier": [{"system": "a", "value": "1"}]}, "Patient.identifier[0]"),
        (
            {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT}]},
            "Bundle.entry",
        ),
        (bundle("https://example.org/fhir/Patient/2", PATIENT), "Bundle.entry[0].fullUrl"),
        (bundle("https://example.org/fhir/Goal/1", PATIENT), "Bundle.entry[0].fullUrl"),
    ],
)
def test_what_breaks_a_rule_is_told_at_its_element(resource: dict[str, Any], expression: str) -> None:
    assert [issue.expression for issue in check(resource)] == [expression]


@pytest.mark.parametrize(
    "resource",
    [
        condition(system=CATEGORY, code="problem-list-item"),
        condition(display="a name alone"),
        condition(system=ROLE, code="LATER"),
        condition(system="https://example.org", code="wrong"),
        identified("urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"),
        bundle("https://example.org/fhir/Patient/1", PATIENT),
        bundle("urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", PATIENT),
        bundle("https://example.org/items/Goal/a/b", PATIENT),
    ],
)
def test_what_keeps_them_is_valid(resource: dict[str, Any]) -> None:
    assert check(resource) == []
