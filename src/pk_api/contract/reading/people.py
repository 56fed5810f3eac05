"""Persons and units by name: a reference becomes who it is, at which unit, of which organisation.

Shape: `{reference, name, role, unit, organisation}`; what cannot be known is null.
"""

from typing import Any

from pk_api.contract.elements import (
    Json,
    extension_value,
    identifier_in,
    name_of,
    target_of,
    text_of,
)
from pk_api.contract.reading.context import Reading
from pk_api.contract.texts import text
from pk_api.fhir import systems

_LONGEST_CHAIN = 10


def who(reference: Json | None, reading: Reading) -> Json | None:
    """Return the person or unit behind a reference; None when nobody is named."""
    if not reference:
        return None
    target = _target(reference, reading)
    if target is None:
        return _named_only(reference)
    known: Json | None = reading.seen.get(target)
    if known is None:
        known = reading.seen[target] = _describe(target, reference, reading)
    return known


def side_of(reference: Json | None, reading: Reading) -> str:
    """Return whose side a reference is on: patient, relative, municipality, care or other."""
    target = _target(reference, reading) if reference else None
    kind = target.partition("/")[0] if target else (reference or {}).get("type", "")
    if kind == "Patient":
        return "patient"
    if kind == "RelatedPerson":
        return "relative"
    organisation = (who(reference, reading) or {}).get("organisation") or {}
    return {"municipality": "municipality", "other": "other"}.get(organisation.get("kind", ""), "care")


def owners_of(reference: Json | None, reading: Reading) -> set[str]:
    """Return every name of who is behind a reference: HSA-ids and references, up the organisations."""
    target = _target(reference, reading) if reference else None
    names = {target} if target else set()
    if reference and (identifier := reference.get("identifier")):
        names.add(identifier.get("value", ""))
    for resource in (reading.find(target), _practitioner_of(reading.find(target), reading)):
        if resource and (value := identifier_in(resource, systems.HSA_ID)):
            names.add(value)
    for organisation in organisations_above(target, reading):
        names.add(f"Organization/{organisation['id']}")
        if value := identifier_in(organisation, systems.HSA_ID):
            names.add(value)
    return names


def organisations_above(target: str | None, reading: Reading) -> list[Json]:
    """Return the organisations of a role or unit, nearest first, up to the care provider."""
    resource = reading.find(target)
    if resource is None:
        return []
    step = resource if resource["resourceType"] == "Organization" else reading.find(_employer(resource))
    chain: list[Json] = []
    while step is not None and step not in chain and len(chain) < _LONGEST_CHAIN:
        chain.append(step)
        step = reading.find(target_of(step.get("partOf")))
    return chain


def _target(reference: Json, reading: Reading) -> str | None:
    target = target_of(reference)
    identifier = reference.get("identifier")
    if target is None and (acting := extension_value(reference, systems.EXT_ACTING_AS, "valueReference")):
        return target_of(acting)
    if target is None and identifier and identifier.get("system") == systems.HSA_ID:
        return reading.by_hsa_id(identifier.get("value", ""))
    return target


def _named_only(reference: Json) -> Json:
    identifier = reference.get("identifier") or {}
    hsa_id = identifier.get("value") if identifier.get("system") == systems.HSA_ID else None
    unit = {"hsaId": hsa_id, "name": None} if hsa_id else None
    return _who(None, reference.get("display"), unit=unit)


def _who(target: str | None, name: str | None, **more: Any) -> Json:
    return {
        "reference": target,
        "name": name,
        "role": more.get("role"),
        "unit": more.get("unit"),
        "organisation": more.get("organisation"),
    }


def _describe(target: str, reference: Json, reading: Reading) -> Json:
    resource = reading.find(target)
    if resource is None:
        return _who(target, reference.get("display"))
    kind = resource["resourceType"]
    if kind == "Patient":
        return _who(target, name_of(resource.get("name")), role=text("patient", reading.language))
    if kind == "RelatedPerson":
        return _who(target, name_of(resource.get("name")), role=_first_text(resource.get("relationship")))
    chain = organisations_above(target, reading)
    places = {"unit": _unit(chain), "organisation": _organisation(chain)}
    if kind == "PractitionerRole":
        person = _practitioner_of(resource, reading) or {}
        name = name_of(person.get("name")) or resource.get("practitioner", {}).get("display")
        return _who(target, name, role=_first_text(resource.get("code")), **places)
    if kind == "Practitioner":
        return _who(target, name_of(resource.get("name")))
    return _who(target, _plain_name(resource), **places)


def _plain_name(resource: Json) -> str | None:
    name = resource.get("name")
    return name if isinstance(name, str) else name_of(name)


def _first_text(concepts: list[Json] | None) -> str | None:
    return text_of(concepts[0]) if concepts else None


def _employer(resource: Json) -> str | None:
    for element in ("organization", "providedBy", "managingOrganization"):
        found = resource.get(element)
        if isinstance(found, dict):
            return target_of(found)
    return None


def _practitioner_of(resource: Json | None, reading: Reading) -> Json | None:
    return reading.find(target_of(resource.get("practitioner"))) if resource else None


def _unit(chain: list[Json]) -> Json | None:
    if not chain:
        return None
    return {"hsaId": identifier_in(chain[0], systems.HSA_ID), "name": chain[0].get("name")}


def _organisation(chain: list[Json]) -> Json | None:
    if not chain:
        return None
    top = chain[-1]
    kinds = (extension_value(each, systems.EXT_PRINCIPAL, "valueCode") for each in chain)
    return {
        "kind": next((kind for kind in kinds if kind), None),
        "hsaId": identifier_in(top, systems.HSA_ID),
        "name": top.get("name"),
    }
