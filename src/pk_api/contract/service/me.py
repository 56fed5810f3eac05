"""What a patient, or who stands in for one, rules over: who they are here, consents, blocks, apps, relatives.

Each is a Consent of the patient's: made and ended here or by FHIR, and of effect at once.
Sources: PDL 2008:355 4 kap. 4 § and lag 2022:913 (blocks, consents), https://hl7.org/fhir/R4/consent.html.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from pk_api.contract.dates import day_of, instant
from pk_api.contract.editing.context import refused
from pk_api.contract.elements import Json, codes_in, name_of, target_of, text_of
from pk_api.contract.reading.common import is_over
from pk_api.contract.service.caller import Caller, Conditions
from pk_api.contract.service.contracts import required_contract
from pk_api.contract.service.people import organisation_named
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.records.acting import Standing
from pk_api.records.values import Stored, Write

_MOST: Final = "500"


@dataclass(frozen=True, slots=True)
class Ruled:
    """A list that a patient rules over: the kinds of Consent in it, and how a body becomes one."""

    kinds: tuple[str, ...]
    ground: str
    kind: Callable[[Json], str] | None = None


RULED: Final[Mapping[str, Ruled]] = MappingProxyType(
    {
        "consents": Ruled(
            ("sharing", "disclosure"),
            "Lag (2022:913) om sammanhållen vård- och omsorgsdokumentation",
            lambda _: "sharing",
        ),
        "blocks": Ruled(
            ("block-inner", "block-outer"),
            "Patientdatalag (2008:355) 4 kap. 4 §, lag (2022:913)",
            lambda body: f"block-{body['kind']}",
        ),
        "apps": Ruled(("app-access",), "Patientens eget val", lambda _: "app-access"),
        "proxies": Ruled(("relative-access", "mandate", "guardian-exception"), ""),
    }
)


async def who_am_i(caller: Caller) -> Json:
    """Return who the caller is here, and for whom the caller may act."""
    actor = caller.actor
    own = await caller.records.standing(actor, request_id=caller.request_id)
    others = await caller.records.stands_in_for(actor)
    return {
        "kind": actor.kind,
        "name": actor.name or None,
        "patient": f"Patient/{own.patient}" if own.patient else None,
        "grounds": list(own.grounds),
        "refusedBy": None if own.grounds else own.rule,
        "mayActFor": [await _stand_in(caller, one) for one in others],
    }


async def own_contract(caller: Caller) -> str:
    """Return the id of the patient's contract: the active one, else the latest. Problem not-found."""
    return await required_contract(caller, await _own_patient(caller))


async def list_ruled(caller: Caller, name: str) -> Json:
    """Return the Consents of a list, those in force first."""
    patient = await _own_patient(caller)
    found = await _found(caller, patient, RULED[name])
    items = [await _item(caller, one) for one in found]
    items.sort(key=lambda each: (each["state"] == "ended", each["since"] or "", each["id"]))
    return {"items": items, "next": None}


async def add_ruled(caller: Caller, name: str, body: Json, conditions: Conditions) -> Json:
    """Make a Consent of the patient's. Problem business-rule for a unit that nobody has registered."""
    patient = await _own_patient(caller)
    kind = RULED[name].kind
    if kind is None:
        raise Problem("not-supported", "This list is written elsewhere.")
    consent = await _consent(caller, patient, kind(body), RULED[name].ground, body)
    (stored,) = await caller.write([Write("create", "Consent", consent)], conditions)
    return await _item(caller, stored)


async def ruled_by(caller: Caller, name: str) -> list[Stored]:
    """Return the Consents of a list as they are stored."""
    return await _found(caller, await _own_patient(caller), RULED[name])


async def relatives_consent(caller: Caller, person: str, conditions: Conditions) -> None:
    """Make the patient's permission to a relative (`RelatedPerson/id`), without naming parts."""
    patient = await _own_patient(caller)
    consent = await _consent(caller, patient, "relative-access", "Patientens eget val", {"person": person})
    await caller.write([Write("create", "Consent", consent)], conditions)


