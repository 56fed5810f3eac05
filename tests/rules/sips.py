"""A SIP and what it takes, as FHIR: plan, consent, actions, principals."""

from typing import Any

from pk_api.access.actor import Actor
from pk_api.fhir import systems
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from tests.rules.people import NURSING, REGION, TOWN, WARD, World, system
from tests.support.actors import ALL

PLAN = "urn:uuid:1b0e6a52-5d5b-4a4d-9c8e-1f0c4f6f5a11"
DUE = "2099-01-01"


async def with_principals(here: World) -> World:
    """Let region and municipality say what they are."""
    for provider, principal in ((REGION, "region"), (TOWN, "municipality")):
        key = here.at[provider].partition("/")[2]
        setup = Actor("system", "setup", provider=provider, scopes=ALL)
        stored = await here.records.read(setup, "Organization", key)
        said = {"url": systems.EXT_PRINCIPAL, "valueCode": principal}
        changed = {**stored.resource, "extension": [*stored.resource.get("extension", ()), said]}
        await here.records.write(setup, [Write("update", "Organization", changed, id=key)])
    return here


def a_sip(here: World, *, status: str = "active", leads: tuple[str, ...] = (REGION,), **more: Any) -> Any:
    """Return a SIP; `leads` are providers, `due` is when it is followed up."""
    due = more.pop("due", DUE)
    said = [
        {"url": systems.EXT_LEAD_PRINCIPAL, "valueReference": {"reference": here.at[one]}} for one in leads
    ]
    said += [{"url": systems.EXT_FOLLOW_UP, "valueDate": due}] if due else []
    return {
        "resourceType": "CarePlan",
        **({"extension": said} if said else {}),
        "status": status,
        "intent": "plan",
        "category": [{"coding": [{"system": systems.PLAN_KIND, "code": "sip"}]}],
        "subject": {"reference": here.patient.reference},
        "author": {"reference": here.at[WARD]},
        **more,
    }


def a_consent(here: World, plan: str = PLAN, **provision: Any) -> dict[str, Any]:
    """Return the patient's consent to a plan."""
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"text": "SIP"},
        "category": [{"coding": [{"system": systems.CONSENT_KIND, "code": "sip"}]}],
        "patient": {"reference": here.patient.reference},
        "policyRule": {"text": "HSL 16 kap. 4 §"},
        "provision": {"data": [{"meaning": "instance", "reference": {"reference": plan}}], **provision},
    }


def an_action(here: World, owner: str | None = NURSING, plan: str = PLAN, **more: Any) -> dict[str, Any]:
    """Return an action under a plan; `owner` is a unit, or a reference, or nobody."""
    named = {"owner": {"reference": here.at.get(owner, owner)}} if owner else {}
    return {
        "resourceType": "Task",
        "basedOn": [{"reference": plan}],
        "status": "requested",
        "intent": "plan",
        "code": {"coding": [{"system": systems.TASK_KIND, "code": "care-action"}]},
        "for": {"reference": here.patient.reference},
        **named,
        **more,
    }


async def store(records: Records, here: World, *resources: Any, by: Actor | None = None) -> list[Stored]:
    """Write new resources in one set, by the ward's system; a plan is the one that PLAN names."""
    writes = [
        Write("create", one["resourceType"], one, temp=PLAN if one["resourceType"] == "CarePlan" else None)
        for one in resources
    ]
    return await records.write(by or system(WARD), writes, identified=frozenset({here.patient.id}))
