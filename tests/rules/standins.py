"""Those who act for patients, and what says so."""

from datetime import UTC, date, datetime
from typing import Any

from pk_api.access.actor import Actor
from pk_api.access.person_rules import SWEDEN
from pk_api.fhir.systems import CONSENT_KIND, PERSONNUMMER, ROLE_CODE
from pk_api.records.values import Stored
from tests.support.actors import ALL


def number_born(born: date) -> str:
    """Return a made-up identity number of somebody who was born then."""
    digits = f"{born:%Y%m%d}238"
    doubled = [int(digit) * (2 - n % 2) for n, digit in enumerate(digits[2:])]
    return f"{digits}{-sum(number // 10 + number % 10 for number in doubled) % 10}"


def years_ago(years: int) -> date:
    """Return the birth date of somebody whose birthday was the first of this month."""
    today = datetime.now(UTC).astimezone(SWEDEN).date()
    return date(today.year - years, today.month, 1)


GUARDIAN = number_born(date(1985, 6, 2))
"""The one who stands in for the patient in these tests."""


def a_related_person(
    patient: str, role: tuple[str, str] = (ROLE_CODE, "GUARD"), **more: Any
) -> dict[str, Any]:
    return {
        "resourceType": "RelatedPerson",
        "active": True,
        "identifier": [{"system": PERSONNUMMER, "value": GUARDIAN}],
        "patient": {"reference": patient},
        "relationship": [{"coding": [{"system": role[0], "code": role[1]}]}],
        **more,
    }


def proxy_of(patient: Stored, number: str = GUARDIAN) -> Actor:
    """One who logs in and acts for the patient."""
    return Actor("proxy", "portal", person=(PERSONNUMMER, number), acting_for=patient.reference, scopes=ALL)


def a_permission(patient: str, person: str, kind: str, **more: Any) -> dict[str, Any]:
    """A Consent about what a RelatedPerson may do; `provision`, `role` and others may be told."""
    scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
    role = more.pop("role", {"text": "Den det gäller"})
    provision = more.pop("provision", {})
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [scope]},
        "category": [{"coding": [{"system": CONSENT_KIND, "code": kind}]}],
        "patient": {"reference": patient},
        "dateTime": "2026-03-02",
        "policyRule": {"text": "Föräldrabalken"},
        "provision": {
            "type": "permit",
            "actor": [{"role": role, "reference": {"reference": person}}],
            **provision,
        },
        **more,
    }
