"""An update that only repeats what stands changes nothing: no version, no revision, no notice, no Task."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pk_api.contract.clocks import clocks
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.values import parse
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.values import Idempotency, Stored, Write
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.rules.people import WARD, system, world
from tests.rules.standins import a_related_person, number_born, proxy_of, years_ago
from tests.support import tables
from tests.support.actors import HOSPITAL, SYSTEM_HOSPITAL, SYSTEM_PRIMARY, TOLVAN
from tests.support.resources import a_contract, a_goal, a_patient, an_organization, opened

"""What follows is worked out before the database is asked."""

COUNTS = "SELECT (SELECT count(*) FROM version) AS versions, (SELECT count(*) FROM outbox) AS told"


@pytest.fixture
async def records(db: Database) -> AsyncIterator[Records]:
    door = Records(db, Policy(base_url=BASE), clocks=clocks(draft_days=3))
    yield door
    await door.drain()


async def counted(database_url: str) -> dict[str, int]:
    return (await tables.select(database_url, COUNTS))[0]


async def updated(records: Records, stored: Stored, resource: Any, **more: Any) -> Stored:
    (again,) = await records.write(
        SYSTEM_HOSPITAL, [Write("update", stored.type, resource, stored.id, **more)]
    )
    return again


async def a_measurement(records: Records) -> tuple[Stored, str]:
    """A stored resource whose digits matter, and the text that it was sent as."""
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])
    text = (
        '{"resourceType":"Observation","status":"final","code":{"text":"Vikt"},'
        f'"subject":{{"reference":"{patient.reference}"}},"valueQuantity":{{"value":72.50,"unit":"kg"}}}}'
    )
    (stored,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Observation", parse(text))])
    return stored, text


async def test_the_same_sent_again_makes_no_version_and_tells_nobody(
    records: Records, database_url: str
) -> None:
    here = await opened(records, team=[HOSPITAL])
    before = await counted(database_url)

    again = await updated(records, here.plan, dict(here.plan.resource))

    assert (again.version, again.body, again.created) == (1, here.plan.body, False)
    assert again.updated == (await records.read(SYSTEM_HOSPITAL, "CarePlan", here.plan.id)).updated
    assert await counted(database_url) == before
    assert (await records.contract(SYSTEM_HOSPITAL, here.plan.id)).revision == 1


async def test_order_and_what_the_server_says_make_no_difference_and_digits_do(records: Records) -> None:
    stored, text = await a_measurement(records)
    turned = {"id": stored.id, **dict(reversed(parse(text).items())), "meta": {"versionId": "77"}}

    same = await updated(records, stored, turned)
    other = await updated(records, stored, parse(text.replace("72.50", "72.5")))

    assert (same.version, other.version) == (1, 2)
    assert '"value":72.5,' in other.body


async def test_of_a_set_only_what_has_changed_gets_a_version(records: Records) -> None:
    here = await opened(records, team=[HOSPITAL])
    patient = {**here.patient.resource, "gender": "female"}

    written = await records.write(
        SYSTEM_HOSPITAL,
        [
            Write("update", "CareTeam", here.team.resource, here.team.id),
            Write("update", "Patient", patient, here.patient.id),
            Write("update", "CarePlan", here.plan.resource, here.plan.id),
        ],
    )

    assert [one.version for one in written] == [1, 2, 1]
    assert (await records.contract(SYSTEM_HOSPITAL, here.plan.id)).revision == 2


@pytest.mark.one_database
async def test_conditions_and_access_are_kept_to_all_the_same(records: Records) -> None:
    here = await opened(records, team=[HOSPITAL])

    with pytest.raises(Problem) as stale:
        await updated(records, here.plan, here.plan.resource, if_match=7)
    with pytest.raises(Problem) as closed:
        await records.write(SYSTEM_PRIMARY, [Write("update", "CarePlan", here.plan.resource, here.plan.id)])

    assert (stale.value.kind, closed.value.kind) == ("stale", "business-rule")


@pytest.mark.one_database
async def test_the_request_is_audited_with_what_it_was_about(records: Records, database_url: str) -> None:
    here = await opened(records, team=[HOSPITAL])
    asked = "SELECT interaction, entities, outcome, detail FROM audit WHERE request_id = 'again'"

    await records.write(
        SYSTEM_HOSPITAL, [Write("update", "CarePlan", here.plan.resource, here.plan.id)], request_id="again"
    )

    (row,) = await tables.select(database_url, asked)
    assert row["entities"] == f'["{here.plan.reference}/_history/1"]'
    assert (row["interaction"], row["outcome"], row["detail"]) == ("update", "allowed", "unchanged")


@pytest.mark.one_database
async def test_a_key_that_changed_nothing_answers_the_same_again(records: Records) -> None:
    here = await opened(records, team=[HOSPITAL])
    write = Write("update", "CarePlan", here.plan.resource, here.plan.id)
    key = Idempotency("one", "hash")

    first = await records.write(SYSTEM_HOSPITAL, [write], idempotency=key)
    await updated(records, here.plan, {**here.plan.resource, "title": "Ny"})
    second = await records.write(SYSTEM_HOSPITAL, [write], idempotency=key)

    assert [one.version for one in (*first, *second)] == [1, 1]


@pytest.mark.one_database
async def test_a_stand_in_who_changes_nothing_is_said_to_have_changed_nothing(
    records: Records, database_url: str
) -> None:
    here = await world(records, a_patient(number_born(years_ago(9))))
    await here.write(system(WARD), a_related_person(here.patient.reference))
    goal = await here.write(proxy_of(here.patient), a_goal(here.patient.reference))
    before = await counted(database_url)

    await records.write(proxy_of(here.patient), [Write("update", "Goal", goal.resource, goal.id)])

    assert await counted(database_url) == before


@pytest.mark.one_database
async def test_an_event_that_is_told_once_more_starts_nothing(records: Records, database_url: str) -> None:
    (unit, patient) = await records.write(
        SYSTEM_HOSPITAL,
        [
            Write("create", "Organization", an_organization(HOSPITAL)),
            Write("create", "Patient", a_patient(TOLVAN)),
        ],
    )
    visit = {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": patient.reference},
        "period": {"start": "2026-03-10T09:00:00+01:00"},
        "serviceProvider": {"reference": unit.reference},
    }
    (stored,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Encounter", visit)])
    await records.write(SYSTEM_HOSPITAL, [Write("create", "CarePlan", a_contract(patient.reference))])
    before = await counted(database_url)

    await updated(records, stored, stored.resource)
    silent = await counted(database_url)
    await updated(records, stored, {**stored.resource, "reasonCode": [{"text": "Återbesök"}]})

    tasks = await records.search(SYSTEM_HOSPITAL, parse_query("Task", [("code", "reassess-goals")]))
    assert silent == before
    assert len(tasks.items) == 1


async def test_the_key_of_what_wrote_nothing_is_kept(records: Records) -> None:
    key, other = Idempotency("nothing", "hash"), Idempotency("nothing", "another")
    (patient,) = await records.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])
    goal = Write("create", "Goal", a_goal(patient.reference))

    await records.keep_key(SYSTEM_HOSPITAL, key)
    await records.keep_key(SYSTEM_HOSPITAL, key)
    written = await records.write(SYSTEM_HOSPITAL, [goal], idempotency=key)
    by_another = await records.write(SYSTEM_HOSPITAL, [goal], idempotency=Idempotency("something", "hash"))
    with pytest.raises(Problem) as caught:
        await records.keep_key(SYSTEM_HOSPITAL, other)

    assert (written, len(by_another)) == ((), 1)
    assert caught.value.kind == "idempotency-mismatch"
