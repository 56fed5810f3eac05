"""Labels that bar some readers from a resource: those of `meta.security`, and those that follow from it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pk_api.fhir.systems import SECURITY, SECURITY_LABEL

STAFF_ONLY: Final = "staff-only"
FROM_PATIENT: Final = "hidden-from-patient"
FROM_GUARDIAN: Final = "hidden-from-guardian"
BLOCK: Final = "block"
"""A block itself, or what asks to lift one: a reader learns that blocks exist, never whose."""

NOT_RELATIVES: Final = "not-relatives"
"""What the patient says about relatives: it is for those who take part in care, not for relatives."""

PROTECTED: Final = "protected-identity"
"""Of a Patient or a relative: name, address, contact and place are told to few (OSL 2009:400 22 kap. 1 §)."""
OTHERS: Final = "names-others"
"""It refers to what is about other patients than its own, whose identities may be protected."""

ACCEPTANCE: Final = "acceptance"
"""A party's acceptance of an agreement: it names all that the party saw, so it is that party's own."""

SUMMARY: Final = "summary"
"""What the patient was given at discharge: it holds copies of what may be blocked since."""

PARTYS_OWN: Final = frozenset({ACCEPTANCE, SUMMARY})
"""What is for the care provider alone that wrote it, and for the patient."""

LABELS: Final[Mapping[tuple[str | None, str | None], str]] = MappingProxyType(
    {
        **{(SECURITY, code): code for code in (STAFF_ONLY, FROM_PATIENT, FROM_GUARDIAN)},
        **{(SECURITY_LABEL, code): PROTECTED for code in ("sekretessmarkering", "skyddadFolkbokforing")},
    }
)
"""Security labels (system, code) that the rules know."""

UNTOLD: Final = frozenset({STAFF_ONLY, FROM_PATIENT})
"""What the patient is not shown."""
