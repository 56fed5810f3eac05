"""Emergency openings, blocks and explanations, as callers of the contract API ask for them."""

from datetime import timedelta
from typing import Final

from pk_api.access.actor import Actor
from pk_api.contract.dates import instant
from pk_api.contract.elements import Json
from pk_api.contract.service.caller import Caller, Conditions
from pk_api.contract.service.people import by_hsa_id, patient_id, person_of
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.law import Explanation, RuleSaid
from pk_api.records.values import Said, Write, moment_of

HOURS: Final = 4
"""How long an opening lasts unless told."""

_KINDS: Final = {"shared-care": "emergency", "inner-block": "emergency-lift"}
_LAW: Final = "Lag (2022:913) om sammanhållen vård- och omsorgsdokumentation; patientdatalagen (2008:355)"
_TOLD: Final = (
    "Din journal öppnades akut. Skälet står i öppningen, och i din åtkomstlogg ser du vem som har läst.",
    "Your record was opened in an emergency. The opening states why; your access log tells who has read it.",
)


async def find_patient(caller: Caller, named: Json) -> Json:
    """Return the reference of a patient who is named by identity number; every search is in the audit."""
    found = await patient_id(caller, named)
    return {"reference": f"Patient/{found}" if found else None}


async def open_emergency(caller: Caller, patient: str, asked: Json, conditions: Conditions) -> Json:
    """Open what the emergency needs for the caller's own unit, and tell the patient. Problem not-found."""
    actor = caller.actor
    name = actor.unit or actor.provider
    unit = await by_hsa_id(caller, name, ("Organization",)) if name else None
    if unit is None or actor.kind not in {"system", "staff"}:
        raise await caller.refused(
            Problem("forbidden", "Only a unit of care that is registered opens a record.")
        )
    end = caller.now + timedelta(hours=asked.get("hours") or HOURS)
    period = {"start": instant(caller.now), "end": instant(end)}
    kind = asked["kind"]
    consent = _consent(f"Patient/{patient}", unit, _KINDS[kind], asked["reason"], period)
    writes = [
        Write("create", "Consent", consent, temp="urn:uuid:3f0f4f0e-6f0e-4f3e-9a53-7f1f4b1c2d3e"),
        Write("create", "Communication", _notice(f"Patient/{patient}", unit, period["start"])),
    ]
    opened, _ = await caller.write(writes, conditions, identified=frozenset({patient}))
    return {"reference": opened.reference, "kind": kind, **period}


def _consent(patient: str, unit: str, kind: str, reason: str, period: Json) -> Json:
    scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
    role = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}
    return {
        "resourceType": "Consent",
        "extension": [{"url": systems.EXT_REASON, "valueString": reason}],
        "status": "active",
        "scope": {"coding": [scope]},
        "category": [{"coding": [{"system": systems.CONSENT_KIND, "code": kind}]}],
        "patient": {"reference": patient},
        "dateTime": period["start"],
        "organization": [{"reference": unit}],
        "policyRule": {"text": _LAW},
        "provision": {
            "type": "permit",
            "period": period,
            "actor": [{"role": {"coding": [role]}, "reference": {"reference": unit}}],
        },
    }


def _notice(patient: str, unit: str, sent: str) -> Json:
    return {
        "resourceType": "Communication",
        "status": "completed",
        "subject": {"reference": patient},
        "about": [{"reference": "urn:uuid:3f0f4f0e-6f0e-4f3e-9a53-7f1f4b1c2d3e"}],
        "sent": sent,
        "recipient": [{"reference": patient}],
        "sender": {"reference": unit},
        "payload": [{"contentString": text} for text in _TOLD],
    }


async def blocks(caller: Caller, patient: str) -> Json:
    """Return whether inner and outer blocks bar the caller."""
    found = await caller.records.blocks(caller.actor, patient, request_id=caller.request_id)
    return {kind: kind in found for kind in ("inner", "outer")}


async def block_owners(caller: Caller, patient: str, asked: Json) -> Json:
    """Return whose the blocks are: the second step, after an opening."""
    found = await caller.records.block_owners(
        caller.actor, patient, reason=asked["reason"], request_id=caller.request_id
    )
    return {"items": [{"kind": k, "careProvider": p, "unit": unit or None} for k, p, unit in found]}


async def explain(caller: Caller, asked: Json) -> Json:
    """Return why a resource is open to somebody or not."""
    resource_type, _, resource_id = asked["resource"].partition("/")
    found = await caller.records.explain(
        caller.actor,
        _actor(asked["actor"]),
        asked["action"],
        (resource_type, resource_id),
        request_id=caller.request_id,
    )
    return _explained(found)


def _actor(asked: Json) -> Actor:
    """Return the actor with the widest scopes: the law is explained, not a token."""
    number = asked.get("personnummer")
    return Actor(
        asked["kind"],
        "explained",
        provider=asked.get("careProvider"),
        unit=asked.get("unit"),
        employee=asked.get("employee"),
        person=person_of(number, "/actor/personnummer") if number else None,
        scopes=(("*", "cdrsu"),),
    )


def _explained(found: Explanation) -> Json:
    return {
        "open": found.is_open,
        "decidedBy": found.rule,
        "refusals": [_rule(one) for one in found.refusals],
        "grounds": [_rule(one) for one in found.grants],
        "facts": [_fact(one) for one in found.facts],
    }


def _rule(said: RuleSaid) -> Json:
    return {"rule": said.rule, "source": said.source, "holds": said.holds, "needs": list(said.needs)}


def _fact(said: Said) -> Json:
    fact = said.fact
    since, until = moment_of(fact.since), moment_of(fact.until)
    return {
        "kind": fact.kind,
        "reference": said.reference,
        "careProvider": fact.provider or None,
        "unit": fact.unit or None,
        "saidBy": fact.said_by or None,
        "start": instant(since) if since else None,
        "end": instant(until) if until else None,
    }
