"""Journey (d): old-age psychiatry, with a god man, SIP, and open psychiatric care after LPT."""

from typing import Final

from pk_api.demo.build.actions import Action, Time
from pk_api.demo.build.case import Journey, Part, Rows
from pk_api.demo.build.facts import OUTPATIENT, Stay, Story
from pk_api.demo.build.persons import GOD_MAN, Disclosure, Mandate, PlanConsent, Relative, Sharing, Subject
from pk_api.demo.build.plans import (
    COORDINATING,
    HOME_CARE_CONTACT,
    NAMED_DOCTOR,
    Aim,
    Contact,
    Contract,
    Plan,
    Team,
    Wish,
)
from pk_api.demo.people import GOD_MAN as TRUSTEE
from pk_api.demo.people import PSYCHIATRY_PATIENT

_NURSE, _DOCTOR, _MUNICIPAL_NURSE = "psychiatry-nurse", "psychiatry-doctor", "municipal-nurse"


_PERSON: Final[Rows] = (
    Subject(PSYCHIATRY_PATIENT, phone="070-1740630"),
    Relative(
        "god-man",
        "Göran",
        "Provman",
        GOD_MAN,
        phone="070-1740631",
        since=-90,
        number=TRUSTEE,
        wish="Göran ska vara med när planerna ändras.",
    ),
    Mandate(
        "god-man-mandate",
        holder="god-man",
        role=GOD_MAN,
        law="Föräldrabalken 11 kap.: god man, bevaka rätt, förvalta egendom och sörja för person",
        since=-90,
        by="old-age-psychiatry",
        scopes=("person", "rights", "property"),
    ),
    Stay(
        "ward",
        "Sluten psykiatrisk tvångsvård enligt LPT (1991:1128)",
        at="old-age-psychiatry",
        start=-100,
        end=-50,
    ),
    Stay(
        "open-care",
        "Öppen psykiatrisk tvångsvård efter LPT (1991:1128)",
        at="old-age-psychiatry",
        start=-49,
        end=None,
        kind=OUTPATIENT,
    ),
)


_FRAME: Final[Rows] = (
    Contract(
        "Tolvan bor hemma med stöd. Psykiatrin, vårdcentralen och kommunen följer samma planer, och "
        "hans gode man är med.",
        by="old-age-psychiatry",
        contact=_NURSE,
        indications=("complex", "long-term"),
        start=-55,
        about=("Encounter/open-care",),
    ),
    Team(
        by="old-age-psychiatry",
        since={
            "old-age-psychiatry": -55,
            "primary-care": -52,
            "municipal-health-care": -52,
            "home-care": -52,
        },
        also=("god-man",),
    ),
    Contact(
        "contact-nurse",
        _NURSE,
        COORDINATING,
        since=-55,
        purposes=("questions", "worse", "medicines"),
        note="Nils ringer varje måndag. Ring tidigare om du sover dåligt två nätter i rad.",
    ),
    Wish("flat", "Jag vill bo kvar i min lägenhet med katten.", told=-54),
    Wish("calm", "Tolvan mår bäst när samma personer kommer hem till honom.", told=-54, by="god-man"),
    Story("abilities", "abilities", "Jag lagar min egen mat och spelar schack på träffpunkten.", told=-54),
)


_PLANS: Final[Rows] = (
    Aim(
        "stable",
        "Sova och äta regelbundet, så att tvångsvården kan upphöra",
        start=-50,
        due=40,
        agreed=(_NURSE, "god-man"),
    ),
    Plan(
        "coordinated",
        "samordnad-vardplan-lptlrv",
        "Samordnad vårdplan vid öppen psykiatrisk tvångsvård",
        "Villkor enligt domstolens beslut: kontakt med mottagningen varje vecka och läkemedel enligt "
        "ordination. Kommunen svarar för stöd i hemmet. Planen gäller så länge den öppna "
        "tvångsvården pågår.",
        by="old-age-psychiatry",
        contact=_DOCTOR,
        start=-52,
        goals=("stable",),
        about=("Encounter/open-care",),
    ),
    Sharing(
        "sip-consent",
        by="old-age-psychiatry",
        receivers=("old-age-psychiatry", "primary-care", "municipal-health-care", "home-care"),
        since=-50,
    ),
    Plan(
        "sip",
        "sip",
        "Samordnad individuell plan (SIP)",
        "Regionen har det övergripande ansvaret. Äldrepsykiatrin svarar för behandlingen, "
        "vårdcentralen för kroppslig hälsa, kommunen för läkemedel och stöd i hemmet. "
        "Planen följs upp var tredje månad.",
        by="old-age-psychiatry",
        contact=_NURSE,
        start=-48,
        goals=("stable",),
        about=("Consent/sip-consent",),
        lead="region",
        follow_up=42,
    ),
    PlanConsent("sip-wanted", plan="sip", by="old-age-psychiatry", since=-50),
)


