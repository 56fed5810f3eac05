"""The kinds of difference between two versions of a resource, each with its way there and back.

Source: https://hl7.org/fhir/R5/versions.html#extensions: an element that the other version has not travels
as an extension `http://hl7.org/fhir/<its version>/StructureDefinition/extension-<path>`. A value of another
shape than the definitions give is left as it is, for validation to tell.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from pk_api.fhir.problems import Issue, Problem

Json = dict[str, Any]


class Change(Protocol):
    """A difference in what an object holds: both ways return a new object."""

    def to_r5(self, host: Json) -> Json:
        """Return the object as R5 has it."""

    def to_r4(self, host: Json) -> Json:
        """Return the object as R4 has it."""


def refused(place: str, why: str) -> Problem:
    """Return the Problem for content that has no counterpart in the other version."""
    return Problem("business-rule", f"{place}: {why}.", issues=[Issue("not-supported", f"{why}.", place)])


def objects(value: Any) -> list[Json]:
    """Return the objects of a list, none for what is no list of objects."""
    is_list = isinstance(value, list) and all(isinstance(one, dict) for one in value)
    return list(value) if is_list else []


@dataclass(frozen=True, slots=True)
class Renamed:
    """An element that has another name."""

    r4: str
    r5: str

    def to_r5(self, host: Json) -> Json:
        """Rename it."""
        return {self.r5 if key == self.r4 else key: value for key, value in host.items()}

    def to_r4(self, host: Json) -> Json:
        """Name it as before."""
        return {self.r4 if key == self.r5 else key: value for key, value in host.items()}


@dataclass(frozen=True, slots=True)
class Carried:
    """An element of one version alone, which travels as an extension in the other."""

    name: str
    url: str
    value: str
    is_of_r5: bool = False

    def to_r5(self, host: Json) -> Json:
        """Put it into its place, or into an extension."""
        return self._unpacked(host) if self.is_of_r5 else self._packed(host)

    def to_r4(self, host: Json) -> Json:
        """Put it into an extension, or into its place."""
        return self._packed(host) if self.is_of_r5 else self._unpacked(host)

    def _packed(self, host: Json) -> Json:
        if self.name not in host:
            return host
        rest = {key: value for key, value in host.items() if key != self.name}
        return with_extensions(rest, [{"url": self.url, self.value: host[self.name]}])

    def _unpacked(self, host: Json) -> Json:
        found, rest = taken(host, self.url)
        if len(found) != 1 or self.value not in found[0]:
            return host
        return {**rest, self.name: found[0][self.value]}


@dataclass(frozen=True, slots=True)
class Single:
    """A list that R5 holds one of: the one that `leads`, the others travelling as extensions."""

    name: str
    url: str
    value: str
    system: str

    def to_r5(self, host: Json) -> Json:
        """Take the one of the national system, else the first; the others go into extensions."""
        many = objects(host.get(self.name))
        if not many:
            return host
        national = [one for one in many if self.is_national(one)]
        if len(national) > 1:
            raise refused(f"CareTeam.participant.{self.name}", "one national code is expected")
        main = national[0] if national else many[0]
        others = [{"url": self.url, self.value: one} for one in many if one is not main]
        return with_extensions({**host, self.name: main}, others)

    def to_r4(self, host: Json) -> Json:
        """Make a list of it and of those in extensions."""
        one = host.get(self.name)
        if not isinstance(one, dict):
            return host
        if len([c for c in objects(one.get("coding")) if c.get("system") == self.system]) > 1:
            raise refused(f"CareTeam.participant.{self.name}", "one national code is expected")
        found, rest = taken(host, self.url)
        return {**rest, self.name: [one, *(each[self.value] for each in found if self.value in each)]}

    def is_national(self, concept: Json) -> bool:
        """Say whether a concept has a code of the national system."""
        return any(coding.get("system") == self.system for coding in objects(concept.get("coding")))


@dataclass(frozen=True, slots=True)
class Merged:
    """Concepts and references of two lists that R5 holds in one, as CodeableReferences."""

    concepts: str
    references: str
    r5: str

    def to_r5(self, host: Json) -> Json:
        """Put both into one list, the concepts first."""
        rest = {k: v for k, v in host.items() if k not in (self.concepts, self.references)}
        merged = [
            *({"concept": one} for one in objects(host.get(self.concepts))),
            *({"reference": one} for one in objects(host.get(self.references))),
        ]
        return {**rest, self.r5: merged} if merged else host

    def to_r4(self, host: Json) -> Json:
        """Part the list again."""
        merged = objects(host.get(self.r5))
        if not merged:
            return host
        if any(one.keys() not in ({"concept"}, {"reference"}) for one in merged):
            raise refused(f"CareTeam.{self.r5}", "either a concept or a reference is expected, and no more")
        rest = {key: value for key, value in host.items() if key != self.r5}
        parts = {
            self.concepts: [one["concept"] for one in merged if "concept" in one],
            self.references: [one["reference"] for one in merged if "reference" in one],
        }
        return {**rest, **{name: values for name, values in parts.items() if values}}


@dataclass(frozen=True, slots=True)
class Claims:
    """A profile that is claimed under another canonical in each version: (R4, R5)."""

    names: tuple[str, str]

    def to_r5(self, host: Json) -> Json:
        """Claim the R5 one."""
        return self._renamed(host, *self.names)

    def to_r4(self, host: Json) -> Json:
        """Claim the R4 one."""
        return self._renamed(host, *reversed(self.names))

    def _renamed(self, host: Json, old: str, new: str) -> Json:
        meta = host.get("meta")
        claimed = meta.get("profile") if isinstance(meta, dict) else None
        if not isinstance(meta, dict) or not isinstance(claimed, list) or old not in claimed:
            return host
        return {**host, "meta": {**meta, "profile": [new if one == old else one for one in claimed]}}


def with_extensions(host: Json, more: list[Json]) -> Json:
    """Return the object with further extensions."""
    return {**host, "extension": [*objects(host.get("extension")), *more]} if more else host


def taken(host: Json, url: str) -> tuple[list[Json], Json]:
    """Return the extensions of a url, and the object without them."""
    every = objects(host.get("extension"))
    found = [one for one in every if one.get("url") == url]
    if not found:
        return [], host
    left = [one for one in every if one.get("url") != url]
    rest = {key: value for key, value in host.items() if key != "extension"}
    return found, {**rest, "extension": left} if left else rest
