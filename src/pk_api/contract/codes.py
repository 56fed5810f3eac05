"""The codes of the contract and what they are called in Swedish and English.

Sources: KV Typ av fast kontakt (1.2.752.129.5.1.69), RIV TypeOfCarePlanEnum, the annex of statutory plans
in the regional guideline for patientkontrakt, HL7 v3-RoleCode, HL7 goal-achievement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pk_api.fhir import systems


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a system, with its Swedish and English name."""

    system: str
    code: str
    sv: str
    en: str

    def name(self, language: str) -> str:
        """Return the name in `sv` or `en`."""
        return self.en if language == "en" else self.sv


@dataclass(frozen=True, slots=True)
class PlanKind(Code):
    """A kind of plan: its national type and the statutes that ask for it."""

    national: str | None = None
    statutes: tuple[str, ...] = ()


def _rows(system: str, *rows: tuple[str, str, str]) -> Mapping[str, Code]:
    return MappingProxyType({code: Code(system, code, sv, en) for code, sv, en in rows})


def _plans(system: str, *rows: tuple[str, str, str, str | None, tuple[str, ...]]) -> dict[str, PlanKind]:
    return {row[0]: PlanKind(system, *row) for row in rows}


GOAL_KINDS: Final = _rows(
    systems.GOAL_KIND,
    ("what-matters", "Vad är viktigt för mig", "What matters to me"),
    ("goal", "Mål", "Goal"),
    ("expectation", "Förväntning", "Expectation"),
)

ACHIEVEMENTS: Final = _rows(
    systems.GOAL_ACHIEVEMENT,
    ("in-progress", "Pågår", "In progress"),
    ("improving", "Förbättras", "Improving"),
    ("worsening", "Försämras", "Worsening"),
    ("no-change", "Oförändrat", "No change"),
    ("achieved", "Uppnått", "Achieved"),
    ("sustaining", "Vidmakthålls", "Sustaining"),
    ("not-achieved", "Inte uppnått", "Not achieved"),
    ("no-progress", "Inga framsteg", "No progress"),
    ("not-attainable", "Går inte att uppnå", "Not attainable"),
)

ACTION_KINDS: Final = _rows(
    systems.TASK_KIND,
    ("own-action", "Det jag gör själv", "What I do myself"),
    ("care-action", "Det vården gör", "What care does"),
    ("egenvard", "Egenvård", "Self-care by assessment"),
    ("book-time", "Boka tid", "Book a time"),
    ("offer-contract", "Erbjudande om patientkontrakt", "Offer of a contract"),
    ("request-contact", "Önskan om fast vårdkontakt", "Wish for a named contact"),
    ("request-coordination", "Begäran om samordning", "Request for coordination"),
)

SIDES: Final = _rows(
    systems.SIDE,
    ("patient", "Patienten", "The patient"),
    ("care", "Vården", "Care"),
    ("municipality", "Kommunen", "The municipality"),
    ("relative", "Närstående", "A relative"),
    ("other", "Annan aktör", "Another actor"),
)

CONTACT_KINDS: Final = MappingProxyType(
    {
        "fast-vardkontakt": Code(systems.KV_FAST_KONTAKT, "1", "Fast vårdkontakt", "Named care contact"),
        "fast-lakarkontakt": Code(
            systems.KV_FAST_KONTAKT, "2", "Fast läkarkontakt i primärvård", "Named physician in primary care"
        ),
        "fast-omsorgskontakt": Code(
            systems.KV_FAST_KONTAKT, "3", "Fast omsorgskontakt i hemtjänsten", "Named contact in home care"
        ),
        "kontaktsjukskoterska": Code(
            systems.CONTACT_ROLE, "kontaktsjukskoterska", "Kontaktsjuksköterska", "Contact nurse"
        ),
        "vardsamordnare": Code(systems.CONTACT_ROLE, "vardsamordnare", "Vårdsamordnare", "Care coordinator"),
        "administrativ-kontakt": Code(
            systems.CONTACT_ROLE, "administrativ-kontakt", "Administrativ kontakt", "Administrative contact"
        ),
    }
)
COORDINATING: Final = Code(
    systems.KV_FAST_KONTAKT,
    "4",
    "Fast vårdkontakt med övergripande samordningsansvar",
    "Named care contact with overall coordination",
)

PURPOSES: Final = _rows(
    systems.CONTACT_PURPOSE,
    ("questions", "Frågor", "Questions"),
    ("worse", "Om jag blir sämre", "If I get worse"),
    ("admin", "Tider och intyg", "Times and certificates"),
    ("medicines", "Läkemedel", "Medicines"),
)

FORMS: Final = _rows(
    systems.FORM,
    ("visit", "Besök", "Visit"),
    ("home-visit", "Hembesök", "Home visit"),
    ("phone", "Telefon", "Phone"),
    ("video", "Video", "Video"),
    ("message", "Meddelande", "Message"),
    ("monitoring", "Egenmonitorering", "Self-monitoring"),
    ("meeting", "Samordningsmöte", "Coordination meeting"),
    ("other", "Annat", "Other"),
)

