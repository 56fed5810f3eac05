"""What tests of the fhir floor share: own examples, and the invariants that an element breaks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fhirpathpy
import pytest
from fhirpathpy.models import models

from pk_api.fhir.structures import table
from pk_api.fhir.validate.findings import Context
from pk_api.fhir.validate.objects import object_check
from pk_api.fhir.validate.resources import inner_check
from pk_api.fhir.values import parse

EXAMPLES = Path(__file__).parent / "examples"


@pytest.fixture
def broken() -> Callable[[str, Any], list[str]]:
    """Return the function that gives the keys of the invariants that a value of a type breaks.

    Anything else that is wrong with the value fails the test: the case would prove nothing.
    """

    def keys(kind: str, value: Any) -> list[str]:
        findings = object_check(kind, inner_check)(value, {}, Context()) or []
        assert [f for f in findings if f[1] != "invariant"] == []
        return [text.partition(":")[0] for _, _, text in findings]

    return keys


@pytest.fixture
def official() -> Callable[[str, Any], bool]:
    """Return the function that evaluates the official expression of an invariant by another engine."""
    expressions = table("invariants")["invariants"]

    def holds(name: str, value: Any) -> bool:
        plain = json.loads(json.dumps(value, default=float))
        context = {"resource": plain, "ucum": "http://unitsofmeasure.org"}
        return fhirpathpy.evaluate(plain, expressions[name]["expression"], context, models["r4"]) == [True]

    return holds


@pytest.fixture
def example() -> Callable[[str], dict[str, Any]]:
    """Return the function that reads one of our own examples anew."""
    return lambda name: parse((EXAMPLES / f"{name}.json").read_bytes())
