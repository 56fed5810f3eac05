"""Changes that break (or nearly break) the invariants of FHIR: properties taken away, properties set.

Source of the invariants: https://hl7.org/fhir/R4, the constraints of each type; keys stand behind the rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Row = tuple[Sequence[str], Mapping[str, Any]]

_REF: Final = {"reference": "Patient/1"}
_TEXT: Final = {"text": "text"}
_CODING: Final = {"system": "http://example.org", "code": "a"}
_XHTML: Final = "http://www.w3.org/1999/xhtml"

BREAKING: Final[Mapping[str, Sequence[Row]]] = {
    "Period": [
        ((), {"start": "2030-01-01", "end": "2020-01-01"}),  # per-1
        ((), {"start": "2020-01-02", "end": "2020-01-01"}),
        ((), {"start": "2020-01-01T12:00:00+02:00", "end": "2020-01-01T11:00:00Z"}),
        ((), {"start": "2020-01-01T12:00:00Z", "end": "2020-01-01"}),
    ],
    "Quantity": [
        (("system",), {"code": "kg"}),  # qty-3
        ((), {"comparator": "~"}),
        ((), {"code": "kg", "system": "http://unitsofmeasure.org"}),
    ],
    "SimpleQuantity": [((), {"comparator": "<"}), (("system",), {"code": "kg"})],  # sqt-1
    "Age": [((), {"value": -1}), (("code", "system"), {"value": 1})],  # age-1
    "Duration": [(("code",), {"system": "http://unitsofmeasure.org"}), ((), {"code": "kg"})],  # drt-1
    "Money": [((), {"currency": "kr"}), ((), {"currency": "SEK", "value": 1.5})],
    "Range": [((), {"low": {"value": 5}, "high": {"value": 2}})],  # rng-2
    "Ratio": [(("denominator",), {"numerator": {"value": 1}})],  # rat-1
    "Attachment": [(("contentType",), {"data": "AAAA"}), ((), {"contentType": "nothing"})],  # att-1
    "ContactPoint": [(("system",), {"value": "08-123"}), ((), {"rank": 0})],  # cpt-2
    "Identifier": [((), {"use": "best"}), ((), {"assigner": {"reference": "Patient/1"}})],
    "Extension": [
        (
            (),
            {"valueString": "a", "extension": [{"url": "http://example.org/a", "valueString": "b"}]},
        ),  # ext-1
        (("valueString", "valueCode", "valueBoolean", "extension"), {}),
        (("url",), {}),
        ((), {"url": "a"}),
    ],
    "Narrative": [
        ((), {"div": f'<div xmlns="{_XHTML}"><script>a</script></div>'}),  # txt-1
        ((), {"div": f'<div xmlns="{_XHTML}"> </div>'}),  # txt-2
        ((), {"status": "empty"}),
    ],
    "Annotation": [((), {"authorString": "a", "authorReference": _REF}), (("text",), {})],
    "Coding": [((), {"userSelected": "yes"}), ((), {"version": "1"}), ((), {"system": "a b"})],
    "CodeableConcept": [
        ((), {"coding": [{}]}),
        ((), {"text": ""}),
        ((), {"coding": []}),
        ((), {"text": "a"}),
    ],
    "Timing": [
        ((), {"repeat": {"duration": 1}}),  # tim-1
        ((), {"repeat": {"period": 1}}),  # tim-2
        ((), {"repeat": {"duration": -1, "durationUnit": "h"}}),  # tim-4
        ((), {"repeat": {"period": -1, "periodUnit": "h"}}),  # tim-5
        ((), {"repeat": {"periodMax": 2}}),  # tim-6
        ((), {"repeat": {"durationMax": 2}}),  # tim-7
        ((), {"repeat": {"countMax": 2}}),  # tim-8
        ((), {"repeat": {"offset": 2}}),  # tim-9
        ((), {"repeat": {"offset": 2, "when": ["C"]}}),
        ((), {"repeat": {"timeOfDay": ["10:00:00"], "when": ["AC"]}}),  # tim-10
        ((), {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}),
    ],
    "Reference": [
        ((), {"reference": "#missing"}),
        ((), {"identifier": {"use": "best"}}),
        ((), {"display": "a"}),
    ],  # ref-1
    "HumanName": [
        (("family", "given", "text", "use", "prefix"), {"id": "a"}),
        ((), {"use": "best"}),
    ],  # ele-1
    "Patient": [((), {"contact": [{"gender": "male"}]}), ((), {"contact": [{"name": _TEXT}]})],  # pat-1
    "Appointment": [
        (("end",), {"start": "2020-01-01T10:00:00Z"}),  # app-2
        (("start", "end"), {"status": "booked"}),  # app-3
        ((), {"status": "booked", "cancelationReason": _TEXT}),  # app-4
        ((), {"participant": [{"status": "accepted"}]}),  # app-1
        ((), {"status": "cancelled", "cancelationReason": _TEXT}),
    ],
    "AppointmentResponse": [(("participantType", "actor"), {})],  # apr-1
    "CarePlan": [
        (
            (),
            {"activity": [{"reference": {"reference": "Task/1"}, "detail": {"status": "completed"}}]},
        ),  # cpl-3
        ((), {"activity": [{"detail": {"status": "completed"}}]}),
        ((), {"activity": [{}]}),
    ],
    "CareTeam": [((), {"participant": [{"onBehalfOf": {"reference": "Organization/1"}}]})],  # ctm-1
    "Goal": [
        ((), {"target": [{"detailString": "a"}]}),
        ((), {"target": [{"detailString": "a", "measure": _TEXT}]}),
    ],
    "Condition": [
        ((), {"abatementDateTime": "2020"}),  # con-4
        (("clinicalStatus",), {}),  # con-3, con-5
        ((), {"stage": [{"type": _TEXT}]}),  # con-1
        ((), {"evidence": [{"id": "a"}]}),  # con-2
    ],
    "Observation": [
        ((), {"dataAbsentReason": _TEXT}),  # obs-6
        ((), {"component": [{"code": {"coding": [_CODING]}, "valueString": "a"}]}),  # obs-7
        ((), {"referenceRange": [{"appliesTo": [_TEXT]}]}),  # obs-3
        ((), {"referenceRange": [{"text": "a"}]}),
    ],
    "Task": [((), {"lastModified": "2010-01-01", "authoredOn": "2020-01-01"})],  # inv-1
    "ServiceRequest": [((), {"orderDetail": [_TEXT]}), (("code",), {"orderDetail": [_TEXT]})],  # prr-1
    "Consent": [
        (("policy", "policyRule"), {}),  # ppc-1
        (("patient",), {"scope": {"coding": [{"system": _CODING["system"], "code": "a"}]}}),  # ppc-2
        ((), {"provision": {"data": [{"meaning": "instance"}]}}),
    ],
    "Encounter": [
        ((), {"statusHistory": [{"status": "planned"}]}),
        ((), {"location": [{"status": "active"}]}),
    ],
    "Organization": [
        (("identifier", "name"), {}),  # org-1
        ((), {"address": [{"use": "home", "text": "a"}]}),  # org-2
        ((), {"telecom": [{"use": "home", "system": "phone", "value": "1"}]}),  # org-3
    ],
    "Group": [((), {"actual": False, "member": [{"entity": _REF}]})],  # grp-1
    "Questionnaire": [
        ((), {"item": [{"linkId": "1", "type": "group"}]}),  # que-1
        ((), {"item": [{"linkId": "1", "type": "string"}, {"linkId": "1", "type": "string"}]}),  # que-2
        ((), {"item": [{"linkId": "1", "type": "display", "code": [_CODING]}]}),  # que-3
        (
            (),
            {
                "item": [
                    {
                        "linkId": "1",
                        "type": "choice",
                        "answerValueSet": "http://example.org",
                        "answerOption": [{}],
                    }
                ]
            },
        ),
        ((), {"item": [{"linkId": "1", "type": "string", "answerValueSet": "http://example.org"}]}),  # que-5
        ((), {"item": [{"linkId": "1", "type": "display", "required": True}]}),  # que-6
        ((), {"item": [{"linkId": "1", "type": "group", "initial": [{"valueString": "a"}]}]}),  # que-8
        ((), {"item": [{"linkId": "1", "type": "display", "readOnly": True}]}),  # que-9
        ((), {"item": [{"linkId": "1", "type": "boolean", "maxLength": 4}]}),  # que-10
        (
            (),
            {
                "item": [
                    {"linkId": "1", "type": "string", "initial": [{"valueString": "a"}, {"valueString": "b"}]}
                ]
            },
        ),
        ((), {"item": [{"linkId": "1", "type": "string", "repeats": True}]}),
    ],
    "QuestionnaireResponse": [
        (
            (),
            {"item": [{"linkId": "1", "answer": [{"valueString": "a"}], "item": [{"linkId": "2"}]}]},
        ),  # qrs-1
        ((), {"item": [{"linkId": "1", "item": [{"linkId": "2"}]}]}),
    ],
    "Composition": [
        ((), {"section": [{"title": "a"}]}),  # cmp-1
        ((), {"section": [{"emptyReason": _TEXT, "entry": [_REF]}]}),  # cmp-2
        ((), {"section": [{"emptyReason": _TEXT}]}),
    ],
    "AuditEvent": [
        ((), {"entity": [{"name": "a", "query": "AAAA"}]}),  # sev-1
        ((), {"entity": [{"what": _REF}]}),
    ],
    "Measure": [((), {"group": [{"stratifier": [{"component": [], "code": _TEXT}]}]})],  # mea-1
    "MeasureReport": [((), {"type": "individual", "group": [{"stratifier": [{}]}]})],  # mrp-1
    "PlanDefinition": [((), {"goal": [{"description": _TEXT, "target": [{"detailRange": {}}]}]})],
    "Provenance": [((), {"entity": [{"role": "source"}]}), ((), {"agent": [{"who": _REF}]})],
    "Schedule": [((), {"actor": []})],
    "Bundle": [
        ((), {"total": 1, "type": "collection"}),  # bdl-1
        ((), {"type": "collection", "entry": [{"search": {"mode": "match"}}]}),  # bdl-2, bdl-5
        (
            (),
            {"type": "transaction", "entry": [{"resource": {"resourceType": "Slot", "status": "free"}}]},
        ),  # bdl-3
        ((), {"type": "document"}),  # bdl-9 to bdl-11
        ((), {"type": "message"}),  # bdl-12
        (
            (),
            {"type": "transaction", "entry": [{"fullUrl": "http://example.org/Patient/1/_history/1"}]},
        ),  # bdl-8
    ],
    "Parameters": [
        ((), {"parameter": [{"name": "a", "valueString": "a", "part": [{"name": "b"}]}]})
    ],  # inv-1
    "ValueSet": [
        ((), {"compose": {"include": [{"concept": [{"code": "a"}]}]}}),  # vsd-2
        ((), {"compose": {"include": [{}]}}),  # vsd-1
        ((), {"name": "a-b"}),
        ((), {"expansion": {"timestamp": "2020", "contains": [{"abstract": True}]}}),
        ((), {"expansion": {"timestamp": "2020", "contains": [{"code": "a"}]}}),  # vsd-10
    ],
    "CodeSystem": [((), {"concept": [{"code": "a"}, {"code": "a"}]})],  # csd-1
    "ConceptMap": [
        ((), {"group": [{"element": [{"target": [{"equivalence": "narrower"}]}]}]}),  # cmd-1
        ((), {"group": [{"element": [{"code": "a"}], "unmapped": {"mode": "fixed"}}]}),  # cmd-2
        ((), {"group": [{"element": [{"code": "a"}], "unmapped": {"mode": "other-map"}}]}),  # cmd-3
    ],
    "SearchParameter": [
        (("xpathUsage",), {"xpath": "f:a"}),  # spd-1
        ((), {"chain": ["a"], "type": "token"}),  # spd-2
        ((), {"modifier": ["exact"], "comparator": ["eq"]}),  # spd-3
    ],
    "OperationDefinition": [
        ((), {"parameter": [{"name": "a", "use": "in", "min": 0, "max": "1"}]}),  # opd-1
        ((), {"parameter": [{"name": "a", "use": "in", "min": 0, "max": "1", "type": "Reference"}]}),
        (
            (),
            {
                "parameter": [
                    {"name": "a", "use": "in", "min": 0, "max": "1", "type": "date", "searchType": "date"}
                ]
            },
        ),
    ],
    "NamingSystem": [
        ((), {"kind": "root", "uniqueId": [{"type": "uuid", "value": "a"}]}),  # nsd-1
        (
            (),
            {
                "uniqueId": [
                    {"type": "oid", "value": "1.2"},
                    {"type": "oid", "value": "1.2", "preferred": True},
                ]
            },
        ),
    ],
    "CapabilityStatement": [
        (("rest", "messaging", "document"), {}),  # cpb-1
        (("description", "software", "implementation"), {}),  # cpb-2
        ((), {"messaging": [{"endpoint": []}]}),  # cpb-3
        ((), {"rest": [{"mode": "server"}, {"mode": "server"}]}),  # cpb-8
        ((), {"kind": "instance"}),  # cpb-15
    ],
    "StructureDefinition": [
        (("snapshot", "differential"), {}),  # sdf-6
        ((), {"derivation": "specialization", "abstract": True}),
        (("baseDefinition",), {}),  # sdf-4
    ],
    "OperationOutcome": [((), {"issue": []}), ((), {"issue": [{"severity": "error"}]})],
    "Location": [((), {"position": {"longitude": 1}}), ((), {"hoursOfOperation": [{"daysOfWeek": ["fri"]}]})],
    "HealthcareService": [((), {"notAvailable": [{"during": {"start": "2020"}}]})],
    "Subscription": [((), {"channel": {"type": "rest-hook", "payload": "nothing"}}), (("reason",), {})],
}
"""By type: what is changed to break a rule of it."""
