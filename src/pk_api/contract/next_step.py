"""The next step: the earliest thing ahead that somebody is to do or come to; of the contract, of each party.

Overdue actions come first, then by day; on the same day a time before an action. Days are Swedish calendar
days.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pk_api.contract.dates import day_of, last_day
from pk_api.contract.elements import Json
from pk_api.contract.reading.actions import OPEN, due_of
from pk_api.contract.reading.appointments import AHEAD
from pk_api.contract.texts import text

_UNDATED = "9999"

Step = tuple[Json, Json | None]
"""A step, and who is to do it; None for the patient, to whose times one comes."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Actions and times among which the next steps are; `turn_to` is whom to ask if an action names none."""

    actions: Sequence[Json]
    appointments: Sequence[Json]
    today: date
    language: str
    turn_to: str | None

    def steps(self) -> Iterator[Step]:
        """Yield each step that lies ahead."""
        for action in self.actions:
            if action["state"] in OPEN:
                yield self._of_action(action), action["owner"]
        for time in self.appointments:
            if is_ahead(time, self.today):
                yield self._of_appointment(time), None

    def _of_action(self, action: Json) -> Json:
        return {
            "text": action["text"],
            "by": action["side"],
            "due": day_of(due_of(action)),
            "item": f"actions/{action['id']}",
            "turnTo": action["turnTo"] or self.turn_to,
        }

    def _of_appointment(self, appointment: Json) -> Json:
        proposed = appointment["state"] == "proposed"
        fallback = text("answer-appointment" if proposed else "next-appointment", self.language)
        return {
            "text": appointment["text"] or fallback,
            "by": "patient",
            "due": day_of(appointment["start"]),
            "item": f"appointments/{appointment['id']}",
            "turnTo": self.turn_to,
        }


def next_step(steps: Iterable[Step]) -> Json | None:
    """Return the next step of a contract, or None when nothing lies ahead."""
    return min((step for step, _ in steps), key=_order, default=None)


def next_steps(steps: Iterable[Step]) -> list[Json]:
    """Return the next step of each party, the earliest first; `owner` is null for the patient."""
    by_party: dict[str, list[Json]] = {}
    for step, owner in steps:
        shown = None if step["by"] == "patient" else owner
        by_party.setdefault(_party(step["by"], shown), []).append({**step, "owner": shown})
    return sorted((min(steps, key=_order) for steps in by_party.values()), key=_order)


def _party(side: str, owner: Json | None) -> str:
    """Return who it is: a unit is one party, whoever of it is named."""
    if owner is None:
        return side
    unit = owner["unit"] or {}
    return str(unit.get("hsaId") or owner["reference"] or owner["name"])


def is_ahead(appointment: Json, today: date) -> bool:
    """Say whether a time is still to come, today included; one without a start is."""
    day = day_of(appointment["start"])
    return appointment["state"] in AHEAD and (day is None or day >= today.isoformat())


def _order(step: Json) -> tuple[str, bool, str]:
    return last_day(step["due"]) or _UNDATED, step["item"].startswith("actions"), step["item"]
