"""Agreed times as FHIR Appointment, answers to them as AppointmentResponse.

Sources: https://hl7.org/fhir/R4/appointment.html, https://hl7.org/fhir/R4/appointmentresponse.html.
"""

from datetime import datetime
from typing import Final

from pk_api.contract.codes import FORMS
from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing, Editor, refused
from pk_api.contract.editing.draft import concept_of, kept_by, put, put_extension, put_extensions
from pk_api.contract.elements import Json, target_of
from pk_api.contract.reading.appointments import actor_kind
from pk_api.contract.reading.circumstances import adaptations
from pk_api.fhir import systems

_PLACES = frozenset({"Location", "HealthcareService"})
_AGREED = frozenset({"chosen-together", "patient-selfbooked", "assigned-confirmed"})
_MAY = {
    "cancel": systems.EXT_MAY_CANCEL,
    "rebook": systems.EXT_MAY_REBOOK,
    "message": systems.EXT_MAY_MESSAGE,
}


def _skeleton(values: Json, editing: Editing) -> Json:
    agreed = values.get("agreedHow") in _AGREED
    return {
        "resourceType": "Appointment",
        "status": values.get("state") or "booked",
        "supportingInformation": [editing.contract],
        "created": instant(editing.now),
        "participant": [{"actor": editing.patient, "status": "accepted" if agreed else "needs-action"}],
        **_usual_support(editing),
    }


def _usual_support(editing: Editing) -> Json:
    """What the patient needs in contacts is the support of a time that does not say its own."""
    told = [
        {"url": systems.EXT_SUPPORT, "valueString": each["text"]} for each in adaptations(editing.reading)
    ]
    return {"extension": told} if told else {}


def _put_state(_draft: Json, _value: str, _editing: Editing) -> None:
    """The state of a new time stands in its skeleton; later it changes by events."""


def _put_text(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "description", value)


def _put_start(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "start", value)


def _put_end(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "end", value)


def _put_with(draft: Json, value: list[Json] | None, editing: Editing) -> None:
    people = [editing.person(each, f"/with/{n}") for n, each in enumerate(value or [])]
    status = "accepted" if draft["status"] == "booked" else "needs-action"
    old = {target_of(each.get("actor")): each for each in draft["participant"]}
    kept = [each for each in draft["participant"] if actor_kind(each) in {"Patient", *_PLACES}]
    put(
        draft, "participant", kept + [old.get(p["reference"], {"actor": p, "status": status}) for p in people]
    )


def _put_place(draft: Json, value: Json | None, _editing: Editing) -> None:
    kept = [each for each in draft["participant"] if actor_kind(each) not in _PLACES]
    places = [each for each in draft["participant"] if actor_kind(each) in _PLACES]
    if value is None:
        put(draft, "participant", kept)
        return
    target, name = value.get("reference"), value.get("name")
    actor = {"reference": target} if target else {"type": "Location", "display": name}
    new = {"actor": actor, "status": "accepted"}
    put(draft, "participant", [*kept, *kept_by(places, [new], "actor")])


def _put_form(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "appointmentType", concept_of(FORMS[value]) if value else None)


def _put_agreed_how(draft: Json, value: str | None, _editing: Editing) -> None:
    put_extension(draft, systems.EXT_AGREED_TIME, "valueCode", value)


def _put_may(draft: Json, value: Json | None, _editing: Editing) -> None:
    for name, url in _MAY.items():
        if value is None or name in value:
            put_extension(draft, url, "valueBoolean", (value or {}).get(name))


def _put_support(draft: Json, value: list[str] | None, _editing: Editing) -> None:
    put_extensions(draft, systems.EXT_SUPPORT, [{"valueString": each} for each in value or []])


def _put_instruction(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "patientInstruction", value)


def _settle(draft: Json, before: Json | None, editing: Editing) -> None:
    """Ask the patient anew when somebody else has moved the time."""
    start, end = draft.get("start"), draft.get("end")
    if start and end and datetime.fromisoformat(start) >= datetime.fromisoformat(end):
        raise refused("/end", "A time ends after it starts.")
    if before is None or editing.by_patient:
        return
    if (before.get("start"), before.get("end")) != (draft.get("start"), draft.get("end")):
        set_answer(draft, editing.patient, "needs-action")


def set_answer(draft: Json, actor: Json, status: str) -> None:
    """Set the status of one participant."""
    draft["participant"] = [
        {**each, "status": status} if target_of(each.get("actor")) == target_of(actor) else each
        for each in draft["participant"]
    ]


def answering(appointment: Json, editing: Editing) -> Json | None:
    """Return the participant whom the writer answers for; None when not invited."""
    for each in appointment.get("participant", ()):
        kind = actor_kind(each)
        if (
            kind not in _PLACES
            and (kind == "Patient") == editing.by_patient
            and editing.is_writer(each.get("actor"))
        ):
            actor: Json = each["actor"]
            return actor
    return None


def response(appointment: Json, actor: Json, status: str, body: Json) -> Json:
    """Return the AppointmentResponse of one participant."""
    made = {
        "resourceType": "AppointmentResponse",
        "appointment": {"reference": f"Appointment/{appointment['id']}"},
        "actor": actor,
        "participantStatus": status,
    }
    return made | {key: body[key] for key in ("start", "end", "comment") if body.get(key)}


APPOINTMENTS: Final = Editor(
    _skeleton,
    {
        "state": _put_state,
        "text": _put_text,
        "start": _put_start,
        "end": _put_end,
        "with": _put_with,
        "form": _put_form,
        "place": _put_place,
        "agreedHow": _put_agreed_how,
        "may": _put_may,
        "support": _put_support,
        "instruction": _put_instruction,
    },
    _settle,
)
