"""Journey (c): a child in habilitation, with two guardians and the child's own view."""

from typing import Final

from pk_api.demo.build.actions import Action, Outside, Time
from pk_api.demo.build.case import Journey, Part, Rows
from pk_api.demo.build.facts import Story
from pk_api.demo.build.persons import GUARDIAN, Mandate, Relative, Subject
from pk_api.demo.build.plans import COORDINATING, COORDINATOR, Aim, Contact, Contract, Plan, Team, Wish
from pk_api.demo.people import CHILD_PATIENT, FATHER, MOTHER

_COORDINATOR, _THERAPIST = "habilitation-coordinator", "habilitation-therapist"


_LAW = "Föräldrabalken 6 kap.: vårdnadshavare"

_FAMILY: Final[Rows] = (
    Subject(CHILD_PATIENT, phone="070-1740622"),
    Relative("mother", "Lisa", "Testlund", GUARDIAN, phone="070-1740620", since=-400, number=MOTHER),
    Mandate("mother-mandate", "mother", GUARDIAN, _LAW, since=-400, by="habilitation"),
    Relative("father", "Erik", "Testlund", GUARDIAN, phone="070-1740621", since=-400, number=FATHER),
    Mandate("father-mandate", "father", GUARDIAN, _LAW, since=-400, by="habilitation"),
)


_FRAME: Final[Rows] = (
    Contract(
        "Alma har en rörelsenedsättning. Habiliteringen, skolan och familjen drar åt samma håll.",
        by="habilitation",
        contact=_COORDINATOR,
        indications=("long-term", "complex"),
        start=-120,
    ),
    Team(by="habilitation", since={"habilitation": -120, "school": -100}, also=("mother", "father")),
    Contact(
        "contact-coordinator",
        _COORDINATOR,
        COORDINATING,
        since=-120,
        purposes=("questions", "worse", "admin"),
    ),
    Contact("contact-therapist", _THERAPIST, COORDINATOR, since=-120),
    Wish("swim", "Jag vill simma med min kompis.", told=-118),
    Wish("parents-wish", "Vi vill ha ett ställe att ringa, i stället för fem.", told=-118, by="mother"),
    Story(
        "voice",
        "child-voice",
        "Jag vill vara med när ni bestämmer. Jag vill inte missa idrotten för besök.",
        told=-118,
        how="Samtal med bilder, utan föräldrarna i rummet",
        note="Alma förstår frågorna väl. Hennes åsikt har vägt tungt när tiderna valdes.",
    ),
)


_HABILITATION: Final[Rows] = (
    Aim(
        "float",
        "Simma 10 meter på rygg",
        start=-110,
        due=150,
        agreed=(_THERAPIST, "mother", "father"),
        of=("swim",),
        achievement="improving",
    ),
    Plan(
        "habilitation",
        "habiliteringsplan",
        "Habiliteringsplan",
        "Bassängträning, arbetsterapi för handens finmotorik och råd till skolan.",
        by="habilitation",
        contact=_COORDINATOR,
        start=-110,
        until=250,
        goals=("float",),
    ),
    Action(
        "stretch",
        "Töj benen medan du ser på tv.",
        asked_by=_THERAPIST,
        written=-110,
        state="in-progress",
        plan="habilitation",
        goals=("float",),
        when="Varje kväll",
        side="patient",
    ),
    Action(
        "pool",
        "Bassängträning en gång i veckan",
        side="care",
        owner=_THERAPIST,
        asked_by=_COORDINATOR,
        written=-110,
        state="in-progress",
        plan="habilitation",
        goals=("float",),
        turn_to="contact-therapist",
    ),
    Action(
        "drive",
        "Kör till bassängen och hjälp till i omklädningsrummet.",
        side="relative",
        owner="father",
        asked_by=_COORDINATOR,
        written=-110,
        plan="habilitation",
    ),
    Action(
        "orthosis",
        "Prova ut en ny skena till höger fot.",
        side="care",
        owner="habilitation",
        asked_by=_THERAPIST,
        written=-15,
        due=20,
        plan="habilitation",
        turn_to="contact-coordinator",
    ),
    Time(
        "orthosis-visit",
        "Utprovning av skena",
        day=15,
        clock="15:30",
        minutes=45,
        who=(_THERAPIST,),
        place="habilitation",
        support=("Tid efter skolans slut", "Bildstöd"),
    ),
    Time(
        "plan-meeting",
        "Möte om habiliteringsplanen med Alma, föräldrar och skola",
        day=40,
        clock="14:30",
        minutes=60,
        who=(_COORDINATOR, _THERAPIST, "school-contact"),
        place="habilitation",
        form="meeting",
    ),
)


_TOLD: Final = Outside("David Moberg", "0980-319233", _COORDINATOR, -88)
_SCHOOL: Final[Rows] = (
    Action(
        "swimming-lesson",
        "Anpassa simundervisningen tillsammans med habiliteringen.",
        side="other",
        owner="school",
        asked_by=_COORDINATOR,
        written=-90,
        due=30,
        state="in-progress",
        outside=_TOLD,
        goals=("float",),
    ),
    Action(
        "writing-aid",
        "Låt Alma skriva på surfplatta när handen är trött.",
        side="other",
        owner="school",
        asked_by=_COORDINATOR,
        written=-90,
        state="in-progress",
        outside=_TOLD,
    ),
)


CHILD: Final = Journey(
    "child",
    (
        Part(
            "system-hospital",
            "Habiliteringen öppnar patientkontraktet med Alma och hennes föräldrar",
            (*_FAMILY, *_FRAME, *_HABILITATION),
        ),
        Part("system-hospital", "Habiliteringen ber skolan om det som de har kommit överens om", _SCHOOL),
    ),
)
