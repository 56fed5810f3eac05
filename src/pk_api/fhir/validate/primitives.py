"""Checks of primitive values, alone and with their `_` siblings.

Source: https://hl7.org/fhir/R4/json.html#primitive: `_birthDate` holds id and extensions of `birthDate`;
arrays of both have the same length, with null where one of the two has nothing.
"""

from collections.abc import Callable
from typing import Any

from pk_api.fhir.codes import value_set
from pk_api.fhir.narrative import fault
from pk_api.fhir.primitives import PRIMITIVES
from pk_api.fhir.validate.findings import MOST_FINDINGS, Check, Context, Finding, Findings

NULL: list[Finding] = [("", "structure", "null is not allowed here")]


def primitive(kind: str, codes: str | None) -> Check:
    """Return the check of one value of a primitive type, with the value set of a required binding if any."""
    if kind == "xhtml":
        return _narrative
    if codes and kind in ("code", "string", "uri"):
        return _bound(codes)
    accepts, expected = PRIMITIVES[kind].accepts, PRIMITIVES[kind].expected

    def check(value: Any, _parent: dict[str, Any], _context: Context) -> Findings:
        if accepts(value):
            return None
        return NULL if value is None else [("", "value", expected)]

    return check


def quick(kind: str, codes: str | None) -> Callable[[str], object] | None:
    """Return a test without Python code that most texts of the type pass; what fails it needs the check."""
    if codes and kind in ("code", "string", "uri"):
        return value_set(codes).codes.__contains__
    return PRIMITIVES[kind].usual if kind in PRIMITIVES else None


def _bound(url: str) -> Check:
    allowed = value_set(url)
    codes, syntax = allowed.codes, allowed.syntax
    is_code = PRIMITIVES["code"].accepts

    def check(value: Any, _parent: dict[str, Any], _context: Context) -> Findings:
        if type(value) is str and (value in codes or (syntax is not None and syntax(value))):
            return None
        if is_code(value):
            return [("", "code-invalid", allowed.expected)]
        return NULL if value is None else [("", "value", PRIMITIVES["code"].expected)]

    return check


def _narrative(value: Any, _parent: dict[str, Any], _context: Context) -> Findings:
    if type(value) is not str:
        return [("", "value", "XHTML as text is expected")]
    broken = fault(value)
    return [("", "invariant", f"{broken[0]}: {broken[1]}")] if broken else None


def sibling(extras: Check) -> Check:
    """Return the check of `_name`: id and extensions of one primitive."""

    def check(value: Any, parent: dict[str, Any], context: Context) -> Findings:
        if value is None:
            return NULL
        return extras(value, parent, context)

    return check


def siblings(name: str, extras: Check) -> Check:
    """Return the check of `_name` beside an array: an entry or null for each value."""

    def check(value: Any, parent: dict[str, Any], context: Context) -> Findings:
        if type(value) is not list or not value:
            return [("", "structure", "an array is expected, with an entry or null for each value")]
        values = parent.get(name)
        if type(values) is list and len(values) != len(value):
            return [
                ("", "structure", f"as many entries as {name} has are expected, null where there is nothing")
            ]
        found: list[Finding] = []
        for index, item in enumerate(value):
            if len(found) >= MOST_FINDINGS:
                return found
            if item is not None:
                found += [(f"[{index}]{p}", c, t) for p, c, t in extras(item, parent, context) or ()]
            elif type(values) is not list or values[index] is None:
                found.append(
                    (f"[{index}]", "structure", "a value or extensions are expected, not null for both")
                )
        return found or None

    return check


def many(name: str, one: Check) -> Check:
    """Return the check of an array of primitives, where null stands if `_name` has something instead."""

    def check(value: Any, parent: dict[str, Any], context: Context) -> Findings:
        if type(value) is not list or not value:
            return [("", "structure", "an array is expected that is not empty")]
        found: Findings = None
        for index, item in enumerate(value):
            wrong = one(item, parent, context)
            if wrong and not (item is None and _has(parent.get(f"_{name}"), index)):
                found = [*(found or ()), *((f"[{index}]{p}", c, t) for p, c, t in wrong)]
                if len(found) >= MOST_FINDINGS:
                    return found
        return found

    return check


def _has(extras: Any, index: int) -> bool:
    return type(extras) is list and index < len(extras) and type(extras[index]) is dict
