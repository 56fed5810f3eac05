"""Problems as `application/problem+json`. Source: RFC 9457. Each kind has its page in docs/problems.md."""

from typing import Any, Final

from pk_api.fhir.problems import PROBLEMS, Issue, Problem
from pk_api.fhir.values import dump

MEDIA_TYPE: Final = "application/problem+json"
BASE: Final = "https://patientkontrakt.org/problems"
_TOLD: Final = ("conflicts", "current", "contract", "revision", "state")
"""Facts that callers are told; others are the service's own."""


def problem_json(problem: Problem, instance: str) -> tuple[int, bytes]:
    """Return status and body of a problem; `instance` is the request's correlation id."""
    kind = PROBLEMS[problem.kind]
    body: dict[str, Any] = {
        "type": f"{BASE}/{problem.kind}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "instance": instance,
        "errors": problem.facts.get("errors") or [_error(each) for each in problem.issues if each.expression],
    }
    body |= {name: problem.facts[name] for name in _TOLD if name in problem.facts}
    return kind.status, dump(body)


def headers_of(problem: Problem) -> dict[str, str]:
    """Return the headers that go with a problem."""
    status = problem.status
    out: dict[str, str] = dict(problem.facts.get("headers", {}))
    if status == 401:
        out.setdefault("www-authenticate", "Bearer")
    if status == 405:
        out["allow"] = str(problem.facts.get("allow", "GET, HEAD"))
    if status in (429, 503):
        out["retry-after"] = str(problem.facts.get("retry-after", 1))
    if status in (408, 431):
        out["connection"] = "close"
    return out


def _error(issue: Issue) -> dict[str, str]:
    return {"pointer": "", "detail": issue.diagnostics, "expression": issue.expression}
