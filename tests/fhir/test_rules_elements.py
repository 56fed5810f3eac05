"""Each invariant of ElementDefinition and StructureDefinition, once kept and once broken."""

import pytest

from pk_api.fhir.validate.rules.elements import ELEMENTS

ELEMENT = {"id": "Task.status", "path": "Task.status"}
ROOT = {"id": "Task", "path": "Task"}
FULL = {"definition": "a", "min": 0, "max": "1", "base": {"path": "Task.status", "min": 0, "max": "1"}}
STRING = [{"code": "string"}]
BASIC = {
    "resourceType": "StructureDefinition",
    "url": "https://example.org/a",
    "name": "A",
    "status": "draft",
    "kind": "resource",
    "abstract": False,
    "type": "Task",
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Task",
    "derivation": "constraint",
}


def element(**more) -> dict:
    return {**ELEMENT, **more}


def changed(*elements: dict, **more) -> dict:
    return {**BASIC, "differential": {"element": list(elements) or [ROOT]}, **more}


def whole(*elements: dict, **more) -> dict:
    return {**BASIC, "snapshot": {"element": [{**FULL, **item} for item in elements]}, **more}


def without(value: dict, *names: str) -> dict:
    return {key: item for key, item in value.items() if key not in names}


HL7 = "http://hl7.org/fhir/StructureDefinition/A"
CASES = {
    "ElementDefinition:eld-2": (element(min=1, max="2"), element(min=3, max="2")),
    "ElementDefinition:eld-5": (
        element(contentReference="#Task"),
        element(contentReference="#Task", type=STRING),
    ),
    "ElementDefinition:eld-6": (
        element(fixedString="a", type=STRING),
        element(fixedString="a", type=[*STRING, {"code": "code"}]),
    ),
    "ElementDefinition:eld-7": (
        element(patternString="a", type=STRING),
        element(patternString="a", type=[*STRING, {"code": "code"}]),
    ),
    "ElementDefinition:eld-8": (element(fixedString="a"), element(fixedString="a", patternString="a")),
    "ElementDefinition:eld-11": (
        element(binding={"strength": "required"}, type=STRING),
        element(binding={"strength": "required"}, type=[{"code": "date"}]),
    ),
    "ElementDefinition:eld-13": (element(type=STRING), element(type=[*STRING, *STRING])),
    "ElementDefinition:eld-14": (
        element(constraint=[{"key": "a-1", "severity": "error", "human": "a"}]),
        element(constraint=[{"key": "a-1", "severity": "error", "human": "a"}] * 2),
    ),
    "ElementDefinition:eld-15": (
        element(defaultValueString="a"),
        element(defaultValueString="a", meaningWhenMissing="b"),
    ),
    "ElementDefinition:eld-16": (element(sliceName="a/b"), element(sliceName="a b")),
    "ElementDefinition:eld-18": (
        element(isModifier=True, isModifierReason="a"),
        element(isModifier=True),
    ),
    "ElementDefinition:eld-19": (element(path="Task.input.value[x]"), element(path="Task.in put")),
    "ElementDefinition:eld-22": (
        element(sliceName="a", sliceIsConstraining=True),
        element(sliceIsConstraining=True),
    ),
    "ElementDefinition.max:eld-3": (element(max="*"), element(max="many")),
    "ElementDefinition.slicing:eld-1": (
        {"rules": "open", "description": "a"},
        {"rules": "open"},
    ),
    "ElementDefinition.type:eld-4": (
        {"code": "Reference", "aggregation": ["contained"]},
        {"code": "string", "aggregation": ["contained"]},
    ),
    "ElementDefinition.type:eld-17": (
        {"code": "Reference", "targetProfile": ["urn:a"]},
        {"code": "string", "targetProfile": ["urn:a"]},
    ),
    "ElementDefinition.binding:eld-12": (
        {"strength": "required", "valueSet": "http://example.org/a"},
        {"strength": "required", "valueSet": "ftp:a"},
    ),
    "StructureDefinition:sdf-1": (
        whole(ROOT, ELEMENT, derivation="specialization"),
        whole(ROOT, ELEMENT, {**ELEMENT, "id": "b"}, derivation="specialization"),
    ),
    "StructureDefinition:sdf-4": (changed(), without(changed(), "baseDefinition")),
    "StructureDefinition:sdf-5": (
        changed(
            {"id": "Extension", "path": "Extension"},
            type="Extension",
            context=[{"type": "element", "expression": "Task"}],
        ),
        changed({"id": "Extension", "path": "Extension"}, type="Extension"),
    ),
    "StructureDefinition:sdf-6": (changed(), BASIC),
    "StructureDefinition:sdf-9": (changed(element(label="a")), changed({**ROOT, "label": "a"})),
    "StructureDefinition:sdf-11": (whole(ROOT), whole(ROOT, type="Goal")),
    "StructureDefinition:sdf-14": (changed(ELEMENT), changed({"path": "Task.status"})),
    "StructureDefinition:sdf-15": (whole(ROOT), whole({**ROOT, "type": STRING})),
    "StructureDefinition:sdf-15a": (changed(), changed({**ROOT, "type": STRING})),
    "StructureDefinition:sdf-16": (whole(ROOT, ELEMENT), whole(ROOT, ELEMENT, ELEMENT)),
    "StructureDefinition:sdf-17": (changed(ROOT, ELEMENT), changed(ROOT, ELEMENT, ELEMENT)),
    "StructureDefinition:sdf-18": (changed(), changed(contextInvariant=["a"])),
    "StructureDefinition:sdf-19": (
        changed(element(type=STRING), url=HL7),
        changed(element(type=[{"code": "http://example.org/a"}]), url=HL7),
    ),
    "StructureDefinition:sdf-21": (
        changed(element(defaultValueString="a"), derivation="specialization"),
        changed(element(defaultValueString="a")),
    ),
    "StructureDefinition:sdf-22": (
        changed(element(min=0), url=HL7),
        changed(element(defaultValueString="a"), url=HL7, derivation="specialization"),
    ),
    "StructureDefinition:sdf-23": (changed(element(sliceName="a")), changed({**ROOT, "sliceName": "a"})),
    "StructureDefinition.mapping:sdf-2": (
        {"identity": "a", "name": "b"},
        {"identity": "a", "comment": "b"},
    ),
    "StructureDefinition.snapshot:sdf-3": (
        {"element": [{**ROOT, **FULL}]},
        {"element": [without({**ROOT, **FULL}, "definition")]},
    ),
    "StructureDefinition.snapshot:sdf-8": (
        whole(ROOT, ELEMENT),
        whole(ROOT, {**ELEMENT, "path": "Goal.status"}),
    ),
    "StructureDefinition.snapshot:sdf-8b": (
        {"element": [{**ROOT, **FULL}]},
        {"element": [without({**ROOT, **FULL}, "base")]},
    ),
    "StructureDefinition.snapshot.element:sdf-10": (
        {"element": [{**ROOT, **FULL, "binding": {"strength": "example", "description": "a"}}]},
        {"element": [{**ROOT, **FULL, "binding": {"strength": "example"}}]},
    ),
    "StructureDefinition.differential:sdf-8a": (
        changed(ELEMENT),
        changed(ROOT, {**ELEMENT, "path": "Goal.status"}),
    ),
    "StructureDefinition.differential:sdf-20": (
        {"element": [element(slicing={"rules": "open", "description": "a"})]},
        {"element": [{**ROOT, "slicing": {"rules": "open", "description": "a"}}]},
    ),
}
PLACES = {
    "ElementDefinition.max:eld-3": "ElementDefinition",
    "StructureDefinition.snapshot:sdf-8": "StructureDefinition",
    "StructureDefinition.differential:sdf-8a": "StructureDefinition",
    "StructureDefinition.snapshot.element:sdf-10": "StructureDefinition.snapshot",
}


