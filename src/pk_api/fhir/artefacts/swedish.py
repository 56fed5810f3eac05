"""HL7 Sweden's base profiles for R4, as tables: what the product's own profiles build on.

Source: HL7 Sweden, basprofiler-r4 1.1.0 (`input/fsh`, CC0), package `hl7se.fhir.base`. The package of the
product depends on that one and does not hold these. Differences: the codings of a PractitionerRole are sliced
by system there without saying which system each slice has; here it is said.
"""

from collections.abc import Iterator
from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.building import Json
from pk_api.fhir.artefacts.structures import concept, extended, extension, profile, row
from pk_api.fhir.artefacts.swedish_terms import (
    CANONICAL,
    CATEGORIES,
    HEAD,
    OCCUPATIONS,
    POSITIONS,
    code_systems,
    value_set,
    value_sets,
)

_BY_SYSTEM: Final = (("value", "system"),)
_IDENTIFIER_TYPE: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
_PRESCRIBER: Final = "urn:oid:1.2.752.116.3.1.2"


def structure(name: str) -> str:
    """Return the canonical of a base profile or extension."""
    return f"{CANONICAL}/StructureDefinition/{name}"


def resources() -> Iterator[Json]:
    """Yield the profiles, extensions, code systems and value sets."""
    yield from _extensions()
    yield from _data_types()
    yield from _persons()
    yield from code_systems()
    yield from value_sets()


def _profile(name: str, kind: str, title: str, description: str, rows: list[Json]) -> Json:
    head = {**HEAD, "url": structure(name)}
    return profile(name, name, kind, title=title, description=description, rows=rows, **head)


def _extensions() -> Iterator[Json]:
    for name, title, description in (
        ("SEBaseMiddleNameExtension", "SE extension för mellannamn", "The middle name of a person."),
        ("SEBaseOwnFamilyExtension", "SE extension för explicit efternamn", "Which part is the family name."),
    ):
        yield extension(
            structure(name),
            name,
            title=title,
            description=description,
            contexts=("HumanName",),
            value=row("value[x]", of=("string",)),
            **HEAD,
        )
    yield extension(
        structure("SEBaseAddressPersonExtension"),
        "SEBaseAddressPersonExtension",
        title="SE extension for official address types",
        description="The type of an address as the Swedish authorities have it.",
        contexts=("Address",),
        value=row(
            "value[x]", of=("CodeableConcept",), binding=("required", value_set("SEBaseAddressPersonVS"))
        ),
        **HEAD,
    )


def _data_types() -> Iterator[Json]:
    qualifier = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier"
    yield _profile(
        "SEBaseHumanName",
        "HumanName",
        "SEBaseHumanName",
        "A Swedish name: middle and own family name as extensions, and which given name the person uses.",
        [
            *extended(
                ("middleName", structure("SEBaseMiddleNameExtension"), "0..1", "Mellannamn"),
                ("ownFamily", structure("SEBaseOwnFamilyExtension"), "0..1", "Efternamn"),
            ),
            *extended(("nameQualifier", qualifier, "0..1", "Tilltalsnamn"), within="given"),
            row(
                "given.extension:nameQualifier.value[x]",
                binding=("required", value_set("SEBaseNamePartQualifierVS")),
            ),
        ],
    )
    yield _profile(
        "SEBaseLMANummer",
        "Identifier",
        "Profile for LMA number",
        "An LMA number (of one who seeks asylum) as an identifier.",
        [row("system", fixedUri=systems.LMA_NUMMER)],
    )


