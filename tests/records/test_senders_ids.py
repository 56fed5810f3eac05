"""Ids are the sender's own: another care provider of the team takes nothing over by using the same."""

from typing import Any

import pytest

from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import HSA_ID
from pk_api.records.records import Records
from pk_api.records.values import Criteria, Stored, Write
from tests.contract.wire import Api, with_municipality
from tests.support.actors import MUNICIPALITY, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY

Json = dict[str, Any]
SOURCE = "urn:oid:1.2.752.129.9.1"


async def _sent_by_fhir(api: Api, assigner: Json | None = None) -> tuple[Json, Stored]:
    """A contract of two, and a plan in it that the hospital has sent with an id of its own."""
    contract, _ = await with_municipality(api)
    plan = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "title": "Sjukhusets plan",
        "identifier": [{"system": SOURCE, "value": "1", **({"assigner": assigner} if assigner else {})}],
        "subject": {"reference": contract["patient"]["reference"]},
        "partOf": [{"reference": contract["reference"]}],
    }
    (stored,) = await api.records.write(SYSTEM_HOSPITAL, [Write("create", "CarePlan", plan)])
    return contract, stored


@pytest.fixture
def api(records: Records) -> Api:
    return Api(records)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "assigner", [None, {"identifier": {"system": HSA_ID, "value": MUNICIPALITY}}], ids=["nobody's", "forged"]
)
async def test_an_import_reaches_nothing_that_another_has_sent_by_fhir(
    api: Api, assigner: Json | None
) -> None:
    contract, stored = await _sent_by_fhir(api, assigner)
    body = {
        "patient": {"reference": contract["patient"]["reference"]},
        "source": SOURCE,
        "plan": {"sourceId": "1", "kind": "vardplan", "title": "Kommunens plan"},
    }

    async with api.of(SYSTEM_MUNICIPALITY) as town:
        taken = await town.post("/imports", json=body)

    assert taken.status_code == 409, taken.text
    assert (await api.records.read(SYSTEM_HOSPITAL, "CarePlan", stored.id)).version == stored.version


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_one_has_sent_by_fhir_is_found_by_ones_own_import(api: Api) -> None:
    contract, stored = await _sent_by_fhir(api)
    body = {
        "patient": {"reference": contract["patient"]["reference"]},
        "source": SOURCE,
        "plan": {"sourceId": "1", "kind": "vardplan", "title": "Ny titel"},
    }

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        own = await hospital.post("/imports", json=body)

    assert own.status_code == 200, own.text
    assert [(e["outcome"], e["reference"]) for e in own.json()["items"]] == [("updated", stored.reference)]


async def test_no_conditional_change_by_identifier_reaches_what_is_anothers(api: Api) -> None:
    _, stored = await _sent_by_fhir(api)
    pairs = [("identifier", f"{SOURCE}|1")]
    where = Criteria(parse_query("CarePlan", pairs), "CarePlan?identifier")
    changed = {k: v for k, v in stored.resource.items() if k not in {"id", "meta"}} | {"title": "Kommunens"}
    ways = (
        Write("update", "CarePlan", changed, where=where),
        Write("update", "CarePlan", where=where, patch=lambda plan: {**plan, "title": "Kommunens"}),
        Write("delete", "CarePlan", where=where),
    )

    for write in ways:
        with pytest.raises(Problem) as refusal:
            await api.records.write(SYSTEM_MUNICIPALITY, [write])
        assert refusal.value.kind == "conflict", write.method
    by_id = await api.records.write(SYSTEM_MUNICIPALITY, [Write("update", "CarePlan", changed, id=stored.id)])
    own = await api.records.write(SYSTEM_HOSPITAL, [ways[1]])

    assert [one.version for one in (*by_id, *own)] == [2, 2]
