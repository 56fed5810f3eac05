"""What the contract API does and tells, as an operation asks for it and answers it.

A list is a parameter told several times, an object one with parts, and what is not known is not there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from pk_api.contract.model.base import Request
from pk_api.contract.service.caller import Caller, Tongue
from pk_api.fhir.problems import Problem
from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.records.records import Records


def caller_of(records: Records, call: Call) -> Caller:
    """Return who asks, as the contract API knows them."""
    return Caller(records, call.actor, records.now(), Tongue("sv"), call.request_id)


def body_of(form: type[Request], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body that the contract API would have read. Problem invalid names the parameter."""
    try:
        return form.model_validate({k: v for k, v in values.items() if v is not None}).values()
    except ValidationError as error:
        names = sorted({str(each["loc"][0]) for each in error.errors() if each["loc"]})
        text = f"Parameter {', '.join(names)}: another value is expected."
        raise Problem("invalid", text) from error


def told_as(answer: Mapping[str, Any]) -> Reply:
    """Return an answer of the contract API as Parameters; JSON of FHIR has no empty lists."""
    told = list(_parameters(answer))
    return Reply(200, dump({"resourceType": "Parameters"} | ({"parameter": told} if told else {})))


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
