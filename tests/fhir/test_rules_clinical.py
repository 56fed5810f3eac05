"""Each invariant of the clinical, administrative and messaging types, once kept and once broken."""

import pytest

from pk_api.fhir.validate.rules import FROM_RESOURCE
from pk_api.fhir.validate.rules.clinical import CLINICAL
from pk_api.fhir.validate.rules.messages import MESSAGES

TEXT = {"text": "a"}
SUBJECT = {"reference": "Patient/p1"}
CLINICAL_STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
FINISHED = {"coding": [{"system": CLINICAL_STATUS, "code": "resolved"}]}
ACTIVE = {"coding": [{"system": CLINICAL_STATUS, "code": "active"}]}
WRONG = {"coding": [{"system": VERIFICATION, "code": "entered-in-error"}]}
SCORE = {"coding": [{"system": "http://loinc.org", "code": "1"}]}
CONDITION = {"resourceType": "Condition", "subject": SUBJECT}
PARTICIPANT = [{"actor": SUBJECT, "status": "accepted"}]
MEETING = {"resourceType": "Appointment", "status": "booked", "participant": PARTICIPANT}
TIMED = {**MEETING, "start": "2026-03-02T10:00:00Z", "end": "2026-03-02T10:30:00Z"}
CONSENT = {
    "resourceType": "Consent",
    "status": "active",
    "scope": TEXT,
    "category": [TEXT],
    "policyRule": TEXT,
}
MEASURE = {"resourceType": "Measure", "status": "draft"}
REPORT = {"resourceType": "MeasureReport", "status": "complete", "type": "individual", "measure": "urn:m"}
REPORT["period"] = {"start": "2026"}
OBSERVATION = {"resourceType": "Observation", "status": "final", "code": SCORE}
ORDER = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": SUBJECT}
TASK = {"resourceType": "Task", "status": "requested", "intent": "order", "authoredOn": "2026-03-02"}
GROUP = {"resourceType": "Group", "type": "person", "member": [{"entity": SUBJECT}]}


def scoped(code: str) -> tuple[dict, dict]:
    scope = {"coding": [{"system": "something", "code": code}]}
    return {**CONSENT, "scope": scope, "patient": SUBJECT}, {**CONSENT, "scope": scope}


def stratified(**stratifier) -> dict:
    return {**MEASURE, "group": [{"stratifier": [stratifier]}]}


def stratum(**member) -> dict:
    return {**REPORT, "group": [{"stratifier": [{"stratum": [member]}]}]}


