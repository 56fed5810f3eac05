"""What profiles ask of elements: number, fixed and pattern values, types, targets, profiles on data types."""

from typing import Any

import pytest
from tests.support.small_profiles import CORE, HERE, element, known, of, profile, told

from pk_api.fhir.validate import check
from pk_api.fhir.values import parse

A, B = {"system": "urn:a", "code": "x"}, {"system": "urn:b", "code": "y"}


def patient(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **elements}


def observation(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **elements}


UNKNOWN = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    ]
}
ONE_NAME = element("Patient.name", min=1, max="1")
NO_PHOTO = element("Patient.photo", max="0")
FAMILY = element("Patient.name.family", min=1)
FIXED = element("Patient.active", fixedBoolean=True)
FIXED_CONCEPT = element("Patient.maritalStatus", fixedCodeableConcept={"coding": [A]})
PATTERN = element("Patient.maritalStatus", patternCodeableConcept={"coding": [A]})
TWO_CODES = element("Patient.maritalStatus", patternCodeableConcept={"coding": [A, B]})
GIVEN = element("Patient.name.given", max="1")
TO_ORGANIZATION = element(
    "Patient.generalPractitioner", type=[{"code": "Reference", "targetProfile": [f"{CORE}Organization"]}]
)
ONLY_BOOLEAN = element("Patient.deceased[x]", type=[{"code": "boolean"}])
QUANTITY_ONLY = element("Observation.value[x]", type=[{"code": "Quantity"}])
IN_METRES = element("Observation.valueQuantity.unit", patternString="m")
EXACT = element("Observation.valueQuantity.value", fixedDecimal=72.5)

CASES = [
    ("kept number", ONE_NAME, patient(name=[{"text": "A"}]), []),
    ("too few", ONE_NAME, patient(), [("error", "required", "Patient.name")]),
    (
        "too many",
        ONE_NAME,
        patient(name=[{"text": "A"}, {"text": "B"}]),
        [("error", "structure", "Patient.name")],
    ),
    ("prohibited and absent", NO_PHOTO, patient(), []),
    (
        "prohibited and there",
        NO_PHOTO,
        patient(photo=[{"title": "x"}]),
        [("error", "structure", "Patient.photo")],
    ),
    ("a child of what is absent", FAMILY, patient(), []),
    (
        "a child of each",
        FAMILY,
        patient(name=[{"family": "A"}, {"text": "B"}]),
        [("error", "required", "Patient.name[1].family")],
    ),
    (
        "a child that has an extension alone",
        FAMILY,
        patient(name=[{"_family": UNKNOWN}]),
        [],
    ),
    (
        "primitives of a list",
        GIVEN,
        patient(name=[{"given": ["A", "B"]}]),
        [("error", "structure", "Patient.name[0].given")],
    ),
    ("fixed and so", FIXED, patient(active=True), []),
    ("fixed and otherwise", FIXED, patient(active=False), [("error", "value", "Patient.active")]),
    ("fixed and absent", FIXED, patient(), []),
    ("fixed wholly", FIXED_CONCEPT, patient(maritalStatus={"coding": [A]}), []),
    (
        "fixed and more",
        FIXED_CONCEPT,
        patient(maritalStatus={"coding": [A], "text": "x"}),
        [("error", "value", "Patient.maritalStatus")],
    ),
    ("pattern and more", PATTERN, patient(maritalStatus={"coding": [B, A | {"display": "X"}]}), []),
    (
        "pattern and otherwise",
        PATTERN,
        patient(maritalStatus={"coding": [A | {"system": "urn:b"}]}),
        [("error", "value", "Patient.maritalStatus")],
    ),
    ("pattern of two", TWO_CODES, patient(maritalStatus={"coding": [B, A]}), []),
    (
        "half a pattern of two",
        TWO_CODES,
        patient(maritalStatus={"coding": [A]}),
        [("error", "value", "Patient.maritalStatus")],
    ),
    (
        "target of the type",
        TO_ORGANIZATION,
        patient(generalPractitioner=[{"reference": "Organization/a"}]),
        [],
    ),
    (
        "target by address",
        TO_ORGANIZATION,
        patient(generalPractitioner=[{"reference": "http://example.org/fhir/Organization/a/_history/2"}]),
        [],
    ),
    (
        "target of another type",
        TO_ORGANIZATION,
        patient(generalPractitioner=[{"reference": "Practitioner/a"}]),
        [("error", "value", "Patient.generalPractitioner[0].reference")],
    ),
    (
        "target by type",
        TO_ORGANIZATION,
        patient(generalPractitioner=[{"display": "A"}, {"type": "Practitioner", "display": "B"}]),
        [("error", "value", "Patient.generalPractitioner[1].reference")],
    ),
    (
        "target contained",
        TO_ORGANIZATION,
        patient(
            contained=[{"resourceType": "Practitioner", "id": "p"}],
            generalPractitioner=[{"reference": "#p"}],
        ),
        [("error", "value", "Patient.generalPractitioner[0].reference")],
    ),
    ("choice of the type", ONLY_BOOLEAN, patient(deceasedBoolean=False), []),
    (
        "choice of another type",
        ONLY_BOOLEAN,
        patient(deceasedDateTime="2020"),
        [("error", "structure", "Patient.deceased")],
    ),
    ("quantity", QUANTITY_ONLY, observation(valueQuantity={"value": 1}), []),
    (
        "text for quantity",
        QUANTITY_ONLY,
        observation(valueString="1"),
        [("error", "structure", "Observation.value")],
    ),
    ("below one choice", IN_METRES, observation(valueQuantity={"value": 1, "unit": "m"}), []),
    ("below another choice", IN_METRES, observation(valueString="cm"), []),
    (
        "below one choice otherwise",
        IN_METRES,
        observation(valueQuantity={"value": 1, "unit": "cm"}),
        [("error", "value", "Observation.value.unit")],
    ),
]


