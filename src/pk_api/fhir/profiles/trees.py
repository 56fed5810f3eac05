"""A profile's elements as a tree: its differential laid over those of its bases, down to the type of R4.

Source: https://hl7.org/fhir/R4/profiling.html. A profile only narrows, so what R4 itself says of an element
is not repeated: `validate` has checked it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pk_api.fhir.structures import resource_types, table

Json = Mapping[str, Any]
Find = Callable[[str, str], Json | None]
"""Gives a conformance resource by type and canonical, with or without version; None when it is not known."""

CORE: Final = "http://hl7.org/fhir/StructureDefinition/"
_DEEPEST: Final = 10


class Unsupported(Exception):
    """A definition says something that this engine does not check; the text names it."""


@dataclass(slots=True)
class Branch:
    """An element of a profile: what the ElementDefinition says, its slices and what is below it."""

    element: dict[str, Any] = field(default_factory=dict)
    below: dict[str, "Branch"] = field(default_factory=dict)
    slices: dict[str, "Branch"] = field(default_factory=dict)

    def at(self, name: str) -> "Branch | None":
        """Return the branch of an element by its name without `[x]`."""
        return self.below.get(name) or self.below.get(f"{name}[x]")

    @property
    def types(self) -> list[Json]:
        """The types that the profile leaves, empty for all."""
        found: list[Json] = self.element.get("type", [])
        return found


def core_type(canonical: str) -> str | None:
    """Return the type of R4 that a canonical names, None if it names none."""
    name = canonical.partition("|")[0].removeprefix(CORE)
    if not canonical.startswith(CORE):
        return None
    known = (
        name in resource_types() or name in table("types")["types"] or name in ("Resource", "DomainResource")
    )
    return name if known else None


def tree(definition: Json, find: Find) -> Branch:
    """Return the tree of a StructureDefinition. Unsupported for what cannot be laid out."""
    root = Branch()
    for identity, element in _merged(definition, find).items():
        branch = _grown(root, identity.split(".")[1:])
        branch.element = element
    return root


def _merged(definition: Json, find: Find) -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for one in reversed(list(_lineage(definition, find))):
        for element in (one.get("differential") or one.get("snapshot") or {}).get("element", ()):
            identity = _identity(element)
            before = merged.get(identity, {})
            merged[identity] = {**before, **element, "constraint": _constraints(before, element)}
    return merged


def _constraints(before: Json, element: Json) -> list[Json]:
    return [*before.get("constraint", ()), *element.get("constraint", ())]


def _lineage(definition: Json, find: Find) -> Iterator[Json]:
    """Yield the definition and its bases up to the one that narrows a type of R4."""
    one: Json | None = definition
    for _ in range(_DEEPEST):
        if one is None:
            break
        yield one
        base = str(one.get("baseDefinition", ""))
        if core_type(base):
            return
        one = find("StructureDefinition", base)
    raise Unsupported(f"the base of {definition.get('url')} is not known")


def _identity(element: Json) -> str:
    """Return the id of an element, made from path and slice name where it is not given."""
    given = element.get("id")
    if given:
        return str(given)
    name = element.get("sliceName")
    return f"{element['path']}:{name}" if name else str(element["path"])


def _grown(root: Branch, steps: list[str]) -> Branch:
    branch = root
    for step in steps:
        name, _, slice_name = step.partition(":")
        branch = branch.below.setdefault(name, Branch())
        if slice_name:
            if "/" in slice_name:
                raise Unsupported(f"slices of slices ({slice_name}) are not checked")
            branch = branch.slices.setdefault(slice_name, Branch())
    return branch
