"""The code systems and value sets of HL7 Sweden's base profiles, as tables.

Source: HL7 Sweden, basprofiler-r4 1.1.0 (`input/fsh`, CC0), package `hl7se.fhir.base`. Content of SNOMED
CT-SE, SOSNYK, HOSP and HSA is not carried: their value sets are known here and cannot be listed.
"""

from collections.abc import Iterator
from typing import Any, Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.building import Json, artefact

CANONICAL: Final = "http://hl7.se/fhir/ig/base"
PACKAGE: Final = "hl7se.fhir.base"
HEAD: Final[dict[str, Any]] = {
    "version": "1.1.0",
    "publisher": "HL7 Sweden",
    "copyright": "HL7 Sweden, CC0-1.0",
}
OCCUPATIONS: Final = systems.OCCUPATION
CATEGORIES: Final = "urn:oid:1.2.752.116.1.3.6"
POSITIONS: Final = "urn:oid:1.2.759.129.2.2.1.4"
_ACTIVITIES: Final = "urn:oid:1.2.752.129.2.2.1.3"
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_MARITAL: Final = f"{CANONICAL}/CodeSystem/se-base-marital-status"
_SNOMED_SE: Final = {"system": systems.SNOMED, "version": "http://snomed.info/sct/45991000052106"}


def value_set(name: str) -> str:
    """Return the canonical of a value set."""
    return f"{CANONICAL}/ValueSet/{name}"


def code_systems() -> Iterator[Json]:
    """Yield the code systems."""
    for system_id, name, title, rows in _CODE_SYSTEMS:
        yield artefact(
            "CodeSystem",
            system_id,
            name,
            url=f"{CANONICAL}/CodeSystem/{system_id}",
            title=title,
            description=title,
            **HEAD,
            caseSensitive=True,
            content="complete",
            count=len(rows),
            concept=[{"code": code, "display": display} for code, display in rows],
        )


def value_sets() -> Iterator[Json]:
    """Yield the value sets."""
    for name, title, include in _VALUE_SETS:
        yield artefact(
            "ValueSet",
            name,
            name,
            url=value_set(name),
            title=title,
            description=title,
            **HEAD,
            compose={"include": list(include)},
        )


def _some(system: str, *rows: tuple[str, str], **version: str) -> Json:
    listed = [{"code": code, "display": display} for code, display in rows]
    return {"system": system, **version, "concept": listed}


def _member_of(*reference_sets: str) -> tuple[Json, ...]:
    return tuple(
        {**_SNOMED_SE, "filter": [{"property": "concept", "op": "in", "value": each}]}
        for each in reference_sets
    )


_CODE_SYSTEMS: Final = (
    (
        "SecurityLabel",
        "SecurityLabelCS",
        "SE CodeSystem security labels",
        (("sekretessmarkering", "Sekretessmarkering"), ("skyddadFolkbokforing", "Skyddad folkbokföring")),
    ),
    (
        "se-base-marital-status",
        "SEBaseMaritalStatusCS",
        "SE CodeSystem for marital status",
        (
            ("G", "Gift"),
            ("OG", "Ogift"),
            ("S", "Skild"),
            ("Ä", "Änka/änkling"),
            ("RP", "Registrerad partner"),
            ("SP", "Skild partner"),
            ("EP", "Efterlevande partner"),
        ),
    ),
)
_VALUE_SETS: Final[tuple[tuple[str, str, tuple[Json, ...]], ...]] = (
    (
        "SecurityLabelVS",
        "SE ValueSet security labels",
        (
            _some(f"{_HL7}/v3-ActCode", ("DEMO", "all demographic information sensitivity")),
            _some(
                systems.SECURITY_LABEL,
                ("sekretessmarkering", "Sekretessmarkering"),
                ("skyddadFolkbokforing", "Skyddad folkbokföring"),
            ),
        ),
    ),
    (
        "SEBaseMaritalStatusVS",
        "SE ValueSet for marital status",
        (
            _some(
                f"{_HL7}/v3-MaritalStatus",
                ("M", "Married"),
                ("D", "Divorced"),
                ("W", "Widowed"),
                ("U", "unmarried"),
            ),
            _some(
                _MARITAL,
                ("RP", "Registrerad partner"),
                ("SP", "Skild partner"),
                ("EP", "Efterlevande partner"),
            ),
        ),
    ),
    (
        "SEBaseNamePartQualifierVS",
        "SE ValueSet for preferred name",
        (_some(f"{_HL7}/v3-EntityNamePartQualifierR2", ("CL", "Call me")),),
    ),
    (
        "SEBaseAddressPersonVS",
        "SE ValueSet for official address types",
        (
            _some(
                systems.SNOMED,
                ("63391000052104", "särskild postadress"),
                ("63381000052101", "folkbokföringsadress"),
                ("63401000052101", "utlandsadress"),
                ("63411000052104", "uppgiven adress"),
                version=_SNOMED_SE["version"],
            ),
        ),
    ),
    (
        "SEBaseHSAVerksamhetVS",
        "HSA valueset for business classification codes",
        ({"system": _ACTIVITIES},),
    ),
    (
        "SEBaseHOSPLegitimationsYrkeVS",
        "ValueSet for certification occupation from HOSP",
        ({"system": OCCUPATIONS},),
    ),
    ("SEBaseSOSNYKVS", "ValueSet for occupation codes (SOSNYK)", ({"system": CATEGORIES},)),
    (
        "SEBaseSKRYrkeVS",
        "SKR ValueSet for occupations",
        _member_of("67031000052107", "68591000052102"),
    ),
    (
        "SEBaseSKRYrkeSpecialtyVS",
        "SKR ValueSet for clinical specialties",
        _member_of("67051000052103", "67081000052106", "67071000052109"),
    ),
    (
        "SEBaseHSABefattningVS",
        "Valueset for HSA occupational positions in healthcare",
        ({"system": POSITIONS},),
    ),
)
