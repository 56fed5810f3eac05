"""HL7 Sweden's base profiles and Inera's fast kontakt: what they accept and what they refuse."""

from typing import Any

import pytest
from tests.support.swedish_cases import BROKEN, CONTACTS, INERA_IN_R4, KEPT, SE, a

from pk_api.fhir.artefacts import registry
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.validate import check

Json = dict[str, Any]


@pytest.mark.parametrize(("name", "resource"), KEPT)
def test_the_base_profiles_accept(name: str, resource: Json) -> None:
    assert check(resource) == []

    assert [issue for issue in KNOWN.check(resource, SE + name) if issue.severity != "information"] == []


@pytest.mark.parametrize(("name", "resource", "expected"), BROKEN)
def test_the_base_profiles_refuse(name: str, resource: Json, expected: tuple[str, str]) -> None:
    assert check(resource) == []

    issues = KNOWN.check(resource, SE + name)

    assert [(issue.severity, issue.expression) for issue in issues] == [expected]


def test_a_number_for_asylum_seekers_has_a_profile_of_its_own() -> None:
    lma = registry.find("StructureDefinition", f"{SE}SEBaseLMANummer")

    assert lma is not None
    assert lma["type"] == "Identifier"


@pytest.mark.parametrize(("team", "expected"), CONTACTS)
def test_ineras_fast_kontakt_in_r4_form(team: Json, expected: list[str]) -> None:
    assert check(team) == []

    issues = KNOWN.check(team, INERA_IN_R4)

    assert [issue.expression for issue in issues if issue.severity == "error"] == expected


@pytest.mark.parametrize(
    "url", sorted(one["url"] for one in registry.of_type("StructureDefinition").values())
)
def test_every_definition_that_is_carried_is_within_the_engine(url: str) -> None:
    """Values in every element would be needed to see all of it; the parts compile for their types alone."""
    definition = registry.find("StructureDefinition", url)
    assert definition is not None
    kind = definition["type"]

    resource = a(kind) if definition["kind"] == "resource" else a("Patient")
    issues = KNOWN.check(resource, *([url] if definition["kind"] == "resource" else []))

    assert KNOWN.compiled(url) is not None
    assert [issue for issue in issues if issue.code == "not-supported"] == []
