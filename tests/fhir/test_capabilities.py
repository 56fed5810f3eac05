"""The CapabilityStatement."""

from datetime import UTC, datetime

from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from pk_api.fhir.capabilities import Features, capability_statement
from pk_api.fhir.resource_types import CONFORMANCE_TYPES, TYPES

DATE = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ALL = ("read", "vread", "update", "delete", "history-instance", "history-type", "create", "search-type")
INTERACTIONS = {
    **{type_: ALL if TYPES[type_].is_writable else ("read", "search-type") for type_ in TYPES},
    **dict.fromkeys(sorted(CONFORMANCE_TYPES), ("read", "search-type")),
}


def statement(**more):
    return capability_statement("https://pk.example/fhir", "1.2.3", DATE, INTERACTIONS, **more)


def the_resource(told, type_):
    return next(one for one in told["rest"][0]["resource"] if one["type"] == type_)


def test_an_independent_reader_accepts_it():
    told = statement(
        operations={
            "CarePlan": [("overview", "https://patientkontrakt.org/fhir/OperationDefinition/overview")]
        }
    )

    read = CapabilityStatement.model_validate(told)

    assert str(read.fhirVersion) == "4.0.1"
    assert len(read.rest[0].resource) == len(INTERACTIONS)


def test_it_lists_what_was_given_and_nothing_else():
    plan, audit = the_resource(statement(), "CarePlan"), the_resource(statement(), "AuditEvent")

    assert [one["code"] for one in plan["interaction"]] == list(ALL)
    assert (plan["versioning"], plan["readHistory"], plan["updateCreate"]) == ("versioned-update", True, True)
    assert [one["code"] for one in audit["interaction"]] == ["read", "search-type"]
    assert (audit["versioning"], audit["readHistory"], "updateCreate" in audit) == (
        "no-version",
        False,
        False,
    )


def test_search_parameters_are_those_that_a_query_may_name():
    names = {one["name"] for one in the_resource(statement(), "Observation")["searchParam"]}

    assert {"patient", "code", "date", "_lastUpdated"} <= names
    assert "code-value-quantity" in names
    assert "near" not in {one["name"] for one in the_resource(statement(), "Location")["searchParam"]}


def test_operations_and_features_are_told_where_they_are():
    told = statement(
        operations={"": [("health", "urn:d")], "CarePlan": [("overview", "urn:o")]},
        features=Features(conditional_create=True),
    )

    assert told["rest"][0]["operation"] == [{"name": "health", "definition": "urn:d"}]
    assert the_resource(told, "CarePlan")["operation"] == [{"name": "overview", "definition": "urn:o"}]
    assert the_resource(told, "CarePlan")["conditionalCreate"] is True
    assert "operation" not in the_resource(told, "Task")


def test_no_list_is_empty():
    told = capability_statement("https://pk.example/fhir", "1", DATE, {}, system_interactions=())

    assert "resource" not in told["rest"][0]
    assert "interaction" not in told["rest"][0]


def test_it_names_the_guide_and_the_profiles_of_each_type():
    told = statement()

    plan = the_resource(told, "CarePlan")
    assert told["implementationGuide"] == [
        "https://patientkontrakt.org/fhir/ImplementationGuide/org.patientkontrakt.fhir"
    ]
    assert plan["supportedProfile"] == [
        "https://patientkontrakt.org/fhir/StructureDefinition/pk-patientkontrakt",
        "https://patientkontrakt.org/fhir/StructureDefinition/pk-plan",
    ]
    assert "supportedProfile" not in the_resource(told, "Slot")
