"""The audit as the national log service has it: StoreLog's fields, row by row. On both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.records.auditing.storelog import storelog
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store import writing
from pk_api.store.database import Database
from tests.store.auditing import a_row
from tests.support.actors import HOSPITAL, NURSE, PATIENT, SYSTEM_HOSPITAL, SYSTEM_PRIMARY, TOLVAN
from tests.support.resources import a_goal, a_patient
from tests.support.tables import rows

FULL = replace(
    NURSE,
    kind="system",  # which needs no care relation
    unit="SE2321000016-1100",
    unit_name="Strokeenheten",
    provider_name="Region Exempel",
    title="Sjuksköterska",
    assignment="SE2321000016-A1",
    purpose="Kvalitetssäkring",
)


async def _lines(db: Database, provider: str = HOSPITAL, *, days: int = 1) -> list[dict]:
    now = datetime.now(UTC)
    since = now - timedelta(days=days)
    told = storelog(db, provider, since=since, until=now + timedelta(days=days), system="SE1-PK", now=now)
    return [orjson.loads(line) async for line in told]


async def _a_goal_read_by(records: Records, actor: Actor) -> str:
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])
    (goal,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Goal", a_goal(patient.reference))])
    await records.read(actor, "Goal", goal.id)
    return goal.reference


async def test_a_line_has_the_fields_of_storelog(db: Database, records: Records) -> None:
    await _a_goal_read_by(records, FULL)

    line = (await _lines(db))[-1]

    assert UUID(line["logId"])
    assert line["system"] == {"systemId": "SE1-PK", "systemName": "pk_api"}
    assert line["activity"] | {"startDate": ""} == {
        "activityType": "Läsa",
        "activityLevel": "read",
        "activityArgs": line["activity"]["activityArgs"],
        "startDate": "",
        "purpose": "Kvalitetssäkring",
    }
    assert line["activity"]["activityArgs"].startswith("allowed; own-care ")
    assert datetime.fromisoformat(line["activity"]["startDate"]) <= datetime.now(UTC)
    assert line["user"] == {
        "userId": "SE2321000016-E1",
        "name": "Sjuksköterska",
        "assignment": "SE2321000016-A1",
        "title": "Sjuksköterska",
        "careProvider": {"careProviderId": HOSPITAL, "careProviderName": "Region Exempel"},
        "careUnit": {"careUnitId": "SE2321000016-1100", "careUnitName": "Strokeenheten"},
    }
    assert line["resources"]["resource"] == [
        {
            "resourceType": "Goal",
            "patient": {"patientId": {"root": "1.2.752.129.2.1.3.1", "extension": TOLVAN}},
            "careProvider": {"careProviderId": HOSPITAL},
        }
    ]


@pytest.mark.parametrize(
    ("rule", "activity"), [("own-organisation", "Läsa"), ("emergency-opening own-organisation", "Nödöppning")]
)
async def test_access_under_an_emergency_opening_is_told_as_such(
    db: Database, records: Records, rule: str, activity: str
) -> None:

    async with db.transaction() as tx:
        now = int(datetime.now(UTC).timestamp() * 1e6)
        await writing.save_audit(tx, [a_row(1, provider=HOSPITAL, rule=rule)], now=now)

    assert [line["activity"]["activityType"] for line in await _lines(db)] == [activity]


async def test_writing_and_deleting_are_told_apart(db: Database, records: Records) -> None:
    goal = await _a_goal_read_by(records, SYSTEM_HOSPITAL)
    await records.write(SYSTEM_HOSPITAL, [Write("delete", "Goal", None, goal[5:])])

    assert [line["activity"]["activityType"] for line in await _lines(db)] == [
        "Skriva",
        "Skriva",
        "Läsa",
        "Radera",
    ]


async def test_only_the_care_providers_own_users_in_the_period_are_told(
    db: Database, records: Records
) -> None:
    goal = await _a_goal_read_by(records, PATIENT)
    with pytest.raises(Problem):
        await records.read(SYSTEM_PRIMARY, "Goal", goal[5:])

    here, elsewhere = await _lines(db), await _lines(db, "SE2321000016-2001")

    assert {line["user"]["careProvider"]["careProviderId"] for line in here} == {HOSPITAL}
    assert [line["activity"]["activityArgs"].partition(";")[0] for line in elsewhere] == ["absent"]
    assert await _lines(db, days=-1) == []


async def test_the_export_is_in_the_audit(db: Database, records: Records, database_url: str) -> None:
    await _lines(db)

    told = [row for row in await rows(database_url, "audit") if row["interaction"] == "audit-export"]
    assert [(row["actor_kind"], row["detail"].split()[0]) for row in told] == [("operator", HOSPITAL)]
