"""What happened to the items of a contract, step by step, as versions of resources came into it. Pure.

Beside the items of the parts, the contract itself (part `contract`) and its patient (part `patient`) are
followed.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from pk_api.contract.elements import Json
from pk_api.contract.merging import fields_of
from pk_api.contract.reading.contacts import contacts
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.directions import in_words
from pk_api.contract.reading.patient import patient
from pk_api.contract.reading.plans import period_of
from pk_api.contract.reading.responsible import assigned
from pk_api.contract.reading.view import READERS, head_of

Place = tuple[str, str]
"""Part and id of an item."""

CONTRACT, PATIENT = "contract", "patient"
ORDER: Final = (CONTRACT, PATIENT, *READERS)

_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Goal": ("whatMatters", "goals"),
    "Task": ("actions",),
    "ServiceRequest": ("actions",),
    "CareTeam": ("contacts", "team"),
    "Appointment": ("appointments",),
    "CarePlan": ("plans",),
    "RelatedPerson": ("relatives",),
    "Consent": ("relatives", "plans"),
    "AppointmentResponse": ("appointments",),
    "Communication": ("messages",),
    "DocumentReference": ("medicines",),
    "Observation": ("notes",),
}
"""Parts in whose items resources of a type are shown."""
_BESIDE: Final = frozenset({"Consent", "AppointmentResponse"})
"""Types that tell more of an item, behind which another resource stands."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one revision wrote: resources by reference, None for what it deleted; when and by whom."""

    revision: int | None
    at: datetime
    by: Mapping[str, Any]
    resources: Mapping[str, Json | None]


@dataclass(frozen=True, slots=True)
class Moved:
    """An item before and after something was written; None where there was or is none."""

    place: Place
    before: Json | None
    after: Json | None
    written: Written

    def changes(self, field: str) -> bool:
        """Say whether it changed the field."""
        return fields_of(self.before).get(field) != fields_of(self.after).get(field)


def moves(start: Reading, steps: Iterable[Written]) -> Iterator[Moved]:
    """Yield what happened to which item, in the order of the steps, from a contract as it was."""
    reading = start
    for step in steps:
        before, after = reading, with_written(reading, step)
        old, new = (shown(each, step.resources.keys()) for each in (before, after))
        for place in dict.fromkeys((*old, *new)):
            if fields_of(old.get(place)) != fields_of(new.get(place)):
                yield Moved(place, old.get(place), new.get(place), step)
        reading = after


def with_written(reading: Reading, step: Written) -> Reading:
    """Return the contract with what a step wrote."""
    members = {**reading.members, **{k: v for k, v in step.resources.items() if v is not None}}
    for gone in (reference for reference, resource in step.resources.items() if resource is None):
        members.pop(gone, None)
    return replace(reading, members=members, seen={})


def everything(reading: Reading) -> dict[Place, Json]:
    """Return all items by part and id, the contract and the patient first."""
    found = _of_whole(reading, reading.members.keys())
    return found | {(part, each["id"]): each for part, read in READERS.items() for each in read(reading)}


def shown(reading: Reading, references: AbstractSet[str]) -> dict[Place, Json]:
    """Return the items of which these resources tell."""
    kinds = {reference.partition("/")[0] for reference in references}
    alone = kinds - _BESIDE
    if kinds & _BESIDE:
        alone -= {"RelatedPerson", "Appointment"}
    members = {
        reference: resource
        for reference, resource in reading.members.items()
        if reference.partition("/")[0] not in alone or reference in references | {reading.contract}
    }
    limited = replace(reading, members=members, seen={})
    parts = dict.fromkeys(part for kind in sorted(kinds) for part in _PARTS.get(kind, ()))
    found = {(part, each["id"]): each for part in parts for each in READERS[part](limited)}
    return _of_whole(reading, references) | found


def _of_whole(reading: Reading, references: AbstractSet[str]) -> dict[Place, Json]:
    """Return the contract itself and the patient, where they are among the resources."""
    found: dict[Place, Json] = {}
    plan = reading.members.get(reading.contract)
    if plan is not None and reading.contract in references:
        head = head_of(plan, revision=None, language=reading.language)
        told = {name: head[name] for name in ("id", "version", "reference", "status", "title")}
        found[CONTRACT, head["id"]] = told | {"period": period_of(plan)} | _said_by_contract(reading)
    person = patient(reading) if plan is not None else None
    if person is not None and person["reference"] in references & reading.members.keys():
        id_ = person["reference"].partition("/")[2]
        found[PATIENT, id_] = {"id": id_, **person}
    return found


def _said_by_contract(reading: Reading) -> Json:
    """Return what the contract itself says of who is responsible, and of whom to turn to."""
    said = assigned(reading) or {}
    names = {"responsible": "contact", "responsibleReason": "reason", "responsibleText": "text"}
    told = {name: said[part] for name, part in names.items() if said.get(part)}
    directed = in_words(contacts(reading), reading)
    return told | ({"directions": directed} if directed else {})


def field_names(before: Json | None, after: Json | None) -> list[str]:
    """Return the fields that differ, in the order of the item."""
    old, new = fields_of(before), fields_of(after)
    return [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]


def last_that_changed(field: str, moved: Iterable[Moved]) -> Moved | None:
    """Return the last step that changed a field of an item."""
    return next((each for each in reversed(list(moved)) if each.changes(field)), None)
