"""Wrong resources: each row of a table changes one thing in a valid example, and names what is to be told."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from pk_api.fhir.problems import Problem
from pk_api.fhir.validate import check, require_valid
from pk_api.fhir.values import Number

LINES = (Path(__file__).parent / "wrong_resources.txt").read_text(encoding="utf-8").splitlines()
ROWS = [line.split(" | ") for line in LINES if not line.startswith("#")]
NAMES = [row[0] for row in ROWS]


def changed(resource: Any, path: str, value: str) -> Any:
    """Change one place of a resource to a value written as JSON; `-` removes it."""
    steps: list[Any] = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]
    place = resource
    for step in steps[:-1]:
        place = place[step]
    if value == "-":
        del place[steps[-1]]
    else:
        place[steps[-1]] = json.loads(value, parse_float=Number)
    return resource


@pytest.mark.parametrize(
    ("name", "path", "value", "expression", "code"), [row[1:] for row in ROWS], ids=NAMES
)
def test_what_is_wrong_is_told_at_its_element(name, path, value, expression, code, example):
    issues = check(changed(example(name), path, value))

    assert (expression, code) in [(issue.expression, issue.code) for issue in issues]


@pytest.mark.parametrize(("name", "path", "value"), [row[1:4] for row in ROWS], ids=NAMES)
def test_one_fault_gives_few_issues_and_no_values(name, path, value, example):
    issues = check(changed(example(name), path, value))

    assert 1 <= len(issues) <= 3
    assert all(issue.severity == "error" and issue.diagnostics for issue in issues)
    assert not any("Tolvan" in issue.diagnostics or "191212121212" in issue.diagnostics for issue in issues)


def test_text_beyond_a_megabyte_is_refused(example):
    issues = check(example("CarePlan-contract") | {"title": "a" * (1024 * 1024 + 1)})

    assert [issue.expression for issue in issues] == ["CarePlan.title"]


def test_an_invalid_resource_is_refused_with_all_its_issues(example):
    resource = changed(changed(example("CarePlan-contract"), "status", '"on"'), "goal", "[]")

    with pytest.raises(Problem) as refused:
        require_valid(resource)

    assert refused.value.status == 400
    assert [issue.expression for issue in refused.value.issues] == ["CarePlan.status", "CarePlan.goal"]


def test_another_type_than_the_expected_one_is_refused(example):
    issues = check(example("CarePlan-contract"), expected_type="Task")

    assert [issue.expression for issue in issues] == ["CarePlan.resourceType"]


@pytest.mark.parametrize("resource", [None, [], "Patient", 1, {}])
def test_what_is_no_resource_is_refused(resource):
    assert len(check(resource)) == 1


def test_the_name_of_an_unknown_element_is_not_told_if_it_is_no_name(example):
    issues = check(example("Patient-tolvan") | {"191212121212": "x"})

    assert [issue.expression for issue in issues] == ["Patient"]


def test_thousands_of_faults_give_fifty_issues(example):
    issues = check(example("CarePlan-contract") | {"goal": [{"reference": "x"}] * 10_000})

    assert len(issues) == 50


def test_nesting_beyond_reason_is_refused_and_not_a_crash():
    extension: dict[str, Any] = {"url": "a", "valueCode": "b"}
    for _ in range(5000):
        extension = {"url": "a", "extension": [extension]}

    issues = check({"resourceType": "Patient", "extension": [extension]})

    assert [issue.code for issue in issues] == ["too-costly"]


def test_the_deepest_nesting_that_is_read_is_checked():
    extension: dict[str, Any] = {"url": "a", "valueCode": "b "}
    for _ in range(48):
        extension = {"url": "a", "extension": [extension]}

    issues = check({"resourceType": "Patient", "extension": [extension]})

    assert [issue.code for issue in issues] == ["value"]


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Patient", "name": [{"given": [1] * 300_000}]},
        {"resourceType": "Patient", "name": [{"given": ["a"], "_given": [1] * 300_000}]},
        {
            "resourceType": "Patient",
            "contained": [{"resourceType": "Basic", "code": {"text": "a"}, "id": "b"}] * 20_000,
        },
        {
            "resourceType": "Observation",
            "status": "final",
            "valueString": "a",
            "code": {"coding": [{"code": str(number)} for number in range(20_000)]},
            "component": [{"code": {"coding": [{"code": f"c{number}"}]}} for number in range(20_000)],
        },
    ],
    ids=["wrong texts", "wrong siblings", "contained", "codings"],
)
def test_a_large_resource_takes_time_in_proportion(resource):
    started = time.perf_counter()

    check(resource)

    assert time.perf_counter() - started < 2
