"""Named contacts and who may be one, as FHIR: staff with licences, CareTeams of Inera's category."""

from typing import Any

from pk_api.access.actor import Actor
from pk_api.fhir import systems
from pk_api.records.values import Stored, Write
from tests.rules.people import UNITS, World, system
from tests.support.actors import ALL

PHONE = {"system": "phone", "value": "0980-319211"}
PHYSICIAN = "LK"


async def employed(here: World, unit: str, *licences: str, phone: bool = True) -> str:
    """Register somebody who works at a unit, with these licences of HOSP; return the PractitionerRole."""
    setup = Actor("system", "setup", provider=UNITS[unit][0], scopes=ALL)
    coded = [{"code": {"coding": [{"system": systems.OCCUPATION, "code": code}]}} for code in licences]
    person = {"resourceType": "Practitioner", "name": [{"family": "Lund", "given": ["Petra"]}]}
    role = {
        "resourceType": "PractitionerRole",
        "practitioner": {"reference": "urn:uuid:p"},
        "organization": {"reference": here.at[unit]},
        **({"telecom": [PHONE]} if phone else {}),
    }
    _, stored = await here.records.write(
        setup,
        [
            Write(
                "create",
                "Practitioner",
                {**person, **({"qualification": coded} if coded else {})},
                temp="urn:uuid:p",
            ),
            Write("create", "PractitionerRole", role),
        ],
    )
    return stored.reference


def a_contact(here: World, member: str | None, kind: str = "1", **more: Any) -> dict[str, Any]:
    """Return an active contact of a national kind; `says` are extensions."""
    said = more.pop("says", [])
    who = {"member": {"reference": member}} if member else {}
    return {
        "resourceType": "CareTeam",
        **({"extension": said} if said else {}),
        "status": "active",
        "category": [{"coding": [{"system": systems.INERA_CARE_TEAM, "code": systems.FAST_KONTAKT}]}],
        "subject": {"reference": here.patient.reference},
        "participant": [{"role": [{"coding": [{"system": systems.KV_FAST_KONTAKT, "code": kind}]}], **who}],
        **more,
    }


def appointed(by: str) -> dict[str, Any]:
    """Return who appointed a contact."""
    parts = [{"url": "by", "valueReference": {"reference": by}}, {"url": "on", "valueDate": "2026-03-01"}]
    return {"url": systems.EXT_APPOINTED, "extension": parts}


THREATENING = {"url": systems.EXT_LIFE_THREATENING, "valueBoolean": True}


async def named(here: World, unit: str, team: dict[str, Any]) -> Stored:
    """Write a contact as a unit's system."""
    return await here.write(system(unit), team)
