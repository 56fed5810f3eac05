"""Slicing in profiles: how items find their slices, and what is asked of slices and of the rest."""

from typing import Any

import pytest
from tests.support.small_profiles import CORE, element, of, profile, slicing

Json = dict[str, Any]


def patient(*identifiers: Json, **more: Any) -> Json:
    return {"resourceType": "Patient", "identifier": list(identifiers), **more}


def number(system: str, **more: Any) -> Json:
    return {"system": f"urn:{system}", "value": "1", **more}


def by_system(rules: str = "open", **more: Any) -> list[Json]:
    """Slices `a` (one at least, with a use) and `b` (one at most) by system."""
    return [
        element("Patient.identifier", slicing=slicing("system", rules=rules, **more)),
        element("Patient.identifier:a", min=1),
        element("Patient.identifier:a.system", fixedUri="urn:a"),
        element("Patient.identifier:a.use", min=1),
        element("Patient.identifier:b", max="1"),
        element("Patient.identifier:b.system", fixedUri="urn:b"),
    ]


A, B, C = number("a", use="usual"), number("b"), number("c")

BY_SYSTEM = [
    ("each in its slice", "open", {}, [A, B, C], []),
    ("none of a slice", "open", {}, [B], [("error", "required", "Patient.identifier")]),
    ("two of a slice", "open", {}, [A, B, B], [("error", "structure", "Patient.identifier")]),
    (
        "a slice's own demand",
        "open",
        {},
        [C, number("a")],
        [("error", "required", "Patient.identifier[1].use")],
    ),
    ("closed and full", "closed", {}, [A, B], []),
    ("closed and more", "closed", {}, [A, C], [("error", "structure", "Patient.identifier[1]")]),
    ("open at the end", "openAtEnd", {}, [A, B, C], []),
    (
        "others before the end",
        "openAtEnd",
        {},
        [C, A],
        [("error", "structure", "Patient.identifier[0]")],
    ),
    ("in order", "open", {"ordered": True}, [A, C, B], []),
    ("out of order", "open", {"ordered": True}, [B, A], [("error", "structure", "Patient.identifier[1]")]),
    ("in any order", "open", {}, [B, A], []),
]


@pytest.mark.parametrize(
    ("rules", "more", "found", "expected"), [row[1:] for row in BY_SYSTEM], ids=[row[0] for row in BY_SYSTEM]
)
def test_slices_by_value(rules: str, more: Json, found: list[Json], expected: list[Any]) -> None:
    held = of(profile("it", "Patient", *by_system(rules, **more)))

    assert held(patient(*found)) == expected


def coded(system: str, code: str) -> Json:
    return {"coding": [{"system": f"urn:{system}", "code": code}]}


SUBJECT = {"reference": "Patient/1"}
PLAN = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": SUBJECT}
A_X = {"system": "urn:a", "code": "x"}
CATEGORIES = [
    ("pattern of the item", slicing("$this", "pattern"), {"": {"patternCodeableConcept": coded("a", "x")}}),
    ("value of the item", slicing("$this"), {"": {"fixedCodeableConcept": coded("a", "x")}}),
    (
        "pattern at a path",
        slicing("coding", "pattern"),
        {".coding": {"patternCoding": A_X}},
    ),
    ("value at a path", slicing("coding.code"), {".coding.code": {"fixedCode": "x"}}),
    ("pattern above the path", slicing("coding.code"), {"": {"patternCodeableConcept": coded("a", "x")}}),
    ("pattern of a part", slicing("coding"), {"": {"patternCodeableConcept": coded("a", "x")}}),
    ("required binding", slicing("$this"), {"": {"binding": {"strength": "required", "valueSet": "set"}}}),
    (
        "systems of a required binding",
        slicing("coding.system"),
        {"": {"binding": {"strength": "required", "valueSet": "set"}}},
    ),
]


@pytest.mark.parametrize(("how", "told"), [row[1:] for row in CATEGORIES], ids=[row[0] for row in CATEGORIES])
def test_what_tells_a_slice_apart(how: Json, told: dict[str, Json]) -> None:
    root = told.pop("", {})
    asked = [
        element("CarePlan.category", slicing=how),
        element("CarePlan.category:kind", min=1, max="1", **root),
        *(element(f"CarePlan.category:kind{path}", **more) for path, more in told.items()),
    ]
    held = of(profile("it", "CarePlan", *asked), set=frozenset({("urn:a", "x")}))

    assert held(PLAN | {"category": [coded("b", "y"), coded("a", "x")]}) == []
    assert held(PLAN | {"category": [coded("b", "y")]}) == [("error", "required", "CarePlan.category")]
    assert held(PLAN | {"category": [coded("a", "x"), coded("a", "x")]}) == [
        ("error", "structure", "CarePlan.category")
    ]
    told[""] = root


