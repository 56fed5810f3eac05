"""Rules that the specification gives in words and not as invariants, in a table by type.

Sources: https://hl7.org/fhir/R4/datatypes.html#Identifier and #Coding, https://hl7.org/fhir/R4/bundle.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pk_api.fhir.structures import resource_types, table
from pk_api.fhir.validate.rules.terms import Test, Value, has

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LIVING: Final = ("http://terminology.hl7.org/CodeSystem/v2-", "http://terminology.hl7.org/CodeSystem/v3-")
"""Systems that gain codes apart from FHIR's versions: a code that may be a later one passes."""
_CAPITALS: Final = re.compile(r"_[A-Za-z0-9]+|[A-Z0-9][A-Z0-9_.<>+-]*").fullmatch
_READ: Final = frozenset({"document", "message", "collection"})
"""Bundles that are read as a whole: their entries are known by fullUrl."""
_PLACE: Final = re.compile(r"https?://.*/([A-Za-z]+)/[A-Za-z0-9.\-]{1,64}").fullmatch


@dataclass(frozen=True, slots=True)
class Words:
    """A rule given in words: its test, where and as what it is told."""

    holds: Test
    path: str
    code: str
    text: str


@cache
def _systems() -> Mapping[str, frozenset[str]]:
    """Return the codes of the systems that FHIR R4 publishes whole, and those of HL7 v2 and v3, by system."""
    return {
        row["url"]: frozenset(_codes(row.get("concept", [])))
        for row in table("terminology")["code_systems"].values()
        if row["content"] == "complete" and (row.get("caseSensitive") or row["url"].startswith(_LIVING))
    }


def _codes(concepts: list[dict[str, Any]]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from _codes(concept.get("concept", []))


def _is_known(coding: Value) -> bool:
    known = _systems().get(coding.get("system"))
    if known is None:
        return True
    code = coding.get("code")
    if code is None or code in known:
        return has(coding, "code")
    return coding["system"].startswith(_LIVING) and _CAPITALS(code) is not None


def _is_absolute(identifier: Value) -> bool:
    system, value = identifier.get("system", "urn:"), identifier.get("value", "urn:")
    if _ABSOLUTE.match(system) is None:
        return False
    return system != "urn:ietf:rfc:3986" or _ABSOLUTE.match(value) is not None


def _is_at_home(entry: Value) -> bool:
    resource = entry.get("resource", {})
    named = _PLACE(entry.get("fullUrl", ""))
    if "id" not in resource or named is None or named[1] not in resource_types():
        return True
    return str(entry["fullUrl"]).endswith(f"/{resource['resourceType']}/{resource['id']}")


def _is_located(bundle: Value) -> bool:
    entries = bundle.get("entry", ()) if bundle.get("type") in _READ else ()
    return all("fullUrl" in entry or "resource" not in entry for entry in entries)


WORDS: Final[Mapping[str, Words]] = {
    "Coding": Words(
        _is_known, ".code", "code-invalid", "a code of the system is expected, as FHIR R4 publishes it"
    ),
    "Identifier": Words(
        _is_absolute, "", "value", "an absolute URI is expected as system, and as value of urn:ietf:rfc:3986"
    ),
    "Bundle": Words(_is_located, ".entry", "required", "a fullUrl is expected in each entry with a resource"),
    "Bundle.entry": Words(
        _is_at_home, ".fullUrl", "value", "a URL is expected that ends with the type and id of the resource"
    ),
}
