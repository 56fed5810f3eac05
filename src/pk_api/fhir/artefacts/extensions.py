"""The product's own extensions: a row for each.

Source: the data elements of a patientkontrakt that R4 has no element for; names in `fhir.systems`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.building import Json, canonical
from pk_api.fhir.artefacts.contact_extensions import extensions as contact_extensions
from pk_api.fhir.artefacts.discharge_extension import discharge
from pk_api.fhir.artefacts.structures import BY_URL, extension, part, row
from pk_api.fhir.versions.availability import LISTS, PARTS


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """An extension: the type of its value, a value set's id or targets, and where it may stand."""

    url: str
    name: str
    title: str
    description: str
    contexts: tuple[str, ...]
    value: str
    codes: str | None = None
    targets: tuple[str, ...] = ()
    most: str = "1"

    def resource(self) -> Json:
        """Return the StructureDefinition."""
        binding: Json = {"binding": ("required", canonical("ValueSet", self.codes))} if self.codes else {}
        return extension(
            self.url,
            self.name,
            title=self.title,
            description=self.description,
            contexts=self.contexts,
            value=row("value[x]", of=self.targets or (self.value,), **binding),
            most=self.most,
        )


EXTENSIONS: Final = (
    ExtensionRow(
        systems.EXT_CONTRACT,
        "PkContractReference",
        "Patientkontrakt som resursen hör till",
        "The contract that a resource belongs to which has no element for it, such as a Goal.",
        ("DomainResource",),
        "Reference",
        targets=("CarePlan",),
    ),
    ExtensionRow(
        systems.EXT_SIDE,
        "PkResponsibleSide",
        "Ansvarig part",
        "On whose side an agreed action is: the patient, care, the municipality, a relative or another.",
        ("Task", "PlanDefinition.action.participant"),
        "code",
        codes="pk-side",
    ),
    ExtensionRow(
        systems.EXT_INDICATION,
        "PkIndicationCode",
        "Skäl till patientkontraktet",
        "Why the contract is offered.",
        ("CarePlan", "Task"),
        "code",
        codes="pk-indication",
        most="*",
    ),
    ExtensionRow(
        systems.EXT_PRINCIPAL,
        "PkPrincipalCode",
        "Huvudman",
        "Who answers for the organisation.",
        ("Organization",),
        "code",
        codes="pk-principal",
    ),
    ExtensionRow(
        systems.EXT_UNIT_KIND,
        "PkUnitKindCode",
        "Enhetens art",
        "What the unit is in the sense of the act on shared documentation (lag 2022:913).",
        ("Organization",),
        "code",
        codes="pk-unit-kind",
    ),
    ExtensionRow(
        systems.EXT_REASON,
        "PkReason",
        "Skäl",
        "Why it is said: of an opening, a lifted block, an attested relation, a clarified attitude.",
        ("Consent",),
        "string",
    ),
    ExtensionRow(
        systems.EXT_TURN_TO,
        "PkTurnTo",
        "Vem man vänder sig till",
        "The named contact to turn to about an action.",
        ("Task",),
        "Reference",
        targets=("CareTeam",),
    ),
    ExtensionRow(
        systems.EXT_AGREED_TIME,
        "PkAgreedTimeCode",
        "Hur tiden blev till",
        "Whether the time was chosen together, booked by the patient or assigned.",
        ("Appointment",),
        "code",
        codes="pk-agreed-time",
    ),
    ExtensionRow(
        systems.EXT_MAY_CANCEL,
        "PkMayCancel",
        "Får avbokas av patienten",
        "Whether the patient may cancel the time; where it is not said, it is not allowed.",
        ("Appointment",),
        "boolean",
    ),
    ExtensionRow(
        systems.EXT_MAY_REBOOK,
        "PkMayRebook",
        "Får bokas om av patienten",
        "Whether the patient may choose another time; where it is not said, it is not allowed.",
        ("Appointment",),
        "boolean",
    ),
    ExtensionRow(
        systems.EXT_MAY_MESSAGE,
        "PkMayMessage",
        "Får lämna meddelande",
        "Whether the patient may send a message about the time; where it is not said, it is not allowed.",
        ("Appointment",),
        "boolean",
    ),
    ExtensionRow(
        systems.EXT_INVITATION,
        "PkInvitation",
        "Kallelse",
        "Whether the time is one that care called the patient to.",
        ("Appointment",),
        "boolean",
    ),
    ExtensionRow(
        systems.EXT_CONTACT_FOR,
        "PkContactFor",
        "Vad kontakten är till för",
        "What to turn to the named contact for.",
        ("CareTeam",),
        "code",
        codes="pk-contact-purpose",
        most="*",
    ),
    ExtensionRow(
        systems.EXT_HOURS,
        "PkHours",
        "När kontakten nås",
        "When the named contact is reached, or by one of its ways, in words.",
        ("CareTeam", "ContactPoint"),
        "string",
    ),
    ExtensionRow(
        systems.EXT_WHEN_TEXT,
        "PkWhenText",
        "När, i ord",
        "An uncertain time in words, such as a follow-up in about three months.",
        ("Task",),
        "string",
    ),
    ExtensionRow(
        systems.EXT_SUPPORT,
        "PkSupport",
        "Särskilt stöd vid besöket",
        "Special support before or at the visit: an interpreter, transport, help with moving.",
        ("Appointment",),
        "string",
        most="*",
    ),
    ExtensionRow(
        systems.EXT_PLAN_LINK,
        "PkPlanLink",
        "Var planen finns",
        "On a plan that is an index card: where the plan itself is read.",
        ("CarePlan",),
        "url",
    ),
    ExtensionRow(
        systems.EXT_LEAD_PRINCIPAL,
        "PkLeadPrincipal",
        "Huvudman med det övergripande ansvaret",
        "The one principal, region or municipality, that answers for a coordinated individual plan (SIP).",
        ("CarePlan",),
        "Reference",
        targets=("Organization",),
    ),
    ExtensionRow(
        systems.EXT_FOLLOW_UP,
        "PkFollowUpDate",
        "När planen följs upp",
        "The day by which the plan is followed up.",
        ("CarePlan",),
        "date",
    ),
    ExtensionRow(
        systems.EXT_STATUS_REASON,
        "PkStatusReason",
        "Varför det är så",
        "Why a plan, a contact, a relative's part or an answer to a goal is as it is.",
        ("CarePlan", "CareTeam", "RelatedPerson", systems.EXT_GOAL_ACCEPTANCE),
        "string",
    ),
    ExtensionRow(
        systems.EXT_REVISION,
        "PkRevision",
        "Revision av patientkontraktet",
        "The revision of the contract that a document tells of.",
        ("DocumentReference",),
        "positiveInt",
    ),
    ExtensionRow(
        systems.EXT_ACTING_AS,
        "PkActingAs",
        "I egenskap av",
        "On a reference to a person where R4 takes no role or organisation: what the person answers for.",
        ("Reference",),
        "Reference",
        targets=("PractitionerRole", "Organization"),
    ),
    ExtensionRow(
        systems.EXT_RELATIVE_WISH,
        "PkRelativeWish",
        "Patientens önskan om den närstående",
        "What the patient wishes of this relative's part.",
        ("RelatedPerson",),
        "string",
    ),
    ExtensionRow(
        systems.EXT_AGREEMENT_NUMBER,
        "PkAgreementNumber",
        "Överenskommelsens nummer",
        "Which proposal of the contract is agreed to.",
        ("Provenance",),
        "positiveInt",
    ),
    ExtensionRow(
        systems.EXT_AGREEMENT_HASH,
        "PkAgreementHash",
        "Kontrollsumma över det som omfattas",
        "SHA-256 over the canonical form of what the acceptance covers.",
        ("Provenance",),
        "string",
    ),
    ExtensionRow(
        systems.EXT_AGREEMENT_MEANS,
        "PkAgreementMeansCode",
        "Hur svaret gavs",
        "By which means the party accepted.",
        ("Provenance",),
        "code",
        codes="pk-agreement-means",
    ),
    ExtensionRow(
        systems.EXT_NOT_ALL_SHOWN,
        "PkNotAllShown",
        "Allt visades inte",
        "That the contract held something which was not shown to the party.",
        ("Provenance",),
        "boolean",
    ),
)


