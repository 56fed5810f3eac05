"""Ages and choices on which it rests what patients, guardians and relatives may do.

The limits are settings: sources differ between regions, and a change is under way (Ds 2023:26).
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

SWEDEN: Final = ZoneInfo("Europe/Stockholm")

RelativesMay = Literal["own", "named"]
"""What relatives may read: own tasks and the patient's words, or also the parts that the patient names."""


GuardiansAgree = Literal["all", "one"]
"""Whether all guardians of a small child accept an agreement, or one of them for both."""


@dataclass(frozen=True, slots=True)
class PersonRules:
    """Ages in whole years.

    From `services` patients log in, from `record` they read the record. Guardians see and act below
    `guardian_acts`, and by an exception read below `guardian_reads`. `relatives` is what these may read,
    `guardians_agree` how many guardians an agreement takes.
    """

    services: int = 13
    record: int = 16
    guardian_acts: int = 13
    guardian_reads: int = 16
    relatives: RelativesMay = "own"
    guardians_agree: GuardiansAgree = "all"


USUAL: Final = PersonRules()
"""What holds where nothing else is set."""


def age_at(born: date, moment: datetime) -> int:
    """Return the age in whole years; it changes at midnight in Sweden.

    Who was born on 29 February has the birthday on the 28th in other years: where the day is missing in the
    last month, it is the last day of that month (lag 1930:173, 1 §).
    """
    return age_on(born, moment.astimezone(SWEDEN).date())


def age_on(born: date, today: date) -> int:
    """Return the age in whole years on a Swedish day, as `age_at` does at an instant."""
    last = calendar.monthrange(today.year, born.month)[1]
    birthday = date(today.year, born.month, min(born.day, last))
    return today.year - born.year - int(today < birthday)
