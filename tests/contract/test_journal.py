"""Marks that the contract is documented in the journal of each unit, and the report of what is not."""

from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir import systems
from pk_api.fhir.problems import Problem
from pk_api.fhir.validate import check
from pk_api.records.values import Write
from tests.contract.wire import Api, Json, admitted, opened, registered, with_municipality
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
)


async def told(api: Api, actor: Actor, path: str, body: Json | None = None) -> Json:
    async with api.of(actor) as http:
        response = await (http.get(path) if body is None else http.post(path, json=body))
    assert response.status_code in {200, 201}, response.text
    return dict(response.json())


async def status(api: Api, actor: Actor, path: str, body: Json | None = None) -> int:
    async with api.of(actor) as http:
        return (await (http.get(path) if body is None else http.post(path, json=body))).status_code


async def kept(api: Api) -> tuple[str, int]:
    """The path of a contract of hospital and municipality with a milestone, and the milestone's revision."""
    contract, _ = await with_municipality(api)
    path = f"/contracts/{contract['id']}"
    await admitted(api, contract["patient"]["reference"])
    marks = await told(api, SYSTEM_HOSPITAL, f"{path}/milestones", {"kind": "first-at-discharge"})
    return path, marks["items"][0]["revision"]


async def gaps(api: Api, actor: Actor, path: str) -> list[str]:
    shown = await told(api, actor, path)
    members = {f"team/{each['id']}": each["unit"]["hsaId"] for each in shown["team"] if each["unit"]}
    return [members[each["item"]] for each in shown["gaps"] if each["kind"] == "not-documented"]


async def test_each_unit_is_a_gap_until_it_has_documented_the_version(api: Api) -> None:
    path, revision = await kept(api)
    before = [len(await gaps(api, PATIENT, path))]
    listed = [(await told(api, SYSTEM_MUNICIPALITY, "/undocumented"))["items"]]

    await told(api, SYSTEM_HOSPITAL, f"{path}/journalEntries", {"journalId": "J1", "revision": None})
    before += [len(await gaps(api, PATIENT, path))]
    early = {"journalId": "K1", "revision": revision - 1, "text": None}
    await told(api, SYSTEM_MUNICIPALITY, f"{path}/journalEntries", early)
    before += [len(await gaps(api, PATIENT, path))]
    await told(api, SYSTEM_MUNICIPALITY, f"{path}/journalEntries", {"journalId": "K2", "revision": revision})
    listed += [(await told(api, SYSTEM_MUNICIPALITY, "/undocumented"))["items"]]

    assert before == [2, 1, 1]
    assert await gaps(api, PATIENT, path) == []
    ((gap,), nothing) = listed
    assert (gap["contract"], gap["revision"], gap["why"]) == (
        path.rpartition("/")[2],
        revision,
        "first-at-discharge",
    )
    assert (gap["documented"], nothing) == (None, [])


@pytest.mark.one_database
async def test_without_an_agreed_version_or_a_milestone_nothing_is_to_be_documented(api: Api) -> None:
    patient, _ = await registered(api.records)
    path = f"/contracts/{(await opened(api, patient))['id']}"

    assert await gaps(api, SYSTEM_HOSPITAL, path) == []
    assert (await told(api, SYSTEM_HOSPITAL, "/undocumented"))["items"] == []


@pytest.mark.one_database
async def test_a_mark_tells_whose_it_is_and_taken_back_it_counts_no_more(api: Api) -> None:
    path, revision = await kept(api)

    made = await told(
        api, SYSTEM_HOSPITAL, f"{path}/journalEntries", {"journalId": "J1", "link": "https://j.example.org/1"}
    )
    read = await told(api, SYSTEM_MUNICIPALITY, f"{path}/journalEntries/{made['id']}")
    others = await status(api, SYSTEM_MUNICIPALITY, f"{path}/journalEntries/{made['id']}/withdraw", {})
    await told(api, SYSTEM_HOSPITAL, f"{path}/journalEntries/{made['id']}/withdraw", {})

    assert (read["unit"]["unit"]["hsaId"], read["journalId"], read["revision"]) == (HOSPITAL, "J1", revision)
    assert (read["link"], others) == ("https://j.example.org/1", 403)
    assert (await told(api, SYSTEM_HOSPITAL, f"{path}/journalEntries"))["items"] == []
    assert HOSPITAL in await gaps(api, SYSTEM_HOSPITAL, path)


