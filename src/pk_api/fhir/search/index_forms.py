"""The forms in which values are compared: text without case, tokens, references, names and addresses.

Source: https://hl7.org/fhir/R4/search.html#string, #token, #reference, #uri.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.systems import SYNONYMS

LONGEST_TEXT: Final = 200
"""Strings are compared by their first characters up to this many."""
_LETTERS = {"a\u030a": "å", "a\u0308": "ä", "o\u0308": "ö"}
_OTHER_SPELLINGS = {**SYNONYMS, **{system: oid for oid, system in SYNONYMS.items()}}
_PARTS = (
    *("text", "prefix", "given", "family", "suffix"),
    *("line", "city", "district", "state", "postalCode", "country"),
)
_LOCAL = re.compile(r"([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")


@lru_cache(maxsize=8192)
def normalise(text: str) -> str:
    """Return the form in which strings are compared: no case, no accents but those of å, ä and ö.

    Runs of white space are one space; what is beyond LONGEST_TEXT characters is left out.
    """
    plain = text[: 4 * LONGEST_TEXT].casefold()
    if not plain.isascii():
        plain = _without_accents(plain)
    return " ".join(plain.split())[:LONGEST_TEXT].rstrip()


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    for written, letter in _LETTERS.items():
        parts = parts.replace(written, letter)
    return "".join(part for part in parts if not unicodedata.combining(part))


def token_values(value: Any) -> Iterator[str]:
    """Yield the searchable forms of a code, Coding, CodeableConcept, Identifier, ContactPoint or boolean."""
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif not isinstance(value, Mapping):
        yield str(value)
    elif "coding" in value:
        for coding in value["coding"]:
            yield from _token_forms(coding.get("system"), coding.get("code"))
    elif "code" in value:
        yield from _token_forms(value.get("system"), value["code"])
    elif "value" in value:
        yield from _token_forms(value.get("system"), value["value"])


def token_texts(value: Any) -> Iterator[str]:
    """Yield the words that go with a Coding, CodeableConcept or Identifier, normalised."""
    if not isinstance(value, Mapping):
        return
    kind = value.get("type")
    words = [value.get("text"), value.get("display"), kind.get("text") if isinstance(kind, Mapping) else None]
    words += [coding.get("display") for coding in value.get("coding", ())]
    yield from (normalise(word) for word in words if word)


def of_type_values(identifier: Any) -> Iterator[str]:
    """Yield what `:of-type` looks for in an Identifier: `system|code|value` of each coding of its type."""
    if isinstance(identifier, Mapping) and "value" in identifier:
        for coding in identifier.get("type", {}).get("coding", ()):
            yield f"{coding.get('system', '')}|{coding.get('code', '')}|{identifier['value']}"


def _token_forms(system: str | None, code: str | None) -> Iterator[str]:
    if code:
        yield code
    if system is None:
        if code:
            yield f"|{code}"
        return
    for spelling in (system, _OTHER_SPELLINGS.get(system)):
        if spelling:
            yield f"{spelling}|"
            if code:
                yield f"{spelling}|{code}"


def reference_values(value: Any, base_url: str) -> Iterator[str]:
    """Yield the searchable forms of a Reference or canonical: as written and without its version."""
    if isinstance(value, str):
        yield value
        yield value.partition("|")[0]
        return
    literal = local_form(value.get("reference", "#"), base_url)
    if not literal.startswith("#"):
        yield literal
        yield literal.partition("/_history/")[0]


def local_form(literal: str, base_url: str) -> str:
    """Return a reference as `Type/id` when it is under our own address, else as it is."""
    if base_url and literal.startswith(f"{base_url}/"):
        return literal[len(base_url) + 1 :]
    return literal


def string_values(value: Any) -> Iterator[str]:
    """Yield the parts of a string, HumanName or Address, normalised; a name also as given and family."""
    return map(normalise, string_parts(value))


def string_parts(value: Any) -> Iterator[str]:
    """Yield the parts of a string, HumanName or Address as they are."""
    if isinstance(value, str):
        yield value
        return
    for part in _PARTS:
        found = value.get(part, ())
        yield from (text for text in ((found,) if isinstance(found, str) else found) if text)
    if "family" in value and "given" in value:
        yield " ".join([*(given for given in value["given"] if given), value["family"]])


def uri_values(value: str) -> Iterator[str]:
    """Yield a uri, and a canonical also without its version."""
    yield value
    yield value.partition("|")[0]


def is_local(value: str) -> bool:
    """Say whether a reference is to a resource that this service may store: `reference` has it."""
    match = _LOCAL.fullmatch(value)
    return match is not None and match[1] in TYPES
