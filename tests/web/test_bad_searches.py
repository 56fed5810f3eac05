"""Searches that are asked wrongly: refused by the parameter's name, and odd ones answered."""

import pytest

from tests.support.resources import a_goal, a_patient
from tests.support.service import TOLVAN, Service, create, problems


@pytest.mark.parametrize(
    "query",
    [
        "_count=-1",
        "_count=1.5",
        "_count=x",
        "_count=99999999999",
        "_count=1&_count=2",
        "_sort=nothing",
        "_sort=",
        "_sort=%00",
        "_total=maybe",
        "_cursor=x",
        "_cursor=",
        "_cursor=%00",
        "_cursor=gAAAAABmAAAA",
        "_lastUpdated=never",
        "_lastUpdated=",
        "_id=%00",
        "_id=",
        "_id=a/b",
        "_id:not=a",
        "identifier=%00",
        "identifier=a|b|c",
        "identifier=|",
        "identifier=%ED%A0%80%00",
        "birthdate=yesterday",
        "birthdate=eq",
        "birthdate=2026-02-30",
        "birthdate=xx2026",
        "name:nonsense=a",
        "name:missing=maybe",
        "colour=red",
        "name.given=a",
        "organization.colour=a",
        "organization:Practitioner.name=a",
        "_has:Observation:code:status=a",
        "_include=Patient:colour",
        "_revinclude=Task:code",
        "_summary=whole",
        "_elements=%00",
        "_filter=name eq a",
        "_text=a",
        "_content=a",
        "%00=1",
        "=1",
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_search_that_is_asked_wrongly_is_refused_naming_the_parameter(
    refusing: Service, query: str
) -> None:
    answer = await refusing.http.get(f"/fhir/Patient?{query}")

    name = query.partition("=")[0]
    assert answer.status_code == 400, answer.text
    assert name.isprintable() is False or "%00" in name or name in problems(answer)[0]["diagnostics"]


@pytest.mark.parametrize(
    "query",
    [
        "_count=0",
        "_count=500",
        "_count=501",
        "_lastUpdated=gt0001",
        "_lastUpdated=lt9999-12-31T23:59:59.999999999-14:00",
        "birthdate=0001-01-01",
        "birthdate=ap9999",
        "name=" + "x" * 5000,
        "identifier=" + "x" * 5000,
        "_id=" + ",".join(f"id-{n}" for n in range(500)),
        "identifier=%ED%A0%80",
        "name=%F0%9F%98%80",
        "name=a%5C",
        "name=a%5C,b",
        "name=%25",
        "name=_",
        "name='; DROP TABLE version; --",
        "general-practitioner=nobody",
        "link=https://elsewhere.example/Patient/1",
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_an_odd_search_is_no_error(refusing: Service, query: str) -> None:
    answer = await refusing.http.get(f"/fhir/Patient?{query}")

    assert answer.status_code == 200, answer.text


async def test_far_too_many_parameters_are_refused(service: Service) -> None:
    query = "&".join(f"_id=a{n}" for n in range(2000))

    got = await service.http.get(f"/fhir/Patient?{query}")
    posted = await service.http.post(
        "/fhir/Patient/_search",
        content=query,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert (got.status_code, posted.status_code) == (400, 400)


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("application/x-www-form-urlencoded", b"\xff\xfe=1", 400),
        ("application/x-www-form-urlencoded", b"_id=%00", 400),
        ("application/x-www-form-urlencoded", b"_count=-1", 400),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_search_by_post_that_is_asked_wrongly_is_refused(
    refusing: Service, kind: str, body: bytes, status: int
) -> None:
    answer = await refusing.http.post("/fhir/Patient/_search", content=body, headers={"Content-Type": kind})

    assert answer.status_code == status


async def test_a_cursor_goes_with_its_own_search_only(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    for _ in range(3):
        await create(service.http, a_goal(f"Patient/{patient['id']}"))
    first = (await service.http.get("/fhir/Goal?lifecycle-status=active&_count=1")).json()
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    cursor = following.split("?")[1]

    other_type = await service.http.get(f"/fhir/Patient?{cursor}")
    other_list = await service.http.get(f"/fhir/Goal/_history?{cursor}")
    other_search = await service.http.get(f"/fhir/Goal?lifecycle-status=on-hold&{cursor}")
    same_search = await service.http.get(f"/fhir/Goal?lifecycle-status=active&_count=1&{cursor}")
    cut = await service.http.get(f"/fhir/Goal?{cursor[:-8]}")

    statuses = [a.status_code for a in (other_type, other_list, other_search, same_search, cut)]
    assert statuses == [400, 400, 400, 200, 400]
