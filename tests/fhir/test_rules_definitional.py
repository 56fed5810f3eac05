"""Each invariant of forms, terminology and capability statements, once kept and once broken."""

import pytest

from pk_api.fhir.validate.rules.definitional import DEFINITIONAL
from pk_api.fhir.validate.rules.forms import FORMS

OPTION = {"valueString": "Ja"}
CHOICE = {"linkId": "1", "type": "choice"}
GROUP = {"linkId": "1", "type": "group", "item": [{"linkId": "1.1", "type": "string"}]}
DISPLAY = {"linkId": "1", "type": "display", "text": "Uppföljning"}
TEXT = {"linkId": "1", "type": "string"}
CODE = {"code": "a"}
WHEN = {"question": "1", "operator": "=", "answerBoolean": True}
FORM = {"resourceType": "Questionnaire", "status": "draft"}

FORM_CASES = {
    "Questionnaire:que-2": (
        {**FORM, "item": [GROUP]},
        {**FORM, "item": [GROUP, {"linkId": "1.1", "type": "string"}]},
    ),
    "Questionnaire.item:que-1": (GROUP, {**DISPLAY, "item": [TEXT]}),
    "Questionnaire.item:que-3": (DISPLAY, {**DISPLAY, "code": [CODE]}),
    "Questionnaire.item:que-4": (
        {**CHOICE, "answerValueSet": "urn:a"},
        {**CHOICE, "answerValueSet": "urn:a", "answerOption": [OPTION]},
    ),
    "Questionnaire.item:que-5": (
        {**CHOICE, "answerOption": [OPTION]},
        {"linkId": "1", "type": "boolean", "answerOption": [OPTION]},
    ),
    "Questionnaire.item:que-6": ({**TEXT, "required": True}, {**DISPLAY, "required": True}),
    "Questionnaire.item:que-8": ({**TEXT, "initial": [OPTION]}, {**GROUP, "initial": [OPTION]}),
    "Questionnaire.item:que-9": ({**TEXT, "readOnly": True}, {**DISPLAY, "readOnly": True}),
    "Questionnaire.item:que-10": ({**TEXT, "maxLength": 9}, {**CHOICE, "maxLength": 9}),
    "Questionnaire.item:que-11": (
        {**CHOICE, "answerOption": [OPTION]},
        {**CHOICE, "answerOption": [OPTION], "initial": [OPTION]},
    ),
    "Questionnaire.item:que-12": (
        {**TEXT, "enableWhen": [WHEN] * 3, "enableBehavior": "all"},
        {**TEXT, "enableWhen": [WHEN] * 3},
    ),
    "Questionnaire.item:que-13": (
        {**TEXT, "initial": [OPTION, OPTION], "repeats": True},
        {**TEXT, "initial": [OPTION, OPTION]},
    ),
    "Questionnaire.item.enableWhen:que-7": (
        {"question": "1", "operator": "exists", "answerBoolean": True},
        {"question": "1", "operator": "exists", "answerString": "a"},
    ),
    "QuestionnaireResponse.item:qrs-1": (
        {"linkId": "1", "answer": [OPTION]},
        {"linkId": "1", "answer": [OPTION], "item": [{"linkId": "1.1"}]},
    ),
}

LISTED = {"reference": {"reference": "ValueSet/a"}}
PART = {"id": "a", "name": "A"}
GUIDE = {
    "resourceType": "ImplementationGuide",
    "url": "http://example.org/guide",
    "name": "Guide",
    "status": "draft",
    "packageId": "org.example.guide",
    "fhirVersion": ["4.0.1"],
}
REST = {"mode": "server"}
STATEMENT = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "date": "2026",
    "kind": "requirements",
    "fhirVersion": "4.0.1",
    "format": ["json"],
    "description": "Delad plan",
    "rest": [REST],
}
HERE = {"description": "Här"}
SOFTWARE = {"name": "pk-api"}
DOCUMENT = {"mode": "producer", "profile": "urn:a"}
SYSTEM = {"resourceType": "CodeSystem", "status": "draft", "content": "complete"}
NAMES = {"resourceType": "NamingSystem", "status": "draft", "name": "A", "kind": "identifier", "date": "2026"}
OID = {"type": "oid", "value": "1.2", "preferred": True}
PARAMETER = {"name": "a", "use": "in", "min": 0, "max": "1"}
SEARCH = {
    "resourceType": "SearchParameter",
    "url": "a",
    "name": "A",
    "status": "draft",
    "description": "a",
    "code": "a",
    "base": ["Task"],
    "type": "reference",
}


def without(value: dict, *names: str) -> dict:
    return {key: item for key, item in value.items() if key not in names}


def typed(*kinds: str) -> dict:
    return {**REST, "resource": [{"type": kind} for kind in kinds]}