def test_slices_by_presence() -> None:
    held = of(
        profile(
            "it",
            "Patient",
            element("Patient.identifier", slicing=slicing("period", "exists")),
            element("Patient.identifier:past", max="1"),
            element("Patient.identifier:past.period", min=1),
            element("Patient.identifier:lasting", max="2"),
            element("Patient.identifier:lasting.period", max="0"),
        )
    )
    past = number("a", period={"end": "2020"})

    assert held(patient(past, A, B)) == []
    assert held(patient(past, past, A, B)) == [("error", "structure", "Patient.identifier")]


def test_slices_by_type_of_a_choice() -> None:
    held = of(
        profile(
            "it",
            "Observation",
            element("Observation.value[x]:valueQuantity", type=[{"code": "Quantity"}]),
            element("Observation.value[x]:valueQuantity.unit", min=1),
        )
    )
    seen = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}

    assert held(seen | {"valueString": "1"}) == []
    assert held(seen | {"valueQuantity": {"value": 1, "unit": "m"}}) == []
    assert held(seen | {"valueQuantity": {"value": 1}}) == [("error", "required", "Observation.value.unit")]


def test_slices_by_the_type_that_a_reference_names() -> None:
    def one(name: str) -> Json:
        target = [{"code": "Reference", "targetProfile": [f"{CORE}{name}"]}]
        return element(f"Patient.generalPractitioner:{name}", max="1", type=target)

    held = of(
        profile(
            "it",
            "Patient",
            element("Patient.generalPractitioner", slicing=slicing("resolve()", "type", "closed")),
            one("Organization"),
            one("Practitioner"),
        )
    )

    def cared(*targets: str) -> Json:
        told = [{"reference": t} for t in targets]
        return {"resourceType": "Patient", "generalPractitioner": told}

    assert held(cared("Organization/1", "Practitioner/1")) == []
    assert held(cared("Organization/1", "Organization/2")) == [
        ("error", "structure", "Patient.generalPractitioner")
    ]
    assert held(cared("PractitionerRole/1")) == [("error", "structure", "Patient.generalPractitioner[0]")]


def test_a_profiled_type_tells_what_its_slice_is() -> None:
    lma = profile("Lma", "Identifier", element("Identifier.system", fixedUri="urn:lma"))
    typed = [{"code": "Identifier", "profile": [lma["url"]]}]
    held = of(
        profile(
            "it",
            "Patient",
            element("Patient.identifier", slicing=slicing("system")),
            element("Patient.identifier:lma", min=1, type=typed),
        ),
        lma,
    )

    assert held(patient(number("lma"))) == []
    assert held(patient(A)) == [("error", "required", "Patient.identifier")]


def test_a_derived_profile_asks_more_of_a_slice_of_its_base() -> None:
    base = profile("base", "Patient", *by_system())
    held = of(profile("it", "Patient", element("Patient.identifier:b", min=1), base="base"), base)

    assert held(patient(A)) == [("error", "required", "Patient.identifier")]
    assert held(patient(A, B)) == []


def test_slices_below_slices() -> None:
    held = of(
        profile(
            "it",
            "Patient",
            *by_system(),
            element("Patient.identifier:b.type.coding", slicing=slicing("system")),
            element("Patient.identifier:b.type.coding:own", min=1),
            element("Patient.identifier:b.type.coding:own.system", fixedUri="urn:own"),
        )
    )

    assert held(patient(A, B)) == []
    assert held(patient(A, number("b", type=coded("own", "x")))) == []
    assert held(patient(A, number("b", type=coded("other", "x")))) == [
        ("error", "required", "Patient.identifier[1].type.coding")
    ]


ONE_SLICE = element("Patient.identifier:a")
BEYOND = [
    (
        "no discriminator",
        [element("Patient.identifier", slicing={"rules": "open"}), ONE_SLICE],
    ),
    (
        "nothing said of it",
        [element("Patient.identifier", slicing=slicing("use")), ONE_SLICE],
    ),
    (
        "told apart by profile",
        [element("Patient.identifier", slicing=slicing("$this", "profile")), ONE_SLICE],
    ),
    ("slices of slices", [*by_system(), element("Patient.identifier:a/b")]),
    ("no such element", [element("Patient.nothing", min=1)]),
    ("no such element below", [element("Patient.identifier.nothing", min=1)]),
    (
        "presence not said",
        [element("Patient.identifier", slicing=slicing("use", "exists")), ONE_SLICE],
    ),
    (
        "a path that is not followed",
        [element("Patient.identifier", slicing=slicing("where(x)")), ONE_SLICE],
    ),
]


@pytest.mark.parametrize("asked", [row[1] for row in BEYOND], ids=[row[0] for row in BEYOND])
def test_what_is_beyond_the_engine_is_told_and_never_passed_over(asked: list[Json]) -> None:
    found = of(profile("it", "Patient", *asked))(patient(A))

    assert {(severity, code) for severity, code, _ in found} == {("error", "not-supported")}