def place(name: str) -> str:
    return PLACES.get(name, name.rpartition(":")[0])


UNREADABLE = frozenset(
    {
        "ElementDefinition:eld-6",
        "ElementDefinition:eld-7",
        "ElementDefinition:eld-8",
        "ElementDefinition:eld-11",
        "ElementDefinition:eld-15",
        "ElementDefinition:eld-19",
        "ElementDefinition.max:eld-3",
        "StructureDefinition.snapshot:sdf-8",
        "StructureDefinition.snapshot.element:sdf-10",
        "StructureDefinition.differential:sdf-8a",
    }
)
"""Expressions that need more than the element (its choices, %resource, one item), and eld-11: the official
expression asks whether there is an answer, not whether it is true, and so is never broken."""


def test_every_invariant_of_these_types_has_a_case():
    assert set(CASES) == set(ELEMENTS)


@pytest.mark.parametrize("name", CASES)
def test_a_value_that_keeps_the_invariant_is_valid(name, broken):
    assert broken(place(name), CASES[name][0]) == []


@pytest.mark.parametrize("name", CASES)
def test_a_value_that_breaks_the_invariant_is_told(name, broken):
    assert name.rpartition(":")[2] in broken(place(name), CASES[name][1])


@pytest.mark.parametrize("name", sorted(set(CASES) - UNREADABLE))
def test_the_official_expression_agrees(name, official):
    kept, broken_one = CASES[name]

    assert official(name, kept)
    assert not official(name, broken_one)
