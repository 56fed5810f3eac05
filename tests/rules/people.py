"""Two care providers and a municipality with their units, a patient, and who asks."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import EXT_HIDDEN, EXT_REASON, EXT_UNIT_KIND, HSA_ID, SECURITY
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.support.actors import ALL, PATIENT, TOLVAN
from tests.support.resources import a_patient, an_assertion

REGION, OTHER, TOWN = "SE2321000016-0001", "SE5569990012-0001", "SE2120000142-0001"
WARD, CLINIC, GP = "SE2321000016-W", "SE2321000016-C", "SE5569990012-G"
NURSING, HOME_CARE, SOCIAL, SCHOOL = (f"SE2120000142-{letter}" for letter in "NHSB")

UNITS: dict[str, tuple[str, str]] = {
    WARD: (REGION, "vardgivare"),
    CLINIC: (REGION, "vardgivare"),
    GP: (OTHER, "vardgivare"),
    NURSING: (TOWN, "vardgivare"),
    HOME_CARE: (TOWN, "omsorgsgivare"),
    SOCIAL: (TOWN, "social-services"),
    SCHOOL: (TOWN, "other-actor"),
}
"""Unit → its care provider, and what it is in law."""


def system(unit: str) -> Actor:
    """The journal system of a unit."""
    return Actor("system", f"system-{unit}", provider=UNITS[unit][0], unit=unit, scopes=ALL)


def staff(unit: str) -> Actor:
    """One who works at the unit."""
    employee = f"{unit}-E"
    return Actor("staff", "portal", "Anna", UNITS[unit][0], unit, employee=employee, scopes=ALL)


@dataclass
class World:
    """What is stored; `at` holds the reference of each unit."""

    records: Records
    patient: Stored
    at: dict[str, str] = field(default_factory=dict)

    async def says(self, kind: str, *units: str, by: Actor | None = None, **provision: Any) -> Stored:
        """Store a Consent about the units, with a reason, verified."""
        return await self.write(by or system(units[0]), self.consent(kind, *units, **provision))

    def consent(self, kind: str, *units: str, **provision: Any) -> dict[str, Any]:
        """Return a Consent about the units, with a reason, verified; a disclosure of who it is about."""
        if kind == "disclosure" and "data" not in provision:
            item = {"meaning": "instance", "reference": {"reference": self.patient.reference}}
            provision["data"] = [item]
        plain = an_assertion(self.patient.reference, kind, [self.at[u] for u in units], **provision)
        verified = {
            "verified": True,
            "verifiedWith": {"display": "Dottern"},
            "verificationDate": "2026-03-02",
        }
        reason = {"url": EXT_REASON, "valueString": "Det behövs för vården."}
        return {**plain, "extension": [reason], "verification": [verified]}

    async def relation(self, unit: str, status: str = "in-progress", **more: Any) -> Stored:
        """Store an Encounter at the unit."""
        encounter = {
            "resourceType": "Encounter",
            "status": status,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": {"reference": self.patient.reference},
            "serviceProvider": {"reference": self.at[unit]},
            **more,
        }
        return await self.write(system(unit), encounter)

    async def note(self, unit: str, when: str = "2026-03-10", **more: Any) -> Stored:
        """Store an Observation of the unit."""
        return await self.write(system(unit), observation(self.patient.reference, when, **more))

    async def write(self, actor: Actor, resource: dict[str, Any]) -> Stored:
        (stored,) = await self.records.write(
            actor,
            [Write("create", resource["resourceType"], resource)],
            identified=frozenset({self.patient.id}),
        )
        return stored

    async def sees(self, actor: Actor, stored: Stored) -> bool:
        """Say whether the actor reads the resource."""
        try:
            await self.records.read(actor, stored.type, stored.id)
        except Problem as problem:
            if problem.kind not in {"not-found", "forbidden"}:
                raise
            return False
        return True


def for_an_hour() -> dict[str, str]:
    """The period from now on."""
    now = datetime.now(UTC).replace(microsecond=0)
    return {"start": now.isoformat(), "end": (now + timedelta(hours=1)).isoformat()}


def labelled(code: str, author: str) -> dict[str, Any]:
    """Return the meta of what has one of the product's labels, with why it is hidden."""
    said = (
        {"url": "reason", "valueString": "Barnet har bett om det"},
        {"url": "author", "valueReference": {"reference": author}},
        {"url": "review", "valueDate": "2099-01-01"},
    )
    return {
        "extension": [{"url": EXT_HIDDEN, "extension": list(said)}],
        "security": [{"system": SECURITY, "code": code}],
    }


def observation(patient: str, when: str = "2026-03-10", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Blodtryck"},
        "subject": {"reference": patient},
        "effectiveDateTime": when,
        **more,
    }


def organisation(hsa: str, kind: str | None = None, above: str | None = None) -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        **({"extension": [{"url": EXT_UNIT_KIND, "valueCode": kind}]} if kind else {}),
        "identifier": [{"system": HSA_ID, "value": hsa}],
        "name": hsa,
        **({"partOf": {"reference": above}} if above else {}),
    }


async def world(records: Records, patient: dict[str, Any] | None = None) -> World:
    """Register the providers, their units and a patient of the ward's."""
    at: dict[str, str] = {}
    for provider in (REGION, OTHER, TOWN):
        own = [unit for unit, (of, _) in UNITS.items() if of == provider]
        actor = Actor("system", "setup", provider=provider, scopes=ALL)
        writes = [Write("create", "Organization", organisation(provider), temp="urn:uuid:top")]
        writes += [Write("create", "Organization", organisation(u, UNITS[u][1], "urn:uuid:top")) for u in own]
        stored = await records.write(actor, writes)
        at |= dict(zip([provider, *own], (one.reference for one in stored), strict=True))
    (one,) = await records.write(system(WARD), [Write("create", "Patient", patient or a_patient(TOLVAN))])
    return World(records, one, at)


async def with_patient(here: World, number: str) -> World:
    """Return the world with another patient of the ward's."""
    one = await here.write(system(WARD), a_patient(number))
    return World(here.records, one, here.at)


__all__ = ["PATIENT", "World", "observation", "staff", "system", "with_patient", "world"]
