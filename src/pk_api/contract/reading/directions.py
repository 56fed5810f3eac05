"""Whom the patient turns to for what: as the contract says, else the contacts that are there for it.

Source: the regional guideline for patientkontrakt, Överenskommelse (whom the patient turns to).
"""

from pk_api.contract.codes import PURPOSES
from pk_api.contract.elements import Json, id_of, target_of
from pk_api.contract.reading.common import telecom
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import who
from pk_api.fhir.directions import directions_in


def directions(contacts: list[Json], reading: Reading) -> list[Json]:
    """Return directions in the order of their purposes; `said` of those that the contract itself says.

    A contact who has ended is left out of what the contract says: then the others are told.
    """
    active = {each["id"]: each for each in contacts if each["state"] == "active"}
    found: list[Json] = []
    for purpose in PURPOSES:
        told = [one for one in _said(reading) if one.get("purpose", {}).get("valueCode") == purpose]
        said = [item for one in told if (item := _item(purpose, one, active, reading)) is not None]
        found += said or [
            _of_contact(purpose, each, None, said=False) for each in active.values() if purpose in each["for"]
        ]
    return found


def _said(reading: Reading) -> list[Json]:
    return directions_in(reading.members.get(reading.contract, {}))


def _item(purpose: str, said: Json, active: dict[str, Json], reading: Reading) -> Json | None:
    reference = said.get("to", {}).get("valueReference")
    text = said.get("text", {}).get("valueString")
    target = target_of(reference) or ""
    if target.startswith("CareTeam/"):
        contact = active.get(id_of(target))
        return _of_contact(purpose, contact, text, said=True) if contact else _in_words(purpose, text)
    if reference is None:
        return _in_words(purpose, text)
    there = reading.find(target) or {}
    return {
        "purpose": purpose,
        "contact": None,
        "to": who(reference, reading),
        "telecom": telecom(there.get("telecom", [])),
        "hours": None,
        "text": text,
        "said": True,
    }


def _in_words(purpose: str, text: str | None) -> Json | None:
    if text is None:
        return None
    empty: Json = {"contact": None, "to": None, "telecom": [], "hours": None}
    return {"purpose": purpose, **empty, "text": text, "said": True}


def _of_contact(purpose: str, contact: Json, text: str | None, *, said: bool) -> Json:
    names = ("name", "role", "unit", "organisation")
    person = {"reference": contact["member"]["reference"], **{name: contact[name] for name in names}}
    return {
        "purpose": purpose,
        "contact": contact["id"],
        "to": person,
        "telecom": contact["telecom"],
        "hours": contact["hours"],
        "text": text,
        "said": said,
    }


def in_words(contacts: list[Json], reading: Reading) -> list[str]:
    """Return what the contract itself says, a sentence for each direction."""
    told = []
    for each in directions(contacts, reading):
        name = (each["to"] or {}).get("name")
        if each["said"]:
            purpose = PURPOSES[each["purpose"]].name(reading.language)
            told.append(f"{purpose}: {', '.join(one for one in (name, each['text']) if one)}")
    return told
