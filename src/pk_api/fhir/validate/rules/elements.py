"""Invariants of ElementDefinition and StructureDefinition.

Source of keys and texts: `definitions/invariants.json`.
"""

import re
from collections.abc import Iterator
from typing import Final

from pk_api.fhir.validate.rules.terms import Test, Value, are_distinct, each, has, has_choice

_BOUND: Final = frozenset({"code", "Coding", "CodeableConcept", "Quantity", "string", "uri"})
_REFERRING: Final = frozenset({"Reference", "canonical"})
_SLICE: Final = re.compile(r"[a-zA-Z0-9/\-_\[\]@]+")
_STEP: Final = r"[^\s.,:;'\"/|?!@#$%&*()\[\]{}]{1,64}"
_PATH: Final = re.compile(rf"{_STEP}(?:\.{_STEP}(?:\[x\])?(?::[^\s.]+)?)*")
_TYPE: Final = re.compile(r"[a-zA-Z0-9.]+|http://hl7\.org/fhirpath/System\.[A-Z][A-Za-z]+")
_HL7: Final = "http://hl7.org/fhir/StructureDefinition"


def _min_max(v: Value) -> bool:
    most = v.get("max", "*")
    return "min" not in v or not most.isdecimal() or bool(v["min"] <= int(most))


def _linked(v: Value) -> bool:
    others = ("type", "example", "maxLength", "binding")
    values = ("defaultValue", "fixed", "pattern", "minValue", "maxValue")
    return not has(v, "contentReference") or not (
        has(v, *others) or any(has_choice(v, name) for name in values)
    )


def _bindable(v: Value) -> bool:
    codes = set(each(v, "type", "code"))
    return not has(v, "binding") or not codes or not codes.isdisjoint(_BOUND)


def _single(name: str) -> Test:
    return lambda v: not has_choice(v, name) or len(v.get("type", ())) <= 1


def _value_set(v: Value) -> bool:
    return str(v.get("valueSet", "urn:")).startswith(("http:", "https", "urn:"))


def _is_referring(v: Value) -> bool:
    return v.get("code") in _REFERRING


def _all(v: Value) -> Iterator[Value]:
    yield from each(v, "snapshot", "element")
    yield from each(v, "differential", "element")


def _roots(v: Value) -> list[Value]:
    return [e for e in _all(v) if "." not in e.get("path", ".")]


def _ids(part: str) -> Test:
    def holds(v: Value) -> bool:
        elements = list(each(v, part, "element"))
        return all("id" in e for e in elements) and are_distinct(e["id"] for e in elements)

    return holds


def _first(v: Value, part: str) -> Value:
    return next(each(v, part, "element"), {})


def _typeless(v: Value) -> bool:
    return v.get("kind") == "logical" or not has(_first(v, "snapshot"), "type")


def _typeless_difference(v: Value) -> bool:
    first = _first(v, "differential")
    return v.get("kind") == "logical" or "." in first.get("path", ".") or not has(first, "type")


def _fhir_types(v: Value) -> bool:
    codes = each(list(_all(v)), "type", "code")
    return not v.get("url", "").startswith(_HL7) or all(_TYPE.fullmatch(code) for code in codes)


def _no_defaults(v: Value) -> bool:
    return not v.get("url", "").startswith(_HL7) or not any(has_choice(e, "defaultValue") for e in _all(v))


def _starts(part: str) -> Test:
    """Every path begins with the type's name: the first element's is the name, or may go on from it."""

    def holds(v: Value) -> bool:
        paths = [e.get("path", "") for e in each(v, part, "element")]
        if not paths:
            return True
        named = paths[0] == v.get("type") if part == "snapshot" else paths[0].startswith(v.get("type", ""))
        root = paths[0] if part == "snapshot" else paths[0].partition(".")[0]
        return (v.get("kind") == "logical" or named) and all(p.startswith(f"{root}.") for p in paths[1:])

    return holds


def _complete(v: Value) -> bool:
    return all(has(e, "definition") and has(e, "min") and has(e, "max") for e in each(v, "element"))


def _bare_roots(v: Value) -> bool:
    return not any(has(e, "label", "code", "requirements") for e in _roots(v))


