"""Young patients and their guardians: who logs in, who sees, who acts, and when that changes.

Source: föräldrabalk 6 kap. 11 §; practice of 1177 and the regions (13 and 16 years).
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk_api.access.actor import Actor
from pk_api.access.person_rules import SWEDEN, PersonRules, age_at
from pk_api.fhir.problems import Problem
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.systems import PERSONNUMMER
from pk_api.records.drafts import Policy
from pk_api.records.persons import latest_birth
from pk_api.records.records import Records
from pk_api.records.values import Stored, Write
from pk_api.store.database import Database
from tests.conftest import BASE
from tests.rules.people import GP, WARD, World, labelled, observation, staff, system, world
from tests.rules.standins import a_permission, a_related_person, number_born, proxy_of, years_ago
from tests.support import tables
from tests.support.actors import ALL
from tests.support.resources import a_contract, a_goal, a_patient, a_team, an_assertion


async def _family(records: Records, age: int, **guardian: Any) -> tuple[World, Stored]:
    """A child of this age, with a guardian whom the ward has registered."""
    here = await world(records, a_patient(number_born(years_ago(age))))
    return here, await here.write(system(WARD), a_related_person(here.patient.reference, **guardian))


@pytest.mark.parametrize(("age", "sees"), [(0, True), (12, True), (13, False), (15, False), (16, False)])
async def test_a_guardian_sees_and_acts_for_a_small_child(records: Records, age: int, sees: bool) -> None:
    here, _ = await _family(records, age)
    note = await here.note(WARD)
    guardian = proxy_of(here.patient)

    assert await here.sees(guardian, note) is sees
    if sees:
        goal = await here.write(guardian, a_goal(here.patient.reference))
        assert await here.sees(guardian, goal)
        return
    with pytest.raises(Problem) as refusal:
        await here.write(guardian, a_goal(here.patient.reference))
    assert refusal.value.kind == "forbidden"


async def test_what_a_guardian_writes_is_the_childs_word_and_told_to_be_by_proxy(
    records: Records, database_url: str
) -> None:
    here, person = await _family(records, 9)
    guardian = proxy_of(here.patient)
    words = a_goal(here.patient.reference) | {"expressedBy": {"reference": person.reference}}
    goal = await here.write(guardian, words)
    await here.relation(GP)

    assert await here.sees(staff(GP), goal), "the patient's words are read by those who take part"
    kept = "SELECT actor_kind, acting_for FROM audit WHERE interaction = 'create' AND rule = 'guardian'"
    (row,) = await tables.select(database_url, kept)
    assert (row["actor_kind"], row["acting_for"]) == ("proxy", here.patient.reference)
    (change,) = await tables.select(database_url, "SELECT * FROM outbox WHERE type = 'Goal'")
    assert change["actor_kind"] == "proxy"
    changed = {**goal.resource, "description": {"text": "Simma 25 meter"}}
    await records.write(guardian, [Write("update", "Goal", changed, goal.id)])
    other = {**changed, "expressedBy": {"reference": here.at[WARD]}}
    with pytest.raises(Problem):
        await records.write(guardian, [Write("update", "Goal", other, goal.id)])


@pytest.mark.parametrize("code", ["hidden-from-guardian", "hidden-from-patient", "staff-only"])
async def test_a_guardian_is_not_shown_what_is_hidden(records: Records, code: str) -> None:
    here, _ = await _family(records, 9)
    hidden = await here.note(WARD, meta=labelled(code, here.at[WARD]))

    assert not await here.sees(proxy_of(here.patient), hidden)


@pytest.mark.parametrize("kind", ["block-inner", "block-outer"])
async def test_a_guardian_blocks_nothing(records: Records, kind: str) -> None:
    here, _ = await _family(records, 9)
    block = an_assertion(here.patient.reference, kind, [here.at[WARD]])
    consent = an_assertion(here.patient.reference, "sharing", [here.at[GP]])

    with pytest.raises(Problem) as refusal:
        await here.write(proxy_of(here.patient), block)

    assert refusal.value.kind == "forbidden"
    assert await here.write(proxy_of(here.patient), consent)


@pytest.mark.parametrize(
    "guardian",
    [
        {"active": False},
        {"period": {"start": "2020-01-01", "end": "2021-01-01"}},
        {"relationship": [{"text": "Granne"}]},
        {"identifier": [{"system": PERSONNUMMER, "value": number_born(date(1980, 5, 1))}]},
    ],
    ids=["inactive", "ended", "no guardian", "somebody else"],
)
async def test_who_is_no_guardian_now_sees_nothing(records: Records, guardian: dict[str, Any]) -> None:
    here, _ = await _family(records, 9, **guardian)
    note = await here.note(WARD)

    assert not await here.sees(proxy_of(here.patient), note)


async def test_nobody_but_care_makes_a_guardian(records: Records) -> None:
    here, _ = await _family(records, 9)
    other = {"identifier": [{"system": PERSONNUMMER, "value": number_born(date(1980, 5, 1))}]}
    await here.write(proxy_of(here.patient), a_related_person(here.patient.reference, **other))
    note = await here.note(WARD)
    claimed = Actor(
        "proxy",
        "app",
        person=(PERSONNUMMER, number_born(date(1980, 5, 1))),
        acting_for=here.patient.reference,
        scopes=ALL,
    )

    assert not await here.sees(claimed, note)


async def test_a_change_by_care_makes_nobody_a_guardian_whom_a_guardian_named(records: Records) -> None:
    here, _ = await _family(records, 9)
    number = number_born(date(1980, 5, 1))
    other = {"identifier": [{"system": PERSONNUMMER, "value": number}]}
    named = await here.write(proxy_of(here.patient), a_related_person(here.patient.reference, **other))
    note = await here.note(WARD)
    await here.relation(WARD)
    team = await here.write(system(WARD), a_team(here.patient.reference, [here.at[WARD]]))
    await here.write(system(WARD), a_contract(here.patient.reference, team.reference))
    changed = {**named.resource, "name": [{"text": "Någon annan"}]}
    (done,) = await records.write(staff(WARD), [Write("update", "RelatedPerson", changed, named.id)])

    assert done.version == 2
    assert not await here.sees(proxy_of(here.patient, number), note)


async def test_a_guardian_acts_for_the_own_child_alone(records: Records) -> None:
    here, _ = await _family(records, 9)
    (other,) = await records.write(
        system(WARD), [Write("create", "Patient", a_patient(number_born(years_ago(8))))]
    )
    (note,) = await records.write(
        system(WARD), [Write("create", "Observation", observation(other.reference))],
        identified=frozenset({other.id}),
    )  # fmt: skip

    assert not await here.sees(proxy_of(here.patient), note)
    assert not await here.sees(proxy_of(other), note)


async def test_a_guardian_who_is_barred_sees_nothing(records: Records) -> None:
    here, person = await _family(records, 9)
    note = await here.note(WARD)
    barred = a_permission(
        here.patient.reference, person.reference, "guardian-exception", provision={"type": "deny"}
    )
    await here.write(system(WARD), barred)

    assert not await here.sees(proxy_of(here.patient), note)


YEAR = {"start": "2020-01-01", "end": "2099-01-01"}


async def _exception(here: World, person: Stored, period: dict[str, str]) -> dict[str, Any]:
    """Return a guardian's exception of this period, assessed and agreed."""
    records = here.records
    (assessor,) = await records.write(
        system(WARD), [Write("create", "Practitioner", {"resourceType": "Practitioner"})]
    )
    return a_permission(
        here.patient.reference,
        person.reference,
        "guardian-exception",
        provision={"period": period},
        performer=[{"reference": assessor.reference}],
        verification=[{"verified": True, "verifiedWith": {"reference": here.patient.reference}}],
    )


