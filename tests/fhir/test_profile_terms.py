"""Bindings of profiles: required and extensible, of known codes, of whole systems, of unknown sets."""

from typing import Any

import pytest
from tests.support.small_profiles import element, of, profile

from pk_api.fhir.profiles import Profiles
from pk_api.fhir.profiles.known import KNOWN

SET = "http://example.org/fhir/ValueSet/set"
CODES = frozenset({("urn:a", "x"), ("urn:a", "y")})
ERROR = [("error", "code-invalid", "Patient.maritalStatus")]
WARNING = [("warning", "code-invalid", "Patient.maritalStatus")]


def concept(*codes: str, **more: str) -> dict[str, Any]:
    return {"coding": [dict(zip(("system", "code"), c.split(" "), strict=True)) for c in codes], **more}


def held(strength: str, value: Any, *, known: Any = CODES, others: Any = ()) -> Any:
    bound = element("Patient.maritalStatus", binding={"strength": strength, "valueSet": f"{SET}|1.0"})
    codes = {} if known is None else {f"{SET}|1.0": known}
    return of(profile("it", "Patient", bound), *others, **codes)(
        {"resourceType": "Patient", "maritalStatus": value}
    )


CASES = [
    ("required", concept("urn:a x"), []),
    ("required", concept("urn:b z", "urn:a y"), []),
    ("required", concept("urn:b x"), ERROR),
    ("required", {"text": "gift"}, ERROR),
    ("extensible", concept("urn:a x"), []),
    ("extensible", concept("urn:b x"), WARNING),
    ("extensible", {"text": "gift"}, []),
    ("preferred", concept("urn:b x"), []),
    ("example", concept("urn:b x"), []),
]


@pytest.mark.parametrize(("strength", "value", "expected"), CASES)
def test_a_concept_is_held_to_its_binding(strength: str, value: Any, expected: Any) -> None:
    assert held(strength, value) == expected


def test_codes_and_codings_are_held_to_their_bindings() -> None:
    def asked(path: str) -> Any:
        bound = element(path, binding={"strength": "required", "valueSet": SET})
        return of(profile("it", "Patient", bound), **{SET: CODES})

    label = {"resourceType": "Patient", "meta": {"security": [{"system": "urn:a", "code": "z"}]}}

    assert asked("Patient.meta.security")(label) == [("error", "code-invalid", "Patient.meta.security[0]")]
    assert asked("Patient.meta.security.code")(label) == [
        ("error", "code-invalid", "Patient.meta.security[0].code")
    ]
    assert (
        asked("Patient.meta.security.code")(
            {"resourceType": "Patient", "meta": {"security": [{"code": "y"}]}}
        )
        == []
    )


SYSTEMLESS = {"code": "nowhere"}
UNKNOWN = {"system": "urn:whole", "code": "nowhere"}
CODINGS = [
    ({"maritalStatus": {"coding": [{"system": "urn:whole", "code": "x"}]}}, []),
    ({"maritalStatus": {"coding": [{"system": "urn:other", "code": "nowhere"}, SYSTEMLESS]}}, []),
    ({"maritalStatus": {"coding": [UNKNOWN]}}, ["maritalStatus.coding[0].code"]),
    ({"meta": {"tag": [SYSTEMLESS, UNKNOWN]}}, ["meta.tag[1].code"]),
    ({"meta": {"tag": [{"system": "urn:whole"}, {"system": "urn:other"}]}}, ["meta.tag[0].code"]),
    ({"identifier": [{"system": "urn:other", "value": "x"}]}, []),
    ({"extension": [{"url": "urn:x", "valueCoding": UNKNOWN}]}, ["extension[0].value.code"]),
    (
        {"_birthDate": {"extension": [{"url": "urn:x", "valueCoding": UNKNOWN}]}},
        ["birthDate.extension[0].value.code"],
    ),
    (
        {"contained": [{"resourceType": "Group", "id": "g", "code": {"coding": [UNKNOWN]}}]},
        ["contained[0].code.coding[0].code"],
    ),
]


@pytest.mark.parametrize(("elements", "expected"), CODINGS)
def test_a_code_that_its_own_system_has_not_is_wrong_wherever_it_stands(
    elements: Any, expected: list[str]
) -> None:
    def is_unknown(system: str, code: str) -> bool:
        return system == "urn:whole" and code != "x"

    issues = Profiles(lambda *_: None, lambda _: None, is_unknown).check(
        {"resourceType": "Patient", **elements}
    )

    assert [(one.severity, one.code, one.expression) for one in issues] == [
        ("error", "code-invalid", f"Patient.{place}") for place in expected
    ]


def test_the_systems_of_hl7_are_left_to_the_check_of_the_format() -> None:
    def found(system: str) -> list[str]:
        coding = {"system": system, "code": "nowhere"}
        return [i.code for i in KNOWN.check({"resourceType": "Patient", "meta": {"tag": [coding]}})]

    assert found("http://terminology.hl7.org/CodeSystem/v3-ActCode") == []
    assert found("http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel") == ["code-invalid"]


def a_value_set(*included: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "url": SET, "compose": {"include": list(included), **more}}


def test_of_a_whole_system_that_is_not_carried_the_system_is_checked() -> None:
    whole = [a_value_set({"system": "urn:a"})]

    assert held("required", concept("urn:a whatever"), known=None, others=whole) == []
    assert held("required", concept("urn:b whatever"), known=None, others=whole) == ERROR


@pytest.mark.parametrize(
    "others",
    [
        [],
        [a_value_set({"system": "urn:a", "filter": [{"property": "x", "op": "=", "value": "y"}]})],
        [a_value_set({"system": "urn:a"}, exclude=[{"system": "urn:a", "concept": [{"code": "x"}]}])],
    ],
    ids=["not known", "by filter", "with exclusions"],
)
def test_what_cannot_be_known_is_told_as_not_checked(others: Any) -> None:
    found = held("required", concept("urn:a x"), known=None, others=others)

    assert found == [("information", "not-supported", "Patient.maritalStatus")]
