"""What a write asks of a valid resource beyond FHIR R4: identity numbers, and the profiles that it claims."""

from collections.abc import Mapping
from typing import Any

from pk_api.fhir import identity
from pk_api.fhir.problems import Problem, has_errors
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.subscriptions import require_kept


def require_content(resource: Mapping[str, Any], severity: identity.Severity) -> None:
    """Raise Problem `invalid` for a wrong identity number, `not-conformant` for a profile that is not kept.

    Problem `business-rule` for a Subscription that cannot be kept. A profile that is not known here is the
    writer's own affair: its claim is stored as it is.
    """
    require_kept(resource)
    numbers = identity.identity_issues(resource, severity)
    if has_errors(numbers):
        raise Problem("invalid", "An identity number is not valid.", issues=numbers)
    issues = KNOWN.claimed(resource)
    if has_errors(issues):
        text = "The resource does not conform to a profile that it claims."
        raise Problem("not-conformant", text, issues=[i for i in issues if i.severity != "information"])
