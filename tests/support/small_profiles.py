"""Small profiles for tests: StructureDefinitions of a few elements, known by their canonicals."""

from collections.abc import Mapping
from typing import Any

from pk_api.fhir.problems import Issue
from pk_api.fhir.profiles import Profiles

Json = dict[str, Any]

CORE = "http://hl7.org/fhir/StructureDefinition/"
HERE = "http://example.org/fhir/StructureDefinition/"


def element(identity: str, **told: Any) -> Json:
    """Return an ElementDefinition; slices are named in its id (`Patient.name:one`)."""
    path = ".".join(step.partition(":")[0] for step in identity.split("."))
    sliced = identity.rpartition(":")[2] if ":" in identity.rpartition(".")[2] else None
    return {"id": identity, "path": path, **({"sliceName": sliced} if sliced else {}), **told}


def profile(name: str, kind: str, *elements: Json, base: str | None = None, **more: Any) -> Json:
    """Return a constraint profile on a type of R4, or on another profile here."""
    return {
        "resourceType": "StructureDefinition",
        "url": f"{HERE}{name}",
        "name": name,
        "type": kind,
        "derivation": "constraint",
        "baseDefinition": f"{HERE}{base}" if base else f"{CORE}{kind}",
        "differential": {"element": [element(kind), *elements]},
        **more,
    }


def known(*resources: Json, codes: Mapping[str, frozenset[tuple[str, str]]] | None = None) -> Profiles:
    """Return the profiles among these conformance resources, with the value sets of these codes."""
    by_url = {(one["resourceType"], one["url"]): one for one in resources}
    return Profiles(lambda kind, url: by_url.get((kind, url.partition("|")[0])), (codes or {}).get)


def told(issues: list[Issue]) -> list[tuple[str, str, str]]:
    """Return severity, code and place of issues."""
    return [(one.severity, one.code, one.expression) for one in issues]


def of(profile_: Json, *others: Json, **codes: frozenset[tuple[str, str]]) -> Any:
    """Return the function that tells what a resource breaks of a profile."""
    profiles = known(profile_, *others, codes=codes)
    return lambda resource: told(profiles.check(resource, profile_["url"]))


def slicing(path: str, kind: str = "value", rules: str = "open", **more: Any) -> Json:
    """Return how an element is sliced, by one discriminator."""
    return {"discriminator": [{"type": kind, "path": path}], "rules": rules, **more}
