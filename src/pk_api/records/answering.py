"""What is answered to a call is noted in the call by the door, in the commit of the answer.

Whoever is called reads the call and answers by an AppointmentResponse of its own; it may not change the call,
and who has called may not see the answers of others. Source: https://hl7.org/fhir/R4/appointmentresponse.html.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.persons import PERSONS
from pk_api.fhir import sip
from pk_api.fhir.references import literal
from pk_api.records.affiliation import Affiliation, Known
from pk_api.records.values import Write
from pk_api.store import ids, reading, unasked
from pk_api.store.rows import Key

Json = Mapping[str, Any]

_STATUSES: Final = frozenset({"accepted", "declined", "tentative"})
"""What an answer and a participant of a call may both say; all else leaves the participant to answer."""


async def noted_answers(db: Any, writes: Sequence[Write], actor: Actor, base_url: str) -> list[Write]:
    """Return the changes of calls that a set answers, those left out that it writes itself."""
    out: dict[Key, Json] = {}
    written = {(write.type, write.id) for write in writes}
    for write in writes:
        response = write.resource
        if write.type != "AppointmentResponse" or write.method == "delete" or response is None:
            continue
        key = await _key(db, response, base_url)
        if key is None or (key.type, key.id) in written:
            continue
        call = out.get(key) or (await unasked.bodies(db, [key])).get(key, {})
        noted = await _noted(db, call, response, actor, base_url) if sip.is_standing_call(call) else None
        if noted is not None:
            out[key] = noted
    return [
        Write("update", key.type, call, id=key.id, based_on=int(call["meta"]["versionId"]))
        for key, call in out.items()
    ]


async def _key(db: Any, response: Json, base_url: str) -> Key | None:
    local = literal(str((response.get("appointment") or {}).get("reference", "")), base_url)
    if local is None or local.type != "Appointment":
        return None
    name = (local.type, local.id)
    patient = ids.key_in_id(*name) or (await reading.chosen_keys(db, [name])).get(name)
    return Key(patient, *name) if patient else None


async def _noted(db: Any, call: Json, response: Json, actor: Actor, base_url: str) -> Json | None:
    """Return the call with the answer in it; None when it says so already, or who answers is not called."""
    told, who = response.get("participantStatus"), response.get("actor") or {}
    status = told if told in _STATUSES else "needs-action"
    known = Known(db, base_url, _named)
    await known.learn({"Appointment/call": call, "AppointmentResponse/answer": response})
    answering = known.of(sip.name_of(who))
    if not _speaks_for(actor, who, answering):
        return None
    people = [
        {**each, "status": status}
        if not sip.is_caller(each) and _is_of(each.get("actor") or {}, who, answering, known)
        else each
        for each in call["participant"]
    ]
    return {**call, "participant": people} if people != call["participant"] else None


def _speaks_for(actor: Actor, who: Json, answering: Affiliation | None) -> bool:
    """Say whether the writer answers for itself: a person as one, care for the own unit or care provider."""
    if actor.kind in PERSONS:
        return str(who.get("reference", "")).partition("/")[0] in {"Patient", "RelatedPerson"}
    if answering is None or answering.provider != actor.provider:
        return False
    return actor.unit is None or answering.unit in {None, actor.unit}


def _named(resource: Json) -> list[str]:
    actors = [each.get("actor") for each in (*resource.get("participant", ()), resource)]
    return [name for one in actors if one and (name := sip.name_of(one))]


def _is_of(called: Json, who: Json, answering: Affiliation | None, known: Known) -> bool:
    """Say whether who answers is who is called, of the unit that is, or of the care provider that is."""
    name = sip.name_of(called)
    if name is not None and name == sip.name_of(who):
        return True
    place = known.of(name)
    if place is None or answering is None or place.provider != answering.provider:
        return False
    return place.unit in (None, answering.unit)
