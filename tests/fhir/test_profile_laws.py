"""Laws of profiles: patterns, numbers, slices against a count made another way; nothing valid is too odd."""

import copy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.mutated import DEMO, mutated
from tests.support.small_profiles import element, of, profile, slicing

from pk_api.fhir.artefacts import registry
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.profiles.wanted import covers, equal
from pk_api.fhir.validate import check

Json = dict[str, Any]

SCALARS = st.sampled_from(["a", "b", True, False, 0, 1, 2.5, None])
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


@given(TREES)
def test_a_value_is_its_own_fixed_value_and_its_own_pattern(value: Any) -> None:
    assert equal(value, copy.deepcopy(value))
    assert covers(value, copy.deepcopy(value))


@given(TREES, TREES)
def test_what_is_fixed_fits_as_a_pattern_too(wanted: Any, value: Any) -> None:
    assert covers(wanted, value) or not equal(wanted, value)


@given(st.dictionaries(st.sampled_from("xyz"), TREES, max_size=3), TREES)
def test_more_elements_and_items_still_fit_a_pattern(pattern: Json, more: Any) -> None:
    assert covers(pattern, {**pattern, "more": more})
    assert covers({"list": [pattern]}, {"list": [more, pattern]})


SYSTEMS = st.lists(st.sampled_from("abc"), max_size=6)
LIMITS = st.tuples(st.integers(0, 2), st.sampled_from(["0", "1", "2", "*"]))


@given(SYSTEMS, LIMITS, LIMITS, st.sampled_from(["open", "closed", "openAtEnd"]))
def test_slices_are_counted_as_one_counts_by_hand(
    systems: list[str], whole: tuple[int, str], a: tuple[int, str], rules: str
) -> None:
    held = of(
        profile(
            "it",
            "Patient",
            element("Patient.identifier", slicing=slicing("system", rules=rules), min=whole[0], max=whole[1]),
            element("Patient.identifier:a", min=a[0], max=a[1]),
            element("Patient.identifier:a.system", fixedUri="urn:a"),
        )
    )

    found = held({"resourceType": "Patient", "identifier": [{"system": f"urn:{s}"} for s in systems]})

    assert bool(found) == _is_wrong(systems, whole, a, rules)


def _is_wrong(systems: list[str], whole: tuple[int, str], a: tuple[int, str], rules: str) -> bool:
    def is_outside(number: int, limits: tuple[int, str]) -> bool:
        return number < limits[0] or (limits[1] != "*" and number > int(limits[1]))

    others = [n for n, system in enumerate(systems) if system != "a"]
    last = max((n for n, system in enumerate(systems) if system == "a"), default=-1)
    return (
        is_outside(len(systems), whole)
        or is_outside(systems.count("a"), a)
        or (rules == "closed" and bool(others))
        or (rules == "openAtEnd" and any(n < last for n in others))
    )


PROFILES = [
    (one["url"], one["type"])
    for one in registry.of_type("StructureDefinition").values()
    if one["kind"] == "resource"
]


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_valid_resource_is_too_odd_for_a_profile(choice: Random) -> None:
    resource = choice.choice(DEMO)
    for _ in range(choice.randrange(1, 4)):
        changed = mutated(resource, choice)
        resource = resource if check(changed) else changed

    for url, kind in PROFILES:
        if kind == resource["resourceType"]:
            for issue in KNOWN.check(resource, url):
                assert issue.expression.startswith(kind)
                assert issue.code != "not-supported" or issue.severity == "information"


@pytest.mark.parametrize("most", [60])
def test_no_more_issues_are_told_than_help(most: int) -> None:
    names = [{"given": ["A", "B"]}] * most

    found = of(profile("it", "Patient", element("Patient.name.given", max="1")))(
        {"resourceType": "Patient", "name": names}
    )

    assert len(found) == 50
