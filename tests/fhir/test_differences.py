"""What leads from one version to another: applied as a FHIRPath Patch it gives the other."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pk_api.fhir.patches import fhirpath_patch
from pk_api.fhir.patches.differences import differences
from pk_api.fhir.validate import check
from pk_api.fhir.values import dump, parse

EXAMPLES = [parse(path.read_bytes()) for path in sorted((Path(__file__).parent / "examples").glob("*.json"))]
RESOURCES = [one for one in EXAMPLES if one["resourceType"] != "Bundle"]
FIXED = {"resourceType", "id", "meta", "url", "system", "status", "contained", "div", "reference"}


def plain(resource: dict[str, Any]) -> Any:
    """The resource as it is written, whatever the order of its properties."""
    return json.loads(dump(resource), parse_float=str)


def patched(old: dict[str, Any], new: dict[str, Any], **more: bool) -> dict[str, Any]:
    told = parse(dump(differences(old, new, **more)))
    wrong = [issue for issue in check(told) if "ref-1" not in issue.diagnostics]  # told outside its resource
    assert wrong == [] or check(old) or check(new)
    return fhirpath_patch.apply(fhirpath_patch.read(told), old)


def operations(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return type, path and the rest of each operation, by the names of the parts."""
    found = []
    for one in differences(old, new).get("parameter", []):
        values = {
            part["name"]: next((v for k, v in part.items() if k != "name"), None) for part in one["part"]
        }
        found.append((values.pop("type"), values.pop("path"), values))
    return found


def test_the_previous_value_of_an_element_with_an_id_gives_the_id_to_the_new_one() -> None:
    old = {"resourceType": "Patient", "birthDate": "1912-12-12", "_birthDate": {"id": "born"}}

    assert patched(old, {**old, "birthDate": "1912-12-13"})["_birthDate"] == {"id": "born"}


@st.composite
def mutated(draw: st.DrawFn, resource: dict[str, Any]) -> dict[str, Any]:
    """A version of the resource with some parts changed, gone, doubled or in another order."""
    out = copy.deepcopy(resource)
    for _ in range(draw(st.integers(0, 6))):
        nodes = list(_nodes(out))
        _mutate(draw, draw(st.sampled_from(nodes)))
    return out


def _nodes(node: Any, *, is_root: bool = True) -> Any:
    """Every object and every list in the resource but for what it contains."""
    if isinstance(node, dict):
        if is_root or len(node) > 1:
            yield node
        for key, value in node.items():
            if key not in FIXED and key[0] != "_" and f"_{key}" not in node:  # these change together
                yield from _nodes(value, is_root=False)
    elif isinstance(node, list):
        yield node
        for item in node:
            yield from _nodes(item, is_root=False)


def _mutate(draw: st.DrawFn, node: Any) -> None:
    if isinstance(node, list):
        _mutate_list(draw, node)
        return
    keys = [key for key in node if key not in FIXED and not key.startswith("_")]
    if not keys:
        return
    key = draw(st.sampled_from(keys))
    if draw(st.booleans()) and len(node) > 1 and f"_{key}" not in node:
        del node[key]
    elif isinstance(node[key], str):
        node[key] = draw(st.sampled_from(["ändrat", "2026-03-02", "72.50", node[key]]))
    elif isinstance(node[key], bool):
        node[key] = not node[key]


def _mutate_list(draw: st.DrawFn, node: list[Any]) -> None:
    how = draw(st.sampled_from(["double", "drop", "turn", "name"]))
    if how == "double":
        node.insert(draw(st.integers(0, len(node))), copy.deepcopy(draw(st.sampled_from(node))))
    elif how == "drop" and len(node) > 1:
        node.pop(draw(st.integers(0, len(node) - 1)))
    elif how == "turn":
        node.reverse()
    for n, item in enumerate(node if how == "name" else ()):
        if isinstance(item, dict):
            item["id"] = f"item-{n}"


