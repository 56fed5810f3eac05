"""What must hold of a call to a SIP, whatever way it is written: who calls, who is called, to which time.

Source: lag 2017:612 om samverkan vid utskrivning; HSL 2017:30 16 kap. 4 § (the person takes part).
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.rules import CARE
from pk_api.fhir import sip
from pk_api.fhir.problems import Problem
from pk_api.records.drafts import Drafts, placed
from pk_api.records.state import State
from pk_api.store import reading, unasked
from pk_api.store.database import Transaction
from pk_api.store.locked import Present

Json = Mapping[str, Any]

_SETTLED: Final = frozenset({"pending", "booked", "arrived", "checked-in", "fulfilled"})
"""Statuses of a call to a time that stands."""


def require_kept(before: Json, actor: Actor, present: Present) -> None:
    """Raise Problem when a call is changed or deleted by others than who has called."""
    if not sip.is_call(before) or actor.kind not in CARE or present.owner == actor.provider:
        return
    raise Problem("forbidden", "Not permitted: a call is changed by who has called; the others answer it.")


async def check_calls(tx: Transaction, drafts: Drafts, state: State) -> None:
    """Raise Problem business-rule for a call that lacks something, or that is made another call."""
    for n, draft in enumerate(drafts.drafts):
        call = draft.resource
        if call is None or not sip.is_standing_call(call):
            continue
        before = (await unasked.bodies(tx, [draft.key])).get(draft.key)
        known = state.present.get(draft.key)
        owner = known.owner if known else draft.placement.owner if draft.placement else ""
        wrong = (*_lacking(call), *_changed(before, call), *await _of_another(tx, call, owner))
        for path, why in wrong:
            raise placed(Problem("business-rule", why, expression=path), n)


async def _of_another(tx: Transaction, call: Json, owner: str) -> list[tuple[str, str]]:
    """Nobody calls in the name of another care provider."""
    names = [name for each in sip.callers_in(call) if (name := sip.name_of(each))]
    found = await reading.affiliations(tx, names) if names else {}
    if all(provider == owner for provider, *_ in found.values()):
        return []
    return [("Appointment.participant", "The caller is a unit of the care provider that writes the call.")]


def _lacking(call: Json) -> list[tuple[str, str]]:
    callers, called = sip.callers_in(call), sip.called_in(call)
    found = []
    if len(callers) != 1 or not sip.kind_of(callers[0]) & sip.CALLERS:
        found.append(
            ("Appointment.participant", "Of a call to a SIP exactly one unit of care is the caller.")
        )
    if not any("Patient" in sip.kind_of(each) for each in called):
        found.append(("Appointment.participant", "The patient is called to a SIP too."))
    if not any(sip.kind_of(each) & sip.CALLERS for each in called):
        found.append(("Appointment.participant", "A call to a SIP calls at least one other unit."))
    return found


def _changed(before: Json | None, call: Json) -> list[tuple[str, str]]:
    """A call is to its time: whoever said yes said it to that."""
    if before is None or not sip.is_call(before) or before.get("status") not in _SETTLED:
        return []
    moved = [f"Appointment.{name}" for name in ("start", "end") if before.get(name) != call.get(name)]
    found = [(path, "The time of a call stands: call it off, and call anew.") for path in moved]
    if sip.callers_in(before) != sip.callers_in(call):
        found.append(("Appointment.participant", "Who has called stands."))
    return found
