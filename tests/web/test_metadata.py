"""The capability statement is of the tables, and another reader understands it."""

from collections.abc import Iterator, Sequence
from itertools import islice

from pk_api.fhir.resource_types import SERVED
from pk_api.fhir.search.parameters import SEARCH_PARAMETERS
from tests.support.reader import as_model
from tests.support.service import FHIR_JSON, Service

COLUMNS = ("_id", "_lastUpdated")


def batched(names: Sequence[str], size: int) -> Iterator[list[str]]:
    """Yield the names, so many at a time."""
    rest = iter(names)
    while some := list(islice(rest, size)):
        yield some


async def test_the_capability_statement_parses_elsewhere_and_names_every_type(service: Service) -> None:
    answer = await service.as_(None).get("/fhir/metadata")

    statement = as_model(answer.json())
    assert answer.headers["content-type"].startswith(FHIR_JSON)
    assert statement.fhirVersion == "4.0.1"
    assert {one.type for one in statement.rest[0].resource} == SERVED
    assert {one.code for one in statement.rest[0].interaction} == {"batch", "transaction", "history-system"}


async def test_every_parameter_and_interaction_that_is_told_works(service: Service) -> None:
    told = (await service.http.get("/fhir/metadata")).json()["rest"][0]["resource"]

    for one in told:
        offered = {code["code"] for code in one["interaction"]}
        names = {parameter["name"] for parameter in one["searchParam"]}
        assert names == {c for c, p in SEARCH_PARAMETERS[one["type"]].items() if p.is_searchable}
        never_missing = {c for c in names if SEARCH_PARAMETERS[one["type"]][c].type == "composite"}
        never_missing |= names & set(COLUMNS)
        for some in batched(sorted(names - never_missing), 8):
            query = "&".join(f"{name}:missing=false" for name in some)
            answer = await service.http.get(f"/fhir/{one['type']}?{query}&_count=1")
            assert answer.status_code == (403 if one["type"] == "AuditEvent" else 200), answer.text
        for name in never_missing:
            answer = await service.http.get(f"/fhir/{one['type']}?{name}:missing=false")
            assert answer.status_code == 400, (one["type"], name)
        history = await service.http.get(f"/fhir/{one['type']}/_history")
        assert (history.status_code == 200) or "history-type" not in offered
