"""One entry of a batch or transaction, read from its request.

Source: https://hl7.org/fhir/R4/http.html#transaction, https://hl7.org/fhir/R4/bundle.html.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import unquote

from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.references import ID

METHODS: Final = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")
_SEGMENT = re.compile(rf"\$?{ID}|_search|_history|\*")
_NAME = re.compile(r"[A-Z][A-Za-z]{1,63}")
_CONDITIONS = {
    "ifMatch": "if_match",
    "ifNoneMatch": "if_none_match",
    "ifModifiedSince": "if_modified_since",
    "ifNoneExist": "if_none_exist",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry asks for; `index` is its place in the bundle.

    `path` holds the segments of the address, `query` what is after its question mark; for PUT, PATCH and
    DELETE without an id that is the criteria. Conditions are the headers as they came. In a batch an entry
    that cannot be read has a `problem` and nothing else that counts.
    """

    index: int
    method: str = ""
    path: tuple[str, ...] = ()
    query: str = ""
    full_url: str | None = None
    resource: dict[str, Any] | None = field(default=None, repr=False)
    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None
    if_none_exist: str | None = None
    problem: Problem | None = None

    @property
    def type(self) -> str | None:
        """The resource type in the address."""
        return self.path[0] if self.path and _NAME.fullmatch(self.path[0]) else None

    @property
    def id(self) -> str | None:
        """The id in the address."""
        return self.path[1] if self.type and len(self.path) > 1 and self.path[1][0] not in "$_" else None

    @property
    def operation(self) -> str | None:
        """The name behind `$`, of an entry that asks for an operation."""
        last = self.path[-1] if self.path else ""
        return last[1:] if last.startswith("$") else None

    @property
    def criteria(self) -> str | None:
        """The search that finds the resource of a conditional update, patch or delete."""
        return self.query if self.is_write and self.id is None and self.query else None

    @property
    def is_write(self) -> bool:
        """Whether the entry changes something (an operation or search by POST counts as asking only)."""
        return self.method in ("PUT", "PATCH", "DELETE") or self.is_create

    @property
    def is_create(self) -> bool:
        """Whether the entry creates under an id of the server."""
        return self.method == "POST" and len(self.path) == 1 and self.type is not None

    @property
    def expression(self) -> str:
        """The FHIRPath of the entry."""
        return f"Bundle.entry[{self.index}]"


def read_entry(index: int, given: Any, base_url: str) -> Entry:
    """Return the entry; Problem `invalid` names the element that is missing or wrong."""
    request = given.get("request") if isinstance(given, Mapping) else None
    if not isinstance(request, Mapping):
        raise _refusal(index, "request", "required", "an entry of a batch or transaction needs a request")
    method = request.get("method")
    if method not in METHODS:
        raise _refusal(index, "request.method", "value", f"one of {', '.join(METHODS)} is expected")
    path, query = _address(index, request.get("url"), base_url)
    conditions = {name: request[key] for key, name in _CONDITIONS.items() if key in request}
    entry = Entry(index, method, path, query, given.get("fullUrl"), given.get("resource"), **conditions)
    for element, code, why in _faults(entry):
        raise _refusal(index, element, code, why)
    return entry


def failed(index: int, problem: Problem) -> Entry:
    """Return the entry of a batch that could not be read."""
    return replace(Entry(index), problem=problem)


def _refusal(index: int, element: str, code: str, why: str) -> Problem:
    expression = f"Bundle.entry[{index}].{element}"
    return Problem(
        "invalid", f"{expression}: {why}.", issues=[Issue(code, f"{expression}: {why}.", expression)]
    )


def _address(index: int, url: Any, base_url: str) -> tuple[tuple[str, ...], str]:
    """Return path segments and query of an address relative to the service, or under its base."""
    if not isinstance(url, str):
        raise _refusal(index, "request.url", "required", "an address is expected")
    local = url[len(base_url) :] if base_url and url.startswith(f"{base_url}/") else url
    path, _, query = local.partition("?")
    segments = tuple(unquote(segment) for segment in path.strip("/").split("/")) if path.strip("/") else ()
    if not all(_SEGMENT.fullmatch(segment) and segment.strip(".") for segment in segments):
        raise _refusal(index, "request.url", "value", "Type, Type/id or Type?criteria is expected")
    return segments, query


def _faults(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """Yield (element, issue code, text) for what does not go together."""
    for key, name in _CONDITIONS.items():
        if not isinstance(getattr(entry, name), str | None):
            yield f"request.{key}", "value", "a string is expected"
    if entry.method == "POST":
        yield from _post_faults(entry)
    elif entry.method in ("PUT", "PATCH", "DELETE"):
        yield from _target_faults(entry)
    if entry.method in ("PUT", "PATCH") or entry.is_create:
        yield from _resource_faults(entry)
    elif entry.resource is not None and entry.method != "POST":
        yield "resource", "structure", f"{entry.method} takes no resource"


def _post_faults(entry: Entry) -> Iterator[tuple[str, str, str]]:
    last = entry.path[-1] if entry.path else ""
    is_asking = last == "_search" or last.startswith("$")
    if not is_asking and (not entry.is_create or entry.query):
        yield "request.url", "value", "POST goes to a type, without an id or criteria"


def _target_faults(entry: Entry) -> Iterator[tuple[str, str, str]]:
    has_id = entry.id is not None and len(entry.path) == 2 and not entry.query
    has_criteria = entry.type is not None and len(entry.path) == 1 and bool(entry.query)
    if not has_id and not has_criteria:
        yield "request.url", "value", f"{entry.method} goes to Type/id or Type?criteria"


def _resource_faults(entry: Entry) -> Iterator[tuple[str, str, str]]:
    resource = entry.resource
    if not isinstance(resource, dict):
        yield "resource", "required", f"{entry.method} needs a resource"
        return
    kind = resource.get("resourceType")
    allowed = ("Binary", "Parameters") if entry.method == "PATCH" else (entry.type,)
    if kind not in allowed:
        yield (
            "resource",
            "value",
            f"a {' or '.join(str(name) for name in allowed)} is expected, as the address says",
        )
    elif entry.method == "PUT" and entry.id and resource.get("id") != entry.id:
        yield "resource.id", "value", "the id in the address is expected"
