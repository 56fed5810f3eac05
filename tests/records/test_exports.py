"""Jobs of bulk export: one worker at a time, and what a worker who has lost one can no longer do."""

from datetime import timedelta

import orjson
import pytest

from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import SECURITY_LABEL
from pk_api.records.drafts import Policy
from pk_api.records.exports.values import Asked, ExportRules
from pk_api.records.records import Records
from pk_api.records.values import Write, to_micros
from pk_api.store import exports
from pk_api.store.database import Database
from pk_api.store.exports import File
from tests.conftest import BASE
from tests.support.actors import (
    HOSPITAL,
    MUNICIPALITY,
    NURSE,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
    TOLVAN,
)
from tests.support.resources import a_goal, a_patient, opened

ALL = Asked("system")
REQUEST = f"{BASE}/$export"


def now_of(records: Records) -> int:
    return to_micros(records.now())


async def test_a_job_is_taken_once(records: Records, db: Database) -> None:
    job = await records.start_export(SYSTEM_HOSPITAL, ALL, request=REQUEST)
    now = now_of(records)

    first = await exports.take(db, "one", now=now, until=now + 10**9)
    second = await exports.take(db, "two", now=now, until=now + 10**9)

    assert (first["id"], first["attempts"], second) == (job, 1, None)


async def test_a_worker_who_has_lost_a_job_changes_nothing_of_it(records: Records, db: Database) -> None:
    job = await records.start_export(SYSTEM_HOSPITAL, ALL, request=REQUEST)
    now = now_of(records)
    file = File(1, "output", "Patient", 1, "[]", b"x")
    await exports.take(db, "one", now=now, until=now - 1)
    assert await exports.renew(db, job, "one", [file], moment=now, until=now - 1, size=1)
    again = await exports.take(db, "two", now=now, until=now + 10**9)

    kept = await exports.renew(db, job, "one", [file], moment=now, until=now + 10**9, size=1)
    ended = await exports.end(db, job, "one", status=exports.DONE, problem=None, expires=now)

    assert (again["attempts"], kept, ended) == (2, False, False)
    assert await exports.files(db, job) == []


async def test_a_job_that_was_begun_too_often_is_given_up(db: Database) -> None:
    records = Records(db, Policy(base_url=BASE), exports=ExportRules(attempts=2))
    job = await records.start_export(SYSTEM_HOSPITAL, ALL, request=REQUEST)
    for _ in range(2):
        now = now_of(records)
        assert await exports.take(db, "gone", now=now, until=now - 1)

    assert await records.run_export("next")
    state = await records.export_state(SYSTEM_HOSPITAL, job)

    assert (state.status, state.problem["kind"]) == ("failed", "internal")
    await records.drain()


async def test_a_stopped_worker_leaves_its_jobs_to_others(records: Records, db: Database) -> None:
    job = await records.start_export(SYSTEM_HOSPITAL, ALL, request=REQUEST)
    now = now_of(records)
    await exports.take(db, "one", now=now, until=now + 10**12)

    await records.release_exports("one")

    assert await records.run_export("two")
    assert (await records.export_state(SYSTEM_HOSPITAL, job)).status == "done"


async def test_since_is_read_a_little_earlier_as_clocks_differ(db: Database) -> None:
    for skew, lines in ((timedelta(seconds=5), 1), (timedelta(0), 0)):
        records = Records(db, Policy(base_url=BASE), exports=ExportRules(skew=skew))
        if lines:
            await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])
        since = now_of(records)
        job = await records.start_export(SYSTEM_HOSPITAL, Asked("system", since=since), request=REQUEST)

        await records.run_export("one")

        state = await records.export_state(SYSTEM_HOSPITAL, job)
        assert sum(count for _, _, _, count in state.files) == lines
        await records.drain()


async def test_nothing_of_a_caller_is_kept_beyond_what_decides_access(records: Records, db: Database) -> None:
    job = await records.start_export(NURSE, ALL, request=REQUEST)

    row = await exports.find(db, job, NURSE.caller, now=now_of(records))

    assert '"employee":"SE2321000016-E1"' in row["actor"]
    assert "person" not in row["actor"]


@pytest.mark.parametrize("actor", [SYSTEM_PRIMARY, NURSE])
async def test_a_job_is_not_there_for_another_caller(records: Records, actor) -> None:
    job = await records.start_export(SYSTEM_HOSPITAL, ALL, request=REQUEST)
    await records.run_export("one")

    for asked in (records.export_state(actor, job), records.export_file(actor, job, 1)):
        with pytest.raises(Problem) as told:
            await asked
        assert told.value.kind == "not-found"


async def test_a_patient_exports_nothing(records: Records) -> None:
    await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])

    with pytest.raises(Problem) as told:
        await records.start_export(PATIENT, ALL, request=REQUEST)

    assert told.value.kind == "forbidden"


async def test_what_is_shut_since_is_not_in_the_file_that_is_fetched(records: Records) -> None:
    contract = await opened(records, team=[HOSPITAL, MUNICIPALITY])
    goal = Write("create", "Goal", a_goal(contract.patient.reference))
    ours, theirs = [(await records.write(who, [goal]))[0] for who in (SYSTEM_MUNICIPALITY, SYSTEM_HOSPITAL)]
    consents = parse_query("Consent", [("patient", contract.patient.id)])
    (consent,) = (await records.search(SYSTEM_HOSPITAL, consents)).items
    job = await records.start_export(SYSTEM_MUNICIPALITY, Asked("system", types=("Goal",)), request=REQUEST)
    await records.run_export("one")

    async def fetched() -> list[str]:
        body = await records.export_file(SYSTEM_MUNICIPALITY, job, 1)
        return sorted(orjson.loads(line)["id"] for line in body.splitlines())

    before = await fetched()
    ended = {**consent.resource, "status": "inactive"}
    await records.write(SYSTEM_HOSPITAL, [Write("update", "Consent", ended, id=consent.id)])

    assert before == sorted([ours.id, theirs.id])
    assert await fetched() == [ours.id]


async def test_an_identity_that_is_protected_since_is_not_told_by_a_file(records: Records) -> None:
    named = a_patient(TOLVAN) | {"name": [{"text": "Tolvan Tolvansson"}]}
    (stored,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", named)])
    job = await records.start_export(SYSTEM_HOSPITAL, Asked("system", types=("Patient",)), request=REQUEST)
    await records.run_export("one")
    before = await records.export_file(SYSTEM_HOSPITAL, job, 1)
    label = {"system": SECURITY_LABEL, "code": "sekretessmarkering"}
    protected = {**stored.resource, "meta": {"security": [label]}}
    await records.write(SYSTEM_HOSPITAL, [Write("update", "Patient", protected, id=stored.id)])

    after = await records.export_file(SYSTEM_HOSPITAL, job, 1)

    assert ("Tolvansson" in before.decode(), "Tolvansson" in after.decode()) == (True, False)
    assert orjson.loads(after)["id"] == stored.id
