"""Parts of a resource: what a summary and named elements keep."""

import pytest

from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.structures import structure
from pk_api.fhir.subset import SUBSETTED, subset

PLAN = {
    "resourceType": "CarePlan",
    "id": "x",
    "meta": {"versionId": "1", "tag": [{"code": "own"}]},
    "text": {"status": "generated", "div": "<div>Plan</div>"},
    "status": "active",
    "_status": {"id": "s"},
    "intent": "plan",
    "title": "Plan",
    "subject": {"reference": "Patient/1", "extension": [{"url": "http://a.example", "valueString": "x"}]},
    "activity": [{"detail": {"status": "scheduled"}}],
}


def test_a_summary_holds_the_elements_that_are_marked_so_and_no_others():
    found = subset(PLAN, "true")

    assert found.keys() == {"resourceType", "id", "meta", "status", "_status", "intent", "title", "subject"}
    assert found["subject"] == {"reference": "Patient/1"}


def test_text_holds_the_narrative_and_what_is_mandatory():
    assert subset(PLAN, "text").keys() == PLAN.keys() - {"title", "activity"}


def test_data_is_all_but_the_narrative():
    assert subset(PLAN, "data").keys() == PLAN.keys() - {"text"}


def test_named_elements_come_with_what_is_mandatory():
    assert subset(PLAN, None, ["activity"]).keys() == PLAN.keys() - {"title", "text"}


def test_a_choice_is_named_without_its_type():
    found = subset({"resourceType": "Observation", "status": "final", "valueString": "x"}, None, ["value"])

    assert found["valueString"] == "x"


@pytest.mark.parametrize("summary", ["true", "text", "data"])
def test_a_part_says_that_it_is_one_and_the_whole_stays_as_it_is(summary):
    found = subset(PLAN, summary)

    assert found["meta"]["tag"] == [{"code": "own"}, SUBSETTED]
    assert PLAN["meta"]["tag"] == [{"code": "own"}]


def test_the_whole_is_not_marked():
    assert subset(PLAN, None) is PLAN


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_type_has_a_summary(name):
    assert [e for e in structure(name).elements.values() if e.is_summary]