CASES = {
    "Appointment:app-2": (TIMED, {**MEETING, "status": "proposed", "start": "2026-03-02T10:00:00Z"}),
    "Appointment:app-3": ({**MEETING, "status": "proposed"}, MEETING),
    "Appointment:app-4": (
        {**MEETING, "status": "cancelled", "cancelationReason": TEXT},
        {**TIMED, "cancelationReason": TEXT},
    ),
    "Appointment.participant:app-1": (PARTICIPANT[0], {"status": "accepted"}),
    "AppointmentResponse:apr-1": (
        {
            "resourceType": "AppointmentResponse",
            "appointment": {"reference": "Appointment/a"},
            "participantStatus": "accepted",
            "actor": SUBJECT,
        },
        {
            "resourceType": "AppointmentResponse",
            "appointment": {"reference": "Appointment/a"},
            "participantStatus": "accepted",
        },
    ),
    "AuditEvent.entity:sev-1": ({"name": "a"}, {"name": "a", "query": "aGVq"}),
    "CarePlan.activity:cpl-3": (
        {"reference": {"reference": "Task/t"}},
        {"reference": {"reference": "Task/t"}, "detail": {"status": "scheduled"}},
    ),
    "CareTeam.participant:ctm-1": (
        {"member": {"reference": "Practitioner/p"}, "onBehalfOf": {"reference": "Organization/o"}},
        {"member": SUBJECT, "onBehalfOf": {"reference": "Organization/o"}},
    ),
    "Composition.section:cmp-1": ({"entry": [SUBJECT]}, {"title": "Mål"}),
    "Composition.section:cmp-2": (
        {"title": "Mål", "entry": [SUBJECT]},
        {"title": "Mål", "entry": [SUBJECT], "emptyReason": TEXT},
    ),
    "Condition:con-4": (
        {**CONDITION, "abatementDateTime": "2026", "clinicalStatus": FINISHED},
        {**CONDITION, "abatementDateTime": "2026", "clinicalStatus": ACTIVE},
    ),
    "Condition:con-5": (
        {**CONDITION, "verificationStatus": WRONG},
        {**CONDITION, "verificationStatus": WRONG, "clinicalStatus": ACTIVE},
    ),
    "Condition.stage:con-1": ({"summary": TEXT}, {"type": TEXT}),
    "Condition.evidence:con-2": ({"code": [TEXT]}, {"extension": [{"url": "urn:a", "valueCode": "b"}]}),
    "Consent:ppc-1": (
        CONSENT,
        {key: value for key, value in CONSENT.items() if key != "policyRule"},
    ),
    "Consent:ppc-2": scoped("patient-privacy"),
    "Consent:ppc-3": scoped("research"),
    "Consent:ppc-4": scoped("adr"),
    "Consent:ppc-5": scoped("treatment"),
    "Goal.target:gol-1": ({"measure": TEXT, "detailString": "a"}, {"detailString": "a"}),
    "Group:grp-1": ({**GROUP, "actual": True}, {**GROUP, "actual": False}),
    "Measure:mea-1": (
        stratified(code=TEXT),
        stratified(code=TEXT, component=[{"criteria": {"language": "text/cql", "expression": "a"}}]),
    ),
    "MeasureReport:mrp-1": (REPORT, {**REPORT, "type": "data-collection", "group": [{"code": TEXT}]}),
    "MeasureReport:mrp-2": (
        stratum(value=TEXT),
        stratum(value=TEXT, component=[{"code": TEXT, "value": TEXT}]),
    ),
    "Observation:obs-6": (
        {**OBSERVATION, "dataAbsentReason": TEXT},
        {**OBSERVATION, "dataAbsentReason": TEXT, "valueString": "a"},
    ),
    "Observation:obs-7": (
        {**OBSERVATION, "valueString": "a", "component": [{"code": TEXT, "valueString": "b"}]},
        {**OBSERVATION, "valueString": "a", "component": [{"code": SCORE, "valueString": "b"}]},
    ),
    "Observation.referenceRange:obs-3": ({"text": "a"}, {"type": TEXT}),
    "Organization:org-1": (
        {"resourceType": "Organization", "name": "Regionen"},
        {"resourceType": "Organization", "active": True},
    ),
    "Organization.address:org-2": (
        {"resourceType": "Organization", "name": "a", "address": [{"use": "work", "city": "Visby"}]},
        {"resourceType": "Organization", "name": "a", "address": [{"use": "home", "city": "Visby"}]},
    ),
    "Organization.telecom:org-3": (
        {"resourceType": "Organization", "name": "a", "telecom": [{"use": "work"}]},
        {"resourceType": "Organization", "name": "a", "telecom": [{"use": "home"}]},
    ),
    "Patient.contact:pat-1": ({"name": {"text": "a"}}, {"gender": "female"}),
    "ServiceRequest:prr-1": (
        {**ORDER, "code": TEXT, "orderDetail": [TEXT]},
        {**ORDER, "orderDetail": [TEXT]},
    ),
    "Task:inv-1": ({**TASK, "lastModified": "2026-03-02"}, {**TASK, "lastModified": "2026-03-01"}),
    "Parameters.parameter:inv-1": ({"name": "a", "valueCode": "b"}, {"name": "a"}),
}


def bundle(kind: str, *entries: dict, **more) -> dict:
    return {"resourceType": "Bundle", "type": kind, **more, "entry": list(entries)}


