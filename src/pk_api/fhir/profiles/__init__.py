"""Validation against profiles: what a StructureDefinition asks beyond FHIR R4 itself.

Checked: cardinality, fixed and pattern values, slicing, types and targets of references, required and
extensible bindings, profiles on data types, and every extension that has a definition. Not evaluated: a
profile's own FHIRPath (told as information). Source: https://hl7.org/fhir/R4/profiling.html.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pk_api.fhir.problems import Issue
from pk_api.fhir.profiles.codings import IsUnknown, unknown_codes
from pk_api.fhir.profiles.extensions import extensions, misplaced
from pk_api.fhir.profiles.items import Contained, Finding, Item
from pk_api.fhir.profiles.nodes import Check, root_check
from pk_api.fhir.profiles.slices import Knowledge
from pk_api.fhir.profiles.terms import Expand
from pk_api.fhir.profiles.trees import Branch, Find, Unsupported, core_type, tree

MOST_ISSUES = 50


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles that are known: `find` gives definitions, `expand` the codes of value sets.

    `is_unknown` says of a system and a code that the system is known whole and has no such code.
    """

    find: Find
    expand: Expand
    is_unknown: IsUnknown = lambda _system, _code: False
    _compiled: dict[str, Check] = field(default_factory=dict)

    def is_known(self, canonical: str) -> bool:
        """Say whether a canonical, with or without version, names a definition that is known."""
        return self._definition(canonical) is not None

    def check(self, resource: Mapping[str, Any], *canonicals: str) -> list[Issue]:
        """Return what a valid resource breaks of these profiles, of its extensions and code systems.

        A profile that is not known, or not made for the type, is an error. 50 issues at most.
        """
        root = Item("", resource, str(resource["resourceType"]))
        found = [
            *self._of_profiles(root, canonicals),
            *self._of_extensions(root),
            *unknown_codes(resource, self.is_unknown),
        ]
        return [
            Issue(code, text, f"{root.kind}{path}", severity)
            for path, severity, code, text in dict.fromkeys(found)
        ][:MOST_ISSUES]

    def claimed(self, resource: Mapping[str, Any]) -> list[Issue]:
        """Return what a valid resource breaks of the known profiles that it claims in `meta.profile`."""
        known = [url for url in claims(resource) if self.is_known(url)]
        return self.check(resource, *known) if known else []

    def _of_profiles(self, root: Item, canonicals: Iterable[str]) -> Iterator[Finding]:
        for canonical in canonicals:
            if core_type(canonical) in (root.kind, *root.structure.bases):
                continue
            definition = self._definition(canonical)
            if definition is None:
                yield "", "error", "not-found", "This profile is not known here."
            elif definition["type"] != root.kind:
                yield "", "error", "structure", f"{_label(definition)}: made for {definition['type']}."
            else:
                check = self.compiled(canonical)
                told = check(root, _contained(root.value)) if check else ()
                label = _label(definition)
                yield from ((path, s, code, f"{label}: {text}") for path, s, code, text in told)

    def _of_extensions(self, root: Item) -> Iterator[Finding]:
        for item, place in extensions(root):
            url = item.value["url"]
            definition = self._definition(url)
            if definition is None or definition["type"] != "Extension":
                continue
            check = self.compiled(url)
            told = [*misplaced(item, place, definition), *(check(item, {}) if check else ())]
            yield from ((path, s, code, f"{_label(definition)}: {text}") for path, s, code, text in told)

    def _definition(self, canonical: str) -> Mapping[str, Any] | None:
        return self.find("StructureDefinition", canonical)

    def compiled(self, url: str) -> Check | None:
        """Return the check of a profile, made once; None for one that is not known."""
        if url not in self._compiled and (definition := self._definition(url)):
            self._compiled[url] = _checked(definition, Knowledge(self.find, self.expand), self)
        return self._compiled.get(url)


def _checked(definition: Mapping[str, Any], know: Knowledge, profiles: Profiles) -> Check:
    """Return the check of a profile, which says so where the profile is beyond this engine."""
    try:
        branch = tree(definition, know.find)
        whole = root_check(definition, branch, know, profiles.compiled)
    except Unsupported as error:
        reason = str(error)
        return lambda item, _: iter([(item.path, "error", "not-supported", reason)])
    unchecked = ", ".join(sorted(set(_invariants(branch))))

    def check(item: Item, contained: Contained) -> Iterator[Finding]:
        try:
            yield from whole(item, contained)
        except Unsupported as error:  # parts are compiled when the first value comes
            yield item.path, "error", "not-supported", str(error)
        if unchecked:
            text = f"these invariants of the profile are not evaluated: {unchecked}"
            yield item.path, "information", "not-supported", text

    return check


def _invariants(branch: Branch) -> Iterator[str]:
    """Yield the keys of the invariants of a profile that are not those of R4 itself."""
    for one in branch.element.get("constraint", ()):
        if "source" not in one or not core_type(str(one["source"])):
            yield str(one["key"])
    for each in (*branch.below.values(), *branch.slices.values()):
        yield from _invariants(each)


def _label(definition: Mapping[str, Any]) -> str:
    return str(definition.get("name", definition["url"]))


def claims(resource: Mapping[str, Any]) -> list[str]:
    """Return the profiles that a resource claims."""
    found = resource.get("meta", {}).get("profile", ())
    return [url for url in found if isinstance(url, str)]


def _contained(resource: Mapping[str, Any]) -> Contained:
    return {one["id"]: one for one in resource.get("contained", ())}
