"""The language kept for the patient, for texts to those who ask for none: of ours, the first that is known.

What was told last of how contacts are adapted stands before Patient.communication. Source:
https://hl7.org/fhir/R4/patient.html#communication (languages by BCP 47).
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from pk_api.contract.elements import Json, target_of, text_of
from pk_api.contract.reading.circumstances import languages_told
from pk_api.contract.reading.context import Reading

_NAMED: Final[Mapping[str, str]] = MappingProxyType(
    {"sv": "sv", "svenska": "sv", "swedish": "sv", "en": "en", "engelska": "en", "english": "en"}
)
"""Languages of ours, by tag and by name."""


def kept_language(reading: Reading) -> str | None:
    """Return the language of ours that is kept for the contract's patient; None when none of them is."""
    return next((known for each in _spoken(reading) if (known := _NAMED.get(each))), None)


def _spoken(reading: Reading) -> Iterator[str]:
    """Yield what languages are called, and their tags, the wished ones first."""
    for each in languages_told(reading):
        yield each.strip().lower()
    subject = target_of(reading.members.get(reading.contract, {}).get("subject"))
    patient = reading.members.get(subject or "") or {}
    told = sorted(patient.get("communication", ()), key=lambda each: each.get("preferred") is not True)
    for each in told:
        yield from _names(each.get("language") or {})


def _names(concept: Json) -> Iterator[str]:
    for coding in concept.get("coding", ()):
        yield str(coding.get("code", "")).partition("-")[0].lower()
    yield str(text_of(concept)).strip().lower()
