"""Journey (a) after discharge: primary care, municipality, and the times that were agreed on."""

from typing import Final

from pk_api.demo.build.actions import Action, ActorWished, Message, Outside, Time
from pk_api.demo.build.case import Rows
from pk_api.demo.build.facts import MedicationList
from pk_api.demo.build.persons import PlanConsent, Sharing
from pk_api.demo.build.plans import COORDINATING, HOME_CARE_CONTACT, NAMED_DOCTOR, Aim, Contact, Plan

_NURSE, _PHYSIO = "stroke-nurse", "stroke-physiotherapist"
_COORDINATOR, _MUNICIPAL_NURSE = "primary-coordinator", "municipal-nurse"


_PRIMARY_CONTACTS: Final[Rows] = (
    Contact(
        "contact-coordinator",
        _COORDINATOR,
        COORDINATING,
        since=-24,
        purposes=("questions", "worse", "admin"),
        note="Ring Petra i första hand. Hon vet vem som gör vad.",
    ),
    Contact("contact-doctor", "primary-doctor", NAMED_DOCTOR, since=-24, purposes=("medicines",)),
)


_SIP: Final[Rows] = (
    Sharing(
        "sip-consent",
        by="primary-care",
        receivers=("stroke-unit", "primary-care", "municipal-health-care", "home-care"),
        since=-24,
    ),
    Plan(
        "sip",
        "sip",
        "Samordnad individuell plan (SIP)",
        "Regionen har det övergripande ansvaret. Vårdcentralen svarar för medicinsk uppföljning, "
        "kommunens hemsjukvård för hjälpmedel och läkemedelsdosett, hemtjänsten för hjälp i vardagen. "
        "Ingrid följer med på promenader. Planen följs upp om två månader.",
        by="primary-care",
        contact=_COORDINATOR,
        start=-20,
        goals=("home",),
        about=("Consent/sip-consent",),
        lead="region",
        follow_up=40,
    ),
    PlanConsent("sip-wanted", plan="sip", by="primary-care", since=-24),
    Aim(
        "home",
        "Bo kvar hemma och klara morgonen med hjälp av hemtjänsten",
        start=-20,
        due=70,
        agreed=(_COORDINATOR,),
    ),
)


_PRIMARY_ACTIONS: Final[Rows] = (
    Action(
        "blood-pressure",
        "Kontrollera blodtrycket och ändra dosen om det behövs.",
        side="care",
        owner=_COORDINATOR,
        asked_by=_COORDINATOR,
        written=-20,
        due=12,
        plan="sip",
        turn_to="contact-coordinator",
    ),
    Action(
        "measure",
        "Mät blodtrycket hemma morgon och kväll och skriv upp värdena.",
        asked_by=_COORDINATOR,
        written=-20,
        due=9,
        state="in-progress",
        turn_to="contact-coordinator",
        side="patient",
    ),
    Action(
        "call-if-worse",
        "Ring 112 direkt vid nya tecken på stroke: ansikte, kropp, uttal – tid är avgörande.",
        asked_by=_COORDINATOR,
        written=-20,
        when="Vid nya symtom",
        side="patient",
    ),
    Action(
        "companion",
        "Ring Sven varje vecka och ta med honom till träffarna för den som har haft stroke.",
        side="other",
        outside=Outside("Eva Ek, stödperson", "070-1740619", _COORDINATOR, -16, name="Strokeföreningen"),
        asked_by=_COORDINATOR,
        written=-18,
        due=20,
        turn_to="contact-coordinator",
    ),
    Action(
        "medicines",
        "Gå igenom alla läkemedel tillsammans med Sven och Ingrid.",
        side="care",
        owner="primary-doctor",
        asked_by=_COORDINATOR,
        written=-20,
        due=26,
        turn_to="contact-doctor",
    ),
    MedicationList(
        "medication-list",
        "https://journal.example.org/lakemedelslista/stroke",
        by="primary-care",
        on=-20,
    ),
    Message(
        "message-welcome",
        "Hej Sven! Jag heter Petra och samordnar din vård från och med nu. Ring eller skriv när du vill.",
        sender=_COORDINATOR,
        recipient="patient",
        sent=-23,
        clock="13:20",
    ),
    Message(
        "message-thanks",
        "Tack, det känns tryggt. Kan Ingrid följa med på besöket?",
        sender="patient",
        recipient=_COORDINATOR,
        sent=-22,
        clock="08:45",
    ),
)


