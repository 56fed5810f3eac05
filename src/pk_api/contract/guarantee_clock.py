"""The clock of a care guarantee: it runs from an action that bears one, to the last day as it is counted.

Source: HSL 2017:30 9 kap. 1 §, HSF 2017:80 6 kap.; the days are counted by `fhir.care_guarantee`.
"""

from datetime import date, datetime, time
from typing import Final

from pk_api.contract.clock_changes import cancelled, completed, moved
from pk_api.contract.clock_due import period_of
from pk_api.contract.codes import ACTION_KINDS
from pk_api.contract.dates import SWEDEN, instant
from pk_api.contract.editing.draft import concept_of
from pk_api.contract.elements import Json, code_in, reference_to, target_of
from pk_api.contract.texts import text
from pk_api.fhir import systems
from pk_api.fhir.care_guarantee import Guarantee, guarantees_in, last_day
from pk_api.records.clocks import Clock

KIND: Final = "care-guarantee"

_OFF: Final = frozenset({"rejected", "cancelled", "failed", "entered-in-error", "revoked"})
_BEARERS: Final = frozenset({"Task", "ServiceRequest"})
_NOT_YET: Final = frozenset({"draft", "unknown"})


def guarantee_clock() -> Clock:
    """Return the row of the table of clocks."""
    return Clock(KIND, _starts, _task, lambda event: _told(event) is not None, _changed, leaves=_bears_none)


def _bears_none(event: Json) -> bool:
    """Say whether it is an action that may have lost its guarantee: the clocks themselves bear none."""
    is_clock = code_in([event.get("code") or {}], systems.TASK_KIND) == KIND
    return event["resourceType"] in _BEARERS and _told(event) is None and not is_clock


def _told(event: Json) -> Guarantee | None:
    """Return the guarantee that a Task or a ServiceRequest bears, None of anything else, or without a day."""
    if event["resourceType"] not in _BEARERS:
        return None
    told = next(iter(guarantees_in(event)), None)
    return told if told is not None and told.start is not None else None


def _starts(event: Json) -> bool:
    return _told(event) is not None and event.get("status") not in _OFF | _NOT_YET | {"completed"}


def _due(event: Json) -> tuple[datetime, datetime | None]:
    """Return from when to when the guarantee runs; without an end while its days are not counted."""
    told = _told(event)
    start = (told and told.start) or date.min
    due = last_day(told) if told else None
    end = datetime.combine(due, time(23, 59, 59), tzinfo=SWEDEN) if due else None
    return datetime.combine(start, time(), tzinfo=SWEDEN), end


def _task(event: Json, now: datetime) -> Json:
    period, asks, answers = period_of(_due(event)), event.get("requester"), _who_acts(event)
    return {
        "extension": [{"url": systems.EXT_SIDE, "valueCode": "care"}],
        "status": "requested",
        "intent": "proposal",
        "code": concept_of(ACTION_KINDS[KIND]),
        "description": text(f"clock.{KIND}", "sv"),
        "focus": {"reference": reference_to(event)},
        "for": event["for"] if event["resourceType"] == "Task" else event["subject"],
        "executionPeriod": period,
        "authoredOn": instant(now),
        "lastModified": instant(now),
        **({"requester": asks} if asks and _is_of_care(asks) else {}),
        **({"owner": answers} if answers else {}),
        "restriction": {"period": period},
    }


def _who_acts(event: Json) -> Json | None:
    """Return who of care keeps the guarantee: who does it, else who has asked for it."""
    named = [event.get("owner"), *event.get("performer", ()), event.get("requester")]
    return next((each for each in named if each and _is_of_care(each)), None)


def _is_of_care(reference: Json) -> bool:
    kind = (target_of(reference) or "").partition("/")[0]
    return kind in {"Organization", "PractitionerRole", "Practitioner", "HealthcareService"}


def _changed(event: Json, task: Json, now: datetime) -> Json | None:
    """Return what an action that is done completes, one off or without it cancels, and other days move."""
    if target_of(task.get("focus")) != reference_to(event):
        return None
    if event.get("status") == "completed":
        return completed(event, task, now)
    is_off = event.get("status") in _OFF or _told(event) is None
    return cancelled(task, now) if is_off else moved(task, _due(event), now)
