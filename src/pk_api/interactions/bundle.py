"""batch and transaction. Source: https://hl7.org/fhir/R4/http.html#transaction.

Entries become Calls or Writes on the same Records, never requests inside a request.
"""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl

from pk_api.fhir.bundle_entries import Entry
from pk_api.fhir.bundles import Result, plan, require_distinct, response_bundle
from pk_api.fhir.outcome import outcome
from pk_api.fhir.problems import PROBLEMS, Issue, Problem
from pk_api.fhir.references import is_conditional, rewrite, walk
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import PERSON_SYSTEMS, SYNONYMS
from pk_api.fhir.values import dump, parse
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.instance import answer, deleted
from pk_api.interactions.routes import route
from pk_api.interactions.writes import write_of
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write

Perform = Callable[[str, Call], Awaitable[Reply]]


async def bundle(records: Records, perform: Perform, call: Call, *, max_entries: int) -> Reply:
    """Perform a batch or a transaction."""
    resource = call.resource or {}
    entries = plan(resource, base_url=call.base, max_entries=max_entries)
    is_batch = resource.get("type") == "batch"
    if is_batch:
        results = [await _alone(perform, call, entry) for entry in entries]
    else:
        results = await _together(records, perform, call, entries)
    ordered = sorted(zip(entries, results, strict=True), key=lambda pair: pair[0].index)
    return Reply(200, response_bundle("batch" if is_batch else "transaction", [r for _, r in ordered]))


async def _alone(perform: Perform, call: Call, entry: Entry) -> Result:
    """Perform an entry of a batch; what goes wrong stays in it."""
    await asyncio.sleep(0)
    try:
        if entry.problem is not None:
            raise entry.problem
        name, one = _as_call(call, entry)
        return _result(one, entry, await perform(name, one))
    except Problem as problem:
        return Result(PROBLEMS[problem.kind].status, outcome=outcome(problem))


def _as_call(call: Call, entry: Entry) -> tuple[str, Call]:
    """Return the interaction of an entry and its call: what the same address means outside a bundle."""
    try:
        place = route(entry.method, "/".join(entry.path))
    except Problem as problem:
        raise _named(entry, problem) from problem
    if place.name in ("bundle", "search-post") or place.operation == "export":
        raise _refusal(entry, "this is not supported in a bundle")
    if place.name == "operation" and not isinstance(entry.resource, dict | None):
        raise _refusal(entry, "an operation is asked for by GET, or by POST with a resource", "invalid")
    media_type, patch = _patch_of(entry) if place.name == "patch" else ("", b"")
    return place.name, replace(
        call,
        type=place.type,
        id=place.id,
        version=place.version,
        compartment=place.compartment,
        operation=place.operation,
        is_post=entry.method == "POST",
        params=tuple(parse_qsl(entry.query, keep_blank_values=True)),
        resource=entry.resource,
        patch=patch,
        media_type=media_type,
        if_match=entry.if_match,
        if_none_match=entry.if_none_match,
        if_modified_since=entry.if_modified_since,
        if_none_exist=entry.if_none_exist,
    )


def _patch_of(entry: Entry) -> tuple[str, bytes]:
    """Return the patch of an entry: a Parameters resource, or what a Binary holds."""
    resource = entry.resource or {}
    if resource.get("resourceType") != "Binary":
        return "application/fhir+json", dump(resource)
    try:
        return str(resource.get("contentType", "")), b64decode(str(resource.get("data", "")), validate=True)
    except ValueError as error:
        raise _refusal(entry, "the data of the Binary are no base64", "invalid") from error


def _refusal(entry: Entry, why: str, kind: str = "not-supported") -> Problem:
    text = f"{entry.expression}: {why}."
    return Problem(kind, text, issues=[Issue(PROBLEMS[kind].code, text, entry.expression)])


def _result(call: Call, entry: Entry, reply: Reply) -> Result:
    told = Result(reply.status, reply.location, reply.version, reply.updated, reply.body)
    if entry.is_write and reply.body and "return=OperationOutcome" in call.prefer:
        return replace(told, body=b"", outcome=parse(reply.body))
    return told


