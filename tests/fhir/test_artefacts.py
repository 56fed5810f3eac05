"""The product's own conformance artefacts, and HL7 Sweden's that they build on."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class

from pk_api.fhir import systems
from pk_api.fhir.artefacts import own, registry, swedish
from pk_api.fhir.artefacts.building import CORE
from pk_api.fhir.artefacts.plan_terms import TO_NATIONAL
from pk_api.fhir.artefacts.terms import table
from pk_api.fhir.search.matching import matches
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.structures import Element, resource_types, structure
from pk_api.fhir.structures import table as definitions
from pk_api.fhir.terminology import expand
from pk_api.fhir.validate import check

MADE = [*own.resources(), *swedish.resources()]
STRUCTURES = [each for each in MADE if each["resourceType"] == "StructureDefinition"]
NAMES = [f"{each['resourceType']}/{each['id']}" for each in MADE]
CONSTANTS = {name: value for name, value in vars(systems).items() if isinstance(value, str)}


@pytest.mark.parametrize("artefact", MADE, ids=NAMES)
def test_an_artefact_is_a_valid_resource_here_and_for_an_independent_reader(artefact: dict) -> None:
    assert check(artefact) == []

    get_fhir_model_class(artefact["resourceType"]).model_validate_json(orjson.dumps(artefact))


def test_no_two_artefacts_share_an_id_or_a_canonical() -> None:
    ids = Counter((each["resourceType"], each["id"]) for each in registry.carried())
    urls = Counter(each["url"] for each in registry.carried() if "url" in each)

    assert [key for key, n in (ids + urls).items() if n > 1] == []


def _element(kind: str, path: str) -> tuple[int, ...]:
    """Return the place of an element in the order of its type; KeyError when there is none."""
    places = []
    for name in path.split(".")[1:]:
        elements = list(structure(kind).elements.values())
        at, found = next((n, e) for n, e in enumerate(elements) if e.name == name.removesuffix("[x]"))
        places.append(at)
        kind = _inner(found)
    return tuple(places)


def _inner(element: Element) -> str:
    kind = next(iter(element.alternatives.values())).type
    return "Element" if kind in definitions("types")["primitives"] else kind


@pytest.mark.parametrize("profile", STRUCTURES, ids=[each["id"] for each in STRUCTURES])
def test_a_profile_names_elements_of_its_type_in_their_order(profile: dict) -> None:
    root, *elements = profile["differential"]["element"]

    places: dict[str, list[int]] = {}
    for each in elements:
        parent = each["id"].rpartition(".")[0]
        places.setdefault(parent, []).append(_element(profile["type"], each["path"])[-1])

    assert root["path"] == profile["type"]
    assert places == {parent: sorted(found) for parent, found in places.items()}


def _references(tree: Any, *names: str) -> Iterator[str]:
    if isinstance(tree, list):
        for each in tree:
            yield from _references(each, *names)
    elif isinstance(tree, dict):
        for name, value in tree.items():
            if name in names:
                yield from value if isinstance(value, list) else [value]
            yield from _references(value, *names)


@pytest.mark.parametrize("profile", STRUCTURES, ids=[each["id"] for each in STRUCTURES])
def test_what_a_profile_builds_on_is_carried_or_of_the_standard(profile: dict) -> None:
    named = [*_references(profile, "profile", "baseDefinition", "targetProfile")]
    ours = [url for url in named if not url.startswith(CORE)]
    types = resource_types() | definitions("types")["types"].keys()
    standard = {url.removeprefix(CORE) for url in named if url.startswith(CORE)}

    assert [url for url in ours if registry.find("StructureDefinition", url) is None] == []
    assert standard - types <= {"resource-pertainsToGoal", "goal-acceptance", "iso21090-EN-qualifier"}


def test_every_value_set_that_is_bound_is_carried() -> None:
    bound = {url for profile in STRUCTURES for url in _references(profile, "valueSet")}

    assert [url for url in sorted(bound) if registry.find("ValueSet", url) is None] == []


def test_every_extension_of_ours_is_defined() -> None:
    used = {v for name, v in CONSTANTS.items() if name.startswith("EXT_") and v.startswith(systems.BASE)}

    defined = {each["url"] for each in STRUCTURES if each["type"] == "Extension"}

    assert used - defined == set()
    assert {url for url in defined if url.startswith(systems.BASE)} - used == set()


def test_every_code_system_of_ours_is_defined() -> None:
    named = {v for v in CONSTANTS.values() if v.startswith(f"{systems.BASE}/CodeSystem/")}

    assert {url for url in named if registry.find("CodeSystem", url) is None} == set()


def test_each_code_system_of_ours_has_the_value_set_that_it_names() -> None:
    ours = [each for each in own.resources() if each["resourceType"] == "CodeSystem" and "valueSet" in each]

    listed = {each["url"]: expand(each["valueSet"]) for each in ours}

    assert len(listed) > 15
    assert {url: {code for _, code in found or ()} for url, found in listed.items()} == {
        each["url"]: {concept["code"] for concept in each["concept"]} for each in ours
    }


def test_every_plan_kind_is_mapped_to_a_national_type_or_said_to_have_none() -> None:
    mapped = {(system, code) for system, code, _, _ in TO_NATIONAL}

    assert mapped == {
        (url, term.code) for url in (systems.PLAN_KIND, systems.STATUTORY_PLAN) for term in table(url).terms
    }


def test_the_contract_itself_is_no_kind_of_plan_under_a_contract() -> None:
    kinds = expand(f"{systems.BASE}/ValueSet/pk-plan-type") or frozenset()

    assert (systems.PLAN_KIND, "sip") in kinds
    assert (systems.PLAN_KIND, systems.PATIENTKONTRAKT) not in kinds


def _names(naming_system: dict) -> list[str]:
    return [
        f"urn:oid:{each['value']}" if each["type"] == "oid" else each["value"]
        for each in naming_system["uniqueId"]
    ]


def test_the_names_of_one_namespace_are_those_that_search_takes_for_the_same() -> None:
    published = {tuple(_names(each)) for each in registry.of_type("NamingSystem").values()}
    pairs = {(other, first) for first, *others in published for other in others}

    assert pairs == set(systems.SYNONYMS.items())


@pytest.mark.parametrize(("other", "first"), systems.SYNONYMS.items())
def test_what_has_one_name_of_a_namespace_is_found_by_the_other(other: str, first: str) -> None:
    for stored, asked in ((other, first), (first, other)):
        patient = {
            "resourceType": "Patient",
            "identifier": [{"system": stored, "value": "x-1"}],
            "maritalStatus": {"coding": [{"system": stored, "code": "x-1"}]},
        }

        assert matches(parse_query("Patient", [("identifier", f"{asked}|x-1")]), patient)


def test_the_follow_up_questions_are_five_and_seven_in_their_published_order() -> None:
    asked = {
        each["id"]: [item["text"] for item in each["item"]]
        for each in registry.of_type("Questionnaire").values()
    }

    assert [len(found) for found in asked.values()] == [5, 7, 7]
    assert asked["pk-five-questions"][4].startswith("Har du och vården tillsammans kommit överens")
    assert asked["pk-seven-questions"][4] == "Vet du ditt nästa steg?"


def test_every_search_parameter_that_is_told_has_its_definition() -> None:
    told = {each.url for parameters in SEARCH_PARAMETERS.values() for each in parameters.values()}

    assert {url for url in told if registry.find("SearchParameter", url) is None} == set()
