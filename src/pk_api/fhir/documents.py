"""Kinds of documents of the product's own, and what a DocumentReference of one is.

Source: patientlag 2014:821 3 kap. 2 b §; the regional guideline for patientkontrakt.
"""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.validate import check
from pk_api.fhir.values import parse

Json = Mapping[str, Any]

DISCHARGE_SUMMARY: Final = "discharge-summary"
JOURNAL_ENTRY: Final = "journal-entry"
MEDIA_TYPE: Final = "application/fhir+json"


def is_summary(resource: Json) -> bool:
    """Say whether a resource keeps a summary at discharge."""
    return _is_of(resource, DISCHARGE_SUMMARY)


def is_journal_entry(resource: Json) -> bool:
    """Say whether a resource tells that the contract is documented in a journal."""
    return _is_of(resource, JOURNAL_ENTRY)


def parsed_document(kept: Json) -> Json | None:
    """Return the resource that the one attachment of a DocumentReference holds as FHIR, None without such."""
    attachments = [each.get("attachment", {}) for each in kept.get("content", ())]
    if len(attachments) != 1 or attachments[0].get("contentType") != MEDIA_TYPE:
        return None
    try:
        return parse(b64decode(attachments[0].get("data", "")))
    except (ValueError, Problem):
        return None


def is_document_of(document: Json | None, kept: Json) -> bool:
    """Say whether it is a valid document about the subject of the DocumentReference that keeps it."""
    if document is None or (document.get("resourceType"), document.get("type")) != ("Bundle", "document"):
        return False
    if check(document) or not all("resource" in each for each in document.get("entry", ())):
        return False
    composition = document["entry"][0]["resource"]
    subject = kept.get("subject", {}).get("reference")
    return subject is not None and composition.get("subject", {}).get("reference") == subject


def _is_of(resource: Json, kind: str) -> bool:
    if resource.get("resourceType") != "DocumentReference":
        return False
    coding = (one for each in resource.get("category", ()) for one in each.get("coding", ()))
    return any(one.get("system") == systems.DOCUMENT and one.get("code") == kind for one in coding)
