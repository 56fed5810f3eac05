"""What codes contain, and what value sets hold."""

import pytest

from pk_api.fhir import codes
from pk_api.fhir.artefacts import registry
from pk_api.fhir.structures import table
from pk_api.fhir.systems import SIDE
from pk_api.fhir.terminology import above, below, expand, value_sets
from pk_api.fhir.terminology.code_systems import code_system
from pk_api.fhir.terminology.value_sets import entries
from pk_api.fhir.terminology.verdicts import Coding, best, in_value_set
from pk_api.fhir.validate import check

HL7 = "http://terminology.hl7.org/CodeSystem"
ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
TASK_STATUS = "http://hl7.org/fhir/ValueSet/task-status"
LISTED = [url for url, content in table("codes")["codes"].items() if isinstance(content, dict)]
CARRIED = sorted(url for url in LISTED if registry.find("ValueSet", url) is not None)


def test_a_code_is_below_and_above_itself() -> None:
    assert "PRN" in below(ROLES, "PRN")
    assert "PRN" in above(ROLES, "PRN")


def test_a_natural_mother_is_a_mother_and_a_parent() -> None:
    assert {"MTH", "NMTH"} <= below(ROLES, "PRN")
    assert {"NMTH", "MTH", "PRN", "FAMMEMB"} <= above(ROLES, "NMTH")


def test_a_parent_is_no_natural_mother() -> None:
    assert "PRN" not in below(ROLES, "NMTH")


def test_a_code_with_several_parents_is_below_each_of_them() -> None:
    assert {"MTH", "NPRN"} <= above(ROLES, "NMTH")


@pytest.mark.parametrize(("system", "code"), [(ROLES, "NOBODY"), ("http://snomed.info/sct", "734163000")])
def test_what_is_not_known_is_below_and_above_nothing(system: str, code: str) -> None:
    assert below(system, code) == frozenset()
    assert above(system, code) == frozenset()


def test_a_value_set_of_a_whole_system_holds_all_its_codes() -> None:
    assert ("http://hl7.org/fhir/task-status", "in-progress") in (expand(TASK_STATUS) or ())


def test_a_value_set_is_found_by_its_version_and_not_by_another() -> None:
    assert expand(f"{TASK_STATUS}|4.0.1") == expand(TASK_STATUS)
    assert expand(f"{TASK_STATUS}|9.9") is None


def test_a_value_set_by_a_filter_holds_what_is_below_its_code() -> None:
    relations = expand("http://hl7.org/fhir/ValueSet/relatedperson-relationshiptype") or frozenset()

    assert (ROLES, "NMTH") in relations
    assert (ROLES, "AMENDER") not in relations


def test_a_value_set_of_value_sets_holds_what_each_of_them_holds() -> None:
    purposes = expand("http://terminology.hl7.org/ValueSet/v3-PurposeOfUse") or frozenset()

    assert purposes <= (expand("http://hl7.org/fhir/ValueSet/security-labels") or frozenset())


@pytest.mark.parametrize(
    "url",
    [
        "http://hl7.org/fhir/ValueSet/condition-code",
        "http://hl7.org/fhir/ValueSet/mimetypes",
        "http://example.org/ValueSet/nowhere",
    ],
)
def test_a_value_set_that_cannot_be_listed_is_not_taken_for_an_empty_one(url: str) -> None:
    assert expand(url) is None


@pytest.mark.parametrize("url", CARRIED)
def test_a_required_binding_holds_the_same_codes_here_as_in_validation(url: str) -> None:
    assert expand(url) == {(s, code) for s, all_ in codes.value_set(url).systems.items() for code in all_}


def test_the_required_bindings_of_the_served_types_are_carried() -> None:
    assert len(CARRIED) > 60


def test_what_is_abstract_in_a_code_system_is_so_in_a_value_set() -> None:
    found = {e.code: e for e in entries("http://hl7.org/fhir/ValueSet/relatedperson-relationshiptype") or ()}

    assert found["_PersonalRelationshipRoleType"].is_abstract
    assert not found["NMTH"].is_abstract


def test_every_standard_artefact_is_valid() -> None:
    assert [each["url"] for each in registry.carried() if check(each)] == []


def test_the_names_that_callers_make_up_are_not_kept() -> None:
    before = value_sets._entries.cache_info().currsize

    for n in range(50):
        assert expand(f"http://example.org/ValueSet/{n}") is None

    assert value_sets._entries.cache_info().currsize == before


def _filtered(op: str) -> set[str] | None:
    clause = {"system": ROLES, "filter": [{"property": "concept", "op": op, "value": "PRN"}]}
    listed = value_sets._of_system(clause)
    return None if listed is None else {code for _, code in listed}


def test_a_filter_by_hierarchy_takes_the_code_itself_or_not() -> None:
    assert (_filtered("is-a") or set()) - (_filtered("descendent-of") or set()) == {"PRN"}
    assert (_filtered("is-not-a") or set()).isdisjoint(below(ROLES, "PRN"))
    assert "SIB" in (_filtered("is-not-a") or ())


def test_a_filter_of_another_kind_makes_a_value_set_that_cannot_be_listed() -> None:
    assert _filtered("regex") is None


def test_the_value_set_that_a_code_system_names_as_its_own_is_known() -> None:
    whole = "http://terminology.hl7.org/ValueSet/v3-RoleCode"

    assert registry.find("ValueSet", whole) is None
    assert (ROLES, "PRN") in (expand(whole) or ())


@pytest.mark.parametrize(
    ("language", "name"),
    [("sv", "Vården"), ("sv-SE", "Vården"), ("en-GB", "Care"), ("fi", "Vården"), (None, "Vården")],
)
def test_a_code_has_its_name_in_the_language_that_is_asked_for(language: str | None, name: str) -> None:
    side = code_system(SIDE)

    assert side is not None
    assert side.concepts["care"].name(language) == name


def test_case_matters_as_every_carried_code_system_says() -> None:
    side = code_system(SIDE)

    systems = registry.of_type("CodeSystem").values()
    assert side is not None
    assert side.concept("CARE") is None
    assert [each["url"] for each in systems if each.get("caseSensitive") is False] == []


def test_a_code_that_a_value_set_has_of_two_systems_needs_its_system() -> None:
    both = "http://hl7.org/fhir/ValueSet/provenance-activity-type"

    bare, told = (in_value_set(both, Coding(s, "LA")) for s in (None, f"{HL7}/v3-DocumentCompletion"))

    assert bare is not None
    assert told is not None
    assert (bare.is_right, told.is_right) == (False, True)


def test_a_concept_without_a_code_is_not_right() -> None:
    assert not best([]).is_right
