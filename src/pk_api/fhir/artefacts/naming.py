"""NamingSystems of identifiers that are used in Sweden: FHIR's URI and the object identifiers of the same.

Sources: HL7 Sweden's base profiles 1.1.0 (`Aliases.fsh`), the service contracts of RIV-TA, Inera on
reservnummer of regions. Search takes either name of one thing: `systems.SYNONYMS`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.building import DATE, PUBLISHER, SWEDEN, Json, narrative


@dataclass(frozen=True, slots=True)
class NamingRow:
    """A namespace: the system that FHIR uses first, then the object identifiers that mean the same."""

    id: str
    name: str
    description: str
    system: str
    oids: tuple[str, ...] = ()
    responsible: str | None = None
    kind: str = "identifier"


_TAX: Final = "Skatteverket"
_HSA: Final = "Inera AB"
_BOARD: Final = "Socialstyrelsen"

NAMING_SYSTEMS: Final = (
    NamingRow(
        "pk-app",
        "PkApp",
        "Apps that patients let in, by the client_id of their tokens.",
        systems.APP,
    ),
    NamingRow(
        "pk-agreement",
        "PkAgreementGroup",
        "Proposals of an agreement: the contract's id, a slash, the number of the proposal.",
        systems.AGREEMENT_GROUP,
    ),
    NamingRow(
        "se-personnummer",
        "Personnummer",
        "Personal identity number, 12 digits.",
        systems.PERSONNUMMER,
        ("1.2.752.129.2.1.3.1",),
        _TAX,
    ),
    NamingRow(
        "se-samordningsnummer",
        "Samordningsnummer",
        "Coordination number, 12 digits, the day with 60 added.",
        systems.SAMORDNINGSNUMMER,
        ("1.2.752.129.2.1.3.3",),
        _TAX,
    ),
    NamingRow(
        "se-nationellt-reservnummer",
        "NationelltReservnummer",
        "National reserve number of a person without a known identity number, 12 characters.",
        systems.NATIONELLT_RESERVNUMMER,
        ("1.2.752.74.9.1",),
        _HSA,
    ),
    NamingRow(
        "se-lma-nummer",
        "LmaNummer",
        "Number of one who seeks asylum.",
        systems.LMA_NUMMER,
        responsible="Migrationsverket",
    ),
    NamingRow(
        "se-reservnummer-stockholm",
        "ReservnummerRegionStockholm",
        "Reserve number of Region Stockholm.",
        "urn:oid:1.2.752.97.3.1.3",
    ),
    NamingRow(
        "se-reservnummer-vgr",
        "ReservnummerVastraGotaland",
        "Reserve number of Västra Götalandsregionen.",
        "urn:oid:1.2.752.113.11.0.2.1.1.1",
    ),
    NamingRow(
        "se-reservnummer-varmland",
        "ReservnummerVarmland",
        "Reserve number of Region Värmland.",
        "urn:oid:1.2.752.74.9.2",
    ),
    NamingRow(
        "se-reservnummer-inera",
        "ReservnummerInera",
        "Reserve number of Inera.",
        "urn:oid:1.2.752.129.2.1.3.2",
        responsible=_HSA,
    ),
    NamingRow(
        "se-hsa-id",
        "HsaId",
        "Identity of a person, unit or assignment in the national directory HSA.",
        systems.HSA_ID,
        ("1.2.752.129.2.1.4.1",),
        _HSA,
    ),
    NamingRow(
        "se-organisationsnummer",
        "Organisationsnummer",
        "Registration number of an organisation, 10 digits.",
        systems.ORGANISATIONSNUMMER,
        responsible="Bolagsverket",
    ),
    NamingRow(
        "se-forskrivarkod",
        "Forskrivarkod",
        "Code of a prescriber.",
        "urn:oid:1.2.752.116.3.1.2",
        responsible=_BOARD,
    ),
    NamingRow(
        "se-legitimation",
        "Legitimation",
        "Identity of a licensed member of staff in the register HOSP.",
        systems.LICENCE,
        responsible=_BOARD,
    ),
    NamingRow(
        "se-kv-typ-av-fast-kontakt",
        "KvTypAvFastKontakt",
        "Code system of the kinds of named contacts.",
        systems.KV_FAST_KONTAKT,
        ("1.2.752.129.5.1.69",),
        _HSA,
        "codesystem",
    ),
    NamingRow(
        "se-hsa-befattning",
        "HsaBefattning",
        "Code system of positions in HSA; HL7 Sweden's base profiles 1.1.0 write its identifier with 759.",
        systems.HSA_POSITION,
        ("1.2.759.129.2.2.1.4",),
        _HSA,
        "codesystem",
    ),
)


def naming_systems() -> Iterator[Json]:
    """Yield the NamingSystems."""
    for each in NAMING_SYSTEMS:
        yield _naming_system(each)


def _naming_system(each: NamingRow) -> Json:
    names = (each.system, *(f"urn:oid:{oid}" for oid in each.oids))
    responsible = {"responsible": each.responsible} if each.responsible else {}
    return {
        "resourceType": "NamingSystem",
        "id": each.id,
        "text": narrative(each.name, each.description, names),
        "name": each.name,
        "status": "active",
        "kind": each.kind,
        "date": DATE,
        "publisher": PUBLISHER,
        **responsible,
        "description": each.description,
        "jurisdiction": [SWEDEN],
        "uniqueId": [_unique(name, is_preferred=name == each.system) for name in names],
    }


def _unique(system: str, *, is_preferred: bool) -> Json:
    oid = system.removeprefix("urn:oid:")
    named = {"type": "oid", "value": oid} if oid != system else {"type": "uri", "value": system}
    return {**named, "preferred": is_preferred}
