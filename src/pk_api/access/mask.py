"""What a reader who is not told a protected identity gets of a resource: all but name, address and place.

Elements are judged by their FHIR type: names, addresses, telecoms, attachments, narratives and the displays
of references go; places go; what else is told in words goes where it holds a word of the identity, and in a
visit always. What is not known goes. Sources: OSL 2009:400 22 kap. 1 §, HL7 Sweden base profiles 1.1.0
(SecurityLabel), HSLF-FS 2016:40 4 kap.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from pk_api.access.words import NOTHING, Words
from pk_api.fhir.structures import Alternative, structure
from pk_api.fhir.values import dump, parse

Json = Mapping[str, Any]

UNTOLD_TEXT: Final = "Skyddad uppgift"
"""What stands in place of words, as in the examples of the Swedish base profiles."""

PLACES: Final = frozenset({"Location", "HealthcareService"})
"""Types that tell where somebody is to be found."""

_VISITS: Final = frozenset({"Appointment", "AppointmentResponse", "Encounter", "Schedule", "Slot"})
"""Types whose every word may tell the place."""

_LEFT_OUT: Final = frozenset(
    {
        *("Patient.contact", "Patient.photo", "Patient.managingOrganization", "Patient.generalPractitioner"),
        *("RelatedPerson.identifier", "RelatedPerson.photo"),
    }
)
_WITHOUT_WORDS: Final = frozenset({"Identifier.value", "Identifier.system", "Quantity.unit"})
_GEOLOCATION: Final = "http://hl7.org/fhir/StructureDefinition/geolocation"
_TEXTS: Final = frozenset({"string", "markdown"})
_ADDRESSES: Final = frozenset({"uri", "url", "canonical", "oid", "code"})

_REDACTED: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "REDACTED",
}
_DIV: Final = f'<div xmlns="http://www.w3.org/1999/xhtml">{UNTOLD_TEXT}</div>'


def _nothing(_: Json) -> None:
    return None


def _attachment(value: Json) -> Json:
    kept = {name: value[name] for name in ("contentType", "language", "creation") if name in value}
    return {**kept, "title": UNTOLD_TEXT}


def _named(reference: str) -> str:
    """Return the type that a reference names, be it absolute; empty when it names none."""
    parts = reference.partition("/_history/")[0].split("/")
    return parts[-2] if len(parts) > 1 else ""


def _reference(value: Json) -> Json:
    """Keep where it leads, unless that is a place or a relative's identity number."""
    kind = _named(str(value.get("reference", ""))) or str(value.get("type", ""))
    if kind in PLACES:
        return {"type": kind, "display": UNTOLD_TEXT}
    kept = {name: value[name] for name in ("id", "reference", "type") if name in value}
    if "identifier" in value and kind != "RelatedPerson":
        kept["identifier"] = {n: v for n, v in value["identifier"].items() if n in ("system", "value")}
    extensions = [one for one in value.get("extension", ()) if "valueReference" in one]
    if extensions:
        kept["extension"] = [
            {**one, "valueReference": _reference(one["valueReference"])} for one in extensions
        ]
    return kept if kept.keys() & {"reference", "identifier"} else {**kept, "display": UNTOLD_TEXT}


_REPLACED: Final[Mapping[str, Callable[[Json], Json | None]]] = MappingProxyType(
    {
        "HumanName": lambda _: {"text": UNTOLD_TEXT},
        "Address": _nothing,
        "ContactPoint": _nothing,
        "ContactDetail": _nothing,
        "Signature": _nothing,
        "Attachment": _attachment,
        "Narrative": lambda _: {"status": "generated", "div": _DIV},
        "Reference": _reference,
    }
)
"""What stands in place of a value of the type."""


@dataclass(frozen=True, slots=True)
class _Masking:
    """One resource being masked: the words of the identity, and whether every word goes."""

    words: Words
    is_visit: bool

    def resource(self, node: Json) -> dict[str, Any]:
        kind = str(node["resourceType"])
        if kind in PLACES:
            return {name: node[name] for name in ("resourceType", "id") if name in node}
        return {"resourceType": kind, **(self._node(kind, node) or {})}

    def _node(self, kind: str, node: Json) -> dict[str, Any] | None:
        known, out = _elements(kind), {}
        for name, value in node.items():
            alternative = known.get(name.removeprefix("_"))
            if alternative is None or f"{kind}.{name}" in _LEFT_OUT:
                continue
            told = self._value(kind, name, value, alternative.type)
            if told is not None:
                out[name] = told
        return self._kept(kind, node, out)

    @staticmethod
    def _kept(kind: str, node: Json, out: dict[str, Any]) -> dict[str, Any] | None:
        """Return the node as far as it still says something; shadows of words go with them."""
        for name in [name for name in out if name.startswith("_")]:
            if out.get(name[1:]) != node.get(name[1:]):
                del out[name]
        if kind == "Extension" and ("url" not in out or len(out) < 2 or out["url"] == _GEOLOCATION):
            return None
        return out or None

    def _value(self, kind: str, name: str, value: Any, of: str) -> Any:
        if type(value) is list:
            if of == "HumanName":
                return [{"text": UNTOLD_TEXT}]
            items = [None if one is None else self._value(kind, name, one, of) for one in value]
            if None not in value:
                items = [one for one in items if one is not None]
            return items if any(one is not None for one in items) else None
        if type(value) is dict:
            return self._object(name, value, of)
        if type(value) is not str or f"{kind}.{name}" in _WITHOUT_WORDS:
            return value
        return self._text(value, of)

    def _object(self, name: str, value: dict[str, Any], of: str) -> Any:
        if name.startswith("_"):
            return self._node("Element", value)
        if of in _REPLACED:
            return _REPLACED[of](value)
        return self.resource(value) if "resourceType" in value else self._node(of, value)

    def _text(self, value: str, of: str) -> str | None:
        if of in _TEXTS:
            return UNTOLD_TEXT if self.is_visit or self.words.stand_in(value) else value
        if of in ("xhtml", "base64Binary"):
            return None
        return None if of in _ADDRESSES and self.words.stand_in(value) else value


@cache
def _elements(kind: str) -> Mapping[str, Alternative]:
    """Return the elements of a type by their names in JSON."""
    found = {name: one for e in structure(kind).elements.values() for name, one in e.alternatives.items()}
    return MappingProxyType(found)


def masked(body: str, words: Words = NOTHING) -> str:
    """Return the text of a resource without what tells a protected identity; the same where nothing does.

    `words` are those of the identity, in all its versions.
    """
    resource = parse(body)
    given = {name: value for name, value in resource.items() if name != "meta"}
    told = _Masking(words, resource["resourceType"] in _VISITS).resource(given)
    if told == given:
        return body
    return dump({**told, "meta": _marked(resource.get("meta") or {})}).decode()


def _marked(meta: Json) -> dict[str, Any]:
    """Say that something is left out, so that nobody takes the rest for all there is."""
    kept = {name: value for name, value in meta.items() if name not in ("source", "profile")}
    return {**kept, "security": [*meta.get("security", ()), _REDACTED]}
