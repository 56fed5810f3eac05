"""Bulk export: whose it is, how it ends, its limits and its traces."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.interactions.operations.exporting import ASYNC, begun, exported, finished, lines, references
from tests.interactions.operations.test_everything import OTHER, a_record
from tests.support.resources import a_goal, a_patient
from tests.support.service import (
    HOSPITAL,
    MUNICIPALITY,
    PRIMARY,
    TOLVAN,
    Service,
    bundle,
    create,
    entry,
    problems,
    served,
    token_of,
)
from tests.support.tables import rows


async def test_an_export_is_its_callers_alone(service: Service) -> None:
    await create(service.http, a_patient(TOLVAN))
    place = await begun(service.http, "$export")
    url = (await finished(service.http, place)).json()["output"][0]["url"]

    for who in (PRIMARY, MUNICIPALITY, "nurse-stroke"):
        other = service.as_(who)
        assert (await other.get(place)).status_code == 404
        assert (await other.get(url)).status_code == 404
        assert (await other.delete(place)).status_code == 404
    assert (await service.as_(None).get(url)).status_code == 401
    assert (await service.http.get(url)).status_code == 200


async def test_a_file_is_refused_to_a_caller_who_may_not_see_its_type_any_more(service: Service) -> None:
    record = await a_record(service.http)
    manifest = await exported(service.http, f"{record['group']}/$export", _type="Goal,Appointment")
    urls = {one["type"]: one["url"] for one in manifest["output"]}
    token = token_of(service.data, HOSPITAL, scope="system/Goal.rs")

    goals = await service.http.get(urls["Goal"], headers={"Authorization": f"Bearer {token}"})
    times = await service.http.get(urls["Appointment"], headers={"Authorization": f"Bearer {token}"})

    assert (goals.status_code, times.status_code) == (200, 403)


@pytest.mark.parametrize("who", ["patient-stroke", "statistics", "operator", "godman"])
async def test_bulk_export_is_for_care_alone(service: Service, who: str) -> None:
    answer = await service.as_(who).get("/fhir/$export", headers=ASYNC)

    assert answer.status_code == 403
    audit = await rows(service.database_url, "audit")
    assert [(r["interaction"], r["outcome"]) for r in audit] == [("export", "refused")]


async def test_a_cancelled_export_is_gone_with_its_files(service: Service) -> None:
    await create(service.http, a_patient(TOLVAN))
    place = await begun(service.http, "$export")
    url = (await finished(service.http, place)).json()["output"][0]["url"]

    cancelled = await service.http.delete(place)

    assert cancelled.status_code == 202
    for address in (place, url):
        assert (await service.http.get(address)).status_code == 404
    assert (await service.http.delete(place)).status_code == 404
    assert await rows(service.database_url, "export_file") == []


async def test_a_file_cannot_be_deleted_by_itself(service: Service) -> None:
    answer = await service.http.delete("/fhir/$export-file/aaaaaaaaaaaaaaaaaaaaaaaaaa-1")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_an_export_expires(database_url: str, tmp_path: Path) -> None:
    async with served(database_url, tmp_path, export_hours=0.0005) as service:
        await create(service.http, a_patient(TOLVAN))
        place = await begun(service.http, "$export")
        url = (await finished(service.http, place)).json()["output"][0]["url"]

        await asyncio.sleep(2)
        gone = [(await service.http.get(address)).status_code for address in (place, url)]
        await service.records.forget_exports()

        assert gone == [404, 404]
        assert await rows(database_url, "export") == []
        assert await rows(database_url, "export_file") == []


async def test_a_caller_has_few_exports_under_way(database_url: str, tmp_path: Path) -> None:
    async with served(database_url, tmp_path, exports_at_once=1) as service:
        service.records.exports_wanted.clear()
        first = service.http.get("/fhir/$export", headers=ASYNC)
        second = service.http.get("/fhir/$export", headers=ASYNC)

        answers = await asyncio.gather(first, second)

        told = sorted(answers, key=lambda one: one.status_code)
        assert [one.status_code for one in told] == [202, 429]
        assert int(told[1].headers["retry-after"]) > 1
        assert problems(told[1])[0]["code"] == "throttled"


async def test_an_export_that_is_too_large_says_so(database_url: str, tmp_path: Path) -> None:
    async with served(database_url, tmp_path, export_bytes=100) as service:
        await create(service.http, a_patient(TOLVAN))

        answer = await finished(service.http, await begun(service.http, "$export"))

        assert answer.status_code == 413
        assert "_since" in problems(answer)[0]["diagnostics"]


async def test_every_patient_is_in_the_audit_of_the_export_and_of_each_file(service: Service) -> None:
    record = await a_record(service.http)
    manifest = await exported(service.http, "Patient/$export", _type="Goal,Task")
    await lines(service.http, manifest)

    audit = await rows(service.database_url, "audit")
    for name, goal in (("Patient", "goal"), ("other", "elsewhere")):
        key = record[name].partition("/")[2]
        own = {r["interaction"]: r for r in audit if r["patient_key"] == key}
        assert orjson.loads(own["export"]["entities"]) == [f"{record[goal]}/_history/1"]
        file = manifest["output"][0]["url"].rpartition("/")[2]
        assert orjson.loads(own["export-file"]["entities"]) == [f"$export-file/{file}"]
        assert own["export-file"]["client"] == own["export"]["client"] == "demo-system-hospital"


async def test_no_identity_number_stands_in_a_manifest(service: Service) -> None:
    await create(service.http, a_patient(TOLVAN))
    query = f"Patient?identifier=http://electronichealth.se/identifier/personnummer|{TOLVAN}"

    manifest = await exported(service.http, "$export", _type="Patient", _typeFilter=query)

    assert TOLVAN not in orjson.dumps(manifest).decode()
    assert len(await lines(service.http, manifest)) == 1
    kept: list[Any] = await rows(service.database_url, "export")
    assert [TOLVAN in row["request"] for row in kept] == [False]


async def test_large_exports_come_in_several_files_of_a_type(service: Service) -> None:
    http: httpx.AsyncClient = service.http
    patient = await create(http, a_patient(OTHER))
    goals = [entry("POST", "Goal", a_goal(f"Patient/{patient['id']}")) for _ in range(2_600)]
    for at in range(0, len(goals), 1_300):
        assert (await bundle(http, "transaction", *goals[at : at + 1_300])).status_code == 200
    rules = service.records._exports
    service.records._exports = type(rules)(part_lines=1_000)

    manifest = await exported(http, "Patient/$export", _type="Goal")

    assert [one["count"] for one in manifest["output"]] == [1_000, 1_000, 600]
    assert len(references(await lines(http, manifest))) == 2_600
