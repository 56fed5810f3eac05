"""The summary at discharge as a document: a Bundle with a Composition, kept whole in a DocumentReference.

Sources: https://hl7.org/fhir/R4/documents.html, https://hl7.org/fhir/R4/documentreference.html; LOINC.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from html import escape
from types import MappingProxyType
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

import orjson

from pk_api.contract.codes import code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing.draft import concept_of
from pk_api.contract.elements import Json, reference_to
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.discharge_summary import lines
from pk_api.contract.reading.patient import is_protected
from pk_api.fhir import systems
from pk_api.fhir.documents import DISCHARGE_SUMMARY, MEDIA_TYPE, is_summary

_TYPE: Final = {"system": "http://loinc.org", "code": "18842-5", "display": "Discharge summary"}
_EMPTY: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason",
    "code": "unavailable",
    "display": "Unavailable",
}
_TITLE: Final = "Sammanfattning vid utskrivning"
_SECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"contacts": "fast-contacts", "sip": "sip-time", "plans": "plans"}
)
"""Part of the summary → code of its section, of `pk-document`."""


@dataclass(frozen=True, slots=True)
class Issued:
    """By whom and when a summary is given, and the address of the service in its fullUrls."""

    unit: Json
    now: datetime
    base_url: str


def document(told: Json, reading: Reading, issued: Issued) -> bytes:
    """Return the document: the Composition, and after it all that it refers to."""
    named = [item["reference"] for part in _SECTIONS for item in told[part]["items"]]
    composition = _composition(told, reading, issued)
    subject, author = composition["subject"]["reference"], composition["author"][0].get("reference")
    behind = [*([author] if author else []), *named]
    found = {ref: each for ref in (*behind, *_behind(reading, behind)) if (each := reading.find(ref))}
    entries = [composition, _person(subject, reading), *found.values()]
    bundle = {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{composition['id']}"},
        "type": "document",
        "timestamp": instant(issued.now),
        "entry": [
            {"fullUrl": f"{issued.base_url}/{reference_to(each)}", "resource": each} for each in entries
        ],
    }
    return orjson.dumps(bundle)


def document_reference(
    content: bytes, care: str | None, reading: Reading, issued: Issued, *, replaces: str | None
) -> Json:
    """Return the resource that keeps the document."""
    contract = reading.members[reading.contract]
    earlier = {"relatesTo": [{"code": "replaces", "target": {"reference": replaces}}]} if replaces else {}
    return {
        "resourceType": "DocumentReference",
        "extension": [{"url": systems.EXT_REVISION, "valuePositiveInt": reading.revision}],
        "status": "current",
        "docStatus": "final",
        "type": {"coding": [_TYPE]},
        "category": [concept_of(code_of(systems.DOCUMENT, DISCHARGE_SUMMARY))],
        "subject": contract["subject"],
        "date": instant(issued.now, exact=True),
        "author": [issued.unit],
        **earlier,
        **({"description": care} if care else {}),
        "content": [
            {
                "attachment": {
                    "contentType": MEDIA_TYPE,
                    "language": "sv",
                    "data": b64encode(content).decode(),
                    "size": len(content),
                    "hash": b64encode(sha1(content, usedforsecurity=False).digest()).decode(),
                    "title": _TITLE,
                    "creation": instant(issued.now),
                }
            }
        ],
        "context": {"related": [{"reference": reading.contract}]},
    }


def kept_in(reading: Reading) -> Json | None:
    """Return the DocumentReference of the latest summary that was given, None without any."""
    found = [each for each in reading.of_type("DocumentReference") if is_summary(each)]
    return max((e for e in found if e.get("status") == "current"), key=_given, default=None)


def content_of(kept: Json) -> bytes:
    """Return the document that a DocumentReference keeps; empty when it keeps none."""
    attachments = [each.get("attachment", {}) for each in kept.get("content", ())]
    data = next((each["data"] for each in attachments if "data" in each), "")
    return b64decode(data)


def reading_of_document(content: bytes, reading: Reading) -> Reading:
    """Return what a document holds, as a reading of the contract that it is of."""
    resources = [each["resource"] for each in orjson.loads(content).get("entry", ())]
    by_reference: dict[str, Json] = {reference_to(each): each for each in resources[1:]}
    contract = reading.members[reading.contract]
    frame = {name: contract[name] for name in ("resourceType", "id", "subject")}
    members = {**by_reference, reading.contract: frame}
    return Reading(reading.contract, members, by_reference, reading.language, reading.today)


def _person(subject: str, reading: Reading) -> Json:
    """Return who the document is for: no more than the name, and of a protected identity not that."""
    known = reading.find(subject) or {}
    told = () if is_protected(known) else ("name", "birthDate")
    name: Json = {key: known[key] for key in told if key in known}
    return {"resourceType": "Patient", "id": subject.partition("/")[2], **name}


def _given(kept: Json) -> str:
    return str(kept.get("date", ""))


def _behind(reading: Reading, named: Sequence[str]) -> list[str]:
    """Return the directory resources behind what is named: units of contacts and owners, and those above."""
    found: list[str] = []
    open_ = [each for ref in named if (each := reading.find(ref))]
    while open_:
        for target in _targets(open_.pop()):
            if target not in found and (each := reading.directory.get(target)):
                found.append(target)
                open_.append(each)
    return found


def _targets(value: Any) -> list[str]:
    if isinstance(value, list):
        return [target for each in value for target in _targets(each)]
    if not isinstance(value, dict):
        return []
    own = [value["reference"]] if isinstance(value.get("reference"), str) else []
    return own + [target for each in value.values() for target in _targets(each)]


def _composition(told: Json, reading: Reading, issued: Issued) -> Json:
    name = f"{reading.contract}/{reading.revision}/{instant(issued.now)}"
    sections = [_care(told["careGiven"]["text"]), *(_section(part, told[part]) for part in _SECTIONS)]
    return {
        "resourceType": "Composition",
        "id": str(uuid5(NAMESPACE_OID, name)),
        "language": "sv",
        "status": "final",
        "type": {"coding": [_TYPE]},
        "category": [concept_of(code_of(systems.DOCUMENT, DISCHARGE_SUMMARY))],
        "subject": {"reference": reading.members[reading.contract]["subject"]["reference"]},
        "date": instant(issued.now),
        "author": [issued.unit],
        "title": _TITLE,
        "section": sections,
    }


def _care(text: str | None) -> Json:
    paragraphs = [each for each in (text or "").split("\n") if each.strip()]
    return _titled("care-given", paragraphs, [])


def _section(part: str, told: Json) -> Json:
    entries = [{"reference": each["reference"]} for each in told["items"]]
    return _titled(_SECTIONS[part], lines(part, told["items"]), entries)


def _titled(kind: str, said: Sequence[str], entries: Sequence[Json]) -> Json:
    code = code_of(systems.DOCUMENT, kind)
    text = "".join(f"<p>{escape(each, quote=False)}</p>" for each in said or ["Inte känt."])
    return {
        "title": code.sv,
        "code": concept_of(code),
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml" lang="sv" xml:lang="sv">{text}</div>',
        },
        **({"entry": list(entries)} if entries else {}),
        **({} if said else {"emptyReason": {"coding": [_EMPTY]}}),
    }
