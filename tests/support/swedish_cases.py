"""Examples of HL7 Sweden's base profiles and Inera's fast kontakt: kept, and broken in one thing each."""

from typing import Any

from pk_api.fhir.systems import (
    BASE,
    FAST_KONTAKT,
    HSA_ID,
    INERA_CARE_TEAM,
    KV_FAST_KONTAKT,
    LMA_NUMMER,
    NATIONELLT_RESERVNUMMER,
    ORGANISATIONSNUMMER,
    PERSONNUMMER,
    SAMORDNINGSNUMMER,
    SECURITY_LABEL,
    SNOMED,
)

INERA_IN_R4 = f"{BASE}/StructureDefinition/pk-inera-named-contact"
Json = dict[str, Any]

SE = "http://hl7.se/fhir/ig/base/StructureDefinition/"
TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
MARITAL = "http://hl7.se/fhir/ig/base/CodeSystem/se-base-marital-status"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
HOSP, SOSNYK = "urn:oid:1.2.752.116.3.1.3", "urn:oid:1.2.752.116.1.3.6"
PRESCRIBER = "urn:oid:1.2.752.116.3.1.2"
POSITION, ACTIVITY = "urn:oid:1.2.752.129.2.2.1.4", "urn:oid:1.2.752.129.2.2.1.3"


def a(kind: str, **elements: Any) -> Json:
    return {"resourceType": kind, **elements}


def concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def number(system: str, value: str = "191212121212", **more: Any) -> Json:
    return {"system": system, "value": value, **more}


def hsa(**more: Any) -> Json:
    return number(HSA_ID, "SE2329990010-0001", type=concept(TYPE, "PRN"), **more)


def ext(name: str, **value: Any) -> Json:
    return {"url": f"{SE}{name}", **value}


OFFICIAL = ext("SEBaseAddressPersonExtension", valueCodeableConcept=concept(SNOMED, "63381000052101"))
CALL_ME = {"url": "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier", "valueCode": "CL"}
NAME = {
    "extension": [
        ext("SEBaseMiddleNameExtension", valueString="Mellan"),
        ext("SEBaseOwnFamilyExtension", valueString="Testsson"),
    ],
    "given": ["Tea", "Bea"],
    "_given": [None, {"extension": [CALL_ME]}],
    "family": "Mellan Testsson",
}

KEPT = [
    ("SEBasePatient", a("Patient")),
    ("SEBasePatient", a("Patient", identifier=[number(PERSONNUMMER)], name=[NAME], gender="female")),
    (
        "SEBasePatient",
        a("Patient", identifier=[number(s) for s in (PERSONNUMMER, SAMORDNINGSNUMMER, LMA_NUMMER, "urn:x")]),
    ),
    ("SEBasePatient", a("Patient", address=[{"city": "Exempelstad", "extension": [OFFICIAL]}])),
    ("SEBasePatient", a("Patient", maritalStatus=concept(MARITAL, "RP"))),
    (
        "SEBasePatient",
        a(
            "Patient",
            meta={
                "security": [
                    {"system": SECURITY_LABEL, "code": "sekretessmarkering"},
                    {"system": ACT, "code": "DEMO"},
                ]
            },
        ),
    ),
    ("SEBasePractitioner", a("Practitioner", identifier=[hsa()], name=[NAME])),
    (
        "SEBasePractitioner",
        a(
            "Practitioner",
            qualification=[
                {"identifier": [number(PRESCRIBER, "1234567")], "code": concept(HOSP, "BM")},
                {"code": {"text": "barnmorska"}},
            ],
        ),
    ),
    (
        "SEBasePractitionerRole",
        a("PractitionerRole", identifier=[hsa()], code=[concept(SOSNYK, "123"), {"text": "x"}]),
    ),
    (
        "SEBaseOrganization",
        a(
            "Organization",
            name="Region Exempel",
            identifier=[hsa(), number(ORGANISATIONSNUMMER, "2329990010", type=concept(TYPE, "XX"))],
            type=[concept(ACTIVITY, "1500")],
        ),
    ),
]

