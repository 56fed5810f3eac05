"""A row of the audit as an AuditEvent. Source: https://hl7.org/fhir/R4/auditevent.html."""

from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Final

import orjson

from pk_api.fhir.systems import BASE, HSA_ID
from pk_api.records.auditing.words import doing, purpose_of
from pk_api.store.auditing import Noted
from pk_api.store.rows import AuditRow, from_micros

Json = dict[str, Any]

_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_ENTITY_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"
_SOURCE_TYPE: Final = "http://terminology.hl7.org/CodeSystem/security-source-type"
_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_HUMAN: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/extra-security-role-type",
    "code": "humanuser",
}
_APPLICATION: Final = {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110150"}
_PEOPLE: Final = frozenset({"staff", "patient", "proxy"})
_SUCCESS, _REFUSED = "0", "4"


@dataclass(frozen=True, slots=True)
class Names:
    """Who the patients are: ids of Patients by key, and by the identity number of one who acted.

    `seen` are the references that may be told; None: all.
    """

    patients: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    seen: frozenset[str] | None = None


def when(noted: Noted) -> str:
    """Return the time of a row as an instant in UTC."""
    return (
        from_micros(noted.recorded).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def audit_event(noted: Noted, names: Names, *, shows_user: bool) -> Json:
    """Return the AuditEvent; without the user's name and id for one who may not know them."""
    row, done = noted.row, doing(noted.row.interaction)
    return {
        "resourceType": "AuditEvent",
        "id": noted.name,
        "meta": {"versionId": "1", "lastUpdated": when(noted)},
        "type": {"system": _TYPE, "code": "rest"},
        "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": done.code}],
        "action": done.action,
        "recorded": when(noted),
        "outcome": _SUCCESS if row.outcome == "allowed" else _REFUSED,
        "outcomeDesc": f"{row.interaction}: {row.outcome}",
        "purposeOfEvent": [_purpose(row)],
        "agent": [_user(row, names, shows_user=shows_user), *_organisations(row), _software(row)],
        "source": {
            "observer": {"display": "pk_api"},
            "type": [{"system": _SOURCE_TYPE, "code": "4"}],
        },
        "entity": _entities(row, names),
    }


def _purpose(row: AuditRow) -> Json:
    purpose = purpose_of(row.purpose)
    return {"coding": [{"system": _REASON, "code": purpose.code}], "text": purpose.swedish}


def _user(row: AuditRow, names: Names, *, shows_user: bool) -> Json:
    is_person = row.actor_kind in _PEOPLE
    out: Json = {"type": {"coding": [_HUMAN if is_person else _APPLICATION], "text": row.actor_kind}}
    if shows_user:
        who = _who(row, names)
        out |= {"who": who} if who else {}
        out |= {"name": row.name} if row.name else {}
    roles = [{"text": text} for text in (row.title, row.assignment) if text]
    out |= {"role": roles} if roles else {}
    rules = [f"{BASE}/access-rule/{name}" for name in row.rule.split()]
    return out | {"requestor": True, "policy": rules}


def _who(row: AuditRow, names: Names) -> Json:
    if row.person is not None:
        found = names.people.get(row.person)
        return {"reference": f"Patient/{found}"} if found else {}
    if row.actor_kind != "staff" or not row.actor:
        return {}
    return {"type": "Practitioner", "identifier": {"system": HSA_ID, "value": row.actor}}


def _organisations(row: AuditRow) -> list[Json]:
    """The care unit and the care provider that the user acted for."""
    places = ((row.unit, row.unit_name), (row.provider, row.provider_name))
    return [
        {
            "who": _organisation(place),
            **({"name": name} if name else {}),
            "requestor": False,
        }
        for place, name in places
        if place
    ]


def _organisation(place: str) -> Json:
    if place.startswith("Organization/"):
        return {"reference": place}
    return {"type": "Organization", "identifier": {"system": HSA_ID, "value": place}}


def _software(row: AuditRow) -> Json:
    return {"type": {"coding": [_APPLICATION]}, "altId": row.client, "requestor": False}


def _entities(row: AuditRow, names: Names) -> list[Json]:
    out = []
    if patient := names.patients.get(row.patient):
        out.append({"what": {"reference": f"Patient/{patient}"}, **_kind("1", "1")})
    told = (_told(reference, names) for reference in entities_of(row))
    out += [{**what, **_kind("2", "4")} for what in told]
    if row.detail:
        out.append({"name": row.detail, **_kind("2", "24")})
    return out or [{"name": row.interaction, **_kind("2", "24")}]


def entities_of(row: AuditRow) -> list[str]:
    """Return what was read or written: references, with versions where there were any, or names."""
    found: list[str] = orjson.loads(row.entities)
    return found


def resource_of(entity: str) -> str | None:
    """Return the resource that is named, without its version; None for what is no resource."""
    return None if "/" not in entity or entity.startswith("$") else entity.partition("/_history/")[0]


def _told(entity: str, names: Names) -> Json:
    """Return the reference, or of what the reader does not see the type alone."""
    resource = resource_of(entity)
    if resource is None:
        return {"name": entity}
    if names.seen is None or resource in names.seen:
        return {"what": {"reference": entity}}
    return {"name": resource.partition("/")[0]}


def _kind(type_: str, role: str) -> Json:
    return {
        "type": {"system": _ENTITY_TYPE, "code": type_},
        "role": {"system": _ENTITY_ROLE, "code": role},
    }
