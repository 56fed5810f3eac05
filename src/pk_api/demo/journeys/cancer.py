"""Journey (b): breast cancer, with a contact nurse and Min vårdplan."""

from typing import Final

from pk_api.demo.build.actions import Action, Assessed, Time
from pk_api.demo.build.case import Journey, Part, Rows
from pk_api.demo.build.facts import Card, Illness, Story
from pk_api.demo.build.persons import CHILD, Relative, Subject
from pk_api.demo.build.plans import CONTACT_NURSE, NAMED_CONTACT, Aim, Contact, Contract, Plan, Team, Wish
from pk_api.demo.people import CANCER_PATIENT

_NURSE = "cancer-nurse"


_CLINIC: Final[Rows] = (
    Subject(CANCER_PATIENT, phone="070-1740610"),
    Relative("daughter", "Malin", "Provberg", CHILD, phone="070-1740611", since=-60),
    Illness("condition", "Bröstcancer, opererad", since=-75),
    Contract(
        "Birgitta får cellgifter och sedan strålning efter sin operation. Kontaktsjuksköterskan håller "
        "ihop behandlingen.",
        by="oncology",
        contact=_NURSE,
        indications=("long-term",),
        start=-60,
    ),
    Team(by="oncology", since={"oncology": -60, "primary-care": -40}, also=("daughter",)),
    Contact(
        "contact-nurse",
        _NURSE,
        CONTACT_NURSE,
        since=-60,
        purposes=("questions", "worse", "medicines", "admin"),
        note="Feber över 38 grader under behandlingen: ring genast, dygnet runt.",
    ),
    Card(
        "my-care-plan-card",
        "Min vårdplan",
        "https://minvardplan.example/birgitta",
        by=_NURSE,
        unit="oncology",
        on=-58,
    ),
    Plan(
        "my-care-plan",
        "min-vardplan-cancer",
        "Min vårdplan",
        "Behandlingens steg, råd om biverkningar, rehabilitering och vem du ringer.",
        by="oncology",
        contact=_NURSE,
        start=-58,
        goals=("treatment", "strength"),
        addresses=("Condition/condition",),
        about=("DocumentReference/my-care-plan-card",),
        link="https://minvardplan.example/birgitta",
    ),
)


_ACTIONS: Final[Rows] = (
    Wish("choir", "Jag vill kunna sjunga i kören även under behandlingen.", told=-58),
    Wish("know", "Jag vill alltid veta vad som är nästa steg.", told=-58),
    Story(
        "resources",
        "resources",
        "Jag har en dotter i närheten och goda vänner i kören som ställer upp.",
        told=-58,
    ),
    Aim(
        "treatment",
        "Genomföra alla sex behandlingar med så få biverkningar som möjligt",
        start=-58,
        due=60,
        agreed=(_NURSE,),
    ),
    Aim(
        "strength",
        "Behålla styrkan: promenad varje dag",
        start=-58,
        due=60,
        agreed=(_NURSE,),
        of=("choir",),
    ),
    Action(
        "diary",
        "Skriv upp feber, illamående och trötthet i dagboken efter varje behandling.",
        asked_by=_NURSE,
        written=-56,
        due=12,
        state="in-progress",
        plan="my-care-plan",
        turn_to="contact-nurse",
        side="patient",
    ),
    Action(
        "self-injection",
        "Ta spruta mot låga vita blodkroppar dagen efter varje behandling.",
        side="patient",
        kind="egenvard",
        owner="patient",
        asked_by=_NURSE,
        written=-56,
        due=9,
        plan="my-care-plan",
        goals=("treatment",),
        turn_to="contact-nurse",
        assessed=Assessed(_NURSE, on=-56, helper="Dottern", follow_up=-20, reassess=30),
    ),
    Action(
        "rehabilitation-talk",
        "Samtal om rehabilitering och återgång i arbete",
        side="care",
        owner=_NURSE,
        asked_by=_NURSE,
        written=-20,
        due=30,
        plan="my-care-plan",
    ),
    Action(
        "radiotherapy",
        "Planera strålbehandlingen och kalla till första tiden.",
        side="care",
        kind="book-time",
        owner="oncology",
        asked_by="cancer-doctor",
        written=-20,
        due=55,
        when="Om cirka två månader",
    ),
)


_PRIMARY: Final[Rows] = (
    Contact("contact-primary", "primary-coordinator", NAMED_CONTACT, since=-40),
    Action(
        "blood-tests",
        "Ta blodprov på vårdcentralen två dagar före varje behandling.",
        side="care",
        owner="primary-care",
        asked_by="primary-coordinator",
        written=-39,
        due=6,
        state="in-progress",
    ),
)


_TIMES: Final[Rows] = (
    Time(
        "treatment-3",
        "Behandling 3 av 6",
        day=-13,
        clock="08:30",
        minutes=180,
        who=(_NURSE,),
        place="oncology",
        state="fulfilled",
        booked=-40,
    ),
    Time(
        "treatment-4",
        "Behandling 4 av 6",
        day=8,
        clock="08:30",
        minutes=180,
        who=(_NURSE,),
        place="oncology",
        may=("rebook", "message"),
        instruction="Ät frukost hemma och ta med något att läsa. Dottern är välkommen.",
    ),
    Time(
        "doctor-video",
        "Videosamtal med läkaren om fortsatt behandling",
        day=22,
        clock="15:00",
        minutes=30,
        who=("cancer-doctor",),
        place=None,
        form="video",
        how="patient-selfbooked",
    ),
)


CANCER: Final = Journey(
    "cancer",
    (
        Part("system-hospital", "Onkologkliniken öppnar patientkontraktet", (*_CLINIC, *_ACTIONS)),
        Part("system-primary", "Vårdcentralen blir en del av teamet", _PRIMARY),
        Part("system-booking", "Tidboken lägger in behandlingstiderna", _TIMES),
    ),
)
