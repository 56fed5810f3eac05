"""Forms that look odd and are right, and what only whole resources can show."""

import pytest

from pk_api.fhir.validate import check, require_valid

PATIENT = {"resourceType": "Patient", "active": True}
VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
MASKED = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}
    ]
}


def condition(**more) -> dict:
    return {"resourceType": "Condition", "subject": {"reference": "Patient/p"}, **more}


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Patient/1"},
        {"reference": "Patient/1/_history/2"},
        {"reference": "https://example.org/fhir/Patient/1"},
        {"reference": "https://example.org/fhir/Patient/1/_history/2"},
        {"reference": "https://example.org/person?id=1"},
        {"reference": "urn:uuid:7C9E6679-7425-40de-944b-e07fc1f90ae7"},
        {"reference": "urn:oid:1.2.752"},
        {"identifier": {"system": "https://example.org", "value": "1"}},
        {"display": "En patient"},
        {"type": "Patient", "display": "En patient"},
        {"reference": "Patient/1", "type": "Patient", "display": "En patient"},
        {"extension": [{"url": "https://example.org/a", "valueBoolean": True}]},
    ],
)
def test_every_form_of_a_reference_is_valid(reference):
    assert check(condition(subject=reference)) == []


@pytest.mark.parametrize(
    "resource",
    [
        PATIENT | {"_active": {"extension": [{"url": "urn:a", "valueCode": "b"}]}},
        {"resourceType": "Patient", "_birthDate": MASKED},
        {"resourceType": "Patient", "deceasedBoolean": True, "_deceasedBoolean": {"id": "d"} | MASKED},
        {"resourceType": "Patient", "_deceasedDateTime": MASKED},
        {"resourceType": "Patient", "name": [{"_given": [MASKED]}]},
        {"resourceType": "Observation", "_status": MASKED, "code": {"text": "a"}},
        {"resourceType": "Parameters"},
        {"resourceType": "Bundle", "type": "searchset", "total": 0},
        {"resourceType": "Binary", "contentType": "text/plain", "data": "aGVq"},
    ],
)
def test_an_odd_form_is_valid(resource):
    assert check(resource) == []


@pytest.mark.parametrize(
    "concept",
    [
        {"text": "bekräftad"},
        {"coding": [{"system": "https://example.org", "code": "sure"}]},
        {"coding": [{"system": "https://example.org", "code": "confirmed"}]},
        {"coding": [{"code": "confirmed"}]},
    ],
)
def test_a_concept_with_a_required_binding_needs_one_of_its_codes(concept):
    issues = check(condition(verificationStatus=concept))

    assert [(issue.code, issue.expression) for issue in issues] == [
        ("code-invalid", "Condition.verificationStatus")
    ]


def test_a_concept_with_one_right_code_may_have_others():
    codings = [{"system": "https://example.org", "code": "a"}, {"system": VERIFIED, "code": "confirmed"}]

    assert check(condition(verificationStatus={"coding": codings, "text": "a"})) == []


def test_a_contained_resource_may_refer_to_its_container():
    inner = {"resourceType": "Provenance", "id": "p", "recorded": "2026-03-02T10:00:00Z"}
    inner |= {"target": [{"reference": "#"}], "agent": [{"who": {"display": "a"}}]}

    assert check(PATIENT | {"contained": [inner]}) == []


def test_a_canonical_may_refer_to_a_contained_resource():
    form = {"resourceType": "Questionnaire", "id": "q", "status": "draft"}

    assert (
        check(
            {
                "resourceType": "QuestionnaireResponse",
                "status": "completed",
                "questionnaire": "#q",
                "contained": [form],
            }
        )
        == []
    )


def test_resources_in_parameters_and_nested_bundles_are_checked():
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {**PATIENT, "active": 1}}],
    }

    issues = check({"resourceType": "Parameters", "parameter": [{"name": "a", "resource": bundle}]})

    assert [issue.expression for issue in issues] == [
        "Parameters.parameter[0].resource.entry[0].resource.active"
    ]


def test_a_contained_resource_of_one_entry_is_not_seen_from_another():
    holder = {**PATIENT, "contained": [{"resourceType": "Organization", "id": "o", "name": "a"}]}
    holder["managingOrganization"] = {"reference": "#o"}
    other = {**PATIENT, "managingOrganization": {"reference": "#o"}}

    issues = check(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": holder}, {"resource": other}]}
    )

    assert [issue.expression for issue in issues] == [
        "Bundle.entry[1].resource.managingOrganization.reference"
    ]


def test_contained_resources_need_ids_of_their_own():
    one = {"resourceType": "Organization", "id": "o", "name": "a"}
    twice = {**PATIENT, "contained": [one, one], "managingOrganization": {"reference": "#o"}}

    assert [issue.expression for issue in check(twice)] == ["Patient.contained"]


def test_a_valid_resource_passes():
    require_valid(PATIENT, expected_type="Patient")
