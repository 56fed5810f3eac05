"""Admissions as the contract API tells them: FHIR Encounter, the Communications and the Tasks of it.

Sources: https://hl7.org/fhir/R4/encounter.html, `contract.discharge`.
"""

from collections.abc import Sequence
from datetime import datetime

from pk_api.contract.clocks import KINDS
from pk_api.contract.dates import local_day
from pk_api.contract.discharge import discharge_of, notice_kind, state_of
from pk_api.contract.elements import Json, reference_to, target_of
from pk_api.contract.reading.actions import action_kind
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import who
from pk_api.contract.texts import text

_RUNNING = frozenset({"requested", "received", "accepted", "ready", "in-progress", "on-hold"})


def admission_item(
    encounter: Json, notices: Sequence[Json], clocks: Sequence[Json], reading: Reading, now: datetime
) -> Json:
    """Return an admission as its reader sees it; the first told first, the first due first."""
    period, told = encounter.get("period") or {}, discharge_of(encounter)
    tasks = [clock_item(each, reading, now) for each in clocks]
    return {
        **item(encounter),
        "patient": {"reference": target_of(encounter.get("subject"))},
        "unit": who(encounter.get("serviceProvider"), reading),
        "state": state_of(encounter),
        "admittedOn": period.get("start"),
        "dischargedOn": period.get("end"),
        "assessedOn": told.assessed,
        "principals": sorted(told.principals),
        "expectedDischarge": told.expected,
        "compulsory": told.compulsory,
        "readySince": told.ready,
        "notices": [_notice(each, reading) for each in sorted(notices, key=_sent)],
        "clocks": sorted(tasks, key=lambda each: (each["due"] or "9999", each["id"])),
    }


def is_clock(resource: Json) -> bool:
    """Say whether a resource is a Task that a clock has made."""
    return resource["resourceType"] == "Task" and action_kind(resource) in KINDS


def clock_item(task: Json, reading: Reading, now: datetime) -> Json:
    """Return what a unit must do, and until when."""
    period = (task.get("restriction") or {}).get("period") or {}
    due, kind = period.get("end"), action_kind(task) or ""
    is_running = task.get("status") in _RUNNING
    return {
        **item(task),
        "kind": kind,
        "text": text(f"clock.{kind}", reading.language),
        "state": task.get("status"),
        "patient": {"reference": target_of(task.get("for"))},
        "unit": who(task.get("owner"), reading),
        "admission": target_of(task.get("encounter")),
        "since": period.get("start"),
        "due": due,
        "overdue": is_running and due is not None and _is_past(due, now),
    }


def _is_past(due: str, now: datetime) -> bool:
    """Say whether an instant is past; a day alone is when it is over in Sweden."""
    if "T" not in due:
        return due < local_day(now).isoformat()
    return datetime.fromisoformat(due) < now


def _sent(notice: Json) -> tuple[str, str]:
    return str(notice.get("sent", "")), reference_to(notice)


def _notice(notice: Json, reading: Reading) -> Json:
    words = [each["contentString"] for each in notice.get("payload", ()) if "contentString" in each]
    return {
        "reference": reference_to(notice),
        "kind": notice_kind(notice),
        "to": who(next(iter(notice.get("recipient", ())), None), reading),
        "sentOn": notice.get("sent"),
        "text": "\n\n".join(words) or None,
    }
