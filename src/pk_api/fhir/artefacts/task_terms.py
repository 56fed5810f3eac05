"""What Tasks of the contract are, and what care tells care on the way out of hospital.

Sources: the regional guideline for patientkontrakt; lag 2017:612 om samverkan vid utskrivning.
"""

from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.term_tables import own

OF_TASKS: Final = (
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
        ("connect-actor", "Önskan om att koppla in en aktör", "Wish to connect an actor"),
        ("wish-responsible", "Önskan om ansvarig kontakt", "Wish for who is responsible"),
        ("request-coordination", "Begäran om samordning", "Request for coordination"),
        ("lift-block", "Begäran om att häva en spärr", "Request to lift a block"),
        ("send-admission-notice", "Skicka inskrivningsmeddelande", "Send the admission notice"),
        ("name-contact", "Utse fast vårdkontakt", "Name a fast vårdkontakt"),
        ("call-to-sip", "Kalla till samordnad individuell planering", "Call to coordinated planning"),
        ("compulsory-care-plan", "Samordnad vårdplan enligt LPT eller LRV", "Plan of compulsory care"),
        ("transfer-information", "För över information vid utskrivning", "Transfer information"),
        ("reassess-goals", "Ompröva målen", "Reassess the goals"),
        ("revise-contract", "Se över patientkontraktet", "Revise the contract"),
    ),
    own(
        systems.WISH,
        "PkWish",
        "Vad en önskan gäller",
        "What a wish for a contact or an actor is about, and what came of it.",
        ("kind", "Sorts kontakt som önskas", "Kind of contact that is wished for"),
        ("contact", "Kontakten som utsågs", "The contact who was named"),
        ("responsible", "Kontakten som ska vara ansvarig", "The contact who is to be responsible"),
        (
            "actor",
            "Aktören som ska kopplas in, eller har kopplats in",
            "The actor to be connected, or that is",
        ),
    ),
    own(
        systems.RESPONSIBLE_REASON,
        "PkResponsibleReason",
        "Varför en kontakt är ansvarig",
        "Why one of several contacts is responsible for the contract.",
        ("patient-wish", "Patienten vill det", "The patient wishes it"),
        ("most-contact", "Mest kontakt och bäst kännedom", "Most contact and best knowledge"),
        ("primary-care", "Primärvården", "Primary care"),
        ("other", "Annat skäl", "Another reason"),
    ),
    own(
        systems.NOTICE,
        "PkNotice",
        "Meddelanden vid utskrivning",
        "What the hospital tells the units that receive the patient.",
        ("admission-notice", "Inskrivningsmeddelande", "Admission notice"),
        ("ready-for-discharge", "Utskrivningsklar", "Ready for discharge"),
        ("not-ready-for-discharge", "Inte längre utskrivningsklar", "No longer ready for discharge"),
        ("discharge-information", "Information vid utskrivning", "Information at discharge"),
    ),
    own(
        systems.DOCUMENT,
        "PkDocument",
        "Dokument",
        "Kinds of documents of the contract, and their sections.",
        ("discharge-summary", "Sammanfattning vid utskrivning", "Summary at discharge"),
        ("journal-entry", "Dokumenterat i journalen", "Documented in the journal"),
        ("care-given", "Vården du har fått", "The care that was given"),
        ("fast-contacts", "Fast vårdkontakt", "Named care contact"),
        ("sip-time", "Tid för samordnad individuell planering", "Time for coordinated planning"),
        ("plans", "Planer", "Plans"),
    ),
    own(
        systems.COMPULSORY,
        "PkCompulsoryCare",
        "Öppen tvångsvård efter utskrivning",
        "Compulsory care in the open that discharge leads to.",
        ("opt", "Öppen psykiatrisk tvångsvård", "Open compulsory psychiatric care"),
        ("orv", "Öppen rättspsykiatrisk vård", "Open forensic psychiatric care"),
    ),
)
