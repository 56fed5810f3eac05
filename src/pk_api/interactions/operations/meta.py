"""$meta, $meta-add, $meta-delete: what a resource's meta holds, and changes of it.

Sources: https://hl7.org/fhir/R4/resource-operation-meta.html, -meta-add.html, -meta-delete.html.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.validate import require_valid
from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.etags import tags
from pk_api.interactions.operations.arguments import arguments
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write

_LISTS: Final = ("profile", "security", "tag")
Change = Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]


async def meta(records: Records, _cursors: Cursors, call: Call) -> Reply:
    """Return the meta of the present version as Parameters."""
    arguments(call, ())
    return _told(await _read(records, call))


async def meta_add(records: Records, _cursors: Cursors, call: Call) -> Reply:
    """Add profiles, tags and security labels; a new version where one was not there."""
    return await _changed(records, call, _with)


async def meta_delete(records: Records, _cursors: Cursors, call: Call) -> Reply:
    """Take profiles and tags away. Problem forbidden for a security label: only a named right does that."""
    return await _changed(records, call, _without, unlabels=True)


async def _changed(records: Records, call: Call, change: Change, *, unlabels: bool = False) -> Reply:
    if not TYPES[call.type or ""].is_writable:
        raise Problem("method-not-allowed", f"{call.type} is written by the service alone.")
    apply = partial(change, _given(call))
    stored = await _read(records, call)
    if call.if_match is None and dump(apply(stored.resource)) == dump(stored.resource):
        return _told(stored)
    match = tags(call.if_match)
    write = Write("update", stored.type, id=stored.id, if_match=match, patch=apply, unlabels=unlabels)
    (written,) = await records.write(call.actor, [write], request_id=call.request_id)
    return _told(written)


async def _read(records: Records, call: Call) -> Stored:
    return await records.read(call.actor, call.type or "", call.id or "", request_id=call.request_id)


def _told(stored: Stored) -> Reply:
    parameter = {"name": "return", "valueMeta": stored.resource["meta"]}
    body = dump({"resourceType": "Parameters", "parameter": [parameter]})
    return Reply(200, body, stored.version, stored.updated)


def _given(call: Call) -> Mapping[str, Any]:
    """Return the one Meta that is asked with."""
    require_valid(call.resource or {}, expected_type="Parameters")
    found = (call.resource or {}).get("parameter", [])
    if len(found) != 1 or found[0]["name"] != "meta" or "valueMeta" not in found[0]:
        text = "Parameters with one valueMeta, named meta, are expected."
        raise Problem("invalid", text, issues=[Issue("required", text, "Parameters.parameter")])
    given: Mapping[str, Any] = found[0]["valueMeta"]
    return given


def _mark(value: Any) -> Any:
    """Return that by which a profile or a label is known."""
    return (value.get("system"), value.get("code")) if isinstance(value, Mapping) else value


def _with(given: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, Any]:
    old = resource.get("meta", {})
    new = dict(old)
    for name in _LISTS:
        held = {_mark(one) for one in old.get(name, ())}
        added = [one for one in given.get(name, ()) if _mark(one) not in held]
        if added:
            new[name] = [*old.get(name, ()), *added]
    return {**resource, "meta": new}


def _without(given: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, Any]:
    old = resource.get("meta", {})
    gone = {name: {_mark(one) for one in given.get(name, ())} for name in _LISTS}
    kept = {name: [one for one in old.get(name, ()) if _mark(one) not in gone[name]] for name in _LISTS}
    new = {name: value for name, value in old.items() if name not in _LISTS}
    return {**resource, "meta": new | {name: value for name, value in kept.items() if value}}
