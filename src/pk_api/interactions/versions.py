"""Calls and replies in another version of FHIR: translated at the edge, so that no interaction knows of it.

Source: https://hl7.org/fhir/R4/versioning.html#mt-version.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from pk_api.fhir.problems import Problem
from pk_api.fhir.values import dump, parse
from pk_api.fhir.versions.care_team import to_r4, to_r5
from pk_api.interactions.call import R4, R5, Call, Reply

_WRITES: Final = frozenset({"create", "update"})
_TOLD: Final = frozenset({"read", "vread", "search", "delete"}) | _WRITES


async def in_version(name: str, call: Call, perform: Callable[[Call], Awaitable[Reply]]) -> Reply:
    """Perform a call whose body or answer is in R5. Problem not-acceptable, unsupported-media-type.

    What cannot be told in R5 is refused before it is written.
    """
    if call.sent_version == R5:
        _require("unsupported-media-type", call, name in _WRITES)
        call = replace(call, resource=to_r4(call.resource or {}), sent_version=R4)
    if call.version_wanted == R4:
        return await perform(call)
    _require("not-acceptable", call, name in _TOLD)
    if name in _WRITES:
        to_r5(call.resource or {})
    return _in_r5(await perform(replace(call, version_wanted=R4)))


def _require(kind: str, call: Call, is_spoken: object) -> None:
    if not (is_spoken and call.type == "CareTeam"):
        text = "FHIR 5.0 is spoken in read, vread, search, create and update of CareTeam alone."
        raise Problem(kind, text)


def _in_r5(reply: Reply) -> Reply:
    if not reply.body:
        return reply
    return replace(reply, body=dump(_told(parse(reply.body))), fhir_version=R5)


def _told(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a resource, or a Bundle of such, in R5; an OperationOutcome is the same in both."""
    if resource["resourceType"] == "OperationOutcome":
        return resource
    if resource["resourceType"] != "Bundle":
        return to_r5(resource)
    entries = [{**one, "resource": _told(one["resource"])} for one in resource.get("entry", ())]
    return {**resource, "entry": entries} if entries else resource
