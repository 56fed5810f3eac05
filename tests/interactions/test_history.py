"""History of a resource, of a type and of all: newest first, page after page, nothing lost or twice."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.resources import a_goal, a_patient, an_organization
from tests.support.service import (
    MUNICIPALITY,
    TOLVAN,
    Service,
    create,
    delete,
    pages,
    problems,
    put,
)


def versions_of(bundles: list[dict]) -> list[tuple[str, str]]:
    """(fullUrl's reference, version) of every entry, in order."""
    return [
        (one["fullUrl"].split("/fhir/")[1], one["response"]["etag"].removeprefix('W/"').removesuffix('"'))
        for page in bundles
        for one in page.get("entry", ())
    ]


async def some_goals(service: Service) -> list[dict]:
    """A patient with three goals of three versions each, one of them deleted."""
    patient = await create(service.http, a_patient(TOLVAN))
    goals = [await create(service.http, a_goal(f"Patient/{patient['id']}")) for _ in range(3)]
    for goal in goals:
        await put(service.http, goal | {"lifecycleStatus": "on-hold"})
    await delete(service.http, goals[0])
    for goal in goals[1:]:
        await put(service.http, goal)
    return goals


async def test_the_history_of_a_resource_holds_every_version_newest_first(service: Service) -> None:
    goal = (await some_goals(service))[0]

    (page,) = await pages(service.http, f"/fhir/Goal/{goal['id']}/_history")

    assert [v for _, v in versions_of([page])] == ["3", "2", "1"]
    assert page["type"] == "history"
    told = [(e["request"]["method"], e["response"]["status"][:3], "resource" in e) for e in page["entry"]]
    assert told == [("DELETE", "204", False), ("PUT", "200", True), ("POST", "201", True)]
    assert page["entry"][2]["resource"] == goal


@pytest.mark.parametrize("address", ["/fhir/Goal/{id}/_history", "/fhir/Goal/_history", "/fhir/_history"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 500])
async def test_the_pages_of_a_history_are_the_history(service: Service, address: str, count: int) -> None:
    goals = await some_goals(service)
    place = address.format(id=goals[1]["id"])
    whole = versions_of(await pages(service.http, place))

    paged = await pages(service.http, f"{place}?_count={count}")

    assert versions_of(paged) == whole
    assert len(set(whole)) == len(whole) == {"G": 9, "_": 10}.get(address[6], 0) if "{" not in address else 3
    assert all(len(page["entry"]) == count for page in paged[:-1])


async def test_a_history_is_in_order_of_time(service: Service) -> None:
    await some_goals(service)

    (page,) = await pages(service.http, "/fhir/_history?_count=500")

    times = [one["response"]["lastModified"] for one in page["entry"]]
    assert times == sorted(times, reverse=True)


async def test_a_history_since_a_moment_leaves_out_what_came_before(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    moment = datetime.now(UTC)
    goal = await create(service.http, a_goal(f"Patient/{patient['id']}"))
    for spelt in (
        moment.isoformat(),
        moment.isoformat().replace("+00:00", "Z"),
        moment.astimezone(tz=None).isoformat(),
        (moment + timedelta(0)).isoformat(timespec="microseconds"),
    ):
        answer = await service.http.get("/fhir/_history", params={"_since": spelt})

        assert [ref for ref, _ in versions_of([answer.json()])] == [f"Goal/{goal['id']}"], spelt
    future = (moment + timedelta(days=1)).isoformat()
    assert "entry" not in (await service.http.get("/fhir/_history", params={"_since": future})).json()


async def test_the_history_of_what_was_deleted_stays(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    await delete(service.http, patient)

    answer = await service.http.get(f"/fhir/Patient/{patient['id']}/_history")

    assert answer.status_code == 200
    assert [v for _, v in versions_of([answer.json()])] == ["2", "1"]


async def test_the_history_of_what_never_was_is_not_found(service: Service) -> None:
    assert (await service.http.get("/fhir/Patient/nobody/_history")).status_code == 404


async def test_the_history_of_what_is_not_visible_is_not_found(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    elsewhere = service.as_(MUNICIPALITY)

    one = await elsewhere.get(f"/fhir/Patient/{patient['id']}/_history")
    every = await elsewhere.get("/fhir/_history")

    assert one.status_code == 404
    assert "entry" not in every.json()


async def test_writes_between_the_pages_do_not_disturb_what_was_there(service: Service) -> None:
    goals = await some_goals(service)
    before = set(versions_of(await pages(service.http, "/fhir/Goal/_history")))
    first = (await service.http.get("/fhir/Goal/_history?_count=2")).json()
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    for goal in goals[1:]:
        await put(service.http, goal)

    rest = await pages(service.http, following)

    seen = versions_of([first, *rest])
    assert set(seen) == before
    assert len(seen) == len(before)


@pytest.mark.parametrize(
    "query",
    [
        "_count=0",
        "_count=-1",
        "_count=1.5",
        "_count=x",
        "_count=",
        "_count=99999999999999999999",
        "_since=yesterday",
        "_since=",
        "_since=2026-13-01",
        "_since=2026-02-30T00:00:00Z",
        "_since=0000-01-01",
        "_since=%00",
        "_cursor=x",
        "_cursor=",
        "_cursor=%00",
        "_cursor=%ED%A0%80",
        "status=active",
        "_at=2026",
    ],
)
async def test_a_history_that_is_asked_wrongly_is_refused(service: Service, query: str) -> None:
    answer = await service.http.get(f"/fhir/Patient/_history?{query}")

    assert answer.status_code == 400
    assert problems(answer)


@pytest.mark.parametrize("since", ["0001-01-01", "9999-12-31", "9999", "1900-01-01T00:00:00+14:00", "2026"])
async def test_moments_far_away_are_no_error(service: Service, since: str) -> None:
    answer = await service.http.get("/fhir/Patient/_history", params={"_since": since})

    assert answer.status_code == 200


async def test_a_cursor_of_another_list_is_refused(service: Service) -> None:
    await some_goals(service)
    first = (await service.http.get("/fhir/Goal/_history?_count=1")).json()
    cursor = next(link["url"] for link in first["link"] if link["relation"] == "next").split("?")[1]

    for address in ("/fhir/Goal", "/fhir/Patient/_history", "/fhir/_history"):
        answer = await service.http.get(f"{address}?{cursor}")
        assert answer.status_code == 400, address


async def test_directory_history_is_open_to_all_care_providers(service: Service) -> None:
    organisation = await create(service.http, an_organization("SE2329990010-0001"))

    answer = await service.as_(MUNICIPALITY).get(f"/fhir/Organization/{organisation['id']}/_history")

    assert answer.status_code == 200