async def _together(records: Records, perform: Perform, call: Call, entries: Sequence[Entry]) -> list[Result]:
    """Perform a transaction: all writes at once, then what is asked for."""
    writing = [e for e in entries if e.is_write]
    asking = [e for e in entries if not e.is_write]
    for entry in asking:
        if entry.operation is not None:
            raise _refusal(entry, "an operation is asked for in a batch, not in a transaction", "invalid")
        _as_call(call, entry)
    found, identified = await _conditional_references(records, call, writing)
    writes = [_in_place(call, entry, found) for entry in writing]
    require_distinct((e.index, f"{w.type}/{w.id}") for e, w in zip(writing, writes, strict=True) if w.id)
    try:
        written = (
            await records.write(call.actor, writes, identified=identified, request_id=call.request_id)
            if writes
            else ()
        )
    except Problem as problem:
        raise _placed(problem, writing) from problem
    results = {e.index: _told(call, e, w, s) for e, w, s in zip(writing, writes, written, strict=True)}
    for entry in asking:  # what was written stands whatever becomes of them, and their problems say so
        results[entry.index] = await _alone(perform, call, entry)
    return [results[entry.index] for entry in entries]


def _placed(problem: Problem, writing: Sequence[Entry]) -> Problem:
    """Name the entry that a problem is about, when the door said which write it was."""
    if two := problem.facts.get("writes"):
        require_distinct((writing[n].index, "the same") for n in two)
    n = problem.facts.get("write")
    if not isinstance(n, int) or n >= len(writing):
        return problem
    kind = f"{writing[n].type}"
    place = writing[n].expression + (".resource" if writing[n].resource is not None else "")
    issues = [
        replace(i, expression=place + i.expression.removeprefix(kind) if i.expression else place)
        for i in problem.issues
    ]
    return Problem(
        problem.kind, f"{writing[n].expression}: {problem.detail}", issues=issues, facts=problem.facts
    )


def _in_place(call: Call, entry: Entry, found: dict[str, str]) -> Write:
    """Return the write of an entry; a problem of it names the entry."""
    try:
        name, one = _as_call(call, entry)
        if name != "patch" and entry.resource is not None:
            one = replace(one, resource=rewrite(entry.resource, found))
        return replace(write_of(name, one), temp=entry.full_url)
    except Problem as problem:
        raise _named(entry, problem) from problem


def _named(entry: Entry, problem: Problem) -> Problem:
    issues = [replace(i, expression=i.expression or entry.expression) for i in problem.issues]
    return Problem(problem.kind, problem.detail, issues=issues, facts=problem.facts)


async def _conditional_references(
    records: Records, call: Call, entries: Sequence[Entry]
) -> tuple[dict[str, str], frozenset[str]]:
    """Return what each `Type?identifier=…` among the references stands for, and the patients so named."""
    found: dict[str, str] = {}
    for entry in entries:
        for reference in walk(entry.resource or {}):
            if is_conditional(reference.value) and reference.value not in found:
                try:
                    found[reference.value] = await _one(records, call, entry, reference.value)
                except Problem as problem:
                    raise _named(entry, problem) from problem
    patients = frozenset(r.partition("/")[2] for r in found.values() if r.startswith("Patient/"))
    return found, patients


async def _one(records: Records, call: Call, entry: Entry, criteria: str) -> str:
    kind, _, text = criteria.partition("?")
    pairs = parse_qsl(text, keep_blank_values=True)
    if kind not in TYPES or [name for name, _ in pairs] != ["identifier"] or not pairs[0][1].isprintable():
        raise _refusal(entry, "a conditional reference has the form Type?identifier=system|value", "invalid")
    system, _, value = pairs[0][1].partition("|")
    system = SYNONYMS.get(system, system)
    if kind == "Patient" and system in PERSON_SYSTEMS:
        patient = await records.patient_by_identifier(call.actor, system, value, request_id=call.request_id)
        matches = [f"Patient/{patient}"] if patient else []
    else:
        query = parse_query(kind, [*pairs, ("_count", "2")], base_url=call.base)
        page = await records.search(call.actor, query, request_id=call.request_id)
        matches = [s.reference for s in page.items]
    if len(matches) != 1:
        many = "several" if matches else "no"
        raise _refusal(
            entry, f"the conditional reference to {kind} has {many} matches", "precondition-failed"
        )
    return matches[0]


def _told(call: Call, entry: Entry, write: Write, stored: Stored) -> Result:
    """Return what became of a write; the resource itself only for who asks for it."""
    one = replace(call, id=entry.id)
    reply = deleted(one, stored) if write.method == "delete" else answer(one, stored)
    told = _result(one, entry, reply)
    return told if "return=representation" in call.prefer else replace(told, body=b"")
