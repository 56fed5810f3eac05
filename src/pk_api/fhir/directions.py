"""Directions of a contract: whom the patient turns to for what, or what to do; what must hold of them.

Source: the regional guideline for patientkontrakt (whom the patient turns to, also if it gets worse).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pk_api.fhir import systems

Json = Mapping[str, Any]


def directions_in(plan: Json) -> list[dict[str, Any]]:
    """Return each direction of a contract as its parts by name."""
    return [
        {str(part.get("url")): part for part in each.get("extension", ())}
        for each in plan.get("extension", ())
        if each.get("url") == systems.EXT_DIRECTION
    ]


def named_in(plan: Json) -> Iterator[str]:
    """Yield the references to those whom the patient is directed to."""
    for each in directions_in(plan):
        reference = (each.get("to", {}).get("valueReference") or {}).get("reference")
        if reference:
            yield str(reference)


def are_told(plan: Json) -> bool:
    """Say whether each direction leads to somebody or says something."""
    return all("to" in each or "text" in each for each in directions_in(plan))
