"""The care guarantee: counted in calendar days, paused, shown to the patient, its clock among the others."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from pk_api.contract.clocks import clocks
from pk_api.fhir import systems
from pk_api.fhir.care_guarantee import LIMITS, RULES, Guarantee, Pause, guarantees_in, last_day
from pk_api.fhir.problems import Problem
from pk_api.fhir.rules import lacking
from pk_api.records.drafts import Policy
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.contract.wire import Api, Json, opened, registered
from tests.support.actors import HOSPITAL, PATIENT, SYSTEM_HOSPITAL

MARCH = date(2026, 3, 1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "start", "days"),
    [
        ("contact", MARCH, 0),
        ("assessment", MARCH, 3),
        ("assessment", date(2018, 12, 31), 7),
        ("assessment", date(2019, 1, 1), 3),
        ("specialist-visit", MARCH, 90),
        ("treatment", MARCH, 90),
    ],
)
def test_days_are_calendar_days_by_the_law_of_the_day(kind: str, start: date, days: int) -> None:
    assert last_day(Guarantee(kind, start, None)) == start + timedelta(days=days)


@pytest.mark.parametrize(
    ("paused", "more"),
    [
        ([(10, 19)], 10),
        ([(10, 19), (15, 24)], 15),
        ([(0, 0)], 0),
        ([(85, 94)], 10),
        ([(91, 100)], 0),
        ([(-5, -1)], 0),
    ],
)
def test_days_of_a_pause_are_not_counted_and_none_twice(paused: list[tuple[int, int]], more: int) -> None:
    pauses = tuple(Pause(MARCH + first * DAY, MARCH + last * DAY) for first, last in paused)

    assert last_day(Guarantee("treatment", MARCH, None, pauses)) == MARCH + (90 + more) * DAY


def test_while_it_is_paused_there_is_no_last_day_unless_it_came_before() -> None:
    open_ = Guarantee("treatment", MARCH, None, (Pause(MARCH + 10 * DAY, None),))
    late = Guarantee("treatment", MARCH, None, (Pause(MARCH + 100 * DAY, None),))

    assert last_day(open_) is None
    assert last_day(late) == MARCH + 90 * DAY


def test_at_the_end_of_the_calendar_there_is_no_last_day() -> None:
    assert last_day(Guarantee("treatment", date(9999, 12, 1), None)) is None


def test_every_kind_has_one_limit_a_day_since_the_law_came() -> None:
    for kind in {each.kind for each in LIMITS}:
        rows = sorted((each for each in LIMITS if each.kind == kind), key=lambda each: each.since)
        assert rows[0].since == date(2017, 4, 1)
        assert rows[-1].until == date(9999, 12, 31)
        assert all(after.since - before.until == DAY for before, after in pairwise(rows))


BROKEN: dict[str, Guarantee] = {
    "start": Guarantee("treatment", date(2016, 1, 1), None),
    "pausable": Guarantee("assessment", MARCH, None, (Pause(MARCH, MARCH),)),
    "pauses": Guarantee("treatment", MARCH, None, (Pause(MARCH, MARCH - DAY),)),
    "due": Guarantee("treatment", MARCH, MARCH + 91 * DAY),
}


@pytest.mark.parametrize("rule", [each.name for each in RULES])
def test_each_rule_of_a_guarantee_is_broken_alone(rule: str) -> None:
    assert lacking(RULES, Guarantee("treatment", MARCH, MARCH + 90 * DAY)) == []
    assert [each.name for each in lacking(RULES, BROKEN[rule])] == [rule]


def test_an_instant_is_of_its_swedish_day() -> None:
    period = {"start": "2026-03-05T23:30:00Z", "end": "2026-03-07T22:59:60Z"}
    parts = [
        {"url": "type", "valueCode": "treatment"},
        {"url": "start", "valueDate": "2026-03-01"},
        {"url": "paused", "extension": [{"url": "period", "valuePeriod": period}]},
    ]
    (told,) = guarantees_in({"extension": [{"url": systems.EXT_CARE_GUARANTEE, "extension": parts}]})

    assert told.paused == (Pause(date(2026, 3, 6), date(2026, 3, 7)),)


@pytest.fixture
async def records(db: Database) -> AsyncIterator[Records]:
    door = Records(db, Policy(base_url=BASE), clocks=clocks(draft_days=3))
    yield door
    await door.drain()


async def _clocks(api: Api, **params: Any) -> list[Json]:
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        found = (await hospital.get("/clocks", params=params)).json()["items"]
    return [each for each in found if each["kind"] == "care-guarantee"]


async def test_a_patient_reads_the_last_day_and_what_is_late_is_among_the_clocks(
    records: Records, api: Api
) -> None:
    patient, _ = await registered(records)
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}/actions"
    begun = {"type": "treatment", "start": "2026-01-01"}
    action = {"text": "Operera höften", "owner": {"hsaId": HOSPITAL}, "guarantee": begun}

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as own:
        made = await hospital.post(path, json=action)
        item = f"{path}/{made.json()['id']}"
        shown = (await own.get(item)).json()["guarantee"]
        late = await _clocks(api, overdue="true")
        paused = [{"start": "2026-02-01", "reason": "medical"}]
        resting = await hospital.patch(item, json={"guarantee": {"paused": paused}})
        still = await _clocks(api, overdue="true")
        ended = [{**paused[0], "end": "2026-02-10"}]
        moved = await hospital.patch(item, json={"guarantee": {"paused": ended}})
        running = await _clocks(api)
        forbidden = await own.post(path, json={"text": "Min", "side": "patient", "guarantee": begun})
        await hospital.post(f"{item}/complete")
        over = await _clocks(api)

    assert made.status_code == 201, made.text
    assert (shown["due"], shown["text"]) == ("2026-04-01", "Senast 2026-04-01 enligt vårdgarantin.")
    assert [each["due"][:10] for each in late] == ["2026-04-01"]
    assert (resting.json()["guarantee"]["due"], still) == (None, [])
    assert moved.json()["guarantee"]["due"] == "2026-04-11"
    assert [each["due"][:10] for each in running] == ["2026-04-11"]
    assert (forbidden.status_code, over) == (403, [])


async def test_the_door_counts_what_is_written_by_fhir(records: Records, api: Api) -> None:
    patient, references = await registered(records)
    parts = [{"url": "type", "valueCode": "specialist-visit"}, {"url": "start", "valueDate": "2026-01-01"}]

    def referral(due: str) -> Write:
        told = [*parts, {"url": "due", "valueDate": due}]
        order = {
            "resourceType": "ServiceRequest",
            "extension": [{"url": systems.EXT_CARE_GUARANTEE, "extension": told}],
            "status": "active",
            "intent": "order",
            "subject": {"reference": patient},
            "requester": {"reference": references[HOSPITAL]},
        }
        return Write("create", "ServiceRequest", order)

    parts[1]["valueDate"] = "2026"
    with pytest.raises(Problem):
        await records.write(SYSTEM_HOSPITAL, [referral("2026-04-01")])
    parts[1]["valueDate"] = "2026-01-01"
    with pytest.raises(Problem) as refusal:
        await records.write(SYSTEM_HOSPITAL, [referral("2026-03-31")])
    await records.write(SYSTEM_HOSPITAL, [referral("2026-04-01")])
    (clock,) = await _clocks(api, overdue="true")

    assert refusal.value.kind == "business-rule"
    assert clock["due"][:10] == "2026-04-01"


async def test_a_guarantee_that_is_taken_away_stops_its_clock_and_put_back_starts_it(
    records: Records, api: Api
) -> None:
    patient, references = await registered(records)
    parts = [{"url": "type", "valueCode": "treatment"}, {"url": "start", "valueDate": "2026-01-01"}]
    told = [{"url": systems.EXT_CARE_GUARANTEE, "extension": parts}]
    order = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": patient},
        "requester": {"reference": references[HOSPITAL]},
    }
    (made,) = await records.write(
        SYSTEM_HOSPITAL, [Write("create", "ServiceRequest", order | {"extension": told})]
    )
    running = []

    for resource in (order, order | {"extension": told}):
        await records.write(SYSTEM_HOSPITAL, [Write("update", "ServiceRequest", resource, id=made.id)])
        running.append(len(await _clocks(api)))
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}/actions"
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        begun = {"type": "treatment", "start": "2026-01-01"}
        item = await hospital.post(
            path, json={"text": "Operera", "owner": {"hsaId": HOSPITAL}, "guarantee": begun}
        )
        running.append(len(await _clocks(api)))
        await hospital.patch(f"{path}/{item.json()['id']}", json={"guarantee": None})
    running.append(len(await _clocks(api)))

    assert running == [0, 1, 2, 1]
