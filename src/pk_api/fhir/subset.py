"""Parts of a resource, as `_summary` and `_elements` ask for them, marked as such.

Source: https://hl7.org/fhir/R4/search.html#summary, #elements.
"""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Final

from pk_api.fhir.structures import Element, structure

Json = dict[str, Any]

SUBSETTED: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "subsetted",
}
_ALWAYS: Final = frozenset({"resourceType", "id", "meta", "implicitRules", "modifierExtension"})


def subset(resource: Json, summary: str | None, elements: Collection[str] = ()) -> Json:
    """Return a new resource of what is asked for; the same one when all of it is.

    `summary` is `true`, `text` or `data`; `elements` are top-level elements. What is mandatory or changes the
    meaning of the rest is always there.
    """
    kind = resource["resourceType"]
    if summary == "true":
        kept = _summarised(resource, kind)
    elif summary == "text":
        kept = _only(resource, _mandatory(kind) | {"text"})
    elif summary == "data":
        kept = {name: value for name, value in resource.items() if name != "text"}
    elif elements:
        kept = _only(resource, _mandatory(kind) | frozenset(elements))
    else:
        return resource
    return _marked(kept)


def _only(resource: Json, names: Collection[str]) -> Json:
    wanted = _ALWAYS | set(names)
    return {
        name: value
        for name, value in resource.items()
        if name.removeprefix("_") in wanted or _choice(resource["resourceType"], name) in wanted
    }


def _choice(kind: str, name: str) -> str:
    """Return the element that a JSON name belongs to: `value` for `valueQuantity`."""
    found = _elements(kind).get(name.removeprefix("_"))
    return found.name if found else ""


@cache
def _mandatory(kind: str) -> frozenset[str]:
    return frozenset(e.name for e in structure(kind).elements.values() if e.least)


@cache
def _elements(kind: str) -> Mapping[str, Element]:
    """Return the elements of a type by their JSON names."""
    return {name: e for e in structure(kind).elements.values() for name in e.alternatives}


@cache
def _has_summary(kind: str) -> bool:
    """Whether the definitions tell which elements of a type are its summary: an Extension has none."""
    return any(e.is_summary for e in structure(kind).elements.values() if e.name != "modifierExtension")


def _summarised(node: Json, kind: str) -> Json:
    out: Json = {}
    for name, value in node.items():
        element = _elements(kind).get(name.removeprefix("_"))
        if name == "resourceType":
            out[name] = value
        elif element is not None and (element.is_summary or element.least):
            out[name] = value if name[0] == "_" else _inside(value, element.alternatives[name].type)
    return out


def _inside(value: Any, kind: str) -> Any:
    if isinstance(value, list):
        return [_inside(item, kind) for item in value]
    if not isinstance(value, dict) or not _has_summary(kind):
        return value
    return _summarised(value, kind)


def _marked(resource: Json) -> Json:
    meta = resource.get("meta") or {}
    return resource | {"meta": meta | {"tag": [*meta.get("tag", ()), SUBSETTED]}}