_PSYCHIATRY_ACTIONS: Final[Rows] = (
    Action(
        "sleep-diary",
        "Skriv upp hur du har sovit, och visa Nils.",
        asked_by=_NURSE,
        written=-48,
        due=5,
        state="in-progress",
        goals=("stable",),
        turn_to="contact-nurse",
        side="patient",
    ),
    Action(
        "weekly-call",
        "Ring Tolvan varje måndag förmiddag.",
        side="care",
        owner=_NURSE,
        asked_by=_NURSE,
        written=-48,
        state="in-progress",
        plan="coordinated",
        turn_to="contact-nurse",
    ),
    Action(
        "review",
        "Ompröva behovet av öppen psykiatrisk tvångsvård.",
        side="care",
        owner=_DOCTOR,
        asked_by=_DOCTOR,
        written=-48,
        due=35,
        plan="coordinated",
    ),
    Action(
        "rent",
        "Se till att hyran betalas och att hemförsäkringen gäller.",
        side="other",
        owner="god-man",
        asked_by=_NURSE,
        written=-48,
        plan="sip",
        state="in-progress",
    ),
    Time(
        "doctor-visit",
        "Läkarbesök med Tolvan och hans gode man",
        day=13,
        clock="10:00",
        minutes=45,
        who=(_DOCTOR, _NURSE),
        place="old-age-psychiatry",
        may=("rebook",),
        support=("Samma rum som förra gången",),
    ),
    Time(
        "sip-follow-up",
        "Uppföljning av SIP",
        day=42,
        clock="13:00",
        minutes=60,
        who=(_NURSE, _MUNICIPAL_NURSE, "primary-coordinator"),
        place="old-age-psychiatry",
        form="meeting",
    ),
)


_MUNICIPALITY: Final[Rows] = (
    Contact("contact-home-care", "home-care-contact", HOME_CARE_CONTACT, since=-45),
    Action(
        "medicine",
        "Lämna läkemedel varje morgon.",
        side="municipality",
        owner=_MUNICIPAL_NURSE,
        asked_by=_MUNICIPAL_NURSE,
        written=-45,
        state="in-progress",
        plan="sip",
    ),
    Action(
        "shopping",
        "Handla tillsammans med Tolvan på torsdagar.",
        side="municipality",
        owner="home-care",
        asked_by="home-care-contact",
        written=-45,
        state="in-progress",
        plan="sip",
        turn_to="contact-home-care",
    ),
)


_PRIMARY: Final[Rows] = (
    Contact("contact-doctor", "primary-doctor", NAMED_DOCTOR, since=-45, purposes=("medicines",)),
    Action(
        "health-check",
        "Hälsokontroll med prover inför fortsatt läkemedelsbehandling",
        side="care",
        owner="primary-doctor",
        asked_by="primary-coordinator",
        written=-44,
        due=18,
        plan="sip",
    ),
)


_SOCIAL_SERVICES: Final[Rows] = (
    Disclosure(
        "social-services-consent",
        receivers=("social-services",),
        items=("Patient/patient", "CarePlan/sip"),
        since=-40,
        by="old-age-psychiatry",
    ),
    Action(
        "support-at-home",
        "Pröva Tolvans ansökan om boendestöd.",
        side="municipality",
        owner="social-services",
        asked_by=_NURSE,
        written=-40,
        due=12,
        plan="sip",
        state="requested",
        turn_to="contact-nurse",
    ),
)
"""What the other part of social services is asked, and all that it is told: item by item."""


PSYCHIATRY: Final = Journey(
    "psychiatry",
    (
        Part(
            "system-hospital",
            "Äldrepsykiatrin öppnar patientkontraktet och gör planerna",
            (*_PERSON, *_FRAME, *_PLANS, *_PSYCHIATRY_ACTIONS),
        ),
        Part("system-primary", "Vårdcentralen lägger in fast läkarkontakt och hälsokontroll", _PRIMARY),
        Part("system-municipality", "Kommunen lägger in sina insatser", _MUNICIPALITY),
        Part("system-hospital", "Tolvan låter socialtjänsten ta del av sin SIP", _SOCIAL_SERVICES),
    ),
)
