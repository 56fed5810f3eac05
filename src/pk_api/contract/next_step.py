"""The next step: the earliest thing ahead that somebody is to do or come to.

Overdue actions come first, then by day; on the same day a time before an action. Days are Swedish calendar
days.
"""

from collections.abc import Iterable
from datetime import date

from pk_api.contract.dates import day_of, last_day
from pk_api.contract.elements import Json
from pk_api.contract.reading.actions import OPEN, due_of
from pk_api.contract.reading.appointments import AHEAD
from pk_api.contract.texts import text

_UNDATED = "9999"


def next_step(
    actions: Iterable[Json], appointments: Iterable[Json], *, today: date, language: str, turn_to: str | None
) -> Json | None:
    """Return the next step of a contract's items, or None when nothing lies ahead.

    `turn_to` is the contact (id) to ask when the action names none.
    """
    steps = [_of_action(each, turn_to) for each in actions if each["state"] in OPEN]
    steps += [_of_appointment(each, language, turn_to) for each in appointments if is_ahead(each, today)]
    return min(steps, key=_order, default=None)


def is_ahead(appointment: Json, today: date) -> bool:
    """Say whether a time is still to come, today included; one without a start is."""
    day = day_of(appointment["start"])
    return appointment["state"] in AHEAD and (day is None or day >= today.isoformat())


def _order(step: Json) -> tuple[str, bool, str]:
    return last_day(step["due"]) or _UNDATED, step["item"].startswith("actions"), step["item"]


def _of_action(action: Json, turn_to: str | None) -> Json:
    return {
        "text": action["text"],
        "by": action["side"],
        "due": day_of(due_of(action)),
        "item": f"actions/{action['id']}",
        "turnTo": action["turnTo"] or turn_to,
    }


def _of_appointment(appointment: Json, language: str, turn_to: str | None) -> Json:
    proposed = appointment["state"] == "proposed"
    fallback = text("answer-appointment" if proposed else "next-appointment", language)
    return {
        "text": appointment["text"] or fallback,
        "by": "patient",
        "due": day_of(appointment["start"]),
        "item": f"appointments/{appointment['id']}",
        "turnTo": turn_to,
    }
