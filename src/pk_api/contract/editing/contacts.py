"""Fasta vårdkontakter as FHIR CareTeam, one a relation, in the shape of Inera's guide.

Source: https://fhir.inera.se/ig/careteam/; what must hold of a contact stands in `fhir.contacts`.
"""

from typing import Any, Final

from pk_api.contract.codes import CONTACT_KINDS, COORDINATING, Code
from pk_api.contract.editing.context import Editing, Editor, refused
from pk_api.contract.editing.draft import (
    concept_of,
    put,
    put_code,
    put_extension,
    put_extensions,
    put_period,
    put_ways,
)
from pk_api.contract.elements import Json, reference_to, target_of
from pk_api.contract.reading.contacts import contact_roles, is_coordinating, kind_of
from pk_api.contract.reading.people import organisations_above
from pk_api.fhir import contacts as rules
from pk_api.fhir import systems
from pk_api.fhir.rules import lacking

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
    put_ways(draft, value or [])


def _put_hours(draft: Json, value: str | None, _editing: Editing) -> None:
    put_extension(draft, systems.EXT_HOURS, "valueString", value)


def _put_for(draft: Json, value: list[str] | None, _editing: Editing) -> None:
    put_extensions(draft, systems.EXT_CONTACT_FOR, [{"valueCode": each} for each in value or []])


def _put_since(draft: Json, value: str | None, _editing: Editing) -> None:
    put_period(draft, start=value)


def _put_appointed(draft: Json, value: Json | None, editing: Editing) -> None:
    if value is None:
        put_extensions(draft, systems.EXT_APPOINTED, [])
        return
    by, before = editing.person(value["by"], "/appointed/by"), next(iter(rules.appointments_of(draft)), {})
    is_same = target_of(before.get("by", {}).get("valueReference")) == target_of(by)
    on = value.get("on") or (before.get("on", {}).get("valueDate") if is_same else None)
    _set_appointed(draft, by, on or editing.today)


def _set_appointed(draft: Json, by: Json, on: str) -> None:
    parts = [{"url": "by", "valueReference": by}, {"url": "on", "valueDate": on}]
    put_extensions(draft, systems.EXT_APPOINTED, [{"extension": parts}])


def _put_life_threatening(draft: Json, value: Any, _editing: Editing) -> None:
    put_extension(draft, systems.EXT_LIFE_THREATENING, "valueBoolean", value)


def _settle(draft: Json, before: Json | None, editing: Editing) -> None:
    """A new contact is appointed by its own provider when that writes; then see to the rules."""
    appointer = _appointer(draft, editing) if before is None and not rules.appointments_of(draft) else None
    if appointer is not None:
        _set_appointed(draft, appointer, editing.today)
    now = round(editing.now.timestamp() * 1_000_000)
    if not rules.is_in_force(draft, now=now):
        return
    contact = rules.contact_of(draft, editing.reading.of_type("CareTeam"), editing.reading.find, now=now)
    for rule in lacking(rules.RULES, contact):
        raise refused(f"/{rule.field}", f"{rule.lacks} ({rule.source})", kind=rule.kind)


def _appointer(draft: Json, editing: Editing) -> Json | None:
    """Return the writer, when it is registered and of the contact's care provider."""
    member = (draft.get("participant") or [{}])[0].get("member")
    writer, provider = editing.writer, editing.organisation
    above = organisations_above(target_of(member), editing.reading)
    is_own = bool(above) and target_of(provider) == reference_to(above[-1])
    return writer if is_own and "reference" in writer else None


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
        "appointed": _put_appointed,
        "lifeThreatening": _put_life_threatening,
    },
    _settle,
)
