"""A resource of every type that can be written is patched in every form."""

import json
from pathlib import Path
from typing import Any

import httpx

from pk_api.fhir.resource_types import TYPES
from tests.support.service import FHIR_JSON, a_registered_contract, as_fhir, served

SUBJECT: dict[str, Any] = {"subject": {"reference": "Patient/x"}}
WORDS = {"text": "Ord"}
NOW = "2026-03-02T12:00:00Z"
DOCTOR = {"reference": "Practitioner/x"}
CONCEPT = {"coding": [{"system": "urn:x", "code": "c"}]}
SMALLEST: dict[str, dict[str, Any]] = {
    "RelatedPerson": {"patient": SUBJECT["subject"]},
    "Organization": {"name": "O"},
    "CarePlan": {"status": "draft", "intent": "plan", **SUBJECT},
    "Goal": {"lifecycleStatus": "active", "description": WORDS, **SUBJECT},
    "Task": {"status": "draft", "intent": "plan"},
    "ServiceRequest": {"status": "draft", "intent": "plan", **SUBJECT},
    "Appointment": {"status": "proposed", "participant": [{"status": "accepted", "actor": DOCTOR}]},
    "AppointmentResponse": {
        "appointment": {"reference": "Appointment/x"},
        "participantStatus": "accepted",
        "actor": DOCTOR,
    },
    "Schedule": {"actor": [DOCTOR]},
    "Slot": {"schedule": {"reference": "Schedule/x"}, "status": "free", "start": NOW, "end": NOW},
    "Questionnaire": {"status": "draft"},
    "QuestionnaireResponse": {"status": "completed"},
    "Observation": {"status": "final", "code": WORDS, **SUBJECT},
    "Condition": {"code": WORDS, **SUBJECT},
    "Communication": {"status": "completed"},
    "Consent": {
        "status": "active",
        "scope": CONCEPT,
        "category": [CONCEPT],
        "patient": SUBJECT["subject"],
        "policyRule": CONCEPT,
    },
    "DocumentReference": {"status": "current", "content": [{"attachment": {"title": "T"}}], **SUBJECT},
    "Composition": {
        "status": "final",
        "type": WORDS,
        "date": NOW,
        "author": [DOCTOR],
        "title": "T",
        **SUBJECT,
    },
    "Binary": {"contentType": "text/plain", "data": "eA=="},
    "Provenance": {"target": [DOCTOR], "recorded": NOW, "agent": [{"who": DOCTOR}]},
    "Encounter": {"status": "planned", "class": {"system": "urn:x", "code": "c"}},
    "Flag": {"status": "active", "code": WORDS, **SUBJECT},
    "Group": {"type": "person", "actual": True},
    "PlanDefinition": {"status": "draft"},
    "ActivityDefinition": {"status": "draft"},
    "Measure": {"status": "draft"},
    "Subscription": {
        "status": "requested",
        "reason": "R",
        "criteria": "Task?status=requested",
        "channel": {"type": "rest-hook", "endpoint": "https://vendor.example/hook"},
    },
    "MeasureReport": {
        "status": "complete",
        "type": "summary",
        "measure": "urn:m",
        "period": {"start": "2026"},
    },
}
"""What each type cannot be without; the others need nothing."""

WRITABLE = {name for name, kind in TYPES.items() if kind.is_writable}


def forms(kind: str) -> dict[str, tuple[str, Any]]:
    """Return for each language, as its own patch, the media type and the patch that sets it."""
    parts: list[dict[str, str]] = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": f"{kind}.language"},
        {"name": "value", "valueCode": "en"},
    ]
    operation = {"name": "operation", "part": parts}
    return {
        "sv": ("application/json-patch+json", [{"op": "add", "path": "/language", "value": "sv"}]),
        "en": (FHIR_JSON, {"resourceType": "Parameters", "parameter": [operation]}),
        "fi": ("application/merge-patch+json", {"language": "fi"}),
    }


async def patched(http: httpx.AsyncClient, example: dict[str, Any]) -> str:
    """Store an example and patch it; return what became of it."""
    kind = example["resourceType"]
    made = await http.post(f"/fhir/{kind}", json=example, headers=as_fhir())
    if made.status_code != 201:
        return f"not made: {made.text[:300]}"
    stored = made.json()
    for language, (media_type, patch) in forms(kind).items():
        answer = await http.patch(
            f"/fhir/{kind}/{stored['id']}", content=json.dumps(patch), headers={"Content-Type": media_type}
        )
        expected = {k: v for k, v in stored.items() if k != "meta"} | {"language": language}
        told = {k: v for k, v in answer.json().items() if k != "meta"}
        if told != expected:
            return f"{media_type}: {answer.text[:300]}"
    return "patched"


async def test_a_resource_of_every_type_is_patched_in_every_form(database_url: str, tmp_path: Path) -> None:
    told: dict[str, str] = {}
    async with served(database_url, tmp_path, check_references=False) as service:
        await a_registered_contract(service.http)
        for kind in sorted(WRITABLE):
            told[kind] = await patched(service.http, {"resourceType": kind} | SMALLEST.get(kind, {}))

    assert told == dict.fromkeys(WRITABLE, "patched")
