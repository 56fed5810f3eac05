"""The table of data elements, row by row: what it names is there."""

import ast
import json
from functools import cache

import pytest

from pk_api.fhir import systems
from pk_api.fhir.artefacts import own
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.terminology.code_systems import code_system
from tests.architecture.element import Element
from tests.architecture.elements import ELEMENTS
from tests.architecture.elements_page import PAGE, page
from tests.architecture.project import ROOT, tree


@cache
def names_of_tests() -> frozenset[str]:
    found = (node for path in (ROOT / "tests").rglob("test_*.py") for node in ast.walk(tree(path)))
    names = (node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(name for name in names if name.startswith("test_"))


@cache
def paths_of_the_api() -> frozenset[str]:
    return frozenset(json.loads((ROOT / "openapi/pk-api.json").read_text())["paths"])


@cache
def names_of_profiles() -> frozenset[str]:
    return frozenset(each["id"] for each in own.resources() if each["resourceType"] == "StructureDefinition")


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda each: str(each.number))
def test_what_a_row_names_is_there(element: Element) -> None:
    codes = {tuple(each.split("#")) for each in element.codes}
    known = {name: code_system(f"{systems.BASE}/CodeSystem/{name}") for name, _ in codes}

    assert set(element.types) <= TYPES.keys()
    assert set(element.profiles) <= names_of_profiles()
    assert {f"/v1{path}" for path in element.paths} <= paths_of_the_api()
    assert set(element.tests) <= names_of_tests()
    assert element.tests != ()
    missing = [(name, code) for name, code in codes if (s := known[name]) is None or code not in s.concepts]
    assert missing == []


def test_no_element_has_two_rows() -> None:
    numbers = [each.number for each in ELEMENTS]

    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= set(range(1, 57))


def test_the_page_is_made_from_the_rows() -> None:
    assert PAGE.read_text() == page(), "make generated"
