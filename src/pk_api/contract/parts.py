"""PARTS: the one table of a contract's parts, over which routes, OpenAPI, documentation and tests loop."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field, create_model

from pk_api.contract.editing.events import events_of
from pk_api.contract.model import actions, items, medicines, messages, notes, plans, requests
from pk_api.contract.model.base import Answer, Request, no_default

_BODIES: Final[Mapping[tuple[str, str], type[Request]]] = {
    ("actions", "accept"): actions.OwnerAnswer,
    ("actions", "decline"): actions.OwnerAnswer,
    ("actions", "choose"): actions.ChoiceMade,
    ("goals", "accept"): requests.PlainEvent,
    ("appointments", "accept"): requests.TimeAnswer,
    ("appointments", "decline"): requests.TimeAnswer,
    ("appointments", "propose"): requests.TimeProposal,
    ("appointments", "confirm"): requests.PlainEvent,
    ("plans", "revoke"): requests.ReasonedEvent,
    ("messages", "read"): requests.PlainEvent,
    ("notes", "end"): requests.PlainEvent,
    ("medicines", "end"): requests.PlainEvent,
    ("team", "end"): requests.PlainEvent,
}
_BODIES_OF_PARTS: Final[Mapping[str, type[Request]]] = {"actions": actions.ActionEvent}


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its name in paths and JSON, what it holds, and the models of its items.

    `types` are the FHIR types behind its items, the one that we make first; `events` the body of each event.
    """

    name: str
    holds: str
    types: tuple[str, ...]
    new: type[Request]
    change: type[Request]
    item: type[Answer]
    events: Mapping[str, type[Request]]


def _part(
    name: str,
    holds: str,
    types: str,
    models: tuple[type[Request], type[Request], type[Answer]],
    *,
    more: str = "",
) -> Part:
    names = (*events_of(name), *more.split())
    usual = _BODIES_OF_PARTS.get(name, requests.EventWithReason)
    events = {event: _BODIES.get((name, event), usual) for event in names}
    return Part(name, holds, tuple(types.split()), *models, MappingProxyType(events))


_ALL: Final = (
    _part(
        "whatMatters",
        "what matters to the patient",
        "Goal",
        (requests.WhatMattersNew, requests.WhatMattersChange, items.WhatMattersItem),
    ),
    _part("goals", "a goal", "Goal", (requests.GoalNew, requests.GoalChange, items.GoalItem)),
    _part(
        "actions",
        "an agreed action",
        "Task ServiceRequest",
        (actions.ActionNew, actions.ActionChange, items.ActionItem),
    ),
    _part(
        "contacts",
        "a named contact",
        "CareTeam",
        (requests.ContactNew, requests.ContactChange, items.ContactItem),
    ),
    _part(
        "appointments",
        "an agreed time",
        "Appointment",
        (requests.AppointmentNew, requests.AppointmentChange, items.AppointmentItem),
    ),
    _part(
        "plans",
        "a plan under the contract",
        "CarePlan",
        (plans.PlanNew, plans.PlanChange, items.PlanItem),
    ),
    _part(
        "relatives",
        "a relative or stand-in",
        "RelatedPerson",
        (requests.RelativeNew, requests.RelativeChange, items.RelativeItem),
    ),
    _part(
        "notes",
        "what is told in words",
        "Observation",
        (notes.NoteNew, notes.NoteChange, notes.NoteItem),
    ),
    _part(
        "medicines",
        "where a medication list or plan stands",
        "DocumentReference",
        (medicines.MedicinesNew, medicines.MedicinesChange, medicines.MedicinesItem),
    ),
    _part(
        "messages",
        "a message between patient and team",
        "Communication",
        (messages.MessageNew, messages.MessageChange, messages.MessageItem),
    ),
    _part(
        "team",
        "a member of the plan's team",
        "CareTeam",
        (requests.TeamMemberNew, requests.TeamMemberChange, items.TeamItem),
        more="end",
    ),
)

PARTS: Final[Mapping[str, Part]] = MappingProxyType({part.name: part for part in _ALL})


def _by_id(schema: dict[str, Any]) -> None:
    """Say of the names what a pattern of properties says too: tools that make up bodies keep to it."""
    no_default(schema)
    for pattern, change in schema.pop("patternProperties", {}).items():
        schema |= {"propertyNames": {"pattern": pattern}, "additionalProperties": change}


def _changes_model() -> type[Request]:
    """Return the model of a change of several items: by part, then by item id, a merge patch of each."""
    fields: dict[str, Any] = {
        part.name: (
            dict[requests.Id, part.change],  # type: ignore[name-defined]  # a model made at run time
            Field(default={}, alias=part.name, max_length=100, json_schema_extra=_by_id),
        )
        for part in _ALL
    }
    doc = "Changes by part and item id: fields that are absent stay as they are, null takes one away."
    return create_model("ContractChange", __base__=Request, __doc__=doc, **fields)


ContractChange: Final = _changes_model()
