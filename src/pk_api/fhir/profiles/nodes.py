"""Checks compiled from a profile's tree: one closure an element, filled once and kept.

Each item is looked at once by each element and slice that speaks of it: the cost is linear in the resource.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from pk_api.fhir.profiles.items import Contained, Finding, Item, items
from pk_api.fhir.profiles.slices import Knowledge, Test, membership, referred, slicing_of, target_types
from pk_api.fhir.profiles.terms import binding
from pk_api.fhir.profiles.trees import Branch, Unsupported, core_type
from pk_api.fhir.profiles.wanted import wanted
from pk_api.fhir.structures import Element, Structure, structure

Found = Iterator[Finding]
Check = Callable[[Item, Contained], Found]
_FHIRPATH: Final = "http://hl7.org/fhirpath/"
Compiled = Callable[[str], Check | None]
"""Gives the check of a profile by canonical, None for one that is not known."""


@dataclass(frozen=True, slots=True)
class Count:
    """How often an element or slice may be there; None is no limit."""

    least: int
    most: int | None
    hint: str

    @property
    def asks_nothing(self) -> bool:
        """Whether any number of them is right."""
        return self.least == 0 and self.most is None

    def allows(self, number: int) -> bool:
        """Say whether there may be this number of them."""
        return number >= self.least and (self.most is None or number <= self.most)

    def findings(self, number: int, path: str, what: str) -> Found:
        """Yield what is wrong with this number of them."""
        if number < self.least:
            yield path, "error", "required", f"{_times(self.least)} of {what} is expected{self.hint}"
        if self.most is not None and number > self.most:
            told = f"at most {self.most} of {what}" if self.most else f"no {what}"
            yield path, "error", "structure", f"{told} is allowed{self.hint}"


def _times(least: int) -> str:
    return f"at least {least}"


def count_of(element: Mapping[str, Any]) -> Count:
    """Return the cardinality that an ElementDefinition gives."""
    most = element.get("max", "*")
    hint = " (mustSupport)" if element.get("mustSupport") else ""
    return Count(int(element.get("min", 0)), None if most == "*" else int(most), hint)


def object_check(branch: Branch, kind: Structure, know: Knowledge, compiled: Compiled) -> Check:
    """Return the check of what is below an item of a type."""
    made = [_part(name, below, kind, know, compiled) for name, below in branch.below.items()]
    parts = [part for part in made if part is not None]

    def check(item: Item, contained: Contained) -> Found:
        for part in parts:
            yield from part(item, contained)

    return check


def _part(name: str, branch: Branch, kind: Structure, know: Knowledge, compiled: Compiled) -> Check | None:
    """Return the check of one element below items of a type, None where the profile asks nothing of it."""
    element = _element(name, kind)
    count, one = count_of(branch.element), item_check(branch, know, compiled)
    spread = _sliced(name, branch, know, compiled) if branch.slices else None
    if count.asks_nothing and one is None and spread is None:
        return None
    keys = frozenset(element.alternatives) | {f"_{key}" for key in element.alternatives}
    is_free = count.least == 0 and all(one.element.get("min", 0) == 0 for one in branch.slices.values())

    def check(item: Item, contained: Contained) -> Found:
        if is_free and keys.isdisjoint(item.parts):
            return
        found = list(items(item.parts, element, item.path))
        if not count.allows(len(found)):
            yield from count.findings(len(found), f"{item.path}.{element.name}", element.name)
        if one is not None:
            for each in found:
                yield from one(each, contained)
        if spread is not None:
            yield from spread(found, f"{item.path}.{element.name}", contained)

    return check


def _element(name: str, kind: Structure) -> Element:
    """Return the element of a type that a step of a profile names; `valueCode` names one of the choices."""
    found = kind.elements.get(name.removesuffix("[x]"))
    if found is not None:
        return found
    for element in kind.elements.values():
        if name in element.alternatives:
            only = {name: element.alternatives[name]}
            return Element(element.name, only, element.least, element.most, element.codes)
    raise Unsupported(f"{kind.name} has no element {name}")


def item_check(branch: Branch, know: Knowledge, compiled: Compiled) -> Check | None:
    """Return the check of an item by all that the profile says of its element but slices and number.

    None where it says nothing.
    """
    checks = [
        *_type_checks(branch, know, compiled),
        *_value_checks(branch, know),
        *([_below(branch, know, compiled)] if branch.below else []),
    ]
    if len(checks) < 2:
        return checks[0] if checks else None

    def check(item: Item, contained: Contained) -> Found:
        for one in checks:
            yield from one(item, contained)

    return check


def _below(branch: Branch, know: Knowledge, compiled: Compiled) -> Check:
    """Return the check of what is below; compiled for each type of item that comes."""
    made: dict[str, Check] = {}

    def check(item: Item, contained: Contained) -> Found:
        kind = item.structure
        if kind.name not in made:
            made[kind.name] = object_check(branch, kind, know, compiled)
        yield from made[kind.name](item, contained)

    return check


def _value_checks(branch: Branch, know: Knowledge) -> Iterator[Check]:
    hint = count_of(branch.element).hint
    if want := wanted(branch.element):
        text = "exactly the value of the profile is expected" if want.is_exact else "the pattern is expected"
        told = f"{text}: {_told(want.value)}{hint}"

        def check(item: Item, _: Contained) -> Found:
            if not want.fits(item.value):
                yield item.path, "error", "value", told

        yield check
    if bound := binding(branch.element, know.find, know.expand):
        yield lambda item, _: bound.findings(item)


def _told(value: Any) -> str:
    """Return a value of a profile as text, for messages."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_told(each)}" for key, each in value.items())
    if isinstance(value, list):
        return "; ".join(map(_told, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type_checks(branch: Branch, know: Knowledge, compiled: Compiled) -> Iterator[Check]:
    """Yield the check of an item's type, with those of its targets and profiles.

    Extensions are looked at everywhere by their own definitions, so not again here.
    """
    kinds = {kind["code"]: kind for kind in branch.types if not kind["code"].startswith(_FHIRPATH)}
    if not kinds or kinds.keys() == {"Extension"}:
        return
    inner = {code: list(_of_type(code, kind, know, compiled)) for code, kind in kinds.items()}

    def check(item: Item, contained: Contained) -> Found:
        code = item.type
        if code in inner:
            for one in inner[code]:
                yield from one(item, contained)
        elif code is not None:
            yield item.path, "error", "structure", f"one of these types is expected: {', '.join(kinds)}"

    yield check


def _of_type(code: str, kind: Mapping[str, Any], know: Knowledge, compiled: Compiled) -> Iterator[Check]:
    targets = target_types(kind, know.find)
    if targets and code == "Reference":
        yield partial(_target, targets)
    urls = [url for url in kind.get("profile", ()) if not core_type(url)]
    if urls:
        yield partial(_profiled, urls, compiled)


def _target(types: frozenset[str], item: Item, contained: Contained) -> Found:
    """Check that a Reference names one of these types, as far as it says what it names."""
    named = referred(item.value, contained)
    if named is not None and named not in types:
        text = f"a reference to one of these is expected: {', '.join(sorted(types))}"
        yield f"{item.path}.reference", "error", "value", text


def _profiled(urls: Sequence[str], compiled: Compiled, item: Item, contained: Contained) -> Found:
    """Check a value whose type has profiles: it must keep one of them."""
    tried = [_of(url, compiled, item, contained) for url in urls]
    kept = next((found for found in tried if not _has_errors(found)), None)
    if kept is not None or len(tried) == 1:
        yield from tried[0] if kept is None else kept
    else:
        yield item.path, "error", "structure", f"one of these profiles is expected: {', '.join(urls)}"


def _of(url: str, compiled: Compiled, item: Item, contained: Contained) -> list[Finding]:
    check = compiled(url)
    if check is None:
        return [(item.path, "information", "not-supported", f"{url} is not known here: not checked")]
    return list(check(item, contained))


def _has_errors(found: Sequence[Finding]) -> bool:
    return any(severity == "error" for _, severity, _, _ in found)


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice: what belongs to it, how many, and what they must be."""

    name: str
    belongs: Test
    count: Count
    check: Check | None


def _sliced(
    name: str, branch: Branch, know: Knowledge, compiled: Compiled
) -> Callable[[Sequence[Item], str, Contained], Found]:
    """Return the check of an element's slices."""
    slicing = slicing_of(name, branch)
    slices = [
        Slice(n, membership(one, slicing, know), count_of(one.element), item_check(one, know, compiled))
        for n, one in branch.slices.items()
    ]
    rules, is_ordered = slicing.get("rules", "open"), bool(slicing.get("ordered"))

    def check(found: Sequence[Item], path: str, contained: Contained) -> Found:
        places = [_place(item, slices, contained) for item in found]
        for n, one in enumerate(slices):
            yield from one.count.findings(places.count(n), path, f"slice {one.name}")
        for item, place in zip(found, places, strict=True):
            inner = slices[place].check if place is not None else None
            if inner is not None:
                yield from inner(item, contained)
        yield from _arranged(found, places, rules, is_ordered=is_ordered)

    return check


def _place(item: Item, slices: Sequence[Slice], contained: Contained) -> int | None:
    return next((n for n, one in enumerate(slices) if one.belongs(item, contained)), None)


def _arranged(found: Sequence[Item], places: Sequence[int | None], rules: str, *, is_ordered: bool) -> Found:
    """Check what the rules of slicing say of items outside the slices and of their order."""
    last = -1
    for n, (item, place) in enumerate(zip(found, places, strict=True)):
        if place is None:
            is_early = rules == "openAtEnd" and any(p is not None for p in places[n + 1 :])
            if rules == "closed" or is_early:
                text = "none but the profile's slices is allowed" + (" before them" if is_early else "")
                yield item.path, "error", "structure", text
            continue
        if is_ordered and place < last:
            yield item.path, "error", "structure", "the order of the profile's slices is expected"
        last = max(last, place)


def root_check(definition: Mapping[str, Any], branch: Branch, know: Knowledge, compiled: Compiled) -> Check:
    """Return the check of a whole profile: the root element's own say, and what is below it."""
    whole = item_check(branch, know, compiled)
    for name in branch.below:
        _element(name, structure(str(definition["type"])))
    return whole or (lambda _item, _contained: iter(()))
