"""Identifier systems, code systems and extensions: Swedish, international and the product's own.

Sources: HL7 Sweden base profiles 1.1.0, Inera CareTeam guide 0.9, RIV-TA logistics 3.0, HL7 terminology.
"""

from typing import Final

BASE: Final = "https://patientkontrakt.org/fhir"
"""Canonical base of the product's own artefacts."""

PERSONNUMMER: Final = "http://electronichealth.se/identifier/personnummer"
SAMORDNINGSNUMMER: Final = "http://electronichealth.se/identifier/samordningsnummer"
NATIONELLT_RESERVNUMMER: Final = "http://electronichealth.se/identifier/nationelltReservnummer"
LMA_NUMMER: Final = "http://electronichealth.se/identifier/LMA-nummer"
HSA_ID: Final = "urn:oid:1.2.752.29.4.19"
ORGANISATIONSNUMMER: Final = "urn:oid:2.5.4.97"
LICENCE: Final = "urn:oid:1.2.752.116.3.1.1"
"""Legitimation: the licence of one of health care, as HOSP numbers it."""
OCCUPATION: Final = "urn:oid:1.2.752.116.3.1.3"
"""Licensed occupations of HOSP."""

KV_FAST_KONTAKT: Final = (
    "https://terminologitjansten.inera.se/inera-kodverksforvaltning/kodverk/kv_typ_av_fast_kontakt"
)
HSA_POSITION: Final = "urn:oid:1.2.752.129.2.2.1.4"

SYNONYMS: Final = {
    "urn:oid:1.2.752.129.2.1.3.1": PERSONNUMMER,
    "urn:oid:1.2.752.129.2.1.3.3": SAMORDNINGSNUMMER,
    "urn:oid:1.2.752.74.9.1": NATIONELLT_RESERVNUMMER,
    "urn:oid:1.2.752.129.2.1.4.1": HSA_ID,
    "urn:oid:1.2.752.129.5.1.69": KV_FAST_KONTAKT,
    "urn:oid:1.2.759.129.2.2.1.4": HSA_POSITION,
}
"""Other names of identifier and code systems, such as those of RIV-TA, and the one that FHIR uses first."""

PERSON_SYSTEMS: Final = frozenset({PERSONNUMMER, SAMORDNINGSNUMMER, NATIONELLT_RESERVNUMMER, LMA_NUMMER})
"""Identifier systems that name one person: unique among the patients of the service."""

LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
SECURITY_LABEL: Final = "http://hl7.se/fhir/ig/base/CodeSystem/SecurityLabel"
ROLE_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"

INERA_CARE_TEAM: Final = "https://fhir.inera.se/ig/careteam/CodeSystem/typ-av-careteam-cs"
FAST_KONTAKT: Final = "fast-kontakt"
RIV_PLAN_TYPE: Final = "urn:riv:clinicalprocess:logistics:logistics:enums:TypeOfCarePlanEnum:3"

