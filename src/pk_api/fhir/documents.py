"""Kinds of documents of the product's own, and what a DocumentReference of one is.

Source: patientlag 2014:821 3 kap. 2 b §; the regional guideline for patientkontrakt.
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.fhir import systems

Json = Mapping[str, Any]

DISCHARGE_SUMMARY: Final = "discharge-summary"
JOURNAL_ENTRY: Final = "journal-entry"


def is_summary(resource: Json) -> bool:
    """Say whether a resource keeps a summary at discharge."""
    return _is_of(resource, DISCHARGE_SUMMARY)


def is_journal_entry(resource: Json) -> bool:
    """Say whether a resource tells that the contract is documented in a journal."""
    return _is_of(resource, JOURNAL_ENTRY)


def _is_of(resource: Json, kind: str) -> bool:
    if resource.get("resourceType") != "DocumentReference":
        return False
    coding = (one for each in resource.get("category", ()) for one in each.get("coding", ()))
    return any(one.get("system") == systems.DOCUMENT and one.get("code") == kind for one in coding)
