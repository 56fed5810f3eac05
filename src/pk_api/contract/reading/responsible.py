"""The contact who is responsible for the contract: assigned with a reason, else by a rule that is told.

Source: the regional guideline for patientkontrakt (with several contacts the one with most contact and best
knowledge, primary care when nothing else is said, the patient's wish weighing most).
"""

from typing import Final

from pk_api.contract.elements import Json, extensions, id_of, target_of
from pk_api.contract.reading.contacts import contacts
from pk_api.contract.reading.context import Reading
from pk_api.fhir import systems

_CARE: Final = "fast-vardkontakt"
_PRIMARY_CARE: Final = "fast-lakarkontakt"


def responsible(found: list[Json], reading: Reading) -> Json | None:
    """Return who is responsible among the contract's contacts, since when, by which rule; None for nobody.

    `rule`: `assigned` (then with a reason), `coordinating`, `only-contact`, or `primary-care`: the contact at
    the unit of the fast läkarkontakt in primary care.
    """
    active = [each for each in found if each["state"] == "active"]
    said = assigned(reading)
    contact = next((each for each in active if said and each["id"] == said["contact"]), None)
    if said is not None and contact is not None:
        return {**said, "since": said["since"] or contact["since"], "rule": "assigned"}
    rule, contact = _by_rule(active)
    if contact is None:
        return None
    return {"contact": contact["id"], "since": contact["since"], "rule": rule, "reason": None, "text": None}


def responsible_contact(reading: Reading) -> Json | None:
    """Return the contact who is responsible."""
    found = contacts(reading)
    who = responsible(found, reading)
    return next((each for each in found if who and each["id"] == who["contact"]), None)


def _by_rule(active: list[Json]) -> tuple[str | None, Json | None]:
    coordinating = next((each for each in active if each["coordinating"]), None)
    if coordinating is not None:
        return "coordinating", coordinating
    if len(active) == 1:
        return "only-contact", active[0]
    units = {_unit(each) for each in active if each["kind"] == _PRIMARY_CARE} - {None}
    there = [each for each in active if _unit(each) in units]
    there.sort(key=lambda each: (each["kind"] != _CARE, each["kind"] != _PRIMARY_CARE, each["since"] or "9"))
    return ("primary-care", there[0]) if there else (None, None)


def _unit(contact: Json) -> str | None:
    unit: str | None = (contact["unit"] or {}).get("hsaId")
    return unit


def assigned(reading: Reading) -> Json | None:
    """Return what the contract itself says."""
    for said in extensions(reading.members.get(reading.contract, {}), systems.EXT_RESPONSIBLE):
        parts = {each.get("url"): each for each in said.get("extension", ())}
        target = target_of(parts.get("contact", {}).get("valueReference"))
        if target is not None:
            return {
                "contact": id_of(target),
                "since": parts.get("since", {}).get("valueDate"),
                "reason": parts.get("reason", {}).get("valueCode"),
                "text": parts.get("text", {}).get("valueString"),
            }
    return None
