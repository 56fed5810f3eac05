"""What finding search values costs, against parsing the same resource."""

import sys
from statistics import median
from time import perf_counter

import orjson
import pytest

from pk_api.fhir.search.index_values import index_of
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS

PLAN = {
    "resourceType": "CarePlan",
    "id": "p1",
    "identifier": [{"system": "urn:a", "value": "1"}],
    "status": "active",
    "intent": "plan",
    "category": [{"coding": [{"system": "urn:kind", "code": "patientkontrakt"}]}],
    "title": "Patientkontrakt",
    "subject": {"reference": "Patient/1"},
    "period": {"start": "2026-03-02", "end": "2026-09-02"},
    "author": {"reference": "PractitionerRole/1"},
    "careTeam": [{"reference": "CareTeam/1"}, {"reference": "CareTeam/2"}],
    "addresses": [{"reference": "Condition/1"}],
    "goal": [{"reference": f"Goal/{n}"} for n in range(5)],
    "activity": [{"reference": {"reference": f"Task/{n}"}} for n in range(15)],
}


def per_call(work, rounds):
    started = perf_counter()
    for _ in range(rounds):
        work()
    return (perf_counter() - started) / rounds


@pytest.mark.bench
@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer slows Python and not the parser")
def test_the_values_of_a_care_plan_cost_a_few_parses():
    raw = orjson.dumps(PLAN)
    extracts = [parameter.extract for parameter in SEARCH_PARAMETERS["CarePlan"].values()]

    pairs = [
        (
            per_call(lambda: orjson.loads(raw), 500),
            per_call(lambda: [extract(PLAN) for extract in extracts], 500),
            per_call(lambda: index_of(PLAN), 500),
        )
        for _ in range(15)
    ]

    parsing, extracting, indexing = (median(column) for column in zip(*pairs, strict=True))
    print(f"parse {parsing * 1e6:.1f} µs, extract {extracting * 1e6:.1f} µs, index {indexing * 1e6:.1f} µs")
    assert extracting < 6 * parsing
    assert indexing < 40 * parsing
