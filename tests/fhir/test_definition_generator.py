"""The generator of the tables, on definitions small enough to see through."""

import json
from pathlib import Path

import pytest

from pk_api.fhir.definitions.generate import main

PREFIX = "http://hl7.org/fhir/StructureDefinition/"
RULE = {"key": "pln-1", "severity": "error", "human": "A sentence.", "expression": "a.exists()"}
INHERITED = {**RULE, "key": "ele-1"}
ADVICE = {**RULE, "key": "pln-0", "severity": "warning"}


def element(path: str, kind: str, *, base: str | None = None, **more) -> dict:
    basis = {"path": base or path, "min": 0, "max": "*"}
    return {"path": path, "base": basis, "min": 0, "max": "1", "type": [{"code": kind}], **more}


PLAN = {
    "id": "Plan",
    "type": "Plan",
    "kind": "resource",
    "fhirVersion": "4.0.1",
    "baseDefinition": PREFIX + "DomainResource",
    "snapshot": {
        "element": [
            {**element("Plan", "Plan"), "constraint": [RULE, INHERITED, ADVICE]},
            element("Plan.id", "http://hl7.org/fhirpath/System.String", base="Resource.id"),
            element(
                "Plan.status",
                "code",
                min=1,
                isSummary=True,
                binding={"strength": "required", "valueSet": "http://example.org/states|4.0.1"},
            ),
            element("Plan.activity", "BackboneElement", max="*"),
            {
                **element("Plan.activity.who", "Reference"),
                "type": [{"code": "Reference", "targetProfile": [PREFIX + "Patient"]}],
            },
            {
                **element("Plan.activity.value[x]", "string"),
                "type": [{"code": "string"}, {"code": "Quantity", "profile": [PREFIX + "SimpleQuantity"]}],
            },
            {**element("Plan.activity.part", "BackboneElement"), "contentReference": "#Plan.activity"},
        ]
    },
}
STATES = {
    "url": "http://example.org/states",
    "compose": {"include": [{"system": "http://example.org/s"}, {"system": "u", "concept": [{"code": "c"}]}]},
}
SYSTEM = {"url": "http://example.org/s", "concept": [{"code": "a", "concept": [{"code": "b"}]}]}


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, dict]:
    """Return what the generator writes, by table."""
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "plan.json").write_text(json.dumps(PLAN), encoding="utf-8")
    for name, resources in (("valuesets", [STATES, SYSTEM]), ("v3-codesystems", [])):
        bundle = {"entry": [{"resource": resource} for resource in resources]}
        (tmp_path / f"{name}.json").write_text(json.dumps(bundle), encoding="utf-8")

    main(tmp_path / "entries", tmp_path, tmp_path)

    return {name: json.loads((tmp_path / f"{name}.json").read_text()) for name in WRITTEN}


WRITTEN = ("types", "resources", "codes", "invariants")


def test_a_resource_has_its_own_elements_and_a_type_for_each_part(tables):
    types = tables["resources"]["types"]

    assert types["Plan"]["base"] == "DomainResource"
    assert list(types["Plan"]["elements"]) == ["status", "activity"]
    assert types["Plan"]["elements"]["activity"] == {"type": "Plan.activity", "max": "*"}
    assert types["Plan.activity"]["base"] == "BackboneElement"


def test_an_element_tells_cardinality_binding_targets_and_choices(tables):
    types = tables["resources"]["types"]

    assert types["Plan"]["elements"]["status"] == {
        "type": "code",
        "min": 1,
        "codes": "http://example.org/states",
        "summary": True,
    }
    assert types["Plan.activity"]["elements"] == {
        "who": {"type": "Reference", "targets": ["Patient"]},
        "value[x]": {"choice": {"string": {}, "Quantity": {"type": "SimpleQuantity"}}},
        "part": {"type": "Plan.activity"},
    }


def test_a_value_set_is_expanded_from_lists_and_whole_systems(tables):
    assert tables["codes"]["codes"] == {
        "http://example.org/states": {"http://example.org/s": ["a", "b"], "u": ["c"]}
    }


def test_only_own_invariants_of_severity_error_are_kept(tables):
    assert tables["resources"]["types"]["Plan"]["rules"] == ["pln-1"]
    assert tables["invariants"]["invariants"] == {
        "Plan:pln-1": {"human": "A sentence.", "expression": "a.exists()"}
    }


def test_definitions_of_another_version_are_refused(tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps({**PLAN, "fhirVersion": "4.3.0"}), encoding="utf-8")

    with pytest.raises(ValueError, match=r"4\.0\.1"):
        main(tmp_path, tmp_path, tmp_path)


def test_a_value_set_that_is_no_plain_list_is_refused(tmp_path):
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "plan.json").write_text(json.dumps(PLAN), encoding="utf-8")
    filtered = {**STATES, "compose": {"include": [{"system": "u", "filter": [{"op": "is-a"}]}]}}
    for name in ("valuesets", "v3-codesystems"):
        (tmp_path / f"{name}.json").write_text(
            json.dumps({"entry": [{"resource": filtered}]}), encoding="utf-8"
        )

    with pytest.raises(ValueError, match="plain list"):
        main(tmp_path / "entries", tmp_path, tmp_path)
