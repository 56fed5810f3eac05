"""Whose a resource is, whom it addresses and which patient it is about."""

import pytest

from pk_api.fhir.ownership import (
    ADDRESSEES,
    OWNERS,
    PATIENTS,
    addressed_references,
    direct_patient_references,
    may_be_patient,
    owner_references,
    patient_references,
)
from pk_api.fhir.resource_types import TYPES

NEW = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"


def ref(target):
    return {"reference": target}


def test_the_tables_name_served_types_alone():
    assert {*OWNERS, *ADDRESSEES, *PATIENTS} <= TYPES.keys()


def test_the_custodian_decides_before_the_author():
    document = {
        "resourceType": "DocumentReference",
        "author": [ref("PractitionerRole/1"), ref("Organization/2")],
        "custodian": ref("Organization/1"),
    }

    assert owner_references(document) == ("Organization/1", "PractitionerRole/1", "Organization/2")


def test_an_owner_that_is_contained_or_only_described_is_not_told():
    plan = {"resourceType": "CarePlan", "author": ref("#me"), "contributor": [{"display": "Kommunen"}]}

    assert owner_references(plan) == ()


def test_a_type_without_owner_elements_has_no_owner_references():
    assert owner_references({"resourceType": "Slot", "schedule": ref("Schedule/1")}) == ()


def test_tasks_requests_and_messages_are_addressed():
    assert addressed_references({"resourceType": "Task", "owner": ref("Organization/1")}) == (
        "Organization/1",
    )
    assert addressed_references({"resourceType": "ServiceRequest", "performer": [ref("Patient/1")]}) == (
        "Patient/1",
    )
    assert addressed_references({"resourceType": "Communication", "recipient": [ref("CareTeam/1")]}) == (
        "CareTeam/1",
    )
    assert addressed_references({"resourceType": "Goal", "subject": ref("Patient/1")}) == ()


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"resourceType": "Patient", "id": "1"}, ("Patient/1",)),
        ({"resourceType": "Patient"}, ()),
        ({"resourceType": "CarePlan", "subject": ref("Patient/1")}, ("Patient/1",)),
        ({"resourceType": "CarePlan", "subject": ref("Group/1")}, ()),
        ({"resourceType": "CarePlan", "subject": ref("#p")}, ()),
        ({"resourceType": "CarePlan", "subject": ref(NEW)}, (NEW,)),
        ({"resourceType": "CarePlan", "subject": ref("Patient?identifier=a|1")}, ("Patient?identifier=a|1",)),
        ({"resourceType": "CarePlan", "subject": {"display": "Tolvan"}}, ()),
        (
            {"resourceType": "Task", "basedOn": [ref("CarePlan/1")], "for": ref("Patient/1")},
            ("Patient/1", "CarePlan/1"),
        ),
        (
            {
                "resourceType": "Appointment",
                "participant": [{"actor": ref("Location/1")}, {"actor": ref("Patient/1")}],
            },
            ("Patient/1",),
        ),
        (
            {
                "resourceType": "AppointmentResponse",
                "actor": ref("Practitioner/1"),
                "appointment": ref("Appointment/1"),
            },
            ("Appointment/1",),
        ),
        (
            {"resourceType": "Provenance", "target": [ref("CarePlan/1/_history/2"), ref("Patient/1")]},
            ("Patient/1", "CarePlan/1/_history/2"),
        ),
        ({"resourceType": "Communication", "about": [ref("Task/1")]}, ("Task/1",)),
        ({"resourceType": "Binary", "securityContext": ref("DocumentReference/1")}, ("DocumentReference/1",)),
        ({"resourceType": "Slot", "schedule": ref("Schedule/1")}, ()),
        ({"resourceType": "Organization"}, ()),
    ],
    ids=lambda value: value["resourceType"] if isinstance(value, dict) else None,
)
def test_the_way_to_the_patient_is_direct_before_indirect(resource, expected):
    assert patient_references(resource) == expected


def test_the_direct_way_can_be_told_from_the_indirect_one():
    task = {"resourceType": "Task", "basedOn": [ref("CarePlan/1")], "for": ref("Patient/1")}

    assert direct_patient_references(task) == ("Patient/1",)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Patient/1", True),
        ("https://x.example/fhir/Patient/1", True),
        ("Patient/1/_history/2", True),
        ("Patient?identifier=1", True),
        (NEW, True),
        ("Group/1", False),
        ("Group?code=1", False),
        ("NotPatient/1", False),
        ("Patient", False),
        ("Patient/", False),
    ],
)
def test_a_reference_says_whether_it_may_be_to_a_patient(reference, expected):
    assert may_be_patient(reference) is expected
