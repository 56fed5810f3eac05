"""Actors outside care, such as Försäkringskassan or a school: whom to reach there, what they answered."""

from typing import Any

from pk_api.contract.elements import Json, extension_value, target_of
from pk_api.contract.reading.common import telecom
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import organisations_above, who
from pk_api.fhir import other_actors as others
from pk_api.fhir import systems

_OUTSIDE = "other-actor"


def other_actor(task: Json, reading: Reading) -> Json | None:
    """Return whom to reach at an actor outside care, and its answer as told; None where nothing is said."""
    marks = others.marks(task)
    if not marks:
        return None
    told = others.told_in(task)
    return {
        "contact": _first(marks, "contact", "valueString"),
        "telecom": telecom([each["valueContactPoint"] for each in others.parts(marks, "telecom")]),
        "answer": told
        and {
            "answer": told.code,
            "on": told.on,
            "toldBy": told.by,
            "toldTo": who(dict(told.to) if told.to else None, reading),
        },
    }


def is_outside_care(owner: Json | None, reading: Reading) -> bool:
    """Say whether an owner is no part of care: known by name alone, or a unit registered as another actor."""
    if others.is_named_only(owner or {}):
        return True
    units = organisations_above(target_of(owner), reading)
    kinds = [extension_value(each, systems.EXT_UNIT_KIND, "valueCode") for each in units]
    return next((kind for kind in kinds if kind), None) == _OUTSIDE


def is_of_other_actor(task: Json, reading: Reading) -> bool:
    """Say whether an action is of an actor outside care, whose answer care may note as it was told."""
    return others.is_on_their_side(task) and is_outside_care(task.get("owner"), reading)


def _first(marks: list[Any], name: str, key: str) -> str | None:
    return next((each.get(key) for each in others.parts(marks, name)), None)