MUNICIPALITY: Final[Rows] = (
    Contact(
        "contact-home-care",
        "home-care-contact",
        HOME_CARE_CONTACT,
        since=-19,
        purposes=("questions", "admin"),
    ),
    ActorWished(
        "wish-speech-therapist",
        "Sven söker fortfarande ord. Kan en logoped kopplas in?",
        by="municipal-nurse",
        asked=_COORDINATOR,
        on=-2,
    ),
    Plan(
        "home-care",
        "genomforandeplan",
        "Genomförandeplan för hemtjänst",
        "Hjälp med dusch tisdagar och fredagar, och sällskap vid frukosten de första veckorna.",
        by="home-care",
        contact="home-care-contact",
        start=-19,
        goals=("home",),
    ),
    Action(
        "shower",
        "Hjälp med dusch tisdag och fredag förmiddag",
        side="municipality",
        owner="home-care",
        asked_by="home-care-contact",
        written=-19,
        state="in-progress",
        plan="home-care",
        turn_to="contact-home-care",
    ),
    Action(
        "aids",
        "Prova ut badbräda och griptång och se över trösklarna hemma.",
        side="municipality",
        owner="municipal-therapist",
        asked_by=_MUNICIPAL_NURSE,
        written=-19,
        due=7,
        state="in-progress",
        plan="sip",
    ),
    Action(
        "medicine-box",
        "Dela läkemedel i dosett varannan vecka.",
        side="municipality",
        owner=_MUNICIPAL_NURSE,
        asked_by=_MUNICIPAL_NURSE,
        written=-19,
        state="in-progress",
        plan="sip",
    ),
    Action(
        "walk-together",
        "Följ med på en promenad varje dag tills Sven känner sig säker ute.",
        side="relative",
        owner="wife",
        asked_by=_MUNICIPAL_NURSE,
        written=-19,
        plan="sip",
        goals=("walk",),
    ),
    Time(
        "home-visit",
        "Arbetsterapeuten kommer hem med hjälpmedel",
        day=4,
        clock="10:30",
        minutes=60,
        who=("municipal-therapist",),
        place=None,
        form="home-visit",
        may=("cancel", "rebook", "message"),
    ),
)


TIMES: Final[Rows] = (
    Time(
        "sip-meeting",
        "SIP-möte på vårdcentralen",
        day=-20,
        clock="14:00",
        minutes=60,
        who=(_COORDINATOR, _MUNICIPAL_NURSE, "home-care-contact"),
        place="primary-care",
        form="meeting",
        state="fulfilled",
        booked=-23,
    ),
    Time(
        "blood-pressure-visit",
        "Blodtryckskontroll hos distriktssköterskan",
        day=10,
        clock="09:15",
        minutes=30,
        who=(_COORDINATOR,),
        place="primary-care",
        support=("Sjukresa med ledsagare", "Rum utan trösklar"),
        instruction="Ta med dina uppskrivna blodtrycksvärden.",
    ),
    Time(
        "stroke-follow-up",
        "Uppföljning tre månader efter stroke",
        day=50,
        clock="13:00",
        minutes=60,
        who=(_NURSE, _PHYSIO),
        place="stroke-unit",
        how="assigned",
        answer="needs-action",
    ),
)

PRIMARY: Final[Rows] = (*_PRIMARY_CONTACTS, *_SIP, *_PRIMARY_ACTIONS)
