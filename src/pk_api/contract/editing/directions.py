"""Whom the patient turns to for what, as the contract says it: extensions of its CarePlan."""

from pk_api.contract.editing.context import Editing, refused
from pk_api.contract.editing.draft import copy_of, put_extensions
from pk_api.contract.elements import Json
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem


def directed(body: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the contract with these directions in place of those before. Problem forbidden, of a rule."""
    if editing.by_patient:
        raise Problem("forbidden", "Care says whom the patient turns to.")
    before = editing.reading.members[editing.reading.contract]
    draft: Json = copy_of(before)
    told = [_direction(each, n, editing) for n, each in enumerate(body["directions"])]
    put_extensions(draft, systems.EXT_DIRECTION, [{"extension": each} for each in told])
    return () if draft == before else (draft,)


def _direction(said: Json, n: int, editing: Editing) -> list[Json]:
    parts: list[Json] = [{"url": "purpose", "valueCode": said["purpose"]}]
    if said.get("contact"):
        to = editing.member(f"CareTeam/{said['contact']}", f"/directions/{n}/contact")
        parts.append({"url": "to", "valueReference": to})
    elif said.get("to"):
        to = editing.person(said["to"], f"/directions/{n}/to")
        if str(to["reference"]).startswith(("Patient/", "RelatedPerson/", "Practitioner/")):
            raise refused(f"/directions/{n}/to", "The patient turns to contacts, services or units.")
        parts.append({"url": "to", "valueReference": to})
    if said.get("text"):
        parts.append({"url": "text", "valueString": said["text"]})
    return parts
