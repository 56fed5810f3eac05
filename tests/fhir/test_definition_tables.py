"""The generated tables are whole, and agree with an independent reading of the same definitions."""

import importlib

import pytest

from pk_api.fhir.codes import value_set
from pk_api.fhir.primitives import PRIMITIVES
from pk_api.fhir.resource_types import CONFORMANCE_TYPES, MESSAGE_TYPES, TYPES
from pk_api.fhir.structures import resource_types, structure, table
from pk_api.fhir.validate.findings import Context
from pk_api.fhir.validate.objects import object_check
from pk_api.fhir.validate.resources import inner_check
from pk_api.fhir.validate.rules import BY_STRUCTURE, RULES

OURS = frozenset(TYPES) | CONFORMANCE_TYPES | MESSAGE_TYPES
R4B_ONLY = {
    "ActivityDefinition": {"subjectCanonical"},
    "PlanDefinition": {"subjectCanonical"},
    "CapabilityStatement": set(),
}


def all_types() -> dict[str, dict]:
    return {**table("types")["types"], **table("resources")["types"]}


def test_every_served_type_is_known():
    assert resource_types() >= OURS
    assert len(resource_types()) == 146


def test_every_table_names_its_source():
    for name in ("types", "resources", "codes", "invariants"):
        assert "4.0.1" in table(name)["source"]
        assert "CC0" in table(name)["source"]


def test_every_primitive_type_has_a_test():
    assert set(table("types")["primitives"]) == set(PRIMITIVES) | {"xhtml"}


@pytest.mark.parametrize("name", sorted(all_types()))
def test_every_type_can_be_checked(name):
    findings = object_check(name, inner_check)({"colour": "red"}, {}, Context())

    assert f"{name} has no such element" in [text for _, _, text in findings]


def test_every_required_binding_has_its_codes():
    for name in all_types():
        for element in structure(name).elements.values():
            if element.codes:
                assert value_set(element.codes).codes or value_set(element.codes).syntax


def test_every_official_invariant_of_our_types_has_a_rule():
    official = {
        name
        for name in table("invariants")["invariants"]
        if (head := name.replace(":", ".").split(".")[0]) in OURS or head not in resource_types()
    }

    assert official == set(RULES) | BY_STRUCTURE


def test_every_rule_hangs_on_a_type_or_an_element():
    hung = {f"{name}:{key}" for name, row in all_types().items() for key in row["rules"]}
    for name in all_types():
        hung.update(key for element in structure(name).elements.values() for key in element.rules)

    assert {key.replace("[x]", "") for key in hung} >= set(RULES)


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_elements_are_those_that_fhir_resources_reads(name):
    module = importlib.import_module(f"fhir.resources.R4B.{name.lower()}")
    theirs = {field.alias or key for key, field in getattr(module, name).model_fields.items()}

    ours = {key for element in structure(name).elements.values() for key in element.alternatives}

    known = {
        key for key in theirs if not key.startswith("_") and key not in ("resourceType", "fhir_comments")
    }
    assert known - ours == R4B_ONLY.get(name, set())
    assert ours - known <= {"id"}
