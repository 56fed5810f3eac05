"""The generator of the table of terms, on definitions small enough to see through."""

import json
from pathlib import Path

from pk_api.fhir.definitions import generate_definitional
from pk_api.fhir.definitions.generate_terminology import main

SYSTEM = {
    "resourceType": "CodeSystem",
    "id": "states",
    "url": "http://example.org/states",
    "status": "active",
    "content": "complete",
    "text": {"status": "generated"},
    "concept": [{"code": "on", "display": "On", "definition": "Long.", "concept": [{"code": "lit"}]}],
}
LISTED = {
    "resourceType": "ValueSet",
    "id": "listed",
    "url": "http://example.org/listed",
    "compose": {"include": [{"valueSet": ["http://example.org/inner"]}]},
}
INNER = {
    "resourceType": "ValueSet",
    "id": "inner",
    "url": "http://example.org/inner",
    "compose": {"include": [{"system": SYSTEM["url"]}]},
}
LICENSED = {
    "resourceType": "ValueSet",
    "id": "findings",
    "url": "http://example.org/findings",
    "compose": {"include": [{"system": "http://snomed.info/sct"}]},
}
BOUND = [{"binding": {"valueSet": f"{each['url']}|1"}} for each in (LISTED, LICENSED)]


def _written(folder: Path) -> dict:
    definitions = folder / "definitions"
    definitions.mkdir()
    structures = [
        {"id": "Task", "kind": "resource", "snapshot": {"element": BOUND}},
        {
            "id": "Claim",
            "kind": "resource",
            "snapshot": {"element": [{"binding": {"valueSet": "http://example.org/unserved"}}]},
        },
    ]
    for each in structures:
        (definitions / f"{each['id']}.json").write_text(json.dumps(each))
    empty = {"entry": []}
    also = [
        {"resource": {"url": f"http://terminology.hl7.org/CodeSystem/{name}", "id": name}}
        for name in ("v3-EntityNamePartQualifierR2", "v3-MaritalStatus", "restful-security-service")
    ]
    sets = {"entry": [{"resource": each} for each in (SYSTEM, LISTED, INNER, LICENSED)] + also}
    for name, content in (("valuesets", sets), ("v3-codesystems", empty), ("v2-tables", empty)):
        (folder / f"{name}.json").write_text(json.dumps(content))
    main(definitions, folder, folder)
    written: dict = json.loads((folder / "terminology.json").read_text())
    return written


def test_value_sets_bound_by_served_types_are_kept_with_those_that_they_are_made_of(tmp_path: Path) -> None:
    assert list(_written(tmp_path)["value_sets"]) == [INNER["url"], LISTED["url"]]


def test_codes_are_kept_with_their_hierarchy_and_without_their_definitions(tmp_path: Path) -> None:
    system = _written(tmp_path)["code_systems"][SYSTEM["url"]]

    assert system["concept"] == [{"code": "on", "display": "On", "concept": [{"code": "lit"}]}]


def test_value_sets_of_licensed_systems_are_left_out(tmp_path: Path) -> None:
    assert LICENSED["url"] not in _written(tmp_path)["value_sets"]


def test_definitions_of_searches_of_other_types_and_of_other_versions_are_left_out(tmp_path: Path) -> None:
    def parameter(name: str, base: str, version: str = "4.0.1") -> dict:
        return {
            "resource": {
                "resourceType": "SearchParameter",
                "id": name,
                "version": version,
                "base": [base],
                "xpath": "f:Task",
            }
        }

    rows = [parameter("a", "Task"), parameter("b", "Claim"), parameter("c", "Task", "5.0.0")]
    (tmp_path / "search-parameters.json").write_text(json.dumps({"entry": rows}))
    for name in ("profiles-resources", "extension-definitions"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"entry": []}))

    generate_definitional.main(tmp_path, tmp_path)

    kept = json.loads((tmp_path / "definitional.json").read_text())["resources"]
    assert kept == [{"resourceType": "SearchParameter", "id": "a", "version": "4.0.1", "base": ["Task"]}]
