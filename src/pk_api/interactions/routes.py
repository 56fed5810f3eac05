"""ROUTES: the addresses of the FHIR service and what each method does there.

Source: https://hl7.org/fhir/R4/http.html#summary.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple, NoReturn

from pk_api.fhir.patches import FORMATS
from pk_api.fhir.problems import Problem
from pk_api.fhir.resource_types import SERVED

_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_WORDS: Final = frozenset({"metadata", "_history", "_search"})

ROUTES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "": {"GET": "search", "POST": "bundle"},
        "_search": {"POST": "search-post"},
        "metadata": {"GET": "capabilities"},
        "_history": {"GET": "history"},
        "Type": {"GET": "search", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"},
        "Type/_history": {"GET": "history"},
        "Type/_search": {"POST": "search-post"},
        "Type/id": {"GET": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"},
        "Type/id/_history": {"GET": "history"},
        "Type/id/_search": {"POST": "search-post"},
        "Type/id/Compartment": {"GET": "search"},
        "Type/id/Compartment/_search": {"POST": "search-post"},
        "Type/id/_history/version": {"GET": "vread"},
        "$": {"GET": "operation", "POST": "operation"},
        "$/id": {"GET": "operation", "DELETE": "cancel"},
        "Type/$": {"GET": "operation", "POST": "operation"},
        "Type/id/$": {"GET": "operation", "POST": "operation"},
    }
)
"""Form of an address → method → interaction; HEAD is GET without the body.

`$` is any operation, `$/id` what one has begun, `Compartment` a type (or `*`) within a patient's,
`Type/id/_search` a search of all that is in it.
"""


class Route(NamedTuple):
    """What a request asks for."""

    name: str
    type: str | None = None
    id: str | None = None
    version: str | None = None
    operation: str | None = None
    compartment: str | None = None


def route(method: str, path: str) -> Route:
    """Return what is asked for. Problem not-found, method-not-allowed, not-supported; invalid for an id."""
    parts, operation, form = _read(path)
    name = ROUTES[form].get("GET" if method == "HEAD" else method)
    if name is None:
        taken = allow(list(ROUTES[form]))
        raise Problem("method-not-allowed", f"This address takes {taken}.", facts={"allow": taken})
    if not form.startswith("Type"):
        return Route(name, id=parts[1] if form == "$/id" else None, operation=operation)
    if not form.startswith("Type/id"):
        return Route(name, parts[0], operation=operation)
    if not _ID.fullmatch(parts[1]):
        raise Problem("invalid", "An id has at most 64 letters, digits, hyphens and points.")
    if form == "Type/id/_search":
        return Route(name, compartment=parts[1])
    if form.startswith("Type/id/Compartment"):
        return Route(name, None if parts[2] == "*" else parts[2], compartment=parts[1])
    return Route(name, parts[0], parts[1], parts[3] if len(parts) == 4 else None, operation)


def options(path: str) -> Mapping[str, str]:
    """Return the headers that tell what an address takes. Problem not-found."""
    methods = list(ROUTES[_read(path)[2]])
    return {"allow": allow(methods)} | ({"accept-patch": ", ".join(FORMATS)} if "PATCH" in methods else {})


def allow(methods: Sequence[str]) -> str:
    """Return the methods with those that every address has."""
    head = ["HEAD"] if "GET" in methods else []
    return ", ".join([*methods, *head, "OPTIONS"])


def _read(path: str) -> tuple[list[str], str | None, str]:
    """Return the parts of an address, the operation that it names, and its form in ROUTES."""
    parts = [part for part in path.removeprefix("/fhir").split("/") if part]
    operation = parts.pop()[1:] if parts and parts[-1][0] == "$" else None
    form = _form(parts) if operation is None else "/".join([*([_form(parts)] if parts else []), "$"])
    if len(parts) == 2 and parts[0][0] == "$":
        form, operation = "$/id", parts[0][1:]
    if form not in ROUTES:
        _refuse(parts)
    return parts, operation, form


def _form(parts: Sequence[str]) -> str:
    """Return the form of an address as ROUTES names it."""
    if not parts or parts[0] not in SERVED:
        return "/".join(parts)
    if parts[0] == "Patient" and parts[2:3] and (parts[2] == "*" or parts[2] in SERVED):
        return "/".join(["Type", "id", "Compartment", *parts[3:]])
    if parts[0] != "Patient" and parts[2:] == ["_search"]:
        return "/".join(parts)
    names = ["Type", *(p if p in _WORDS else "id" for p in parts[1:2]), *parts[2:3]]
    return "/".join([*names, *("version" for _ in parts[3:4]), *parts[4:]])


def _refuse(parts: Sequence[str]) -> NoReturn:
    if parts[0] in SERVED or parts[0] in _WORDS:
        raise Problem("not-found", "There is nothing at this address.")
    named = parts[0] if re.fullmatch(r"[A-Z][A-Za-z]{1,40}", parts[0]) else "This"
    raise Problem("not-found", f"{named} is not a resource type of this service.")
