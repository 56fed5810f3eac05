"""A Problem as an OperationOutcome. Source: https://hl7.org/fhir/R4/operationoutcome.html."""

from collections.abc import Iterable
from typing import Any

from pk_api.fhir.problems import PROBLEMS, Issue, Problem
from pk_api.fhir.systems import PROBLEM_KIND


def outcome(problem: Problem) -> dict[str, Any]:
    """Return the OperationOutcome that tells a Problem: one issue for each, with the kind in `details`."""
    details = {
        "coding": [{"system": PROBLEM_KIND, "code": problem.kind}],
        "text": PROBLEMS[problem.kind].title,
    }
    return operation_outcome(problem.issues, details)


def operation_outcome(issues: Iterable[Issue], details: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an OperationOutcome with these issues, which must be one at least."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue, details) for issue in issues]}


def _issue(issue: Issue, details: dict[str, Any] | None) -> dict[str, Any]:
    told: dict[str, Any] = {"severity": issue.severity, "code": issue.code}
    if details:
        told["details"] = details
    told["diagnostics"] = issue.diagnostics
    if issue.expression:
        told["expression"] = [issue.expression]
    return told
