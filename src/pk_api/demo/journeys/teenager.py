"""Journey (g): a young patient who uses e-services alone; the guardian has no digital access."""

from typing import Final

from pk_api.demo.build.actions import Action, Time
from pk_api.demo.build.case import Journey, Part, Rows
from pk_api.demo.build.facts import Story
from pk_api.demo.build.persons import GUARDIAN, Relative, Subject
from pk_api.demo.build.plans import COORDINATING, Contact, Contract, Team, Wish
from pk_api.demo.people import TEENAGE_PATIENT, TEENAGERS_MOTHER

_CONTACT: Final = "habilitation-coordinator"

_ROWS: Final[Rows] = (
    Subject(TEENAGE_PATIENT, phone="070-1740660"),
    Relative(
        "mother", "Karin", "Exempelgren", GUARDIAN, phone="070-1740661", since=-300, number=TEENAGERS_MOTHER
    ),
    Contract(
        "Moa har en ryggmärgsskada och tar mer och mer hand om sin träning själv.",
        by="habilitation",
        contact=_CONTACT,
        indications=("long-term",),
        start=-60,
    ),
    Team(by="habilitation", since={"habilitation": -60}, also=("mother",)),
    Contact("contact", _CONTACT, COORDINATING, since=-60, purposes=("questions", "worse")),
    Wish("matters", "Jag vill kunna sova över hos kompisar utan att mamma ringer.", told=-60),
    Story(
        "voice",
        "child-voice",
        "Jag vill ha egna samtal, och bestämma själv vad mamma får veta.",
        told=-60,
        how="Samtal utan föräldern i rummet",
        note="Moa förstår sin situation väl. Hennes åsikt har fått avgöra.",
    ),
    Action(
        "exercise",
        "Gör sitt träningsprogram tre gånger i veckan.",
        side="patient",
        asked_by=_CONTACT,
        written=-55,
        state="in-progress",
    ),
    Action(
        "phone-call",
        "Ring Moa och fråga hur det går.",
        side="care",
        owner=_CONTACT,
        asked_by=_CONTACT,
        written=-55,
        due=10,
    ),
    Time(
        "visit", "Samtal om träning och skola", day=20, clock="15:00", minutes=45, who=(_CONTACT,), place=None
    ),
)

TEENAGER: Final = Journey(
    "teenager",
    (
        Part(
            "system-hospital",
            "Habiliteringen öppnar patientkontraktet med en ung patient",
            _ROWS,
        ),
    ),
)
