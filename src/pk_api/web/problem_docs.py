"""What OpenAPI says of problems: for every operation each status that it can answer with, and why.

Made from PROBLEMS; the service may answer with no other status (tests/schema).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pk_api.fhir.problems import PROBLEMS
from pk_api.web.problem_json import BASE, MEDIA_TYPE

Json = dict[str, Any]

_ANY: Final = (400, 401, 403, 406, 414, 429, 431, 500, 503)
_ADDRESSED: Final = (404, 410)
_WITH_BODY: Final = (408, 413, 415, 422)
_WRITING: Final = (404, 409, 410, 412)
_NEVER: Final = frozenset({"not-conformant", "precondition-required", "not-supported", "method-not-allowed"})
"""Kinds that belong to the FHIR API alone, or to no documented operation."""
_SEARCHES: Final = frozenset({"/v1/contracts/search"})
_ORDERED: Final = frozenset({"/v1/contracts/{contract}/changes"})
"""Reads whose parameters have a rule between them."""
_TEXT: Final[Json] = {"type": "string"}
_HEADERS: Final[Mapping[int, Json]] = {
    401: {"WWW-Authenticate": {"description": "How to authenticate.", "required": True, "schema": _TEXT}},
    429: {
        "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer"}}
    },
    503: {
        "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer"}}
    },
}


def tell_problems(document: Json) -> None:
    """Put the statuses of its problems where an operation of the document says `default`."""
    told: set[int] = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation["responses"].pop("default", None) is None:
                continue
            statuses = _statuses(path, method)
            told |= statuses
            for status in sorted(statuses):
                reference = {"$ref": f"#/components/responses/{_name(status)}"}
                operation["responses"].setdefault(str(status), reference)
    document["components"]["responses"] = {_name(status): _answer(status) for status in sorted(told)}


def _statuses(path: str, method: str) -> set[int]:
    found = {*_ANY}
    if "{" in path:
        found |= {*_ADDRESSED}
    if method != "get":
        found |= {*_WITH_BODY}
    if method != "get" and path not in _SEARCHES:
        found |= {*_WRITING}
    if path in _ORDERED:
        found |= {422}
    return found


def _name(status: int) -> str:
    return f"Problem{status}"


def _answer(status: int) -> Json:
    kinds = {name: kind for name, kind in PROBLEMS.items() if kind.status == status and name not in _NEVER}
    answer: Json = {
        "description": _sentences(f"`{name}`: {kind.title}" for name, kind in kinds.items()),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/ProblemAnswer"},
                "examples": {name: {"value": _example(name)} for name in kinds},
            }
        },
    }
    return answer | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def _sentences(texts: Iterable[str]) -> str:
    return " ".join(f"{text}." for text in texts)


def _example(name: str) -> Json:
    kind = PROBLEMS[name]
    return {
        "type": f"{BASE}/{name}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"{kind.title}.",
        "instance": "5b1f0c9d2e7a4f61",
        "errors": [],
    }
