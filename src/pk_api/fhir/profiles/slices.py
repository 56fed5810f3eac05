"""Slicing: which slice of a profile an item belongs to.

Source: https://hl7.org/fhir/R4/profiling.html#slicing. Discriminators: value, pattern, exists, type; their
paths are element names, `$this`, `extension(url)` and, last, `resolve()`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from pk_api.fhir.profiles.items import Contained, Item, below
from pk_api.fhir.profiles.terms import Expand, allowed, binding
from pk_api.fhir.profiles.trees import Branch, Find, Unsupported, core_type, tree
from pk_api.fhir.profiles.wanted import Wanted, wanted

Test = Callable[[Item, Contained], bool]

_STEP: Final = re.compile(r"extension\('?([^')]+)'?\)|resolve\(\)|\$this|[A-Za-z]+")
_REFERENCE: Final = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[^/]+)?$")

BY_URL: Final[Mapping[str, Any]] = {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"}
"""How R4 slices extensions in every type."""
BY_TYPE: Final[Mapping[str, Any]] = {"discriminator": [{"type": "type", "path": "$this"}], "rules": "open"}
"""How the types of a choice are sliced where the profile does not say."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Where definitions and codes come from."""

    find: Find
    expand: Expand


def slicing_of(name: str, branch: Branch) -> Mapping[str, Any]:
    """Return how an element with slices is sliced. Unsupported when nothing says so."""
    told: Mapping[str, Any] | None = branch.element.get("slicing")
    if told is None and name in ("extension", "modifierExtension"):
        return BY_URL
    if told is None and name.endswith("[x]"):
        return BY_TYPE
    if told is None or not told.get("discriminator"):
        raise Unsupported(f"the slices of {name} have no discriminator")
    return told


def membership(slice_: Branch, slicing: Mapping[str, Any], knowledge: Knowledge) -> Test:
    """Return the test of an item for belonging to a slice: all discriminators must say so."""
    tests = [_test(slice_, one, knowledge) for one in slicing["discriminator"]]
    return lambda item, contained: all(test(item, contained) for test in tests)


def _test(slice_: Branch, discriminator: Mapping[str, str], knowledge: Knowledge) -> Test:
    kind, steps = discriminator["type"], _steps(discriminator["path"])
    if kind in ("value", "pattern"):
        return _by_value(slice_, steps, knowledge)
    if kind == "exists":
        return _by_presence(slice_, steps, knowledge)
    if kind == "type":
        return _by_type(slice_, steps, knowledge)
    raise Unsupported(f"slices told apart by {kind} are not checked")


def _steps(path: str) -> list[str]:
    steps, at = [], 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise Unsupported(f"the discriminator path {path} is not followed")
        if match[0] != "$this":
            steps.append(f"extension:{match[1]}" if match[1] else match[0])
        at = match.end() + (path[match.end() : match.end() + 1] == ".")
    return steps


def _followed(item: Item, steps: Sequence[str]) -> list[Item]:
    found = [item]
    for step in steps:
        name, _, url = step.partition(":")
        found = [one for each in found for one in below(each, name)]
        if url:
            found = [one for one in found if one.value.get("url") == url]
    return found


def _by_value(slice_: Branch, steps: Sequence[str], knowledge: Knowledge) -> Test:
    criteria = list(_criteria(slice_, steps, knowledge))
    if not criteria:
        raise Unsupported(f"a slice says nothing of its discriminator {'.'.join(steps) or '$this'}")

    def test(item: Item, _: Contained) -> bool:
        found = _followed(item, steps)
        return all(any(fits(one) for one in found) for fits in criteria)

    return test


def _criteria(slice_: Branch, steps: Sequence[str], knowledge: Knowledge) -> Iterator[Callable[[Item], bool]]:
    """Yield what a slice wants of the element at the path, said there or above it."""
    levels = list(_levels(slice_, steps, knowledge))
    told = False
    for depth, branches in enumerate(levels):
        for one in (wanted(branch.element) for branch in branches):
            for part in one.below(steps[depth:]) if one else ():
                told = True
                yield partial(_fits, part)
    for branch in levels[-1] if len(levels) > len(steps) else ():
        bound = binding(branch.element, knowledge.find, knowledge.expand)
        if bound is not None and bound.severity == "error":
            told = True
            yield bound.fits
    if not told and steps and steps[-1] == "system":
        yield from _by_systems(levels, knowledge)