@settings(deadline=None, max_examples=60)
@given(st.data())
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: str(one["resourceType"]))
def test_what_differs_makes_the_one_of_the_other(resource: dict[str, Any], data: st.DataObject) -> None:
    old, new = data.draw(mutated(resource)), data.draw(mutated(resource))

    assert plain(patched(old, new, with_meta=True)) == plain(new)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: str(one["resourceType"]))
def test_a_resource_does_not_differ_from_itself(resource: dict[str, Any]) -> None:
    assert differences(resource, copy.deepcopy(resource), with_meta=True) == {"resourceType": "Parameters"}


GOAL = {"resourceType": "Goal", "id": "g", "lifecycleStatus": "active", "description": {"text": "Gå"}}


def test_a_change_tells_what_was_and_what_is() -> None:
    found = operations(GOAL, GOAL | {"lifecycleStatus": "completed"})

    values = {"previousValue": "active", "value": "completed"}
    assert found == [("replace", "Goal.lifecycleStatus", values)]


def test_decimals_differ_by_their_digits() -> None:
    def measured(text: str) -> dict[str, Any]:
        return parse(f'{{"resourceType": "Observation", "valueQuantity": {{"value": {text}}}}}')

    assert operations(measured("72.5"), measured("72.5")) == []
    (one,) = differences(measured("72.5"), measured("72.50"))["parameter"]
    assert b'"valueDecimal":72.50' in dump(one)


def test_an_item_is_known_by_its_id() -> None:
    notes = [{"id": "a", "text": "En"}, {"id": "b", "text": "Två"}]

    found = operations(GOAL | {"note": notes}, GOAL | {"note": [{"id": "b", "text": "Tre"}]})

    taken = {"previousValue": {"text": "En"}}
    assert found == [
        ("delete", "Goal.note[0]", taken),
        ("replace", "Goal.note[0].text", {"previousValue": "Två", "value": "Tre"}),
    ]


def test_another_type_of_a_choice_takes_the_place_of_the_first() -> None:
    old, new = GOAL | {"startDate": "2026-03-02"}, GOAL | {"startCodeableConcept": {"text": "Snart"}}

    (found,) = operations(old, new)

    assert (found[0], found[1]) == ("replace", "Goal.start")
    assert plain(patched(old, new)) == new


def test_what_stands_beside_a_primitive_is_part_of_it() -> None:
    beside = {"extension": [{"url": "https://patientkontrakt.org/fhir/x", "valueString": "ungefär"}]}
    old, new = GOAL | {"startDate": "2026-03-02"}, GOAL | {"startDate": "2026-03-02", "_startDate": beside}

    assert plain(patched(old, new)) == new
    assert plain(patched(new, old)) == old


def test_parts_without_a_type_of_their_own_are_told_part_by_part() -> None:
    target = {"measure": {"text": "Steg"}, "detailQuantity": {"value": 5000}, "dueDate": "2026-06-01"}
    new = GOAL | {"target": [target]}

    (added,) = differences(GOAL, new)["parameter"]

    parts = next(part for part in added["part"] if part["name"] == "value")["part"]
    assert [part["name"] for part in parts] == ["measure", "detail", "due"]
    assert plain(patched(GOAL, new)) == new


def test_contained_resources_are_told_whole() -> None:
    def holding(text: str) -> dict[str, Any]:
        return GOAL | {"contained": [{"resourceType": "Patient", "id": "p", "gender": text}]}

    (found,) = operations(holding("male"), holding("female"))

    assert (found[0], found[1]) == ("replace", "Goal.contained[0]")
    assert plain(patched(holding("male"), holding("female"))) == holding("female")


def test_the_servers_own_meta_is_not_compared() -> None:
    old = GOAL | {"meta": {"versionId": "1", "lastUpdated": "2026-03-02T10:00:00Z"}}
    new = GOAL | {"meta": {"versionId": "2", "tag": [{"code": "x"}]}}

    assert operations(old, new) == []
    told = differences(old, new, with_meta=True)["parameter"]
    assert [part.get("valueString") for part in told[0]["part"][1:3]] == ["Goal", "meta"]
