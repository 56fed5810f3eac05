"""Gaps: what a contract should hold and does not.

Sources: Patientlag 2014:821 6 kap. 2 §, the four parts of a patientkontrakt (SKR), HSL 2017:30 16 kap. 4 §.
"""

from collections.abc import Iterator
from datetime import date

from pk_api.contract.dates import last_day
from pk_api.contract.elements import Json
from pk_api.contract.next_step import is_ahead
from pk_api.contract.reading.actions import OPEN, due_of
from pk_api.contract.reading.goals import ENDED
from pk_api.contract.texts import text

SOURCES = {
    "no-child-voice": "Patientlag 2014:821 4 kap. 3 §",
    "no-what-matters": "SKR: Vad är viktigt för dig?",
    "no-goal": "SKR: Överenskommelse",
    "no-action": "SKR: Överenskommelse",
    "no-contact": "Patientlag 2014:821 6 kap. 2 §",
    "no-coordinating-contact": "SKR: Fast vårdkontakt",
    "no-next-time": "SKR: Överenskommen tid",
    "overdue-action": "SKR: Överenskommelse",
    "unanswered-action": "SKR: Överenskommelse",
}


def gaps(parts: Json, *, today: date, language: str, lacks_child_voice: bool = False) -> list[Json]:
    """Return the gaps of a contract's items, in the order of its parts; what a child says comes first."""
    found: list[tuple[str, str | None]] = [("no-child-voice", None)] if lacks_child_voice else []
    found += [(kind, None) for kind in _missing(parts, today)]
    found += [(kind, f"actions/{action['id']}") for kind, action in _neglected(parts["actions"], today)]
    return [
        {"kind": kind, "text": text(f"gap.{kind}", language), "source": SOURCES[kind], "item": item}
        for kind, item in found
    ]


def _missing(parts: Json, today: date) -> Iterator[str]:
    if not _standing(parts["whatMatters"]):
        yield "no-what-matters"
    if all(each["state"] in ENDED for each in parts["goals"]):
        yield "no-goal"
    if not any(each["state"] in OPEN for each in parts["actions"]):
        yield "no-action"
    contacts = _standing(parts["contacts"])
    if not contacts:
        yield "no-contact"
    if len(contacts) > 1 and not any(each["coordinating"] for each in contacts):
        yield "no-coordinating-contact"
    if not _next_time(parts, today):
        yield "no-next-time"


def _standing(items: list[Json]) -> list[Json]:
    return [each for each in items if each["state"] == "active"]


def _next_time(parts: Json, today: date) -> bool:
    if any(is_ahead(each, today) for each in parts["appointments"]):
        return True
    return any(each["kind"] == "book-time" and each["state"] in OPEN for each in parts["actions"])


def _neglected(actions: list[Json], today: date) -> Iterator[tuple[str, Json]]:
    for action in actions:
        if action["state"] not in OPEN:
            continue
        latest = last_day(due_of(action))
        if latest is not None and latest < today.isoformat():
            yield "overdue-action", action
        if action["state"] == "requested":
            yield "unanswered-action", action
