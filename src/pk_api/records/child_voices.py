"""A child is heard for every agreement, or it is said why not, whatever way the agreement is proposed.

What a proposer is not shown counts too: whether a child was heard is asked here of what is stored. Sources:
Patientlag 2014:821 4 kap. 3 §, Barnkonventionen (lag 2018:1197) article 12.
"""

from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pk_api.access.person_rules import age_on
from pk_api.fhir import agreements as agreed
from pk_api.fhir import systems
from pk_api.fhir.problems import Issue, Problem
from pk_api.records.drafts import placed
from pk_api.records.jobs import Job
from pk_api.records.person_facts import born
from pk_api.records.state import State
from pk_api.store import unasked
from pk_api.store.database import Transaction
from pk_api.store.rows import Key

Json = Mapping[str, Any]

OF_AGE: Final = 18
_SWEDEN: Final = ZoneInfo("Europe/Stockholm")
_UNHEARD: Final = (
    "A child is heard before each agreement, or it is told why not (Patientlag 2014:821 4 kap. 3 §): a note "
    "child-voice since the agreement before."
)


async def check_child_voices(tx: Transaction, job: Job, state: State, *, now: datetime) -> None:
    """Raise Problem business-rule when an agreement is proposed for a child that was not heard for it."""
    seen: set[str] = set()
    for n, draft in enumerate(job.drafts.drafts):
        task, patient = draft.resource, draft.key.patient
        if task is None or patient in seen or draft.key in state.present or not agreed.is_answer(task):
            continue
        seen.add(patient)
        if await _is_child(tx, patient, now) and not await _is_heard(tx, job, patient, now):
            issues = [Issue("business-rule", _UNHEARD, "Task")]
            raise placed(Problem("business-rule", _UNHEARD, issues=issues), n)


async def _is_child(tx: Transaction, patient: str, now: datetime) -> bool:
    days = [born(each) for each in (await unasked.of_type(tx, patient, "Patient")).values()]
    today = now.astimezone(_SWEDEN).date()
    return any(day is not None and age_on(day, today) < OF_AGE for day in days)


async def _is_heard(tx: Transaction, job: Job, patient: str, now: datetime) -> bool:
    written = {d.key: d.resource for d in job.drafts.drafts if d.key.patient == patient}
    told = {**await unasked.of_type(tx, patient, "Observation"), **written}
    tasks = {k: t for k, t in (await unasked.of_type(tx, patient, "Task")).items() if k not in written}
    since = _agreed_on(tasks)
    return any(since is None or _heard_by(one, now) >= since for one in _voices(told))


def _heard_by(voice: Json, now: datetime) -> date:
    """Return the last day on which the child may have been heard: not after it was written down."""
    written = _day((voice.get("meta") or {}).get("lastUpdated")) or now.astimezone(_SWEDEN).date()
    told = voice.get("effectiveDateTime") or (voice.get("effectivePeriod") or {}).get("end")
    told = str(told or voice.get("issued") or "")
    if 0 < len(told) < len("2026-03-10"):  # a year, or a month
        year, month = int(told[:4]), int(told[5:] or 12)
        return min(written, date(year, month, monthrange(year, month)[1]))
    return min(written, _day(told) or written)


def _voices(told: Mapping[Key, Json | None]) -> Iterator[Json]:
    for each in told.values():
        if each is None or each.get("resourceType") != "Observation" or each.get("status") in _OFF:
            continue
        is_told = bool(str(each.get("valueString", "")).strip()) or "dataAbsentReason" in each
        codes = (each.get("code") or {}).get("coding", ())
        if is_told and any((one.get("system"), one.get("code")) == _VOICE for one in codes):
            yield each


_OFF: Final = frozenset({"entered-in-error", "cancelled"})
_VOICE: Final = (systems.NARRATIVE, "child-voice")


def _agreed_on(tasks: Mapping[Key, Json]) -> date | None:
    """Return the day of the last agreement that all parties have reached; None without one."""
    proposals: dict[tuple[str | None, int | None], list[Json]] = {}
    for each in tasks.values():
        if agreed.is_answer(each):
            name = (agreed.contract_of(each), agreed.number_in(each, "number"))
            proposals.setdefault(name, []).append(each)
    days = (day for parties in proposals.values() if _is_reached(parties) for day in _days(parties))
    return max(days, default=None)


def _is_reached(parties: Collection[Json]) -> bool:
    first = next(iter(parties))
    is_whole = len(parties) == agreed.number_in(first, "parties")
    return is_whole and all(each.get("status") == "accepted" for each in parties)


def _days(parties: Collection[Json]) -> Iterator[date]:
    for each in parties:
        times = [note["time"] for note in each.get("note", ()) if "time" in note]
        day = _day(times[-1] if times else each.get("lastModified"))
        if day is not None:
            yield day


def _day(told: str | None) -> date | None:
    """Return the Swedish day of an instant or a day, None for less."""
    if told is None or len(told) < len("2026-03-10"):
        return None
    try:
        moment = datetime.fromisoformat(told)
        return moment.astimezone(_SWEDEN).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):  # leap seconds, the ends of the calendar: the day as written
        return date.fromisoformat(told[:10])
