"""Every conformance artefact that the service carries, found by type and id or by canonical.

Source of canonicals: https://hl7.org/fhir/R4/references.html#canonical.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from pk_api.fhir.artefacts import own, standard, swedish
from pk_api.fhir.artefacts.guide import implementation_guide

Artefact = dict[str, Any]


@cache
def carried() -> tuple[Artefact, ...]:
    """Return all artefacts; they are shared and not to be changed."""
    ours = list(own.resources())
    return (*ours, implementation_guide(ours), *swedish.resources(), *standard.resources())


@cache
def of_type(resource_type: str) -> Mapping[str, Artefact]:
    """Return the artefacts of a type by their ids."""
    return MappingProxyType({each["id"]: each for each in carried() if each["resourceType"] == resource_type})


def find(resource_type: str, canonical: str) -> Artefact | None:
    """Return the artefact of a canonical, with `|version` or without; None when it is not carried."""
    by_url = _by_url(resource_type)
    found = by_url.get(canonical)
    if found is not None:
        return found
    url, _, version = canonical.rpartition("|")
    found = by_url.get(url)
    return found if found is not None and found.get("version") == version else None


@cache
def _by_url(resource_type: str) -> Mapping[str, Artefact]:
    return MappingProxyType({each["url"]: each for each in of_type(resource_type).values() if "url" in each})
