"""Resources of other systems may lack or hold anything that FHIR allows: read, and kept in a change."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pk_api.contract.editing.draft import copy_of
from pk_api.contract.editing.items import changed_item, new_item
from pk_api.contract.model.examples import NEW
from pk_api.contract.reading.view import view_of
from pk_api.fhir import systems
from pk_api.fhir.validate import check
from pk_api.fhir.values import parse
from tests.contract.cases import CONTRACT, MEMBERS, Json, a_task, an_appointment, editing, reading, stored

EXAMPLES = Path(__file__).parents[3] / "shared" / "examples" / "hl7-r4"
KEPT = {("id",), ("resourceType",), ("meta", "versionId")}


def rich() -> list[Json]:
    """One resource or more of every part, with all that the API itself writes."""
    nurse = {"reference": "PractitionerRole/nurse"}
    bodies = {**NEW, "contacts": {**NEW["contacts"], "member": nurse}}
    bodies["appointments"] = {**NEW["appointments"], "with": [nurse]}
    made = [
        stored(each, f"{part}-{n}")
        for part, body in bodies.items()
        if part != "team"
        for n, each in enumerate(new_item(part, body, editing()))
    ]
    response = {
        "resourceType": "AppointmentResponse",
        "id": "answer",
        "meta": {"versionId": "1"},
        "appointment": {"reference": "Appointment/time"},
        "actor": {"reference": "Patient/p"},
        "participantStatus": "accepted",
    }
    accepted = [
        {"url": "individual", "valueReference": {"reference": "Patient/p"}},
        {"url": "status", "valueCode": "agree"},
    ]
    goal = {**MEMBERS["Goal/shop"], "id": "g", "category": [], "target": [{"dueDate": "2026-05-01"}]}
    goal["extension"] = [{"url": systems.EXT_GOAL_ACCEPTANCE, "extension": accepted}]
    return [*made, a_task(), an_appointment(), response, goal, *MEMBERS.values()]


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in steps:
        yield (*at, step)
        yield from paths(each, (*at, step))


def without(resource: Json, path: tuple[Any, ...]) -> Json:
    changed: Json = copy_of(resource)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return changed


def test_no_element_is_needed_to_read_a_contract() -> None:
    members = rich()
    tried = 0

    for resource in members:
        for path in paths(resource):
            if path not in KEPT and path != ("meta",):
                view_of(reading(*members, without(resource, path)))
                tried += 1

    assert tried > 300


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the official examples are not beside the project")
def test_the_official_examples_are_read_as_members() -> None:
    found = [parse(path.read_bytes()) for path in sorted(EXAMPLES.glob("*.json"))]
    members = [stored(each) for each in found if "id" in each]

    view = view_of(reading(*members))

    json.dumps(view)
    assert view["reference"] == CONTRACT
    assert view["actions"]
    assert view["appointments"]


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the official examples are not beside the project")
@pytest.mark.parametrize(
    ("part", "example", "patch", "changed"),
    [
        ("goals", "Goal-example", {"text": "Gå 500 meter"}, {"description"}),
        ("actions", "Task-example1", {"when": {"latest": "2026-05-01"}}, {"restriction", "executionPeriod"}),
        ("appointments", "Appointment-example", {"support": ["Tolk"]}, {"extension"}),
        ("plans", "CarePlan-example", {"title": "Viktplan"}, {"title"}),
        ("relatives", "RelatedPerson-benedicte", {"wish": "Ring gärna"}, {"extension"}),
    ],
)
def test_a_change_of_an_official_example_keeps_every_other_element(
    part: str, example: str, patch: Json, changed: set[str]
) -> None:
    before = parse((EXAMPLES / f"hl7-{example}.json").read_bytes())
    before["text"]["status"] = "generated"
    changed = changed | {"text", "lastModified"}

    (after,) = changed_item(part, before, patch, editing())

    assert {k: v for k, v in after.items() if k not in changed} == {
        k: v for k, v in before.items() if k not in changed
    }
    assert check(after) == []
