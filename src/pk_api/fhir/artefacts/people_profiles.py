"""Profiles of those around a contract: named contacts, the team, relatives, the patient and the directory.

Sources: Inera's CareTeam guide 0.9 (FHIR R5; here in R4 form, https://fhir.inera.se/ig/careteam/), HL7
Sweden's base profiles, on which those of the patient and the directory build.
"""

from collections.abc import Iterator
from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.building import Json, canonical
from pk_api.fhir.artefacts.structures import concept, extended, extension, profile, row
from pk_api.fhir.artefacts.swedish import structure

VIA_TEAM: Final = "https://fhir.inera.se/ig/careteam/StructureDefinition/riv-contact-via-team-extension"
"""On a participant of a named contact: the team by which the contact is reached."""
_STATUS_REASON: Final = ("statusReason", systems.EXT_STATUS_REASON, "0..1", "Varför det är så")
_INERA: Final = "Inera AB"


def profiles() -> Iterator[Json]:
    """Yield the StructureDefinitions."""
    yield _named_contact()
    yield _inera_contact()
    yield _via_team()
    yield _plan_team()
    yield _relative()
    yield _patient()
    yield _practitioner()
    yield _practitioner_role()
    yield _organization()


def _named_contact() -> Json:
    return profile(
        "pk-named-contact",
        "PkNamedContact",
        "CareTeam",
        title="Fast kontakt",
        description="One named contact: one CareTeam for each relation, as Inera's guide has it.",
        rows=[
            *extended(
                ("purpose", systems.EXT_CONTACT_FOR, "0..*", "Vad kontakten är till för"),
                ("hours", systems.EXT_HOURS, "0..1", "När kontakten nås"),
                ("appointed", systems.EXT_APPOINTED, "0..1", "Vem som har utsett kontakten, och när"),
                ("lifeThreatening", systems.EXT_LIFE_THREATENING, "0..1", "Livshotande tillstånd"),
                _STATUS_REASON,
            ),
            row("status", must=True),
            row("category", "1..1", must=True, **concept(systems.INERA_CARE_TEAM, systems.FAST_KONTAKT)),
            row("subject", "1..1", of=("Patient",), must=True),
            row("period", must=True),
            row("period.start", must=True),
            row("period.end", must=True),
            row("participant", "1..1"),
            row(
                "participant.role",
                "1..*",
                must=True,
                binding=("extensible", canonical("ValueSet", "pk-contact-kind")),
            ),
            row(
                "participant.member",
                "1..1",
                of=("PractitionerRole", "Practitioner", "Organization"),
                must=True,
            ),
            row("managingOrganization", must=True),
            row("telecom", must=True),
            row("note", must=True),
        ],
    )


def _inera_contact() -> Json:
    kinds = "https://fhir.inera.se/ig/careteam/ValueSet/typ-av-fast-kontakt-vs"
    return profile(
        "pk-inera-named-contact",
        "PkIneraNamedContact",
        "CareTeam",
        base=canonical("StructureDefinition", "pk-named-contact"),
        title="Fast kontakt enligt Ineras CareTeam-guide",
        description="RIVCareManager of Inera's CareTeam guide 0.9, which is FHIR R5, in R4 form.",
        rows=[
            row("participant", "1..1"),
            *extended(("viaTeam", VIA_TEAM, "0..1", "Team som kontakten nås genom"), within="participant"),
            row("participant.role", "1..1", binding=("required", kinds)),
            row("participant.member", "1..1", of=("PractitionerRole",)),
        ],
    )


def _via_team() -> Json:
    return extension(
        VIA_TEAM,
        "RIVContactViaTeamExtension",
        title="Team som kontakten nås genom",
        description="The team by which a named contact is reached, as Inera's CareTeam guide 0.9 has it.",
        publisher=_INERA,
        copyright=_INERA,
        contexts=("CareTeam.participant",),
        value=row("value[x]", of=("CareTeam",)),
    )


def _plan_team() -> Json:
    return profile(
        "pk-plan-team",
        "PkPlanTeam",
        "CareTeam",
        title="Teamet kring patientkontraktet",
        description="All who take part in the contract: the patient, units, staff and relatives.",
        rows=[
            row("status", must=True),
            row("category", "1..*", by=(("pattern", "$this"),)),
            row("category:team", "1..1", must=True, **concept(systems.CARE_TEAM_KIND, systems.PLAN_TEAM)),
            row("name", must=True),
            row("subject", "1..1", of=("Patient",), must=True),
            row("participant", "1..*", must=True),
            row("participant.member", "1..1", must=True),
            row("participant.period", must=True),
            row("managingOrganization", must=True),
        ],
    )


def _relative() -> Json:
    wish = ("wish", systems.EXT_RELATIVE_WISH, "0..1", "Patientens önskan om den närstående")
    return profile(
        "pk-relative",
        "PkRelative",
        "RelatedPerson",
        title="Närstående",
        description="Somebody near the patient; what they may see and do stands in a Consent.",
        rows=[
            *extended(wish, _STATUS_REASON),
            row("active", must=True),
            row("patient", must=True),
            row(
                "relationship",
                "1..*",
                must=True,
                binding=("extensible", canonical("ValueSet", "pk-relationship")),
            ),
            row("name", "1..*", must=True),
            row("telecom", must=True),
            row("period", must=True),
        ],
    )


def _patient() -> Json:
    return profile(
        "pk-patient",
        "PkPatient",
        "Patient",
        base=structure("SEBasePatient"),
        title="Patient",
        description="A patient with a contract, by HL7 Sweden's base profile.",
        rows=[
            row("identifier", "1..*"),
            row("active", must=True),
            row("name", must=True),
            row("telecom", must=True),
            row("birthDate", must=True),
            row("communication", must=True),
        ],
    )


def _practitioner() -> Json:
    return profile(
        "pk-practitioner",
        "PkPractitioner",
        "Practitioner",
        base=structure("SEBasePractitioner"),
        title="Medarbetare",
        description="A member of staff, by HL7 Sweden's base profile.",
        rows=[row("identifier", "1..*"), row("name", "1..1", must=True)],
    )


def _practitioner_role() -> Json:
    return profile(
        "pk-practitioner-role",
        "PkPractitionerRole",
        "PractitionerRole",
        base=structure("SEBasePractitionerRole"),
        title="Medarbetare på en enhet",
        description="A member of staff at a unit, by HL7 Sweden's base profile.",
        rows=[
            row("practitioner", must=True),
            row("organization", "1..1", must=True),
            row("code", must=True),
            row("telecom", must=True),
            row("availableTime", must=True),
        ],
    )


def _organization() -> Json:
    return profile(
        "pk-organization",
        "PkOrganization",
        "Organization",
        base=structure("SEBaseOrganization"),
        title="Vårdgivare, omsorgsgivare eller enhet",
        description="A provider or one of its units, by HL7 Sweden's base profile.",
        rows=[
            *extended(
                ("principal", systems.EXT_PRINCIPAL, "0..1", "Huvudman"),
                ("unitKind", systems.EXT_UNIT_KIND, "0..1", "Enhetens art"),
            ),
            row("identifier", "1..*"),
            row("name", "1..1", must=True),
            row("telecom", must=True),
            row("partOf", must=True),
        ],
    )
