"""The codes of the contract API and what they are called in Swedish and English.

The product's own and the national ones are those of `fhir.artefacts`; HL7's have their names here. Sources:
HL7 v3-RoleCode, HL7 goal-achievement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pk_api.fhir import systems
from pk_api.fhir.artefacts.plan_terms import national_type
from pk_api.fhir.artefacts.terms import table


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


def code_of(system: str, code: str) -> Code:
    """Return a code of the product's own or of a national system."""
    term = table(system).by_code[code]
    return Code(system, term.code, term.sv, term.en)


def _all(system: str) -> Mapping[str, Code]:
    return MappingProxyType({term.code: code_of(system, term.code) for term in table(system).terms})


def _plans(system: str) -> dict[str, PlanKind]:
    return {
        term.code: PlanKind(
            system, term.code, term.sv, term.en, national_type(system, term.code), term.statutes
        )
        for term in table(system).terms
        if term.code != systems.PATIENTKONTRAKT
    }


GOAL_KINDS: Final = _all(systems.GOAL_KIND)

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

ACTION_KINDS: Final = _all(systems.TASK_KIND)
SIDES: Final = _all(systems.SIDE)

CONTACT_KINDS: Final = MappingProxyType(
    {
        "fast-vardkontakt": code_of(systems.KV_FAST_KONTAKT, "1"),
        "fast-lakarkontakt": code_of(systems.KV_FAST_KONTAKT, "2"),
        "fast-omsorgskontakt": code_of(systems.KV_FAST_KONTAKT, "3"),
        **_all(systems.CONTACT_ROLE),
    }
)
COORDINATING: Final = code_of(systems.KV_FAST_KONTAKT, "4")

PURPOSES: Final = _all(systems.CONTACT_PURPOSE)
FORMS: Final = _all(systems.FORM)
AGREEMENT_MEANS: Final = _all(systems.AGREEMENT_MEANS)
AGREED_HOW: Final = _all(systems.AGREED_TIME)

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
        **_all(systems.RELATION),
    }
)

ABSENCES: Final = _rows(
    systems.ABSENT_REASON,
    ("not-asked", "Har inte tillfrågats", "Not asked"),
    ("asked-declined", "Har tillfrågats och avböjt", "Asked But Declined"),
    ("not-applicable", "Inte aktuellt", "Not Applicable"),
)
NOTE_KINDS: Final = _all(systems.NARRATIVE)

ADAPTATIONS: Final = _all(systems.ADAPTATION)

PLAN_KINDS: Final[Mapping[str, PlanKind]] = MappingProxyType(
    _plans(systems.PLAN_KIND) | _plans(systems.STATUTORY_PLAN)
)
