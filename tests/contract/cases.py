"""A small contract in FHIR, and who changes it: literal resources for the pure parts."""

from datetime import UTC, date, datetime
from typing import Any

from pk_api.access.actor import Actor
from pk_api.contract.editing.context import Editing
from pk_api.contract.reading.context import Reading
from pk_api.fhir import systems

Json = dict[str, Any]

PATIENT = "Patient/p"
CONTRACT = "CarePlan/c"
TODAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
REGION = "SE2329990010-0001"
UNIT = "SE2329990010-2001"
MUNICIPALITY = "SE2129990012-0001"
TEMP = "urn:uuid:0b0c8f0e-6f0e-4f3e-9a53-7f1f4b1c2d3e"

HOSPITAL_SYSTEM = Actor("system", "system-hospital", "Sjukhusets journal", provider=REGION)
MUNICIPAL_SYSTEM = Actor("system", "system-municipality", "Kommunens system", provider=MUNICIPALITY)
NURSE = Actor("staff", "portal", "Petra Lund", provider=REGION, unit=UNIT, employee="SE2329990010-E1")
TOLVAN = Actor("patient", "app", person=(systems.PERSONNUMMER, "191212121212"))


def hsa(value: str) -> list[Json]:
    return [{"system": systems.HSA_ID, "value": value}]


def organisation(
    id: str, value: str, name: str, *, principal: str | None = None, above: str | None = None
) -> Json:
    kind = [{"url": systems.EXT_PRINCIPAL, "valueCode": principal}] if principal else []
    return {
        "resourceType": "Organization",
        "id": id,
        "meta": {"versionId": "1"},
        **({"extension": kind} if kind else {}),
        "identifier": hsa(value),
        "name": name,
        **({"partOf": {"reference": above}} if above else {}),
    }


DIRECTORY: dict[str, Json] = {
    "Organization/region": organisation("region", REGION, "Region Exempel", principal="region"),
    "Organization/unit": organisation("unit", UNIT, "Vårdcentralen Björken", above="Organization/region"),
    "Organization/municipality": organisation(
        "municipality", MUNICIPALITY, "Exempelstads kommun", principal="municipality"
    ),
    "Practitioner/nurse": {
        "resourceType": "Practitioner",
        "id": "nurse",
        "name": [{"given": ["Petra"], "family": "Lund"}],
    },
    "PractitionerRole/nurse": {
        "resourceType": "PractitionerRole",
        "id": "nurse",
        "identifier": hsa("SE2329990010-E1"),
        "practitioner": {"reference": "Practitioner/nurse"},
        "organization": {"reference": "Organization/unit"},
        "code": [{"text": "Distriktssköterska"}],
        "telecom": [{"system": "phone", "value": "0980-319211"}],
        "availableTime": [
            {
                "daysOfWeek": ["mon", "tue", "wed", "thu", "fri"],
                "availableStartTime": "08:00:00",
                "availableEndTime": "16:00:00",
            }
        ],
    },
    "PractitionerRole/doctor": {
        "resourceType": "PractitionerRole",
        "id": "doctor",
        "practitioner": {"display": "Jonas Ek"},
        "organization": {"reference": "Organization/unit"},
    },
}

