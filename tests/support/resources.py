"""Small valid resources, and a contract that has been opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pk_api.access.actor import Actor
from pk_api.fhir.systems import (
    CARE_TEAM_KIND,
    CONSENT_KIND,
    EXT_UNIT_KIND,
    HSA_ID,
    PATIENTKONTRAKT,
    PERSONNUMMER,
    PLAN_KIND,
    PLAN_TEAM,
)
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.support.actors import ALL, SYSTEM_HOSPITAL, TOLVAN


def a_patient(number: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "identifier": [{"system": PERSONNUMMER, "value": number}]}


def an_organization(hsa: str, kind: str = "vardgivare") -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        "extension": [{"url": EXT_UNIT_KIND, "valueCode": kind}],
        "identifier": [{"system": HSA_ID, "value": hsa}],
        "name": "Vårdgivare",
    }


def a_goal(patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Kunna gå till affären själv"},
        "subject": {"reference": patient},
    }


def a_contract(patient: str, team: str | None = None) -> dict[str, Any]:
    plan: dict[str, Any] = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": PLAN_KIND, "code": PATIENTKONTRAKT}]}],
        "subject": {"reference": patient},
    }
    return plan | ({"careTeam": [{"reference": team}]} if team else {})


def a_team(patient: str, members: Sequence[str]) -> dict[str, Any]:
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [{"coding": [{"system": CARE_TEAM_KIND, "code": PLAN_TEAM}]}],
        "subject": {"reference": patient},
        "participant": [{"member": {"reference": m}} for m in members],
    }


def an_assertion(patient: str, kind: str, receivers: Sequence[str], **provision: Any) -> dict[str, Any]:
    """A Consent of one of the product's kinds, about these units."""
    role = {"text": "Enhet"}
    scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [scope]},
        "category": [{"coding": [{"system": CONSENT_KIND, "code": kind}]}],
        "patient": {"reference": patient},
        "dateTime": "2026-03-02",
        "policyRule": {"text": "Lag (2022:913) om sammanhållen vård- och omsorgsdokumentation"},
        "provision": {
            "type": "deny" if kind.startswith("block-") and kind != "block-lift" else "permit",
            "actor": [{"role": role, "reference": {"reference": one}} for one in receivers],
            **provision,
        },
    }


@dataclass(frozen=True)
class Opened:
    patient: Stored
    plan: Stored
    team: Stored
    organisations: dict[str, str]


def a_task(contract: Opened) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "plan",
        "description": "Ring vårdcentralen",
        "basedOn": [{"reference": contract.plan.reference}],
        "for": {"reference": contract.patient.reference},
    }


async def opened(records: Records, *, team: Sequence[str], number: str = TOLVAN) -> Opened:
    """A patient with an active contract of the hospital, and these care providers in its team.

    The patient consents to their sharing the documentation.
    """
    organisations = {}
    for hsa in team:
        own = Actor("system", "setup", provider=hsa, scopes=ALL)
        (one,) = await records.write(own, [Write("create", "Organization", an_organization(hsa))])
        organisations[hsa] = one.reference
    patient, care_team, plan, _ = await records.write(
        SYSTEM_HOSPITAL,
        [
            Write("create", "Patient", a_patient(number), temp="urn:uuid:p"),
            Write(
                "create", "CareTeam", a_team("urn:uuid:p", list(organisations.values())), temp="urn:uuid:t"
            ),
            Write("create", "CarePlan", a_contract("urn:uuid:p", "urn:uuid:t")),
            Write("create", "Consent", an_assertion("urn:uuid:p", "sharing", list(organisations.values()))),
        ],
    )
    return Opened(patient, plan, care_team, organisations)