BROKEN = [
    (
        "SEBasePatient",
        a("Patient", identifier=[number(PERSONNUMMER), number(PERSONNUMMER, "195009072553")]),
        ("error", "Patient.identifier"),
    ),
    (
        "SEBasePatient",
        a("Patient", identifier=[number(NATIONELLT_RESERVNUMMER), number(NATIONELLT_RESERVNUMMER)]),
        ("error", "Patient.identifier"),
    ),
    ("SEBasePatient", a("Patient", name=[{"text": "A"}, {"text": "B"}]), ("error", "Patient.name")),
    (
        "SEBasePatient",
        a("Patient", name=[{"extension": [ext("SEBaseMiddleNameExtension", valueBoolean=True)]}]),
        ("error", "Patient.name[0].extension[0].value"),
    ),
    (
        "SEBasePatient",
        a("Patient", name=[{"extension": [*NAME["extension"], NAME["extension"][0]]}]),
        ("error", "Patient.name[0].extension"),
    ),
    (
        "SEBasePatient",
        a(
            "Patient",
            name=[{"given": ["A"], "_given": [{"extension": [CALL_ME | {"valueCode": "BR"}]}]}],
        ),
        ("error", "Patient.name[0].given[0].extension[0].value"),
    ),
    (
        "SEBasePatient",
        a("Patient", extension=[OFFICIAL]),
        ("error", "Patient.extension[0]"),
    ),
    (
        "SEBasePatient",
        a(
            "Patient",
            address=[
                {
                    "extension": [
                        ext("SEBaseAddressPersonExtension", valueCodeableConcept=concept(SNOMED, "1"))
                    ]
                }
            ],
        ),
        ("error", "Patient.address[0].extension[0].value"),
    ),
    (
        "SEBasePatient",
        a("Patient", maritalStatus=concept("urn:x", "gift")),
        ("warning", "Patient.maritalStatus"),
    ),
    (
        "SEBasePatient",
        a("Patient", meta={"security": [{"system": "urn:x", "code": "hemlig"}]}),
        ("warning", "Patient.meta.security[0].code"),
    ),
    (
        "SEBasePractitioner",
        a("Practitioner", identifier=[number(HSA_ID, "SE2329990010-0001", type=concept(TYPE, "XX"))]),
        ("error", "Practitioner.identifier[0].type"),
    ),
    (
        "SEBasePractitioner",
        a("Practitioner", identifier=[hsa(), hsa()]),
        ("error", "Practitioner.identifier"),
    ),
    (
        "SEBasePractitioner",
        a("Practitioner", qualification=[{"identifier": [number(PRESCRIBER)] * 2, "code": {"text": "x"}}]),
        ("error", "Practitioner.qualification[0].identifier"),
    ),
    (
        "SEBasePractitioner",
        a(
            "Practitioner",
            qualification=[
                {"code": {"coding": [{"system": HOSP, "code": "BM"}, {"system": HOSP, "code": "LK"}]}}
            ],
        ),
        ("error", "Practitioner.qualification[0].code.coding"),
    ),
    (
        "SEBasePractitionerRole",
        a(
            "PractitionerRole",
            code=[{"coding": [{"system": SOSNYK, "code": "1"}, {"system": SOSNYK, "code": "2"}]}],
        ),
        ("error", "PractitionerRole.code[0].coding"),
    ),
    (
        "SEBaseOrganization",
        a("Organization", name="x", identifier=[number(ORGANISATIONSNUMMER, type=concept(TYPE, "PRN"))]),
        ("error", "Organization.identifier[0].type"),
    ),
    (
        "SEBaseOrganization",
        a("Organization", name="x", type=[concept("urn:oid:1.2.3", "1500")]),
        ("warning", "Organization.type[0]"),
    ),
]


def contact(**elements: Any) -> Json:
    return a(
        "CareTeam",
        status="active",
        category=[concept(INERA_CARE_TEAM, FAST_KONTAKT)],
        subject={"reference": "Patient/p"},
        participant=[
            {"role": [concept(KV_FAST_KONTAKT, "1")], "member": {"reference": "PractitionerRole/r"}}
        ],
        **elements,
    )


def with_participant(**elements: Any) -> Json:
    team = contact()
    return team | {"participant": [team["participant"][0] | elements]}


CONTACTS = [
    (contact(), []),
    (contact(period={"start": "2026-01-01"}, telecom=[{"system": "phone", "value": "1"}]), []),
    (with_participant(role=[concept("urn:x", "1")]), ["CareTeam.participant[0].role[0]"]),
    (with_participant(role=[concept(KV_FAST_KONTAKT, "1")] * 2), ["CareTeam.participant[0].role"]),
    (
        with_participant(member={"reference": "Practitioner/p"}),
        ["CareTeam.participant[0].member.reference"],
    ),
    (contact() | {"participant": contact()["participant"] * 2}, ["CareTeam.participant"]),
    (contact() | {"subject": {"reference": "Group/g"}}, ["CareTeam.subject.reference"]),
    (contact() | {"category": [concept("urn:x", "team")]}, ["CareTeam.category[0]"]),
]
