"""CLOCKS: what must happen within a time after an event; a row each, run by the door (`records.clocks`).

A clock is a Task of the unit that must act, with its due time, where the law sets one, as the end of its
period: searched for as `Task?code=…&status=requested&period=eb…`. Sources: the regional guideline (a draft at
admission); lag 2017:612 (the rest); HL7 v3-ActCode, https://hl7.org/fhir/R4/encounter.html.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final, Literal

from pk_api.contract.codes import ACTION_KINDS
from pk_api.contract.dates import SWEDEN, instant
from pk_api.contract.discharge import (
    BOTH,
    OVER,
    admission_of,
    discharge_of,
    is_admission,
    is_of_stay,
    is_stay,
    is_told,
    is_visit,
    notice_kind,
    recipient_of,
    state_of,
)
from pk_api.contract.editing.draft import concept_of
from pk_api.contract.elements import Json, code_in, codes_in, reference_to, target_of
from pk_api.contract.texts import text
from pk_api.fhir import systems
from pk_api.fhir.membership import is_contract
from pk_api.records.clocks import Clock

NOTICE_WITHIN: Final = timedelta(hours=24)
"""Lag 2017:612: from admission, or the assessment when that is later, until the notice is sent."""

SIP_WITHIN: Final = timedelta(days=3)
"""Lag 2017:612: from when it is told that the patient is ready, until the call."""

KINDS: Final = (
    "draft-contract",
    "send-admission-notice",
    "name-contact",
    "call-to-sip",
    "compulsory-care-plan",
    "transfer-information",
    "reassess-goals",
    "revise-contract",
)
"""The kinds of Tasks, of `pk-task`, that clocks make."""

_STANDING: Final = frozenset({"draft", "active"})
_RUNNING: Final = frozenset({"requested", "received", "accepted", "ready", "in-progress", "on-hold"})
_FAST_VARDKONTAKT: Final = frozenset({"1", "4"})

Due = Callable[[Json, datetime], tuple[datetime, datetime | None]]
"""Since when an event's clock runs, and until when; None where no law sets a time yet."""


def clocks(*, draft_days: int) -> tuple[Clock, ...]:
    """Return the table with the times that are set."""
    return (_draft(timedelta(days=draft_days)), *_of_stays(), *_of_readiness(), *_of_contracts())


def _draft(within: timedelta) -> Clock:
    return _clock(
        "draft-contract",
        is_admission,
        due=partial(_draft_due, within),
        heeds=_is_contract_begun,
        changed=_completed,
        contract="none",
    )


def _of_stays() -> tuple[Clock, ...]:
    """Return the clocks that a stay starts, and that follow it."""
    return (
        _clock(
            "send-admission-notice",
            lambda each: is_admission(each) and not discharge_of(each).nobody_needed,
            due=_notice_due,
            heeds=is_of_stay("admission-notice"),
            changed=_by_stay("admission-notice", _is_notice_needless, _notice_due),
        ),
        _clock(
            "compulsory-care-plan",
            lambda each: is_admission(each) and discharge_of(each).compulsory is not None,
            due=_discharge_due,
            heeds=lambda each: _is_compulsory_plan(each) or each["resourceType"] == "Encounter",
            changed=_compulsory_changed,
        ),
        _clock(
            "transfer-information",
            lambda each: is_stay(each) and bool(discharge_of(each).principals),
            due=_discharge_due,
            heeds=is_of_stay("discharge-information"),
            changed=_by_stay(
                "discharge-information", lambda each: discharge_of(each).nobody_needed, _discharge_due
            ),
        ),
    )


def _of_readiness() -> tuple[Clock, ...]:
    """Return the clocks of the units that are told."""
    return (
        _clock(
            "name-contact",
            partial(is_told, "admission-notice", not_municipal=True),
            due=_contact_due,
            heeds=lambda each: _is_fast_vardkontakt(each) or is_of_stay("ready-for-discharge")(each),
            changed=_contact_changed,
        ),
        _clock(
            "call-to-sip",
            _needs_sip,
            due=lambda notice, now: (_sent(notice, now), _sent(notice, now) + SIP_WITHIN),
            heeds=is_of_stay("not-ready-for-discharge"),
            changed=_sip_changed,
        ),
    )


