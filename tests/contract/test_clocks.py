"""Clocks: what an event starts, in its own transaction, whatever way it is written, and what stops it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pk_api.contract.clocks import clocks
from pk_api.contract.discharge import is_admission
from pk_api.fhir.problems import Problem
from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.validate import check
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.contract.wire import Api, Json, opened, registered
from tests.support.actors import HOSPITAL, SYSTEM_HOSPITAL
from tests.support.profiles import profile_of

ADMITTED = "2026-03-10T09:00:00+01:00"
ENCOUNTERS_ALONE = (("Encounter", "cdrsu"), ("Patient", "rs"), ("Organization", "rs"))


def an_encounter(patient: str, unit: str, **more: Any) -> Json:
    return {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": {"reference": patient},
        "period": {"start": ADMITTED},
        "serviceProvider": {"reference": unit},
        **more,
    }


@pytest.fixture
async def records(db: Database) -> AsyncIterator[Records]:
    door = Records(db, Policy(base_url=BASE), clocks=clocks(draft_days=3))
    yield door
    await door.drain()


async def running(records: Records, **wanted: str) -> list[Stored]:
    pairs = [("code", "draft-contract"), *wanted.items()]
    return list((await records.search(SYSTEM_HOSPITAL, parse_query("Task", pairs))).items)


async def admitted(records: Records, **more: Any) -> tuple[str, Stored]:
    patient, references = await registered(records)
    encounter = an_encounter(patient, references[HOSPITAL], **more)
    (stored,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Encounter", encounter)])
    return patient, stored


async def test_on_admission_a_draft_is_due_within_days_for_the_unit(records: Records) -> None:
    patient, encounter = await admitted(records)

    (task,) = await running(records, status="requested")

    told = task.resource
    due = datetime.fromisoformat(ADMITTED) + timedelta(days=3)
    assert datetime.fromisoformat(told["restriction"]["period"]["end"]) == due
    assert (told["for"]["reference"], told["encounter"]["reference"]) == (patient, encounter.reference)
    assert told["owner"] == encounter.resource["serviceProvider"]
    assert check(told) == []
    profile = profile_of(told)
    assert profile is not None
    assert KNOWN.check(told, profile) == []


async def test_what_is_overdue_is_found(records: Records) -> None:
    await admitted(records)

    assert len(await running(records, status="requested", period="eb2026-03-14")) == 1
    assert await running(records, status="requested", period="eb2026-03-12") == []


@pytest.mark.parametrize(
    "more",
    [
        {"status": "planned"},
        {"status": "finished"},
        {"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}},
    ],
)
async def test_no_other_encounter_starts_it(records: Records, more: Json) -> None:
    await admitted(records, **more)

    assert await running(records) == []


async def test_a_planned_stay_starts_it_when_it_begins_and_once(records: Records) -> None:
    _, encounter = await admitted(records, status="planned")
    for status in ("arrived", "in-progress", "onleave", "in-progress"):
        changed = {**encounter.resource, "status": status}
        await records.write(SYSTEM_HOSPITAL, [Write("update", "Encounter", changed, id=encounter.id)])

    assert len(await running(records)) == 1


async def test_a_system_that_writes_encounters_alone_starts_it_too(records: Records) -> None:
    patient, references = await registered(records)
    narrow = replace(SYSTEM_HOSPITAL, scopes=ENCOUNTERS_ALONE)
    (written,) = await records.write(
        narrow, [Write("create", "Encounter", an_encounter(patient, references[HOSPITAL]))]
    )

    assert written.type == "Encounter"
    assert len(await running(records)) == 1
    with pytest.raises(Problem):
        await records.write(narrow, [Write("create", "Task", {"resourceType": "Task"})])


async def test_a_contract_that_is_begun_stops_it(records: Records) -> None:
    patient, _ = await admitted(records)

    await opened(Api(records), patient, status="draft")

    (task,) = await running(records)
    assert (task.resource["status"], task.version) == ("completed", 2)


async def test_with_an_active_contract_it_does_not_start(records: Records) -> None:
    patient, references = await registered(records)
    await opened(Api(records), patient)

    encounter = an_encounter(patient, references[HOSPITAL])
    await records.write(SYSTEM_HOSPITAL, [Write("create", "Encounter", encounter)])

    assert await running(records) == []


async def test_what_is_refused_starts_nothing(records: Records) -> None:
    patient, references = await registered(records)
    encounter = an_encounter(patient, references[HOSPITAL])
    wrong = {**encounter, "basedOn": [{"reference": "ServiceRequest/nothing"}]}

    with pytest.raises(Problem):
        await records.write(
            SYSTEM_HOSPITAL, [Write("create", "Encounter", encounter), Write("create", "Encounter", wrong)]
        )

    assert await running(records) == []


def test_a_day_alone_counts_from_now() -> None:
    clock = clocks(draft_days=1)[0]
    event = an_encounter("Patient/p", "Organization/o", period={"start": "2026-03-10"}) | {"id": "e"}
    now = datetime(2026, 3, 12, 8, tzinfo=UTC)

    assert is_admission(event)
    assert clock.task(event, now)["restriction"]["period"]["end"] == "2026-03-13T09:00:00+01:00"
