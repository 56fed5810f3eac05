"""References found, read and replaced."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk_api.fhir.references import (
    LocalRef,
    at_path,
    contained,
    full_url_base,
    is_conditional,
    literal,
    local_references,
    rewrite,
    walk,
)

NEW = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
PLAN = {
    "resourceType": "CarePlan",
    "subject": {"reference": NEW},
    "instantiatesCanonical": ["http://x.example/plan|1"],
    "author": {"identifier": {"system": "urn:a", "value": "1"}},
    "activity": [
        {"reference": {"reference": "Task/1"}},
        {"reference": {"reference": "https://pk.example/fhir/Task/2/_history/3"}},
    ],
    "contained": [{"resourceType": "Goal", "id": "g", "subject": {"reference": "Patient/9"}}],
    "extension": [{"url": "urn:x", "valueReference": {"reference": "#g"}}],
}


def test_all_literal_references_are_found_where_they_stand():
    found = [(one.path, one.value) for one in walk(PLAN)]

    assert found == [
        ("CarePlan.subject", NEW),
        ("CarePlan.activity[0].reference", "Task/1"),
        ("CarePlan.activity[1].reference", "https://pk.example/fhir/Task/2/_history/3"),
        ("CarePlan.contained[0].subject", "Patient/9"),
        ("CarePlan.extension[0].valueReference", "#g"),
    ]


def test_a_found_reference_names_the_object_that_holds_it():
    first = next(walk(PLAN))

    assert first.container is PLAN["subject"]
    assert first.container[first.key] == first.value


def test_references_to_our_own_resources_are_told_with_their_paths():
    assert local_references(PLAN, "https://pk.example/fhir") == [
        LocalRef("Task", "1", None, "CarePlan.activity[0].reference"),
        LocalRef("Task", "2", "3", "CarePlan.activity[1].reference"),
        LocalRef("Patient", "9", None, "CarePlan.contained[0].subject"),
    ]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Patient/1", LocalRef("Patient", "1")),
        ("CarePlan/a-b.c/_history/7", LocalRef("CarePlan", "a-b.c", "7")),
        ("https://pk.example/fhir/Patient/1", LocalRef("Patient", "1")),
        ("https://pk.example/fhir2/Patient/1", None),
        ("https://other.example/fhir/Patient/1", None),
        ("Patient", None),
        ("Patient/1/2", None),
        ("patient/1", None),
        ("Patient/" + "a" * 65, None),
        ("Patient/1\n", None),
        ("Patient?identifier=1", None),
        ("#a", None),
        (NEW, None),
        ("", None),
    ],
)
def test_a_literal_reference_is_local_when_relative_or_under_our_address(reference, expected):
    assert literal(reference, "https://pk.example/fhir") == expected


def test_without_an_address_of_our_own_only_relative_references_are_local():
    assert literal("https://pk.example/fhir/Patient/1") is None
    assert literal("/Patient/1") is None


def test_rewriting_replaces_temporary_and_conditional_references():
    resource = {
        "resourceType": "Task",
        "for": {"reference": NEW, "display": "T"},
        "owner": {"reference": "Patient?identifier=urn:a|1"},
        "basedOn": [{"reference": "CarePlan/1"}, {"reference": NEW}],
    }
    before = copy.deepcopy(resource)

    changed = rewrite(resource, {NEW: "Patient/1", "Patient?identifier=urn:a|1": "Patient/2"})

    assert changed == {
        "resourceType": "Task",
        "for": {"reference": "Patient/1", "display": "T"},
        "owner": {"reference": "Patient/2"},
        "basedOn": [{"reference": "CarePlan/1"}, {"reference": "Patient/1"}],
    }
    assert resource == before
    assert list(changed) == list(resource)


def test_rewriting_replaces_addresses_of_attachments_but_no_other_text():
    resource = {
        "resourceType": "DocumentReference",
        "description": NEW,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": NEW}],
        "content": [{"attachment": {"url": NEW, "title": NEW}}],
    }

    changed = rewrite(resource, {NEW: "Binary/1"})

    assert changed["content"] == [{"attachment": {"url": "Binary/1", "title": NEW}}]
    assert changed["description"] == NEW
    assert changed["identifier"][0]["value"] == NEW


def test_rewriting_resolves_relative_references_against_the_full_url():
    resource = {"resourceType": "Task", "for": {"reference": "Patient/tmp"}}
    mapping = {"https://there.example/fhir/Patient/tmp": "Patient/1"}

    base = full_url_base("https://there.example/fhir/Task/tmp")

    assert rewrite(resource, mapping, base=base)["for"] == {"reference": "Patient/1"}
    assert rewrite(resource, mapping) is resource


def test_what_does_not_change_is_the_same_object():
    assert rewrite(PLAN, {"urn:uuid:other": "Patient/1"}) is PLAN
    assert rewrite(PLAN, {}) is PLAN
    assert rewrite(PLAN, {NEW: "Patient/1"})["activity"] is PLAN["activity"]


JSON = st.recursive(
    st.text(max_size=3) | st.integers() | st.booleans() | st.just({"reference": "urn:uuid:a"}),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "url", "b"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["x", "y"]), JSON))
def test_after_rewriting_no_old_reference_is_left(resource):
    changed = rewrite(resource, {"urn:uuid:a": "Patient/1"})

    assert len(list(walk(changed))) == len(list(walk(resource)))
    assert all(found.value != "urn:uuid:a" for found in walk(changed))


def test_conditional_references_are_told_from_others():
    assert is_conditional("Patient?identifier=urn:a|1")
    assert not is_conditional("Patient?")
    assert not is_conditional("Patient/1")
    assert not is_conditional("https://x.example/a?b=c")


def test_contained_resources_are_found_by_fragment():
    assert contained("#g", PLAN) is PLAN["contained"][0]
    assert contained("#x", PLAN) is None
    assert contained("Goal/g", PLAN) is None


def test_references_at_a_path_are_found_through_lists():
    assert list(at_path(PLAN, "activity.reference")) == [
        "Task/1",
        "https://pk.example/fhir/Task/2/_history/3",
    ]
    assert list(at_path(PLAN, "author")) == []
    assert list(at_path(PLAN, "status.nothing")) == []
