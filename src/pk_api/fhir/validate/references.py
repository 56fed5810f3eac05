"""Checks of References: the form of the text, and the type that it names.

Source: https://hl7.org/fhir/R4/references.html; what an absolute URL names is known only if it
has the form of the REST interface with an R4 type in it.
"""

import re
from typing import Any

from pk_api.fhir.primitives import PRIMITIVES
from pk_api.fhir.structures import resource_types
from pk_api.fhir.validate.findings import Check, Context, Findings

_ID = r"[A-Za-z0-9\-.]{1,64}"
_RELATIVE = re.compile(rf"([A-Z][A-Za-z]{{1,60}})/{_ID}(?:/_history/{_ID})?").fullmatch
_ENDING = re.compile(rf"/([A-Z][A-Za-z]{{1,60}})/{_ID}(?:/_history/{_ID})?\Z").search
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]{1,30}:[^\s]+").fullmatch
_UUID = re.compile(r"urn:uuid:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}").fullmatch
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+").fullmatch
_NAME = re.compile(r"[^:]+").fullmatch  # a type outside FHIR is named by an absolute URL
_LOCAL = re.compile(rf"#(?:{_ID})?").fullmatch
_SEARCH = re.compile(r"([A-Z][A-Za-z]{1,60})\?[^\s]+").fullmatch

_FORM = (
    "a reference is expected: Type/id, an absolute URL, urn:uuid:…, urn:oid:… or #id of a contained resource"
)


def reference(whole: Check, targets: frozenset[str]) -> Check:
    """Return the check of a Reference whose target must be one of the types (any, if there are none)."""
    types = targets or resource_types()
    is_usual_text = PRIMITIVES["string"].usual or str.isalpha

    def check(value: Any, parent: dict[str, Any], context: Context) -> Findings:
        if type(value) is dict and type(text := value.get("reference")) is str:
            match = _RELATIVE(text)
            if match and match[1] in types:
                if len(value) == 1:
                    return None
                if (
                    len(value) == 2
                    and type(display := value.get("display")) is str
                    and is_usual_text(display)
                ):
                    return None
        return whole(value, parent, context) or _named(value, types, context)

    return check


def _named(value: dict[str, Any], targets: frozenset[str], context: Context) -> Findings:
    """Check what a Reference names, when its structure is right."""
    text, said = value.get("reference"), value.get("type", "")
    if _NAME(said) and said not in targets:
        return _disagreement(said, targets, ".type")
    if text is None:
        return None
    match = _RELATIVE(text)
    return _explained(value, match[1], targets) if match else _special(value, text, targets, context)


def _special(value: dict[str, Any], text: str, targets: frozenset[str], context: Context) -> Findings:
    if _LOCAL(text):
        return _local(text[1:], targets, context)
    if text.startswith("urn:"):
        is_formed = _UUID(text) or _OID(text) or not text.startswith(("urn:uuid:", "urn:oid:"))
        return None if is_formed else [(".reference", "value", _FORM)]
    if context.is_transaction and (search := _SEARCH(text)):
        return _explained(value, search[1], targets)
    if not _ABSOLUTE(text):
        return [(".reference", "value", _FORM)]
    ending = _ENDING(text)
    return _explained(value, ending[1], targets) if ending and ending[1] in resource_types() else None


def _local(name: str, targets: frozenset[str], context: Context) -> Findings:
    """Check a reference to a contained resource (ref-1); `#` alone is the container, seen from inside it."""
    if not name and context.is_contained:
        return None
    if name not in context.contained:
        return [(".reference", "invariant", "ref-1: the id of a contained resource is expected after #")]
    context.used.add(name)
    return _disagreement(context.contained[name], targets, ".reference")


def _explained(value: dict[str, Any], named: str, targets: frozenset[str]) -> Findings:
    if named not in resource_types():
        return [(".reference", "value", "a resource type of FHIR R4 is expected before the id")]
    said = value.get("type", named)
    if said != named and said in resource_types():
        return [(".type", "value", f"the type that the reference names is expected: {named}")]
    return _disagreement(named, targets, ".reference")


def _disagreement(named: str | None, targets: frozenset[str], path: str) -> Findings:
    if named in targets:
        return None
    return [(path, "value", f"a reference to one of these is expected: {', '.join(sorted(targets))}")]