def extensions() -> Iterator[Json]:
    """Yield the StructureDefinitions of all extensions."""
    for each in EXTENSIONS:
        yield each.resource()
    yield _availability()
    yield _hidden()
    yield _read()
    yield discharge()
    yield from contact_extensions()


def _read() -> Json:
    return extension(
        systems.EXT_READ,
        "PkRead",
        title="Läst",
        description="Who has read a message, and when.",
        contexts=("Communication",),
        parts=[
            row("extension", by=BY_URL),
            *part("", "individual", "1..1", of=("Patient", "Practitioner", "RelatedPerson")),
            *part("", "on", "1..1", of=("dateTime",)),
        ],
        most="*",
    )


def _hidden() -> Json:
    authors = ("Practitioner", "PractitionerRole", "Organization")
    return extension(
        systems.EXT_HIDDEN,
        "PkHidden",
        title="Varför uppgiften är dold",
        description="Why it is hidden from the patient or a guardian, by whom, and until when.",
        contexts=("Meta",),
        parts=[
            row("extension", by=BY_URL),
            *part("", "reason", "1..1", of=("string",)),
            *part("", "author", "1..1", of=authors),
            *part("", "review", "1..1", of=("date",)),
        ],
    )


def _availability() -> Json:
    parts = [row("extension", by=BY_URL)]
    for name, pieces in PARTS.items():
        within = f"extension:{name}."
        inner = [
            each
            for piece, value in pieces.items()
            for each in part(within, piece, "0..*" if piece in LISTS else "0..1", **_typed(piece, value))
        ]
        parts += part("", name, "0..*", *inner)
    return extension(
        systems.EXT_AVAILABILITY,
        "PkAvailability",
        title="När kontaktvägen är öppen",
        description="When a way of contact is open: the parts of Availability, a data type of FHIR R5.",
        contexts=("ContactPoint",),
        parts=parts,
    )


def _typed(piece: str, value: str) -> Json:
    kind = value.removeprefix("value")
    days: Json = {"binding": ("required", "http://hl7.org/fhir/ValueSet/days-of-week")}
    return {"of": (kind if kind == "Period" else kind.lower(),)} | (days if piece in LISTS else {})
