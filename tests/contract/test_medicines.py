"""Medicines by reference: where the list stands, through both doors; never what is in it."""

from typing import Any

import pytest

from pk_api.fhir.problems import Problem
from pk_api.records.values import Write
from tests.contract.agreeing import by, refused
from tests.contract.wire import Api, Json, with_municipality
from tests.support.actors import HOSPITAL, MUNICIPALITY, PATIENT, SYSTEM_HOSPITAL, SYSTEM_MUNICIPALITY

pytestmark = pytest.mark.one_database  # rules, whatever is below
LINK = "https://journal.example.org/lakemedel/1"
KEPT = {"system": "https://journal.example.org/listor", "value": "77"}
LIST = {"kind": "medication-list", "title": "Läkemedelslistan", "link": LINK, "identifier": KEPT}


async def kept(api: Api) -> tuple[str, Json, Json, dict[str, str]]:
    """A list of the hospital's: the contract's path, the item, the resource, and who is who."""
    contract, references = await with_municipality(api)
    path = f"/contracts/{contract['id']}"
    made = await by(api, SYSTEM_HOSPITAL, "POST", f"{path}/medicines", LIST)
    stored = await api.records.read(SYSTEM_HOSPITAL, "DocumentReference", made["id"])
    return path, made, dict(stored.resource), references


async def test_where_the_medicines_stand_is_told_and_replaced_by_who_keeps_the_list(api: Api) -> None:
    path, made, stored, references = await kept(api)
    item = f"{path}/medicines/{made['id']}"

    moved = await by(api, SYSTEM_HOSPITAL, "PATCH", item, {"kind": "medication-plan", "identifier": None})
    town = await by(api, SYSTEM_MUNICIPALITY, "GET", path)
    ended = await by(api, SYSTEM_HOSPITAL, "POST", f"{item}/end")
    seen = await by(api, PATIENT, "GET", path)
    told = (await by(api, PATIENT, "GET", f"{path}/timeline?limit=3"))["items"]

    assert {name: made[name] for name in LIST} == LIST
    assert (made["owner"]["reference"], made["state"]) == (references[HOSPITAL], "current")
    assert stored["context"]["related"][1] == {"type": "List", "identifier": KEPT}
    assert (moved["kind"], moved["identifier"], moved["link"]) == ("medication-plan", None, LINK)
    assert [each["id"] for each in town["medicines"]] == [made["id"]]
    assert ended["state"] == "ended"
    assert [each["state"] for each in seen["medicines"]] == ["ended"]
    assert told[-1]["sentences"] == ["Vårdgivare lade till en hänvisning till läkemedel: ”Läkemedelslistan”."]


def without(stored: Json, *names: str) -> Json:
    return {name: each for name, each in stored.items() if name not in ("id", "meta", *names)}


def linked(stored: Json, **attachment: Any) -> Json:
    return {**without(stored), "content": [{"attachment": attachment}]}


async def test_medicines_are_never_copied_by_fhir(api: Api) -> None:
    _, _, stored, _ = await kept(api)
    only_contract = {"related": stored["context"]["related"][:1]}
    wrong = (
        linked(stored, contentType="text/plain", data="VHJvbWJ5bCA3NSBtZw=="),
        linked(stored, url="http://journal.example.org/1"),
        linked(stored, url="Binary/b"),
        {**linked(stored, title="Lista"), "context": only_contract},
        {
            **without(stored),
            "text": {"status": "generated", "div": "<div xmlns='http://www.w3.org/1999/xhtml'>75 mg</div>"},
        },
        {**without(stored), "context": {"related": stored["context"]["related"][1:]}},
    )

    kinds = []
    for each in wrong:
        with pytest.raises(Problem) as caught:
            await api.records.write(SYSTEM_HOSPITAL, [Write("create", "DocumentReference", each)])
        kinds.append(caught.value.kind)
    (right,) = await api.records.write(
        SYSTEM_HOSPITAL, [Write("create", "DocumentReference", linked(stored, title="Lista"))]
    )

    assert kinds == ["business-rule"] * len(wrong)
    assert right.created


async def test_nobody_says_where_anothers_list_stands(api: Api) -> None:
    path, made, stored, references = await kept(api)
    item = f"{path}/medicines/{made['id']}"
    body = {"link": "https://elsewhere.example.org/1"}

    by_patient = await refused(api, PATIENT, f"{path}/medicines", LIST)
    ended = await refused(api, PATIENT, f"{item}/end")
    async with api.of(SYSTEM_MUNICIPALITY) as town:
        changed = await town.patch(item, json=body)
    as_others = {**without(stored), "author": [{"reference": references[MUNICIPALITY]}]}
    with pytest.raises(Problem) as caught:
        await api.records.write(SYSTEM_HOSPITAL, [Write("create", "DocumentReference", as_others)])

    assert (by_patient[0], ended[0], changed.status_code) == (403, 403, 403)
    assert caught.value.kind == "forbidden"
    assert (await by(api, PATIENT, "GET", item))["link"] == LINK


async def test_nobody_takes_anothers_list_away_by_fhir(api: Api) -> None:
    _, made, stored, _ = await kept(api)
    own = ("DocumentReference", made["id"])
    other = {**stored, "category": [{"text": "Annat"}]}

    for write in (Write("update", own[0], other, own[1]), Write("delete", own[0], id=own[1])):
        with pytest.raises(Problem) as caught:
            await api.records.write(SYSTEM_MUNICIPALITY, [write])
        assert caught.value.kind == "forbidden"
    (gone,) = await api.records.write(SYSTEM_HOSPITAL, [Write("delete", own[0], id=own[1])])

    assert gone.deleted


async def test_a_list_stands_somewhere(api: Api) -> None:
    path, made, _, _ = await kept(api)
    item = f"{path}/medicines/{made['id']}"

    nowhere = await refused(api, SYSTEM_HOSPITAL, f"{path}/medicines", {"kind": "medication-list"})
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        emptied = await hospital.patch(item, json={"link": None, "identifier": None})

    assert (nowhere[0], emptied.status_code) == (400, 422)
    assert emptied.json()["errors"][0]["pointer"] == "/link"
