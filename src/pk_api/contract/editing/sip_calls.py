"""A call to a SIP, made and answered: what may happen to it, in which state, and who lets it happen.

Sources: https://hl7.org/fhir/R4/appointment.html; lag 2017:612 om samverkan vid utskrivning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from pk_api.contract.codes import FORMS, code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing.draft import concept_of, copy_of, put, put_text
from pk_api.contract.elements import Json
from pk_api.contract.reading.sip_calls import call_state
from pk_api.fhir import sip, systems
from pk_api.fhir.problems import Problem


@dataclass(frozen=True, slots=True)
class Step:
    """What may happen: in which states, by whom, and the status after it ('': the same)."""

    states: frozenset[str]
    who: str
    status: str = ""


_OPEN: Final = frozenset({"called", "confirmed"})

STEPS: Final[Mapping[str, Step]] = MappingProxyType(
    {
        "accept": Step(_OPEN, "called"),
        "decline": Step(_OPEN, "called"),
        "note": Step(_OPEN, "caller"),
        "confirm": Step(frozenset({"called"}), "caller", "booked"),
        "held": Step(_OPEN, "caller", "fulfilled"),
        "call-off": Step(_OPEN, "caller", "cancelled"),
    }
)
"""Event → what it takes. `called`: a party that is called, for itself; `caller`: whoever has called."""

_TOLD: Final = {"called": "those who are called", "caller": "the unit that has called"}


def new_call(
    body: Json, *, patient: str, caller: Json, parties: Sequence[Json], contract: str | None, now: datetime
) -> Json:
    """Return the Appointment; caller and parties are as `fhir.sip.actor_of` has them."""
    meeting, calls = code_of(systems.SIP, sip.MEETING), code_of(systems.SIP, "caller")
    others = [{"actor": each, "status": "needs-action"} for each in ({"reference": patient}, *parties)]
    place = [{"actor": {"type": "Location", "display": body.get("place")}, "status": "accepted"}]
    call: Json = {
        "resourceType": "Appointment",
        "status": "pending",
        "serviceType": [concept_of(meeting)],
        **({"appointmentType": concept_of(FORMS[body["form"]])} if body.get("form") else {}),
        "description": meeting.sv,
        **({"supportingInformation": [{"reference": f"CarePlan/{contract}"}]} if contract else {}),
        "start": body["start"],
        "end": body["end"],
        "created": instant(now, exact=True),
        **({"comment": body["text"]} if body.get("text") else {}),
        **({"patientInstruction": body["instruction"]} if body.get("instruction") else {}),
        "participant": [
            {"type": [concept_of(calls)], "actor": caller, "status": "accepted"},
            *others,
            *(place if body.get("place") else []),
        ],
    }
    return call


def require_possible(call: Json, event: str, roles: frozenset[str]) -> None:
    """Raise Problem for what cannot happen now (not-allowed-in-state), or not by this one (forbidden)."""
    step, state = STEPS[event], call_state(call)
    if step.who not in roles:
        raise Problem("forbidden", f"'{event}' is for {_TOLD[step.who]}.")
    if state not in step.states:
        possible = (
            ", ".join(sorted(name for name, each in STEPS.items() if state in each.states)) or "nothing"
        )
        detail = f"The call is {state}: what can happen is {possible}."
        raise Problem("not-allowed-in-state", detail, facts={"state": state})


def after(call: Json, event: str, answers: Mapping[int, str], body: Json) -> Json:
    """Return the Appointment after an event of the caller's; `answers` by place are those to be noted."""
    draft: Json = copy_of(call)
    if STEPS[event].status:
        put(draft, "status", STEPS[event].status)
    if event == "call-off":
        put_text(draft, "cancelationReason", body["reason"])
    put(
        draft,
        "participant",
        [
            {**each, "status": answers[n]} if n in answers else each
            for n, each in enumerate(draft["participant"])
        ],
    )
    return draft


def answered(call: Json, actor: Json, event: str, body: Json) -> Json:
    """Return the AppointmentResponse of one who is called."""
    made = {
        "resourceType": "AppointmentResponse",
        "appointment": {"reference": f"Appointment/{call['id']}"},
        "start": call.get("start"),
        "end": call.get("end"),
        "actor": actor,
        "participantStatus": "accepted" if event == "accept" else "declined",
        "comment": body.get("comment"),
    }
    return {name: value for name, value in made.items() if value is not None}
