"""FHIRPath Patch: HL7's cases, choices, primitives with extensions, and what is refused."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pk_api.fhir.patches import read_patch
from pk_api.fhir.problems import Problem

OFFICIAL = json.loads(Path(__file__).with_name("official_fhirpath_patch.json").read_text())["cases"]
PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "identifier": [{"system": "urn:a", "value": "1"}, {"system": "urn:b", "value": "2", "use": "old"}],
    "name": [
        {"given": ["Anna", None], "_given": [None, {"extension": [{"url": "urn:e", "valueString": "x"}]}]},
        {"family": "B", "use": "maiden"},
    ],
    "active": True,
    "deceasedBoolean": False,
    "multipleBirthInteger": 2,
    "birthDate": "1970-01-01",
    "_birthDate": {"extension": [{"url": "urn:t", "valueTime": "10:00:00"}]},
    "contained": [{"resourceType": "Organization", "id": "o", "name": "O"}],
    "extension": [{"url": "urn:x", "valueCode": "a"}],
}


def op(type: str, **parts: Any) -> dict[str, Any]:
    """Return a Parameters resource with one operation; a dict is the part itself."""
    rows = []
    for name, value in ({"type": type} | parts).items():
        if isinstance(value, dict):
            rows.append({"name": name} | value)
        else:
            rows.append({"name": name, "valueInteger" if isinstance(value, int) else "valueString": value})
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": rows}]}


def patched(parameters: dict[str, Any], resource: dict[str, Any] = PATIENT) -> dict[str, Any]:
    body = json.dumps(parameters).encode()
    return read_patch("application/fhir+json", body, is_versioned=False)(resource)


def problem_of(parameters: dict[str, Any]) -> Problem:
    with pytest.raises(Problem) as told:
        patched(parameters)
    return told.value


@pytest.mark.parametrize("case", OFFICIAL, ids=lambda case: case["name"])
def test_the_official_cases_come_out_as_they_say(case: dict[str, Any]) -> None:
    before = deepcopy(case["input"])
    if "error" in case:
        with pytest.raises(Problem):
            patched(case["patch"], case["input"])
        return

    assert patched(case["patch"], case["input"]) == case["output"]
    assert case["input"] == before


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("Patient.identifier.where(system = 'urn:a')", [1]),
        ("Patient.identifier.where(use = 'old' and value = '2')", [0]),
        ("Patient.identifier.where(use.exists())", [0]),
        ("Patient.identifier.where(use.exists().not())", [1]),
        ("Patient.identifier.where(use.empty() or system != 'urn:b')", [1]),
        ("Patient.identifier.where(system.startsWith('urn:') and value.endsWith('2'))", [0]),
        ("Patient.identifier.where(exists(value = '1'))", [1]),
        ("identifier.first()", [1]),
        ("%resource.identifier.last()", [0]),
        ("Patient.identifier.tail()", [0]),
        ("Patient.identifier[1].single()", [0]),
        ("Patient.`identifier`[0]", [1]),
        ("Patient.identifier.where($this.value = '1')", [1]),
        ("Patient.identifier.where(value.contains('9'))", [0, 1]),
    ],
)
def test_an_expression_finds_the_element_that_is_meant(path: str, left: list[int]) -> None:
    found = patched(op("delete", path=path))

    assert found["identifier"] == [PATIENT["identifier"][n] for n in left]


CHANGES = [
    (
        op("replace", path="Patient.deceased", value={"valueDateTime": "2020-01-01"}),
        {"deceasedBoolean": None, "deceasedDateTime": "2020-01-01"},
    ),
    (
        op("replace", path="Patient.multipleBirth.ofType(integer)", value={"valueInteger": 3}),
        {"multipleBirthInteger": 3},
    ),
    (
        op("replace", path="(Patient.multipleBirth as integer)", value={"valueInteger": 4}),
        {"multipleBirthInteger": 4},
    ),
    (op("delete", path="Patient.multipleBirth.ofType(boolean)"), {}),
    (op("delete", path="Patient.birthDate"), {"birthDate": None, "_birthDate": None}),
    (op("delete", path="Patient.birthDate.extension('urn:t')"), {"_birthDate": None}),
    (
        op("replace", path="Patient.birthDate", value={"valueDate": "1980-01-01"}),
        {"birthDate": "1980-01-01", "_birthDate": None},
    ),
    (
        op(
            "add",
            path="Patient.active",
            name="extension",
            value={"valueExtension": {"url": "urn:n", "valueCode": "c"}},
        ),
        {"_active": {"extension": [{"url": "urn:n", "valueCode": "c"}]}},
    ),
    (
        op("replace", path="Patient.extension('urn:x').value", value={"valueString": "b"}),
        {"extension": [{"url": "urn:x", "valueString": "b"}]},
    ),
    (
        op("replace", path="Patient.contained[0].name", value={"valueString": "P"}),
        {"contained": [{"resourceType": "Organization", "id": "o", "name": "P"}]},
    ),
    (
        op(
            "add",
            path="Patient",
            name="contained",
            value={"resource": {"resourceType": "Practitioner", "id": "q"}},
        ),
        {"contained": [*PATIENT["contained"], {"resourceType": "Practitioner", "id": "q"}]},
    ),
    (
        op(
            "add",
            path="Patient",
            name="contact",
            value={
                "part": [
                    {"name": "name", "valueHumanName": {"family": "C"}},
                    {"name": "telecom", "valueContactPoint": {"value": "1"}},
                    {"name": "telecom", "valueContactPoint": {"value": "2"}},
                ]
            },
        ),
        {"contact": [{"name": {"family": "C"}, "telecom": [{"value": "1"}, {"value": "2"}]}]},
    ),
]


@pytest.mark.parametrize(("patch", "changes"), CHANGES)
def test_only_what_is_named_changes(patch: dict[str, Any], changes: dict[str, Any]) -> None:
    expected = {k: v for k, v in (PATIENT | changes).items() if v is not None}

    assert patched(patch) == expected


def test_what_stands_beside_a_primitive_of_a_list_moves_with_it() -> None:
    moved = patched(op("move", path="Patient.name[0].given", source=1, destination=0))
    deleted = patched(op("delete", path="Patient.name[0].given[0]"))
    gone = patched(op("delete", path="Patient.name[0].given[1].extension[0]"))
    inserted = patched(op("insert", path="Patient.name[0].given", index=0, value={"valueString": "B"}))

    beside = PATIENT["name"][0]["_given"][1]
    assert moved["name"][0] == {"given": [None, "Anna"], "_given": [beside, None]}
    assert deleted["name"][0] == {"_given": [beside]}
    assert gone["name"][0] == {"given": ["Anna"]}
    assert inserted["name"][0] == {"given": ["B", "Anna", None], "_given": [None, None, beside]}


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (
            op("replace", path="Patient.gender", value={"valueCode": "male"}),
            "leads to nothing",
        ),
        (op("delete", path="Patient.identifier"), "several elements"),
        (op("delete", path="Patient"), "whole resource"),
        (op("delete", path="Patient.nothing"), "no element nothing"),
        (op("delete", path="Observation.value"), "no element Observation"),
        (op("delete", path="Patient.identifier.count()"), "no element"),
        (op("delete", path="Patient.identifier.single()"), "finds several"),
        (
            op("add", path="Patient", name="active", value={"valueBoolean": True}),
            "is there already",
        ),
        (
            op("add", path="Patient", name="x", value={"valueBoolean": True}),
            "no element of that name",
        ),
        (op("add", path="Patient", name="gender", value={}), "value is expected"),
        (
            op("replace", path="Patient.deceased", value={"valueCode": "x"}),
            "cannot be of that type",
        ),
        (
            op("insert", path="Patient.name", index=3, value={"valueHumanName": {}}),
            "beyond the end",
        ),
        (op("insert", path="Patient.gender", index=0, value={"valueCode": "x"}), "in no list"),
        (op("move", path="Patient.name", source=0, destination=2), "no such item"),
    ],
)
def test_what_cannot_be_done_is_told_by_its_operation(patch: dict[str, Any], why: str) -> None:
    problem = problem_of(patch)

    assert (problem.kind, problem.issues[0].expression) == ("business-rule", "Parameters.parameter[0]")
    assert why in problem.detail


@pytest.mark.parametrize(
    "patch",
    [
        op("spin", path="Patient.active"),
        op("delete"),
        op("delete", path=1),
        op("delete", path="Patient.", value={}),
        op("delete", path="Patient.active ;"),
        op("delete", path="Patient.active active"),
        op("delete", path="Patient.descendants()"),
        op("delete", path="Patient.name[-1]"),
        op("delete", path="Patient.name.where('x'"),
        op("delete", path="(" * 200 + "Patient" + ")" * 200),
        op("delete", path="Patient." + "name." * 300 + "given"),
        op("delete", path="Patient" + ".extension" * 101),
        op("delete", path="Patient" + "[0]" * 101),
        op("insert", path="Patient.name.first()", index=0, value={"valueHumanName": {}}),
        op("insert", path="Patient.name", index=-1, value={"valueHumanName": {}}),
        op("move", path="Patient.name", source=True, destination=0),
        op("delete", path="Patient.active", other="x"),
        {"resourceType": "Parameters", "parameter": [{"name": "other"}]},
        {"resourceType": "Parameters", "parameter": [1]},
        {"resourceType": "Parameters", "parameter": {}},
        {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [1]}]},
    ],
)
def test_what_is_no_patch_is_not_valid(patch: dict[str, Any]) -> None:
    assert problem_of(patch).kind == "invalid"


def test_a_patch_that_nests_ever_deeper_is_stopped() -> None:
    inner = {"valueExtension": {"url": "urn:x"}}
    rows = [
        op("add", path="Patient" + ".extension" * n, name="extension", value=inner)["parameter"][0]
        for n in range(60)
    ]
    bare = {"resourceType": "Patient"}

    deep = patched({"resourceType": "Parameters", "parameter": rows[:40]}, bare)
    with pytest.raises(Problem) as told:
        patched({"resourceType": "Parameters", "parameter": rows}, bare)

    assert json.dumps(deep).count("urn:x") == 40
    assert told.value.kind == "too-large"


def test_a_patch_of_too_many_operations_is_refused() -> None:
    many = op("delete", path="Patient.active")["parameter"] * 501

    assert problem_of({"resourceType": "Parameters", "parameter": many}).kind == "too-large"


NAMES = ["name", "given", "extension", "value", "contained", "birthDate", "contact", "id"]
TAILS = ["[0]", "[1]", ".first()", ".last()", ".where(url = 'urn:x')", ".extension('urn:x')"]
STEPS = st.sampled_from([*(f".{name}" for name in NAMES), *TAILS, ".ofType(string)"])
PATHS = st.lists(STEPS, max_size=5).map(lambda steps: "Patient" + "".join(steps))
OBJECTS: list[Any] = [{}, {"url": "urn:x"}, {"resourceType": "Nothing"}]
JUNK = st.sampled_from([None, 1, "x", True, [], ["x"], [{}], *OBJECTS])
KINDS = st.sampled_from(
    ["valueString", "valueExtension", "valueHumanName", "_valueString", "resource", "part"]
)


def an_operation(kind: str, path: str, name: str, value: dict[str, Any], n: int) -> dict[str, Any]:
    """Return one row of a patch with every part that any operation takes."""
    whole = op(kind, path=path, name=name, value=value, index=n % 2, source=n % 2, destination=n // 2)
    return whole["parameter"][0]  # type: ignore[no-any-return]  # JSON


OPERATIONS = st.builds(
    an_operation,
    st.sampled_from(["add", "add", "insert", "delete", "replace", "move"]),
    PATHS,
    st.sampled_from(NAMES),
    st.builds(lambda kind, junk: {kind: junk}, KINDS, JUNK),
    st.integers(0, 3),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(OPERATIONS, max_size=6))
def test_whatever_operations_do_to_each_other_they_are_done_or_refused(rows: list[Any]) -> None:
    before = deepcopy(PATIENT)

    try:
        result = patched({"resourceType": "Parameters", "parameter": rows})
    except Problem as problem:
        result = {"kind": problem.kind}

    assert result.get("kind", "done") in ("done", "invalid", "business-rule")
    assert before == PATIENT
