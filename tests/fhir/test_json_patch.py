"""JSON Patch and JSON merge patch: the official cases, exact numbers, bounds, and items named by number."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk_api.fhir.patches import JSON_PATCH, MERGE_PATCH, read_patch
from pk_api.fhir.problems import Problem
from pk_api.fhir.values import dump, parse

OFFICIAL = json.loads(Path(__file__).with_name("official_json_patch.json").read_text())["cases"]
DOC = {"resourceType": "Patient", "name": [{"family": "A"}, {"family": "B"}], "active": True}


def patched(operations: Any, doc: dict[str, Any], *, is_versioned: bool = True) -> dict[str, Any]:
    return read_patch(JSON_PATCH, json.dumps(operations).encode(), is_versioned=is_versioned)(doc)


def kind_of(operations: Any, doc: dict[str, Any] = DOC, *, is_versioned: bool = True) -> str:
    """Return the kind of the problem, `none` when there is none."""
    try:
        patched(operations, doc, is_versioned=is_versioned)
    except Problem as problem:
        return problem.kind
    return "none"


@pytest.mark.parametrize("case", OFFICIAL, ids=lambda case: case["comment"])
def test_the_official_cases_come_out_as_they_say(case: dict[str, Any]) -> None:
    if "error" in case:
        assert kind_of(case["patch"], case["doc"]) in ("business-rule", "conflict", "invalid")
        return
    assert patched(case["patch"], case["doc"]) == case["expected"]


def test_numbers_stay_as_they_are_written() -> None:
    doc = parse(b'{"a":72.50,"b":[1.0E-2]}')
    patch = read_patch(
        JSON_PATCH,
        b'[{"op":"add","path":"/c","value":3.10},{"op":"copy","from":"/a","path":"/d"}]',
        is_versioned=True,
    )

    assert dump(patch(doc)) == b'{"a":72.50,"b":[1.0E-2],"c":3.10,"d":72.50}'


def test_what_is_patched_stays_as_it_is_and_a_patch_can_be_applied_again() -> None:
    before = deepcopy(DOC)
    patch = read_patch(
        JSON_PATCH,
        b'[{"op":"add","path":"/link","value":[]},{"op":"add","path":"/link/-","value":{}}]',
        is_versioned=False,
    )

    first, second = patch(DOC), patch(DOC)

    assert before == DOC
    assert first == second == DOC | {"link": [{}]}


@pytest.mark.parametrize(
    ("value", "other", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}, True),
        ([1, 2], [2, 1], False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
    ],
)
def test_a_test_compares_as_json_does(value: Any, other: Any, same: bool) -> None:
    told = kind_of([{"op": "test", "path": "/x", "value": other}], {"x": value})

    assert told == ("none" if same else "conflict")


@pytest.mark.parametrize(
    "patch",
    [
        {"op": "remove", "path": "/name"},
        [1],
        [{"op": "spin", "path": "/a"}],
        [{"op": "add", "path": "/a"}],
        [{"op": "add", "path": "a", "value": 1}],
        [{"op": "add", "path": "/a~2", "value": 1}],
        [{"op": "move", "path": "/a"}],
        [{"op": "add", "value": 1}],
        [{"op": "add", "path": ["a"], "value": 1}],
    ],
)
def test_what_is_no_patch_is_not_valid(patch: Any) -> None:
    assert kind_of(patch) == "invalid"


@pytest.mark.parametrize(
    "body", [b"", b"[", b'[],"x":1', b'[{"op":"remove","op":"test","path":"/a"}]', b"\xff"]
)
def test_what_is_no_json_is_not_valid(body: bytes) -> None:
    with pytest.raises(Problem) as told:
        read_patch(JSON_PATCH, body, is_versioned=True)

    assert told.value.kind == "invalid"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/nothing"},
        {"op": "remove", "path": ""},
        {"op": "replace", "path": "/nothing", "value": 1},
        {"op": "add", "path": "/name/3", "value": {}},
        {"op": "add", "path": "/name/01", "value": {}},
        {"op": "remove", "path": "/name/-"},
        {"op": "add", "path": "/active/x", "value": 1},
        {"op": "add", "path": "/name/0/family/0", "value": 1},
        {"op": "move", "from": "/name", "path": "/name/0"},
        {"op": "replace", "path": "", "value": 1},
        {"op": "test", "path": "/resourceType/0", "value": "P"},
    ],
)
def test_what_cannot_be_done_is_told(operation: dict[str, Any]) -> None:
    assert kind_of([operation]) == "business-rule"


def test_a_patch_that_nests_ever_deeper_is_stopped() -> None:
    start = {"op": "add", "path": "/x", "value": {}}
    copies = [{"op": "copy", "from": "/x", "path": "/x" * 2**n + "/x"} for n in range(7)]
    moves = [
        one
        for _ in range(12)
        for one in (
            {"op": "add", "path": "/y", "value": {}},
            *({"op": "add", "path": "/y" * (n + 2), "value": {}} for n in range(20)),
            {"op": "move", "from": "/x", "path": "/y" * 21 + "/x"},
            {"op": "move", "from": "/y", "path": "/x"},
        )
    ]

    assert kind_of([start, *copies]) == "too-large"
    assert kind_of([start, *moves]) == "too-large"
    assert kind_of([{"op": "add", "path": "/x" * 101, "value": 1}]) == "invalid"
    assert kind_of([start, *copies[:4]]) == "none"


def test_a_patch_that_grows_by_copying_is_stopped() -> None:
    doubling = [{"op": "copy", "from": "", "path": f"/x{n}"} for n in range(60)]
    long = [{"op": "copy", "from": "/text", "path": f"/x{n}"} for n in range(60)]

    assert kind_of(doubling) == "too-large"
    assert kind_of(long, {"text": "x" * 100_000}) == "too-large"
    assert kind_of([{"op": "test", "path": "/active", "value": True}] * 501) == "too-large"


FIRST = {"op": "replace", "path": "/name/0/family", "value": "C"}
TESTED = {"op": "test", "path": "/name/0/family", "value": "A"}


@pytest.mark.parametrize(
    ("operations", "kind"),
    [
        ([FIRST], "precondition-required"),
        ([FIRST, TESTED], "precondition-required"),
        ([TESTED, FIRST], "none"),
        ([{"op": "test", "path": "/name/0", "value": {"family": "A"}}, FIRST], "none"),
        ([{"op": "test", "path": "/name", "value": DOC["name"]}, FIRST], "none"),
        ([{"op": "test", "path": "/name/1/family", "value": "B"}, FIRST], "precondition-required"),
        ([{"op": "test", "path": "/active", "value": True}, FIRST], "precondition-required"),
        ([{"op": "remove", "path": "/name/1"}], "precondition-required"),
        ([{"op": "add", "path": "/name/0", "value": {}}], "precondition-required"),
        ([{"op": "add", "path": "/name/-", "value": {}}], "none"),
        ([{"op": "replace", "path": "/active", "value": False}], "none"),
        ([{"op": "copy", "from": "/name/0", "path": "/name/-"}], "precondition-required"),
        ([{"op": "move", "from": "/name/0", "path": "/name/-"}], "precondition-required"),
        ([TESTED, {"op": "move", "from": "/name/0", "path": "/name/-"}], "none"),
        ([TESTED, {"op": "remove", "path": "/name/0"}, FIRST], "precondition-required"),
        (
            [TESTED, {"op": "add", "path": "/name/0", "value": {"family": "A"}}, FIRST],
            "precondition-required",
        ),
    ],
)
def test_an_item_named_by_number_needs_a_version_or_a_test_of_it(operations: Any, kind: str) -> None:
    assert kind_of(operations, is_versioned=False) == kind
    assert kind_of(operations, is_versioned=True) in ("none", "conflict")


def test_a_test_vouches_for_one_depth_of_lists_only() -> None:
    inner = {"op": "replace", "path": "/contact/0/telecom/1/value", "value": "x"}
    doc = {"contact": [{"id": "c", "telecom": [{"value": "a"}, {"value": "b"}]}]}
    outer = {"op": "test", "path": "/contact/0/id", "value": "c"}
    both = {"op": "test", "path": "/contact/0/telecom/1/value", "value": "b"}

    assert kind_of([outer, inner], doc, is_versioned=False) == "precondition-required"
    assert kind_of([both, inner], doc, is_versioned=False) == "none"


JSON = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.text("abå\n", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab0", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
PATHS = st.lists(st.sampled_from(["a", "b", "0", "1", "-", "ab"]), max_size=3).map(
    lambda p: "".join(f"/{x}" for x in p)
)
OPERATIONS = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]),
        "path": PATHS,
        "from": PATHS,
        "value": JSON,
    }
)


@given(st.dictionaries(st.sampled_from("ab"), JSON, max_size=2), st.lists(OPERATIONS, max_size=4))
def test_any_patch_is_done_or_refused_and_leaves_the_resource(
    doc: dict[str, Any], operations: list[Any]
) -> None:
    before = deepcopy(doc)

    assert kind_of(operations, doc) in ("none", "conflict", "business-rule")
    assert doc == before


@given(st.dictionaries(st.sampled_from("ab"), JSON, max_size=2), JSON)
def test_what_is_added_is_there_and_goes_again(doc: dict[str, Any], value: Any) -> None:
    added = patched([{"op": "add", "path": "/new", "value": value}], doc)

    assert added == doc | {"new": value}
    assert patched([{"op": "remove", "path": "/new"}], added) == doc


MERGES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("doc", "fragment", "expected"), MERGES)
def test_a_merge_patch_does_what_rfc_7386_says(doc: Any, fragment: Any, expected: Any) -> None:
    for media_type in (MERGE_PATCH, "application/json", "application/fhir+json; charset=utf-8"):
        patch = read_patch(media_type, json.dumps(fragment).encode(), is_versioned=False)

        assert patch(doc) == expected


@pytest.mark.parametrize(
    "media_type", ["", "text/plain", "application/xml-patch+xml", "application/fhir+xml"]
)
def test_another_kind_of_patch_is_refused(media_type: str) -> None:
    with pytest.raises(Problem) as told:
        read_patch(media_type, b"{}", is_versioned=True)

    assert told.value.kind == "unsupported-media-type"