@pytest.mark.parametrize(
    ("age", "period", "sees"),
    [
        (13, YEAR, True),
        (15, YEAR, True),
        (16, YEAR, False),
        (14, {"start": "2020-01-01", "end": "2021-01-01"}, False),
    ],
)
async def test_an_exception_lets_a_guardian_of_a_young_person_read(
    records: Records, age: int, period: dict[str, str], sees: bool
) -> None:
    here, person = await _family(records, age)
    note = await here.note(WARD)
    await here.write(system(WARD), await _exception(here, person, period))
    guardian = proxy_of(here.patient)

    assert await here.sees(guardian, note) is sees
    with pytest.raises(Problem):
        await here.write(guardian, a_goal(here.patient.reference))


@pytest.mark.parametrize("left_out", ["performer", "verification", "end"])
async def test_an_exception_without_assessor_agreement_or_end_is_refused(
    records: Records, left_out: str
) -> None:
    here, person = await _family(records, 14)
    period = {"start": "2020-01-01"} if left_out == "end" else YEAR
    whole = await _exception(here, person, period)

    with pytest.raises(Problem) as refusal:
        await here.write(system(WARD), {name: value for name, value in whole.items() if name != left_out})

    assert (refusal.value.kind, "lacks" in refusal.value.detail) == ("business-rule", True)


