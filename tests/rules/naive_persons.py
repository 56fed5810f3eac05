"""The law on patients and those who act for them, in plain Python, apart from the rules.

Föräldrabalk 6, 11 and 12 kap.; lag 2017:310; PDL 2008:355 5 kap. 5 §; HFD 2017 ref. 67; the usual ages.
Times are days from now; what is said holds from `since` until before `until` (None: without such an end).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

HIDDEN = {"staff-only", "hidden-from-patient"}
FROM_GUARDIANS = HIDDEN | {"hidden-from-guardian"}
WRITTEN_BY_PATIENTS = {
    *("Goal", "Task", "Observation", "Communication", "QuestionnaireResponse", "AppointmentResponse"),
    *("RelatedPerson", "Consent"),
}
PERMISSIONS = {"RelatedPerson", "Consent"}
OF_SERVICES = {"Patient", "Appointment", "AppointmentResponse", "CareTeam"}
REPRESENTATIVES = {"god-man", "forvaltare", "framtidsfullmakt"}

Ground = Literal["guardian", "exception", "person", "rights", "relative"]


class Thing(Protocol):
    """What the law asks of an item: its type, whether the patient wrote it, label, and whom it asks."""

    type: str
    label: str
    addressed: str

    @property
    def is_by_patient(self) -> bool:
        """Whether the patient wrote it, or somebody in the patient's place."""


@dataclass(frozen=True)
class Term:
    """From when until when something holds."""

    since: int | None = None
    until: int | None = None

    @property
    def holds(self) -> bool:
        return (self.since is None or self.since <= 0) and (self.until is None or self.until > 0)


@dataclass(frozen=True)
class Person:
    """Somebody beside the patient: the number of the item, who it is, what, and whether care says so."""

    number: int
    identity: str
    role: str
    by_care: bool = True
    is_active: bool = True
    term: Term = Term()

    @property
    def is_so(self) -> bool:
        return self.is_active and self.term.holds


@dataclass(frozen=True)
class Grant:
    """A permission: its item, its kind, for which person (by item) or app, and within what."""

    number: int
    kind: Literal["mandate", "guardian-exception", "relative-access", "app-access"]
    holder: int | None = None
    app: str = ""
    role: str = ""
    scopes: tuple[str, ...] = ()
    by_care: bool = True
    is_denial: bool = False
    is_withdrawn: bool = False
    term: Term = Term()

    @property
    def holds(self) -> bool:
        return not self.is_withdrawn and self.term.holds


@dataclass(frozen=True)
class Kin:
    """The patient's age, who there is beside the patient, and what these are permitted."""

    born: date
    today: date
    people: tuple[Person, ...] = ()
    grants: tuple[Grant, ...] = ()

    @property
    def age(self) -> int:
        had = (self.today.month, self.today.day) >= (self.born.month, self.born.day)
        return self.today.year - self.born.year - (0 if had else 1)


# --- what is read


def patient_reads(item: Thing, kin: Kin) -> bool:
    """From 16 the record, from 13 e-services: times and contacts, own words and what one is asked."""
    if item.label in HIDDEN or kin.age < 13:
        return False
    if kin.age >= 16 or item.type in OF_SERVICES:
        return True
    asked = item.type in {"Task", "Communication"} and item.addressed == "patient"
    return asked or (item.is_by_patient and item.type in WRITTEN_BY_PATIENTS)


def app_reads(app: str, item: Thing, kin: Kin) -> bool:
    """An app reads as the patient does, while the patient lets it in."""
    return _is_let_in(app, kin) and patient_reads(item, kin)


def _is_let_in(app: str, kin: Kin) -> bool:
    given = (g for g in kin.grants if g.kind == "app-access" and g.holds and not g.is_denial)
    return any(g.app == app and not g.by_care for g in given)


def proxy_reads(identity: str, item: Thing, kin: Kin) -> bool:
    """What any of the grounds of whoever bears this number opens."""
    grounds = set(_grounds(identity, kin))
    if grounds & {"guardian", "exception"} and item.label not in FROM_GUARDIANS:
        return True
    if "person" in grounds and item.label not in HIDDEN:
        return True
    if "rights" in grounds and item.type in {"Patient", "CareTeam"} and item.label not in HIDDEN:
        return True
    return "relative" in grounds and _relative_reads(identity, item, kin)


def _relative_reads(identity: str, item: Thing, kin: Kin) -> bool:
    if item.label in FROM_GUARDIANS:
        return False
    told = item.is_by_patient and item.type in {"Goal", "Task", "Observation"}
    return told or (item.type == "Task" and item.addressed in {str(p.number) for p in _as(identity, kin)})


def _as(identity: str, kin: Kin) -> list[Person]:
    """Return what somebody is to the patient now."""
    return [person for person in kin.people if person.identity == identity and person.is_so]


def _grounds(identity: str, kin: Kin) -> Iterable[Ground]:
    """Yield on which grounds somebody acts for the patient now."""
    here = _as(identity, kin)
    mine = {person.number for person in here}
    held = [grant for grant in kin.grants if grant.holder in mine and grant.holds]
    exceptions = [g for g in held if g.kind == "guardian-exception" and g.by_care]
    is_guardian = any(person.role == "GUARD" and person.by_care for person in here)
    if is_guardian and not any(g.is_denial for g in exceptions):
        if kin.age < 13:
            yield "guardian"
        elif kin.age < 16 and exceptions:
            yield "exception"
    for grant in held:
        if grant.is_denial:
            continue
        if grant.kind == "mandate" and grant.by_care and grant.role in REPRESENTATIVES:
            yield from (one for one in ("person", "rights") if one in grant.scopes)  # type: ignore[misc]
        if grant.kind == "relative-access":
            yield "relative"


# --- what is changed


def patient_changes(item: Thing, kin: Kin) -> bool:
    """Say whether the patient may change the words of an item, or the state of a Task."""
    if kin.age < 13:
        return False
    if item.is_by_patient and item.type in WRITTEN_BY_PATIENTS:
        return True
    return _is_asked(item) and item.label not in HIDDEN


def app_changes(app: str, item: Thing, kin: Kin) -> bool:
    """An app writes as the patient does, but no permissions."""
    return _is_let_in(app, kin) and item.type not in PERMISSIONS and patient_changes(item, kin)


def proxy_changes(identity: str, item: Thing, kin: Kin) -> bool:
    """Guardians of the small and holders of a mandate for the person write in the patient's place.

    They answer what they are asked themselves, and so do relatives.
    """
    grounds = set(_grounds(identity, kin))
    is_own = item.is_by_patient and item.type in WRITTEN_BY_PATIENTS
    is_mine = item.type == "Task" and item.addressed in {str(p.number) for p in _as(identity, kin)}
    is_told, is_answer = item.label not in FROM_GUARDIANS, is_mine or _is_asked(item)
    if "guardian" in grounds and is_told and item.label != "block" and (is_own or is_answer):
        return True
    is_word = is_own and item.type not in PERMISSIONS
    if "person" in grounds and item.label not in HIDDEN and (is_word or is_answer):
        return True
    return "relative" in grounds and is_told and is_mine


def _is_asked(item: Thing) -> bool:
    """A Task that the patient is asked to do is answered."""
    return item.type == "Task" and item.addressed == "patient"
