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
    if found or inner.used == inner.contained.keys():
        return found
    return list(_unreferenced(resource)) or None


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
    return object_check(kind, _inner_check)


def _inner_check() -> Check:
    return _inner


def _inner(value: Any, parent: dict[str, Any], context: Context) -> Findings:
    """Check a resource inside another one: contained, or an entry or parameter of a message."""
    contained = parent.get("contained")
    if type(contained) is list and any(value is item for item in contained):
        return _contained(value, parent, context)
    return resource_findings(value, Context(is_transaction=context.is_transaction))


def _contained(value: Any, parent: dict[str, Any], context: Context) -> Findings:
    kind = _kind(value)
    if kind is None:
        return _untyped(value)
    return _check_of(kind)(value, parent, context) or list(_forbidden(value)) or None


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


def _unreferenced(resource: dict[str, Any]) -> Iterator[Finding]:
    """Yield contained resources that nothing refers to and that do not refer to their container (dom-3)."""
    outside = set(_texts({key: item for key, item in resource.items() if key != "contained"}))
    inside = [set(_texts(item)) for item in resource["contained"]]
    for index, item in enumerate(resource["contained"]):
        others = outside.union(*(texts for i, texts in enumerate(inside) if i != index))
        if f"#{item['id']}" not in others and "#" not in inside[index]:
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
