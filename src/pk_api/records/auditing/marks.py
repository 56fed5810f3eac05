"""What makes a row of the audit worth a look: the marks by which a spot check picks rows.

Source: HSLF-FS 2016:40 4 kap. 9 § 5 (systematic, recurring checks); the marks are those in common use.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pk_api.fhir.systems import SECURITY_LABEL
from pk_api.records.auditing.words import is_emergency
from pk_api.store.rows import AuditRow

CHANCE: Final = "chance"
REFUSALS: Final = 5
"""Refusals of one user in the period that are a mark."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known around some rows: their Patients, which of them are staff, who was refused often."""

    patients: Mapping[str, Mapping[str, Any]]
    colleagues: Collection[str]
    refused: Collection[str]


def _emergency(row: AuditRow, _: Known) -> bool:
    return is_emergency(row.rule)


def _colleague(row: AuditRow, known: Known) -> bool:
    return row.patient in known.colleagues


def _protected(row: AuditRow, known: Known) -> bool:
    labels = known.patients.get(row.patient, {}).get("meta", {}).get("security", ())
    return any(label.get("system") == SECURITY_LABEL for label in labels)


def _same_name(row: AuditRow, known: Known) -> bool:
    names = known.patients.get(row.patient, {}).get("name", ())
    families = {str(name.get("family", "")).casefold() for name in names} - {""}
    return (row.name or "").rpartition(" ")[2].casefold() in families


def _often_refused(row: AuditRow, known: Known) -> bool:
    return row.outcome == "refused" and row.actor in known.refused


MARKS: Final[Mapping[str, Callable[[AuditRow, Known], bool]]] = {
    "emergency": _emergency,
    "colleague": _colleague,
    "protected-identity": _protected,
    "same-surname": _same_name,
    "refused-often": _often_refused,
}
"""Emergency opening, a patient who works in care, protected identity, a shared name, many refusals."""


def marks_of(row: AuditRow, known: Known) -> str:
    """Return the marks of a row, with spaces between; empty for none."""
    return " ".join(name for name, bears in MARKS.items() if bears(row, known))
