"""If-None-Exist, and updates and deletions of what a search finds: alone, in batches and in transactions."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from pk_api.demo import people
from pk_api.fhir.systems import HSA_ID
from tests.support.resources import a_goal, a_patient
from tests.support.service import (
    FHIR_JSON,
    MUNICIPALITY,
    REGION,
    TOLVAN,
    Service,
    as_fhir,
    bundle,
    client_of,
    create,
    entry,
    problems,
    served,
    token_of,
)

SYSTEM = "https://vendor.example/ids"


def an_item(value: str, name: str = "Karin") -> dict[str, Any]:
    return {
        "resourceType": "Practitioner",
        "identifier": [{"system": SYSTEM, "value": value}],
        "name": [{"family": name}],
    }


def by(value: str) -> str:
    return f"identifier={SYSTEM}|{value}"


async def all_of(http: httpx.AsyncClient, kind: str = "Practitioner") -> list[dict[str, Any]]:
    found = (await http.get(f"/fhir/{kind}", params={"_count": "200"})).json()
    return [one["resource"] for one in found.get("entry", ())]


async def created_if_new(http: httpx.AsyncClient, value: str, criteria: str | None = None) -> httpx.Response:
    headers = {"Content-Type": FHIR_JSON, "If-None-Exist": criteria or by(value)}
    return await http.post("/fhir/Practitioner", json=an_item(value), headers=headers)


async def test_a_conditional_create_makes_what_is_not_there_and_returns_what_is(service: Service) -> None:
    first = await created_if_new(service.http, "1")
    second = await created_if_new(service.http, "1")

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["etag"] == 'W/"1"'


async def test_a_conditional_create_that_finds_several_is_refused(service: Service) -> None:
    await create(service.http, an_item("1"))
    await create(service.http, an_item("1"))

    answer = await created_if_new(service.http, "1")

    assert answer.status_code == 412
    assert len(await all_of(service.http)) == 2


@pytest.mark.parametrize("criteria", [f"?{by('1')}", f"Practitioner?{by('1')}", by("1").replace("|", "%7C")])
async def test_the_criteria_may_be_written_as_clients_write_them(service: Service, criteria: str) -> None:
    await create(service.http, an_item("1"))

    assert (await created_if_new(service.http, "1", criteria)).status_code == 200


@pytest.mark.parametrize(
    "criteria",
    [
        "",
        "nothing=1",
        "_count=1",
        "identifier=1&_sort=name",
        "Patient?identifier=1",
        "&".join(["_id=1"] * 60),
    ],
)
async def test_criteria_that_are_not_understood_are_refused_even_for_the_lenient(
    service: Service, criteria: str
) -> None:
    headers = as_fhir(If_None_Exist=criteria, Prefer="handling=lenient")

    answer = await service.http.post("/fhir/Practitioner", json=an_item("1"), headers=headers)

    assert answer.status_code == 400, answer.text
    assert await all_of(service.http) == []


async def test_of_sixty_four_conditional_creates_one_makes_the_resource(service: Service) -> None:
    answers = await asyncio.gather(*(created_if_new(service.http, "1") for _ in range(64)))

    assert Counter(a.status_code for a in answers) == {201: 1, 200: 63}, [a.text for a in answers][:2]
    assert len({a.json()["id"] for a in answers}) == 1
    assert len(await all_of(service.http)) == 1


async def test_the_same_criteria_in_another_spelling_are_the_same(service: Service) -> None:
    spellings = [f"{system}|{people.REGION.hsa_id}" for system in ("urn:oid:1.2.752.129.2.1.4.1", HSA_ID)]

    answers = await asyncio.gather(
        *(
            service.http.post(
                "/fhir/Organization", json=REGION, headers=as_fhir(If_None_Exist=f"identifier={s}")
            )
            for s in spellings * 8
        )
    )

    assert Counter(a.status_code for a in answers) == {201: 1, 200: 15}


async def test_what_the_caller_may_not_see_is_not_found(service: Service) -> None:
    patient = await create(service.http, a_patient(TOLVAN))
    await create(service.http, a_goal(f"Patient/{patient['id']}"))

    answer = await service.as_(MUNICIPALITY).delete("/fhir/Goal", params={"lifecycle-status": "active"})

    assert answer.status_code == 204
    assert len(await all_of(service.http, "Goal")) == 1


async def test_a_caller_who_may_not_search_learns_nothing_by_a_condition(service: Service) -> None:
    await create(service.http, an_item("1"))
    token = token_of(service.data, "system-hospital", scope="system/*.cu")
    http = client_of(service.app, {"Authorization": f"Bearer {token}"})

    changed = await http.put(f"/fhir/Practitioner?{by('1')}", json=an_item("1"), headers=as_fhir())
    answers = [await created_if_new(http, "1"), changed]

    assert [a.status_code for a in answers] == [403, 403]
    assert "Karin" not in "".join(a.text for a in answers)


async def test_a_conditional_update_changes_the_one_that_is_found(service: Service) -> None:
    stored = await create(service.http, an_item("1"))

    answer = await service.http.put(
        f"/fhir/Practitioner?{by('1')}", json=an_item("1", "Kerstin"), headers=as_fhir()
    )

    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["meta"]["versionId"]) == (stored["id"], "2")
    assert answer.json()["name"] == [{"family": "Kerstin"}]


async def test_a_conditional_update_creates_what_is_not_found(service: Service) -> None:
    fresh = await service.http.put(f"/fhir/Practitioner?{by('1')}", json=an_item("1"), headers=as_fhir())
    chosen = await service.http.put(
        f"/fhir/Practitioner?{by('2')}", json=an_item("2") | {"id": "mine"}, headers=as_fhir()
    )
    taken = await service.http.put(
        f"/fhir/Practitioner?{by('3')}", json=an_item("3") | {"id": "mine"}, headers=as_fhir()
    )

    assert (fresh.status_code, chosen.status_code, taken.status_code) == (201, 201, 409)
    assert chosen.json()["id"] == "mine"
    assert len(await all_of(service.http)) == 2


async def test_a_conditional_update_revives_what_was_deleted_under_the_id_that_it_names(
    service: Service,
) -> None:
    address = f"/fhir/Practitioner?{by('1')}"
    mine = an_item("1") | {"id": "mine"}

    first = await service.http.put(address, json=mine, headers=as_fhir())
    await service.http.delete(address)
    again = await service.http.put(address, json=mine, headers=as_fhir())

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["meta"]["versionId"] == "3"


async def test_a_conditional_update_of_several_or_of_another_id_is_refused(service: Service) -> None:
    await create(service.http, an_item("1"))
    other = await service.http.put(
        f"/fhir/Practitioner?{by('1')}", json=an_item("1") | {"id": "mine"}, headers=as_fhir()
    )
    await create(service.http, an_item("1"))

    several = await service.http.put(f"/fhir/Practitioner?{by('1')}", json=an_item("1"), headers=as_fhir())

    assert (other.status_code, several.status_code) == (400, 412)
    assert {one["meta"]["versionId"] for one in await all_of(service.http)} == {"1"}


async def test_parallel_conditional_updates_make_one_resource_and_lose_no_version(service: Service) -> None:
    async def put(n: int) -> httpx.Response:
        address = f"/fhir/Practitioner?{by('1')}"
        return await service.http.put(address, json=an_item("1", f"N{n}"), headers=as_fhir())

    answers = await asyncio.gather(*(put(n) for n in range(16)))

    assert Counter(a.status_code for a in answers) == {201: 1, 200: 15}
    assert sorted(int(a.json()["meta"]["versionId"]) for a in answers) == list(range(1, 17))


async def test_a_conditional_delete_takes_one_and_is_done_when_there_is_none(service: Service) -> None:
    stored = await create(service.http, an_item("1"))
    address = f"/fhir/Practitioner?{by('1')}"

    first, second = await service.http.delete(address), await service.http.delete(address)
    told = await service.http.delete(address, headers={"Prefer": "return=OperationOutcome"})

    assert (first.status_code, second.status_code, told.status_code) == (204, 204, 200)
    assert "Nothing was there" in problems(told)[0]["diagnostics"]
    assert (await service.http.get(f"/fhir/Practitioner/{stored['id']}")).status_code == 410


async def test_a_conditional_delete_of_several_is_refused_unless_the_operator_allows_it(
    database_url: str, tmp_path: Path
) -> None:
    statuses = {}
    for limit in (1, 3):
        async with served(database_url, tmp_path, conditional_delete_limit=limit) as service:
            for value in ("1", "2", "3"):
                await created_if_new(service.http, value)
            answer = await service.http.delete("/fhir/Practitioner", params={"name": "karin"})
            statement = (await service.http.get("/fhir/metadata")).json()["rest"][0]["resource"]
            told = next(r for r in statement if r["type"] == "Practitioner")["conditionalDelete"]
            statuses[limit] = (answer.status_code, told, len(await all_of(service.http)))

    assert statuses == {1: (412, "single", 3), 3: (204, "multiple", 0)}


async def test_a_conditional_delete_within_the_limit_is_all_or_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with served(database_url, tmp_path, conditional_delete_limit=5) as service:
        patient = await create(service.http, a_patient(TOLVAN))
        await create(service.http, a_goal(f"Patient/{patient['id']}"))
        await create(service.http, a_patient("195009072553"))

        answer = await service.http.delete("/fhir/Patient", params={"identifier:missing": "false"})

        assert answer.status_code == 409
        assert len(await all_of(service.http, "Patient")) == 2


@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_conditional_entries_of_a_bundle_are_done_as_alone(service: Service, kind: str) -> None:
    await create(service.http, an_item("here"))
    await create(service.http, an_item("old"))

    answer = await bundle(
        service.http,
        kind,
        entry("POST", "Practitioner", an_item("here"), ifNoneExist=by("here")),
        entry("POST", "Practitioner", an_item("new"), ifNoneExist=by("new")),
        entry("PUT", f"Practitioner?{by('old')}", an_item("old", "Kerstin")),
        entry("PUT", f"Practitioner?{by('fresh')}", an_item("fresh")),
        entry("DELETE", f"Practitioner?{by('nobody')}"),
    )

    told = [one["response"]["status"][:3] for one in answer.json()["entry"]]
    assert told == ["200", "201", "200", "201", "204"], answer.text
    names = Counter(one["name"][0]["family"] for one in await all_of(service.http))
    assert names == {"Karin": 3, "Kerstin": 1}


async def test_references_lead_to_what_a_conditional_create_found(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    urn = "urn:uuid:00000000-0000-4000-8000-000000000001"

    answer = await bundle(
        service.http,
        "transaction",
        entry("POST", "Patient", a_patient(TOLVAN), full_url=urn, ifNoneExist=f"identifier={TOLVAN}"),
        entry("POST", "Goal", a_goal(urn)),
    )

    assert answer.status_code == 200, answer.text
    (goal,) = await all_of(service.http, "Goal")
    assert goal["subject"]["reference"] == f"Patient/{stored['id']}"


async def test_two_entries_that_come_to_one_resource_are_refused_naming_both(service: Service) -> None:
    stored = await create(service.http, an_item("1"))
    place = f"Practitioner/{stored['id']}"
    pairs = [
        (entry("PUT", f"Practitioner?{by('1')}", an_item("1")), entry("PUT", place, stored)),
        (
            entry("PUT", f"Practitioner?{by('1')}", an_item("1")),
            entry("PUT", f"Practitioner?_id={stored['id']}", an_item("1")),
        ),
        (entry("DELETE", f"Practitioner?{by('1')}"), entry("DELETE", place)),
        (
            entry("POST", "Practitioner", an_item("1"), ifNoneExist=by("1")),
            entry("PUT", f"Practitioner?_id={stored['id']}", an_item("1")),
        ),
    ]

    for pair in pairs:
        answer = await bundle(service.http, "transaction", entry("GET", "Practitioner"), *pair)

        assert answer.status_code == 400, answer.text
        named = [issue["expression"] for issue in problems(answer)]
        assert named == [["Bundle.entry[1]"], ["Bundle.entry[2]"]]
    assert [one["meta"]["versionId"] for one in await all_of(service.http)] == ["1"]


async def test_a_refused_conditional_entry_names_itself_and_nothing_is_done(service: Service) -> None:
    await create(service.http, an_item("1"))
    await create(service.http, an_item("1"))

    answer = await bundle(
        service.http,
        "transaction",
        entry("POST", "Practitioner", an_item("2")),
        entry("PUT", f"Practitioner?{by('1')}", an_item("1")),
    )

    assert answer.status_code == 412
    assert problems(answer)[0]["expression"] == ["Bundle.entry[1].resource"]
    assert len(await all_of(service.http)) == 2


async def test_a_set_of_too_many_conditions_is_refused(service: Service) -> None:
    many = [entry("DELETE", f"Practitioner?{by(str(n))}") for n in range(501)]

    answer = await bundle(service.http, "transaction", *many)

    assert answer.status_code == 413


async def test_a_create_with_a_version_to_match_is_refused_rather_than_done(service: Service) -> None:
    answer = await service.http.post(
        "/fhir/Practitioner", json=an_item("1"), headers=as_fhir(If_Match='W/"1"')
    )

    assert answer.status_code == 400
    assert await all_of(service.http) == []