def _of_contracts() -> tuple[Clock, ...]:
    """Return the clocks of those who have part in a contract: no law sets them a time."""
    return (
        _clock(
            "reassess-goals",
            is_visit,
            due=lambda visit, now: (_began(visit, now), None),
            heeds=lambda each: each["resourceType"] in {"Goal", "Encounter"},
            changed=_goals_changed,
            contract="some",
        ),
        _clock(
            "revise-contract",
            partial(is_told, "discharge-information"),
            due=lambda notice, now: (_sent(notice, now), None),
            heeds=lambda _: False,
            changed=_completed,
            contract="some",
        ),
    )


def _clock(
    kind: str,
    starts: Callable[[Json], bool],
    *,
    due: Due,
    heeds: Callable[[Json], bool],
    changed: Callable[[Json, Json, datetime], Json | None],
    contract: Literal["any", "none", "some"] = "any",
) -> Clock:
    """Return a clock whose Tasks are of a kind of `pk-task`."""
    return Clock(kind, starts, partial(_task, kind, due), heeds, changed, contract)


def _is_contract_begun(resource: Json) -> bool:
    return is_contract(resource) and resource.get("status") in _STANDING


def _needs_sip(resource: Json) -> bool:
    """Say whether a unit is told that one is ready who needs both principals: it calls within days."""
    told = discharge_of(resource)
    is_ready = is_told("ready-for-discharge", resource, not_municipal=True)
    return is_ready and told.principals >= BOTH and told.compulsory is None


def _is_fast_vardkontakt(resource: Json) -> bool:
    if resource["resourceType"] != "CareTeam" or resource.get("status") != "active":
        return False
    roles = [role for each in resource.get("participant", ()) for role in each.get("role", ())]
    return not _FAST_VARDKONTAKT.isdisjoint(codes_in(roles, systems.KV_FAST_KONTAKT))


def _is_compulsory_plan(resource: Json) -> bool:
    if resource["resourceType"] != "CarePlan" or resource.get("status") != "active":
        return False
    categories = resource.get("category", ())
    return (
        "SPLPTLRV" in codes_in(categories, systems.RIV_PLAN_TYPE)
        or code_in(categories, systems.STATUTORY_PLAN) == "samordnad-vardplan-lptlrv"
    )


def _moment(told: str | None, otherwise: datetime) -> datetime:
    """Return an instant, another when it is not told to the minute."""
    return datetime.fromisoformat(told) if told is not None and "T" in told else otherwise


def _began(encounter: Json, now: datetime) -> datetime:
    """Return when the patient was admitted, now when it is not told to the minute."""
    return _moment((encounter.get("period") or {}).get("start"), now)


def _sent(notice: Json, now: datetime) -> datetime:
    return _moment(notice.get("sent"), now)


def _end_of(day: str | None) -> datetime | None:
    """Return when a Swedish day ends."""
    if day is None or len(day) < 10:
        return None
    moment = datetime.fromisoformat(day)
    local = moment.astimezone(SWEDEN).date() if moment.tzinfo else date.fromisoformat(day[:10])
    return datetime.combine(local, time(23, 59, 59), tzinfo=SWEDEN)


def _draft_due(within: timedelta, event: Json, now: datetime) -> tuple[datetime, datetime]:
    return _began(event, now), _began(event, now) + within


def _notice_due(event: Json, now: datetime) -> tuple[datetime, datetime]:
    admitted = _began(event, now)
    since = max(admitted, _moment(discharge_of(event).assessed, admitted))
    return since, since + NOTICE_WITHIN


def _contact_due(notice: Json, now: datetime) -> tuple[datetime, datetime | None]:
    return _sent(notice, now), _end_of(discharge_of(notice).expected)


def _discharge_due(encounter: Json, now: datetime) -> tuple[datetime, datetime | None]:
    """Return until when the discharge day lasts: the day itself, before it the expected one."""
    end = (encounter.get("period") or {}).get("end") if encounter.get("status") == "finished" else None
    return _began(encounter, now), _end_of(end or discharge_of(encounter).expected)


