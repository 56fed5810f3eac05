"""What a contract says of the contact who is responsible for it, and what must hold of it.

Source: the regional guideline for patientkontrakt.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pk_api.fhir import systems
from pk_api.fhir.references import at_path

Json = Mapping[str, Any]


def said_in(plan: Json) -> list[Json]:
    """Return what a contract says of who is responsible, each as the extension has it."""
    return [each for each in plan.get("extension", ()) if each.get("url") == systems.EXT_RESPONSIBLE]


def contacts_in(plan: Json) -> Iterator[str]:
    """Yield the references to those who are said to be responsible."""
    for said in said_in(plan):
        for part in said.get("extension", ()):
            if part.get("url") == "contact":
                yield from at_path(part, "valueReference")


def is_reasoned(plan: Json) -> bool:
    """Say whether each reason is told: one of another kind in words."""
    return all(
        _reason(said) not in {None, "other"} or _part(said, "text", "valueString") for said in said_in(plan)
    )


def _reason(said: Json) -> Any:
    return _part(said, "reason", "valueCode")


def _part(said: Json, name: str, key: str) -> Any:
    return next((each.get(key) for each in said.get("extension", ()) if each.get("url") == name), None)
