"""Problems: the only exception shown to callers, and the one table of their statuses.

Sources: https://hl7.org/fhir/R4/http.html#Status-Codes, https://hl7.org/fhir/R4/valueset-issue-type.html,
RFC 9457.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its HTTP status, its FHIR issue code and its title for people."""

    status: int
    code: str
    title: str


PROBLEMS: Mapping[str, Kind] = MappingProxyType(
    {
        "invalid": Kind(400, "invalid", "The request is not valid"),
        "unauthenticated": Kind(401, "login", "A valid access token is needed"),
        "forbidden": Kind(403, "forbidden", "This is not permitted"),
        "not-found": Kind(404, "not-found", "There is nothing here"),
        "method-not-allowed": Kind(405, "not-supported", "This method is not supported here"),
        "not-acceptable": Kind(406, "not-supported", "The service answers in JSON"),
        "timeout": Kind(408, "timeout", "The request took too long to arrive"),
        "conflict": Kind(409, "conflict", "The request conflicts with the present state"),
        "duplicate": Kind(409, "duplicate", "This is registered already"),
        "second-contract": Kind(409, "conflict", "The patient has an active contract"),
        "not-allowed-in-state": Kind(409, "business-rule", "This is not possible in the present state"),
        "in-progress": Kind(409, "transient", "The same request is under way"),
        "gone": Kind(410, "deleted", "This has been deleted"),
        "stale": Kind(412, "conflict", "The version is not the current one"),
        "precondition-failed": Kind(412, "conflict", "A condition of the request does not hold"),
        "too-large": Kind(413, "too-long", "The request is too large"),
        "uri-too-long": Kind(414, "too-long", "The address is too long"),
        "unsupported-media-type": Kind(415, "not-supported", "The service reads JSON"),
        "business-rule": Kind(422, "business-rule", "A rule does not hold"),
        "not-conformant": Kind(422, "invariant", "The resource does not conform to its profile"),
        "idempotency-mismatch": Kind(422, "business-rule", "The key was used for another request"),
        "precondition-required": Kind(428, "required", "The request must say which version it changes"),
        "headers-too-large": Kind(431, "too-long", "The headers are too large"),
        "too-many-requests": Kind(429, "throttled", "Too many requests"),
        "internal": Kind(500, "exception", "Something went wrong here"),
        "not-supported": Kind(501, "not-supported", "This is not supported"),
        "unavailable": Kind(503, "transient", "The service is not available at the moment"),
    }
)


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: FHIR issue code, what was expected, and the FHIRPath of the element."""

    code: str
    diagnostics: str
    expression: str = ""
    severity: str = "error"


class Problem(Exception):
    """A refusal that the caller is told about; `kind` is a row of PROBLEMS, texts hold no personal data.

    `expression` is the FHIRPath of the element that it is about; `issues`, when several things are wrong.
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        expression: str = "",
        issues: Sequence[Issue] = (),
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.issues = tuple(issues) or (Issue(PROBLEMS[kind].code, detail, expression),)
        self.facts: Mapping[str, Any] = facts or {}

    @property
    def status(self) -> int:
        """The HTTP status of this kind."""
        return PROBLEMS[self.kind].status


def broken(detail: str, expression: str) -> Problem:
    """Return the problem of a rule that does not hold of an element."""
    return Problem("business-rule", detail, expression=expression)


def has_errors(issues: Iterable[Issue]) -> bool:
    """Say whether one of the issues is an error."""
    return any(issue.severity == "error" for issue in issues)