PLAN_KIND: Final = f"{BASE}/CodeSystem/pk-plan-kind"
PATIENTKONTRAKT: Final = "patientkontrakt"
STATUTORY_PLAN: Final = f"{BASE}/CodeSystem/pk-statutory-plan"
GOAL_KIND: Final = f"{BASE}/CodeSystem/pk-goal-kind"
TASK_KIND: Final = f"{BASE}/CodeSystem/pk-task"
RESPONSIBLE_REASON: Final = f"{BASE}/CodeSystem/pk-responsible-reason"
WISH: Final = f"{BASE}/CodeSystem/pk-wish"
"""What a wish for a contact or an actor is about, and what came of it: types of Task.input and output."""
NOTICE: Final = f"{BASE}/CodeSystem/pk-notice"
"""What the hospital tells the units that receive the patient, as categories of Communication."""
COMPULSORY: Final = f"{BASE}/CodeSystem/pk-compulsory-care"
CHOICE: Final = f"{BASE}/CodeSystem/pk-choice"
"""What is told of a choice among alternatives: which was chosen, why another came to nothing."""
INTERVENTION: Final = f"{BASE}/CodeSystem/pk-intervention"
"""Kinds of interventions: health-promoting, preventive, treating, …"""
CARE_GUARANTEE: Final = f"{BASE}/CodeSystem/pk-care-guarantee"
"""Kinds of the care guarantee, and why days of it are not counted."""
RECONCILIATION: Final = f"{BASE}/CodeSystem/pk-reconciliation"
"""That plans have been gone through together, as the activity of a Provenance."""
SIDE: Final = f"{BASE}/CodeSystem/pk-side"
CARE_TEAM_KIND: Final = f"{BASE}/CodeSystem/pk-careteam"
PLAN_TEAM: Final = "plan-team"
CONTACT_ROLE: Final = f"{BASE}/CodeSystem/pk-contact-role"
CONTACT_PURPOSE: Final = f"{BASE}/CodeSystem/pk-contact-purpose"
RELATION: Final = f"{BASE}/CodeSystem/pk-relation"
CONSENT_KIND: Final = f"{BASE}/CodeSystem/pk-consent"
MANDATE: Final = f"{BASE}/CodeSystem/pk-mandate"
"""What a representative's mandate covers: person, rights, property."""
APP: Final = f"{BASE}/NamingSystem/pk-app"
"""Names of patients' apps, as their tokens bear them (`client_id`)."""
INDICATION: Final = f"{BASE}/CodeSystem/pk-indication"
PRINCIPAL: Final = f"{BASE}/CodeSystem/pk-principal"
UNIT_KIND: Final = f"{BASE}/CodeSystem/pk-unit-kind"
AGREED_TIME: Final = f"{BASE}/CodeSystem/pk-agreed-time"
INFORMATION_TYPE: Final = f"{BASE}/CodeSystem/pk-information-type"
SECURITY: Final = f"{BASE}/CodeSystem/pk-security"
FLAG: Final = f"{BASE}/CodeSystem/pk-flag"
SIP: Final = f"{BASE}/CodeSystem/pk-sip"
"""Whether a SIP is needed, and what has become of it."""
ADAPTATION: Final = f"{BASE}/CodeSystem/pk-adaptation"
"""How contacts are adapted to the patient: language, interpreter, easy read, aphasia and the like."""
AGREEMENT: Final = f"{BASE}/CodeSystem/pk-agreement"
AGREEMENT_GROUP: Final = f"{BASE}/NamingSystem/pk-agreement"
"""Proposals of an agreement: the contract's id and the proposal's number."""
AGREEMENT_MEANS: Final = f"{BASE}/CodeSystem/pk-agreement-means"
MILESTONE: Final = f"{BASE}/CodeSystem/pk-milestone"
"""In the tags of a contract: what this version is kept for."""
REVISION_REASON: Final = f"{BASE}/CodeSystem/pk-revision-reason"
"""Why a contract was revised, in `reason` of the Provenance of a revision."""
DOCUMENT: Final = f"{BASE}/CodeSystem/pk-document"
"""Kinds of documents of the contract, and their sections."""
ANSWER: Final = f"{BASE}/CodeSystem/pk-answer"
PROBLEM_KIND: Final = f"{BASE}/CodeSystem/pk-problem"
GROUP_CHARACTERISTIC: Final = f"{BASE}/CodeSystem/pk-group-characteristic"
CARE_TEAM: Final = "care-team"
"""Of a Group: its patients are those with an active care team in which valueReference takes part."""


def extension(name: str) -> str:
    """Return the canonical of one of the product's own extensions, such as `pk-contract`."""
    return f"{BASE}/StructureDefinition/{name}"


