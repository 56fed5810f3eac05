"""Offers of a contract, and patients' wishes for one: FHIR Task `pk-task#offer-contract`.

Whose it is tells what it is: a wish when the patient asks, an offer when care does. Source:
https://hl7.org/fhir/R4/task.html.
"""

from collections.abc import Mapping
from typing import Final

from pk_api.contract.elements import (
    Json,
    codes_in,
    extensions,
    reference_to,
    target_of,
    text_of,
)
from pk_api.contract.reading.actions import OFFER, action_kind
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import side_of, who
from pk_api.fhir import systems

UNANSWERED: Final = frozenset({"draft", "requested", "received"})
_DONE: Final[Mapping[str, str]] = {
    "cancelled": "withdrawn",
    "failed": "withdrawn",
    "entered-in-error": "withdrawn",
}


def is_offer(resource: Json) -> bool:
    """Say whether a resource is an offer of a contract, or a wish for one."""
    return resource.get("resourceType") == "Task" and action_kind(resource) == OFFER


def offer_state(task: Json) -> str:
    """Return `wished`, `offered`, `accepted`, `declined`, `not-offered` or `withdrawn`."""
    status = task.get("status", "")
    is_wish = _is_of_patient(task.get("requester"))
    if status in UNANSWERED:
        return "wished" if is_wish else "offered"
    if status == "rejected":
        asked_patient = "owner" not in task or _is_of_patient(task["owner"])
        return "declined" if asked_patient and not is_wish else "not-offered"
    return _DONE.get(status, "accepted")


def indications_of(task: Json) -> list[str]:
    """Return why a contract is offered: each extension, and the reason of a Task that others wrote."""
    told = [each.get("valueCode") for each in extensions(task, systems.EXT_INDICATION)]
    told += codes_in((task.get("reasonCode") or {},), systems.INDICATION)
    return list(dict.fromkeys(each for each in told if each))


def offer_item(task: Json, reading: Reading, *, contract: str | None) -> Json:
    """Return an offer as its reader sees it; `contract` is the id of the contract that came of it."""
    state = offer_state(task)
    return {
        **item(task),
        "patient": {"reference": target_of(task.get("for"))},
        "state": state,
        "indications": indications_of(task),
        "text": task.get("description"),
        "by": who(task.get("requester"), reading),
        "bySide": side_of(task.get("requester"), reading),
        "to": who(task.get("owner"), reading),
        "on": task.get("authoredOn"),
        "answeredOn": _answered_on(task),
        "reason": text_of(task.get("statusReason")),
        "contract": contract,
    }


def offer(contract: Json, reading: Reading) -> Json:
    """Return the offer that a contract came of, the latest one, beside the contract's own indications."""
    own = [each.get("valueCode") for each in extensions(contract, systems.EXT_INDICATION)]
    offers = [task for task in reading.of_type("Task") if action_kind(task) == OFFER]
    latest = max(offers, key=lambda each: str(each.get("authoredOn", "")), default=None)
    return {
        "indications": [each for each in own if each],
        "state": offer_state(latest) if latest else None,
        "on": latest.get("authoredOn") if latest else None,
        "answeredOn": _answered_on(latest) if latest else None,
        "reason": text_of(latest.get("statusReason")) if latest else None,
        "reference": reference_to(latest) if latest else None,
    }


def _answered_on(task: Json) -> str | None:
    answered: str | None = None if task.get("status") in UNANSWERED else task.get("lastModified")
    return answered


def _is_of_patient(reference: Json | None) -> bool:
    target = target_of(reference) or (reference or {}).get("type", "")
    return target.partition("/")[0] == "Patient"
