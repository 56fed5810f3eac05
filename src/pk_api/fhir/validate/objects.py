"""Checks compiled from the tables: for each type one closure that looks up a check for each property.

A closure is filled when the first value of its type arrives, and says nothing (None) for what is valid: a
valid resource costs a look-up and a call for each property. Paths are put together only for faults.
"""

import re
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from pk_api.fhir.codes import ValueSet, value_set
from pk_api.fhir.primitives import PRIMITIVES
from pk_api.fhir.structures import Alternative, Element, Structure, structure
from pk_api.fhir.validate import primitives
from pk_api.fhir.validate.findings import MOST_FINDINGS, Check, Context, Finding, Findings
from pk_api.fhir.validate.references import reference
from pk_api.fhir.validate.rules import Rule, rules_of
from pk_api.fhir.validate.rules.words import WORDS, Words

_NAME: Final = re.compile(r"(?!.*[0-9]{6})[A-Za-z_][A-Za-z0-9]{0,63}\Z")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PRIMITIVES: Final = frozenset(PRIMITIVES) | {"xhtml"}


@dataclass(slots=True)
class Plan:
    """How objects of a type are checked: by property, as a whole, and under which names faults are told."""

    name: str
    is_resource: bool
    checks: dict[str, Check] = field(default_factory=dict)
    quick: dict[str, Callable[[str], object]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    choices: list[tuple[frozenset[str], str, bool]] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    words: Words | None = None
    is_demanding: bool = True


@cache
def object_check(name: str, resource_check: Callable[[str], Check]) -> Check:
    """Return the check of objects of a type; `resource_check` gives that of a resource in a named element."""
    plan = Plan(name, structure(name).is_resource)
    checks = plan.checks
    find, find_quick = checks.get, plan.quick.get

    def check(value: Any, _parent: dict[str, Any], context: Context) -> Findings:
        if not checks:
            _fill(plan, structure(name), resource_check)
        if type(value) is not dict or not value:
            return [("", "structure", "an object is expected that is not empty")]
        found: Findings = None
        for key, item in value.items():
            if type(item) is str and (quick := find_quick(key)) and quick(item):
                continue
            one = find(key)
            wrong = one(item, value, context) if one else _unknown(name)
            if wrong:
                found = _joined(found, key, wrong, plan)
                if len(found) >= MOST_FINDINGS:
                    return found
        if plan.is_demanding or len(value) == 1:
            return _demanded(value, found, plan)
        return found

    return check


def _demanded(value: dict[str, Any], found: Findings, plan: Plan) -> Findings:
    """Check what an object must have as a whole; invariants only if its structure is right."""
    for key in plan.required:
        if key not in value:
            found = _missing(found, key, value)
    for names, base, is_required in plan.choices:
        present = value.keys() & names
        if len(present) > 1 or (is_required and not present):
            found = _miscounted(found, present, base)
    if found:
        return found
    found = _broken(value, plan) if plan.rules or len(value) == 1 else None
    if plan.words is not None and not plan.words.holds(value):
        found = [*(found or ()), (plan.words.path, plan.words.code, plan.words.text)]
    return found


def _unknown(name: str) -> list[Finding]:
    return [("", "structure", f"{name} has no such element")]


def _joined(found: Findings, key: str, wrong: list[Finding], plan: Plan) -> list[Finding]:
    step = plan.labels.get(key) or (f".{key}" if _NAME.match(key) else "")
    return [*(found or ()), *((f"{step}{path}", code, text) for path, code, text in wrong)]


def _missing(found: Findings, key: str, value: dict[str, Any]) -> Findings:
    if f"_{key}" in value:
        return found
    return [*(found or ()), (f".{key}", "required", "this element is required")]


def _miscounted(found: Findings, present: Set[str], base: str) -> Findings:
    if not present:
        return [*(found or ()), (f".{base}", "required", f"this element is required: {base}[x]")]
    if len({key.removeprefix("_") for key in present}) == 1:
        return found
    return [*(found or ()), (f".{base}", "structure", f"only one of the types of {base}[x] may be there")]


def _broken(value: dict[str, Any], plan: Plan) -> Findings:
    if len(value) == 1 and "id" in value and not plan.is_resource:
        return [("", "invariant", "ele-1: an element must have a value or children, not an id alone")]
    found: Findings = None
    for rule in plan.rules:
        if not rule.holds(value):
            found = [*(found or ()), (rule.path, "invariant", f"{rule.key}: {rule.human}")]
    return found


def _fill(plan: Plan, kind: Structure, resource_check: Callable[[str], Check]) -> None:
    """Make the checks of a type; done at its first value, for types refer to each other in circles."""
    checks: dict[str, Check] = {"resourceType": _nothing} if kind.is_resource else {}
    for element in kind.elements.values():
        for name, alternative in element.alternatives.items():
            named = dict(_named(element, name, alternative, resource_check, kind))
            checks |= named
            plan.labels.update(dict.fromkeys(named, f".{element.name}"))
            quick = primitives.quick(alternative.type, element.codes)
            if quick and not element.is_array and not element.rules and not _is_checked(kind, name):
                plan.quick[name] = quick
    plan.required[:] = [e.name for e in kind.elements.values() if e.least and not _is_choice(e)]
    plan.choices[:] = [_choice(e) for e in kind.elements.values() if _is_choice(e)]
    plan.rules[:] = rules_of(*kind.rules, of=kind.name)
    plan.words = WORDS.get(kind.name)
    plan.is_demanding = bool(plan.required or plan.choices or plan.rules or plan.words)
    plan.checks.update(checks)


def _nothing(_value: Any, _parent: dict[str, Any], _context: Context) -> Findings:
    return None


def _is_choice(element: Element) -> bool:
    return set(element.alternatives) != {element.name}


def _choice(element: Element) -> tuple[frozenset[str], str, bool]:
    names = element.alternatives.keys()
    return frozenset(names | {f"_{name}" for name in names}), element.name, element.least > 0


def _named(
    element: Element,
    name: str,
    alternative: Alternative,
    resource_check: Callable[[str], Check],
    kind: Structure,
) -> list[tuple[str, Check]]:
    if alternative.type not in _PRIMITIVES:
        one = _ruled(_complex(element, alternative, resource_check), element)
        if alternative.type == "Extension" and kind.name != "Extension":
            one = _defined(one)
        return [(name, _array(one) if element.is_array else one)]
    one = _ruled(primitives.primitive(alternative.type, element.codes), element)
    if _is_bare(kind, name):
        return [(name, _once(one) if _is_checked(kind, name) else one)]
    extras = object_check("Element", resource_check)
    if element.is_array:
        return [(name, primitives.many(name, one)), (f"_{name}", primitives.siblings(name, extras))]
    return [(name, one), (f"_{name}", primitives.sibling(extras))]


def _is_bare(kind: Structure, name: str) -> bool:
    """Say whether a primitive is an attribute in XML and so has no extensions."""
    return name == "id" or (name == "url" and kind.name == "Extension")


def _is_checked(kind: Structure, name: str) -> bool:
    """Say whether this id may stand once (those of a differential stand in the snapshot too)."""
    return name == "id" and not kind.is_resource and kind.name != "ElementDefinition"


def _once(one: Check) -> Check:
    """Return the check of an element's id; https://hl7.org/fhir/R4/element-definitions.html#Element.id."""

    def check(value: Any, parent: dict[str, Any], context: Context) -> Findings:
        found = one(value, parent, context)
        if found:
            return found
        if value in context.ids:
            return [("", "value", "an id is expected that no other element of the resource has")]
        context.ids.add(value)
        return None

    return check


def _defined(one: Check) -> Check:
    """Return the check of an extension that is no part of another: its definition has an absolute URL."""

    def check(value: Any, parent: dict[str, Any], context: Context) -> Findings:
        found = one(value, parent, context)
        if found or _ABSOLUTE.match(value["url"]):
            return found
        return [(".url", "value", "an absolute URL is expected: that of the extension's definition")]

    return check


def _complex(element: Element, alternative: Alternative, resource_check: Callable[[str], Check]) -> Check:
    if alternative.type == "Resource":
        return resource_check(element.name)
    whole = object_check(alternative.type, resource_check)
    if alternative.type == "Reference":
        return reference(whole, alternative.targets)
    if element.codes and alternative.type in ("Coding", "CodeableConcept"):
        return _bound(whole, value_set(element.codes), is_concept=alternative.type == "CodeableConcept")
    return whole


def _bound(whole: Check, allowed: ValueSet, *, is_concept: bool) -> Check:
    """Return the check of a concept with a required binding: one of its codings must be of the value set."""

    def check(value: Any, parent: dict[str, Any], context: Context) -> Findings:
        found = whole(value, parent, context)
        if found or allowed.syntax:
            return found
        codings = value.get("coding", ()) if is_concept else (value,)
        if any(c.get("code") in allowed.systems.get(c.get("system"), ()) for c in codings):
            return None
        systems = ", ".join(sorted(allowed.systems))
        return [("", "code-invalid", f"a code of {systems} is expected: {allowed.expected}")]

    return check


def _ruled(one: Check, element: Element) -> Check:
    """Return the check with the invariants that stand on the element and not on its type."""
    rules = rules_of(*element.rules)
    if not rules:
        return one

    def check(value: Any, parent: dict[str, Any], context: Context) -> Findings:
        found = one(value, parent, context)
        if found:
            return found
        broken = [
            (rule.path, "invariant", f"{rule.key}: {rule.human}") for rule in rules if not rule.holds(value)
        ]
        return broken or None

    return check


def _array(one: Check) -> Check:
    """Return the check of an array; no element of R4 has a limit between one and any number."""

    def check(value: Any, parent: dict[str, Any], context: Context) -> Findings:
        if type(value) is not list or not value:
            return [("", "structure", "an array is expected that is not empty")]
        found: Findings = None
        for index, item in enumerate(value):
            wrong = one(item, parent, context)
            if wrong:
                found = [*(found or ()), *((f"[{index}]{path}", code, text) for path, code, text in wrong)]
                if len(found) >= MOST_FINDINGS:
                    return found
        return found

    return check
