"""fhirpy's conditional and partial writes against the running demo. Source: as in test_fhirpy."""

from typing import Any

from fhirpy import AsyncFHIRClient

from tests.clients.test_fhirpy import a_goal, client_of
from tests.support.server import Server

SYSTEM = "https://vendor.example/goals"


def with_number(goal: Any, number: str) -> Any:
    goal["identifier"] = [{"system": SYSTEM, "value": number}]
    return goal


def found(client: AsyncFHIRClient, number: str) -> Any:
    return client.resources("Goal").search(identifier=f"{SYSTEM}|{number}")


async def test_it_patches_by_a_fragment(demo_server: Server) -> None:
    client = client_of(demo_server)
    goal = a_goal(client, "Före")
    await goal.save()

    await client.patch("Goal", goal["id"], description={"text": "Efter"}, priority={"text": "hög"})
    await client.patch("Goal", goal["id"], priority=None)

    read = await client.reference("Goal", goal["id"]).to_resource()
    assert read["description"]["text"] == "Efter"
    assert read["meta"]["versionId"] == "3"
    assert "priority" not in read


async def test_it_updates_by_criteria(demo_server: Server) -> None:
    client = client_of(demo_server)

    made, was_made = await found(client, "1").update(with_number(a_goal(client, "Ett"), "1"))
    changed, was_made_again = await found(client, "1").update(with_number(a_goal(client, "Två"), "1"))

    assert (was_made, was_made_again) == (True, False)
    assert made["id"] == changed["id"]
    assert changed["description"]["text"] == "Två"


async def test_it_deletes_by_criteria(demo_server: Server) -> None:
    client = client_of(demo_server)
    await found(client, "2").update(with_number(a_goal(client, "Bort"), "2"))

    _, status = await found(client, "2").delete()

    assert status == 204
    assert await found(client, "2").fetch() == []


async def test_it_creates_unless_there_is_one(demo_server: Server) -> None:
    number = "3"
    client = client_of(demo_server, If_None_Exist=f"identifier={SYSTEM}|{number}")

    first = with_number(a_goal(client, "Ett"), number)
    second = with_number(a_goal(client, "Två"), number)
    await first.save()
    await second.save()

    assert first["id"] == second["id"]
    assert second["description"]["text"] == "Ett"
