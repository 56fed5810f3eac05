"""CLOCKS: what must happen within a time after an event; a row each, run by the door (`records.clocks`).

A clock is a Task of the unit that must act, with its due time, where the law sets one, as the end of its
period: searched for as `Task?code=…&status=requested&period=eb…`. Sources: the regional guideline (a draft at
admission); lag 2017:612 (the rest); HL7 v3-ActCode, https://hl7.org/fhir/R4/encounter.html.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Literal, get_args

from pk_api.contract import guarantee_clock
from pk_api.contract.clock_changes import (
    by_stay,
    completed,
    compulsory_changed,
    contact_changed,
    goals_changed,
    is_notice_needless,
    sip_changed,
)
from pk_api.contract.clock_due import (
    Due,
    contact_due,
    discharge_due,
    notice_due,
    period_of,
    sent,
    within,
)
from pk_api.contract.codes import ACTION_KINDS
from pk_api.contract.dates import instant
from pk_api.contract.discharge import (
    BOTH,
    admission_of,
    discharge_of,
    is_admission,
    is_of_stay,
    is_stay,
    is_told,
    is_visit,
    recipient_of,
)
from pk_api.contract.editing.draft import concept_of
from pk_api.contract.elements import Json, code_in, codes_in, reference_to
from pk_api.contract.model.admissions import ClockKind
from pk_api.contract.texts import text
from pk_api.fhir import sip, systems
from pk_api.fhir.membership import is_contract
from pk_api.records.clocks import Clock

SIP_WITHIN: Final = timedelta(days=3)
"""Lag 2017:612: from when it is told that the patient is ready, until the call."""

KINDS: Final = get_args(ClockKind)
"""The kinds of Tasks, of `pk-task`, that clocks make."""

_STANDING: Final = frozenset({"draft", "active"})
_FAST_VARDKONTAKT: Final = frozenset({"1", "4"})


def clocks(*, draft_days: int, reassess_days: int = 7, revise_days: int = 14) -> tuple[Clock, ...]:
    """Return the table with the times that are set."""
    of_contracts = _of_contracts(timedelta(days=reassess_days), timedelta(days=revise_days))
    return (
        _draft(timedelta(days=draft_days)),
        *_of_stays(),
        *_of_readiness(),
        *of_contracts,
        guarantee_clock.guarantee_clock(),
    )


def _draft(days: timedelta) -> Clock:
    return _clock(
        "draft-contract",
        is_admission,
        due=partial(within, days),
        heeds=_is_contract_begun,
        changed=completed,
        contract="none",
    )


def _of_stays() -> tuple[Clock, ...]:
    """Return the clocks that a stay starts, and that follow it."""
    return (
        _clock(
            "send-admission-notice",
            lambda each: is_admission(each) and not discharge_of(each).nobody_needed,
            due=notice_due,
            heeds=is_of_stay("admission-notice"),
            changed=by_stay("admission-notice", is_notice_needless, notice_due),
        ),
        _clock(
            "compulsory-care-plan",
            lambda each: is_admission(each) and discharge_of(each).compulsory is not None,
            due=discharge_due,
            heeds=lambda each: _is_compulsory_plan(each) or each["resourceType"] == "Encounter",
            changed=compulsory_changed,
        ),
        _clock(
            "transfer-information",
            lambda each: is_stay(each) and bool(discharge_of(each).principals),
            due=discharge_due,
            heeds=is_of_stay("discharge-information"),
            changed=by_stay(
                "discharge-information", lambda each: discharge_of(each).nobody_needed, discharge_due
            ),
        ),
    )


def _of_readiness() -> tuple[Clock, ...]:
    """Return the clocks of the units that are told."""
    return (
        _clock(
            "name-contact",
            partial(is_told, "admission-notice", not_municipal=True),
            due=contact_due,
            heeds=lambda each: _is_fast_vardkontakt(each) or is_of_stay("ready-for-discharge")(each),
            changed=contact_changed,
        ),
        _clock(
            "call-to-sip",
            _needs_sip,
            due=lambda notice, now: (sent(notice, now), sent(notice, now) + SIP_WITHIN),
            heeds=lambda each: sip.is_call(each) or is_of_stay("not-ready-for-discharge")(each),
            changed=sip_changed,
        ),
    )


def _of_contracts(reassess: timedelta, revise: timedelta) -> tuple[Clock, ...]:
    """Return the clocks of those who have part in a contract: no law sets them a time, a setting does."""
    return (
        _clock(
            "reassess-goals",
            is_visit,
            due=partial(within, reassess),
            heeds=lambda each: each["resourceType"] in {"Goal", "Encounter"},
            changed=goals_changed,
            contract="some",
            is_own=True,
        ),
        _clock(
            "revise-contract",
            partial(is_told, "discharge-information"),
            due=partial(within, revise),
            heeds=lambda _: False,
            changed=completed,
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
    is_own: bool = False,
) -> Clock:
    """Return a clock whose Tasks are of a kind of `pk-task`."""
    return Clock(kind, starts, partial(_task, kind, due), heeds, changed, contract, is_own)


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


def _task(kind: str, due: Due, event: Json, now: datetime) -> Json:
    period = period_of(due(event, now))
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