@pytest.mark.one_database
async def test_patients_and_strangers_mark_nothing_and_no_revision_to_come(api: Api) -> None:
    path, revision = await kept(api)
    body: Json = {"journalId": "J1"}

    assert await status(api, PATIENT, f"{path}/journalEntries", body) == 403
    assert await status(api, SYSTEM_PRIMARY, f"{path}/journalEntries", body) == 404
    assert (
        await status(api, SYSTEM_HOSPITAL, f"{path}/journalEntries", {**body, "revision": revision + 9})
        == 422
    )
    assert await status(api, PATIENT, "/undocumented") == 403


@pytest.mark.one_database
async def test_by_fhir_a_mark_is_whole_and_fills_the_gap(api: Api) -> None:
    path, _ = await kept(api)
    made = await told(api, SYSTEM_HOSPITAL, f"{path}/journalEntries", {"journalId": "J1"})
    document = (await api.records.read(SYSTEM_HOSPITAL, "DocumentReference", made["id"])).resource
    await told(api, SYSTEM_HOSPITAL, f"{path}/journalEntries/{made['id']}/withdraw", {})
    new = {name: value for name, value in document.items() if name not in {"id", "meta"}}
    half: list[dict[str, Any]] = [
        {**new, "extension": []},
        {**new, "identifier": [{"system": systems.HSA_ID}]},
    ]

    for each in half:
        whole = {name: value for name, value in each.items() if value}
        with pytest.raises(Problem, match="A mark says"):
            await api.records.write(SYSTEM_HOSPITAL, [Write("create", "DocumentReference", whole)])
    await api.records.write(SYSTEM_HOSPITAL, [Write("create", "DocumentReference", new)])

    assert check(document) == []
    assert HOSPITAL not in await gaps(api, SYSTEM_HOSPITAL, path)


@pytest.mark.one_database
async def test_nobody_says_for_another_care_provider_that_it_has_documented(api: Api) -> None:
    path, _ = await kept(api)
    made = await told(api, SYSTEM_HOSPITAL, f"{path}/journalEntries", {"journalId": "J1"})
    document = (await api.records.read(SYSTEM_HOSPITAL, "DocumentReference", made["id"])).resource
    forged = {name: value for name, value in document.items() if name not in {"id", "meta"}}

    with pytest.raises(Problem, match="Not permitted"):
        await api.records.write(SYSTEM_MUNICIPALITY, [Write("create", "DocumentReference", forged)])

    assert await gaps(api, SYSTEM_MUNICIPALITY, path) != []


@pytest.mark.one_database
async def test_what_is_documented_asked_or_called_is_not_deleted_by_others_in_the_team(api: Api) -> None:
    path, _ = await kept(api)
    times = {"start": "2099-03-18T13:00:00+01:00", "end": "2099-03-18T14:00:00+01:00", "form": "video"}
    call = {"contract": path.rpartition("/")[2], "parties": [{"hsaId": MUNICIPALITY}], **times}
    made = [
        await told(api, SYSTEM_HOSPITAL, f"{path}/journalEntries", {"journalId": "J1"}),
        await told(api, SYSTEM_HOSPITAL, f"{path}/discharge-summary", {"text": "Du har vårdats."}),
        await told(api, SYSTEM_HOSPITAL, f"{path}/handovers", {"to": {"hsaId": MUNICIPALITY}}),
        await told(api, SYSTEM_HOSPITAL, "/sip-calls", call),
    ]

    for each in made:
        kind, _, name = each["reference"].partition("/")
        with pytest.raises(Problem):
            await api.records.write(SYSTEM_MUNICIPALITY, [Write("delete", kind, id=name)])
        assert not (await api.records.read(SYSTEM_HOSPITAL, kind, name)).deleted
    kind, _, name = made[3]["reference"].partition("/")
    called_off = (await api.records.read(SYSTEM_MUNICIPALITY, kind, name)).resource | {"status": "cancelled"}
    with pytest.raises(Problem, match="who has called"):
        await api.records.write(SYSTEM_MUNICIPALITY, [Write("update", kind, called_off, id=name)])
    await told(api, SYSTEM_HOSPITAL, f"/sip-calls/{name}/call-off", {"reason": "Uppskjuten"})
    with pytest.raises(Problem, match="who has called"):
        await api.records.write(SYSTEM_MUNICIPALITY, [Write("delete", kind, id=name)])
