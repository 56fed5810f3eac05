"""The table of search parameters, and their expressions against an independent FHIRPath engine."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fhirpathpy import compile as oracle_of
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from pk_api.fhir.resource_types import CONFORMANCE_TYPES, TYPES
from pk_api.fhir.search.parameters import COMPARTMENT, SEARCH_PARAMETERS, SORT_DATE, URI_ELEMENTS
from pk_api.fhir.search.paths import compile_path

EXAMPLES = Path(__file__).with_name("examples")
SHARED = Path(__file__).parents[2].parent / "shared" / "examples"
OWN = [
    {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": "Group/1"},
        "effectivePeriod": {"start": "2026-01-01"},
        "valueCodeableConcept": {"text": "lagom", "coding": [{"code": "ok"}]},
        "component": [{"valueQuantity": {"value": 3, "unit": "st"}, "code": {"text": "antal"}}],
    },
    {
        "resourceType": "Goal",
        "startDate": "2026-01-01",
        "target": [{"dueDate": "2026-06-01"}, {"dueDuration": {"value": 3}}],
        "subject": {"reference": "https://elsewhere.example/fhir/Patient/7/_history/2"},
    },
    {
        "resourceType": "Condition",
        "onsetAge": {"value": 40, "code": "a"},
        "abatementString": "efter en vecka",
        "contained": [{"resourceType": "Patient", "id": "p"}],
        "subject": {"reference": "#p"},
    },
    {
        "resourceType": "Patient",
        "deceasedDateTime": "2026-01-02",
        "telecom": [{"system": "email", "value": "a@b.example"}, {"system": "phone", "value": "08"}],
    },
    {"resourceType": "Patient", "deceasedBoolean": False},
    {"resourceType": "Task", "for": {"reference": "Patient/1"}, "focus": {"reference": "Task/2"}},
    {
        "resourceType": "PlanDefinition",
        "relatedArtifact": [
            {"type": "depends-on", "resource": "http://x.example/a|1"},
            {"type": "successor", "resource": "http://x.example/b"},
        ],
        "useContext": [{"valueRange": {"low": {"value": 1}}}, {"valueCodeableConcept": {"text": "x"}}],
    },
]


def resolve(nodes: list[Any]) -> list[Any]:
    """Give the oracle what `resolve()` leads to: an empty resource of the type that the reference names."""
    contained = {"p": "Patient", "patsub": "Patient"}
    found = []
    for node in nodes:
        reference = node.get("reference", "")
        match = re.search(r"([A-Z]\w+)/[^/]+(?:/_history/\w+)?$", reference)
        kind = match.group(1) if match else contained.get(reference.removeprefix("#"))
        if kind:
            found.append(ResourceNode.create_node({"resourceType": kind}, kind))
    return found


def plain(values: list[Any]) -> list[str]:
    """Return values without what the oracle adds or loses: extensions of primitives."""
    kept = [
        {k: v for k, v in value.items() if k[0] != "_"} if isinstance(value, dict) else value
        for value in values
        if value is not None and not (isinstance(value, dict) and value.keys() <= {"id", "extension"})
    ]
    return sorted(json.dumps(value, sort_keys=True, default=float) for value in kept)


def differences(resource: dict[str, Any]) -> list[str]:
    found = []
    for code, parameter in SEARCH_PARAMETERS[resource["resourceType"]].items():
        if not parameter.is_searchable:
            continue
        expression = parameter.expression.replace("Resource.", f"{resource['resourceType']}.")
        options = {"userInvocationTable": {"resolve": {"fn": resolve, "arity": {0: []}}}}
        try:
            expected = oracle_of(expression, models["r4"], options)(json.loads(json.dumps(resource)))
        except ValueError:  # `as` over several values, which R4 means item by item
            continue
        if plain(expected) != plain(parameter.extract(resource)):
            found.append(code)
    return found


@pytest.mark.parametrize("resource", OWN, ids=lambda resource: resource["resourceType"])
def test_own_examples_give_what_an_independent_engine_finds(resource):
    assert differences(resource) == []


def test_example_files_give_what_an_independent_engine_finds():
    resources = [json.loads(path.read_text("utf-8")) for path in sorted(EXAMPLES.glob("*.json"))]

    found = [
        (one["resourceType"], differences(one))
        for one in resources
        if one["resourceType"] in SEARCH_PARAMETERS
    ]

    assert [pair for pair in found if pair[1]] == []


def test_official_examples_give_what_an_independent_engine_finds():
    paths = sorted(SHARED.glob("*/*.json"))
    if not paths:
        pytest.skip(f"no examples in {SHARED}")

    found = {path.name: differences(json.loads(path.read_text("utf-8"))) for path in paths}

    assert {name: codes for name, codes in found.items() if codes} == {}


def test_every_served_type_has_the_common_parameters():
    served = TYPES.keys() | CONFORMANCE_TYPES

    lacking = [
        type_
        for type_ in served
        if not {"_id", "_lastUpdated", "_profile", "_security", "_source", "_tag"}
        <= SEARCH_PARAMETERS[type_].keys()
    ]

    assert lacking == []


def test_care_plan_has_the_official_parameters_of_r4():
    codes = {code for code in SEARCH_PARAMETERS["CarePlan"] if code[0] != "_"}

    assert codes == {
        *("activity-code", "activity-date", "activity-reference", "based-on", "care-team", "category"),
        *("condition", "date", "encounter", "goal", "identifier", "instantiates-canonical"),
        *("instantiates-uri", "intent", "part-of", "patient", "performer", "replaces", "status", "subject"),
    }


def test_a_parameter_speaks_of_its_own_type_alone():
    parameter = SEARCH_PARAMETERS["CarePlan"]["date"]

    assert (parameter.type, parameter.expression) == ("date", "CarePlan.period")
    assert parameter.description == "Time period plan covers"
    assert parameter.url == "http://hl7.org/fhir/SearchParameter/clinical-date"


def test_a_code_parameter_knows_the_system_that_its_binding_implies():
    assert SEARCH_PARAMETERS["Patient"]["gender"].system == "http://hl7.org/fhir/administrative-gender"


def test_a_composite_finds_its_components_within_each_element():
    parameter = SEARCH_PARAMETERS["Observation"]["combo-code-value-quantity"]
    part = {"code": {"text": "part"}, "valueQuantity": {"value": 2}}
    whole = {"code": {"text": "whole"}, "valueString": "x", "component": [part]}

    found = [[one.extract(element) for one in parameter.components] for element in parameter.extract(whole)]

    assert [one.type for one in parameter.components] == ["token", "quantity"]
    assert found == [[[{"text": "whole"}], []], [[{"text": "part"}], [{"value": 2}]]]


def test_a_parameter_has_the_names_that_guides_give_it():
    url, uri = (SEARCH_PARAMETERS["Subscription"][code] for code in ("url", "uri"))

    assert (uri.expression, uri.code) == (url.expression, "uri")


def test_canonicals_are_told_from_other_references():
    assert SEARCH_PARAMETERS["QuestionnaireResponse"]["questionnaire"].is_canonical
    assert not SEARCH_PARAMETERS["QuestionnaireResponse"]["subject"].is_canonical


def test_the_patient_compartment_names_parameters_that_exist():
    unknown = [
        (type_, code)
        for type_, codes in COMPARTMENT.items()
        for code in codes
        if code not in SEARCH_PARAMETERS[type_]
    ]

    assert unknown == []
    assert COMPARTMENT["CarePlan"] == ("patient", "performer")


def test_every_sort_date_is_a_date_parameter_of_its_type():
    assert all(
        SEARCH_PARAMETERS[type_][code].type == "date" for type_, code in SORT_DATE.items() if code is not None
    )
    assert (SORT_DATE["CarePlan"], SORT_DATE["Task"], SORT_DATE["Patient"]) == ("date", "authored-on", None)


def test_uri_elements_hold_attachment_addresses_and_no_code():
    assert {"url", "valueUri", "instantiatesUri"} <= URI_ELEMENTS
    assert not {"code", "value", "status"} & URI_ELEMENTS


@pytest.mark.parametrize("expression", ["Patient.name[0]", "Patient.name.first()", "a.b or c.d"])
def test_a_shape_that_is_not_known_is_refused(expression):
    with pytest.raises(ValueError, match="not a path"):
        compile_path(expression, {})


def test_nulls_in_arrays_of_primitives_are_no_values():
    given = compile_path("Patient.name.given", {})

    assert given({"name": [{"given": [None, "Maria"], "_given": [{"id": "a"}, None]}]}) == ["Maria"]