@pytest.mark.parametrize(("age", "opens"), [(12, "nothing"), (13, "services"), (15, "services"), (16, "all")])
async def test_the_young_use_services_before_they_read_the_record(
    records: Records, age: int, opens: str
) -> None:
    number = number_born(years_ago(age))
    here = await world(records, a_patient(number))
    note = await here.note(WARD)
    task = {"resourceType": "Task", "status": "requested", "intent": "order"}
    task |= {"for": {"reference": here.patient.reference}}
    asked = await here.write(system(WARD), task | {"owner": {"reference": here.patient.reference}})
    of_others = await here.write(system(WARD), task | {"owner": {"reference": here.at[WARD]}})
    young = Actor("patient", "app", person=(PERSONNUMMER, number), scopes=ALL)

    seen = [await here.sees(young, one) for one in (here.patient, asked, of_others, note)]

    assert (
        seen
        == {
            "nothing": [False] * 4,
            "services": [True, True, False, False],
            "all": [True] * 4,
        }[opens]
    )
    if opens != "nothing":
        own = await here.write(young, a_goal(here.patient.reference))
        assert await here.sees(young, own)


async def test_ages_are_settings(db: Database) -> None:
    records = Records(db, Policy(BASE, persons=PersonRules(services=15, guardian_acts=15)))
    here, _ = await _family(records, 14)
    note = await here.note(WARD)

    assert await here.sees(proxy_of(here.patient), note)
    await records.drain()


@pytest.mark.parametrize(
    "born", [date(2013, 3, 29), date(2013, 10, 25), date(2012, 2, 29), date(2013, 7, 1)], ids=str
)
async def test_access_changes_at_local_midnight_of_the_birthday(db: Database, born: date) -> None:
    day = 28 if born.month == 2 else born.day
    midnight = datetime(born.year + 13, born.month, day, tzinfo=SWEDEN).astimezone(UTC)
    now = [midnight - timedelta(seconds=1)]
    records = Records(db, Policy(BASE), clock=lambda: now[0])
    here = await world(records, a_patient(number_born(born)))
    await here.write(system(WARD), a_related_person(here.patient.reference))
    note = await here.note(WARD)
    young = Actor("patient", "app", person=(PERSONNUMMER, number_born(born)), scopes=ALL)

    before = await here.sees(proxy_of(here.patient), note), await here.sees(young, here.patient)
    now[0] = midnight
    after = await here.sees(proxy_of(here.patient), note), await here.sees(young, here.patient)

    assert (before, after) == ((True, False), (False, True))
    await records.drain()


@given(st.dates(date(1920, 1, 1), date(2026, 1, 1)), st.integers(0, 100))
def test_an_age_is_reached_at_the_first_moment_of_a_local_day_and_kept_for_a_year(
    born: date, years: int
) -> None:
    leaps = born.month == 2 and born.day == 29
    year = born.year + years
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    birthday = datetime(year, born.month, 28 if leaps and not is_leap else born.day, tzinfo=SWEDEN)
    midnight = birthday.astimezone(UTC)

    assert age_at(born, midnight) == years
    assert age_at(born, midnight - timedelta(microseconds=1)) == years - 1
    assert age_at(born, midnight + timedelta(days=364)) == years


@pytest.mark.parametrize(
    ("number", "latest"),
    [
        ("201305142383", date(2013, 5, 14)),
        ("201305742383", date(2013, 5, 14)),
        ("201300602383", date(2013, 12, 31)),
        ("201302602383", date(2013, 2, 28)),
        ("2013XXXX2383", None),
    ],
)
def test_nobody_is_taken_for_older_than_is_known(number: str, latest: date | None) -> None:
    assert latest_birth(number) == latest


@pytest.mark.parametrize(("age", "opens"), [(12, False), (13, True)])
async def test_who_may_not_log_in_is_not_told_of_the_log_either(
    records: Records, age: int, opens: bool
) -> None:
    here, _ = await _family(records, age)
    number = here.patient.resource["identifier"][0]["value"]
    young = Actor("patient", "app", person=(PERSONNUMMER, number), scopes=ALL)
    query = parse_query("AuditEvent", [], lenient=False)

    if opens:
        assert (await records.audit_events(young, query)).items
        return
    with pytest.raises(Problem) as refusal:
        await records.audit_events(young, query)
    assert refusal.value.kind == "forbidden"


async def test_what_a_guardian_does_at_the_unit_is_recorded_by_staff(records: Records) -> None:
    here, person = await _family(records, 14)
    await here.relation(WARD)
    goal = await here.write(staff(WARD), a_goal(here.patient.reference))
    agent = {"who": {"reference": person.reference}, "onBehalfOf": {"reference": here.patient.reference}}
    record = {
        "resourceType": "Provenance",
        "target": [{"reference": f"{goal.reference}/_history/1"}],
        "recorded": "2026-03-02T10:00:00Z",
        "agent": [agent],
    }
    provenance = await here.write(staff(WARD), record)

    assert await here.sees(staff(WARD), provenance)
    assert not await here.sees(proxy_of(here.patient), provenance)
