"""Bulk export: begun, told of and fetched; what is in it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.interactions.operations.exporting import ASYNC, begun, exported, finished, lines, references
from tests.interactions.operations.test_everything import a_record
from tests.support.resources import a_goal, a_patient
from tests.support.service import (
    HOSPITAL,
    MUNICIPALITY,
    PRIMARY,
    TOLVAN,
    Service,
    as_fhir,
    bundle,
    create,
    delete,
    entry,
    problems,
    put,
)
from tests.support.tables import rows

CHARACTERISTIC = "https://patientkontrakt.org/fhir/CodeSystem/pk-group-characteristic"


async def all_that_reads(service: Service, who: str) -> set[str]:
    """Return what the caller may read, asked one by one."""
    http = service.as_(who)
    current = [r for r in await rows(service.database_url, "current") if not r["deleted"]]
    names = [f"{r['type']}/{r['id']}" for r in current]
    return {name for name in names if (await http.get(f"/fhir/{name}")).status_code == 200}


async def test_an_export_tells_how_it_stands_and_then_what_it_made(service: Service) -> None:
    await a_record(service.http)
    before = datetime.now(UTC)

    place = await begun(service.http, "$export", _outputFormat="ndjson")
    answer = await finished(service.http, place)

    told = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert parsedate_to_datetime(answer.headers["expires"]) > before
    assert told["request"] == "http://127.0.0.1:8000/fhir/$export?_outputFormat=ndjson"
    assert told["requiresAccessToken"] is True
    assert datetime.fromisoformat(told["transactionTime"]) >= before.replace(microsecond=0)
    assert told["deleted"] == told["error"] == []
    assert len(told["output"]) == len({one["type"] for one in told["output"]}) > 8


async def test_an_export_of_all_is_all_that_the_caller_may_read(service: Service) -> None:
    await a_record(service.http)

    manifest = await exported(service.http, "$export")

    found = await lines(service.http, manifest)
    assert references(found) == await all_that_reads(service, HOSPITAL)
    goal = next(one for one in found if one["resourceType"] == "Goal")
    assert (await service.http.get(f"/fhir/Goal/{goal['id']}")).json() == goal


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("who", [HOSPITAL, PRIMARY, MUNICIPALITY, "nurse-stroke"])
async def test_rules_of_access_apply_to_every_line(demo: Service, who: str) -> None:
    http = demo.as_(who)

    found = await lines(http, await exported(http, "$export"))

    assert references(found) == await all_that_reads(demo, who)
    assert found


async def test_an_export_of_patients_is_what_is_about_them(service: Service) -> None:
    record = await a_record(service.http)

    found = references(await lines(service.http, await exported(service.http, "Patient/$export")))

    names = ("Patient", "CarePlan", "CareTeam", "goal", "shared", "march", "group", "answers")
    assert found == {record[name] for name in (*names, "other", "elsewhere")}


async def test_an_export_of_a_list_is_what_is_about_its_patients(service: Service) -> None:
    record = await a_record(service.http)

    found = references(await lines(service.http, await exported(service.http, f"{record['group']}/$export")))

    names = ("Patient", "CarePlan", "CareTeam", "goal", "shared", "march", "group", "answers")
    assert found == {record[name] for name in names}


async def test_a_member_who_has_left_is_not_in_the_export(service: Service) -> None:
    record = await a_record(service.http)
    members = [
        {"entity": {"reference": record["Patient"]}, "inactive": True},
        {"entity": {"reference": record["other"]}, "period": {"end": "2020-01-01"}},
    ]
    group = await create(
        service.http, {"resourceType": "Group", "type": "person", "actual": True, "member": members}
    )

    manifest = await exported(service.http, f"Group/{group['id']}/$export")

    assert manifest["output"] == []


def a_group_by_team(reference: str) -> dict[str, Any]:
    return {
        "resourceType": "Group",
        "type": "person",
        "actual": False,
        "characteristic": [
            {
                "code": {"coding": [{"system": CHARACTERISTIC, "code": "care-team"}]},
                "valueReference": {"reference": reference},
                "exclude": False,
            }
        ],
    }


async def test_an_export_by_care_team_is_of_the_patients_of_its_participant(service: Service) -> None:
    record = await a_record(service.http)
    by_participant = await create(service.http, a_group_by_team(record["Organization"]))
    by_team = await create(service.http, a_group_by_team(record["CareTeam"]))

    for group in (by_participant, by_team):
        manifest = await exported(service.http, f"Group/{group['id']}/$export", _type="Patient,Goal")

        assert references(await lines(service.http, manifest)) == {record["Patient"], record["goal"]}


async def test_a_group_told_in_words_alone_cannot_be_exported(service: Service) -> None:
    group = a_group_by_team("Organization/x")
    group["characteristic"][0] = {"code": {"text": "Ålder"}, "valueBoolean": True, "exclude": False}
    stored = await create(service.http, group)

    answer = await service.http.get(f"/fhir/Group/{stored['id']}/$export", headers=ASYNC)

    assert answer.status_code == 422
    assert problems(answer)[0]["expression"] == ["Group.characteristic[0]"]


async def test_types_and_filters_limit_an_export(service: Service) -> None:
    record = await a_record(service.http)
    done = await create(service.http, a_goal(record["Patient"]) | {"lifecycleStatus": "completed"})
    planned = await create(service.http, a_goal(record["Patient"]) | {"lifecycleStatus": "planned"})

    by_type = await exported(service.http, "Patient/$export", _type=["Goal", "CareTeam"])
    filtered = await exported(
        service.http,
        "Patient/$export",
        _type="Goal,CareTeam",
        _typeFilter=["Goal?lifecycle-status=completed,Goal?lifecycle-status=planned"],
    )

    goals = {record["goal"], record["elsewhere"], f"Goal/{done['id']}", f"Goal/{planned['id']}"}
    assert references(await lines(service.http, by_type)) == goals | {record["CareTeam"]}
    wanted = {f"Goal/{done['id']}", f"Goal/{planned['id']}", record["CareTeam"]}
    assert references(await lines(service.http, filtered)) == wanted


async def test_it_may_be_limited_to_patients_by_post(service: Service) -> None:
    record = await a_record(service.http)
    asked = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "patient", "valueReference": {"reference": record["other"]}},
            {"name": "_type", "valueString": "Goal"},
        ],
    }

    answer = await service.http.post("/fhir/Patient/$export", json=asked, headers=as_fhir(**ASYNC))
    manifest = (await finished(service.http, answer.headers["content-location"])).json()

    assert references(await lines(service.http, manifest)) == {record["elsewhere"]}
    assert manifest["request"] == "http://127.0.0.1:8000/fhir/Patient/$export"


async def test_since_tells_what_has_changed_and_what_has_gone(service: Service) -> None:
    record = await a_record(service.http)
    rules = service.records._exports
    service.records._exports = replace(rules, skew=timedelta(0))  # else what is just written is told again
    await asyncio.sleep(0.01)
    first = await exported(service.http, "$export")
    goal = (await service.http.get(f"/fhir/{record['goal']}")).json()
    between = await exported(service.http, "$export", _since=first["transactionTime"])
    await put(service.http, goal | {"note": [{"text": "ändrat"}]})
    await delete(service.http, {"resourceType": "Goal", "id": record["elsewhere"].split("/")[1]})

    second = await exported(service.http, "$export", _since=between["transactionTime"])

    assert between["output"] == between["deleted"] == []
    assert references(await lines(service.http, second)) == {record["goal"]}
    (gone,) = await lines(service.http, second, "deleted")
    assert gone["type"] == "transaction"
    assert gone["entry"] == [{"request": {"method": "DELETE", "url": record["elsewhere"]}}]


async def test_a_deletion_is_not_told_to_who_asks_for_all(service: Service) -> None:
    record = await a_record(service.http)
    await delete(service.http, {"resourceType": "Goal", "id": record["elsewhere"].split("/")[1]})

    manifest = await exported(service.http, "Patient/$export", _type="Goal")

    assert manifest["deleted"] == []
    assert references(await lines(service.http, manifest)) == {record["goal"]}


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("$export?_outputFormat=csv", "_outputFormat"),
        ("$export?_since=lately", "_since"),
        ("$export?_type=Nothing", "_type"),
        ("$export?_typeFilter=Goal", "_typeFilter"),
        ("$export?_typeFilter=Goal?_include=*", "_typeFilter"),
        ("$export?_typeFilter=Goal?patient.name=x", "_typeFilter"),
        ("$export?_typeFilter=Goal?colour=red", "colour"),
        ("$export?_type=Task&_typeFilter=Goal?_id=x", "_typeFilter"),
        ("$export?_elements=id", "_elements"),
        ("$export?includeAssociatedData=LatestProvenanceResources", "includeAssociatedData"),
        ("Patient/$export?patient=Patient/x", "patient"),
    ],
)
async def test_what_it_cannot_do_is_refused_by_name(service: Service, address: str, named: str) -> None:
    answer = await service.http.get(f"/fhir/{address}", headers=ASYNC)

    assert answer.status_code == 400
    assert named in problems(answer)[0]["diagnostics"]


async def test_a_lenient_caller_finds_what_was_ignored_among_the_errors(service: Service) -> None:
    await create(service.http, a_patient(TOLVAN))
    headers = {"Prefer": "respond-async, handling=lenient"}

    answer = await service.http.get("/fhir/$export?_elements=id", headers=headers)
    manifest = (await finished(service.http, answer.headers["content-location"])).json()

    (told,) = await lines(service.http, manifest, "error")
    assert "_elements" in told["issue"][0]["diagnostics"]
    assert len(await lines(service.http, manifest)) == 1


async def test_who_does_not_ask_for_it_asynchronously_is_refused(service: Service) -> None:
    answer = await service.http.get("/fhir/$export")

    assert answer.status_code == 400
    assert "respond-async" in problems(answer)[0]["diagnostics"]


async def test_an_export_is_not_asked_for_in_a_bundle(service: Service) -> None:
    answer = await bundle(service.http, "batch", entry("GET", "$export"), Prefer="respond-async")

    assert answer.json()["entry"][0]["response"]["status"].startswith("501")
