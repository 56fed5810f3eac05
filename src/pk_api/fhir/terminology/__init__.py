"""Terms: what codes mean, which contain which, which sets hold them, and what they are called elsewhere.

Sources: https://hl7.org/fhir/R4/terminology-service.html, codesystem.html, valueset.html. Pure: the content
is that of `fhir.artefacts`; code systems that are not carried (SNOMED CT, LOINC) are unknown here.
"""

from pk_api.fhir.terminology.code_systems import code_system
from pk_api.fhir.terminology.value_sets import entries

__all__ = ["above", "below", "expand"]


def expand(canonical: str) -> frozenset[tuple[str, str]] | None:
    """Return (system, code) of all that a value set holds, None when it is unknown or cannot be listed."""
    listed = entries(canonical)
    return None if listed is None else frozenset((entry.system, entry.code) for entry in listed)


def below(system: str, code: str) -> frozenset[str]:
    """Return a code and all that it contains; empty when the code or its system is unknown."""
    known = code_system(system)
    return frozenset() if known is None else known.below(code)


def above(system: str, code: str) -> frozenset[str]:
    """Return a code and all that contain it; empty when the code or its system is unknown."""
    known = code_system(system)
    return frozenset() if known is None else known.above(code)