def _fits(want: Wanted, item: Item) -> bool:
    return want.fits(item.value)


def _is_among(values: frozenset[str], item: Item) -> bool:
    return item.value in values


def _by_systems(levels: Sequence[Sequence[Branch]], knowledge: Knowledge) -> Iterator[Callable[[Item], bool]]:
    """Yield the systems of a required binding above a `system` that the slice itself says nothing of.

    SEBasePractitionerRole slices `code.coding` by system and binds each slice, without naming a system.
    """
    for branch in (branch for branches in levels for branch in branches):
        told = branch.element.get("binding", {})
        if told.get("strength") == "required":
            yield partial(_is_among, _systems(str(told["valueSet"]), knowledge))


def _systems(value_set: str, knowledge: Knowledge) -> frozenset[str]:
    known = allowed(value_set, knowledge.find, knowledge.expand)
    if known.codes is not None:
        return frozenset(system for system, _ in known.codes)
    if known.systems is not None:
        return known.systems
    compose = (knowledge.find("ValueSet", value_set) or {}).get("compose", {})
    return frozenset(one["system"] for one in compose.get("include", ()) if "system" in one)


def _levels(slice_: Branch, steps: Sequence[str], knowledge: Knowledge) -> Iterator[list[Branch]]:
    """Yield the branches of the slice and of each element on the path, with those of profiled types."""
    branches = _with_profiles(slice_, knowledge)
    yield branches
    for step in steps:
        name, _, _ = step.partition(":")
        found = [one for branch in branches if (one := branch.at(name))]
        branches = [each for one in found for each in _with_profiles(one, knowledge)]
        yield branches


def _with_profiles(branch: Branch, knowledge: Knowledge) -> list[Branch]:
    out = [branch]
    for canonical in (url for kind in branch.types for url in kind.get("profile", ())):
        definition = knowledge.find("StructureDefinition", canonical)
        if definition is not None:
            out.append(tree(definition, knowledge.find))
        elif branch.types[0].get("code") == "Extension":
            out.append(Branch(below={"url": Branch({"fixedUri": canonical})}))
    return out


def _by_presence(slice_: Branch, steps: Sequence[str], knowledge: Knowledge) -> Test:
    *_, last = _levels(slice_, steps, knowledge)
    least = any(branch.element.get("min", 0) > 0 for branch in last)
    none = any(branch.element.get("max") == "0" for branch in last)
    if least == none:
        raise Unsupported("a slice does not say whether its discriminator is there")
    return lambda item, _: bool(_followed(item, steps)) == least


def _by_type(slice_: Branch, steps: Sequence[str], knowledge: Knowledge) -> Test:
    is_resolved = steps[-1:] == ["resolve()"]
    path = steps[:-1] if is_resolved else steps
    *_, last = _levels(slice_, path, knowledge)
    kinds = [kind for branch in last for kind in branch.types]
    if not kinds:
        raise Unsupported("a slice does not say of which type it is")
    if is_resolved:
        types = {name for kind in kinds for name in target_types(kind, knowledge.find)}
        return lambda item, contained: any(
            referred(one.value, contained) in types for one in _followed(item, path)
        )
    codes = {kind["code"] for kind in kinds}
    return lambda item, _: any(one.type in codes for one in _followed(item, path))


def target_types(kind: Mapping[str, Any], find: Find) -> frozenset[str]:
    """Return the types that the target profiles of an ElementDefinition's type are for; empty for any."""
    found = kind.get("targetProfile", ())
    return frozenset(
        core_type(url) or str((find("StructureDefinition", url) or {}).get("type", "")) for url in found
    )


def referred(reference: Any, contained: Contained) -> str | None:
    """Return the type that a Reference names, None when it does not say."""
    if not isinstance(reference, dict):
        return None
    text = str(reference.get("reference", ""))
    if text.startswith("#"):
        return str(contained.get(text[1:], {}).get("resourceType", "")) or None
    match = _REFERENCE.search(text)
    return match[1] if match else reference.get("type")
