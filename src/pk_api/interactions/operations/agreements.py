"""CarePlan/$propose-agreement, $agree, $decline-agreement, $agreement, $verify-agreement.

What the contract API does and tells, as Parameters: a list is a parameter told several times, an object one
with parts, and what is not known is not there. Source: docs/integrate-fhir.md.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from pk_api.contract.model import agreements as model
from pk_api.contract.model.base import Request
from pk_api.contract.service import agreements as service
from pk_api.contract.service.caller import Caller, Conditions
from pk_api.contract.service.verifying import verify
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import Arguments, arguments
from pk_api.records.records import Records

_MOST: Final = 999_999_999
_ANSWER: Final = frozenset({"number", "exceptItem", "means", "party"})


async def propose_agreement(records: Records, _: Cursors, call: Call) -> Reply:
    """Propose an agreement over the contract as it stands."""
    asked = arguments(call, {"text", "means"})
    body = _body(model.Proposed, {name: asked.one(name) for name in ("text", "means")})
    return _told(await service.propose(_caller(records, call), call.id or "", body, Conditions()))


async def agree(records: Records, _: Cursors, call: Call) -> Reply:
    """Accept the open proposal, or the one of a number, for one's own party."""
    asked = arguments(call, _ANSWER)
    given = {"means": asked.one("means"), "party": asked.one("party")}
    items = [each.rpartition("/")[2] for each in asked.all("exceptItem")]
    body = _body(model.Accepted, {**given, "exceptItems": items or None})
    caller, number = _caller(records, call), await _number(records, call, asked)
    return _told(await service.accept(caller, call.id or "", number, body, Conditions()))


async def decline_agreement(records: Records, _: Cursors, call: Call) -> Reply:
    """Decline the open proposal, or the one of a number, and say why."""
    asked = arguments(call, {"number", "reason", "means", "party"})
    body = _body(model.Declined, {name: asked.one(name) for name in ("reason", "means", "party")})
    caller, number = _caller(records, call), await _number(records, call, asked)
    return _told(await service.decline(caller, call.id or "", number, body, Conditions()))


async def agreement(records: Records, _: Cursors, call: Call) -> Reply:
    """Return the latest proposal, or the one of a number."""
    number = await _number(records, call, arguments(call, {"number"}))
    return _told(await service.read_agreement(_caller(records, call), call.id or "", number))


async def verify_agreement(records: Records, _: Cursors, call: Call) -> Reply:
    """Return whether the latest agreement, or the one of a number, still is what was agreed on."""
    number = await _number(records, call, arguments(call, {"number"}))
    return _told(await verify(_caller(records, call), call.id or "", number))


def _caller(records: Records, call: Call) -> Caller:
    return Caller(records, call.actor, records.now(), "sv", call.request_id)


async def _number(records: Records, call: Call, asked: Arguments) -> int:
    """Return the number that is asked for, else that of the latest proposal."""
    if asked.one("number") is not None:
        return asked.count("number", most=_MOST)
    return await service.latest_number(_caller(records, call), call.id or "")


def _body(form: type[Request], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body that the contract API would have read. Problem invalid names the parameter."""
    try:
        return form.model_validate({k: v for k, v in values.items() if v is not None}).values()
    except ValidationError as error:
        names = sorted({str(each["loc"][0]) for each in error.errors() if each["loc"]})
        text = f"Parameter {', '.join(names)}: another value is expected."
        raise Problem("invalid", text, issues=[Issue("invalid", text)]) from error


def _told(answer: Mapping[str, Any]) -> Reply:
    return Reply(200, dump({"resourceType": "Parameters", "parameter": list(_parameters(answer))}))


def _parameters(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, value in told.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                if parts := list(_parameters(one)):
                    yield {"name": name, "part": parts}
            elif isinstance(one, bool):
                yield {"name": name, "valueBoolean": one}
            elif isinstance(one, int):
                yield {"name": name, "valueInteger": one}
            elif one:
                yield {"name": name, "valueString": str(one)}
