"""Kinds of plans: the product's codes, the national ones, and which is which.

Sources: the annex of statutory plans in the regional guideline for patientkontrakt, RIV TypeOfCarePlanEnum 3.
"""

from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.term_tables import TermTable, own, terms

_LPT, _LRV = "LPT 1991:1128", "LRV 1991:1129"

OF_PLANS: Final = (
    own(
        systems.PLAN_KIND,
        "PkPlanKind",
        "Sorters planer",
        "Kinds of plans: the contract itself and plans under it.",
        ("patientkontrakt", "Patientkontrakt", "Patient contract"),
        ("vardplan", "Vårdplan", "Care plan"),
        ("sip", "Samordnad individuell plan", "Coordinated individual plan"),
        ("rehabiliteringsplan", "Rehabiliteringsplan", "Rehabilitation plan"),
        ("habiliteringsplan", "Habiliteringsplan", "Habilitation plan"),
        ("genomforandeplan", "Genomförandeplan", "Implementation plan"),
        ("min-vardplan-cancer", "Min vårdplan cancer", "My cancer care plan"),
        ("vardforlopp", "Vårdförloppsplan", "Plan of a care pathway"),
        ("utskrivningsplan", "Samordnad plan vid utskrivning", "Coordinated plan at discharge"),
        ("annan-plan", "Annan plan", "Another plan"),
    ),
    own(
        systems.STATUTORY_PLAN,
        "PkStatutoryPlan",
        "Planer enligt lag och föreskrift",
        "Plans that statutes ask for, with the statutes; several of those have been replaced since.",
        ("behandlingsplan", "Behandlingsplan", "Treatment plan of social services", "SOSFS 2014:5"),
        (
            "egenvardsplanering",
            "Dokumentation av planeringen",
            "Documented planning of self-care",
            "SOSFS 2009:6",
        ),
        (
            "individuell-plan-sip",
            "Individuell plan",
            "Individual plan",
            "HSL 2017:30",
            "Lag 2017:612",
            "Patientlag 2014:821",
        ),
        (
            "individuell-plan-habrehab",
            "Individuell plan vid habilitering, rehabilitering och hjälpmedel",
            "Individual plan of habilitation, rehabilitation and aids",
            "HSL 2017:30",
        ),
        (
            "individuell-plan-smittskydd",
            "Individuell plan enligt smittskyddslagen",
            "Individual plan by the act on communicable diseases",
            "Smittskyddslag 2004:168",
        ),
        (
            "plan-habrehab-samordning",
            "Plan för samordning av habilitering och rehabilitering",
            "Plan for coordination of habilitation and rehabilitation",
            "SOSFS 2007:10",
        ),
        (
            "samordnad-vardplan-lptlrv",
            "Samordnad vårdplan",
            "Coordinated plan of psychiatric care",
            _LPT,
            _LRV,
        ),
        (
            "vardplan-lptlrv",
            "Vårdplan vid psykiatrisk tvångsvård",
            "Plan of compulsory psychiatric care",
            _LPT,
            _LRV,
            "Förordning 1991:1472",
            "SOSFS 2005:27",
        ),
    ),
    own(
        systems.SIP,
        "PkSip",
        "Behov av samordnad individuell plan",
        "Whether a coordinated individual plan (SIP) is needed, and what has become of it.",
        ("need", "Behov av SIP", "Need of a SIP"),
        ("not-needed", "Behövs inte", "Not needed"),
        ("needed", "Behövs", "Needed"),
        ("called", "Kallad", "Called"),
        ("declined", "Patienten har tackat nej", "Declined by the patient"),
        ("meeting", "SIP-möte", "Meeting for a SIP"),
        ("caller", "Kallar till mötet", "Calls to the meeting"),
    ),
)
"""The product's own kinds of plans, and what becomes of the need of one."""

RIV_PLAN_TYPES: Final = TermTable(
    systems.RIV_PLAN_TYPE,
    "riv-type-of-care-plan",
    "TypeOfCarePlanEnum",
    "Typ av vård- och omsorgsplan (RIV)",
    "National plan types of the service contract GetCarePlans 2.0.",
    terms(
        (
            ("SIP", "Samordnad individuell plan", "Coordinated individual plan"),
            ("SPLPTLRV", "Samordnad plan enligt LPT och LRV", "Coordinated plan by LPT and LRV"),
            ("SPU", "Samordnad plan vid utskrivning", "Coordinated plan at discharge"),
            ("VP", "Vårdplan", "Care plan"),
            ("HP", "Habiliteringsplan", "Habilitation plan"),
            ("RP", "Rehabiliteringsplan", "Rehabilitation plan"),
            ("GP", "Genomförandeplan", "Implementation plan"),
            ("SVP", "Standardiserad vårdplan", "Standardised care plan"),
        )
    ),
    publisher="Inera AB",
)
"""National plan types of the service contract GetCarePlans 2.0."""

TO_NATIONAL: Final[tuple[tuple[str, str, str | None, str], ...]] = (
    (systems.PLAN_KIND, "patientkontrakt", None, "unmatched"),
    (systems.PLAN_KIND, "vardplan", "VP", "equivalent"),
    (systems.PLAN_KIND, "sip", "SIP", "equivalent"),
    (systems.PLAN_KIND, "rehabiliteringsplan", "RP", "equivalent"),
    (systems.PLAN_KIND, "habiliteringsplan", "HP", "equivalent"),
    (systems.PLAN_KIND, "genomforandeplan", "GP", "equivalent"),
    (systems.PLAN_KIND, "min-vardplan-cancer", None, "unmatched"),
    (systems.PLAN_KIND, "vardforlopp", "SVP", "relatedto"),
    (systems.PLAN_KIND, "utskrivningsplan", "SPU", "equivalent"),
    (systems.PLAN_KIND, "annan-plan", None, "unmatched"),
    (systems.STATUTORY_PLAN, "behandlingsplan", None, "unmatched"),
    (systems.STATUTORY_PLAN, "egenvardsplanering", None, "unmatched"),
    (systems.STATUTORY_PLAN, "individuell-plan-sip", "SIP", "equivalent"),
    (systems.STATUTORY_PLAN, "individuell-plan-habrehab", "HP", "narrower"),
    (systems.STATUTORY_PLAN, "individuell-plan-habrehab", "RP", "narrower"),
    (systems.STATUTORY_PLAN, "individuell-plan-smittskydd", None, "unmatched"),
    (systems.STATUTORY_PLAN, "plan-habrehab-samordning", "HP", "narrower"),
    (systems.STATUTORY_PLAN, "plan-habrehab-samordning", "RP", "narrower"),
    (systems.STATUTORY_PLAN, "samordnad-vardplan-lptlrv", "SPLPTLRV", "equivalent"),
    (systems.STATUTORY_PLAN, "vardplan-lptlrv", "VP", "wider"),
)
"""Code system, code, national plan type and how that relates to the code (wider: it means more).

A treatment plan of social services is no national Vårdplan: that one is health care's.
"""


def national_type(system: str, code: str) -> str | None:
    """Return the national type that a kind of plan has, None when it has none or several."""
    found = [target for at, kind, target, _ in TO_NATIONAL if (at, kind) == (system, code) and target]
    return found[0] if len(found) == 1 else None
