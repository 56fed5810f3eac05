"""What the terminology operations are asked with, and how they answer: codes in any of FHIR's three ways.

Source: https://hl7.org/fhir/R4/terminology-service.html#validation. A code stands in `code` and `system`, in
a Coding or in a CodeableConcept; whole resources as parameters are not taken.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from pk_api.fhir.artefacts import registry
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.systems import SYNONYMS
from pk_api.fhir.terminology.verdicts import Coding
from pk_api.fhir.validate import require_valid
from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.operations.arguments import Arguments, arguments, refused
from pk_api.records.records import Records

Json = dict[str, Any]

_COMPLEX: Final = ("valueCoding", "valueCodeableConcept")


@dataclass(frozen=True, slots=True)
class Asked:
    """The simple parameters, and the codes that stand in Codings and CodeableConcepts, by parameter."""

    simple: Arguments
    complex: tuple[tuple[str, Coding], ...]

    def codings(self, system: str | None = None) -> list[Coding]:
        """Return the codes that are asked about; `system` is theirs when none is told. Problem invalid."""
        found = [coding for name, coding in self.complex if name in ("coding", "codeableConcept")]
        code = self.simple.one("code")
        if code is not None:
            one = self.simple.one
            found.append(Coding(_known(one("system")) or system, code, one("display"), one("version")))
        if not found:
            raise refused("code", "a code, a coding or a codeableConcept is expected")
        return found

    def named(self, *names: str) -> Coding | None:
        """Return a code by the names of its simple parameter and of its Coding."""
        for name, coding in self.complex:
            if name in names:
                return coding
        code = next((text for name in names if (text := self.simple.one(name)) is not None), None)
        return None if code is None else Coding(_known(self.simple.one("system")), code)

    def is_true(self, name: str) -> bool:
        """Say whether a boolean parameter is true; one that is absent is not. Problem invalid."""
        text = self.simple.one(name)
        if text not in (None, "true", "false"):
            raise refused(name, "true or false is expected")
        return text == "true"

    def number(self, name: str) -> int | None:
        """Return a whole number, 0 or more; None when it is absent. Problem invalid."""
        text = self.simple.one(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise refused(name, "a whole number, 0 or more, is expected")
        return int(text)


def unknown(what: str) -> Problem:
    """Return the problem of something that is not carried."""
    return Problem("not-found", f"{what} is not known here.")


async def asked(records: Records, call: Call, known: Collection[str]) -> Asked:
    """Return what the call is asked with, and note it. Problem invalid."""
    simple, codings = _divided(call.resource)
    found = arguments(replace(call, resource=simple), known)
    if any(name not in known for name, _ in codings) and not call.is_lenient:
        raise refused("with a code", "it is not taken by this operation")
    what = f"{call.type}/${call.operation}"
    await records.consulted(call.actor, "operation", what, request_id=call.request_id)
    return Asked(found, tuple(codings))


def _divided(body: Json | None) -> tuple[Json | None, list[tuple[str, Coding]]]:
    """Return the body without its Codings and CodeableConcepts, and the codes of those."""
    if body is None:
        return None, []
    require_valid(body, expected_type="Parameters")
    rows = body.get("parameter", [])
    for n, each in enumerate(rows):
        if "resource" in each:
            text = "A resource is not taken: name one that is carried, by its url."
            raise Problem(
                "invalid", text, issues=[Issue("not-supported", text, f"Parameters.parameter[{n}]")]
            )
    simple = [each for each in rows if not any(name in each for name in _COMPLEX)]
    codings = [(each["name"], coding) for each in rows for coding in _codings(each)]
    rest = {key: value for key, value in body.items() if key != "parameter"}
    return ({**rest, "parameter": simple} if simple else rest), codings


def _codings(row: Json) -> Iterator[Coding]:
    found = [row["valueCoding"]] if "valueCoding" in row else []
    found += row.get("valueCodeableConcept", {}).get("coding", [])
    for each in found:
        if "code" in each:
            yield Coding(_known(each.get("system")), each["code"], each.get("display"), each.get("version"))


def _known(system: str | None) -> str | None:
    """Return the first name of a code system that has several."""
    return None if system is None else SYNONYMS.get(system, system)


def canonical_of(call: Call, told: Asked, name: str = "url") -> str | None:
    """Return the canonical of the artefact that is asked: that of the address, or the one that is named."""
    if call.id is not None:
        found = registry.of_type(call.type or "").get(call.id)
        if found is None:
            raise unknown(f"This {call.type}")
        return str(found["url"])
    return told.simple.one(name)


def answer(*parameters: Json | None) -> Reply:
    """Return Parameters of those that are there."""
    rows = [each for each in parameters if each is not None]
    return Reply(200, dump({"resourceType": "Parameters", "parameter": rows}))


def text(name: str, value: str | None) -> Json | None:
    """Return a parameter with a string, None for none."""
    return None if value is None else {"name": name, "valueString": value}
