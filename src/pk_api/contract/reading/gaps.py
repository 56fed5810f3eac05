"""GAPS: what a contract should hold and does not, a row each with the rule that asks for it.

Sources: Patientlag 2014:821, HSL 2017:30 16 kap. 4 §, the four parts of a patientkontrakt (SKR), and the
regional guideline on patientkontrakt (Västra Götaland), whose headings are named.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from pk_api.contract.dates import last_day
from pk_api.contract.elements import Json
from pk_api.contract.next_step import is_ahead
from pk_api.contract.reading.actions import OPEN, due_of
from pk_api.contract.reading.goals import ENDED
from pk_api.contract.texts import text

REVIEW: Final = timedelta(days=365)
"""How long a contract may stand without any change before it is to be looked through again."""

_SIP: Final = frozenset({"sip", "individuell-plan-sip"})
_STANDING_PLANS: Final = frozenset({"draft", "active", "on-hold"})
_CARE_CONTACTS: Final = frozenset({"fast-vardkontakt", "kontaktsjukskoterska", "vardsamordnare"})
"""Kinds of contacts that are, or serve as, a fast vårdkontakt."""
_PRINCIPALS: Final = frozenset({"care", "municipality"})


@dataclass(frozen=True, slots=True)
class Held:
    """What a contract holds: its items by part, the state of its agreement, the day of its last change."""

    parts: Json
    today: date
    agreement: str = "none"
    changed: str | None = None
    lacks_child_voice: bool = False
    wishes: Sequence[Json] = ()
    directions: Sequence[Json] = ()
    wants_coordination: bool = False
    undocumented: Sequence[str] = ()
    sip_need: str = ""
    without_consent: Sequence[str] = ()

    def standing(self, part: str) -> list[Json]:
        """Return the items of a part that are active."""
        return [each for each in self.parts[part] if each["state"] == "active"]

    @property
    def open_actions(self) -> list[Json]:
        """What is still to be done."""
        return [each for each in self.parts["actions"] if each["state"] in OPEN]

    def is_past(self, day: str | None) -> bool:
        """Say whether the last day of a time has gone."""
        latest = last_day(day)
        return latest is not None and latest < self.today.isoformat()


Find = Callable[[Held], Iterator[str | None]]
"""Yields what is missing: the item (`part/id`) that it is about, None for the contract itself."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A kind of gap: the rule that asks for it, and how it is found."""

    kind: str
    source: str
    find: Find


def gaps(held: Held, *, language: str) -> list[Json]:
    """Return the gaps of a contract, in the order of the table."""
    return [
        {"kind": gap.kind, "text": text(f"gap.{gap.kind}", language), "source": gap.source, "item": item}
        for gap in GAPS
        for item in gap.find(held)
    ]


def _if(lacks: Callable[[Held], bool]) -> Find:
    """A gap of the contract itself."""

    def find(held: Held) -> Iterator[None]:
        if lacks(held):
            yield None

    return find


def _of(part: str, items: Callable[[Held], list[Json]], lacks: Callable[[Json, Held], bool]) -> Find:
    """A gap of each of these items."""

    def find(held: Held) -> Iterator[str]:
        for each in items(held):
            if lacks(each, held):
                yield f"{part}/{each['id']}"

    return find


def _no_next_time(held: Held) -> bool:
    if any(is_ahead(each, held.today) for each in held.parts["appointments"]):
        return False
    return not any(each["kind"] == "book-time" for each in held.open_actions)


def _no_sip(held: Held) -> bool:
    """Region and municipality both do something, and no common plan says how."""
    both = {each["side"] for each in held.open_actions} >= _PRINCIPALS
    plans = held.parts["plans"]
    return both and not any(each["kind"] in _SIP and each["state"] in _STANDING_PLANS for each in plans)


def _no_care_contact(held: Held) -> bool:
    """A physician, home care or an administrative contact alone is no fast vårdkontakt."""
    return not any(each["kind"] in _CARE_CONTACTS for each in held.standing("contacts"))


def _nobody_if_worse(held: Held) -> bool:
    return bool(held.standing("contacts")) and not any(each["purpose"] == "worse" for each in held.directions)