def _is_notice_needless(encounter: Json) -> bool:
    """Say whether nobody is to be told: nobody is needed, or was assessed to be before the patient left."""
    told = discharge_of(encounter)
    return told.nobody_needed or (state_of(encounter) == "discharged" and told.assessed is None)


def _by_stay(
    kind: str, is_needless: Callable[[Json], bool], due: Due
) -> Callable[[Json, Json, datetime], Json | None]:
    """Return what a notice of this kind completes, and the stay cancels, brings back or moves."""

    def changed(event: Json, task: Json, now: datetime) -> Json | None:
        if admission_of(event) != admission_of(task):
            return None
        if notice_kind(event) == kind:
            return _completed(event, task, now)
        if event.get("status") in OVER or is_needless(event):
            return _cancelled(task, now)
        return _moved(task, due(event, now), now)

    return changed


def _contact_changed(event: Json, task: Json, now: datetime) -> Json | None:
    """Return what a fast vårdkontakt of the unit completes; the patient being ready makes it due."""
    if event["resourceType"] == "CareTeam":
        managing = {target_of(each) for each in event.get("managingOrganization", ())}
        return _completed(event, task, now) if target_of(task.get("owner")) in managing else None
    if admission_of(event) != admission_of(task):
        return None
    if event["resourceType"] == "Encounter":
        return _cancelled(task, now) if event.get("status") in OVER else None
    return _moved(task, (_sent(event, now), _sent(event, now)), now, is_sooner=True)


def _sip_changed(event: Json, task: Json, now: datetime) -> Json | None:
    """Return what is cancelled when the patient is no longer ready, or was never there."""
    if admission_of(event) != admission_of(task):
        return None
    is_off = event["resourceType"] == "Communication" or event.get("status") in OVER
    return _cancelled(task, now) if is_off else None


def _compulsory_changed(event: Json, task: Json, now: datetime) -> Json | None:
    if event["resourceType"] == "CarePlan":
        return _completed(event, task, now)
    if admission_of(event) != admission_of(task):
        return None
    if event.get("status") in OVER or discharge_of(event).compulsory is None:
        return _cancelled(task, now)
    return _moved(task, _discharge_due(event, now), now)


def _goals_changed(event: Json, task: Json, now: datetime) -> Json | None:
    if event["resourceType"] == "Goal":
        return _completed(event, task, now)
    is_same = admission_of(event) == admission_of(task)
    return _cancelled(task, now) if is_same and event.get("status") in OVER else None


def _completed(_event: Json, task: Json, now: datetime) -> Json | None:
    if task.get("status") not in _RUNNING:
        return None
    return {"status": "completed", "lastModified": instant(now)}


def _cancelled(task: Json, now: datetime) -> Json | None:
    if task.get("status") not in _RUNNING:
        return None
    return {"status": "cancelled", "lastModified": instant(now)}


def _moved(
    task: Json, due: tuple[datetime, datetime | None], now: datetime, *, is_sooner: bool = False
) -> Json | None:
    """Return the new times, and a Task that was cancelled asked for again; None when all stays."""
    period = _period(due)
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


def _period(due: tuple[datetime, datetime | None]) -> Json:
    since, until = due
    return {"start": instant(since), **({"end": instant(max(since, until))} if until else {})}


def _task(kind: str, due: Due, event: Json, now: datetime) -> Json:
    period = _period(due(event, now))
    asks = event.get("serviceProvider") or event.get("sender")
    owner = asks if event["resourceType"] == "Encounter" else recipient_of(event)
    return {
        "extension": [{"url": systems.EXT_SIDE, "valueCode": "care"}],
        "status": "requested",
        "intent": "proposal",
        "code": concept_of(ACTION_KINDS[kind]),
        "description": text(f"clock.{kind}", "sv"),
        "focus": {"reference": reference_to(event)},
        "for": event["subject"],
        **({"encounter": {"reference": admission}} if (admission := admission_of(event)) else {}),
        "executionPeriod": period,
        "authoredOn": instant(now),
        "lastModified": instant(now),
        **({"requester": asks} if asks else {}),
        **({"owner": owner} if owner else {}),
        "restriction": {"period": period},
    }
