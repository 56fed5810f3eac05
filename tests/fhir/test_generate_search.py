"""The generator of the search table, on pieces of the official definitions."""

import json

import pytest

from pk_api.fhir.definitions.generate_search import (
    description_for,
    follow,
    lines,
    parts_for,
    plain,
    value_systems,
)

ELEMENTS = {
    "Goal.target": {"path": "Goal.target", "type": [{"code": "BackboneElement"}]},
    "Goal.target.due": {"path": "Goal.target.due[x]", "type": [{"code": "date"}, {"code": "Duration"}]},
    "Duration.value": {"path": "Duration.value", "type": [{"code": "decimal"}]},
}


def test_only_the_parts_of_a_union_that_start_at_the_type_are_taken():
    expression = "CarePlan.period | CareTeam.period | (CarePlan.x as date) | CarePlanning.y"

    assert parts_for(expression, "CarePlan") == ["CarePlan.period", "(CarePlan.x as date)"]


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("CarePlan.subject.where(resolve() is Patient)", "CarePlan.subject"),
        ("(Observation.value as CodeableConcept).text", "Observation.value.text"),
        ("Condition.onset.as(Age)", "Condition.onset"),
        ("Measure.relatedArtifact.where(type='successor').resource", "Measure.relatedArtifact.resource"),
        ("Patient.deceased.exists() and Patient.deceased != false", "Patient.deceased"),
    ],
)
def test_casts_and_conditions_are_not_steps(part, path):
    assert plain(part) == path


def test_a_path_is_followed_into_data_types():
    steps = [written for written, _ in follow("Goal.target.due.value", ELEMENTS)]

    assert steps == ["Goal.target", "Goal.target.due", "Goal.target.due.value"]


def test_a_path_that_does_not_exist_stops_the_generator():
    with pytest.raises(SystemExit, match="no element nothing"):
        list(follow("Goal.nothing", ELEMENTS))


def test_the_line_of_a_shared_description_that_speaks_of_the_type_is_taken():
    text = "Multiple: \r\n\r\n* [CarePlan](careplan.html): Time [period](a.html)\r\n* [Flag](f.html): X\r\n"

    assert description_for(text, "CarePlan") == "Time period"
    assert description_for("Search by  status", "Task") == "Search by status"


def test_a_value_set_that_draws_on_one_system_implies_it(tmp_path):
    path = tmp_path / "valuesets.json"
    one = {
        "resourceType": "ValueSet",
        "version": "4.0.1",
        "url": "urn:v",
        "compose": {"include": [{"system": "urn:s"}]},
    }
    two = {**one, "url": "urn:w", "compose": {"include": [{"system": "urn:s"}, {"system": "urn:t"}]}}
    other = {**one, "url": "urn:x", "version": "5.0.0"}
    path.write_text(
        json.dumps({"entry": [{"resource": resource} for resource in (one, two, other)]}), "utf-8"
    )

    assert value_systems(path) == {"urn:v": "urn:s"}


def test_the_table_is_printed_with_a_row_a_line_and_reads_back():
    table = {"source": "x", "parameters": {"Goal": {"a": {"type": "token"}, "b": {"type": "date"}}}}

    text = lines(table)

    assert json.loads(text) == table
    assert sum('"type"' in line for line in text.splitlines()) == 2
