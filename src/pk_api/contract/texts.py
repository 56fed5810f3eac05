"""Sentences of the contract in Swedish and English: the notice, gaps, next steps, missing names."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["sv", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("sv", "en")

TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "title": ("Patientkontrakt", "Patient contract"),
        "not-legal": (
            "Ett patientkontrakt är en överenskommelse, inte ett juridiskt kontrakt.",
            "A patient contract is an agreement between patient and care, not a legal contract.",
        ),
        "at-home": ("Det jag gör hemma", "What I do at home"),
        "offer": ("Erbjudande om patientkontrakt", "Offer of a patient contract"),
        "wish.contact": ("Önskan om fast vårdkontakt", "Wish for a named contact"),
        "wish.actor": ("Önskan om att koppla in en aktör", "Wish to connect an actor"),
        "wish.responsible": ("Önskan om ansvarig kontakt", "Wish for who is responsible"),
        "wish": ("Önskan om patientkontrakt", "Wish for a patient contract"),
        "clock.care-guarantee": ("Håll vårdgarantin", "Keep the care guarantee"),
        "guarantee.due": (
            "Senast {day} enligt vårdgarantin.",
            "By {day} at the latest, by the care guarantee.",
        ),
        "guarantee.paused": (
            "Dagarna i vårdgarantin räknas inte just nu.",
            "The days of the care guarantee are not counted at present.",
        ),
        "clock.draft-contract": (
            "Gör ett utkast till patientkontrakt",
            "Make a draft of a patient contract",
        ),
        "clock.send-admission-notice": ("Skicka inskrivningsmeddelande", "Send the admission notice"),
        "clock.name-contact": ("Utse fast vårdkontakt", "Name a fast vårdkontakt"),
        "clock.call-to-sip": (
            "Kalla till samordnad individuell planering",
            "Call to coordinated individual planning",
        ),
        "clock.compulsory-care-plan": (
            "Gör samordnad vårdplan enligt LPT eller LRV",
            "Make the coordinated plan of compulsory care",
        ),
        "clock.transfer-information": (
            "För över information senast på utskrivningsdagen",
            "Transfer information no later than on the day of discharge",
        ),
        "clock.reassess-goals": ("Ompröva målen vid den nya kontakten", "Reassess the goals at this contact"),
        "clock.revise-contract": ("Se över patientkontraktet", "Revise the patient contract"),
        "wish.handover": ("Ta över samordningen av patientkontraktet", "Take over the coordination"),
        "agreement": ("Överenskommelse om patientkontraktet", "Agreement on the patient contract"),
        "said.accepted": ("Ja", "Yes"),
        "said.declined": ("Nej", "No"),
        "said.not-offered": ("Erbjuds inte", "Not offered"),
        "said.withdrawn": ("Återtaget", "Withdrawn"),
        "team": ("Teamet kring patienten", "The team around the patient"),
        "relative": ("Närstående", "A relative"),
        "care-staff": ("Vårdpersonal", "Care staff"),
        "patient": ("Patienten", "The patient"),
        "interpreter": ("Tolk behövs", "An interpreter is needed"),
        "language": ("Språk", "Language"),
        "next-appointment": ("Din nästa tid", "Your next appointment"),
        "answer-appointment": ("Svara på föreslagen tid", "Answer the proposed time"),
        "gap.no-what-matters": (
            "Det står inte vad som är viktigt för patienten.",
            "What matters to the patient is not written down.",
        ),
        "gap.no-child-voice": (
            "Det står inte vad barnet har sagt, eller varför barnet inte har hörts.",
            "What the child has said is not written down, nor why it was not heard.",
        ),
        "gap.no-goal": ("Det finns inget mål.", "There is no goal."),
        "gap.no-action": ("Ingen har något överenskommet att göra.", "Nobody has anything agreed to do."),
        "gap.overdue-goal": (
            "Tiden för ett mål har gått ut: bedöm det på nytt.",
            "A goal is past its time: assess it anew.",
        ),
        "gap.no-agreement": ("Ingen överenskommelse är gjord.", "There is no agreement."),
        "gap.changed-since-agreed": (
            "Något har ändrats sedan överenskommelsen.",
            "Something has changed since it was agreed.",
        ),
        "gap.contact-without-number": (
            "Det står inte hur en fast vårdkontakt nås.",
            "How to reach a named contact is not written down.",
        ),
        "gap.no-contact-if-worse": (
            "Det står inte vem patienten vänder sig till om det blir sämre.",
            "Whom the patient turns to if it gets worse is not written down.",
        ),
        "gap.no-sip": (
            "Både vården och kommunen gör något, men det finns ingen samordnad individuell plan.",
            "Both care and the municipality act, and there is no coordinated individual plan.",
        ),
        "gap.sip-not-called": (
            "En samordnad individuell plan behövs, och ingen har kallat till den.",
            "A coordinated individual plan is needed, and nobody has called to it.",
        ),
        "gap.sip-without-consent": (
            "Samtycket till en samordnad individuell plan gäller inte längre.",
            "The consent to a coordinated individual plan is no longer in force.",
        ),
        "gap.overdue-plan": ("Tiden för en plan har gått ut.", "A plan is past its time."),
        "gap.overdue-review": (
            "Kontraktet har inte ändrats på ett år: gå igenom det.",
            "The contract has not been changed for a year: look it through.",
        ),
        "gap.not-documented": (
            "Enheten har inte dokumenterat den gällande versionen i sin journal.",
            "The unit has not documented the version in force in its journal.",
        ),
        "gap.no-contact": ("Det finns ingen fast vårdkontakt.", "There is no named care contact."),
        "gap.unanswered-wish": (
            "En önskan om en kontakt eller aktör har inte fått svar.",
            "A wish for a contact or an actor has not been answered.",
        ),
        "gap.no-coordinating-contact": (
            "Samordning behövs eller önskas, och ingen fast vårdkontakt samordnar.",
            "Coordination is needed or wished for, and no named contact coordinates.",
        ),
        "gap.no-next-time": ("Det finns ingen nästa tid.", "There is no next time."),
        "gap.overdue-action": (
            "Tiden har gått ut för något som är överenskommet.",
            "An agreed action is overdue.",
        ),
        "gap.unanswered-action": (
            "Något som någon har bett om är inte besvarat.",
            "An action that was asked for has not been answered.",
        ),
    }
)


def text(key: str, language: str) -> str:
    """Return a sentence in `sv` or `en`."""
    swedish, english = TEXTS[key]
    return english if language == "en" else swedish
