"""Whether a code is right: in a code system or a value set, under the name that it is given.

Sources: https://hl7.org/fhir/R4/valueset-operation-validate-code.html,
codesystem-operation-validate-code.html, codesystem-operation-subsumes.html.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from pk_api.fhir import codes
from pk_api.fhir.terminology.code_systems import Concept, code_system
from pk_api.fhir.terminology.value_sets import Entry, entries

Subsumption = Literal["equivalent", "subsumes", "subsumed-by", "not-subsumed"]


@dataclass(frozen=True, slots=True)
class Coding:
    """A code as somebody gives it; what is absent is None."""

    system: str | None
    code: str
    display: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a code is right, why not, and what it is called."""

    is_right: bool
    message: str | None = None
    display: str | None = None


def best(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the first that is right, else the first; a concept without a code is not right."""
    found = list(verdicts)
    right = [each for each in found if each.is_right]
    return (right or found or [Verdict(is_right=False, message="There is no code to judge.")])[0]


def in_value_set(
    canonical: str, coding: Coding, *, takes_abstract: bool = False, language: str | None = None
) -> Verdict | None:
    """Return the verdict on a code, None when the value set can neither be listed nor tested by syntax."""
    listed = entries(canonical)
    if listed is None:
        return _by_syntax(canonical, coding)
    found = [e for e in listed if e.code == coding.code and coding.system in (None, e.system)]
    if not found:
        return Verdict(is_right=False, message="The code is not in the value set.")
    if len(found) > 1:
        return Verdict(
            is_right=False, message="The value set has this code of several systems: say which system."
        )
    if found[0].is_abstract and not takes_abstract:
        return Verdict(is_right=False, message="The code is abstract: choose one beneath it.")
    return _named(coding, found[0], found[0].names.values(), found[0].name(language))


def _by_syntax(canonical: str, coding: Coding) -> Verdict | None:
    try:
        value_set = codes.value_set(canonical.partition("|")[0])
    except KeyError:
        return None
    if value_set.syntax is None:
        return None
    is_right = value_set.syntax(coding.code) is not None
    return Verdict(is_right, None if is_right else value_set.expected)


def in_code_system(canonical: str, coding: Coding, *, language: str | None = None) -> Verdict | None:
    """Return the verdict on a code, None when the code system is not carried."""
    system = code_system(canonical)
    if system is None:
        return None
    concept = system.concept(coding.code)
    if concept is None:
        return Verdict(is_right=False, message="The code is not in the code system.")
    return _named(coding, concept, concept.names.values(), concept.name(language))


def _named(coding: Coding, found: Entry | Concept, names: Collection[str], told: str | None) -> Verdict:
    known = {name.casefold() for name in (*names, found.display or "")}
    if coding.display is not None and coding.display.casefold() not in known:
        return Verdict(is_right=False, message="The display is not a name of the code.", display=told)
    return Verdict(is_right=True, display=told)


def subsumption(canonical: str, a: str, b: str) -> Subsumption | None:
    """Return how a stands to b, None when the code system or one of the codes is unknown."""
    system = code_system(canonical)
    if system is None or not {a, b} <= system.concepts.keys():
        return None
    if a == b:
        return "equivalent"
    if b in system.below(a):
        return "subsumes"
    return "subsumed-by" if a in system.below(b) else "not-subsumed"
