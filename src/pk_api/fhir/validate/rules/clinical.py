"""Invariants of the resources about patients, care and its organisation.

Source of keys and texts: `definitions/invariants.json`. Consent's ppc-2 to ppc-5 compare with the system
`something`, as the official expressions do.
"""

from typing import Final

from pk_api.fhir.validate.rules.terms import Test, Value, each, has, has_choice, has_coding
from pk_api.fhir.validate.times import is_after

_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def _has_dates(v: Value) -> bool:
    return (has(v, "start") and has(v, "end")) or v.get("status") in ("proposed", "cancelled", "waitlist")


def _abated(v: Value) -> bool:
    ended = ("resolved", "remission", "inactive")
    return not has_choice(v, "abatement") or has_coding(v.get("clinicalStatus"), _CLINICAL, *ended)


def _in_error(v: Value) -> bool:
    return not (
        has_coding(v.get("verificationStatus"), _VERIFICATION, "entered-in-error")
        and has(v, "clinicalStatus")
    )


def _scoped(code: str) -> Test:
    return lambda v: has(v, "patient") or not has_coding(v.get("scope"), "something", code)


def _represents(v: Value) -> bool:
    """Go by what the reference says: the target is not fetched."""
    member = v.get("member", {})
    named = member.get("type") or member.get("reference", "").rpartition("/")[0].rpartition("/")[2]
    return not has(v, "onBehalfOf") or named in ("", "Practitioner")


def _unlike_components(v: Value) -> bool:
    own = {_meaning(coding) for coding in each(v, "code", "coding")}
    return not has_choice(v, "value") or own.isdisjoint(map(_meaning, each(v, "component", "code", "coding")))


def _meaning(coding: Value) -> tuple[Value, ...]:
    return tuple(coding.get(name) for name in ("system", "version", "code", "display", "userSelected"))


def _modified_later(v: Value) -> bool:
    return not ("lastModified" in v and "authoredOn" in v and is_after(v["authoredOn"], v["lastModified"]))


def _stratified(v: Value) -> bool:
    return all(
        has(s, "code", "description", "criteria") != has(s, "component")
        for s in each(v, "group", "stratifier")
    )


def _stratum(v: Value) -> bool:
    return all(has(s, "value") != has(s, "component") for s in each(v, "group", "stratifier", "stratum"))


CLINICAL: Final[dict[str, Test]] = {
    "Appointment:app-2": lambda v: has(v, "start") == has(v, "end"),
    "Appointment:app-3": _has_dates,
    "Appointment:app-4": lambda v: (
        not has(v, "cancelationReason") or v.get("status") in ("noshow", "cancelled")
    ),
    "Appointment.participant:app-1": lambda v: has(v, "type", "actor"),
    "AppointmentResponse:apr-1": lambda v: has(v, "participantType", "actor"),
    "AuditEvent.entity:sev-1": lambda v: not (has(v, "name") and has(v, "query")),
    "CarePlan.activity:cpl-3": lambda v: not (has(v, "detail") and has(v, "reference")),
    "CareTeam.participant:ctm-1": _represents,
    "Composition.section:cmp-1": lambda v: has(v, "text", "entry", "section"),
    "Composition.section:cmp-2": lambda v: not (has(v, "emptyReason") and has(v, "entry")),
    "Condition:con-4": _abated,
    "Condition:con-5": _in_error,
    "Condition.stage:con-1": lambda v: has(v, "summary", "assessment"),
    "Condition.evidence:con-2": lambda v: has(v, "code", "detail"),
    "Consent:ppc-1": lambda v: has(v, "policy", "policyRule"),
    "Consent:ppc-2": _scoped("patient-privacy"),
    "Consent:ppc-3": _scoped("research"),
    "Consent:ppc-4": _scoped("adr"),
    "Consent:ppc-5": _scoped("treatment"),
    "Goal.target:gol-1": lambda v: not has_choice(v, "detail") or has(v, "measure"),
    "Group:grp-1": lambda v: not has(v, "member") or v.get("actual") is True,
    "Measure:mea-1": _stratified,
    "MeasureReport:mrp-1": lambda v: v.get("type") != "data-collection" or not has(v, "group"),
    "MeasureReport:mrp-2": _stratum,
    "Observation:obs-6": lambda v: not (has(v, "dataAbsentReason") and has_choice(v, "value")),
    "Observation:obs-7": _unlike_components,
    "Observation.referenceRange:obs-3": lambda v: has(v, "low", "high", "text"),
    "Organization:org-1": lambda v: has(v, "identifier", "name"),
    "Organization.address:org-2": lambda v: v.get("use") != "home",
    "Organization.telecom:org-3": lambda v: v.get("use") != "home",
    "Patient.contact:pat-1": lambda v: has(v, "name", "telecom", "address", "organization"),
    "ServiceRequest:prr-1": lambda v: not has(v, "orderDetail") or has(v, "code"),
    "Task:inv-1": _modified_later,
}