async def end_ruled(caller: Caller, name: str, item: str) -> Json:
    """End a Consent of the list. Problem not-found, forbidden (it is for care to end)."""
    stored = await caller.read("Consent", item)
    patient = await _own_patient(caller)
    is_own = target_of(stored.resource.get("patient")) == f"Patient/{patient}"
    if not is_own or _kind(stored.resource) not in RULED[name].kinds:
        raise Problem("not-found", "There is no such item here, or it is not open to this caller.")
    ended = Write("update", "Consent", id=item, patch=lambda now: {**now, "status": "inactive"})
    (done,) = await caller.write([ended])
    return await _item(caller, done)


async def _own_patient(caller: Caller) -> str:
    patient = await caller.records.own_patient(caller.actor)
    if patient is None:
        text = "This is for patients, and for those who act for one (Acting-For)."
        raise await caller.refused(Problem("forbidden", text))
    return patient


async def _stand_in(caller: Caller, one: Standing) -> Json:
    name = None
    if one.tells_name:
        found = await replace(caller, actor=one.actor).read("Patient", one.patient or "")
        name = name_of(found.resource.get("name"))
    return {"patient": f"Patient/{one.patient}", "name": name, "grounds": list(one.grounds)}


async def _found(caller: Caller, patient: str, ruled: Ruled) -> list[Stored]:
    category = ",".join(f"{systems.CONSENT_KIND}|{kind}" for kind in ruled.kinds)
    page = await caller.search(
        "Consent", [("patient", f"Patient/{patient}"), ("category", category), ("_count", _MOST)]
    )
    return list(page.items)


def _kind(consent: Json) -> str:
    kinds = codes_in(consent.get("category", ()), systems.CONSENT_KIND)
    return kinds[0] if kinds else ""


async def _item(caller: Caller, stored: Stored) -> Json:
    consent = stored.resource
    provision = consent.get("provision", {})
    period, information = provision.get("period") or {}, provision.get("dataPeriod")
    over = consent.get("status") != "active" or is_over(period, caller.today)
    return {
        "id": stored.id,
        "version": stored.version,
        "reference": stored.reference,
        "kind": _kind(consent),
        "about": [await _about(caller, one) for one in provision.get("actor", ())],
        "information": information and {"start": information.get("start"), "end": information.get("end")},
        "since": day_of(period.get("start") or consent.get("dateTime")),
        "until": day_of(period.get("end")),
        "state": "ended" if over else "active",
    }


async def _about(caller: Caller, actor: Json) -> Json:
    """Return who a Consent is about: a unit or relative by reference, an app by its name."""
    named = actor.get("reference", {})
    target = target_of(named)
    if target is None:
        app = named.get("identifier", {})
        told = app.get("value") if app.get("system") == systems.APP else named.get("display")
        return {"reference": None, "name": told, "role": text_of(actor.get("role"))}
    name = named.get("display") or await _name(caller, target)
    return {"reference": target, "name": name, "role": text_of(actor.get("role"))}


async def _name(caller: Caller, target: str) -> str | None:
    """Return the name of a unit; that of a relative stands in the contract's part."""
    if not target.startswith("Organization/"):
        return None
    found = (await caller.directory([target])).get(target, {})
    return found.get("name")


async def _consent(caller: Caller, patient: str, kind: str, ground: str, body: Json) -> dict[str, Any]:
    provision: dict[str, Any] = {
        "type": "deny" if kind.startswith("block-") else "permit",
        "period": {"start": instant(caller.now)} | ({"end": body["until"]} if body.get("until") else {}),
        "actor": [await _receiver(caller, body)],
    }
    if information := body.get("information"):
        provision["dataPeriod"] = information
    scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [scope]},
        "category": [{"coding": [{"system": systems.CONSENT_KIND, "code": kind}]}],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": instant(caller.now),
        "performer": [{"reference": f"Patient/{patient}"}],
        "policyRule": {"text": ground},
        "provision": provision,
    }


async def _receiver(caller: Caller, body: Json) -> Json:
    if client := body.get("client"):
        named: Json = {"type": "Device", "identifier": {"system": systems.APP, "value": client}}
        return {"role": {"text": "App som får ta del av uppgifter"}, "reference": named}
    if person := body.get("person"):
        return {"role": {"text": "Närstående"}, "reference": {"reference": person}}
    unit = body["unit"]
    target = await organisation_named(caller, unit, "/unit")
    if target not in await caller.directory([target]):
        raise refused("/unit", "No unit is registered so.")
    return {"role": {"text": "Enhet som det gäller"}, "reference": {"reference": target}}