MEMBERS: dict[str, Json] = {
    PATIENT: {
        "resourceType": "Patient",
        "id": "p",
        "meta": {"versionId": "2"},
        "identifier": [{"system": systems.PERSONNUMMER, "value": "191212121212"}],
        "name": [{"use": "official", "given": ["Tolvan"], "family": "Tolvansson"}],
        "birthDate": "1912-12-12",
    },
    CONTRACT: {
        "resourceType": "CarePlan",
        "id": "c",
        "meta": {"versionId": "1"},
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": systems.PLAN_KIND, "code": systems.PATIENTKONTRAKT}]}],
        "subject": {"reference": PATIENT},
        "period": {"start": "2026-03-02"},
        "careTeam": [{"reference": "CareTeam/team"}],
    },
    "CareTeam/team": {
        "resourceType": "CareTeam",
        "id": "team",
        "meta": {"versionId": "3"},
        "status": "active",
        "category": [{"coding": [{"system": systems.CARE_TEAM_KIND, "code": systems.PLAN_TEAM}]}],
        "subject": {"reference": PATIENT},
        "participant": [
            {
                "id": "opener",
                "member": {"reference": "Organization/region"},
                "period": {"start": "2026-03-02"},
            },
            {"member": {"reference": PATIENT}},
        ],
    },
    "Goal/shop": {
        "resourceType": "Goal",
        "id": "shop",
        "meta": {"versionId": "1"},
        "extension": [{"url": systems.EXT_CONTRACT, "valueReference": {"reference": CONTRACT}}],
        "lifecycleStatus": "active",
        "category": [{"coding": [{"system": systems.GOAL_KIND, "code": "what-matters"}]}],
        "description": {"text": "Kunna gå till affären själv"},
        "subject": {"reference": PATIENT},
        "expressedBy": {"reference": PATIENT},
        "startDate": "2026-03-03",
    },
    "RelatedPerson/wife": {
        "resourceType": "RelatedPerson",
        "id": "wife",
        "meta": {"versionId": "1"},
        "active": True,
        "patient": {"reference": PATIENT},
        "relationship": [{"coding": [{"system": systems.ROLE_CODE, "code": "SPS"}]}],
        "name": [{"text": "Siv Tolvansson"}],
    },
    "CareTeam/contact": {
        "resourceType": "CareTeam",
        "id": "contact",
        "meta": {"versionId": "1"},
        "status": "active",
        "category": [{"coding": [{"system": systems.INERA_CARE_TEAM, "code": systems.FAST_KONTAKT}]}],
        "subject": {"reference": PATIENT},
        "period": {"start": "2026-03-05"},
        "participant": [
            {
                "role": [{"coding": [{"system": systems.KV_FAST_KONTAKT, "code": "1"}]}],
                "member": {"reference": "PractitionerRole/doctor"},
            }
        ],
        "telecom": [{"system": "phone", "value": "0980-319200", "rank": 1}],
    },
    "CarePlan/rehab": {
        "resourceType": "CarePlan",
        "id": "rehab",
        "meta": {"versionId": "1"},
        "partOf": [{"reference": CONTRACT}],
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": systems.RIV_PLAN_TYPE, "code": "RP"}], "text": "Rehabplan"}],
        "subject": {"reference": PATIENT},
    },
}


def reading(*more: Json, language: str = "sv", today: date = TODAY) -> Reading:
    """The contract with more members."""
    added = {f"{each['resourceType']}/{each['id']}": each for each in more}
    return Reading(CONTRACT, {**MEMBERS, **added}, DIRECTORY, language, today, revision=7)


def editing(actor: Actor = HOSPITAL_SYSTEM, *more: Json) -> Editing:
    """A change of the contract by somebody."""
    return Editing(reading(*more), actor, NOW, TEMP)


def stored(resource: Json, id: str = "new", version: int = 1) -> Json:
    """The resource as the server keeps it, what refers to it by its temporary name with it."""
    return {
        **resource,
        "id": resource.get("id", id),
        "meta": {**resource.get("meta", {}), "versionId": str(version)},
    }


def a_task(**more: Any) -> Json:
    return {
        "resourceType": "Task",
        "id": "task",
        "meta": {"versionId": "4"},
        "basedOn": [{"reference": CONTRACT}],
        "status": "requested",
        "intent": "plan",
        "description": "Ring vårdcentralen",
        "for": {"reference": PATIENT},
        "owner": {"reference": PATIENT},
        **more,
    }


def an_appointment(**more: Any) -> Json:
    return {
        "resourceType": "Appointment",
        "id": "time",
        "meta": {"versionId": "1"},
        "status": "booked",
        "supportingInformation": [{"reference": CONTRACT}],
        "start": "2026-03-20T09:00:00+01:00",
        "end": "2026-03-20T09:30:00+01:00",
        "participant": [
            {"actor": {"reference": PATIENT}, "status": "needs-action"},
            {"actor": {"reference": "PractitionerRole/nurse"}, "status": "accepted"},
        ],
        **more,
    }


A_LIST: Json = {
    "resourceType": "DocumentReference",
    "id": "list",
    "meta": {"versionId": "1"},
    "status": "current",
    "category": [{"coding": [{"system": systems.DOCUMENT, "code": "medication-list"}]}],
    "subject": {"reference": "Patient/tolvan"},
    "content": [{"attachment": {"url": "https://journal.example.org/1"}}],
    "context": {"related": [{"reference": CONTRACT}]},
}
A_NOTE: Json = {
    "resourceType": "Observation",
    "id": "worry",
    "meta": {"versionId": "1"},
    "code": {"coding": [{"system": systems.NARRATIVE, "code": "worry"}]},
    "valueString": "Att falla",
}
"""What the patient has told."""
