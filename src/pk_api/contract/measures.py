"""MEASURES: what patients measure at home, with its code, unit and parts; anything else is told in words.

Codes are of LOINC; those of vital signs are written as FHIR asks for: category, code and unit.
Source: https://hl7.org/fhir/R4/observation-vitalsigns.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

VITAL_SIGNS: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
    "code": "vital-signs",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """Something measured: its LOINC code, Swedish name, unit (UCUM, and as people write it), and parts."""

    loinc: str
    sv: str
    unit: str
    unit_text: str
    is_vital: bool = True
    parts: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))


MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "blood-pressure": Measure(
            "85354-9",
            "Blodtryck",
            "mm[Hg]",
            "mmHg",
            parts=MappingProxyType(
                {"systolic": ("8480-6", "Systoliskt"), "diastolic": ("8462-4", "Diastoliskt")}
            ),
        ),
        "heart-rate": Measure("8867-4", "Puls", "/min", "/min"),
        "respiratory-rate": Measure("9279-1", "Andningsfrekvens", "/min", "/min"),
        "body-weight": Measure("29463-7", "Vikt", "kg", "kg"),
        "body-temperature": Measure("8310-5", "Kroppstemperatur", "Cel", "°C"),
        "oxygen-saturation": Measure("2708-6", "Syremättnad", "%", "%"),
        "glucose": Measure("15074-8", "Blodsocker", "mmol/L", "mmol/l", is_vital=False),
    }
)
"""By the names of the contract API."""


def of_loinc(code: str | None) -> str | None:
    """Return the name of what a LOINC code says is measured; None for what is not in the table."""
    return next((name for name, each in MEASURES.items() if each.loinc == code), None)


def part_of_loinc(code: str | None) -> str | None:
    """Return the name of the part of a measure that a LOINC code names."""
    parts = (item for each in MEASURES.values() for item in each.parts.items())
    return next((name for name, (loinc, _) in parts if loinc == code), None)
