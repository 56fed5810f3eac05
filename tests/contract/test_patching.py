"""A contract changed by part and item id, against the revision that the writer looked at."""

import asyncio
from typing import Any

import httpx
import pytest

from pk_api.contract.parts import PARTS
from tests.contract.wire import Api, Json, bodies, opened, registered, with_municipality
from tests.support.actors import PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY, SYSTEM_PRIMARY
from tests.support.tables import rows, stored


async def filled(client: httpx.AsyncClient, contract: Json, references: dict[str, str]) -> dict[str, str]:
    """An item in each part; ids by part."""
    made = {}
    for part, (new, _) in bodies(references).items():
        answer = await client.post(f"/contracts/{contract['id']}/{part}", json=new)
        assert answer.status_code == 201, answer.text
        made[part] = answer.json()["id"]
    return made


async def patch(client: httpx.AsyncClient, contract: Json, base: int | None, **body: Any) -> httpx.Response:
    headers = {} if base is None else {"Base-Revision": str(base)}
    return await client.patch(f"/contracts/{contract['id']}", json=body, headers=headers)


SHOWN = [part for part in PARTS if part != "messages"]
"""Parts whose items stand in the contract as it is shown; of messages it tells how many are unread."""


@pytest.mark.one_database  # before or after what the database does
async def test_items_of_every_part_are_changed_in_one_revision(api: Api) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        ids = await filled(hospital, contract, references)
        base = (await hospital.get(f"/contracts/{contract['id']}")).json()["revision"]
        changes = {part: {ids[part]: change} for part, (_, change) in bodies(references).items()}
        answer = await patch(hospital, contract, base, **changes)
        again = await hospital.get(f"/contracts/{contract['id']}")

    assert answer.status_code == 200, answer.text
    assert answer.headers["contract-revision"] == str(base + 1)
    assert {k: v for k, v in answer.json().items() if k != "merged"} == again.json()
    told = {part: next(i for i in answer.json()[part] if i["id"] == ids[part]) for part in SHOWN}
    assert (told["goals"]["due"], told["team"]["until"]) == (None, "2099-01-01")
    assert told["relatives"]["mayRead"] == ["goals", "actions"]


async def test_disjoint_changes_go_through_and_the_answer_says_what_was_merged(api: Api) -> None:
    contract, _ = await with_municipality(api)

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        path = f"/contracts/{contract['id']}"
        new = {"text": "Ring", "side": "patient"}
        action = (await hospital.post(f"{path}/actions", json=new)).json()["id"]
        goal = (await hospital.post(f"{path}/goals", json={"text": "Gå ut"})).json()["id"]
        base = (await municipality.get(path)).json()["revision"]
        await hospital.patch(f"{path}/actions/{action}", json={"text": "Ring i dag"})
        await hospital.patch(f"{path}/goals/{goal}", json={"text": "Gå till affären"})
        answer = await patch(
            municipality, contract, base, actions={action: {"when": {"latest": "2099-01-01"}}}
        )

    (told,) = answer.json()["actions"]
    assert (told["text"], told["when"]["latest"]) == ("Ring i dag", "2099-01-01")
    assert answer.json()["merged"] == [
        {"part": "actions", "id": action, "field": "text", "base": "Ring", "theirs": "Ring i dag"}
    ]
    assert [each["text"] for each in answer.json()["goals"]] == ["Gå till affären"]


async def test_a_conflict_is_told_by_field_and_nothing_is_stored(api: Api, database_url: str) -> None:
    contract, _ = await with_municipality(api)

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        path = f"/contracts/{contract['id']}"
        goals = [
            (await hospital.post(f"{path}/goals", json={"text": text})).json()["id"] for text in ("A", "B")
        ]
        base = (await municipality.get(path)).json()["revision"]
        await hospital.patch(f"{path}/goals/{goals[0]}", json={"text": "Gå till affären"})
        before = await stored(database_url)
        answer = await patch(
            municipality, contract, base, goals={goals[1]: {"text": "Gå upp"}, goals[0]: {"text": "Gå hem"}}
        )

    assert answer.status_code == 409
    assert answer.json()["conflicts"] == [
        {
            "part": "goals",
            "id": goals[0],
            "field": "text",
            "base": "A",
            "theirs": "Gå till affären",
            "yours": "Gå hem",
        }
    ]
    assert answer.json()["revision"] == base + 1
    assert await stored(database_url) == before
    refused = [row for row in await rows(database_url, "audit") if row["outcome"] == "refused"]
    assert [row["detail"] for row in refused] == ["conflict"]


