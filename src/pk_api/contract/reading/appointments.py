"""Agreed times: FHIR Appointment with its AppointmentResponses.

Sources: https://hl7.org/fhir/R4/appointment.html, RIV crm:scheduling 1.1 (a missing permission is none).
"""

from pk_api.contract.elements import (
    Json,
    code_in,
    extension_value,
    extensions,
    target_of,
    text_of,
)
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import side_of, who
from pk_api.fhir import systems

AHEAD = frozenset({"proposed", "pending", "booked", "arrived", "checked-in", "waitlist"})
_PLACES = frozenset({"Location", "HealthcareService"})


def appointments(reading: Reading) -> list[Json]:
    """Return the times, earliest first; those without a time last."""
    answers = _answers(reading)
    found = [_appointment(a, answers, reading) for a in reading.of_type("Appointment")]
    return sorted(found, key=lambda each: (each["start"] or "9", each["id"]))


def actor_kind(participant: Json) -> str:
    """Return the type of what takes part."""
    actor = participant.get("actor") or {}
    target = target_of(actor)
    return target.partition("/")[0] if target else str(actor.get("type", ""))


def _answers(reading: Reading) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for response in reading.of_type("AppointmentResponse"):
        target = target_of(response.get("appointment"))
        if target:
            found.setdefault(target, []).append(response)
    for responses in found.values():
        responses.sort(key=lambda each: (each.get("meta", {}).get("lastUpdated", ""), each["id"]))
    return found


def _appointment(appointment: Json, answers: dict[str, list[Json]], reading: Reading) -> Json:
    participants = appointment.get("participant", ())
    people = [
        p["actor"] for p in participants if p.get("actor") and actor_kind(p) not in {"Patient", *_PLACES}
    ]
    given = [_answer(each, reading) for each in answers.get(f"Appointment/{appointment['id']}", ())]
    return {
        **item(appointment),
        "state": appointment.get("status"),
        "text": appointment.get("description") or text_of(_first(appointment.get("serviceType"))),
        "start": appointment.get("start"),
        "end": appointment.get("end"),
        "with": [who(actor, reading) for actor in people],
        "form": _form(appointment),
        "place": _place(appointment, reading),
        "agreedHow": _agreed_how(appointment, given),
        "may": _may(appointment),
        "support": [
            e["valueString"] for e in extensions(appointment, systems.EXT_SUPPORT) if "valueString" in e
        ],
        "instruction": appointment.get("patientInstruction"),
        "reason": text_of(appointment.get("cancelationReason")),
        "patientAnswer": _patient_answer(appointment),
        "answers": given,
    }


def _first(concepts: list[Json] | None) -> Json | None:
    return concepts[0] if concepts else None


def _answer(response: Json, reading: Reading) -> Json:
    return {
        **item(response),
        "by": side_of(response.get("actor"), reading),
        "answer": response.get("participantStatus"),
        "start": response.get("start"),
        "end": response.get("end"),
        "comment": response.get("comment"),
    }


def _form(appointment: Json) -> str | None:
    form = appointment.get("appointmentType")
    return code_in((form,), systems.FORM) if form else None


def _place(appointment: Json, reading: Reading) -> Json | None:
    for participant in appointment.get("participant", ()):
        if actor_kind(participant) in _PLACES:
            place = who(participant["actor"], reading) or {}
            return {"reference": place.get("reference"), "name": place.get("name")}
    return None


def _agreed_how(appointment: Json, answers: list[Json]) -> str | None:
    agreed: str | None = extension_value(appointment, systems.EXT_AGREED_TIME, "valueCode")
    accepted = any(each["by"] == "patient" and each["answer"] == "accepted" for each in answers)
    return "assigned-confirmed" if agreed == "assigned" and accepted else agreed


def _may(appointment: Json) -> Json:
    return {
        "cancel": extension_value(appointment, systems.EXT_MAY_CANCEL, "valueBoolean") is True,
        "rebook": extension_value(appointment, systems.EXT_MAY_REBOOK, "valueBoolean") is True,
        "message": extension_value(appointment, systems.EXT_MAY_MESSAGE, "valueBoolean") is True,
    }


def _patient_answer(appointment: Json) -> str | None:
    for participant in appointment.get("participant", ()):
        if actor_kind(participant) == "Patient":
            status: str | None = participant.get("status")
            return status
    return None
