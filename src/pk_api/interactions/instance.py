"""read, vread, create, update, delete. Source: https://hl7.org/fhir/R4/http.html#general."""

from pk_api.fhir.outcome import operation_outcome
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.etags import is_known, tags
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write


def location(base: str, stored: Stored) -> str:
    """Return the address of a version."""
    return f"{base}/{stored.reference}/_history/{stored.version}"


async def read(records: Records, call: Call) -> Reply:
    """Return the present version, or 304 when the caller holds it."""
    stored = await records.read(call.actor, call.type or "", call.id or "", request_id=call.request_id)
    if is_known(call.if_none_match, stored.version):
        return Reply(304, version=stored.version, updated=stored.updated)
    return Reply(200, stored.body.encode(), stored.version, stored.updated)


async def vread(records: Records, call: Call) -> Reply:
    """Return one version."""
    version = call.version or ""
    if not version.isdecimal() or len(version) > 9:
        raise Problem("not-found", f"There is no such version of this {call.type}.")
    stored = await records.vread(
        call.actor, call.type or "", call.id or "", int(version), request_id=call.request_id
    )
    if is_known(call.if_none_match, stored.version):
        return Reply(304, version=stored.version, updated=stored.updated)
    return Reply(200, stored.body.encode(), stored.version, stored.updated)


def require_writable(resource_type: str) -> None:
    """Raise Problem when clients may not write this type."""
    if not TYPES[resource_type].is_writable:
        raise Problem("method-not-allowed", f"{resource_type} is written by the service alone.")


def _body(call: Call) -> dict[str, object]:
    if call.resource is None:
        raise Problem("invalid", f"The body holds one {call.type}.")
    kind = call.resource.get("resourceType")
    if kind != call.type:
        raise Problem(
            "invalid",
            f"The address says {call.type}, the body is another type.",
            issues=[Issue("invalid", f"resourceType must be {call.type}", "resourceType")],
        )
    return call.resource


async def create(records: Records, call: Call) -> Reply:
    """Store a new resource under an id of the service; an id in the body is not used."""
    require_writable(call.type or "")
    if call.if_none_exist is not None:
        raise Problem(
            "precondition-failed", "Conditional create is not supported here; use a conditional reference."
        )
    resource = {k: v for k, v in _body(call).items() if k != "id"}
    written = await records.write(
        call.actor, [Write("create", call.type or "", resource)], request_id=call.request_id
    )
    return answer(call, written[0])


async def update(records: Records, call: Call) -> Reply:
    """Replace a resource, or store it under an id that the client chose."""
    require_writable(call.type or "")
    resource = _body(call)
    if resource.get("id") != call.id:
        issue = Issue("invalid", "The id in the body must be the id in the address.", f"{call.type}.id")
        raise Problem("invalid", issue.diagnostics, issues=[issue])
    write = Write(
        "update", call.type or "", resource, call.id, tags(call.if_match), unless=tags(call.if_none_match)
    )
    written = await records.write(call.actor, [write], request_id=call.request_id)
    return answer(call, written[0])


async def delete(records: Records, call: Call) -> Reply:
    """Delete a resource; its versions stay, and deleting again is no error."""
    require_writable(call.type or "")
    write = Write("delete", call.type or "", None, call.id, tags(call.if_match))
    written = await records.write(call.actor, [write], request_id=call.request_id)
    return Reply(204, version=written[0].version)


def answer(call: Call, stored: Stored) -> Reply:
    """Return what a create or update answers, as `Prefer: return=…` asks."""
    return Reply(
        201 if stored.created else 200,
        _preferred(call, stored),
        stored.version,
        stored.updated,
        location(call.base, stored),
    )


def _preferred(call: Call, stored: Stored) -> bytes:
    if "return=minimal" in call.prefer:
        return b""
    if "return=OperationOutcome" not in call.prefer:
        return stored.body.encode()
    told = f"{stored.type} is stored as version {stored.version}."
    return dump(operation_outcome([Issue("informational", told, severity="information")]))
