"""fhirpy (asynchronous) against the running demo. Source: https://github.com/beda-software/fhir-py."""

from typing import Any

import pytest
from fhirpy import AsyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, ResourceNotFound

from tests.support.server import Server
from tests.support.service import HOSPITAL, bearer

PATIENT = "Patient/stroke-patient"


def client_of(server: Server, **headers: str) -> AsyncFHIRClient:
    told = {k.replace("_", "-"): v for k, v in headers.items()}
    authorization = bearer(server.data, HOSPITAL)["Authorization"]
    return AsyncFHIRClient(f"{server.base}/fhir", authorization=authorization, extra_headers=told)


def a_goal(client: AsyncFHIRClient, text: str) -> Any:
    return client.resource(
        "Goal", lifecycleStatus="active", description={"text": text}, subject={"reference": PATIENT}
    )


async def test_it_creates_and_reads(demo_server: Server) -> None:
    client = client_of(demo_server)
    goal = a_goal(client, "Gå en kilometer")

    await goal.save()
    read = await client.reference("Goal", goal["id"]).to_resource()

    assert read["description"]["text"] == "Gå en kilometer"
    assert read["meta"]["versionId"] == "1"


async def test_it_updates_the_version_that_it_read_and_no_other(demo_server: Server) -> None:
    goal = a_goal(client_of(demo_server), "Första ordalydelsen")
    await goal.save()
    checked = client_of(demo_server, If_Match='W/"1"')
    mine = await checked.reference("Goal", goal["id"]).to_resource()
    theirs = await checked.reference("Goal", goal["id"]).to_resource()

    mine["description"] = {"text": "Min ändring"}
    await mine.save()
    theirs["description"] = {"text": "Deras ändring"}
    with pytest.raises(MultipleResourcesFound) as refusal:  # its name for 412
        await theirs.save()

    assert "If-Match" in str(refusal.value)
    kept = await client_of(demo_server).reference("Goal", goal["id"]).to_resource()
    assert kept["description"]["text"] == "Min ändring"
    assert kept["meta"]["versionId"] == "2"


async def test_it_deletes(demo_server: Server) -> None:
    client = client_of(demo_server)
    goal = a_goal(client, "Tas bort")
    await goal.save()

    await goal.delete()

    with pytest.raises(ResourceNotFound):
        await client.reference("Goal", goal["id"]).to_resource()


async def test_it_searches_counts_and_pages(demo_server: Server) -> None:
    client = client_of(demo_server)
    search = client.resources("Task").search(patient=PATIENT)

    one_page = await search.limit(500).fetch()
    paged = await search.limit(2).fetch_all()
    counted = (await search.search(_total="accurate").limit(0).fetch_raw())["total"]

    assert len(one_page) > 4
    assert sorted(t["id"] for t in paged) == sorted(t["id"] for t in one_page)
    assert counted == len(one_page)


async def test_it_finds_the_first_and_the_only_one(demo_server: Server) -> None:
    client = client_of(demo_server)

    plan = await client.resources("CarePlan").search(_id="stroke-contract").get()
    first = await client.resources("Appointment").search(status="booked").sort("date").first()

    assert plan["subject"]["reference"] == PATIENT
    assert first["resourceType"] == "Appointment"


async def test_it_sends_a_transaction(demo_server: Server) -> None:
    client = client_of(demo_server)
    goal = a_goal(client, "I en transaktion").serialize()
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"resource": goal, "request": {"method": "POST", "url": "Goal"}}],
    }

    answer = await client.execute("/", method="post", data=bundle)

    assert answer["type"] == "transaction-response"
    assert answer["entry"][0]["response"]["status"].startswith("201")


async def test_it_patches(demo_server: Server) -> None:
    goal = a_goal(client_of(demo_server), "Före")
    await goal.save()

    await goal.patch(description={"text": "Efter"})

    kept = await client_of(demo_server).reference("Goal", goal["id"]).to_resource()
    assert kept["description"]["text"] == "Efter"
    assert kept["lifecycleStatus"] == "active"
    assert kept["meta"]["versionId"] == "2"
