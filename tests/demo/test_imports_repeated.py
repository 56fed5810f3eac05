"""Imports that come again late, or rest on an older revision of the contract."""

import copy

import pytest

from tests.demo.conftest import Demo
from tests.demo.test_imports import counted, example, http, outcomes, sent

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_import_that_changed_nothing_is_told_the_same_when_it_comes_again_late(demo: Demo) -> None:
    body = example("kommun-genomforandeplan") | {"source": "https://verksamhet.exempelstad.example/sent"}
    newer = body | {"plan": body["plan"] | {"title": "Genomförandeplan, ny"}}
    other = body | {"plan": body["plan"] | {"title": "Genomförandeplan, en annan"}}
    key = {"Idempotency-Key": "nyckel-2"}
    town = http(demo, "system-municipality")
    await sent(demo, "system-municipality", body)

    first = await town.post("/v1/imports", json=body, headers=key)
    await sent(demo, "system-municipality", newer)
    before = await counted(demo)
    late = await town.post("/v1/imports", json=body, headers=key)
    mismatch = await town.post("/v1/imports", json=other, headers=key)

    assert set(outcomes(first.json()).values()) == set(outcomes(late.json()).values()) == {"unchanged"}
    assert mismatch.status_code == 422
    assert mismatch.json()["type"].endswith("idempotency-mismatch")
    assert await counted(demo) == before


async def test_an_import_on_an_older_revision_takes_nothing_of_what_others_have_changed(demo: Demo) -> None:
    body = example("kommun-genomforandeplan") | {"source": "https://verksamhet.exempelstad.example/bas"}
    town = http(demo, "system-municipality")
    first = await sent(demo, "system-municipality", body)
    shower = next(each for each in first["items"] if each["sourceId"] == "GP-2026-0042-I1")
    item = f"/v1/contracts/{first['contract']}/actions/{shower['id']}"
    changed = copy.deepcopy(body)
    changed["actions"][0]["text"] = "Stöd vid dusch varje dag"
    by_others = await town.patch(item, json={"text": "Stöd vid dusch en gång i veckan"})
    assert by_others.status_code == 200, by_others.text

    refused = await town.post("/v1/imports", json=changed, headers={"Base-Revision": str(first["revision"])})
    now = str(first["revision"] + 1)
    taken = await town.post("/v1/imports", json=changed, headers={"Base-Revision": now})

    (conflict,) = refused.json()["conflicts"]
    assert (refused.status_code, conflict["part"], conflict["id"]) == (409, "actions", shower["id"])
    assert conflict["base"]["text"] == body["actions"][0]["text"]
    assert conflict["theirs"]["text"] == "Stöd vid dusch en gång i veckan"
    assert conflict["yours"] == changed["actions"][0]
    assert outcomes(taken.json())["GP-2026-0042-I1"] == "updated"