@pytest.mark.parametrize(
    ("asked", "resource", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_an_element_is_held_to_its_profile(
    asked: dict[str, Any], resource: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert check(resource) == []

    found = of(profile("it", resource["resourceType"], asked))(resource)

    assert found == expected


def test_decimals_are_compared_by_value() -> None:
    fits = of(profile("it", "Observation", EXACT))

    written = parse(b'{"resourceType": "Observation", "valueQuantity": {"value": 72.50}}')

    assert fits(written) == []
    assert fits(observation(valueQuantity={"value": 72.4})) == [("error", "value", "Observation.value.value")]


def test_a_true_is_no_one() -> None:
    assert (
        of(profile("it", "Patient", element("Patient.multipleBirthInteger", fixedInteger=1)))(
            patient(multipleBirthInteger=1)
        )
        == []
    )
    assert of(profile("it", "Patient", element("Patient.active", fixedInteger=1)))(patient(active=True)) != []


def test_a_profile_keeps_what_its_base_asks() -> None:
    base = profile("base", "Patient", ONE_NAME, element("Patient.name.family", min=1))
    derived = profile("derived", "Patient", element("Patient.name.family", max="1"), NO_PHOTO, base="base")

    found = of(derived, base)(patient(name=[{"text": "A"}], photo=[{"title": "x"}]))

    assert sorted(found) == [
        ("error", "required", "Patient.name[0].family"),
        ("error", "structure", "Patient.photo"),
    ]


def test_a_profile_on_a_data_type_is_kept_wherever_it_is_used() -> None:
    name = profile("OneGiven", "HumanName", element("HumanName.given", min=1, max="1"))
    uses = profile(
        "it", "Patient", element("Patient.name", type=[{"code": "HumanName", "profile": [name["url"]]}])
    )

    found = of(uses, name)(patient(name=[{"given": ["A"]}, {"given": ["A", "B"]}, {"text": "C"}]))

    assert found == [
        ("error", "structure", "Patient.name[1].given"),
        ("error", "required", "Patient.name[2].given"),
    ]


def test_one_of_several_profiles_is_enough() -> None:
    long = profile("Long", "HumanName", element("HumanName.given", min=2))
    told_ = profile("Told", "HumanName", element("HumanName.text", min=1))
    either = [{"code": "HumanName", "profile": [long["url"], told_["url"]]}]

    found = of(profile("it", "Patient", element("Patient.name", type=either)), long, told_)(
        patient(name=[{"text": "A"}, {"given": ["A", "B"]}, {"family": "C"}])
    )

    assert found == [("error", "structure", "Patient.name[2]")]


def test_a_contained_resource_is_held_to_the_type_that_the_profile_leaves() -> None:
    asked = element("Patient.contained", type=[{"code": "Organization"}])
    held = of(profile("it", "Patient", asked))

    assert held(patient(contained=[{"resourceType": "Organization", "id": "o"}])) == []
    assert held(patient(contained=[{"resourceType": "Practitioner", "id": "o"}])) == [
        ("error", "structure", "Patient.contained[0]")
    ]


def test_must_support_is_told_as_a_hint() -> None:
    profiles = known(profile("it", "Patient", element("Patient.name", min=1, mustSupport=True)))

    (issue,) = profiles.check(patient(), f"{HERE}it")

    assert issue.diagnostics == "it: at least 1 of name is expected (mustSupport)"


def test_a_profile_that_is_not_known_or_for_another_type_is_an_error() -> None:
    profiles = known(profile("it", "Patient"))

    assert told(profiles.check(patient(), f"{HERE}other")) == [("error", "not-found", "Patient")]
    assert told(profiles.check({"resourceType": "Goal"}, f"{HERE}it")) == [("error", "structure", "Goal")]
    assert profiles.check(patient(), f"{CORE}Patient", f"{CORE}Resource") == []


def test_a_profile_whose_base_is_not_known_says_so() -> None:
    found = of(profile("it", "Patient", ONE_NAME, base="nowhere"))(patient())

    assert found == [("error", "not-supported", "Patient")]


def test_invariants_of_a_profile_are_told_as_not_evaluated() -> None:
    asked = element("Patient.name", constraint=[{"key": "own-1", "severity": "error", "human": "x"}])

    assert of(profile("it", "Patient", asked))(patient()) == [("information", "not-supported", "Patient")]


def test_only_known_claims_are_held_to() -> None:
    profiles = known(profile("it", "Patient", ONE_NAME))
    claiming = patient(meta={"profile": [f"{HERE}unknown", f"{HERE}it"]})

    assert told(profiles.claimed(claiming)) == [("error", "required", "Patient.name")]
    assert profiles.claimed(patient(meta={"profile": [f"{HERE}unknown"]})) == []