def _persons() -> Iterator[Json]:
    yield _profile(
        "SEBasePatient",
        "Patient",
        "SE base profil for patient",
        "The base profile of Patient in Sweden.",
        [
            row("meta.security.code", binding=("extensible", value_set("SecurityLabelVS"))),
            row("identifier", by=_BY_SYSTEM),
            *_identifiers(
                ("personnummer", systems.PERSONNUMMER),
                ("samordningsnummer", systems.SAMORDNINGSNUMMER),
                ("nationelltReservnummer", systems.NATIONELLT_RESERVNUMMER),
            ),
            row("name", "0..1", profile=f"HumanName {structure('SEBaseHumanName')}"),
            *_ADDRESS,
            row("maritalStatus", binding=("extensible", value_set("SEBaseMaritalStatusVS"))),
        ],
    )
    yield _practitioner()
    yield _practitioner_role()
    yield _profile(
        "SEBaseOrganization",
        "Organization",
        "SE base profile for organization",
        "The base profile of Organization in Sweden.",
        [
            row("identifier", by=_BY_SYSTEM),
            *_HSA_ID,
            *_identifiers(("organizationIdentifier", systems.ORGANISATIONSNUMMER), kind="XX"),
            row("type", binding=("extensible", value_set("SEBaseHSAVerksamhetVS"))),
        ],
    )


def _identifiers(*rows: tuple[str, str], kind: str = "", within: str = "identifier") -> list[Json]:
    """Return the slices of an identifier by its system; `kind` is the type that they all have."""
    found = []
    for name, system in rows:
        found.append(row(f"{within}:{name}", "0..1"))
        if kind:
            found.append(row(f"{within}:{name}.type", **concept(_IDENTIFIER_TYPE, kind)))
        found.append(row(f"{within}:{name}.system", "1..1", fixedUri=system))
    return found


_HSA_ID: Final = _identifiers(("hsaid", systems.HSA_ID), kind="PRN")
_ADDRESS: Final = extended(
    ("officialAddressType", structure("SEBaseAddressPersonExtension"), "0..1", "Adresstyp"), within="address"
)


def _practitioner() -> Json:
    return _profile(
        "SEBasePractitioner",
        "Practitioner",
        "SE base profile for practitioner",
        "The base profile of Practitioner in Sweden.",
        [
            row("identifier", by=_BY_SYSTEM),
            *_HSA_ID,
            row("name", "0..1", profile=f"HumanName {structure('SEBaseHumanName')}"),
            *_ADDRESS,
            row("qualification.identifier", by=_BY_SYSTEM),
            *_identifiers(
                ("prescriber", _PRESCRIBER),
                ("legitimation", systems.LICENCE),
                within="qualification.identifier",
            ),
            row("qualification.code.coding", by=_BY_SYSTEM),
            *_codings(
                "qualification.code",
                ("hosp", OCCUPATIONS, "SEBaseHOSPLegitimationsYrkeVS", "required"),
                ("sosnyk", CATEGORIES, "SEBaseSOSNYKVS", "required"),
                ("skr-yrke", systems.SNOMED, "SEBaseSKRYrkeVS", "extensible"),
                ("hsa-befattning", POSITIONS, "SEBaseHSABefattningVS", "required"),
            ),
        ],
    )


def _practitioner_role() -> Json:
    return _profile(
        "SEBasePractitionerRole",
        "PractitionerRole",
        "SE base profile for practitioner role",
        "The base profile of PractitionerRole in Sweden; its HSA-id is that of the assignment.",
        [
            row("identifier", by=_BY_SYSTEM),
            *_HSA_ID,
            row("code.coding", by=_BY_SYSTEM),
            *_codings(
                "code",
                ("sosnyk", CATEGORIES, "SEBaseSOSNYKVS", "required"),
                ("skr-yrke", systems.SNOMED, "SEBaseSKRYrkeVS", "required"),
                ("hsa-befattning", POSITIONS, "SEBaseHSABefattningVS", "required"),
            ),
            row("specialty.coding", by=_BY_SYSTEM),
            *_codings(
                "specialty",
                ("sosnyk", CATEGORIES, "SEBaseSOSNYKVS", "required"),
                ("skr-yrke", systems.SNOMED, "SEBaseSKRYrkeSpecialtyVS", "required"),
            ),
        ],
    )


def _codings(within: str, *rows: tuple[str, str, str, str]) -> Iterator[Json]:
    """Yield the slices of a coding by its system: (name, system, value set, strength) of each."""
    for name, system, codes, strength in rows:
        at = f"{within}.coding:{name}"
        yield row(at, "0..1", binding=(strength, value_set(codes)))
        yield row(f"{at}.system", "1..1", fixedUri=system)
