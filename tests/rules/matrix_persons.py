"""The law on patients and those who act for them as a table: who, by what, sees and writes what.

Each row is a patient of its own with one of everything that the columns name. `x` is yes, `.` is no.
"""

from dataclasses import dataclass
from typing import Any, Final

from tests.rules.matrix import cells

_FB6, _PDL5 = "föräldrabalk 6 kap. 11 §", "PDL 5 kap. 5 §"
_FB11, _POWER = "föräldrabalk 11 och 12 kap.", "lag 2017:310"
_HFD = "HFD 2017 ref. 67"

NOW, ENDED = ("period", (-10, 10)), ("period", (-20, -10))
BAR, WITHDRAWN, BY_PATIENT = ("type", "deny"), ("status", "inactive"), ("by", "patient")
PERSON, RIGHTS, PROPERTY = ("scope", "person"), ("scope", "rights"), ("scope", "property")

READS: Final = (
    "who the patient is",
    "a note of care",
    "a time",
    "a named contact",
    "the patient's goal",
    "the patient's message",
    "a task for the patient",
    "a task for the one beside",
    "a note hidden from guardians",
    "a note hidden from the patient",
    "a block",
)
WRITES: Final = (
    "writes a goal for the patient",
    "answers the patient's task",
    "answers the task of the one beside",
    "consents to sharing",
    "blocks a unit",
    "lets an app in",
)


@dataclass(frozen=True)
class Party:
    """A row: its words and source, the patient's age, the rules that decide, and what is read and written.

    `role` is what the one who asks is to the patient: empty for the patient, `app` for an app; `kind` is that
    of a Consent about them, and `told` what it says.
    """

    name: str
    source: str
    age: int
    rules: str
    marks: tuple[str, str]
    role: str = ""
    kind: str = ""
    told: tuple[tuple[str, Any], ...] = ()

    @property
    def reads(self) -> list[bool]:
        return cells(self.marks[0])

    @property
    def writes(self) -> list[bool]:
        return cells(self.marks[1])


NOTHING: Final = (". . . . . . . . . . .", ". . . . . .")
ALL: Final = ("x x x x x x x x x . x", "x x . x x x")
#              who the patient is            writes a goal
#              . a note of care              . answers the patient's task
#              . . a time                    . . answers the own task
#              . . . a contact               . . . consents to sharing
#              . . . . the goal              . . . . blocks
#              . . . . . the message         . . . . . lets an app in
#              . . . . . . patient's task
#              . . . . . . . own task
#              . . . . . . . . from guardians
#              . . . . . . . . . from the patient
#              . . . . . . . . . . a block
SERVICES: Final = ("x . x x x x x . . . .", "x x . x x x")
GUARDS: Final = ("x x x x x x x x . . x", "x x x x . x")
SEES: Final = ("x x x x x x x x . . x", ". . . . . .")
STANDS_IN: Final = ("x x x x x x x x x . x", "x x x . . .")
RIGHTS_ALONE: Final = ("x . . x . . . . . . .", ". . . . . .")
RELATED: Final = (". . . . x . . x . . .", ". . x . . .")
BY_APP: Final = ("x x x x x x x x x . x", "x x . . . .")
YOUNG_APP: Final = ("x . x x x x x . . . .", "x x . . . .")

_EXCEPTION, _MANDATE, _RELATIVE, _APP = "guardian-exception", "mandate", "relative-access", "app-access"

PARTIES: Final = (
    Party("a patient of 12", _FB6, 12, "too-young", NOTHING),
    Party("a patient of 13", _FB6, 13, "own-services", SERVICES),
    Party("a patient of 15", _FB6, 15, "own-services", SERVICES),
    Party("a patient of 16", _PDL5, 16, "own-record", ALL),
    Party("a guardian of a child of 12", _FB6, 12, "guardian", GUARDS, "GUARD"),
    Party("a guardian who is barred", _FB6, 12, "no-mandate", NOTHING, "GUARD", _EXCEPTION, (BAR,)),
    Party("a guardian of one of 13", _FB6, 13, "no-mandate", NOTHING, "GUARD"),
    Party("the same, by an exception", _FB6, 13, "guardian-exception", SEES, "GUARD", _EXCEPTION, (NOW,)),
    Party("at 15, by an exception", _FB6, 15, "guardian-exception", SEES, "GUARD", _EXCEPTION, (NOW,)),
    Party("at 15, the exception ended", _FB6, 15, "no-mandate", NOTHING, "GUARD", _EXCEPTION, (ENDED,)),
    Party("at 16, by an exception", _FB6, 16, "no-mandate", NOTHING, "GUARD", _EXCEPTION, (NOW,)),
    Party("a neighbour of a child of 12", _FB6, 12, "no-mandate", NOTHING, "SPS"),
    Party("a god man for the person", _FB11, 80, "mandate", STANDS_IN, "god-man", _MANDATE, (PERSON, NOW)),
    Party("a förvaltare for the person", _FB11, 80, "mandate", STANDS_IN, "forvaltare", _MANDATE, (PERSON,)),
    Party(
        "a holder of a framtidsfullmakt for the person",
        _POWER,
        80,
        "mandate",
        STANDS_IN,
        "framtidsfullmakt",
        _MANDATE,
        (PERSON,),
    ),
    Party("a god man to guard rights", _FB11, 80, "mandate", RIGHTS_ALONE, "god-man", _MANDATE, (RIGHTS,)),
    Party("a god man for property", _FB11, 80, "no-mandate", NOTHING, "god-man", _MANDATE, (PROPERTY,)),
    Party(
        "a god man whose mandate ended",
        _FB11,
        80,
        "no-mandate",
        NOTHING,
        "god-man",
        _MANDATE,
        (PERSON, ENDED),
    ),
    Party(
        "a god man whose mandate was withdrawn",
        _FB11,
        80,
        "no-mandate",
        NOTHING,
        "god-man",
        _MANDATE,
        (PERSON, WITHDRAWN),
    ),
    Party(
        "a god man by the patient's word alone",
        _FB11,
        80,
        "no-mandate",
        NOTHING,
        "god-man",
        _MANDATE,
        (PERSON, BY_PATIENT),
    ),
    Party(
        "a relative with a mandate, but no office",
        _FB11,
        80,
        "no-mandate",
        NOTHING,
        "SPS",
        _MANDATE,
        (PERSON,),
    ),
    Party("a relative", _HFD, 80, "no-mandate", NOTHING, "SPS"),
    Party(
        "a relative whom the patient lets in", _HFD, 80, "relative", RELATED, "SPS", _RELATIVE, (BY_PATIENT,)
    ),
    Party("the same, taken back", _HFD, 80, "no-mandate", NOTHING, "SPS", _RELATIVE, (BY_PATIENT, WITHDRAWN)),
    Party("an app", _PDL5, 80, "no-app-access", NOTHING, "app"),
    Party("an app that the patient lets in", _PDL5, 80, "own-record", BY_APP, "app", _APP, (BY_PATIENT,)),
    Party("the same, stopped", _PDL5, 80, "no-app-access", NOTHING, "app", _APP, (BY_PATIENT, WITHDRAWN)),
    Party("an app of one of 14", _PDL5, 14, "own-services", YOUNG_APP, "app", _APP, (BY_PATIENT,)),
    Party(
        "an app of a child of 12, let in by a guardian",
        _PDL5,
        12,
        "too-young",
        NOTHING,
        "app",
        _APP,
        (BY_PATIENT,),
    ),
)
