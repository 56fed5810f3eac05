"""Actors outside care in an action: whom to reach there, and what care notes that they have answered."""

from typing import Any

from pk_api.contract.editing.context import Editing, refused
from pk_api.contract.editing.draft import put_extensions, put_ways
from pk_api.contract.elements import Json, extension_value
from pk_api.contract.reading.other_actors import is_of_other_actor, is_outside_care
from pk_api.fhir import other_actors as others
from pk_api.fhir import systems


def owner_by_name(name: str, draft: Json) -> Json:
    """Return who is known by name alone; one that stands as such already stays as it is."""
    standing = draft.get("owner") or {}
    if others.is_named_only(standing) and standing.get("display") == name:
        return standing
    return {"type": "Organization", "display": name}


def put_side(draft: Json, editing: Editing) -> None:
    """Say of an action without a side, whose owner is outside care, that it is on theirs."""
    owner = draft.get("owner")
    has_side = extension_value(draft, systems.EXT_SIDE, "valueCode") is not None
    if owner and not has_side and is_outside_care(owner, editing.reading):
        put_extensions(draft, systems.EXT_SIDE, [{"valueCode": others.SIDE}])


def require_outside(draft: Json, editing: Editing) -> None:
    """Raise Problem where what is said of actors outside care is said of others."""
    named = others.is_named_only(draft.get("owner") or {}) and "owner" in draft
    theirs = is_of_other_actor(draft, editing.reading)
    if named and not theirs:
        raise refused("/owner", "Only an actor outside care, of side other, is named by its name alone.")
    if others.marks(draft) and not theirs:
        raise refused("/otherActor", "Only an actor outside care, of side other, is told of here.")


def put_other_actor(draft: Json, value: Json | None, _editing: Editing) -> None:
    """Put in whom to reach at the actor; what is not said stays, as its answer does (RFC 7396)."""
    marks = others.marks(draft)
    kept = {name: list(others.parts(marks, name)) for name in ("contact", "telecom", "answer")}
    if value is None:
        value = {"contact": None, "telecom": None}
    if "contact" in value:
        told = value["contact"]
        kept["contact"] = [{"url": "contact", "valueString": told}] if told else []
    if "telecom" in value:
        ways: Json = {"telecom": [each["valueContactPoint"] for each in kept["telecom"]]}
        put_ways(ways, value["telecom"] or [])
        kept["telecom"] = [{"url": "telecom", "valueContactPoint": each} for each in ways.get("telecom", ())]
    _put(draft, kept)


def put_answer(draft: Json, code: str, body: Json, editing: Editing) -> None:
    """Note what the actor has answered: to whom of care, when, by whom of the actor."""
    said: list[Json] = [
        {"url": "code", "valueCode": code},
        {"url": "to", "valueReference": editing.writer},
        {"url": "on", "valueDate": body.get("on") or editing.today},
    ]
    if body.get("toldBy"):
        said.append({"url": "by", "valueString": body["toldBy"]})
    marks = others.marks(draft)
    kept: dict[str, list[Any]] = {name: list(others.parts(marks, name)) for name in ("contact", "telecom")}
    _put(draft, {**kept, "answer": [{"url": "answer", "extension": said}]})


def forget(draft: Json, before: Json) -> None:
    """Leave out, of an action that has another owner now, what was said of the one before."""
    now, then = others.marks(draft), others.marks(before)
    names = [name for name in ("contact", "telecom") if others.parts(now, name) != others.parts(then, name)]
    _put(draft, {name: list(others.parts(now, name)) for name in names})


def _put(draft: Json, parts: dict[str, list[Any]]) -> None:
    said = [each for name in ("contact", "telecom", "answer") for each in parts.get(name, ())]
    put_extensions(draft, systems.EXT_OTHER_ACTOR, [{"extension": said}] if said else [])
