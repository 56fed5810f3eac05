"""read, vread, create, update, delete. Source: https://hl7.org/fhir/R4/http.html#general."""

from pk_api.fhir.outcome import operation_outcome
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.subset import subset
from pk_api.fhir.values import dump
from pk_api.interactions import definitions
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.etags import ANY, is_known, is_unmodified, tags
from pk_api.interactions.writes import write_of
from pk_api.records.records import Records
from pk_api.records.values import Stored


def location(base: str, stored: Stored) -> str:
    """Return the address of a version."""
    return f"{base}/{stored.reference}/_history/{stored.version}"


async def read(records: Records, call: Call) -> Reply:
    """Return the present version, or 304 when the caller holds it."""
    stored = await definitions.read(records, call)
    _require_version(call, stored)
    if is_held(call, stored):
        return Reply(304, version=stored.version, updated=stored.updated)
    return Reply(200, _wanted(call, stored), stored.version, stored.updated)


async def vread(records: Records, call: Call) -> Reply:
    """Return one version."""
    version = call.version or ""
    if not version.isdecimal() or len(version) > 9:
        raise Problem("not-found", f"There is no such version of this {call.type}.")
    stored = await definitions.vread(records, call, int(version))
    _require_version(call, stored)
    if is_held(call, stored):
        return Reply(304, version=stored.version, updated=stored.updated)
    return Reply(200, _wanted(call, stored), stored.version, stored.updated)


def _wanted(call: Call, stored: Stored) -> bytes:
    """Return the resource, or the parts of it that `_summary` and `_elements` of a read ask for."""
    asked = [pair for pair in call.params if pair[0] in ("_summary", "_elements")]
    if not asked:
        return stored.body.encode()
    query = parse_query(stored.type, asked, lenient=call.is_lenient)
    return shown(stored, query.summary, query.elements)


def shown(stored: Stored, summary: str | None, elements: tuple[str, ...] = ()) -> bytes:
    """Return a resource as it is stored, or the parts of it that are asked for."""
    if summary is None and not elements:
        return stored.body.encode()
    return dump(subset(stored.resource, summary, elements))


def _require_version(call: Call, stored: Stored) -> None:
    """Raise Problem `stale` when a reader asks for another version than there is (RFC 9110 13.1.1)."""
    expected = tags(call.if_match)
    if expected is not None and ANY not in expected and str(stored.version) not in expected:
        text = f"The version named in If-Match is not the current one: the current one is {stored.version}."
        raise Problem("stale", text, facts={"current": stored.version})


def is_held(call: Call, stored: Stored) -> bool:
    """Say whether the caller holds what is stored; a tag says more than a time."""
    if call.if_none_match is not None:
        return is_known(call.if_none_match, stored.version)
    return is_unmodified(call.if_modified_since, stored.updated)


async def create(records: Records, call: Call) -> Reply:
    """Store a new resource under an id of the service, unless If-None-Exist finds one."""
    return answer(call, await _written(records, "create", call))


async def update(records: Records, call: Call) -> Reply:
    """Replace a resource, or store it: under an id that the client chose, or as the criteria say."""
    return answer(call, await _written(records, "update", call))


async def patch(records: Records, call: Call) -> Reply:
    """Change parts of what the id or the criteria name; the result is an update like any other."""
    return answer(call, await _written(records, "patch", call))


async def delete(records: Records, call: Call) -> Reply:
    """Delete what the id or the criteria name; versions stay, and deleting again is no error."""
    return deleted(call, await _written(records, "delete", call))


async def _written(records: Records, name: str, call: Call) -> Stored:
    (stored,) = await records.write(call.actor, [write_of(name, call)], request_id=call.request_id)
    return stored


def deleted(call: Call, stored: Stored) -> Reply:
    """Return what a delete answers: nothing, but for who prefers to be told."""
    version = stored.version if call.id else None
    if "return=OperationOutcome" not in call.prefer:
        return Reply(204, version=version)
    told = (
        f"What was asked for of {stored.type} is deleted."
        if stored.version
        else "Nothing was there to delete."
    )
    return Reply(200, _outcome(told), version)


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
    return _outcome(f"{stored.type} is stored as version {stored.version}.")


def _outcome(told: str) -> bytes:
    return dump(operation_outcome([Issue("informational", told, severity="information")]))
