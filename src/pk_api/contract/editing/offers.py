"""An offer of a contract, a patient's wish for one, or the note that none was offered: FHIR Task.

Source: https://hl7.org/fhir/R4/task.html#statemachine. The regional guideline names the four indications.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from pk_api.contract.codes import ACTION_KINDS
from pk_api.contract.dates import instant
from pk_api.contract.editing.draft import concept_of, copy_of, put, put_text
from pk_api.contract.elements import Json
from pk_api.contract.reading.actions import OFFER
from pk_api.contract.reading.offers import offer_state
from pk_api.contract.texts import text
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem

PATIENT_WISH: Final = "patient-wish"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an answer makes of an offer: who may give it, the status of the Task, whether a contract opens."""

    who: str
    status: str
    opens: bool = False


OUTCOMES: Final[Mapping[tuple[str, str], Outcome]] = MappingProxyType(
    {
        ("wished", "accepted"): Outcome("care", "accepted", opens=True),
        ("wished", "not-offered"): Outcome("care", "rejected"),
        ("wished", "withdrawn"): Outcome("patient", "cancelled"),
        ("offered", "accepted"): Outcome("anyone", "accepted", opens=True),
        ("offered", "declined"): Outcome("anyone", "rejected"),
        ("offered", "withdrawn"): Outcome("care", "cancelled"),
        ("accepted", "accepted"): Outcome("anyone", "", opens=True),
    }
)
"""What may become of an offer: (state, answer) → outcome; accepting again opens what did not open then.

`anyone`: the patient, or care that notes what the patient said; access is decided at the door.
"""


def new_offer(values: Json, *, patient: Json, writer: Json, to: Json | None, now: datetime) -> Json:
    """Return the Task: a wish when the writer is the patient, else an offer, or why none is made."""
    is_wish = writer == patient
    why_not = values.get("notOffered")
    owner = to if is_wish else writer if why_not else patient
    indications = [PATIENT_WISH] if is_wish else values["indications"]
    side = "care" if is_wish or why_not else "patient"
    return {
        "resourceType": "Task",
        "extension": [
            {"url": systems.EXT_SIDE, "valueCode": side},
            *({"url": systems.EXT_INDICATION, "valueCode": each} for each in indications),
        ],
        "status": "rejected" if why_not else "requested",
        **({"statusReason": {"text": why_not}} if why_not else {}),
        "intent": "proposal",
        "code": concept_of(ACTION_KINDS[OFFER]),
        "description": values.get("text") or text("wish" if is_wish else "offer", "sv"),
        "for": patient,
        "authoredOn": instant(now),
        "lastModified": instant(now),
        "requester": writer,
        **({"owner": owner} if owner else {}),
    }


def outcome_of(task: Json, answer: str, *, by_patient: bool) -> Outcome:
    """Return what the answer makes of the offer. Problem not-allowed-in-state, forbidden."""
    state = offer_state(task)
    found = OUTCOMES.get((state, answer))
    if found is None:
        possible = ", ".join(sorted(a for s, a in OUTCOMES if s == state)) or "nothing"
        detail = f"The offer is {state}: the answer can be {possible}."
        raise Problem("not-allowed-in-state", detail, facts={"state": state})
    if found.who not in {"anyone", "patient" if by_patient else "care"}:
        raise Problem("forbidden", f"'{answer}' is for {found.who} to say.")
    return found


def answered(task: Json, outcome: Outcome, body: Json, *, author: Json, now: datetime) -> Json | None:
    """Return the Task after the answer, with a note of who gave it; None when nothing changes."""
    if not outcome.status:
        return None
    draft: Json = copy_of(task)
    put(draft, "status", outcome.status)
    put(draft, "lastModified", instant(now))
    if body.get("reason"):
        put_text(draft, "statusReason", body["reason"])
    note = {"authorReference": author, "time": instant(now), "text": text(f"said.{body['answer']}", "sv")}
    put(draft, "note", [*draft.get("note", []), note])
    return draft
