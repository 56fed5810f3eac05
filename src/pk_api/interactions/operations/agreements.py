"""CarePlan/$propose-agreement, $agree, $decline-agreement, $agreement, $verify-agreement.

What the contract API does and tells, as Parameters. Source: docs/integrate-fhir.md.
"""

from typing import Final

from pk_api.contract.model import agreements as model
from pk_api.contract.service import agreements as service
from pk_api.contract.service.caller import Conditions
from pk_api.contract.service.verifying import verify
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import Arguments, arguments
from pk_api.interactions.operations.contract_calls import body_of, caller_of, told_as
from pk_api.records.records import Records

_MOST: Final = 999_999_999
_ANSWER: Final = frozenset({"number", "exceptItem", "means", "party"})


async def propose_agreement(records: Records, _: Cursors, call: Call) -> Reply:
    """Propose an agreement over the contract as it stands."""
    asked = arguments(call, {"text", "means"})
    body = body_of(model.Proposed, {name: asked.one(name) for name in ("text", "means")})
    return told_as(await service.propose(caller_of(records, call), call.id or "", body, Conditions()))


async def agree(records: Records, _: Cursors, call: Call) -> Reply:
    """Accept the open proposal, or the one of a number, for one's own party."""
    asked = arguments(call, _ANSWER)
    given = {"means": asked.one("means"), "party": asked.one("party")}
    items = [each.rpartition("/")[2] for each in asked.all("exceptItem")]
    body = body_of(model.Accepted, {**given, "exceptItems": items or None})
    caller, number = caller_of(records, call), await _number(records, call, asked)
    return told_as(await service.accept(caller, call.id or "", number, body, Conditions()))


async def decline_agreement(records: Records, _: Cursors, call: Call) -> Reply:
    """Decline the open proposal, or the one of a number, and say why."""
    asked = arguments(call, {"number", "reason", "means", "party"})
    body = body_of(model.Declined, {name: asked.one(name) for name in ("reason", "means", "party")})
    caller, number = caller_of(records, call), await _number(records, call, asked)
    return told_as(await service.decline(caller, call.id or "", number, body, Conditions()))


async def agreement(records: Records, _: Cursors, call: Call) -> Reply:
    """Return the latest proposal, or the one of a number."""
    number = await _number(records, call, arguments(call, {"number"}))
    return told_as(await service.read_agreement(caller_of(records, call), call.id or "", number))


async def verify_agreement(records: Records, _: Cursors, call: Call) -> Reply:
    """Return whether the latest agreement, or the one of a number, still is what was agreed on."""
    number = await _number(records, call, arguments(call, {"number"}))
    return told_as(await verify(caller_of(records, call), call.id or "", number))


async def _number(records: Records, call: Call, asked: Arguments) -> int:
    """Return the number that is asked for, else that of the latest proposal."""
    if asked.one("number") is not None:
        return asked.count("number", most=_MOST)
    return await service.latest_number(caller_of(records, call), call.id or "")
