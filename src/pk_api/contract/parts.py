"""PARTS: the one table of a contract's parts, over which routes, OpenAPI, documentation and tests loop."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pk_api.contract.editing.events import events_of
from pk_api.contract.model import items, requests
from pk_api.contract.model.base import Answer, Request

_BODIES: Final[Mapping[tuple[str, str], type[Request]]] = {
    ("goals", "accept"): requests.PlainEvent,
    ("appointments", "accept"): requests.TimeAnswer,
    ("appointments", "decline"): requests.TimeAnswer,
    ("appointments", "propose"): requests.TimeProposal,
    ("appointments", "confirm"): requests.PlainEvent,
    ("plans", "revoke"): requests.ReasonedEvent,
    ("team", "end"): requests.PlainEvent,
}
_BODIES_OF_PARTS: Final[Mapping[str, type[Request]]] = {"actions": requests.ActionEvent}


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
        (requests.ActionNew, requests.ActionChange, items.ActionItem),
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
        (requests.PlanNew, requests.PlanChange, items.PlanItem),
    ),
    _part(
        "relatives",
        "a relative or stand-in",
        "RelatedPerson",
        (requests.RelativeNew, requests.RelativeChange, items.RelativeItem),
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
