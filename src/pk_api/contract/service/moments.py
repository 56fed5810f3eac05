"""As of when a contract is asked for: an instant, a day, a revision, an agreement or a milestone.

Form: docs/contract-api.md.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final

from pk_api.contract.dates import SWEDEN, local_day
from pk_api.contract.editing.context import refused
from pk_api.contract.model.base import INSTANT
from pk_api.contract.reading.context import Reading
from pk_api.contract.service.agreements import proposed_revision, with_agreed
from pk_api.contract.service.caller import Caller
from pk_api.fhir import systems
from pk_api.fhir.artefacts.terms import table
from pk_api.fhir.membership import milestones_of
from pk_api.records.values import AsOf

MILESTONES: Final = tuple(term.code for term in table(systems.MILESTONE).terms)
FORM: Final = (
    "an instant such as 2026-03-20T09:00:00+01:00, a day such as 2026-03-20 (its end, Swedish time), "
    f"revision:42, agreement:2 (what was proposed then), or milestone: and one of {', '.join(MILESTONES)}"
)
_AGREEMENT: Final = re.compile(r"agreement:[0-9]{1,9}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_REVISION: Final = re.compile(r"revision:[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Agreed:
    """As it was proposed for agreement, by the number of the proposal in the contract."""

    number: int


Moment = AsOf | Agreed


async def resolved(caller: Caller, contract: str, moment: Moment) -> AsOf:
    """Return the moment as the door knows it; Problem not-found when the caller sees no such agreement."""
    if isinstance(moment, AsOf):
        return moment
    return AsOf(revision=await proposed_revision(caller, contract, moment.number))


async def with_past(caller: Caller, reading: Reading) -> Reading:
    """Return the reading with what it leads back to: the contract as agreed on, and its milestones."""
    contract = reading.contract.partition("/")[2]
    codes = milestones_of(reading.members[reading.contract])
    found = [(code, await caller.records.milestone(contract, code)) for code in codes]
    told = ({"kind": c, "revision": m[0], "on": local_day(m[1]).isoformat()} for c, m in found if m)
    return replace(await with_agreed(caller, reading), milestones=tuple(told))


def as_of(text: str, pointer: str) -> Moment:
    """Return the moment that a text names. Problem invalid, for the parameter of this name."""
    kind, _, value = text.partition(":")
    if _REVISION.fullmatch(text):
        return AsOf(revision=int(value))
    if _AGREEMENT.fullmatch(text):
        return Agreed(int(value))
    if kind == "milestone" and value in MILESTONES:
        return AsOf(milestone=value)
    instant = _instant(text.replace(" ", "+"))  # a plus that was not escaped in the address
    if instant is None:
        raise refused(f"/{pointer}", f"{pointer} is {FORM}.", kind="invalid")
    return AsOf(instant=instant)


def _instant(text: str) -> datetime | None:
    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time.max, SWEDEN)
        return datetime.fromisoformat(text) if INSTANT.fullmatch(text) else None
    except ValueError:
        return None