DEFINITIONAL_CASES = {
    "CapabilityStatement:cpb-1": (STATEMENT, without(STATEMENT, "rest")),
    "CapabilityStatement:cpb-2": (STATEMENT, without(STATEMENT, "description")),
    "CapabilityStatement:cpb-3": (
        {
            **STATEMENT,
            "kind": "instance",
            "implementation": HERE,
            "messaging": [{"endpoint": [{"protocol": {"code": "http"}, "address": "a"}]}],
        },
        {**STATEMENT, "messaging": [{"endpoint": [{"protocol": {"code": "http"}, "address": "a"}]}]},
    ),
    "CapabilityStatement:cpb-7": (
        {**STATEMENT, "document": [DOCUMENT, {**DOCUMENT, "mode": "consumer"}]},
        {**STATEMENT, "document": [DOCUMENT, DOCUMENT]},
    ),
    "CapabilityStatement:cpb-14": (
        {**STATEMENT, "kind": "instance", "implementation": HERE},
        {**STATEMENT, "kind": "instance"},
    ),
    "CapabilityStatement:cpb-15": (
        {**STATEMENT, "kind": "capability", "software": SOFTWARE},
        {**STATEMENT, "kind": "capability"},
    ),
    "CapabilityStatement:cpb-16": (STATEMENT, {**STATEMENT, "software": SOFTWARE}),
    "CapabilityStatement.rest:cpb-9": (typed("Task", "Goal"), typed("Task", "Task")),
    "CapabilityStatement.rest.resource:cpb-12": (
        {"type": "Task", "searchParam": [{"name": "a", "type": "token"}, {"name": "b", "type": "token"}]},
        {"type": "Task", "searchParam": [{"name": "a", "type": "token"}, {"name": "a", "type": "date"}]},
    ),
    "CodeSystem:csd-1": (
        {**SYSTEM, "concept": [{"code": "a", "concept": [{"code": "b"}]}]},
        {**SYSTEM, "concept": [{"code": "a", "concept": [{"code": "a"}]}]},
    ),
    "ConceptMap.group.element.target:cmd-1": (
        {"code": "a", "equivalence": "narrower", "comment": "b"},
        {"code": "a", "equivalence": "narrower"},
    ),
    "ConceptMap.group.unmapped:cmd-2": ({"mode": "fixed", "code": "a"}, {"mode": "fixed"}),
    "ConceptMap.group.unmapped:cmd-3": ({"mode": "other-map", "url": "urn:a"}, {"mode": "other-map"}),
    "ImplementationGuide:ig-2": (
        {**GUIDE, "definition": {"resource": [{**LISTED, "fhirVersion": ["4.0.1"]}, LISTED]}},
        {**GUIDE, "definition": {"resource": [{**LISTED, "fhirVersion": ["4.0.0"]}]}},
    ),
    "ImplementationGuide.definition:ig-1": (
        {"grouping": [PART], "resource": [{**LISTED, "groupingId": "a"}, LISTED]},
        {"grouping": [PART], "resource": [{**LISTED, "groupingId": "b"}]},
    ),
    "NamingSystem:nsd-1": (
        {**NAMES, "kind": "root", "uniqueId": [OID]},
        {**NAMES, "kind": "root", "uniqueId": [{**OID, "type": "uuid"}]},
    ),
    "NamingSystem:nsd-2": (
        {**NAMES, "uniqueId": [OID, without(OID, "preferred")]},
        {**NAMES, "uniqueId": [OID, OID]},
    ),
    "OperationDefinition.parameter:opd-1": ({**PARAMETER, "type": "string"}, PARAMETER),
    "OperationDefinition.parameter:opd-2": (
        {**PARAMETER, "type": "string", "searchType": "token"},
        {**PARAMETER, "type": "code", "searchType": "token"},
    ),
    "OperationDefinition.parameter:opd-3": (
        {**PARAMETER, "type": "Reference", "targetProfile": ["urn:a"]},
        {**PARAMETER, "type": "code", "targetProfile": ["urn:a"]},
    ),
    "SearchParameter:spd-1": ({**SEARCH, "xpath": "a", "xpathUsage": "normal"}, {**SEARCH, "xpath": "a"}),
    "SearchParameter:spd-2": ({**SEARCH, "chain": ["a"]}, {**SEARCH, "chain": ["a"], "type": "token"}),
    "ValueSet.compose.include:vsd-1": ({"system": "a"}, {"version": "1"}),
    "ValueSet.compose.include:vsd-2": (
        {"system": "a", "concept": [CODE]},
        {"valueSet": ["urn:a"], "concept": [CODE]},
    ),
    "ValueSet.compose.include:vsd-3": (
        {"system": "a", "filter": [{"property": "p", "op": "=", "value": "v"}]},
        {"system": "a", "filter": [{"property": "p", "op": "=", "value": "v"}], "concept": [CODE]},
    ),
    "ValueSet.expansion.contains:vsd-6": ({"display": "A", "abstract": True}, {"abstract": True}),
    "ValueSet.expansion.contains:vsd-9": ({"system": "a", "code": "a"}, {"display": "A"}),
    "ValueSet.expansion.contains:vsd-10": ({"system": "a", "code": "a"}, {"code": "a"}),
}
ALL = FORM_CASES | DEFINITIONAL_CASES


UNREADABLE = frozenset(
    {
        "Questionnaire.item.enableWhen:que-7",
    }
)
"""Expressions that fhirpathpy cannot evaluate on an element alone (hasValue, resolve, choices, order)."""


def test_every_invariant_of_these_types_has_a_case():
    assert set(ALL) == set(FORMS) | set(DEFINITIONAL)


@pytest.mark.parametrize("name", ALL)
def test_a_value_that_keeps_the_invariant_is_valid(name, broken):
    assert broken(name.rpartition(":")[0], ALL[name][0]) == []


@pytest.mark.parametrize("name", ALL)
def test_a_value_that_breaks_the_invariant_is_told(name, broken):
    kind, _, key = name.rpartition(":")

    assert broken(kind, ALL[name][1]) == [key]


@pytest.mark.parametrize("name", sorted(set(ALL) - UNREADABLE))
def test_the_official_expression_agrees(name, official):
    kept, broken_one = ALL[name]

    assert official(name, kept)
    assert not official(name, broken_one)
