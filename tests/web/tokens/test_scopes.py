"""SMART scopes of both versions, and what they may be limited to. Source: SMART App Launch 2.2."""

from typing import Any

import pytest

from pk_api.access.actor import ActorKind, LimitedScope
from pk_api.fhir.problems import Problem
from pk_api.web.tokens.scopes import Opened, narrowed, parse_scopes, read_scopes, within

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("system/*.cruds", "system", (("*", "cdrsu"),)),
        ("system/*.read", "system", (("*", "rs"),)),
        ("system/*.*", "system", (("*", "cdrsu"),)),
        ("user/Goal.write patient/Goal.rs", "patient", (("Goal", "cdrsu"),)),
        ("openid fhirUser launch/patient nonsense system/Goal. system/Goal.sr", "system", ()),
        ("system/*.cruds", "staff", ()),
        ("user/*.cruds", "system", ()),
        ("system/Measure.rs user/Goal.rs", "statistics", (("Measure", "rs"),)),
    ],
)
def test_scopes_of_both_versions_are_read(text: str, kind: ActorKind, expected: Any) -> None:
    assert read_scopes(text, kind, has_context=False) == Opened(expected)


def test_scopes_for_a_patient_are_limited_to_the_one_in_context() -> None:
    limited = LimitedScope("Goal", "rs", patient=True)

    assert read_scopes("patient/Goal.rs", "staff", has_context=True) == Opened((), (limited,))
    assert read_scopes("patient/Goal.rs", "staff", has_context=False) == Opened((), (limited,))
    assert read_scopes("patient/Goal.rs", "patient", has_context=True) == Opened((), (limited,))
    assert read_scopes("patient/Goal.rs", "patient", has_context=False) == Opened((("Goal", "rs"),))


def test_a_restriction_by_codes_becomes_a_limit() -> None:
    text = f"user/Observation.rs?category={CATEGORY}|laboratory&status=final,amended"

    opened = read_scopes(text, "staff", has_context=False)

    tokens = (("category", (f"{CATEGORY}|laboratory",)), ("status", ("final", "amended")))
    assert opened == Opened((), (LimitedScope("Observation", "rs", tokens=tokens),))


@pytest.mark.parametrize(
    "scope",
    [
        "user/Observation.rs?date=gt2020",
        "user/Observation.rs?category:not=laboratory",
        "user/Observation.rs?category:missing=true",
        "user/Observation.rs?subject.name=x",
        "user/Observation.rs?_has:Task:focus:status=x",
        "user/Observation.rs?nonsense=1",
        "user/Observation.rs?",
        "user/Observation.rs?category",
        "user/Observation.rs?category=",
        "user/Observation.rs?_count=1",
        "user/Observation.rs?identifier=http://x|1",
        "user/Observation.rs?_id=1",
        "user/Observation.read?category=laboratory",
        "user/*.rs?_tag=x",
        "user/Nonsense.rs?category=x",
        "user/Patient.rs?name=Anna",
        "user/Observation.rs?191212121212=1",
    ],
)
def test_a_restriction_that_would_not_be_kept_is_refused_by_name(scope: str) -> None:
    with pytest.raises(Problem) as refusal:
        read_scopes(f"user/Goal.rs {scope}", "staff", has_context=False)

    assert refusal.value.kind == "forbidden"
    assert scope[5:].partition(".")[0] in refusal.value.detail
    assert "191212121212" not in refusal.value.detail


def test_many_scopes_with_limits_are_refused() -> None:
    text = " ".join(f"user/Observation.rs?code={n}" for n in range(30))

    with pytest.raises(Problem):
        read_scopes(text, "staff", has_context=False)


def test_scopes_narrow_each_other() -> None:
    assert narrowed((("*", "cdrsu"),), (("Goal", "rs"),)) == (("Goal", "rs"),)


def test_what_a_client_may_at_most_narrows_limited_scopes_too() -> None:
    opened = Opened((), (LimitedScope("*", "cdrsu", patient=True),))

    found = within(opened, (("Goal", "rs"), ("Task", "r")))

    assert found.limited == (
        LimitedScope("Goal", "rs", patient=True),
        LimitedScope("Task", "r", patient=True),
    )


@pytest.mark.parametrize("text", ["nonsense", "system/Goal.rs?status=x", "system/Goal."])
def test_a_clients_widest_scopes_are_whole_ones(text: str) -> None:
    with pytest.raises(ValueError, match="scopes"):
        parse_scopes(text)
