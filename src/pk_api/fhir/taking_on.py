"""How Tasks and contracts go on: the steps from status to status, and whose each is to take.

An action is taken on, or declined, by the one who is to do it; what is over stays over. Offers of a contract
have steps of their own; wishes, handovers and answers to an agreement theirs, elsewhere.
Source: https://hl7.org/fhir/R4/task.html#statemachine.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from pk_api.fhir import agreements, choices, systems, wishes
from pk_api.fhir.references import at_path, literal

Json = Mapping[str, Any]
Who = Literal["anyone", "owner", "patient", "care", "recorder"]

OFFER: Final = "offer-contract"
ASKED: Final = frozenset({"draft", "requested", "received"})
"""Statuses of what waits for an answer."""

ON: Final = frozenset({"accepted", "ready", "in-progress", "on-hold"})
"""Statuses of what somebody has taken on."""

OVER: Final = frozenset({"completed", "cancelled", "failed", "entered-in-error"})
"""Statuses that nothing follows but that it was an error."""

_DECLINED: Final = "rejected"
_ERROR: Final = "entered-in-error"

CONTRACT_OVER: Final = frozenset({"completed", "revoked", "entered-in-error"})
"""Statuses of a contract that has ended: another one is opened, this one stays."""

OFFER_STEPS: Final[Mapping[tuple[str, str], Who]] = MappingProxyType(
    {
        ("wish", "accepted"): "care",
        ("wish", "rejected"): "care",
        ("wish", "cancelled"): "patient",
        ("offer", "accepted"): "anyone",
        ("offer", "rejected"): "anyone",
        ("offer", "cancelled"): "care",
    }
)
"""Who may answer an offer of care or a patient's wish, and how; care notes what the patient said."""


def is_action(resource: Json) -> bool:
    """Say whether a resource is a Task that goes on by these steps; an option does once it is decided."""
    if resource.get("resourceType") != "Task" or agreements.is_answer(resource):
        return False
    if wishes.kind_of(resource) is not None or choices.is_choice(resource):
        return False
    return not (choices.is_option(resource) and resource.get("status") == "draft")


def is_offer(task: Json) -> bool:
    """Say whether a Task offers a contract, or wishes for one."""
    coding = (task.get("code") or {}).get("coding", ())
    return (systems.TASK_KIND, OFFER) in {(one.get("system"), one.get("code")) for one in coding}


def step(task: Json, is_: str, *, is_moved: bool) -> Who | None:
    """Return who may bring a Task to another status, None when nobody may; `is_moved` to another owner.

    The `recorder` is care, or a person whose own record it is.
    """
    was = str(task.get("status"))
    if is_ == _ERROR:
        return "recorder"
    if was in OVER:
        return None
    return _offer_step(task, was, is_) if is_offer(task) else _action_step(was, is_, is_moved=is_moved)


def _action_step(was: str, is_: str, *, is_moved: bool) -> Who | None:
    if is_ in ASKED:
        return "anyone" if was not in ON or is_moved else None
    if is_ == _DECLINED or (was not in ON and is_ in ON):
        return "owner"
    return "anyone" if was != _DECLINED else None


def _offer_step(task: Json, was: str, is_: str) -> Who | None:
    if was not in ASKED:
        return None
    people = (literal(each) for each in at_path(task, "requester"))
    is_wish = any(one is not None and one.type == "Patient" for one in people)
    return "anyone" if is_ in ASKED else OFFER_STEPS.get(("wish" if is_wish else "offer", is_))


def contract_goes_on(was: str, is_: str) -> bool:
    """Say whether a contract may come from one status to another: it never becomes a draft again."""
    if is_ in {_ERROR, was}:
        return True
    return was not in CONTRACT_OVER and (is_ != "draft" or was == "unknown")