AGREED_HOW: Final = _rows(
    systems.EXT_AGREED_TIME,
    ("chosen-together", "Vald tillsammans", "Chosen together"),
    ("patient-selfbooked", "Bokad av patienten", "Booked by the patient"),
    ("assigned", "Tilldelad", "Assigned"),
    ("assigned-confirmed", "Tilldelad och bekräftad", "Assigned and confirmed"),
)

RELATIONS: Final = MappingProxyType(
    {
        **{
            name: Code(systems.ROLE_CODE, code, sv, en)
            for name, code, sv, en in (
                ("guardian", "GUARD", "Vårdnadshavare", "Guardian"),
                ("spouse", "SPS", "Make eller maka", "Spouse"),
                ("partner", "DOMPART", "Sambo", "Partner"),
                ("parent", "PRN", "Förälder", "Parent"),
                ("child", "CHILD", "Barn", "Child"),
                ("sibling", "SIB", "Syskon", "Sibling"),
                ("grandparent", "GRPRN", "Mor- eller farförälder", "Grandparent"),
                ("grandchild", "GRNDCHILD", "Barnbarn", "Grandchild"),
                ("friend", "FRND", "Vän", "Friend"),
                ("neighbour", "NBOR", "Granne", "Neighbour"),
            )
        },
        **_rows(
            systems.RELATION,
            ("god-man", "God man", "Appointed trustee"),
            ("forvaltare", "Förvaltare", "Appointed administrator"),
            ("framtidsfullmakt", "Framtidsfullmaktshavare", "Holder of a lasting power of attorney"),
            ("narstaende", "Närstående", "Next of kin"),
        ),
    }
)

INDICATIONS: Final = _rows(
    systems.INDICATION,
    ("long-term", "Längre insatser", "Long-term care"),
    ("complex", "Omfattande och komplexa behov", "Extensive and complex needs"),
    ("other-reason", "Andra skäl", "Other reasons"),
    ("patient-wish", "Eget önskemål", "The patient's own wish"),
)

_LPT, _LRV = "LPT 1991:1128", "LRV 1991:1129"

PLAN_KINDS: Final[Mapping[str, PlanKind]] = MappingProxyType(
    {
        **_plans(
            systems.PLAN_KIND,
            ("vardplan", "Vårdplan", "Care plan", "VP", ()),
            ("sip", "Samordnad individuell plan", "Coordinated individual plan", "SIP", ()),
            ("rehabiliteringsplan", "Rehabiliteringsplan", "Rehabilitation plan", "RP", ()),
            ("habiliteringsplan", "Habiliteringsplan", "Habilitation plan", "HP", ()),
            ("genomforandeplan", "Genomförandeplan", "Implementation plan", "GP", ()),
            ("min-vardplan-cancer", "Min vårdplan cancer", "My cancer care plan", None, ()),
            ("vardforlopp", "Vårdförloppsplan", "Plan of a care pathway", "SVP", ()),
            (
                "utskrivningsplan",
                "Samordnad plan vid utskrivning",
                "Coordinated plan at discharge",
                "SPU",
                (),
            ),
            ("annan-plan", "Annan plan", "Another plan", None, ()),
        ),
        **_plans(
            systems.STATUTORY_PLAN,
            (
                "behandlingsplan",
                "Behandlingsplan",
                "Treatment plan of social services",
                None,
                ("SOSFS 2014:5",),
            ),
            (
                "egenvardsplanering",
                "Dokumentation av planeringen",
                "Documented planning of self-care",
                None,
                ("SOSFS 2009:6",),
            ),
            (
                "individuell-plan-sip",
                "Individuell plan",
                "Individual plan",
                "SIP",
                ("HSL 2017:30", "Lag 2017:612", "Patientlag 2014:821"),
            ),
            (
                "individuell-plan-habrehab",
                "Individuell plan vid habilitering, rehabilitering och hjälpmedel",
                "Individual plan of habilitation, rehabilitation and aids",
                None,
                ("HSL 2017:30",),
            ),
            (
                "individuell-plan-smittskydd",
                "Individuell plan enligt smittskyddslagen",
                "Individual plan by the act on communicable diseases",
                None,
                ("Smittskyddslag 2004:168",),
            ),
            (
                "plan-habrehab-samordning",
                "Plan för samordning av habilitering och rehabilitering",
                "Plan for coordination of habilitation and rehabilitation",
                None,
                ("SOSFS 2007:10",),
            ),
            (
                "samordnad-vardplan-lptlrv",
                "Samordnad vårdplan",
                "Coordinated plan of psychiatric care",
                "SPLPTLRV",
                (_LPT, _LRV),
            ),
            (
                "vardplan-lptlrv",
                "Vårdplan vid psykiatrisk tvångsvård",
                "Plan of compulsory psychiatric care",
                "VP",
                (_LPT, _LRV, "Förordning 1991:1472", "SOSFS 2005:27"),
            ),
        ),
    }
)
