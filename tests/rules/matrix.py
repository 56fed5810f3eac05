"""The law as a table that can be read: who, under what circumstances, may read a note, and who may change it.

The note is an Observation of the ward's in the region. Each column adds to an empty world what its words say,
with the actor's own unit as the one that it is about. `x` is yes, `.` is no.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.fhir.systems import PERSONNUMMER
from pk_api.records.values import Stored
from tests.rules.people import (
    CLINIC,
    GP,
    HOME_CARE,
    NURSING,
    PATIENT,
    REGION,
    SCHOOL,
    SOCIAL,
    WARD,
    World,
    for_an_hour,
    labelled,
    staff,
    system,
)
from tests.support.actors import ALL, OPERATOR, OTHER_PATIENT, STATISTICS

NOTE: Final = "the ward's note"
UNTIL: Final = {"start": "2020-01-01", "end": "2099-01-01"}


@dataclass(frozen=True)
class Who:
    """An actor by name, and the unit that facts about the actor name."""

    name: str
    actor: Actor
    unit: str


WHO: Final = (
    Who("a nurse of the ward", staff(WARD), WARD),
    Who("a nurse of another clinic of the region", staff(CLINIC), CLINIC),
    Who("the ward's journal system", system(WARD), WARD),
    Who("the other clinic's journal system", system(CLINIC), CLINIC),
    Who("a private doctor", staff(GP), GP),
    Who("the private doctor's journal system", system(GP), GP),
    Who("a municipal nurse", staff(NURSING), NURSING),
    Who("home care", staff(HOME_CARE), HOME_CARE),
    Who("a social worker", staff(SOCIAL), SOCIAL),
    Who("the school", staff(SCHOOL), SCHOOL),
    Who("the patient", PATIENT, WARD),
    Who("another patient", OTHER_PATIENT, WARD),
    Who("statistics", STATISTICS, WARD),
    Who("the one who runs the service", OPERATOR, WARD),
    Who(
        "a stranger who says that they act for the patient",
        Actor("proxy", "app", person=(PERSONNUMMER, "196101182803"), acting_for="Patient/x", scopes=ALL),
        WARD,
    ),
    Who(
        "a nurse of the ward with scopes for appointments alone",
        replace(staff(WARD), scopes=(("Appointment", "cdrsu"),)),
        WARD,
    ),
)

Add = Callable[[World, str], Awaitable[Any]]


async def _nothing(_: World, __: str) -> None:
    return None


async def _relation(here: World, unit: str) -> None:
    await here.relation(unit)


def _says(kind: str, **provision: Any) -> Add:
    async def add(here: World, unit: str) -> None:
        await here.says(kind, unit, by=system(unit), **provision)

    return add


async def _emergency(here: World, unit: str) -> None:
    await here.says("emergency", unit, by=system(unit), period=for_an_hour())


async def _inner(here: World, _: str) -> None:
    await here.says("block-inner", WARD)


async def _outer(here: World, _: str) -> None:
    await here.says("block-outer", REGION, by=system(WARD))


async def _lifted(here: World, unit: str) -> None:
    await here.says("block-lift", unit, by=system(WARD), period=UNTIL)


_RELATION, _CONSENT = (_relation,), (_says("sharing"),)


@dataclass(frozen=True)
class Situation:
    """A column: its words, where it stands in law, what it adds, and what of the note itself it changes."""

    name: str
    source: str
    adds: tuple[Add, ...] = ()
    label: str | None = None
    is_told: bool = False


SITUATIONS: Final = (
    Situation("nothing", "PDL 4 kap. 1 §"),
    Situation("relation", "PDL 4 kap. 1 §", _RELATION),
    Situation("consent", "lag 2022:913 3 kap.", _CONSENT),
    Situation("relation and consent", "lag 2022:913 3 kap.", _RELATION + _CONSENT),
    Situation("emergency", "lag 2022:913 3 kap.", (_emergency,)),
    Situation("this note disclosed", "OSL 2009:400", is_told=True),
    Situation("relation, consent, inner block", "PDL 4 kap.", (*_RELATION, *_CONSENT, _inner)),
    Situation("the same, lifted", "PDL 4 kap.", (*_RELATION, *_CONSENT, _inner, _lifted)),
    Situation("relation, consent, outer block", "lag 2022:913 2 kap.", (*_RELATION, *_CONSENT, _outer)),
    Situation(
        "the same, lifted by the region", "lag 2022:913 2 kap.", (*_RELATION, *_CONSENT, _outer, _lifted)
    ),
    Situation("emergency, outer block", "lag 2022:913 2 kap.", (_emergency, _outer)),
    Situation("relation, hidden from the patient", "PDL 5 kap.", _RELATION, label="hidden-from-patient"),
    Situation("relation, staff only", "PDL 5 kap.", _RELATION, label="staff-only"),
)

READ: Final[Mapping[str, str]] = {
    #                                                       nothing
    #                                                       . relation
    #                                                       . . consent
    #                                                       . . . relation and consent
    #                                                       . . . . emergency
    #                                                       . . . . . disclosed
    #                                                       . . . . . . inner block
    #                                                       . . . . . . . lifted
    #                                                       . . . . . . . . outer block
    #                                                       . . . . . . . . . lifted
    #                                                       . . . . . . . . . . emergency, outer block
    #                                                       . . . . . . . . . . . hidden from the patient
    #                                                       . . . . . . . . . . . . staff only
    "a nurse of the ward":                                 ". x . x . x x x x x . x x",
    "a nurse of another clinic of the region":             ". x . x . x . x x x . x x",
    "the ward's journal system":                           "x x x x x x x x x x x x x",
    "the other clinic's journal system":                   "x x x x x x . x x x x x x",
    "a private doctor":                                    ". . . x x x . x . x . . .",
    "the private doctor's journal system":                 ". . . x x x . x . x . . .",
    "a municipal nurse":                                   ". . . x x x . x . x . . .",
    "home care":                                           ". . . x x x . x . x . . .",
    "a social worker":                                     ". . . . . x . . . . . . .",
    "the school":                                          ". . . . . x . . . . . . .",
    "the patient":                                         "x x x x x x x x x x x . .",
    "another patient":                                     ". . . . . . . . . . . . .",
    "statistics":                                          ". . . . . . . . . . . . .",
    "the one who runs the service":                        ". . . . . . . . . . . . .",
    "a stranger who says that they act for the patient":   ". . . . . . . . . . . . .",
    "a nurse of the ward with scopes for appointments alone": ". . . . . . . . . . . . .",
}  # fmt: skip

CHANGE: Final[Mapping[str, str]] = {
    "a nurse of the ward":                                 ". x . x . . x x x x . x x",
    "a nurse of another clinic of the region":             ". x . x . . . x x x . x x",
    "the ward's journal system":                           "x x x x x x x x x x x x x",
    "the other clinic's journal system":                   "x x x x x x . x x x x x x",
}  # fmt: skip
"""Who may change the note; those who are not named may not in any situation."""


def cells(row: str) -> list[bool]:
    """Return the marks of a row."""
    return [mark == "x" for mark in row.split()]


def may_change(who: str) -> list[bool]:
    """Return in which situations an actor may change the note."""
    return cells(CHANGE[who]) if who in CHANGE else [False] * len(SITUATIONS)


async def arranged(here: World, situation: Situation, who: Who) -> Stored:
    """Store the note, and what the situation adds for the actor's unit."""
    more = {"meta": labelled(situation.label, here.at[WARD])} if situation.label else {}
    note = await here.note(WARD, **more)
    for add in situation.adds:
        await add(here, who.unit)
    if situation.is_told:
        item = {"meaning": "instance", "reference": {"reference": note.reference}}
        await here.says("disclosure", who.unit, by=system(WARD), data=[item])
    return note
