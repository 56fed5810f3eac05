"""CLOCKS: what must happen within a time after an event; a row each, run by the door (`records.clocks`).

A clock is a Task of the unit at which the event is, with its due time as the end of its period: searched for
as `Task?code=…&status=requested&period=eb…`. Sources: domain of the regional guideline (a draft at
admission); HL7 v3-ActCode, https://hl7.org/fhir/R4/encounter.html.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pk_api.contract.codes import ACTION_KINDS
from pk_api.contract.dates import instant
from pk_api.contract.editing.draft import concept_of
from pk_api.contract.elements import Json, reference_to
from pk_api.contract.texts import text
from pk_api.fhir import systems
from pk_api.fhir.membership import is_contract
from pk_api.records.clocks import Clock

INPATIENT: Final = frozenset({"IMP", "ACUTE", "NONAC"})
"""Classes of Encounter of those who are admitted, of v3-ActCode."""

_PRESENT: Final = frozenset({"arrived", "triaged", "in-progress", "onleave"})
_STANDING: Final = frozenset({"draft", "active"})


def clocks(*, draft_days: int) -> tuple[Clock, ...]:
    """Return the table with the times that are set."""
    return (
        _clock(
            "draft-contract",
            is_admission,
            since=_admitted,
            within=timedelta(days=draft_days),
            stops=_is_contract_begun,
            unless_contract=True,
        ),
    )


def _clock(
    kind: str,
    starts: Callable[[Json], bool],
    *,
    since: Callable[[Json, datetime], datetime],
    within: timedelta,
    stops: Callable[[Json], bool],
    unless_contract: bool = False,
) -> Clock:
    """Return a clock whose Tasks are of a kind of `pk-task`."""
    task = partial(_task, kind, since, within)
    return Clock(kind, starts, task, stops, _stopped, unless_contract)


def is_admission(resource: Json) -> bool:
    """Say whether a resource tells that a patient is admitted."""
    if resource["resourceType"] != "Encounter" or resource.get("status") not in _PRESENT:
        return False
    return (resource.get("class") or {}).get("code") in INPATIENT


def _is_contract_begun(resource: Json) -> bool:
    return is_contract(resource) and resource.get("status") in _STANDING


def _admitted(encounter: Json, now: datetime) -> datetime:
    """Return when the patient was admitted, now when it is not told to the minute."""
    start = str((encounter.get("period") or {}).get("start", ""))
    return datetime.fromisoformat(start) if "T" in start else now


def _task(
    kind: str,
    since: Callable[[Json, datetime], datetime],
    within: timedelta,
    event: Json,
    now: datetime,
) -> Json:
    began = since(event, now)
    period = {"start": instant(began), "end": instant(began + within)}
    unit = event.get("serviceProvider")
    return {
        "extension": [{"url": systems.EXT_SIDE, "valueCode": "care"}],
        "status": "requested",
        "intent": "proposal",
        "code": concept_of(ACTION_KINDS[kind]),
        "description": text(f"clock.{kind}", "sv"),
        "for": event["subject"],
        "encounter": {"reference": reference_to(event)},
        "executionPeriod": period,
        "authoredOn": instant(now),
        "lastModified": instant(now),
        **({"requester": unit, "owner": unit} if unit else {}),
        "restriction": {"period": period},
    }


def _stopped(_task: Json, now: datetime) -> Json:
    return {"status": "completed", "lastModified": instant(now)}
