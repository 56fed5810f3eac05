"""References in a resource: found, read and replaced.

Sources: https://hl7.org/fhir/R4/references.html, https://hl7.org/fhir/R4/http.html#trules (what a transaction
replaces: references, and elements of type uri, url, oid or uuid that hold a fullUrl; never canonicals).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pk_api.fhir.search.parameters import URI_ELEMENTS

ID: Final = r"[A-Za-z0-9\-.]{1,64}"
_LOCAL = re.compile(rf"([A-Z][A-Za-z]{{1,63}})/({ID})(?:/_history/({ID}))?")
_REST = re.compile(rf"((?:https?|urn):.*?/)?[A-Z][A-Za-z]{{1,63}}/{ID}")


class Found(NamedTuple):
    """A reference where it stands: FHIRPath of the Reference, the object that holds it, its key and value."""

    path: str
    container: dict[str, Any]
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class LocalRef:
    """A reference to a resource of this service; `path` is where it stood, when that is known."""

    type: str
    id: str
    version: str | None = None
    path: str = ""

    @property
    def reference(self) -> str:
        """The reference without a version."""
        return f"{self.type}/{self.id}"


def walk(resource: Mapping[str, Any]) -> Iterator[Found]:
    """Yield every literal reference of the resource and of what it contains, in document order.

    Canonicals and references that have an identifier or a display alone are not among them.
    """
    return _walk(resource, str(resource.get("resourceType", "")))


def _walk(node: Mapping[str, Any], path: str) -> Iterator[Found]:
    for key, value in node.items():
        if type(value) is dict:
            yield from _walk(value, f"{path}.{key}")
        elif type(value) is list:
            for at, item in enumerate(value):
                if type(item) is dict:
                    yield from _walk(item, f"{path}.{key}[{at}]")
        elif key == "reference" and type(value) is str and type(node) is dict:
            yield Found(path, node, key, value)


def local_references(resource: Mapping[str, Any], base_url: str = "") -> list[LocalRef]:
    """Return the references to resources of this service, with the path of each, in document order."""
    found = []
    for path, _, _, value in walk(resource):
        local = literal(value, base_url)
        if local is not None:
            found.append(LocalRef(local.type, local.id, local.version, path))
    return found


def literal(reference: str, base_url: str = "") -> LocalRef | None:
    """Return what a literal reference points at when it is relative or under our own address, else None."""
    if base_url and reference.startswith(f"{base_url}/"):
        reference = reference[len(base_url) + 1 :]
    match = _LOCAL.fullmatch(reference)
    return LocalRef(*match.groups()) if match else None


def relative(resource: dict[str, Any], base_url: str) -> dict[str, Any]:
    """Return the resource with references to what is kept here, versions left out, as `Type/id`."""
    found = ((each.value, literal(each.value, base_url)) for each in walk(resource))
    return rewrite(resource, {text: local.reference for text, local in found if local is not None})


def at_path(node: Any, path: str) -> Iterator[str]:
    """Yield the literal references at the end of a plain path such as `activity.reference`."""
    return (found["reference"] for found in objects_at(node, path) if isinstance(found.get("reference"), str))


def objects_at(node: Any, path: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects at the end of a plain path."""
    return _at(node, path.split("."))


def _at(node: Any, names: list[str]) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, list):
        for item in node:
            yield from _at(item, names)
    elif isinstance(node, Mapping) and names:
        yield from _at(node.get(names[0]), names[1:])
    elif isinstance(node, Mapping):
        yield node


def is_conditional(reference: str) -> bool:
    """Say whether a reference is a search, as transactions may have (`Patient?identifier=…`)."""
    kind, mark, criteria = reference.partition("?")
    return bool(mark and criteria) and kind.isalpha() and kind[:1].isupper()


def contained(reference: str, resource: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the contained resource that a reference such as `#one` points at."""
    if not reference.startswith("#"):
        return None
    found: list[dict[str, Any]] = [
        one for one in resource.get("contained", ()) if one.get("id") == reference[1:]
    ]
    return found[0] if found else None


def full_url_base(full_url: str) -> str:
    """Return the part of a RESTful fullUrl before `Type/id`, with its slash; empty for other forms.

    Relative references in an entry are relative to it.
    """
    match = _REST.fullmatch(full_url)
    return (match.group(1) or "") if match else ""


def rewrite(resource: dict[str, Any], mapping: Mapping[str, str], *, base: str = "") -> dict[str, Any]:
    """Return the resource with references and uri elements that are keys of the mapping replaced.

    Keys are fullUrls and conditional references as written; `base` (see `full_url_base`) makes relative
    references absolute before they are looked up. Unchanged parts are shared with the original, and the
    original itself is returned when nothing changed.
    """
    if not mapping:
        return resource
    changed = _rewritten(resource, mapping, base)
    return resource if changed is None else changed


def _rewritten(node: dict[str, Any], mapping: Mapping[str, str], base: str) -> dict[str, Any] | None:
    """Return a changed copy, None when there is nothing to change."""
    changes: dict[str, Any] = {}
    for key, value in node.items():
        new = _replacement(key, value, mapping, base)
        if new is not None:
            changes[key] = new
    return {**node, **changes} if changes else None


def _replacement(key: str, value: Any, mapping: Mapping[str, str], base: str) -> Any:
    if type(value) is dict:
        return _rewritten(value, mapping, base)
    if type(value) is list:
        items = [_replacement(key, item, mapping, base) for item in value]
        if all(item is None for item in items):
            return None
        return [old if new is None else new for old, new in zip(value, items, strict=True)]
    if type(value) is not str:
        return None
    if key == "reference":
        return _target(value, mapping, base)
    return mapping.get(value) if key in URI_ELEMENTS and ":" in value else None


def _target(value: str, mapping: Mapping[str, str], base: str) -> str | None:
    found = mapping.get(value)
    if found is None and base and _LOCAL.fullmatch(value):
        found = mapping.get(base + value)
    return found
