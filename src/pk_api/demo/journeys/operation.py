"""Journey (e): orthopaedics, a short contract around one operation; nearly everything in it is done."""

from typing import Final

from pk_api.demo.build.actions import Action, Time
from pk_api.demo.build.case import Journey, Part, Rows
from pk_api.demo.build.facts import OUTPATIENT, Illness, Stay
from pk_api.demo.build.persons import Sharing, Subject
from pk_api.demo.build.plans import NAMED_CONTACT, Aim, Contact, Contract, Plan, Team, Wish
from pk_api.demo.people import OPERATION_PATIENT

_NURSE, _SURGEON, _PHYSIO = "operation-nurse", "surgeon", "rehab-physiotherapist"


_CLINIC: Final[Rows] = (
    Subject(OPERATION_PATIENT, phone="070-1740640"),
    Illness("condition", "Korsbandsskada i vänster knä", since=-200),
    Stay(
        "stay",
        "Dagkirurgi: korsbandsoperation",
        at="orthopaedics",
        start=-60,
        end=-60,
        kind=OUTPATIENT,
    ),
    Contract(
        "Frida har opererat korsbandet i vänster knä. Kontraktet gäller till och med återbesöket.",
        by="orthopaedics",
        contact=_NURSE,
        indications=("patient-wish",),
        start=-90,
        about=("Encounter/stay",),
    ),
    Team(by="orthopaedics", since={"orthopaedics": -90, "private-rehab-unit": -62}),
    Sharing("rehab-consent", by="orthopaedics", receivers=("orthopaedics", "private-rehab-unit"), since=-62),
    Contact("contact-nurse", _NURSE, NAMED_CONTACT, since=-90, purposes=("questions", "worse")),
    Wish("football", "Jag vill spela fotboll igen nästa säsong.", told=-90),
    Aim(
        "bend",
        "Kunna böja knäet 90 grader",
        start=-90,
        due=-30,
        agreed=(_SURGEON,),
        achievement="achieved",
        state="completed",
    ),
    Plan(
        "operation",
        "vardplan",
        "Vårdplan inför och efter operationen",
        "Förberedelser, operation, kontroll av såret och överlämning till rehabilitering.",
        by="orthopaedics",
        contact=_NURSE,
        start=-90,
        until=-45,
        goals=("bend",),
        addresses=("Condition/condition",),
        state="completed",
    ),
)


_DONE: Final[Rows] = (
    Action(
        "shower",
        "Dubbelduscha kvällen före och morgonen före operationen.",
        asked_by=_NURSE,
        written=-85,
        due=-60,
        state="completed",
        plan="operation",
        side="patient",
    ),
    Action(
        "surgery",
        "Operera korsbandet.",
        side="care",
        owner=_SURGEON,
        asked_by=_NURSE,
        written=-85,
        due=-60,
        state="completed",
        plan="operation",
    ),
    Action(
        "stitches",
        "Ta bort stygnen och titta på såret.",
        side="care",
        owner=_NURSE,
        asked_by=_NURSE,
        written=-60,
        due=-46,
        state="completed",
        plan="operation",
    ),
    Time(
        "surgery-day",
        "Operation",
        day=-60,
        clock="07:00",
        minutes=360,
        who=(_SURGEON,),
        place="orthopaedics",
        state="fulfilled",
        booked=-85,
    ),
    Time(
        "return-visit",
        "Återbesök hos ortopeden",
        day=17,
        clock="11:20",
        minutes=20,
        who=(_SURGEON,),
        place="orthopaedics",
        booked=-46,
    ),
)


_REHAB: Final[Rows] = (
    Aim(
        "run",
        "Jogga två kilometer utan smärta",
        start=-45,
        due=60,
        agreed=(_PHYSIO,),
        of=("football",),
        achievement="improving",
    ),
    Plan(
        "rehabilitation",
        "rehabiliteringsplan",
        "Rehabiliteringsplan för knäet",
        "Styrka, balans och stegvis återgång till löpning.",
        by="private-rehab-unit",
        contact=_PHYSIO,
        start=-45,
        goals=("run",),
    ),
    Action(
        "strength",
        "Styrketräning för lår och höft tre gånger i veckan",
        asked_by=_PHYSIO,
        written=-45,
        due=14,
        state="in-progress",
        plan="rehabilitation",
        goals=("run",),
        side="patient",
    ),
    Action(
        "jump-test",
        "Hopptest innan löpträningen börjar",
        side="care",
        owner=_PHYSIO,
        asked_by=_PHYSIO,
        written=-45,
        due=21,
        plan="rehabilitation",
    ),
)


OPERATION: Final = Journey(
    "operation",
    (
        Part("system-hospital", "Ortopedkliniken gör ett kort patientkontrakt", (*_CLINIC, *_DONE)),
        Part("system-rehab", "Rehabmottagningen lägger in träningen", _REHAB),
    ),
)
