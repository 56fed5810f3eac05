"""Bindings of profiles: required ones are errors, extensible ones warnings.

Source: https://hl7.org/fhir/R4/terminologies.html#strength.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pk_api.fhir.profiles.items import Finding, Item
from pk_api.fhir.profiles.trees import Find

Codes = frozenset[tuple[str, str]]
Expand = Callable[[str], Codes | None]
"""Gives the (system, code) pairs of a value set by canonical; None for one whose codes are not known."""

_SEVERITIES = {"required": "error", "extensible": "warning"}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What is known of a value set: its codes (`bare`: whatever their system), or the systems they are of."""

    url: str
    codes: Codes | None
    bare: frozenset[str]
    systems: frozenset[str] | None

    @property
    def is_known(self) -> bool:
        """Whether anything can be checked."""
        return self.codes is not None or self.systems is not None

    def holds(self, system: str | None, code: str | None) -> bool:
        """Say whether a Coding is of the value set; of a system that is not known, every code may be."""
        if self.codes is not None:
            return (system, code) in self.codes
        return self.systems is None or (system in self.systems and code is not None)

    def holds_bare(self, code: str) -> bool:
        """Say whether a code without a system may be of the value set."""
        return self.codes is None or code in self.bare


@dataclass(frozen=True, slots=True)
class Binding:
    """A binding of a profile's element."""

    severity: str
    allowed: Allowed

    def findings(self, item: Item) -> Iterator[Finding]:
        """Yield what is wrong with the codes of an item."""
        if not self.allowed.is_known:
            text = f"the codes of {self.allowed.url} are not known here: not checked"
            yield item.path, "information", "not-supported", text
        elif not self._fits(item):
            yield item.path, self.severity, "code-invalid", f"a code of {self.allowed.url} is expected"

    def fits(self, item: Item) -> bool:
        """Say whether an item is certainly of the value set."""
        return self.allowed.is_known and self._fits(item)

    def _fits(self, item: Item) -> bool:
        value = item.value
        if isinstance(value, str):
            return self.allowed.holds_bare(value)
        if not isinstance(value, dict):
            return value is None
        if item.kind != "CodeableConcept":
            return self.allowed.holds(value.get("system"), value.get("code"))
        if self.severity == "warning" and "coding" not in value:
            return True  # words alone are right where no code fits
        return any(self.allowed.holds(c.get("system"), c.get("code")) for c in value.get("coding", ()))


def binding(element: Mapping[str, Any], find: Find, expand: Expand) -> Binding | None:
    """Return the binding of an ElementDefinition that is to be checked; None for preferred and example."""
    told = element.get("binding", {})
    severity = _SEVERITIES.get(told.get("strength", ""))
    if severity is None or "valueSet" not in told:
        return None
    return Binding(severity, allowed(str(told["valueSet"]), find, expand))


def allowed(canonical: str, find: Find, expand: Expand) -> Allowed:
    """Return what a value set allows."""
    url = canonical.partition("|")[0]
    codes = expand(canonical)
    bare = frozenset(code for _, code in codes or ())
    return Allowed(
        url, codes, bare, None if codes is not None else _whole_systems(find("ValueSet", canonical))
    )


def _whole_systems(value_set: Mapping[str, Any] | None) -> frozenset[str] | None:
    """Return the systems of a value set that takes in whole ones alone."""
    compose = (value_set or {}).get("compose", {})
    included = compose.get("include", ())
    if not included or "exclude" in compose:
        return None
    if any(one.keys() - {"system", "version"} for one in included):
        return None
    return frozenset(one["system"] for one in included)
