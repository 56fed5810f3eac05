"""Labels that bar some readers from a resource: those of `meta.security`, and those that follow from it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pk_api.fhir.systems import SECURITY

STAFF_ONLY: Final = "staff-only"
FROM_PATIENT: Final = "hidden-from-patient"
FROM_GUARDIAN: Final = "hidden-from-guardian"
BLOCK: Final = "block"
"""A block itself: a reader learns that blocks exist, never whose."""

LABELS: Final[Mapping[tuple[str | None, str | None], str]] = MappingProxyType(
    {(SECURITY, code): code for code in (STAFF_ONLY, FROM_PATIENT, FROM_GUARDIAN)}
)
"""Security labels (system, code) that the rules know."""

UNTOLD: Final = frozenset({STAFF_ONLY, FROM_PATIENT})
"""What the patient is not shown."""
