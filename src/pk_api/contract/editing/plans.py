"""Plans under the contract as FHIR CarePlan with partOf; the national type goes beside our finer kind.

Source: https://hl7.org/fhir/R4/careplan.html, RIV TypeOfCarePlanEnum.
"""

from typing import Final

from pk_api.contract.codes import PLAN_KINDS, code_of
from pk_api.contract.dates import instant
from pk_api.contract.editing.context import Editing, Editor
from pk_api.contract.editing.draft import concept_of, merged, put, put_code, put_extension, put_period
from pk_api.contract.elements import Json, extension_value, target_of
from pk_api.contract.reading.plans import DIAGNOSIS, consent_to
from pk_api.fhir import sip, systems

SIPS: Final = frozenset({"sip", "individuell-plan-sip"})
"""Kinds that are in force only with consent, owners and a principal that answers: new ones are drafts."""

_KIND_SYSTEMS = (systems.PLAN_KIND, systems.STATUTORY_PLAN, systems.RIV_PLAN_TYPE)


def _skeleton(values: Json, editing: Editing) -> Json:
    return {
        "resourceType": "CarePlan",
        "partOf": [editing.contract],
        "status": values.get("state") or ("draft" if values.get("kind") in SIPS else "active"),
        "intent": "plan",
        "subject": editing.patient,
        "period": {"start": editing.today},
        "created": instant(editing.now),
        "author": editing.writer,
    }


def _put_state(_draft: Json, _value: str, _editing: Editing) -> None:
    """The state of a new plan stands in its skeleton; later it changes by events."""


def _put_kind(draft: Json, value: str, _editing: Editing) -> None:
    kind = PLAN_KINDS[value]
    others = put_code(draft.get("category", []), _KIND_SYSTEMS, None)
    concept = concept_of(kind)
    if kind.national:
        concept["coding"].append({"system": systems.RIV_PLAN_TYPE, "code": kind.national})
    put(draft, "category", [concept, *others])


def _put_title(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "title", value)


def _put_description(draft: Json, value: str | None, _editing: Editing) -> None:
    put(draft, "description", value)


def _put_owner(draft: Json, value: Json | None, editing: Editing) -> None:
    owner = editing.person(value, "/owner") if value is not None else None
    if target_of(owner) != target_of(draft.get("author")):
        put(draft, "author", owner)


def _put_period(draft: Json, value: Json | None, _editing: Editing) -> None:
    both = merged(draft.get("period"), value)
    put_period(draft, start=both.get("start"), end=both.get("end"))


def _put_part_of(draft: Json, value: str | None, editing: Editing) -> None:
    plan = [editing.member(f"CarePlan/{value}", "/partOf")] if value else []
    put(draft, "partOf", [editing.contract, *plan])


def _put_diagnosis(draft: Json, value: Json | None, editing: Editing) -> None:
    """Put what the plan is about into it as a Condition of its own, which stands for no entry of a record."""
    contained = [each for each in draft.get("contained", []) if each.get("id") != DIAGNOSIS]
    addresses = [each for each in draft.get("addresses", []) if each.get("reference") != f"#{DIAGNOSIS}"]
    if value is not None:
        coded = {name: value[name] for name in ("system", "code") if value.get(name)}
        code = {**({"coding": [coded]} if "code" in coded else {}), "text": value["text"]}
        condition = {"resourceType": "Condition", "id": DIAGNOSIS, "code": code, "subject": editing.patient}
        contained, addresses = [*contained, condition], [*addresses, {"reference": f"#{DIAGNOSIS}"}]
    put(draft, "contained", contained)
    put(draft, "addresses", addresses)


def _put_link(draft: Json, value: str | None, _editing: Editing) -> None:
    put_extension(draft, systems.EXT_PLAN_LINK, "valueUrl", value)


def _put_lead(draft: Json, value: Json | None, editing: Editing) -> None:
    lead = editing.person(value, "/lead") if value is not None else None
    if target_of(lead) != target_of(extension_value(draft, systems.EXT_LEAD_PRINCIPAL, "valueReference")):
        put_extension(draft, systems.EXT_LEAD_PRINCIPAL, "valueReference", lead)


def _put_follow_up(draft: Json, value: str | None, _editing: Editing) -> None:
    put_extension(draft, systems.EXT_FOLLOW_UP, "valueDate", value)


def _put_consent(_draft: Json, _value: Json | None, _editing: Editing) -> None:
    """The consent stands in a Consent beside the plan: see `_consents`."""


def _consents(draft: Json, values: Json, editing: Editing) -> tuple[Json, ...]:
    """Return the patient's consent to the plan, as it is told now, or its end."""
    if "consent" not in values:
        return ()
    standing = consent_to(draft, editing.reading) if "id" in draft else None
    if values["consent"] is None:
        return ({**standing, "status": "inactive"},) if standing else ()
    if standing is not None:
        return ()
    target = f"CarePlan/{draft['id']}" if "id" in draft else editing.temp
    return (_consent(target, values["consent"], editing),)


def _consent(plan: str, told: Json, editing: Editing) -> Json:
    scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "treatment"}
    on = told.get("on") or editing.today
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [scope]},
        "category": [{"coding": [{"system": systems.CONSENT_KIND, "code": sip.CONSENT}]}],
        "patient": editing.patient,
        "dateTime": on,
        "performer": [editing.patient],
        "policyRule": {"text": "HSL 2017:30 16 kap. 4 §"},
        "provision": {
            "type": "permit",
            "period": {"start": on},
            "data": [{"meaning": "instance", "reference": {"reference": plan}}],
        },
    }


PLANS: Final = Editor(
    _skeleton,
    {
        "state": _put_state,
        "kind": _put_kind,
        "title": _put_title,
        "description": _put_description,
        "owner": _put_owner,
        "period": _put_period,
        "partOf": _put_part_of,
        "diagnosis": _put_diagnosis,
        "link": _put_link,
        "lead": _put_lead,
        "followUp": _put_follow_up,
        "consent": _put_consent,
    },
    companions=_consents,
)


def contract_category() -> list[Json]:
    """Return the category of a contract itself, ours and SNOMED CT's Care plan."""
    ours = code_of(systems.PLAN_KIND, systems.PATIENTKONTRAKT)
    snomed = {"system": systems.SNOMED, "code": "734163000", "display": "Care plan"}
    concept = concept_of(ours)
    return [{**concept, "coding": [*concept["coding"], snomed]}]
