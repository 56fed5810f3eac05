"""What an operation is asked with: parameters of the address and of a Parameters resource, as texts.

Source: https://hl7.org/fhir/R4/operations.html#executing.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.spans import when
from pk_api.fhir.validate import require_valid
from pk_api.interactions.call import Call

Pairs = tuple[tuple[str, str], ...]

OF_RESULT: Final = frozenset({"_format", "_pretty"})


@dataclass(frozen=True, slots=True)
class Arguments:
    """Names and texts in their order; `ignored` names what a lenient caller asked for in vain."""

    pairs: Pairs
    ignored: tuple[str, ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Return every text of a name."""
        return tuple(text for given, text in self.pairs if given == name)

    def one(self, name: str) -> str | None:
        """Return the text of a name, None when it is absent. Problem invalid when it is there twice."""
        found = self.all(name)
        if len(found) > 1:
            raise refused(name, "it may be there once")
        return found[0] if found else None

    def span(self, name: str) -> tuple[int, int] | None:
        """Return what a date or instant covers, in microseconds since 1970 UTC."""
        text = self.one(name)
        if text is None:
            return None
        try:
            return when(text.replace(" ", "+"))
        except ValueError as error:
            raise refused(name, "a date or an instant such as 2026-03-02T12:00:00Z is expected") from error

    def count(self, name: str, *, most: int) -> int:
        """Return a number above 0, at most `most`, which is also what an absent one is."""
        text = self.one(name)
        if text is None:
            return most
        if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text)):
            raise refused(name, "a number above 0 is expected")
        return min(int(text), most)

    def types(self, name: str) -> frozenset[str] | None:
        """Return resource types, divided by commas or told one by one; None for none."""
        found = self.all(name)
        types = frozenset(part.strip() for text in found for part in text.split(","))
        if not types <= TYPES.keys():
            raise refused(name, "resource types of this service are expected")
        return types if found else None


def arguments(call: Call, known: Collection[str], *, given: Pairs | None = None) -> Arguments:
    """Return what the call is asked with (or `given` instead of it).

    Problem invalid naming what is not `known`, but to a lenient caller.
    """
    pairs = (*call.params, *_of_body(call.resource)) if given is None else given
    pairs = tuple(pair for pair in pairs if pair[0] not in OF_RESULT)
    unknown = tuple(dict.fromkeys(name for name, _ in pairs if name not in known))
    if unknown and not call.is_lenient:
        raise refused(_shown(unknown[0]), "it is not supported", code="not-supported")
    return Arguments(tuple(p for p in pairs if p[0] in known), tuple(map(_shown, unknown)))


def refused(name: str, why: str, *, code: str = "invalid") -> Problem:
    """Return the problem of a parameter; a name that the caller gave is to be one that may be told."""
    text = f"Parameter {name}: {why}."
    return Problem("invalid", text, issues=[Issue(code, text)])


def _shown(name: str) -> str:
    """Return the name as it may be told: one without digits cannot be anybody's number."""
    is_decent = len(name) <= 40 and name.isascii() and name.replace("_", "").replace("-", "").isalpha()
    return name if is_decent else "(not a parameter's name)"


def _of_body(resource: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    if resource is None:
        return
    require_valid(resource, expected_type="Parameters")
    for n, parameter in enumerate(resource.get("parameter", ())):
        text = _text(parameter)
        if text is None:
            place = f"Parameters.parameter[{n}]"
            told = "A simple value or a Reference is expected."
            raise Problem("invalid", told, issues=[Issue("value", told, place)])
        yield parameter["name"], text


def _text(parameter: Mapping[str, Any]) -> str | None:
    """Return a value as an address would hold it, None for one that none can hold."""
    value = next((v for k, v in parameter.items() if k.startswith("value")), None)
    if isinstance(value, Mapping):
        found = value.get("reference")
        return found if isinstance(found, str) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or isinstance(value, list) else str(value)
