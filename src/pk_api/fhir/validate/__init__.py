"""Validation of FHIR R4 resources: structure, values, bindings, references, invariants, narrative.

Source: the official R4 4.0.1 definitions, https://hl7.org/fhir/R4/validation.html. The product's own profiles
and whether a reference's target exists are checked elsewhere.
"""

import re
from typing import Any, Final

from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.validate.findings import Context, Finding
from pk_api.fhir.validate.resources import resource_findings

_NAME: Final = re.compile(r"[A-Za-z]{1,64}\Z")


def check(resource: Any, *, expected_type: str | None = None) -> list[Issue]:
    """Return what is wrong with a parsed resource, empty when it is valid, 50 issues at most.

    Each issue has the FHIRPath of its element (a choice by its base name) and says what was expected; no
    issue holds a value of the resource. In a transaction or batch, `Type?search` is a reference.
    """
    try:
        findings = resource_findings(resource, Context())
    except RecursionError:
        return [Issue("too-costly", "the resource is nested too deeply")]
    root = resource.get("resourceType") if type(resource) is dict else None
    if not findings and expected_type is not None and root != expected_type:
        findings = [(".resourceType", "structure", f"a resource of type {expected_type} is expected")]
    return [_issue(finding, root) for finding in findings or ()][:50]


def require_valid(resource: Any, *, expected_type: str | None = None) -> None:
    """Raise Problem `invalid` with every issue unless the resource is valid.

    Broken invariants are `invalid` (400) too: they are rules of the format, not of the business.
    """
    issues = check(resource, expected_type=expected_type)
    if issues:
        raise Problem("invalid", "The resource does not conform to FHIR R4", issues=issues)


def _issue(finding: Finding, root: Any) -> Issue:
    path, code, text = finding
    known = root if isinstance(root, str) and _NAME.match(root) else "Resource"
    return Issue(code, text, f"{known}{path}")