async def test_what_was_asked_for_is_judged_anew_when_others_come_between(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/actions"
        id_ = (await hospital.post(path, json={"text": "Ring", "side": "patient"})).json()["id"]
        base = (await hospital.get(f"/contracts/{contract['id']}")).json()["revision"]
        fields: list[Json] = [
            {"text": "Ring i dag"},
            {"when": {"latest": "2099-01-01"}},
            {"when": {"text": "snart"}},
            {"kind": "book-time"},
            *({"text": f"Ring {n} gånger"} for n in range(12)),
        ]
        answers = await asyncio.gather(*(patch(hospital, contract, base, actions={id_: f}) for f in fields))
        (after,) = (await hospital.get(path)).json()["items"]

    codes = [each.status_code for each in answers]
    won = [f["text"] for f, code in zip(fields, codes, strict=True) if code == 200 and "text" in f]
    assert codes[1:4] == [200, 200, 200]
    assert won == [after["text"]]
    assert sorted({*codes}) == [200, 409]
    assert (after["when"]["latest"], after["when"]["text"], after["kind"]) == (
        "2099-01-01",
        "snart",
        "book-time",
    )


@pytest.mark.one_database  # before or after what the database does
async def test_without_a_base_the_change_is_of_what_is_there_and_nothing_new_makes_no_revision(
    api: Api,
) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/goals"
        goal = (await hospital.post(path, json={"text": "Gå ut"})).json()["id"]
        first = await patch(hospital, contract, None, goals={goal: {"text": "Gå hem"}})
        again = await patch(
            hospital, contract, first.json()["revision"] - 1, goals={goal: {"text": "Gå hem"}}
        )
        nothing = await patch(hospital, contract, None)

    assert [each.status_code for each in (first, again, nothing)] == [200, 200, 200]
    assert {each.json()["revision"] for each in (first, again, nothing)} == {first.json()["revision"]}
    assert "contract-revision" not in again.headers


REFUSED: list[tuple[Json, dict[str, str], int]] = [
    ({"goals": {"nothing": {"text": "x"}}}, {}, 404),
    ({"goals": {"nothing": None}}, {}, 400),
    ({"goals": None}, {}, 400),
    ({"goal": {}}, {}, 400),
    ({"goals": {"nothing": {"state": "active"}}}, {}, 400),
    ({"goals": {"a b": {"text": "x"}}}, {}, 400),
    ({}, {"Base-Revision": "999"}, 422),
    ({}, {"Base-Revision": "x"}, 400),
    ({}, {"If-Match": 'W/"1"'}, 400),
]


@pytest.mark.one_database  # before or after what the database does
async def test_what_cannot_be_merged_is_refused(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}"
        answers = [
            (await hospital.patch(path, json=body, headers=headers)).status_code
            for body, headers, _ in REFUSED
        ]

    assert answers == [status for _, _, status in REFUSED]


async def test_who_may_not_change_one_of_the_items_changes_none(api: Api, database_url: str) -> None:
    patient, references = await registered(api.records)
    contract = await opened(api, patient)

    async with (
        api.of(SYSTEM_HOSPITAL) as hospital,
        api.of(PATIENT) as client,
        api.of(SYSTEM_PRIMARY) as other,
    ):
        ids = await filled(hospital, contract, references)
        before = await stored(database_url)
        mixed = await patch(
            client,
            contract,
            None,
            whatMatters={ids["whatMatters"]: {"text": "Gå hem"}},
            plans={ids["plans"]: {"title": "Min"}},
        )
        unseen = await patch(other, contract, 1, goals={ids["goals"]: {"text": "Gå hem"}})

    assert (mixed.status_code, unseen.status_code) == (403, 404)
    assert await stored(database_url) == before