def _lacks_coordination(held: Held) -> bool:
    contacts = held.standing("contacts")
    return (len(contacts) > 1 or held.wants_coordination) and not any(e["coordinating"] for e in contacts)


def _unanswered_wishes(held: Held) -> Iterator[str]:
    for wish in held.wishes:
        if wish["state"] == "requested":
            yield f"wishes/{wish['id']}"


def _not_reviewed(held: Held) -> bool:
    return held.changed is not None and held.changed < (held.today - REVIEW).isoformat()


GAPS: Final = (
    Gap("no-child-voice", "Patientlag 2014:821 4 kap. 3 §", _if(lambda held: held.lacks_child_voice)),
    Gap(
        "no-what-matters", "SKR: Vad är viktigt för dig?", _if(lambda held: not held.standing("whatMatters"))
    ),
    Gap(
        "no-goal",
        "SKR: Överenskommelse",
        _if(lambda held: all(each["state"] in ENDED for each in held.parts["goals"])),
    ),
    Gap(
        "overdue-goal",
        "Riktlinje patientkontrakt, Mål och överenskommelse: ny bedömning görs",
        _of(
            "goals",
            lambda held: [each for each in held.parts["goals"] if each["state"] not in ENDED],
            lambda goal, held: held.is_past(goal["due"]),
        ),
    ),
    Gap("no-action", "SKR: Överenskommelse", _if(lambda held: not held.open_actions)),
    Gap("no-agreement", "SKR: Överenskommelse", _if(lambda held: held.agreement == "none")),
    Gap(
        "changed-since-agreed",
        "SKR: Överenskommelse",
        _if(lambda held: held.agreement == "changed-since-agreed"),
    ),
    Gap("no-contact", "Patientlag 2014:821 6 kap. 2 §", _if(_no_care_contact)),
    Gap(
        "no-coordinating-contact",
        "SKR: Fast vårdkontakt",
        _if(_lacks_coordination),
    ),
    Gap("unanswered-wish", "Patientlag 2014:821 6 kap. 2 §", _unanswered_wishes),
    Gap(
        "contact-without-number",
        "Riktlinje patientkontrakt, Kontakt och dialog: kontaktuppgifter för fast vårdkontakt",
        _of("contacts", lambda held: held.standing("contacts"), lambda contact, _: not contact["telecom"]),
    ),
    Gap(
        "no-contact-if-worse",
        "Riktlinje patientkontrakt, Överenskommelse: vem patienten vänder sig till",
        _if(_nobody_if_worse),
    ),
    Gap("no-sip", "HSL 2017:30 16 kap. 4 §; Riktlinje patientkontrakt: samordnas i en SIP", _if(_no_sip)),
    Gap(
        "sip-not-called",
        "HSL 2017:30 16 kap. 4 §: arbetet ska påbörjas utan dröjsmål",
        _if(lambda held: held.sip_need == "needed"),
    ),
    Gap(
        "sip-without-consent",
        "HSL 2017:30 16 kap. 4 §: om den enskilde samtycker",
        lambda held: iter([f"plans/{each}" for each in held.without_consent]),
    ),
    Gap("no-next-time", "SKR: Överenskommen tid", _if(_no_next_time)),
    Gap(
        "overdue-action",
        "SKR: Överenskommelse",
        _of(
            "actions",
            lambda held: held.open_actions,
            lambda action, held: held.is_past(due_of(action)),
        ),
    ),
    Gap(
        "unanswered-action",
        "SKR: Överenskommelse",
        _of("actions", lambda held: held.open_actions, lambda action, _: action["state"] == "requested"),
    ),
    Gap(
        "overdue-plan",
        "Riktlinje patientkontrakt, Överblick och koordinering: planer är koordinerade",
        _of(
            "plans",
            lambda held: held.standing("plans"),
            lambda plan, held: held.is_past(plan["period"]["end"]),
        ),
    ),
    Gap(
        "not-documented",
        "Riktlinje patientkontrakt: patientkontraktet dokumenteras i journalen",
        lambda held: iter(held.undocumented),
    ),
    Gap(
        "overdue-review",
        "Patientkontraktet ska revideras upprepat hos kommande vårdgivare",
        _if(_not_reviewed),
    ),
)
