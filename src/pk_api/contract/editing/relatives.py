"""Relatives as FHIR RelatedPerson, and what the patient lets each see and do as Consent.

The person's resource gets a new version whenever the permission changes, so that one version covers both.
Sources: https://hl7.org/fhir/R4/relatedperson.html, https://hl7.org/fhir/R4/consent.html.
"""

from typing import Final

from pk_api.contract.codes import RELATIONS
from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing, Editor, refused
from pk_api.contract.editing.draft import (
    copy_of,
    put,
    put_code,
    put_extension,
    put_period,
    put_ways,
)
from pk_api.contract.elements import Json, code_in, codes_in, name_of
from pk_api.contract.reading.circumstances import relatives_wish
from pk_api.contract.reading.relatives import ACT, CONSENT_ACTION, READ, RELATIVE_ACCESS, consent_for
from pk_api.fhir import systems

_PERMISSIONS = {"mayRead": READ, "mayAct": ACT}
_RELATION_SYSTEMS = (systems.ROLE_CODE, systems.RELATION)


def _skeleton(_values: Json, editing: Editing) -> Json:
    return {
        "resourceType": "RelatedPerson",
        "active": True,
        "patient": editing.patient,
        "period": {"start": editing.today},
    }


def _put_name(draft: Json, value: str, _editing: Editing) -> None:
    if name_of(draft.get("name")) != value:
        put(draft, "name", [{"text": value}])


def _put_relation(draft: Json, value: str, _editing: Editing) -> None:
    put(
        draft,
        "relationship",
        put_code(draft.get("relationship", []), _RELATION_SYSTEMS, RELATIONS[value]),
    )


def _put_telecom(draft: Json, value: list[Json] | None, _editing: Editing) -> None:
    put_ways(draft, value or [])


def _put_wish(draft: Json, value: str | None, _editing: Editing) -> None:
    put_extension(draft, systems.EXT_RELATIVE_WISH, "valueString", value)


def _put_since(draft: Json, value: str | None, _editing: Editing) -> None:
    put_period(draft, start=value)


def _put_permission(_draft: Json, _value: list[str] | None, _editing: Editing) -> None:
    """Permissions stand in the Consent beside the person: see `_consents`."""


def _consents(draft: Json, values: Json, editing: Editing) -> tuple[Json, ...]:
    if not _PERMISSIONS.keys() & values.keys():
        return ()
    person = f"RelatedPerson/{draft['id']}" if "id" in draft else editing.temp
    standing = consent_for(person, editing.reading)
    provisions = [
        _provision(action, values[field] or [] if field in values else _permitted(standing, action))
        for field, action in _PERMISSIONS.items()
    ]
    given = [each for each in provisions if each]
    if standing is None:
        return (_consent(person, given, editing),) if given else ()
    changed: Json = copy_of(standing)
    if not given:  # an active permission without a rule of its own would read as one of everything
        return ({**changed, "status": "inactive"},)
    put(changed["provision"], "provision", given)
    put(changed, "dateTime", instant(editing.now))
    return (changed,)


def _permitted(consent: Json | None, action: str) -> list[str]:
    for provision in (consent or {}).get("provision", {}).get("provision", ()):
        if code_in(provision.get("action", ()), CONSENT_ACTION) == action:
            return codes_in(provision.get("code", ()), systems.PART)
    return []


def _provision(action: str, parts: list[str]) -> Json:
    if not parts:
        return {}
    return {
        "type": "permit",
        "action": [{"coding": [{"system": CONSENT_ACTION, "code": action}]}],
        "code": [{"coding": [{"system": systems.PART, "code": part}]} for part in parts],
    }


def _consent(person: str, provisions: list[Json], editing: Editing) -> Json:
    concept = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
    nothing_else = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUT"}
    recipient = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [concept]},
        "category": [{"coding": [{"system": systems.CONSENT_KIND, "code": RELATIVE_ACCESS}]}],
        "patient": editing.patient,
        "dateTime": instant(editing.now),
        "policyRule": {"coding": [nothing_else]},
        "provision": {
            "actor": [{"role": {"coding": [recipient]}, "reference": {"reference": person}}],
            "provision": provisions,
        },
    }


def _settle(_draft: Json, before: Json | None, editing: Editing) -> None:
    """Care adds nobody when the patient wants no relatives to take part."""
    if before is None and not editing.by_patient and relatives_wish(editing.reading)["state"] == "none":
        raise refused("", "The patient wants no relatives to take part.", kind="conflict")


RELATIVES: Final = Editor(
    _skeleton,
    {
        "name": _put_name,
        "relation": _put_relation,
        "telecom": _put_telecom,
        "mayRead": _put_permission,
        "mayAct": _put_permission,
        "wish": _put_wish,
        "since": _put_since,
    },
    settle=_settle,
    companions=_consents,
)
