"""Journey (a): stroke, from the stroke unit over discharge to primary care and municipality.

With a SIP, and the rehabilitation plan of the pathway "Stroke och TIA – fortsatt vård och rehabilitering".
What happens after discharge stands in `stroke_home`.
"""

from typing import Final

from pk_api.demo.build.actions import Action, Referral
from pk_api.demo.build.case import Journey, Part, Rows
from pk_api.demo.build.facts import Illness, Stay, Story
from pk_api.demo.build.persons import SPOUSE, Access, Relative, Subject
from pk_api.demo.build.plans import NAMED_CONTACT, Aim, Contact, Contract, Plan, Team, Wish
from pk_api.demo.journeys.stroke_home import MUNICIPALITY, PRIMARY, TIMES
from pk_api.demo.people import STROKE_PATIENT, WIFE

_NURSE, _PHYSIO = "stroke-nurse", "stroke-physiotherapist"


_PERSON: Final[Rows] = (
    Subject(STROKE_PATIENT, phone="070-1740605"),
    Relative(
        "wife",
        "Ingrid",
        "Exempelsson",
        SPOUSE,
        phone="070-1740606",
        since=-40,
        number=WIFE,
        wish="Ingrid ska gärna vara med på möten och får veta när jag har tider.",
    ),
    Access(
        "wife-access",
        holder="wife",
        role=SPOUSE,
        parts=("appointments", "actions"),
        since=-30,
        by="stroke-unit",
    ),
    Stay("stay", "Vård på strokeenhet", at="stroke-unit", start=-40, end=-26),
    Illness("condition", "Stroke (hjärninfarkt) med svaghet i höger sida", since=-40, stay="stay"),
)


_FRAME: Final[Rows] = (
    Contract(
        "Sven har haft en stroke och ska hem till sin fru. Sjukhuset, vårdcentralen och kommunen "
        "planerar tillsammans med honom.",
        by="stroke-unit",
        contact=_NURSE,
        indications=("complex", "long-term"),
        start=-30,
        about=("Encounter/stay",),
        directions=(
            (
                "worse",
                "stroke-unit",
                "Ring 112 om du plötsligt får svårt att tala eller blir svag i ena sidan.",
            ),
        ),
    ),
    Team(
        by="stroke-unit",
        since={"stroke-unit": -30, "primary-care": -28, "municipal-health-care": -27, "home-care": -27},
        also=("wife",),
    ),
    Contact(
        "contact-ward",
        _NURSE,
        NAMED_CONTACT,
        since=-38,
        until=60,
        purposes=("questions", "worse"),
        note="Ring vardagar om du undrar över något från tiden på sjukhuset.",
    ),
)


_WISHES: Final[Rows] = (
    Wish("shop", "Jag vill kunna gå till affären själv.", told=-29),
    Wish("grandchildren", "Jag vill orka vara med barnbarnen en hel eftermiddag.", told=-29),
    Wish(
        "worry-alone",
        "Vi hoppas att någon ringer oss, så att vi slipper leta efter rätt nummer.",
        told=-28,
        by="wife",
        kind="expectation",
    ),
    Story(
        "story",
        "story",
        "Jag har arbetat som snickare och är van att klara mig själv. Högra handen lyder inte som förr "
        "och jag blir fort trött.",
        told=-29,
    ),
    Story("worry", "worry", "Jag är rädd för att få en stroke till.", told=-29),
    Story("coordination-wish", "coordination-wish", "Jag vill att ni talar med varandra.", told=-29),
    Story(
        "relatives-wish",
        "relatives-wish",
        "Ingrid får vara med på alla möten. Barnen informerar jag själv.",
        told=-29,
    ),
)


_REHABILITATION: Final[Rows] = (
    Aim("walk", "Gå 500 meter utomhus med rollator", start=-27, due=45, agreed=(_PHYSIO,), of=("shop",)),
    Aim(
        "hand",
        "Kunna äta och skriva med höger hand",
        start=-27,
        due=90,
        agreed=(_PHYSIO,),
        achievement="improving",
    ),
    Plan(
        "rehabilitation",
        "rehabiliteringsplan",
        "Rehabiliteringsplan efter stroke",
        "Enligt vårdförloppet Stroke och TIA – fortsatt vård och rehabilitering. Träning av gång, balans "
        "och högerhand. Strukturerad uppföljning tre månader efter insjuknandet.",
        by="stroke-unit",
        contact=_PHYSIO,
        start=-27,
        until=180,
        goals=("walk", "hand"),
        addresses=("Condition/condition",),
    ),
    Action(
        "exercise",
        "Gör träningsprogrammet för ben och hand varje dag.",
        asked_by=_PHYSIO,
        written=-27,
        state="in-progress",
        plan="rehabilitation",
        goals=("walk", "hand"),
        when="Varje dag",
        turn_to="contact-ward",
        side="patient",
    ),
    Action(
        "discharge-talk",
        "Gå igenom utskrivningen, läkemedlen och vem man ringer tillsammans med Sven och Ingrid.",
        side="care",
        owner=_NURSE,
        asked_by=_NURSE,
        written=-28,
        due=-26,
        state="completed",
    ),
    Action(
        "call-home",
        "Ring hem och fråga hur första veckorna har gått.",
        side="care",
        owner=_NURSE,
        asked_by=_NURSE,
        written=-27,
        due=-12,
        state="completed",
    ),
    Action(
        "three-month-check",
        "Strukturerad uppföljning efter stroke på strokemottagningen",
        side="care",
        owner="stroke-unit",
        asked_by=_NURSE,
        written=-27,
        due=52,
        when="Om cirka tre månader efter insjuknandet",
        plan="rehabilitation",
        turn_to="contact-ward",
    ),
    Referral(
        "referral",
        "Övertagande av medicinsk uppföljning: blodtryck, blodförtunnande behandling och blodfetter",
        by=_NURSE,
        to="primary-care",
        on=-27,
    ),
)


STROKE: Final = Journey(
    "stroke",
    (
        Part(
            "system-hospital",
            "Strokeenheten öppnar patientkontraktet före utskrivning",
            (*_PERSON, *_FRAME, *_WISHES, *_REHABILITATION),
        ),
        Part(
            "system-primary",
            "Vårdcentralen tar över samordningen och gör en SIP",
            PRIMARY,
        ),
        Part("system-municipality", "Kommunen lägger in sina insatser", MUNICIPALITY),
        Part("system-booking", "Tidboken lägger in de överenskomna tiderna", TIMES),
    ),
)
