"""Fasta vårdkontakter as FHIR CareTeam, one a relation, in the shape of Inera's guide.

Sources: https://fhir.inera.se/ig/careteam/; RIV GetCareManagers 1.0 rule 001: at most one code 2 a patient.
"""

from typing import Any, Final

from pk_api.contract.codes import CONTACT_KINDS, COORDINATING, Code
from pk_api.contract.editing.context import Editing, Editor, refused
from pk_api.contract.editing.draft import (
    concept_of,
    kept_by,
    put,
    put_code,
    put_extension,
    put_extensions,
    put_period,
)
from pk_api.contract.elements import Json, target_of
from pk_api.contract.reading.contacts import (
    contact_roles,
    is_contact,
    is_coordinating,
    kind_of,
    state_of,
)
from pk_api.fhir import systems

_ROLE_SYSTEMS = (systems.KV_FAST_KONTAKT, systems.CONTACT_ROLE)


def _skeleton(_values: Json, editing: Editing) -> Json:
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [{"coding": [{"system": systems.INERA_CARE_TEAM, "code": systems.FAST_KONTAKT}]}],
        "subject": editing.patient,
        "period": {"start": editing.today},
        "participant": [{}],
    }


def _put_kind(draft: Json, value: str, _editing: Editing) -> None:
    keeps_coordination = value == "fast-vardkontakt" and is_coordinating(draft)
    _put_role(draft, COORDINATING if keeps_coordination else CONTACT_KINDS[value])


def _put_coordinating(draft: Json, value: Any, _editing: Editing) -> None:
    if value and kind_of(draft) != "fast-vardkontakt":
        raise refused("/coordinating", "Only a fast vårdkontakt has the overall coordination.")
    if bool(value) != is_coordinating(draft):
        _put_role(draft, COORDINATING if value else CONTACT_KINDS["fast-vardkontakt"])


def _put_role(draft: Json, code: Code) -> None:
    roles = put_code(contact_roles(draft), _ROLE_SYSTEMS, None)
    _put_in_participant(draft, "role", [concept_of(code), *roles])


def _put_member(draft: Json, value: Json, editing: Editing) -> None:
    member = editing.person(value, "/member")
    if target_of((draft["participant"][0]).get("member")) == target_of(member):
        return
    _put_in_participant(draft, "member", member)
    role = editing.reading.find(target_of(member)) or {}
    employer = target_of(role.get("organization"))
    put(draft, "managingOrganization", [{"reference": employer}] if employer else None)


def _put_in_participant(draft: Json, element: str, value: Any) -> None:
    participants = draft.get("participant") or [{}]
    draft["participant"] = [{**participants[0], element: value}, *participants[1:]]


def _put_telecom(draft: Json, value: list[Json] | None, _editing: Editing) -> None:
    put(draft, "telecom", kept_by(draft.get("telecom", []), value or [], "system", "value"))


def _put_hours(draft: Json, value: str | None, _editing: Editing) -> None:
    put_extension(draft, systems.EXT_HOURS, "valueString", value)


def _put_for(draft: Json, value: list[str] | None, _editing: Editing) -> None:
    put_extensions(draft, systems.EXT_CONTACT_FOR, [{"valueCode": each} for each in value or []])


def _put_since(draft: Json, value: str | None, _editing: Editing) -> None:
    put_period(draft, start=value)


def _settle(draft: Json, _before: Json | None, editing: Editing) -> None:
    if state_of(draft, editing.reading) != "active":
        return
    if not draft.get("telecom") and not _role_telecom(draft, editing):
        raise refused("/telecom", "A named contact can be reached: give at least one way.")
    others = [
        team
        for team in editing.reading.of_type("CareTeam")
        if is_contact(team) and team["id"] != draft.get("id") and state_of(team, editing.reading) == "active"
    ]
    if is_coordinating(draft) and any(is_coordinating(team) for team in others):
        raise refused("/coordinating", "Another contact coordinates: end that first.", kind="conflict")
    if kind_of(draft) == "fast-lakarkontakt" and any(kind_of(team) == "fast-lakarkontakt" for team in others):
        raise refused("/kind", "The patient has a fast läkarkontakt: end that first.", kind="conflict")


def _role_telecom(draft: Json, editing: Editing) -> bool:
    member = target_of(draft["participant"][0].get("member"))
    return bool((editing.reading.find(member) or {}).get("telecom"))


CONTACTS: Final = Editor(
    _skeleton,
    {
        "kind": _put_kind,
        "coordinating": _put_coordinating,
        "member": _put_member,
        "telecom": _put_telecom,
        "hours": _put_hours,
        "for": _put_for,
        "since": _put_since,
    },
    _settle,
)
