"""Validation of a CarePlan of 3.6 KB costs at most fifteen times reading it with orjson."""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from pk_api.fhir.validate import check
from pk_api.fhir.values import dump, parse

EXAMPLE = Path(__file__).parents[1] / "fhir" / "examples" / "CarePlan-contract.json"
ROUNDS, CALLS, LIMIT = 15, 200, 15.0


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(CALLS):
        call()
    return time.perf_counter() - started


@pytest.mark.bench
def test_a_care_plan_is_validated_in_fifteen_parses():
    if sys.gettrace() is not None:
        pytest.skip("timings under a tracer say nothing")
    resource = parse(EXAMPLE.read_bytes())
    raw = dump(resource)
    assert check(resource) == []

    ratios = [seconds(lambda: check(resource)) / seconds(lambda: orjson.loads(raw)) for _ in range(ROUNDS)]

    print(f"\nvalidate / orjson.loads of {len(raw)} bytes: {statistics.median(ratios):.1f}")
    assert statistics.median(ratios) <= LIMIT
