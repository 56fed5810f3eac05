"""What the contract API does in one call, asked for as an operation: a row each.

Source: docs/integrate-fhir.md; the OperationDefinitions of `fhir.artefacts.contract_operations`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, cast

from pk_api.contract.discharge import Event
from pk_api.contract.model import (
    admissions,
    circumstances,
    discharge_summary,
    lives,
    reconciliations,
    sip_calls,
)
from pk_api.contract.model import offers as offer_model
from pk_api.contract.model import wishes as wish_model
from pk_api.contract.model.base import Request
from pk_api.contract.model.handovers import HandoverAsked
from pk_api.contract.service import admissions as admitted
from pk_api.contract.service import circumstances as told
from pk_api.contract.service import handovers, history, milestones, offers, protection
from pk_api.contract.service import reconciliations as reconciled
from pk_api.contract.service import sip_calls as called
from pk_api.contract.service.caller import Caller, Conditions, Tongue
from pk_api.contract.service.contracts import lacking, next_step
from pk_api.contract.texts import LANGUAGES
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import Arguments, arguments, refused
from pk_api.interactions.operations.contract_calls import body_of, caller_of, told_as
from pk_api.records.records import Records

Json = dict[str, Any]
Act = Callable[[Caller, str, Arguments], Awaitable[Mapping[str, Any]]]
_MOST: Final = 500
_USUAL: Final = 50


@dataclass(frozen=True, slots=True)
class OneCall:
    """An operation on one resource: what it is asked with, and what it does."""

    code: str
    type: str
    takes: frozenset[str]
    act: Act
    changes: bool

    async def __call__(self, records: Records, _: Cursors, call: Call) -> Reply:
        """Do it, and answer with Parameters."""
        asked = arguments(call, self.takes)
        caller = replace(caller_of(records, call), tongue=Tongue(_language(asked)))
        return told_as(await self.act(caller, call.id or "", asked))


def _language(asked: Arguments) -> str | None:
    language = asked.one("language")
    if language not in {None, *LANGUAGES}:
        raise refused("language", f"one of {', '.join(LANGUAGES)} is expected")
    return language


def _body(form: type[Request], asked: Arguments, *names: str, **more: Any) -> Json:
    return body_of(form, {name: asked.one(name) for name in names} | more)


def _named(asked: Arguments, name: str) -> Json | None:
    reference = asked.one(name)
    return {"reference": reference} if reference else None


def _id(asked: Arguments, name: str) -> str | None:
    reference = asked.one(name)
    return reference.rpartition("/")[2] if reference else None


async def _gaps(caller: Caller, contract: str, _: Arguments) -> Json:
    return {"gaps": await lacking(caller, contract)}


async def _next(caller: Caller, contract: str, _: Arguments) -> Json:
    return await next_step(caller, contract)


def _paged(read: Callable[..., Awaitable[Json]]) -> Act:
    async def act(caller: Caller, contract: str, asked: Arguments) -> Json:
        limit = asked.count("limit", most=_MOST) if asked.one("limit") else _USUAL
        return await read(caller, contract, limit=limit, cursor=asked.one("cursor"))

    return act


async def _milestone(caller: Caller, contract: str, asked: Arguments) -> Json:
    body = _body(discharge_summary.MilestoneMarked, asked, "kind")
    return (await milestones.mark(caller, contract, body, Conditions())).item


async def _sip_need(caller: Caller, contract: str, asked: Arguments) -> Json:
    body = _body(circumstances.SipNeedTold, asked, "state", "text")
    return (await told.tell(caller, contract, "sip-need", body, Conditions())).item


async def _reconcile(caller: Caller, contract: str, asked: Arguments) -> Json:
    plans = [each.rpartition("/")[2] for each in asked.all("plan")]
    body = _body(reconciliations.ReconciliationTold, asked, "text", plans=plans)
    return (await reconciled.tell(caller, contract, body, Conditions())).item


async def _ask(caller: Caller, contract: str, asked: Arguments) -> Json:
    body = _body(HandoverAsked, asked, "text", to=_named(asked, "to"))
    return (await handovers.ask(caller, contract, body, Conditions())).item


async def _handover(caller: Caller, task: str, asked: Arguments) -> Json:
    body = _body(wish_model.WishAnswer, asked, "answer", "reason", contact=_id(asked, "contact"))
    return await handovers.answer_any(caller, task, body, Conditions())


async def _offer(caller: Caller, task: str, asked: Arguments) -> Json:
    body = _body(offer_model.OfferAnswer, asked, "answer", "reason")
    return await offers.answer_offer(caller, task, body, Conditions())


_DISCHARGE: Final[Mapping[str, tuple[type[Request] | None, tuple[str, ...]]]] = MappingProxyType(
    {
        "needs": (admissions.NeedsAssessed, ("assessedOn", "expectedDischarge", "compulsory")),
        "notice": (admissions.FirstTold, ("text",)),
        "ready": (admissions.Told, ("text",)),
        "not-ready": (admissions.NotReady, ("reason",)),
        "information": (admissions.Told, ("text",)),
        "discharged": (admissions.Left, ("on",)),
    }
)
_TOLD: Final = frozenset({"notice", "ready", "information"})
_CALLED: Final[Mapping[str, tuple[type[Request] | None, tuple[str, ...]]]] = MappingProxyType(
    {
        "accept": (sip_calls.SipCallAnswer, ("comment",)),
        "decline": (sip_calls.SipCallAnswer, ("comment",)),
        "note": (sip_calls.SipCallNoted, ("answer",)),
        "confirm": (None, ()),
        "held": (None, ()),
        "call-off": (sip_calls.SipCalledOff, ("reason",)),
    }
)
"""Events, the body of each in the contract API, and which parameters stand in it."""


def _event(asked: Arguments, known: Mapping[str, Any]) -> str:
    event = asked.one("event") or ""
    if event not in known:
        raise refused("event", f"one of {', '.join(known)} is expected")
    return event


async def _discharge(caller: Caller, encounter: str, asked: Arguments) -> Json:
    event = _event(asked, _DISCHARGE)
    form, names = _DISCHARGE[event]
    more: Json = {"principals": list(asked.all("principal"))} if event == "needs" else {}
    if event in _TOLD and asked.all("to"):
        more["to"] = [{"reference": each} for each in asked.all("to")]
    body = _body(form, asked, *names, **more) if form else {}
    return await admitted.happen(caller, encounter, cast("Event", event), body, Conditions())


async def _sip_call(caller: Caller, appointment: str, asked: Arguments) -> Json:
    event = _event(asked, _CALLED)
    form, names = _CALLED[event]
    more = {"party": _named(asked, "party")} if event == "note" else {}
    body = _body(form, asked, *names, **more) if form else {}
    return await called.happen(caller, appointment, event, body, Conditions())


async def _protect(caller: Caller, patient: str, asked: Arguments) -> Json:
    body = _body(lives.Protected, asked, kinds=list(asked.all("kind")))
    return await protection.protect(caller, patient, body, Conditions())


def _row(code: str, type_: str, takes: str, act: Act, *, changes: bool = True) -> OneCall:
    return OneCall(code, type_, frozenset(takes.split()), act, changes)


_PAGE: Final = "limit cursor language"

ONE_CALLS: Final = (
    _row("next-step", "CarePlan", "language", _next, changes=False),
    _row("gaps", "CarePlan", "language", _gaps, changes=False),
    _row("timeline", "CarePlan", _PAGE, _paged(history.timeline), changes=False),
    _row("provenance", "CarePlan", _PAGE, _paged(history.provenance), changes=False),
    _row("mark-milestone", "CarePlan", "kind", _milestone),
    _row("tell-sip-need", "CarePlan", "state text", _sip_need),
    _row("reconcile-plans", "CarePlan", "plan text", _reconcile),
    _row("ask-to-take-over", "CarePlan", "to text", _ask),
    _row("answer-handover", "Task", "answer contact reason", _handover),
    _row("answer-offer", "Task", "answer reason", _offer),
    _row(
        "tell-discharge",
        "Encounter",
        "event principal assessedOn expectedDischarge compulsory to text reason on",
        _discharge,
    ),
    _row("tell-sip-call", "Appointment", "event comment party answer reason", _sip_call),
    _row("protect-identity", "Patient", "kind", _protect),
)
