"""What an event changes in the Task of a clock: completes it, cancels it, brings it back or moves it.

Source: lag 2017:612 om samverkan vid utskrivning.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from pk_api.contract.clock_due import Due, discharge_due, period_of, sent
from pk_api.contract.codes import code_of
from pk_api.contract.dates import instant
from pk_api.contract.discharge import OVER, admission_of, discharge_of, notice_kind, state_of
from pk_api.contract.editing.draft import concept_of
from pk_api.contract.elements import Json, reference_to, target_of
from pk_api.fhir import sip, systems

_RUNNING: Final = frozenset({"requested", "received", "accepted", "ready", "in-progress", "on-hold"})


def is_notice_needless(encounter: Json) -> bool:
    """Say whether nobody is to be told: nobody is needed, or was assessed to be before the patient left."""
    told = discharge_of(encounter)
    return told.nobody_needed or (state_of(encounter) == "discharged" and told.assessed is None)


def by_stay(
    kind: str, is_needless: Callable[[Json], bool], due: Due
) -> Callable[[Json, Json, datetime], Json | None]:
    """Return what a notice of this kind completes, and the stay cancels, brings back or moves."""

    def changed(event: Json, task: Json, now: datetime) -> Json | None:
        if admission_of(event) != admission_of(task):
            return None
        if notice_kind(event) == kind:
            return completed(event, task, now)
        if event.get("status") in OVER or is_needless(event):
            return cancelled(task, now)
        return moved(task, due(event, now), now)

    return changed


def contact_changed(event: Json, task: Json, now: datetime) -> Json | None:
    """Return what a fast vårdkontakt of the unit completes; the patient being ready makes it due."""
    if event["resourceType"] == "CareTeam":
        managing = {target_of(each) for each in event.get("managingOrganization", ())}
        return completed(event, task, now) if target_of(task.get("owner")) in managing else None
    if admission_of(event) != admission_of(task):
        return None
    if event["resourceType"] == "Encounter":
        return cancelled(task, now) if event.get("status") in OVER else None
    return moved(task, (sent(event, now), sent(event, now)), now, is_sooner=True)


def sip_changed(event: Json, task: Json, now: datetime) -> Json | None:
    """Return what a call completes, and what is cancelled with the need of one."""
    if event["resourceType"] == "Appointment":
        return _called(event, task, now)
    if admission_of(event) != admission_of(task):
        return None
    is_off = event["resourceType"] == "Communication" or event.get("status") in OVER
    return cancelled(task, now) if is_off else None


def _called(call: Json, task: Json, now: datetime) -> Json | None:
    """Return the Task done by a call, or to be done anew when that call is called off."""
    made = {"type": concept_of(code_of(systems.SIP, sip.MEETING))}
    output = {**made, "valueReference": {"reference": reference_to(call)}}
    if sip.is_standing_call(call):
        done = completed(call, task, now)
        return done and {**done, "output": [output]}
    if task.get("status") != "completed" or output not in task.get("output", ()):
        return None
    return {"status": "requested", "output": None, "lastModified": instant(now)}


def compulsory_changed(event: Json, task: Json, now: datetime) -> Json | None:
    """Return what a plan completes, and the stay cancels or moves."""
    if event["resourceType"] == "CarePlan":
        return completed(event, task, now)
    if admission_of(event) != admission_of(task):
        return None
    if event.get("status") in OVER or discharge_of(event).compulsory is None:
        return cancelled(task, now)
    return moved(task, discharge_due(event, now), now)


def goals_changed(event: Json, task: Json, now: datetime) -> Json | None:
    """Return what a goal that is written completes, and the visit cancels."""
    if event["resourceType"] == "Goal":
        return completed(event, task, now)
    is_same = admission_of(event) == admission_of(task)
    return cancelled(task, now) if is_same and event.get("status") in OVER else None


def completed(_event: Json, task: Json, now: datetime) -> Json | None:
    """Return the Task done; None when it was not under way."""
    if task.get("status") not in _RUNNING:
        return None
    return {"status": "completed", "lastModified": instant(now)}


def cancelled(task: Json, now: datetime) -> Json | None:
    """Return what calls a Task off that is still to be done."""
    if task.get("status") not in _RUNNING:
        return None
    return {"status": "cancelled", "lastModified": instant(now)}


def moved(
    task: Json, due: tuple[datetime, datetime | None], now: datetime, *, is_sooner: bool = False
) -> Json | None:
    """Return the new times, and a Task that was cancelled asked for again; None when all stays."""
    period = period_of(due)
    before = (task.get("restriction") or {}).get("period") or {}
    stays = period.get("end") == before.get("end")
    late = is_sooner and before.get("end", "9999") <= period.get("end", "")
    if task.get("status") not in _RUNNING | {"cancelled"} or late or (stays and task["status"] in _RUNNING):
        return None
    status = "requested" if task["status"] == "cancelled" else task["status"]
    start = {"start": before["start"]} if is_sooner and "start" in before else {}
    kept = {**period, **start}
    return {
        "status": status,
        "executionPeriod": kept,
        "restriction": {"period": kept},
        "lastModified": instant(now),
    }
