"""Wishes for a named contact, or that an actor is connected: made, and answered, as FHIR Task.

Source: https://hl7.org/fhir/R4/task.html#statemachine; `fhir.wishes` has the states and who answers.
"""

from datetime import datetime

from pk_api.contract.codes import ACTION_KINDS, CONTACT_KINDS, code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing.draft import concept_of, copy_of, put, put_text
from pk_api.contract.elements import Json
from pk_api.contract.reading.wishes import KINDS
from pk_api.contract.texts import text
from pk_api.fhir import systems
from pk_api.fhir import wishes as rules
from pk_api.fhir.problems import Problem

_TASK_KINDS = {name: kind for kind, name in KINDS.items()}


def new_wish(
    values: Json, *, patient: Json, writer: Json, to: Json, now: datetime, person: Json | None = None
) -> Json:
    """Return the Task; `contract` among the values is a reference to the contract that it belongs to.

    `to` is the unit, `person` who of it.
    """
    kind = _TASK_KINDS[values["kind"]]
    said = []
    if values.get("contactKind"):
        said.append(_said("kind", valueCodeableConcept=concept_of(CONTACT_KINDS[values["contactKind"]])))
    if values.get("actor"):
        said.append(_said("actor", valueReference=values["actor"]))
    if values.get("contact"):
        contact = {"reference": f"CareTeam/{values['contact']}"}
        said.append(_said("responsible", valueReference=contact))
    contract = values.get("contract")
    return {
        "resourceType": "Task",
        "extension": [{"url": systems.EXT_SIDE, "valueCode": "care"}],
        **({"basedOn": [contract]} if contract else {}),
        "status": "requested",
        "intent": "proposal",
        "code": concept_of(ACTION_KINDS[kind]),
        "description": values.get("text") or text(f"wish.{values['kind']}", "sv"),
        "for": patient,
        "authoredOn": instant(now),
        "lastModified": instant(now),
        "requester": writer,
        "owner": to,
        **({"restriction": {"recipient": [person]}} if person else {}),
        **({"input": said} if said else {}),
    }


def answer_to(task: Json, said: str) -> rules.Answer:
    """Return what an answer makes of a wish. Problem not-allowed-in-state."""
    state = rules.state_of(task)
    found = rules.ANSWERS.get((state, said))
    if found is None:
        detail = f"What was asked is {state}: an answer stands."
        raise Problem("not-allowed-in-state", detail, facts={"state": state})
    return found


def answered(task: Json, answer: rules.Answer, body: Json, *, author: Json, now: datetime) -> Json:
    """Return the Task after the answer, with a note of who gave it; what came of it stands in `output`."""
    draft: Json = copy_of(task)
    put(draft, "status", answer.status)
    put(draft, "lastModified", instant(now))
    if body.get("reason"):
        put_text(draft, "statusReason", body["reason"])
    note = {"authorReference": author, "time": instant(now), "text": text(f"said.{body['answer']}", "sv")}
    put(draft, "note", [*draft.get("note", []), note])
    return draft


def fulfilled(draft: Json, code: str, reference: Json) -> Json:
    """Return the Task with what came of it: the `contact` who was named, the `actor` that joined."""
    return {**draft, "output": [*draft.get("output", []), _said(code, valueReference=reference)]}


def _said(code: str, **value: Json) -> Json:
    return {"type": concept_of(code_of(systems.WISH, code)), **value}
