"""Examples, our own and official ones, are valid, leave as they came, and parse in another reader."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from pk_api.fhir.validate import check
from pk_api.fhir.values import dump, parse

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "examples"
OWN = sorted((Path(__file__).parent / "examples").glob("*.json"))
OFFICIAL = sorted(SHARED.glob("*/*.json"))
R4_ONLY = {"Observation-weight"}
"""Extension.valueMeta is legal in R4 and unknown to the R4B models."""


def as_written(raw: bytes) -> Any:
    """Return the JSON with every number as its text and every object as the list of its members."""
    return json.loads(raw, parse_float=repr, parse_int=repr, object_pairs_hook=list)


def identified(paths: list[Path]) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in paths]


def test_the_official_examples_are_there():
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared/examples is not there: only our own examples were read")
    assert len(OFFICIAL) >= 40


@pytest.mark.parametrize("path", identified(OWN + OFFICIAL))
def test_an_example_is_valid(path):
    assert check(parse(path.read_bytes())) == []


@pytest.mark.parametrize("path", identified(OWN + OFFICIAL))
def test_an_example_leaves_as_it_came(path):
    raw = path.read_bytes()

    assert as_written(dump(parse(raw))) == as_written(raw)


@pytest.mark.parametrize("path", identified([path for path in OWN + OFFICIAL if path.stem not in R4_ONLY]))
def test_an_example_parses_in_an_independent_reader(path):
    resource = json.loads(path.read_bytes())
    module = importlib.import_module(f"fhir.resources.R4B.{resource['resourceType'].lower()}")

    model = getattr(module, resource["resourceType"]).model_validate(resource)

    assert model.get_resource_type() == resource["resourceType"]
