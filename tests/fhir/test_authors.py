"""In whose name a resource is: each element that may lead to somebody of care says that, or only names."""

from collections.abc import Iterator

from pk_api.fhir.authors import AUTHORS, NAMING, authors_in
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.structures import structure

CARE = {"Organization", "Practitioner", "PractitionerRole", "CareTeam", "HealthcareService", "Location"}
SKIPPED = {"Extension", "Meta", "Narrative", "Identifier", "UsageContext", "Resource"}
"""Types whose references are about no resource of their own: whose numbers, for which use."""


def _elements(name: str, path: str, within: tuple[str, ...] = ()) -> Iterator[tuple[str, frozenset[str]]]:
    for element in structure(name).elements.values():
        for key, one in element.alternatives.items():
            if one.type == "Reference":
                yield f"{path}.{key}", one.targets
            elif one.type[0].isupper() and one.type not in {*SKIPPED, *within}:
                yield from _elements(one.type, f"{path}.{key}", (*within, one.type))


def test_every_element_that_may_lead_to_somebody_of_care_says_or_names() -> None:
    sorted_out = {f"{kind}.{path}" for table in (AUTHORS, NAMING) for kind in table for path in table[kind]}
    # References to any type at all lead to what it is about
    found = {path for kind in TYPES for path, targets in _elements(kind, kind) if targets and targets & CARE}

    assert found == sorted_out


def test_no_element_both_says_and_names() -> None:
    assert not [path for kind in AUTHORS for path in AUTHORS[kind] if path in NAMING.get(kind, ())]


def test_what_is_contained_says_whose_it_is() -> None:
    plan = {
        "resourceType": "CarePlan",
        "contained": [
            {
                "resourceType": "PractitionerRole",
                "id": "me",
                "organization": {"reference": "Organization/1"},
                "identifier": [{"system": "urn:x", "value": "7"}],
            }
        ],
        "author": {"reference": "#me"},
    }

    assert [(said.path, said.named) for said in authors_in(plan)] == [
        ("CarePlan.author", {"reference": "Organization/1"}),
        ("CarePlan.author", {"identifier": {"system": "urn:x", "value": "7"}}),
    ]