def _defaults(v: Value) -> bool:
    added = any(has_choice(e, "defaultValue") for e in each(v, "differential", "element"))
    return not added or v.get("derivation") == "specialization"


ELEMENTS: Final[dict[str, Test]] = {
    "ElementDefinition:eld-2": _min_max,
    "ElementDefinition:eld-5": _linked,
    "ElementDefinition:eld-6": _single("fixed"),
    "ElementDefinition:eld-7": _single("pattern"),
    "ElementDefinition:eld-8": lambda v: not (has_choice(v, "pattern") and has_choice(v, "fixed")),
    "ElementDefinition:eld-11": _bindable,
    "ElementDefinition:eld-13": lambda v: are_distinct(each(v, "type", "code")),
    "ElementDefinition:eld-14": lambda v: are_distinct(each(v, "constraint", "key")),
    "ElementDefinition:eld-15": lambda v: (
        not (has_choice(v, "defaultValue") and has(v, "meaningWhenMissing"))
    ),
    "ElementDefinition:eld-16": lambda v: _SLICE.fullmatch(v.get("sliceName", "-")) is not None,
    "ElementDefinition:eld-18": lambda v: v.get("isModifier") is not True or has(v, "isModifierReason"),
    "ElementDefinition:eld-19": lambda v: _PATH.fullmatch(v.get("path", "-")) is not None,
    "ElementDefinition:eld-22": lambda v: not has(v, "sliceIsConstraining") or has(v, "sliceName"),
    "ElementDefinition.max:eld-3": lambda v: v == "*" or (v.isdecimal() and v.isascii()),
    "ElementDefinition.slicing:eld-1": lambda v: has(v, "discriminator", "description"),
    "ElementDefinition.type:eld-4": lambda v: not has(v, "aggregation") or _is_referring(v),
    "ElementDefinition.type:eld-17": lambda v: not has(v, "targetProfile") or _is_referring(v),
    "ElementDefinition.binding:eld-12": _value_set,
    "StructureDefinition:sdf-1": lambda v: (
        v.get("derivation") == "constraint" or are_distinct(each(v, "snapshot", "element", "path"))
    ),
    "StructureDefinition:sdf-4": lambda v: v.get("abstract") is True or has(v, "baseDefinition"),
    "StructureDefinition:sdf-5": lambda v: (
        v.get("type") != "Extension" or v.get("derivation") == "specialization" or has(v, "context")
    ),
    "StructureDefinition:sdf-6": lambda v: has(v, "snapshot", "differential"),
    "StructureDefinition:sdf-9": _bare_roots,
    "StructureDefinition:sdf-11": lambda v: (
        v.get("kind") == "logical" or _first(v, "snapshot").get("path", v.get("type")) == v.get("type")
    ),
    "StructureDefinition:sdf-14": lambda v: all("id" in e for e in _all(v)),
    "StructureDefinition:sdf-15": _typeless,
    "StructureDefinition:sdf-15a": _typeless_difference,
    "StructureDefinition:sdf-16": _ids("snapshot"),
    "StructureDefinition:sdf-17": _ids("differential"),
    "StructureDefinition:sdf-18": lambda v: not has(v, "contextInvariant") or v.get("type") == "Extension",
    "StructureDefinition:sdf-19": _fhir_types,
    "StructureDefinition:sdf-21": _defaults,
    "StructureDefinition:sdf-22": _no_defaults,
    "StructureDefinition:sdf-23": lambda v: not any(has(e, "sliceName") for e in _roots(v)),
    "StructureDefinition.mapping:sdf-2": lambda v: has(v, "name", "uri"),
    "StructureDefinition.snapshot:sdf-3": _complete,
    "StructureDefinition.snapshot:sdf-8": _starts("snapshot"),
    "StructureDefinition.snapshot:sdf-8b": lambda v: all(has(e, "base") for e in each(v, "element")),
    "StructureDefinition.snapshot.element:sdf-10": lambda v: (
        not has(v, "binding") or has(v.get("binding", {}), "valueSet", "description")
    ),
    "StructureDefinition.differential:sdf-8a": _starts("differential"),
    "StructureDefinition.differential:sdf-20": lambda v: (
        not any(has(e, "slicing") for e in each(v, "element") if "." not in e.get("path", "."))
    ),
}