PATIENT = {"resourceType": "Patient", "active": True}
COMPOSITION = {
    "resourceType": "Composition",
    "status": "final",
    "type": TEXT,
    "date": "2026",
    "author": [SUBJECT],
    "title": "Patientkontrakt",
}
DOCUMENT = {
    "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:a"},
    "timestamp": "2026-03-02T10:00:00Z",
}
HEADER = {"resourceType": "MessageHeader", "eventUri": "urn:a", "source": {"endpoint": "urn:b"}}
ASKED = {"request": {"method": "POST", "url": "Patient"}, "resource": PATIENT}
ANSWERED = {"response": {"status": "201"}}
ONE = {"fullUrl": "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7", "resource": PATIENT}

BUNDLES = {
    "Bundle:bdl-1": (bundle("searchset", ONE, total=1), bundle("collection", ONE, total=1)),
    "Bundle:bdl-2": (
        bundle("searchset", {**ONE, "search": {"mode": "match"}}),
        bundle("collection", {**ONE, "search": {"mode": "match"}}),
    ),
    "Bundle:bdl-3": (bundle("transaction", ASKED), bundle("transaction", ONE)),
    "Bundle:bdl-4": (bundle("batch-response", ANSWERED), bundle("collection", ANSWERED)),
    "Bundle:bdl-7": (
        bundle("collection", ONE, {**ONE, "resource": {**PATIENT, "meta": {"versionId": "2"}}}),
        bundle("collection", ONE, ONE),
    ),
    "Bundle:bdl-9": (
        bundle("document", {"fullUrl": "urn:a", "resource": COMPOSITION}, **DOCUMENT),
        bundle("document", {"fullUrl": "urn:a", "resource": COMPOSITION}, timestamp=DOCUMENT["timestamp"]),
    ),
    "Bundle:bdl-10": (
        bundle("document", {"fullUrl": "urn:a", "resource": COMPOSITION}, **DOCUMENT),
        bundle("document", {"fullUrl": "urn:a", "resource": COMPOSITION}, identifier=DOCUMENT["identifier"]),
    ),
    "Bundle:bdl-11": (
        bundle("document", {"fullUrl": "urn:a", "resource": COMPOSITION}, **DOCUMENT),
        bundle("document", {"fullUrl": "urn:a", "resource": PATIENT}, **DOCUMENT),
    ),
    "Bundle:bdl-12": (
        bundle("message", {"fullUrl": "urn:a", "resource": HEADER}),
        bundle("message", {"fullUrl": "urn:a", "resource": PATIENT}),
    ),
    "Bundle.entry:bdl-5": (ONE, {"fullUrl": "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7"}),
    "Bundle.entry:bdl-8": (ONE, {**ONE, "fullUrl": "https://example.org/Patient/1/_history/2"}),
}
ALL = CASES | BUNDLES
PLACES = {"Organization.address": "Organization", "Organization.telecom": "Organization"}


def place(name: str) -> str:
    kind = name.rpartition(":")[0]
    return PLACES.get(kind, kind)


UNREADABLE = frozenset(
    {
        "CareTeam.participant:ctm-1",
        "Goal.target:gol-1",
        "Organization.address:org-2",
        "Organization.telecom:org-3",
        "Parameters.parameter:inv-1",
        "Bundle:bdl-10",
    }
)
"""Expressions that fhirpathpy cannot evaluate on an element alone (hasValue, resolve, choices, order)."""


def test_every_invariant_of_these_types_has_a_case():
    assert set(ALL) == set(CLINICAL) | set(MESSAGES)
    assert not set(ALL) & {name for names in FROM_RESOURCE.values() for name in names}


@pytest.mark.parametrize("name", ALL)
def test_a_value_that_keeps_the_invariant_is_valid(name, broken):
    assert broken(place(name), ALL[name][0]) == []


@pytest.mark.parametrize("name", ALL)
def test_a_value_that_breaks_the_invariant_is_told(name, broken):
    assert name.rpartition(":")[2] in broken(place(name), ALL[name][1])


@pytest.mark.parametrize("name", sorted(set(ALL) - UNREADABLE))
def test_the_official_expression_agrees(name, official):
    kept, broken_one = ALL[name]

    assert official(name, kept)
    assert not official(name, broken_one)
