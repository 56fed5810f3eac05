"""Stays in hospital: which Encounters are, and when one has ended.

Source: HL7 v3-ActCode, https://hl7.org/fhir/R4/encounter.html.
"""

from collections.abc import Mapping
from typing import Any, Final

Json = Mapping[str, Any]

INPATIENT: Final = frozenset({"IMP", "ACUTE", "NONAC"})
"""Classes of Encounter of those who are admitted, of v3-ActCode."""

PRESENT: Final = frozenset({"arrived", "triaged", "in-progress", "onleave"})


def is_inpatient(encounter: Json) -> bool:
    """Say whether a resource is of somebody who is admitted, before, during or after it."""
    kind = (encounter.get("class") or {}).get("code")
    return encounter.get("resourceType") == "Encounter" and kind in INPATIENT


def is_over(encounter: Json) -> bool:
    """Say whether the patient has left."""
    return is_inpatient(encounter) and encounter.get("status") == "finished"
