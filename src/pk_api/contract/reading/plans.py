"""Plans under the contract: FHIR CarePlan with partOf, in full or as an index card.

Sources: https://hl7.org/fhir/R4/careplan.html, RIV TypeOfCarePlanEnum, the annex of statutory plans.
"""

from pk_api.contract.codes import PLAN_KINDS
from pk_api.contract.elements import (
    Json,
    codes_in,
    extension_value,
    id_of,
    reference_to,
    target_of,
    targets_in,
    text_of,
)
from pk_api.contract.reading.common import item
from pk_api.contract.reading.context import Reading
from pk_api.contract.reading.people import who
from pk_api.contract.reading.reconciliations import last_of, reconciliations
from pk_api.fhir import sip, systems

_KIND_SYSTEMS = (systems.PLAN_KIND, systems.STATUTORY_PLAN)
_CONTENT = ("activity", "goal", "description")
DIAGNOSIS = "diagnosis"
"""The id of the Condition within a plan that says what it is about."""


def is_contract(plan: Json) -> bool:
    """Say whether a CarePlan is a contract itself."""
    return systems.PATIENTKONTRAKT in codes_in(plan.get("category", ()), systems.PLAN_KIND)


def plans(reading: Reading) -> list[Json]:
    """Return the plans under the contract, the oldest first."""
    told = reconciliations(reading)
    found = [
        {**_plan(p, reading), "reconciled": last_of(p["id"], told)}
        for p in reading.of_type("CarePlan")
        if not is_contract(p)
    ]
    return sorted(found, key=lambda each: (each["period"]["start"] or "", each["id"]))


def plan_kind(plan: Json) -> str | None:
    """Return the kind of a plan; None for a kind that is not ours."""
    for system in _KIND_SYSTEMS:
        for code in codes_in(plan.get("category", ()), system):
            if code in PLAN_KINDS:
                return code
    return None


def _plan(plan: Json, reading: Reading) -> Json:
    kind = plan_kind(plan)
    national = codes_in(plan.get("category", ()), systems.RIV_PLAN_TYPE)
    known = PLAN_KINDS.get(kind or "")
    parents = targets_in(plan.get("partOf", ()), "CarePlan")
    link = extension_value(plan, systems.EXT_PLAN_LINK, "valueUrl")
    return {
        **item(plan),
        "kind": kind,
        "kindText": known.name(reading.language) if known else text_of((plan.get("category") or [None])[0]),
        "nationalType": national[0] if national else known.national if known else None,
        "statutes": list(known.statutes) if known else [],
        "title": plan.get("title"),
        "description": plan.get("description"),
        "owner": who(plan.get("author"), reading),
        "state": plan.get("status"),
        "reason": extension_value(plan, systems.EXT_STATUS_REASON, "valueString"),
        "period": period_of(plan),
        "partOf": next((parent for parent in parents if parent != id_of(reading.contract)), None),
        "goals": targets_in(plan.get("goal", ()), "Goal"),
        "activities": [text for each in plan.get("activity", ()) if (text := _activity(each, reading))],
        "content": "full" if _is_full(plan) else "index-card",
        "diagnosis": _diagnosis(plan, reading),
        "link": link,
        "lead": who(extension_value(plan, systems.EXT_LEAD_PRINCIPAL, "valueReference"), reading),
        "followUp": extension_value(plan, systems.EXT_FOLLOW_UP, "valueDate"),
        "consent": _consent(plan, reading),
        "pathway": next(iter(plan.get("instantiatesCanonical", ())), None),
    }


def _is_full(plan: Json) -> bool:
    """Say whether a plan holds more than what an index card tells: title, what it is about, link."""
    addressed = [each for each in plan.get("addresses", ()) if each.get("reference") != f"#{DIAGNOSIS}"]
    return bool(addressed) or any(element in plan for element in _CONTENT)


def _diagnosis(plan: Json, reading: Reading) -> Json | None:
    """Return the first of what a plan is about: a Condition within it or beside it, or words alone."""
    within = {f"#{each.get('id')}": each for each in plan.get("contained", ())}
    for reference in plan.get("addresses", ()):
        target = reference.get("reference", "")
        code = (within.get(target) or reading.find(target_of(reference)) or {}).get("code", {})
        coding: Json = next((each for each in code.get("coding", ()) if "code" in each), {})
        told = text_of(code) or reference.get("display")
        if told is not None:
            return {"text": told, "code": coding.get("code"), "system": coding.get("system")}
    return None


def consent_to(plan: Json, reading: Reading) -> Json | None:
    """Return the patient's consent in force to a plan, as far as this reader sees it."""
    reference = f"CarePlan/{plan['id']}"
    day = reading.today.isoformat()
    found = [c for c in reading.of_type("Consent") if sip.is_consent_to(c, reference, day=day)]
    return max(found, key=lambda each: each.get("dateTime", ""), default=None)


def without_consent(reading: Reading) -> list[str]:
    """Return the ids of the SIPs in force whose consent the patient, as this reader sees, has taken back."""
    told = [each for each in reading.of_type("Consent") if each.get("status") != "entered-in-error"]
    return [
        plan["id"]
        for plan in reading.of_type("CarePlan")
        if sip.is_in_force(plan)
        and consent_to(plan, reading) is None
        and any(sip.is_about_consent_to(each, f"CarePlan/{plan['id']}") for each in told)
    ]


def _consent(plan: Json, reading: Reading) -> Json | None:
    found = consent_to(plan, reading)
    return {"on": found.get("dateTime"), "reference": reference_to(found)} if found else None


def period_of(plan: Json) -> Json:
    """Return start and end, null where open."""
    period = plan.get("period", {})
    return {"start": period.get("start"), "end": period.get("end")}


def _activity(activity: Json, reading: Reading) -> Json | None:
    """Return what a plan says itself of an activity; one that is a member stands in its own part."""
    detail = activity.get("detail")
    if detail:
        return {
            "text": detail.get("description") or text_of(detail.get("code")),
            "state": detail.get("status"),
        }
    reference = activity.get("reference", {})
    if target_of(reference) in reading.members or "display" not in reference:
        return None
    return {"text": reference["display"], "state": None}
