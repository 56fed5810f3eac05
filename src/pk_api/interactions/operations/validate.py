"""$validate: what would be wrong with a resource, as FHIR, by profiles, or as a write. Nothing is stored.

Source: https://hl7.org/fhir/R4/resource-operation-validate.html. With a mode, the write is done and taken
back, so that it says what the write would say, and to nobody more than that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pk_api.fhir.outcome import operation_outcome
from pk_api.fhir.problems import Issue, Problem, has_errors
from pk_api.fhir.profiles import claims
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.validate import check
from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.etags import tags
from pk_api.interactions.operations.arguments import Pairs, arguments, refused
from pk_api.records.records import Records
from pk_api.records.values import Write

Json = dict[str, Any]

_MODES: Final = frozenset({"create", "update", "delete", "profile"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be validated, as what, and against which profiles beside those that it claims."""

    resource: Json | None
    mode: str | None
    profiles: tuple[str, ...]


async def validate(records: Records, _cursors: Cursors, call: Call) -> Reply:
    """Return all issues as an OperationOutcome, or one that says that all is well."""
    asked = _asked(call)
    kind = call.type or ""
    await records.permit(call.actor, kind, request_id=call.request_id)
    resource = asked.resource
    if call.id is not None:
        stored = await records.read(call.actor, kind, call.id, request_id=call.request_id)
        resource = resource or stored.resource
    if resource is None:
        if asked.mode != "delete":
            raise refused("resource", f"a {kind} is expected to validate")
        raise refused("mode", "what would be deleted is named by its id in the address")
    issues = list(_issues(records, call, asked, resource))
    if asked.mode in ("create", "update", "delete") and not has_errors(issues):
        issues += await _of_write(records, call, asked.mode, resource)
    return Reply(200, dump(operation_outcome(issues or [_all_well(kind)])))


def _all_well(kind: str) -> Issue:
    return Issue("informational", f"All is well with this {kind}.", severity="information")


def _issues(records: Records, call: Call, asked: Asked, resource: Json) -> Iterator[Issue]:
    """Yield what is wrong with the resource by itself."""
    found = check(resource, expected_type=call.type)
    yield from found
    if found:
        return
    if asked.mode != "create" and call.id not in (None, resource.get("id")):
        yield Issue("value", "The id in the body must be the id in the address.", f"{call.type}.id")
    yield from records.faults(resource)
    claimed = claims(resource)
    for n, url in enumerate(claimed):
        if not KNOWN.is_known(url):
            place = f"{call.type}.meta.profile[{n}]"
            yield Issue("not-found", "This profile is not known here: not checked", place, "warning")
    known = [url for url in claimed if KNOWN.is_known(url)]
    yield from KNOWN.check(resource, *dict.fromkeys((*known, *asked.profiles)))


async def _of_write(records: Records, call: Call, mode: str, resource: Json) -> list[Issue]:
    """Return why such a write would be refused."""
    kind = call.type or ""
    if mode == "create":
        bare = {key: value for key, value in resource.items() if key != "id"}
        write = Write("create", kind, bare)
    elif "id" not in resource:
        return [Issue("required", f"{mode} needs the id of what is there.", f"{kind}.id")]
    elif mode == "update":
        try:
            await records.read(call.actor, kind, resource["id"], request_id=call.request_id)
        except Problem as absent:
            return list(absent.issues)
        write = Write("update", kind, resource, resource["id"], tags(call.if_match))
    else:
        write = Write("delete", kind, None, resource["id"], tags(call.if_match))
    problem = await records.rehearse(call.actor, write, request_id=call.request_id)
    return list(problem.issues) if problem else []


def _asked(call: Call) -> Asked:
    """Read what is asked. Problem invalid, naming the parameter."""
    body: Json | None = call.resource
    more: Pairs = ()
    if body is not None and body.get("resourceType") == "Parameters":
        body, more = _of_parameters(body)
    given = arguments(call, ("mode", "profile"), given=(*call.params, *more))
    mode, profiles = given.one("mode"), given.all("profile")
    if mode is not None and mode not in _MODES:
        raise refused("mode", f"one of {', '.join(sorted(_MODES))} is expected")
    if mode == "profile" and not profiles:
        raise refused("profile", "mode profile needs one")
    return Asked(body, mode, profiles)


def _of_parameters(body: Mapping[str, Any]) -> tuple[Json | None, Pairs]:
    """Return the resource and the named values of a Parameters resource, whose resource may be wrong."""
    rows = body.get("parameter", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise refused("parameter", "a list of objects is expected")
    resources = [row.get("resource") for row in rows if row.get("name") == "resource"]
    if len(resources) > 1 or not all(isinstance(one, dict) for one in resources):
        raise refused("resource", "one resource is expected")
    named = [(row.get("name"), _text(row)) for row in rows if row.get("name") != "resource"]
    pairs = tuple((name, text) for name, text in named if isinstance(name, str) and text is not None)
    if len(pairs) != len(named):
        raise refused("parameter", "a name and a text are expected")
    return (resources[0] if resources else None), pairs


def _text(row: Mapping[str, Any]) -> str | None:
    values = [value for key, value in row.items() if key.startswith("value")]
    return values[0] if len(values) == 1 and isinstance(values[0], str) else None
