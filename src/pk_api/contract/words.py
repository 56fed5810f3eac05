"""What items, fields, states and values are called in sentences, in Swedish and English: tables."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from pk_api.contract import codes
from pk_api.contract.codes import Code
from pk_api.fhir import systems
from pk_api.fhir.artefacts.terms import table


class Noun(NamedTuple):
    """An item as something new and as something known."""

    a: tuple[str, str]
    the: tuple[str, str]


def _noun(a_sv: str, the_sv: str, a_en: str, the_en: str) -> Noun:
    return Noun((a_sv, a_en), (the_sv, the_en))


NOUNS: Final[Mapping[str, Noun]] = MappingProxyType(
    {
        "contract": _noun("patientkontraktet", "patientkontraktet", "the contract", "the contract"),
        "patient": _noun("patienten", "patienten", "the patient", "the patient"),
        "whatMatters": _noun(
            "något som är viktigt", "det som är viktigt", "something that matters", "what matters"
        ),
        "goals": _noun("ett mål", "målet", "a goal", "the goal"),
        "actions": _noun("en åtgärd", "åtgärden", "an action", "the action"),
        "contacts": _noun("en fast kontakt", "kontakten", "a named contact", "the contact"),
        "appointments": _noun("en tid", "tiden", "a time", "the time"),
        "plans": _noun("en plan", "planen", "a plan", "the plan"),
        "relatives": _noun("en närstående", "den närstående", "a relative", "the relative"),
        "notes": _noun("något berättat", "det som är berättat", "something told", "what was told"),
        "medicines": _noun(
            "en hänvisning till läkemedel",
            "hänvisningen till läkemedel",
            "a reference to medicines",
            "the reference to medicines",
        ),
        "messages": _noun("ett meddelande", "meddelandet", "a message", "the message"),
        "team": _noun("någon i teamet", "deltagaren i teamet", "somebody to the team", "the team member"),
    }
)
"""Items by part."""

OTHERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "CarePlan": ("ett patientkontrakt", "a contract"),
        "Communication": ("ett meddelande", "a message"),
        "Composition": ("ett dokument", "a document"),
        "Condition": ("ett hälsotillstånd", "a condition"),
        "DocumentReference": ("ett dokument", "a document"),
        "Encounter": ("en vårdkontakt", "an encounter"),
        "Flag": ("något att uppmärksamma", "something to be aware of"),
        "Observation": ("en observation", "an observation"),
        "Patient": ("uppgifter om patienten", "data of the patient"),
        "Provenance": ("en uppgift om vem som står bakom", "a note of who stands behind"),
        "QuestionnaireResponse": ("svar på frågor", "answers to questions"),
        "Consent": ("ett samtycke eller en spärr", "a consent or a block"),
        "CareTeam": ("ett team", "a team"),
        "Task": ("en uppgift", "a task"),
    }
)
"""What no part shows, by FHIR type; any other is an entry."""
ENTRY: Final = ("en uppgift", "an entry")

TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "contacts": "name",
        "relatives": "name",
        "team": "name",
        "contract": "",
        "patient": "",
        "plans": "title",
        "medicines": "title",
        "messages": "topic",
    }
)
"""By which field an item is named in a sentence (`text` where nothing else is said)."""

STATES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "accepted": ("godtagen", "accepted"),
        "active": ("aktiv", "active"),
        "arrived": ("kommen", "arrived"),
        "booked": ("bokad", "booked"),
        "cancelled": ("inställd", "cancelled"),
        "checked-in": ("incheckad", "checked in"),
        "completed": ("avslutad", "completed"),
        "current": ("gällande", "current"),
        "declined": ("avböjd", "declined"),
        "draft": ("utkast", "draft"),
        "ended": ("avslutad", "ended"),
        "entered-in-error": ("felregistrerad", "entered in error"),
        "failed": ("misslyckad", "failed"),
        "fulfilled": ("genomförd", "fulfilled"),
        "in-progress": ("pågående", "in progress"),
        "inactive": ("inaktiv", "inactive"),
        "needs-action": ("väntar på svar", "awaiting an answer"),
        "noshow": ("uteblev", "not attended"),
        "on-hold": ("vilande", "on hold"),
        "pending": ("väntar på svar", "pending"),
        "planned": ("planerad", "planned"),
        "proposed": ("föreslagen", "proposed"),
        "ready": ("redo", "ready"),
        "received": ("mottagen", "received"),
        "rejected": ("avböjd", "declined"),
        "requested": ("begärd", "requested"),
        "revoked": ("upphävd", "revoked"),
        "tentative": ("preliminär", "tentative"),
        "told": ("berättad", "told"),
        "unknown": ("okänd", "unknown"),
        "waitlist": ("på väntelista", "on a waiting list"),
    }
)
"""States of items and answers to times."""


def _of(system: str) -> Mapping[str, Code]:
    return {term.code: codes.code_of(system, term.code) for term in table(system).terms}


_SIDES: Final = codes.SIDES
_PARTS: Final = _of(systems.PART)
VALUES: Final[Mapping[tuple[str, str], Mapping[str, Code]]] = MappingProxyType(
    {
        ("", "acceptedBy"): _SIDES,
        ("", "achievement"): codes.ACHIEVEMENTS,
        ("", "agreedHow"): codes.AGREED_HOW,
        ("", "declinedBy"): _SIDES,
        ("", "for"): codes.PURPOSES,
        ("", "form"): codes.FORMS,
        ("contract", "responsibleReason"): _of(systems.RESPONSIBLE_REASON),
        ("", "mayAct"): _PARTS,
        ("", "mayRead"): _PARTS,
        ("", "relation"): codes.RELATIONS,
        ("", "side"): _SIDES,
        ("", "toldBy"): _SIDES,
        ("actions", "intervention"): _of(systems.INTERVENTION),
        ("actions", "kind"): codes.ACTION_KINDS,
        ("contacts", "kind"): codes.CONTACT_KINDS,
        ("goals", "kind"): codes.GOAL_KINDS,
        ("medicines", "kind"): _of(systems.DOCUMENT),
        ("notes", "kind"): codes.NOTE_KINDS,
        ("plans", "kind"): codes.PLAN_KINDS,
    }
)
"""Codes by part ('' for any) and field."""

REFERRING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fromWhatMatters": "whatMatters",
        "choice": "actions",
        "chosen": "actions",
        "goals": "goals",
        "options": "actions",
        "partOf": "plans",
        "plan": "plans",
        "inReplyTo": "messages",
        "relative": "relatives",
        "responsible": "contacts",
        "turnTo": "contacts",
    }
)
"""Fields that hold ids of items, and the part of those."""

Pattern = tuple[tuple[str, str], tuple[str, str]]
"""With the one who did it and without, each in Swedish and English."""

SENTENCES: Final[Mapping[str, Pattern]] = MappingProxyType(
    {
        "added": (
            ("{who} lade till {a}{title}.", "{who} added {a}{title}."),
            ("{a}{title} lades till.", "{a}{title} was added."),
        ),
        "removed": (
            ("{who} tog bort {the}{title}.", "{who} removed {the}{title}."),
            ("{the}{title} togs bort.", "{the}{title} was removed."),
        ),
        "renamed": (
            (
                "{who} ändrade {the} från {before} till {after}.",
                "{who} changed {the} from {before} to {after}.",
            ),
            ("{the} ändrades från {before} till {after}.", "{the} was changed from {before} to {after}."),
        ),
        "moved": (
            (
                "{who} flyttade {the}{title} från {before} till {after}.",
                "{who} moved {the}{title} from {before} to {after}.",
            ),
            (
                "{the}{title} flyttades från {before} till {after}.",
                "{the}{title} was moved from {before} to {after}.",
            ),
        ),
        "set": (
            ("{who} angav {field} för {the}{title}: {after}.", "{who} set {field} of {the}{title}: {after}."),
            ("{field} för {the}{title} angavs: {after}.", "{field} of {the}{title} was set: {after}."),
        ),
        "unset": (
            (
                "{who} tog bort {field} för {the}{title}, som var {before}.",
                "{who} took away {field} of {the}{title}, which was {before}.",
            ),
            (
                "{field} för {the}{title} togs bort, som var {before}.",
                "{field} of {the}{title} was taken away, which was {before}.",
            ),
        ),
        "changed": (
            (
                "{who} ändrade {field} för {the}{title} från {before} till {after}.",
                "{who} changed {field} of {the}{title} from {before} to {after}.",
            ),
            (
                "{field} för {the}{title} ändrades från {before} till {after}.",
                "{field} of {the}{title} was changed from {before} to {after}.",
            ),
        ),
        "read": (
            ("{who} läste {the}{title}.", "{who} read {the}{title}."),
            ("{the}{title} lästes.", "{the}{title} was read."),
        ),
        "touched": (
            ("{who} ändrade {the}.", "{who} changed {the}."),
            ("{the} ändrades.", "{the} was changed."),
        ),
    }
)
"""Sentences by what happened."""

WHO: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "patient": ("Patienten", "The patient"),
        "proxy": ("Den som företräder patienten", "The patient's representative"),
        "app": ("Patienten, genom en app,", "The patient, through an app,"),
    }
)
"""Who did it, of those who are not told by name."""
PLACED: Final = (" hos {name}", " at {name}")
YES_NO: Final = {True: ("ja", "yes"), False: ("nej", "no")}
MONTHS: Final = (
    (
        *("januari", "februari", "mars", "april", "maj", "juni"),
        *("juli", "augusti", "september", "oktober", "november", "december"),
    ),
    (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
)
CLOCK: Final = ("{day} kl. {time}", "{day} at {time}")
QUOTED: Final = ("”{text}”", "“{text}”")
