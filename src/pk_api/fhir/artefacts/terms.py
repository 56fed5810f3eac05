"""The product's own codes, and the national ones that have no FHIR R4 package, in Swedish and English.

Sources: the regional guideline for patientkontrakt, KV Typ av fast kontakt (1.2.752.129.5.1.69), Inera's
CareTeam guide 0.9.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.plan_terms import OF_PLANS, RIV_PLAN_TYPES
from pk_api.fhir.artefacts.term_tables import Term, TermTable, own, terms
from pk_api.fhir.problems import PROBLEMS

OWN: Final = (
    *OF_PLANS,
    own(
        systems.GOAL_KIND,
        "PkGoalKind",
        "Sorters mål",
        "What a Goal of the contract holds.",
        ("what-matters", "Vad är viktigt för mig", "What matters to me"),
        ("goal", "Mål", "Goal"),
        ("expectation", "Förväntning", "Expectation"),
    ),
    own(
        systems.TASK_KIND,
        "PkTask",
        "Sorters åtgärder",
        "What a Task of the contract is.",
        ("own-action", "Det jag gör själv", "What I do myself"),
        ("care-action", "Det vården gör", "What care does"),
        ("egenvard", "Egenvård", "Self-care by assessment"),
        ("book-time", "Boka tid", "Book a time"),
        ("offer-contract", "Erbjudande om patientkontrakt", "Offer of a contract"),
        ("draft-contract", "Utkast till patientkontrakt", "Draft of a contract"),
        ("answer-agreement", "Svar på överenskommelse", "Answer to an agreement"),
        ("request-contact", "Önskan om fast vårdkontakt", "Wish for a named contact"),
        ("request-coordination", "Begäran om samordning", "Request for coordination"),
    ),
    own(
        systems.SIDE,
        "PkSide",
        "Parter",
        "On whose side an agreed action is.",
        ("patient", "Patienten", "The patient"),
        ("care", "Vården", "Care"),
        ("municipality", "Kommunen", "The municipality"),
        ("relative", "Närstående", "A relative"),
        ("other", "Annan aktör", "Another actor"),
    ),
    own(
        systems.CARE_TEAM_KIND,
        "PkCareTeam",
        "Sorters team",
        "Kinds of CareTeam beside those of Inera's guide.",
        ("plan-team", "Teamet kring patientkontraktet", "The team of the contract"),
    ),
    own(
        systems.CONTACT_ROLE,
        "PkContactRole",
        "Roller för kontakter",
        "Roles of named contacts that KV Typ av fast kontakt has no code for.",
        ("kontaktsjukskoterska", "Kontaktsjuksköterska", "Contact nurse"),
        ("vardsamordnare", "Vårdsamordnare", "Care coordinator"),
        ("administrativ-kontakt", "Administrativ kontakt", "Administrative contact"),
    ),
    own(
        systems.CONTACT_PURPOSE,
        "PkContactPurpose",
        "Vad en kontakt är till för",
        "What to turn to a named contact for.",
        ("questions", "Frågor", "Questions"),
        ("worse", "Om jag blir sämre", "If I get worse"),
        ("admin", "Tider och intyg", "Times and certificates"),
        ("medicines", "Läkemedel", "Medicines"),
    ),
    own(
        systems.RELATION,
        "PkRelation",
        "Relationer till patienten",
        "Relations to the patient that HL7's RoleCode has no code for.",
        ("god-man", "God man", "Appointed trustee"),
        ("forvaltare", "Förvaltare", "Appointed administrator"),
        ("framtidsfullmakt", "Framtidsfullmaktshavare", "Holder of a lasting power of attorney"),
        ("narstaende", "Närstående", "Next of kin"),
    ),
    own(
        systems.CONSENT_KIND,
        "PkConsent",
        "Sorters samtycken",
        "What a Consent of the contract is about.",
        ("relative-access", "Vad en närstående får se och göra", "What a relative may see and do"),
        ("mandate", "Ställföreträdares uppdrag", "Mandate of a representative"),
        ("sharing", "Samtycke till sammanhållen dokumentation", "Consent to shared documentation"),
        (
            "clarified-attitude",
            "Klarlagd inställning hos den som inte kan ta ställning",
            "Clarified attitude of one who cannot take a stand",
        ),
        ("emergency", "Nödöppning", "Emergency opening"),
        ("care-relation", "Intygad vårdrelation", "Attested care relation"),
        ("disclosure", "Samtycke till att uppgifter lämnas ut", "Consent to disclose items"),
        ("block-inner", "Inre spärr", "Inner block"),
        ("block-outer", "Yttre spärr", "Outer block"),
        ("emergency-lift", "Inre spärr hävd i nödläge", "Inner block lifted in an emergency"),
        ("block-lift", "Tillfälligt hävd spärr", "Block lifted for a time"),
        ("guardian-exception", "Vårdnadshavares läsning vid 13–15 år", "Guardian's reading at 13–15 years"),
        ("app-access", "Patientens tillåtelse till en app", "The patient's permission to an app"),
    ),
    own(
        systems.MANDATE,
        "PkMandate",
        "Vad ett uppdrag som ställföreträdare omfattar",
        "Scope of the mandate of a god man, a förvaltare or the holder of a lasting power of attorney.",
        ("person", "Sörja för person", "Provide for the person"),
        ("rights", "Bevaka rätt", "Protect rights"),
        ("property", "Förvalta egendom", "Manage property"),
    ),
    own(
        systems.INFORMATION_TYPE,
        "PkInformationType",
        "Informationstyper som en spärr kan undanta",
        "Information types that a block may leave out, in the national codes.",
        ("lak", "Läkemedel", "Medicines"),
        ("upp", "Uppmärksamhetsinformation", "Alert information"),
    ),
    own(
        systems.SECURITY,
        "PkSecurity",
        "Etiketter som begränsar läsning",
        "Security labels that bar some readers.",
        ("staff-only", "Bara för personal", "For staff only"),
        ("hidden-from-patient", "Dold för patienten", "Hidden from the patient"),
        ("hidden-from-guardian", "Dold för vårdnadshavare", "Hidden from guardians"),
    ),
    own(
        systems.INDICATION,
        "PkIndication",
        "Skäl till patientkontrakt",
        "Why a contract is offered.",
        ("long-term", "Längre insatser", "Long-term care"),
        ("complex", "Omfattande och komplexa behov", "Extensive and complex needs"),
        ("other-reason", "Andra skäl", "Other reasons"),
        ("patient-wish", "Eget önskemål", "The patient's own wish"),
    ),
    own(
        systems.PRINCIPAL,
        "PkPrincipal",
        "Huvudmän",
        "Who answers for an organisation.",
        ("region", "Region", "Region"),
        ("municipality", "Kommun", "Municipality"),
        ("private", "Privat", "Private"),
        ("other", "Annan", "Other"),
    ),
    own(
        systems.UNIT_KIND,
        "PkUnitKind",
        "Sorters enheter i lagens mening",
        "What a unit is in the act on shared documentation (lag 2022:913).",
        ("vardgivare", "Vårdgivare", "Health care provider"),
        ("omsorgsgivare", "Omsorgsgivare", "Provider of elder and disability care"),
        ("social-services", "Annan socialtjänst", "Other social services"),
        ("other-actor", "Annan aktör", "Another actor"),
    ),
    own(
        systems.FORM,
        "PkForm",
        "Former för kontakt",
        "How patient and care meet.",
        ("visit", "Besök", "Visit"),
        ("home-visit", "Hembesök", "Home visit"),
        ("phone", "Telefon", "Phone"),
        ("video", "Video", "Video"),
        ("message", "Meddelande", "Message"),
        ("monitoring", "Egenmonitorering", "Self-monitoring"),
        ("meeting", "Samordningsmöte", "Coordination meeting"),
        ("other", "Annat", "Other"),
    ),
    own(
        systems.AGREED_TIME,
        "PkAgreedTime",
        "Hur en tid blev till",
        "How a time came about.",
        ("chosen-together", "Vald tillsammans", "Chosen together"),
        ("patient-selfbooked", "Bokad av patienten", "Booked by the patient"),
        ("assigned", "Tilldelad", "Assigned"),
        ("assigned-confirmed", "Tilldelad och bekräftad", "Assigned and confirmed"),
    ),
    own(
        systems.PART,
        "PkPart",
        "Delar av patientkontraktet",
        "Parts of a contract, as a relative's permissions name them.",
        ("whatMatters", "Vad är viktigt för mig", "What matters to me"),
        ("goals", "Mål", "Goals"),
        ("actions", "Det vi har kommit överens om", "Agreed actions"),
        ("contacts", "Fasta kontakter", "Named contacts"),
        ("appointments", "Tider", "Times"),
        ("plans", "Planer", "Plans"),
        ("team", "Team", "Team"),
        ("relatives", "Närstående", "Relatives"),
        ("agreement", "Överenskommelse", "Agreement"),
    ),
    own(
        systems.NARRATIVE,
        "PkNarrative",
        "Det som är berättat",
        "What the patient or somebody near has told in words.",
        ("story", "Min berättelse", "My story"),
        ("needs", "Mina behov", "My needs"),
        ("knowledge", "Vad jag vet", "What I know"),
        ("resources", "Det som ger mig stöd", "What supports me"),
        ("abilities", "Det jag kan", "What I am able to do"),
        ("worry", "Min oro", "My worry"),
        ("relatives-wish", "Hur närstående ska vara med", "How relatives are to take part"),
        ("child-voice", "Barnets röst", "The child's voice"),
    ),
    own(
        systems.FLAG,
        "PkFlag",
        "Det som ska uppmärksammas",
        "What those around the patient are to be aware of.",
        ("child-as-relative", "Barn som anhörig", "Child as a relative"),
    ),
    own(
        systems.AGREEMENT,
        "PkAgreement",
        "Överenskommelser",
        "What the parties do with a version of the contract.",
        ("agreement", "Överenskommelse", "Agreement"),
    ),
    own(
        systems.ANSWER,
        "PkAnswer",
        "Svar på uppföljningsfrågor",
        "Answers to the follow-up questions.",
        ("yes", "Ja", "Yes"),
        ("no", "Nej", "No"),
        ("partly", "Delvis", "Partly"),
        ("dont-know", "Vet inte", "Don't know"),
    ),
    own(
        systems.GROUP_CHARACTERISTIC,
        "PkGroupCharacteristic",
        "Vad som förenar en grupp",
        "What the members of a Group have in common.",
        ("care-team", "Samma vårdteam", "The same care team"),
    ),
    TermTable(
        systems.PROBLEM_KIND,
        "pk-problem",
        "PkProblem",
        "Sorters problem",
        "Kinds of problems that the service tells, in OperationOutcome.issue.details.",
        tuple(Term(kind, row.title, row.title) for kind, row in PROBLEMS.items()),
    ),
)
"""The product's own code systems."""

