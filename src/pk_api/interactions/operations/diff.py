"""$diff: what leads from one version of a resource to another. Source: docs/integrate-fhir.md.

The operation is HAPI's; the answer is a FHIRPath Patch with previous values.
"""

from typing import Final

from pk_api.fhir.patches.differences import differences
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import LocalRef, literal
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import Arguments, arguments, refused
from pk_api.records.records import Records
from pk_api.records.values import Stored

_KNOWN: Final = frozenset({"from", "to", "includeMeta"})


async def diff(records: Records, _: Cursors, call: Call) -> Reply:
    """Return what makes version `to` (else the present one) of version `from` (else the one before)."""
    asked = arguments(call, _KNOWN)
    start, end = (_version(call, asked, name) for name in ("from", "to"))
    if start is not None and end is not None and start.reference != end.reference:
        raise refused("to", "two versions of one resource are compared")
    place = end or start
    if place is None:
        raise refused("from", "name the resource: Type/[id]/$diff, or from=Type/[id]/_history/[version]")
    new = await _read(records, call, end or LocalRef(place.type, place.id))
    before = LocalRef(place.type, place.id, str(max(new.version - 1, 1)))
    old = await _read(records, call, before if start is None or start.version is None else start)
    told = differences(old.resource, new.resource, with_meta=asked.one("includeMeta") == "true")
    return Reply(200, dump(told))


def _version(call: Call, asked: Arguments, name: str) -> LocalRef | None:
    """Return the version that is named, by its number or by a reference; at a resource, that resource."""
    text = asked.one(name)
    at = LocalRef(call.type or "", call.id) if call.type and call.id else None
    if text is None:
        return at
    if at is not None and text.isascii() and text.isalnum():
        return LocalRef(at.type, at.id, text)
    found = literal(text, call.base)
    if found is None or not _is_of(call, found):
        raise refused(name, "a version such as 2, or Goal/[id]/_history/2, of this resource is expected")
    return found


def _is_of(call: Call, found: LocalRef) -> bool:
    """Whether the reference is to a type of the service, and to what the address names."""
    is_served = found.type in TYPES
    return is_served and found.type == (call.type or found.type) and found.id == (call.id or found.id)


async def _read(records: Records, call: Call, place: LocalRef) -> Stored:
    if place.version is None:
        return await records.read(call.actor, place.type, place.id, request_id=call.request_id)
    if not place.version.isdecimal() or len(place.version) > 9:
        raise Problem("not-found", f"There is no such version of this {place.type}.")
    number = int(place.version)
    return await records.vread(call.actor, place.type, place.id, number, request_id=call.request_id)
