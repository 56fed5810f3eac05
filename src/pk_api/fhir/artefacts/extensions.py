"""The product's own extensions: a row for each.

Sources: the data elements of a patientkontrakt that R4 has no element for; lag 2017:612 om samverkan vid
utskrivning (PkDischarge); names in `fhir.systems`.
"""

from collections.abc import Iterator
from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.action_extensions import OF_ACTIONS
from pk_api.fhir.artefacts.building import Json
from pk_api.fhir.artefacts.contact_extensions import OF_CONTACTS
from pk_api.fhir.artefacts.extension_rows import ExtensionRow, PartRow
from pk_api.fhir.versions.availability import LISTS, PARTS

_DAYS: Final = "http://hl7.org/fhir/ValueSet/days-of-week"


def _availability() -> Iterator[PartRow]:
    for name, pieces in PARTS.items():
        yield PartRow(name, "0..*", parts=tuple(_piece(*each) for each in pieces.items()))


def _piece(name: str, value: str) -> PartRow:
    kind = value.removeprefix("value")
    of = (kind if kind == "Period" else kind.lower(),)
    return PartRow(name, "0..*", of, _DAYS) if name in LISTS else PartRow(name, "0..1", of)


EXTENSIONS: Final = (
    ExtensionRow(
        systems.EXT_CONTRACT,
        "PkContractReference",
        "Patientkontrakt som resursen hör till",
        "The contract that a resource belongs to which has no element for it, such as a Goal.",
        ("DomainResource",),
        ("CarePlan",),
    ),
    ExtensionRow(
        systems.EXT_SIDE,
        "PkResponsibleSide",
        "Ansvarig part",
        "On whose side an agreed action is: the patient, care, the municipality, a relative or another.",
        ("Task", "PlanDefinition.action.participant"),
        ("code",),
        codes="pk-side",
    ),
    ExtensionRow(
        systems.EXT_INDICATION,
        "PkIndicationCode",
        "Skäl till patientkontraktet",
        "Why the contract is offered.",
        ("CarePlan", "Task"),
        ("code",),
        codes="pk-indication",
        most="*",
    ),
    ExtensionRow(
        systems.EXT_PRINCIPAL,
        "PkPrincipalCode",
        "Huvudman",
        "Who answers for the organisation.",
        ("Organization",),
        ("code",),
        codes="pk-principal",
    ),
    ExtensionRow(
        systems.EXT_UNIT_KIND,
        "PkUnitKindCode",
        "Enhetens art",
        "What the unit is in the sense of the act on shared documentation (lag 2022:913).",
        ("Organization",),
        ("code",),
        codes="pk-unit-kind",
    ),
    ExtensionRow(
        systems.EXT_REASON,
        "PkReason",
        "Skäl",
        "Why it is said: of an opening, a lifted block, an attested relation, a clarified attitude.",
        ("Consent",),
        ("string",),
    ),
    ExtensionRow(
        systems.EXT_TURN_TO,
        "PkTurnTo",
        "Vem man vänder sig till",
        "The named contact to turn to about an action.",
        ("Task",),
        ("CareTeam",),
    ),
    ExtensionRow(
        systems.EXT_AGREED_TIME,
        "PkAgreedTimeCode",
        "Hur tiden blev till",
        "Whether the time was chosen together, booked by the patient or assigned.",
        ("Appointment",),
        ("code",),
        codes="pk-agreed-time",
    ),
    ExtensionRow(
        systems.EXT_MAY_CANCEL,
        "PkMayCancel",
        "Får avbokas av patienten",
        "Whether the patient may cancel the time; where it is not said, it is not allowed.",
        ("Appointment",),
        ("boolean",),
    ),
    ExtensionRow(
        systems.EXT_MAY_REBOOK,
        "PkMayRebook",
        "Får bokas om av patienten",
        "Whether the patient may choose another time; where it is not said, it is not allowed.",
        ("Appointment",),
        ("boolean",),
    ),
    ExtensionRow(
        systems.EXT_MAY_MESSAGE,
        "PkMayMessage",
        "Får lämna meddelande",
        "Whether the patient may send a message about the time; where it is not said, it is not allowed.",
        ("Appointment",),
        ("boolean",),
    ),
    ExtensionRow(
        systems.EXT_INVITATION,
        "PkInvitation",
        "Kallelse",
        "Whether the time is one that care called the patient to.",
        ("Appointment",),
        ("boolean",),
    ),
    ExtensionRow(
        systems.EXT_CONTACT_FOR,
        "PkContactFor",
        "Vad kontakten är till för",
        "What to turn to the named contact for.",
        ("CareTeam",),
        ("code",),
        codes="pk-contact-purpose",
        most="*",
    ),
    ExtensionRow(
        systems.EXT_HOURS,
        "PkHours",
        "När kontakten nås",
        "When the named contact is reached, or by one of its ways, in words.",
        ("CareTeam", "ContactPoint"),
        ("string",),
    ),
    ExtensionRow(
        systems.EXT_WHEN_TEXT,
        "PkWhenText",
        "När, i ord",
        "An uncertain time in words, such as a follow-up in about three months.",
        ("Task",),
        ("string",),
    ),
    ExtensionRow(
        systems.EXT_SUPPORT,
        "PkSupport",
        "Särskilt stöd vid besöket",
        "Special support before or at the visit: an interpreter, transport, help with moving.",
        ("Appointment",),
        ("string",),
        most="*",
    ),
    ExtensionRow(
        systems.EXT_PLAN_LINK,
        "PkPlanLink",
        "Var planen finns",
        "On a plan that is an index card: where the plan itself is read.",
        ("CarePlan",),
        ("url",),
    ),
    ExtensionRow(
        systems.EXT_LEAD_PRINCIPAL,
        "PkLeadPrincipal",
        "Huvudman med det övergripande ansvaret",
        "The one principal, region or municipality, that answers for a coordinated individual plan (SIP).",
        ("CarePlan",),
        ("Organization",),
    ),
    ExtensionRow(
        systems.EXT_FOLLOW_UP,
        "PkFollowUpDate",
        "När planen följs upp",
        "The day by which the plan is followed up.",
        ("CarePlan",),
        ("date",),
    ),
    ExtensionRow(
        systems.EXT_STATUS_REASON,
        "PkStatusReason",
        "Varför det är så",
        "Why a plan, a contact, a relative's part or an answer to a goal is as it is.",
        ("CarePlan", "CareTeam", "RelatedPerson", systems.EXT_GOAL_ACCEPTANCE),
        ("string",),
    ),
    ExtensionRow(
        systems.EXT_REVISION,
        "PkRevision",
        "Revision av patientkontraktet",
        "The revision of the contract that a document tells of.",
        ("DocumentReference",),
        ("positiveInt",),
    ),
    ExtensionRow(
        systems.EXT_ACTING_AS,
        "PkActingAs",
        "I egenskap av",
        "On a reference to a person where R4 takes no role or organisation: what the person answers for.",
        ("Reference",),
        ("PractitionerRole", "Organization"),
    ),
    ExtensionRow(
        systems.EXT_RELATIVE_WISH,
        "PkRelativeWish",
        "Patientens önskan om den närstående",
        "What the patient wishes of this relative's part.",
        ("RelatedPerson",),
        ("string",),
    ),
    ExtensionRow(
        systems.EXT_AGREEMENT_NUMBER,
        "PkAgreementNumber",
        "Överenskommelsens nummer",
        "Which proposal of the contract is agreed to.",
        ("Provenance",),
        ("positiveInt",),
    ),
    ExtensionRow(
        systems.EXT_AGREEMENT_HASH,
        "PkAgreementHash",
        "Kontrollsumma över det som omfattas",
        "SHA-256 over the canonical form of what the acceptance covers.",
        ("Provenance",),
        ("string",),
    ),
    ExtensionRow(
        systems.EXT_AGREEMENT_MEANS,
        "PkAgreementMeansCode",
        "Hur svaret gavs",
        "By which means the party accepted.",
        ("Provenance",),
        ("code",),
        codes="pk-agreement-means",
    ),
    ExtensionRow(
        systems.EXT_NOT_ALL_SHOWN,
        "PkNotAllShown",
        "Allt visades inte",
        "That the contract held something which was not shown to the party.",
        ("Provenance",),
        ("boolean",),
    ),
    ExtensionRow(
        systems.EXT_AVAILABILITY,
        "PkAvailability",
        "När kontaktvägen är öppen",
        "When a way of contact is open: the parts of Availability, a data type of FHIR R5.",
        ("ContactPoint",),
        parts=tuple(_availability()),
    ),
    ExtensionRow(
        systems.EXT_HIDDEN,
        "PkHidden",
        "Varför uppgiften är dold",
        "Why it is hidden from the patient or a guardian, by whom, and until when.",
        ("Meta",),
        parts=(
            PartRow("reason", "1..1", ("string",)),
            PartRow("author", "1..1", ("Practitioner", "PractitionerRole", "Organization")),
            PartRow("review", "1..1", ("date",)),
        ),
    ),
    ExtensionRow(
        systems.EXT_READ,
        "PkRead",
        "Läst",
        "Who has read a message, and when.",
        ("Communication",),
        parts=(
            PartRow("individual", "1..1", ("Patient", "Practitioner", "RelatedPerson")),
            PartRow("on", "1..1", ("dateTime",)),
        ),
        most="*",
    ),
    ExtensionRow(
        systems.EXT_DISCHARGE,
        "PkDischarge",
        "Inför utskrivning",
        "Who is needed after discharge, assessed when; when it is expected; since when the patient is ready; "
        "on a notice also what the unit is that is told.",
        ("Encounter", "Communication"),
        parts=(
            PartRow("assessed", "0..1", ("dateTime",)),
            PartRow("principal", "0..*", ("code",), "pk-principal"),
            PartRow("expected", "0..1", ("date",)),
            PartRow("compulsory", "0..1", ("code",), "pk-compulsory-care"),
            PartRow("ready", "0..1", ("dateTime",)),
            PartRow("recipient", "0..1", ("code",), "pk-principal"),
        ),
    ),
)


def extensions() -> Iterator[Json]:
    """Yield the StructureDefinitions of all extensions."""
    for each in (*EXTENSIONS, *OF_CONTACTS, *OF_ACTIONS):
        yield each.resource()