NATIONAL: Final = (
    TermTable(
        systems.KV_FAST_KONTAKT,
        "kv-typ-av-fast-kontakt",
        "KvTypAvFastKontakt",
        "KV Typ av fast kontakt",
        "Kinds of named contacts, as Inera's CareTeam guide 0.9 has them.",
        terms(
            (
                ("1", "Fast vårdkontakt", "Named care contact"),
                ("2", "Fast läkarkontakt i primärvård", "Named physician in primary care"),
                ("3", "Fast omsorgskontakt i hemtjänsten", "Named contact in home care"),
                (
                    "4",
                    "Fast vårdkontakt med övergripande samordningsansvar",
                    "Named care contact with overall coordination",
                ),
            )
        ),
        publisher="Inera AB",
        oid="1.2.752.129.5.1.69",
    ),
    TermTable(
        systems.INERA_CARE_TEAM,
        "typ-av-careteam-cs",
        "TypAvCareTeam",
        "Typ av CareTeam",
        "Kinds of CareTeam in Inera's CareTeam guide 0.9.",
        terms((("fast-kontakt", "Fast kontakt", "Named contact"), ("team", "Team", "Team"))),
        publisher="Inera AB",
    ),
    RIV_PLAN_TYPES,
)
"""National code systems that no FHIR R4 package carries."""


def table(url: str) -> TermTable:
    """Return a code system by its canonical; KeyError when it is none of these."""
    return _BY_URL[url]


_BY_URL: Final[Mapping[str, TermTable]] = MappingProxyType({each.url: each for each in (*OWN, *NATIONAL)})
