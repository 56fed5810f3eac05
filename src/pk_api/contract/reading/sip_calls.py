"""Calls to a SIP: FHIR Appointment of the service type `pk-sip#meeting`, and the AppointmentResponses to it.

Who is called answers by an AppointmentResponse, which the door notes in the Appointment; what was said
otherwise the caller notes there.
Sources: https://hl7.org/fhir/R4/appointment.html, https://hl7.org/fhir/R4/appointmentresponse.html.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from pk_api.contract.dates import instant
from pk_api.contract.elements import Json, code_in, target_of, text_of
from pk_api.contract.reading.appointments import actor_kind
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import owners_of, side_of, who
from pk_api.fhir import sip, systems

_ANSWERS: Final = frozenset({"accepted", "declined"})
PLACES: Final = frozenset({"Location", "HealthcareService"})

_STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("proposed", "pending", "waitlist"), "called"),
        "booked": "confirmed",
        **dict.fromkeys(("arrived", "checked-in", "fulfilled"), "held"),
        **dict.fromkeys(("cancelled", "noshow", "entered-in-error"), "called-off"),
    }
)


def call_state(call: Json) -> str:
    """Return where a call stands: called, confirmed, held or called-off."""
    return _STATES.get(str(call.get("status")), "called")


def sip_call_item(call: Json, responses: Sequence[Json], reading: Reading) -> Json:
    """Return a call as its reader sees it, the caller and those who are called."""
    form = call.get("appointmentType")
    others = [each for each in call.get("participant", ()) if actor_kind(each) not in PLACES]
    parties = [_party(each, responses, reading) for each in others if not sip.is_caller(each)]
    caller: Json = next((each["actor"] for each in others if sip.is_caller(each) and "actor" in each), {})
    kinds = {kind for each in others if (kind := _principal(each.get("actor"), reading))}
    places = [each["actor"] for each in call.get("participant", ()) if actor_kind(each) in PLACES]
    return {
        **item(call),
        "patient": {"reference": _patient(call)},
        "contract": _contract(call),
        "state": call_state(call),
        "by": who(caller, reading),
        "on": call.get("created"),
        "start": call.get("start"),
        "end": call.get("end"),
        "form": code_in((form,), systems.FORM) if form else None,
        "place": (who(places[0], reading) or {}).get("name") if places else None,
        "text": call.get("comment"),
        "instruction": call.get("patientInstruction"),
        "parties": parties,
        "principals": sorted(kinds),
        "reason": text_of(call.get("cancelationReason")),
    }


def _party(participant: Json, responses: Sequence[Json], reading: Reading) -> Json:
    actor = participant.get("actor")
    named = sip.name_of(actor or {})
    mine = [r for r in responses if named is not None and named in owners_of(r.get("actor"), reading)]
    last = max(mine, key=lambda each: (each.get("meta", {}).get("lastUpdated", ""), each["id"]), default={})
    status = participant.get("status")
    return {
        "who": who(actor, reading),
        "side": side_of(actor, reading),
        "answer": status if status in _ANSWERS else None,
        "on": _swedish(last.get("meta", {}).get("lastUpdated")),
        "comment": last.get("comment"),
    }


def _swedish(moment: str | None) -> str | None:
    return instant(datetime.fromisoformat(moment)) if moment else None


def _principal(actor: Json | None, reading: Reading) -> str | None:
    organisation = (who(actor, reading) or {}).get("organisation") or {}
    kind: str | None = organisation.get("kind")
    return kind


def _patient(call: Json) -> str | None:
    named = (target_of(each.get("actor")) for each in call.get("participant", ()))
    return next((each for each in named if each and each.startswith("Patient/")), None)


def _contract(call: Json) -> str | None:
    named = (target_of(each) for each in call.get("supportingInformation", ()))
    return next((each.partition("/")[2] for each in named if each and each.startswith("CarePlan/")), None)
