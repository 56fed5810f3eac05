"""Wishes for a named contact, or that an actor is connected, as their reader sees them: FHIR Task.

Source: https://hl7.org/fhir/R4/task.html; `fhir.wishes` has the kinds and the states.
"""

from typing import Final

from pk_api.contract.codes import CONTACT_KINDS
from pk_api.contract.elements import Json, code_in, id_of, target_of, targets_in, text_of
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import side_of, who
from pk_api.fhir import wishes as rules

KINDS: Final = {
    rules.CONTACT: "contact",
    rules.ACTOR: "actor",
    rules.RESPONSIBLE: "responsible",
    rules.HANDOVER: "handover",
}
"""Kinds of `pk-task` → kinds as the contract API has them."""

_CONTACT_KINDS = {(code.system, code.code): kind for kind, code in CONTACT_KINDS.items()}


def wishes(reading: Reading) -> list[Json]:
    """Return the wishes of a contract: those without an answer first, then the latest."""
    found = [wish_item(task, reading) for task in reading.of_type("Task") if rules.is_wish(task)]
    latest = sorted(found, key=lambda each: each["on"] or "", reverse=True)
    return sorted(latest, key=lambda each: each["state"] != "requested")


def wish_item(task: Json, reading: Reading) -> Json:
    """Return a wish as its reader sees it."""
    state = rules.state_of(task)
    contracts = targets_in(task.get("basedOn", ()), "CarePlan")
    return {
        **item(task),
        "kind": KINDS[str(rules.kind_of(task))],
        "patient": {"reference": target_of(task.get("for"))},
        "contract": contracts[0] if contracts else None,
        "state": state,
        "text": task.get("description"),
        "contactKind": wanted_kind(task),
        "actor": _actor(task, reading),
        "by": who(task.get("requester"), reading),
        "bySide": side_of(task.get("requester"), reading),
        "to": who(asked_in(task), reading),
        "on": task.get("authoredOn"),
        "answeredOn": None if state == "requested" else task.get("lastModified"),
        "reason": text_of(task.get("statusReason")),
        "contact": contact_in(task),
    }


def asked_in(task: Json) -> Json | None:
    """Return who is asked: a person at the unit, else the unit."""
    people: list[Json] = (task.get("restriction") or {}).get("recipient", [])
    owner: Json | None = task.get("owner")
    return people[0] if people else owner


def wanted_kind(task: Json) -> str | None:
    """Return the kind of contact that is wished for."""
    for said in rules.said_in(task, "input", "kind"):
        for (system, code), kind in _CONTACT_KINDS.items():
            if code_in([said.get("valueCodeableConcept") or {}], system) == code:
                return kind
    return None


def actor_in(task: Json) -> Json | None:
    """Return a reference to the actor: the one that was connected, else the one asked for."""
    for element in ("output", "input"):
        for said in rules.said_in(task, element, "actor"):
            if "valueReference" in said:
                reference: Json = said["valueReference"]
                return reference
    return None


def _actor(task: Json, reading: Reading) -> Json | None:
    return who(actor_in(task), reading)


def contact_in(task: Json) -> str | None:
    """Return the id of the contact who was named, or who is to be responsible."""
    named = [
        *rules.references_in(task, "output", "contact"),
        *rules.references_in(task, "input", "responsible"),
    ]
    return id_of(target_of({"reference": named[0]}) or "") if named else None
