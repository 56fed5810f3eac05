"""What a Call asks to be written, the same for a request of its own and for an entry of a Bundle.

Source: https://hl7.org/fhir/R4/http.html#create, #update, #patch, #delete and their conditional forms.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from pk_api.fhir.patches import read_patch
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.resource_types import TYPES
from pk_api.interactions import definitions
from pk_api.interactions.call import Call
from pk_api.interactions.criteria import criteria_of_header, read_criteria
from pk_api.interactions.etags import tags
from pk_api.records.values import Criteria, Write


def write_of(name: str, call: Call) -> Write:
    """Return the write that an interaction comes to. Problem invalid, method-not-allowed and others."""
    definitions.require_not_carried(call)
    if not TYPES[call.type or ""].is_writable:
        raise Problem("method-not-allowed", f"{call.type} is written by the service alone.")
    return _WRITES[name](call)


def _create(call: Call) -> Write:
    if call.if_match is not None:
        raise Problem("invalid", "A create has no version to match: use If-None-Exist, or PUT.")
    resource = {k: v for k, v in _body(call).items() if k != "id"}
    write = Write("create", call.type or "", resource)
    if call.if_none_exist is None:
        return write
    return replace(write, where=criteria_of_header(write.type, call.if_none_exist, base_url=call.base))


def _update(call: Call) -> Write:
    resource = _body(call)
    if call.id is not None and resource.get("id") != call.id:
        issue = Issue("invalid", "The id in the body must be the id in the address.", f"{call.type}.id")
        raise Problem("invalid", issue.diagnostics, issues=[issue])
    return _changing(call, Write("update", call.type or "", resource))


def _patch(call: Call) -> Write:
    patch = read_patch(call.media_type, call.patch, is_versioned=call.if_match is not None)
    return _changing(call, Write("update", call.type or "", patch=patch))


def _delete(call: Call) -> Write:
    return _changing(call, Write("delete", call.type or ""))


_WRITES: Final[Mapping[str, Callable[[Call], Write]]] = MappingProxyType(
    {"create": _create, "update": _update, "patch": _patch, "delete": _delete}
)


def _changing(call: Call, write: Write) -> Write:
    """Return the write with what it is about, an id or a search, and its conditions."""
    if call.if_none_exist is not None:
        raise Problem("invalid", "If-None-Exist goes with a create by POST.")
    where: Criteria | None = None
    if call.id is None:
        where = read_criteria(write.type, call.params, base_url=call.base)
    return replace(
        write,
        id=call.id,
        where=where,
        if_match=tags(call.if_match),
        unless=tags(call.if_none_match),
        most=call.most_deleted if write.method == "delete" else 1,
    )


def _body(call: Call) -> dict[str, Any]:
    if call.resource is None:
        raise Problem("invalid", f"The body holds one {call.type}.")
    if call.resource.get("resourceType") != call.type:
        raise Problem(
            "invalid",
            f"The address says {call.type}, the body is another type.",
            issues=[Issue("invalid", f"resourceType must be {call.type}", "resourceType")],
        )
    return call.resource
