"""Checks of whole resources: the type, what they contain (dom-2 to dom-5), and resources inside messages.

Source: https://hl7.org/fhir/R4/references.html#contained, https://hl7.org/fhir/R4/domainresource-definitions.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pk_api.fhir.structures import resource_types
from pk_api.fhir.validate.findings import Check, Context, Finding, Findings
from pk_api.fhir.validate.objects import object_check


def resource_findings(resource: Any, context: Context) -> Findings:
    """Return what is wrong with a resource that is not contained in another."""
    kind = _kind(resource)
    if kind is None:
        return _untyped(resource)
    if kind == "Bundle":
        context = Context(is_transaction=resource.get("type") in ("transaction", "batch"))
    if "contained" not in resource:
        return _check_of(kind)(resource, resource, context)
    inner = Context(is_transaction=context.is_transaction, contained=_contained_types(resource["contained"]))
    found = _check_of(kind)(resource, resource, inner)
    return found or list(_loose(resource, inner)) or None


def _kind(resource: Any) -> str | None:
    kind = resource.get("resourceType") if type(resource) is dict else None
    return kind if type(kind) is str and kind in resource_types() else None


def _untyped(resource: Any) -> list[Finding]:
    if type(resource) is not dict:
        return [("", "structure", "a resource is expected")]
    if "resourceType" not in resource:
        return [(".resourceType", "required", "this element is required: the type of the resource")]
    return [(".resourceType", "structure", "a resource type of FHIR R4 is expected")]


def _check_of(kind: str) -> Check:
    return object_check(kind, inner_check)


def inner_check(name: str) -> Check:
    """Return the check of a resource that is an element of this name: contained, or part of a message."""
    return _contained if name == "contained" else _sent


def _sent(value: Any, _parent: dict[str, Any], context: Context) -> Findings:
    return resource_findings(value, Context(is_transaction=context.is_transaction))


def _contained(value: Any, parent: dict[str, Any], context: Context) -> Findings:
    kind = _kind(value)
    if kind is None:
        return _untyped(value)
    inside = Context(
        context.is_transaction, is_contained=True, contained=context.contained, used=context.used
    )
    return _check_of(kind)(value, parent, inside) or list(_forbidden(value)) or None


def _forbidden(value: dict[str, Any]) -> Iterator[Finding]:
    if "contained" in value:
        yield ".contained", "invariant", "dom-2: a contained resource may not contain others"
    if "id" not in value:
        yield ".id", "invariant", "dom-3: a contained resource needs an id to be referred to"
    for name in value.get("meta", {}).keys() & {"versionId", "lastUpdated"}:
        yield f".meta.{name}", "invariant", "dom-4: a contained resource has no version of its own"
    if "security" in value.get("meta", {}):
        yield ".meta.security", "invariant", "dom-5: a contained resource has no security label of its own"


def _contained_types(contained: Any) -> Mapping[str, str]:
    """Return types by id; what is malformed is left out, the structure check tells it."""
    return {
        item["id"]: item["resourceType"]
        for item in (contained if type(contained) is list else ())
        if type(item) is dict and type(item.get("id")) is str and type(item.get("resourceType")) is str
    }


def _loose(resource: dict[str, Any], context: Context) -> Iterator[Finding]:
    """Yield contained resources that nothing refers to and that do not refer to their container (dom-3)."""
    contained = resource["contained"]
    if len(context.contained) != len(contained):
        yield ".contained", "structure", "each contained resource needs an id of its own"
    if context.used == context.contained.keys():
        return
    texts = frozenset(_texts(resource))
    for index, item in enumerate(contained):
        if f"#{item['id']}" not in texts and "#" not in _texts(item):
            text = (
                "dom-3: a reference to this contained resource is expected, or one from it to its container"
            )
            yield f".contained[{index}]", "invariant", text


def _texts(tree: Any) -> Iterator[str]:
    """Yield every text that begins with `#`, as references to contained resources do."""
    if type(tree) is str:
        if tree.startswith("#"):
            yield tree
    elif isinstance(tree, dict | list):
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from _texts(item)
