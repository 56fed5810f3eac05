"""Patches: JSON Patch, FHIRPath Patch and JSON merge patch, each read into a function of a resource.

Sources: https://hl7.org/fhir/R4/http.html#patch, https://hl7.org/fhir/R4/fhirpatch.html, RFC 6902, RFC 7386.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from pk_api.fhir.patches import fhirpath_patch, json_patch, merge_patch
from pk_api.fhir.problems import Problem
from pk_api.fhir.values import parse

Patch = Callable[[Mapping[str, Any]], dict[str, Any]]

JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"
_FHIR: Final = frozenset({"application/fhir+json", "application/json", "application/json+fhir"})
FORMATS: Final = (JSON_PATCH, "application/fhir+json", MERGE_PATCH)
"""What the capability statement and Accept-Patch tell."""


def read_patch(media_type: str, body: bytes, *, is_versioned: bool) -> Patch:
    """Return the function that makes of a resource, which it leaves as it is, the patched one.

    FHIR JSON is a FHIRPath Patch when it is a Parameters resource, else a fragment to be merged. Applying
    raises Problem `conflict` when a test fails, `business-rule` when an operation cannot be done.
    `is_versioned`: the caller says of which version the resource must be; a JSON Patch that addresses items
    of lists by number needs that or a test (Problem `precondition-required`).
    """
    return partial(_bounded, _read(media_type, body, is_versioned=is_versioned))


def _bounded(patch: Patch, resource: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a patch; Problem `too-large` when the result is nested deeper than what is read anywhere."""
    result = patch(resource)
    if json_patch.depth_of(result) > json_patch.DEEPEST:
        raise Problem("too-large", f"A resource is nested {json_patch.DEEPEST} levels deep at most.")
    return result


def _read(media_type: str, body: bytes, *, is_versioned: bool) -> Patch:
    kind = media_type.partition(";")[0].strip().lower()
    if kind == JSON_PATCH:
        operations = json_patch.read(body)
        if not is_versioned:
            json_patch.require_tested(operations)
        return partial(json_patch.apply, operations)
    if kind not in _FHIR and kind != MERGE_PATCH:
        known = ", ".join(FORMATS)
        facts = {"headers": {"accept-patch": known}}
        raise Problem("unsupported-media-type", f"A patch is sent as {known}.", facts=facts)
    resource = parse(body)
    if kind != MERGE_PATCH and resource.get("resourceType") == "Parameters":
        return partial(fhirpath_patch.apply, fhirpath_patch.read(resource))
    return partial(merge_patch.apply, resource)
