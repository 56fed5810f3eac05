"""Whoever asks for many numbers that lead to nobody is locked out, and the audit tells. On both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import PERSONNUMMER
from pk_api.records.drafts import Policy
from pk_api.records.probing import ProbingRules, Watch, numbers_in
from pk_api.records.records import Records
from pk_api.records.values import Criteria, Write
from pk_api.store.database import Database
from tests.support import tables
from tests.support.actors import NURSE, SYSTEM_HOSPITAL, SYSTEM_PRIMARY, TOLVAN
from tests.support.resources import a_patient

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = ProbingRules(numbers_of_people=3, numbers_of_systems=3, searches_of_people=10)


def a_number(n: int) -> str:
    """A made-up personnummer with serial 238 and its check digit."""
    nine = f"{datetime(1930, 1, 1, tzinfo=UTC) + timedelta(days=n):%y%m%d}238"
    total = sum(sum(divmod(int(c) * (2 - i % 2), 10)) for i, c in enumerate(nine))
    return f"19{nine}{-total % 10}"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watching(db: Database, clock: Clock) -> Records:
    return Records(db, Policy(probing=RULES), clock=clock)


async def _by_identifier(records: Records, n: int) -> object:
    return await records.search(SYSTEM_HOSPITAL, parse_query("Patient", [("identifier", a_number(n))]))


async def _by_chain(records: Records, n: int) -> object:
    params = [("subject:Patient.identifier", f"{PERSONNUMMER}|{a_number(n)}")]
    return await records.search(SYSTEM_HOSPITAL, parse_query("Goal", params))


async def _by_reverse_chain(records: Records, n: int) -> object:
    params = [("_has:Patient:general-practitioner:identifier", a_number(n))]
    return await records.search(SYSTEM_HOSPITAL, parse_query("Organization", params))


async def _by_reference(records: Records, n: int) -> object:
    return await records.search(
        SYSTEM_HOSPITAL, parse_query("Goal", [("subject:identifier", f"{PERSONNUMMER}|{a_number(n)}")])
    )


async def _by_name_of_nobody(records: Records, n: int) -> object:
    return await records.patient_by_identifier(SYSTEM_HOSPITAL, PERSONNUMMER, a_number(n))


async def _by_conditional_deletion(records: Records, n: int) -> object:
    criteria = Criteria(parse_query("Patient", [("identifier", a_number(n))]), f"p{n}")
    return await records.write(SYSTEM_HOSPITAL, [Write("delete", "Patient", where=criteria)])


async def _by_rehearsal(records: Records, n: int) -> object:
    return await records.rehearse(SYSTEM_HOSPITAL, Write("create", "Patient", a_patient(a_number(n))))


async def _by_a_set_that_fails(records: Records, n: int) -> object:
    """A Patient beside what is refused: nothing is stored, but a number that is taken would be told."""
    lost = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}}
    lost |= {"subject": {"reference": "Patient/nobody"}}
    writes = [Write("create", "Patient", a_patient(a_number(n))), Write("create", "Goal", lost)]
    try:
        return await records.write(SYSTEM_HOSPITAL, writes)
    except Problem as problem:
        if problem.kind == "too-many-requests":
            raise
        return problem


WAYS: list[Callable[..., object]] = [
    _by_identifier,
    _by_chain,
    _by_reverse_chain,
    _by_reference,
    _by_name_of_nobody,
    _by_conditional_deletion,
    _by_rehearsal,
    _by_a_set_that_fails,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_whoever_guesses_numbers_is_locked_out_and_the_audit_tells(
    watching: Records, database_url: str, way: Callable[..., object]
) -> None:
    with structlog.testing.capture_logs() as log:
        for n in range(4):
            await way(watching, n)  # type: ignore[misc]  # each is a coroutine function
    with pytest.raises(Problem) as refusal:
        await way(watching, 99)  # type: ignore[misc]

    rows = await tables.select(database_url, "SELECT * FROM audit WHERE rule = 'number-probing'")
    assert refusal.value.kind == "too-many-requests"
    assert refusal.value.facts["retry-after"] == 15 * 60 + 1
    assert sorted(row["detail"] or "" for row in rows) == [
        "",
        "alarm: 4 identity numbers that lead to nobody",
    ]
    assert [one["event"] for one in log] == ["identity numbers are being probed"]
    assert not any(a_number(n) in str([*rows, log]) for n in range(100))


async def test_the_lock_out_ends(watching: Records, clock: Clock) -> None:
    for n in range(4):
        await _by_identifier(watching, n)

    clock.now += timedelta(minutes=15, seconds=1)

    assert await _by_identifier(watching, 5)


async def test_others_are_not_locked_out(watching: Records) -> None:
    for n in range(4):
        await _by_identifier(watching, n)

    assert await watching.search(SYSTEM_PRIMARY, parse_query("Patient", [("identifier", TOLVAN)]))
    assert await watching.search(SYSTEM_HOSPITAL, parse_query("Goal", []))


async def test_known_numbers_and_the_same_one_again_are_no_guesses(watching: Records) -> None:
    await watching.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(TOLVAN))])

    for _ in range(10):
        await watching.search(SYSTEM_HOSPITAL, parse_query("Patient", [("identifier", TOLVAN)]))
        await _by_identifier(watching, 1)

    assert await _by_identifier(watching, 2)


async def test_whoever_registers_whom_they_asked_for_is_not_guessing(watching: Records) -> None:
    for n in range(10):
        await _by_identifier(watching, n)
        await watching.write(SYSTEM_HOSPITAL, [Write("create", "Patient", a_patient(a_number(n)))])

    assert await _by_identifier(watching, 11)


async def test_a_patient_of_others_counts_as_nobody(watching: Records) -> None:
    for n in range(4):
        await watching.write(SYSTEM_PRIMARY, [Write("create", "Patient", a_patient(a_number(n)))])
        await _by_identifier(watching, n)

    with pytest.raises(Problem) as refusal:
        await _by_identifier(watching, 99)

    assert refusal.value.kind == "too-many-requests"


async def test_searches_for_patients_are_so_many_a_minute(watching: Records, clock: Clock) -> None:
    query = parse_query("Patient", [("name", "Anna")])
    for _ in range(10):
        await watching.search(NURSE, query)

    with pytest.raises(Problem) as refusal:
        await watching.search(NURSE, query)

    assert refusal.value.kind == "too-many-requests"
    assert refusal.value.facts["retry-after"] == 7
    assert await watching.search(NURSE, parse_query("Goal", []))
    assert await watching.search(replace(NURSE, employee="another"), query)
    clock.now += timedelta(seconds=7)
    assert await watching.search(NURSE, query)


def test_no_limit_is_no_limit() -> None:
    watch = Watch(ProbingRules(0, 0, 0, 0))

    for n in range(500):
        watch.require_open(NURSE, NOW)
        watch.spend(NURSE, NOW)
        assert watch.missed(NURSE, [a_number(n)], NOW) == 0


def test_the_memory_of_callers_is_bounded() -> None:
    watch = Watch(RULES)

    for n in range(10_100):
        watch.spend(replace(NURSE, employee=str(n)), NOW)

    assert len(watch._callers) == 10_000


def test_only_numbers_of_people_are_counted() -> None:
    query = parse_query("Patient", [("identifier", "http://x.example|4711"), ("name", "Anna")])

    assert numbers_in(query) == ()
