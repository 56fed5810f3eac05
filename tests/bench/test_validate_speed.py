"""Validation costs at most fifteen times reading with orjson, and grows with what is validated."""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.systems import BASE
from pk_api.fhir.validate import check
from pk_api.fhir.values import dump, parse

EXAMPLE = Path(__file__).parents[1] / "fhir" / "examples" / "CarePlan-contract.json"
ROUNDS, CALLS, LIMIT = 15, 200, 15.0
FEW, MANY, GROWTH = 50, 5_000, 2.0
"""An entry of a Bundle of many may cost this much more than one of few: caches are missed."""


def seconds(call: Callable[[], object], calls: int = CALLS) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        call()
    return time.perf_counter() - started


def a_bundle(size: int) -> dict[str, Any]:
    """Return a transaction of so many copies of the example, each read anew."""
    entries = [
        {
            "fullUrl": f"urn:uuid:00000000-0000-4000-8000-{n:012d}",
            "resource": parse(EXAMPLE.read_bytes()),
            "request": {"method": "POST", "url": "CarePlan"},
        }
        for n in range(size)
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


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


@pytest.mark.bench
def test_a_bundle_of_fifty_is_validated_in_fifteen_parses():
    if sys.gettrace() is not None:
        pytest.skip("timings under a tracer say nothing")
    bundle = a_bundle(FEW)
    raw = dump(bundle)
    assert check(bundle) == []

    ratios = [
        seconds(lambda: check(bundle), 10) / seconds(lambda: orjson.loads(raw), 10) for _ in range(ROUNDS)
    ]

    print(f"\nvalidate / orjson.loads of {FEW} entries, {len(raw)} bytes: {statistics.median(ratios):.1f}")
    assert statistics.median(ratios) <= LIMIT


@pytest.mark.bench
def test_a_bundle_of_thousands_costs_as_much_an_entry_as_one_of_fifty():
    if sys.gettrace() is not None:
        pytest.skip("timings under a tracer say nothing")
    few, many = a_bundle(FEW), a_bundle(MANY)
    assert check(many) == []

    each_of_few = min(seconds(lambda: check(few), 20) for _ in range(5)) / 20 / FEW
    each_of_many = min(seconds(lambda: check(many), 1) for _ in range(5)) / MANY

    print(f"\nan entry: {each_of_few * 1e6:.0f} µs of {FEW}, {each_of_many * 1e6:.0f} µs of {MANY}")
    assert each_of_many <= GROWTH * each_of_few


@pytest.mark.bench
def test_a_profile_costs_at_most_four_times_the_format_itself():
    if sys.gettrace() is not None:
        pytest.skip("timings under a tracer say nothing")
    resource = parse(EXAMPLE.read_bytes())
    profile = f"{BASE}/StructureDefinition/pk-patientkontrakt"
    KNOWN.check(resource, profile)

    with_profile = min(seconds(lambda: KNOWN.check(resource, profile)) for _ in range(ROUNDS))
    without = min(seconds(lambda: check(resource)) for _ in range(ROUNDS))

    print(f"\nprofile / format: {with_profile / without:.1f}")
    assert with_profile <= 4 * without