EXT_CONTRACT: Final = extension("pk-contract")
"""On a resource without an element for it (Goal): the contract it belongs to, valueReference(CarePlan)."""
EXT_SIDE: Final = extension("pk-responsible-side")
EXT_INDICATION: Final = extension("pk-indication")
EXT_PRINCIPAL: Final = extension("pk-principal")
EXT_UNIT_KIND: Final = extension("pk-unit-kind")
EXT_TURN_TO: Final = extension("pk-turn-to")
EXT_AGREED_TIME: Final = extension("pk-agreed-time")
EXT_MAY_CANCEL: Final = extension("pk-may-cancel")
EXT_MAY_REBOOK: Final = extension("pk-may-rebook")
EXT_MAY_MESSAGE: Final = extension("pk-may-message")
EXT_INVITATION: Final = extension("pk-invitation")
EXT_PERTAINS_TO_GOAL: Final = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"
EXT_GOAL_ACCEPTANCE: Final = "http://hl7.org/fhir/StructureDefinition/goal-acceptance"
EXT_CONTACT_FOR: Final = extension("pk-contact-for")
"""On a fast-kontakt CareTeam: what to turn to the contact for, valueCode of CONTACT_PURPOSE, repeated."""
EXT_HOURS: Final = extension("pk-hours")
"""On a fast-kontakt CareTeam or one of its ways of contact: when it is reached, in words, valueString."""
EXT_APPOINTED: Final = extension("pk-appointed")
"""On a fast-kontakt CareTeam: who appointed the contact (`by`), and when (`on`)."""
EXT_LIFE_THREATENING: Final = extension("pk-life-threatening")
"""On a fast-kontakt CareTeam: that the illness threatens the patient's life, valueBoolean."""
EXT_RESPONSIBLE: Final = extension("pk-responsible")
"""On a contract: the contact who is responsible for it, since when, and why."""
EXT_DIRECTION: Final = extension("pk-direction")
"""On a contract: whom the patient turns to for what (`purpose`, `to`), or what to do (`text`), repeated."""
EXT_AVAILABILITY: Final = extension("pk-availability")
"""On a ContactPoint: when it is open, in the parts of R5's Availability."""
EXT_WHEN_TEXT: Final = extension("pk-when-text")
"""On a Task: an uncertain time in words, valueString."""
EXT_SUPPORT: Final = extension("pk-support")
"""On an Appointment: special support before or at the visit, valueString, repeated."""
EXT_EGENVARD: Final = extension("pk-egenvard")
"""On a Task that is egenvård: who assessed it, when, who helps, when it is followed up and assessed anew."""
EXT_CARE_GUARANTEE: Final = extension("pk-care-guarantee")
"""On a Task or ServiceRequest: type, start and last day of the care guarantee, and the days not counted."""
EXT_OTHER_ACTOR: Final = extension("pk-other-actor")
"""On a Task of an actor outside care: whom to reach (`contact`, `telecom`), and its `answer` as told."""
EXT_INTERVENTION: Final = extension("pk-intervention")
"""On a Task: its kind of intervention, valueCode of INTERVENTION; a ServiceRequest has it as a category."""
EXT_MEASURED_UNDER: Final = extension("pk-measured-under")
"""On an Observation: the action that the patient measures under, valueReference(Task | ServiceRequest)."""
EXT_PLAN_LINK: Final = extension("pk-plan-link")
"""On a CarePlan that is an index card: where the plan itself is, valueUrl."""
EXT_LEAD_PRINCIPAL: Final = extension("pk-lead-principal")
"""On a SIP: the principal that answers for the whole, valueReference(Organization)."""
EXT_FOLLOW_UP: Final = extension("pk-follow-up-date")
"""On a plan: when it is followed up, valueDate."""
EXT_STATUS_REASON: Final = extension("pk-status-reason")
"""On a plan, a contact, a relative or an answer to a goal: why it is so, valueString."""
EXT_ACTING_AS: Final = extension("pk-acting-as")
"""On a Reference to a person: the role or organisation that the person answers for, valueReference."""
EXT_RELATIVE_WISH: Final = extension("pk-relative-wish")
"""On a RelatedPerson: what the patient wishes of this relative's part, valueString."""
EXT_REASON: Final = extension("pk-reason")
EXT_READ: Final = extension("pk-read")
"""On a Communication: who has read it (`individual`) and when (`on`), repeated."""
EXT_DISCHARGE: Final = extension("pk-discharge")
"""On an Encounter and on notices of it: who is needed after discharge, when it is expected, whether ready."""
EXT_HIDDEN: Final = extension("pk-hidden")
"""On the meta of what is hidden from the patient or a guardian: reason, author and review date."""
"""On a Consent of the product's own kinds: why, in words, valueString."""

EXT_AGREEMENT_NUMBER: Final = extension("pk-agreement-number")
EXT_AGREEMENT_HASH: Final = extension("pk-agreement-hash")
EXT_AGREEMENT_MEANS: Final = extension("pk-agreement-means")
EXT_REVISION: Final = extension("pk-revision")
"""On a DocumentReference: the revision of the contract that it documents, valuePositiveInt."""
EXT_NOT_ALL_SHOWN: Final = extension("pk-not-all-shown")
"""On an acceptance: the number of the proposal, a hash, how it was given, that not all was seen."""

FORM: Final = f"{BASE}/CodeSystem/pk-form"
"""Forms of contact: visit, phone, video, …"""
PART: Final = f"{BASE}/CodeSystem/pk-part"
"""Parts of a contract, as a relative's permissions name them."""
GOAL_ACHIEVEMENT: Final = "http://terminology.hl7.org/CodeSystem/goal-achievement"
ABSENT_REASON: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
NARRATIVE: Final = f"{BASE}/CodeSystem/pk-narrative"
"""Told in words: story, needs, knowledge, resources, abilities, worry, relatives-wish, child-voice."""
