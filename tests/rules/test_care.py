"""Who of care sees what: own care, sharing between providers, disclosure, kinds of units."""

from dataclasses import replace
from typing import Any

import pytest

from pk_api.fhir.problems import Problem
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.rules.people import (
    CLINIC,
    GP,
    HOME_CARE,
    NURSING,
    SCHOOL,
    SOCIAL,
    WARD,
    for_an_hour,
    observation,
    staff,
    system,
    world,
)
from tests.support import tables
from tests.support.actors import PATIENT, STATISTICS

PAST = {"start": "2020-01-01", "end": "2020-02-01"}
FUTURE = {"start": "2099-01-01"}


async def test_staff_need_a_care_relation_of_their_own_unit(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)

    before = await here.sees(staff(WARD), note)
    await here.relation(WARD)

    assert (before, await here.sees(staff(WARD), note)) == (False, True)
    assert not await here.sees(staff(CLINIC), note)
    assert await here.sees(system(CLINIC), note), "its provider's system sorts out its own users"


@pytest.mark.parametrize(
    ("status", "period", "holds"),
    [
        ("in-progress", None, True),
        ("planned", None, True),
        ("cancelled", None, False),
        ("finished", PAST, False),
        ("in-progress", FUTURE, False),
    ],
)
async def test_an_encounter_is_a_care_relation_while_it_lasts(
    records: Records, status: str, period: Any, holds: bool
) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await here.relation(WARD, status, **({"period": period} if period else {}))

    assert await here.sees(staff(WARD), note) is holds


async def test_staff_see_what_they_have_written_themselves(records: Records) -> None:
    here = await world(records)
    own = await here.write(staff(WARD), observation(here.patient.reference))

    assert await here.sees(staff(WARD), own)
    assert not await here.sees(staff(CLINIC), own)


@pytest.mark.parametrize("kind", ["sharing", "clarified-attitude"])
async def test_another_provider_needs_relation_and_consent(records: Records, kind: str) -> None:
    here = await world(records)
    note = await here.note(WARD)
    nothing = await here.sees(staff(GP), note)
    await here.relation(GP)
    related = await here.sees(staff(GP), note)
    await here.says(kind, GP)

    assert (nothing, related, await here.sees(staff(GP), note)) == (False, False, True)
    assert not await here.sees(staff(NURSING), note)


async def test_consent_without_relation_opens_nothing(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await here.says("sharing", GP)

    assert not await here.sees(staff(GP), note)
    assert not await here.sees(system(GP), note)


@pytest.mark.parametrize("period", [PAST, FUTURE])
async def test_consent_holds_in_its_period_alone(records: Records, period: dict[str, str]) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await here.relation(GP)
    await here.says("sharing", GP, period=period)

    assert not await here.sees(staff(GP), note)


async def test_consent_that_is_taken_back_opens_nothing(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await here.relation(GP)
    consent = await here.says("sharing", GP)
    before = await here.sees(staff(GP), note)
    changed = {**consent.resource, "status": "inactive"}
    await records.write(system(GP), [Write("update", "Consent", changed, consent.id)])

    assert (before, await here.sees(staff(GP), note)) == (True, False)


@pytest.mark.parametrize(
    ("unit", "shares"), [(NURSING, True), (HOME_CARE, True), (SOCIAL, False), (SCHOOL, False)]
)
async def test_only_units_within_the_act_share(records: Records, unit: str, shares: bool) -> None:
    here = await world(records)
    mine, theirs = await here.note(WARD), await here.note(unit)
    for one in (unit, WARD):
        await here.relation(one)
        await here.says("sharing", one)

    assert await here.sees(staff(unit), mine) is shares
    assert await here.sees(staff(WARD), theirs) is shares


@pytest.mark.parametrize("unit", [SOCIAL, SCHOOL, GP])
async def test_the_patient_lets_one_item_be_told(records: Records, unit: str) -> None:
    here = await world(records)
    told, untold = await here.note(WARD), await here.note(WARD)
    item = {"meaning": "instance", "reference": {"reference": told.reference}}
    await here.says("disclosure", unit, by=system(WARD), data=[item])

    assert await here.sees(staff(unit), told)
    assert not await here.sees(staff(unit), untold)
    assert not await here.sees(staff(HOME_CARE), told)


async def test_emergency_opens_without_consent_for_its_unit_and_time(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await here.says("emergency", GP, period=for_an_hour())

    assert await here.sees(staff(GP), note)
    assert not await here.sees(staff(NURSING), note)


async def test_what_is_addressed_to_a_unit_is_read_by_that_unit(records: Records) -> None:
    here = await world(records)
    task = await here.write(
        system(WARD),
        {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "for": {"reference": here.patient.reference},
            "owner": {"reference": here.at[SCHOOL]},
        },
    )

    assert await here.sees(staff(SCHOOL), task)
    assert not await here.sees(staff(SOCIAL), task)
    assert not await here.sees(staff(GP), task)


async def test_nobody_says_on_behalf_of_another_provider(records: Records) -> None:
    here = await world(records)
    own = {"organization": [{"reference": here.at[WARD]}]}
    consent = await here.says("sharing", GP)

    with pytest.raises(Problem) as refusal:
        await here.write(system(GP), {**_plain(consent.resource), **own})

    assert refusal.value.kind == "forbidden"


def _plain(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in {"id", "meta"}}


async def test_a_refusal_names_the_missing_ground_and_no_record(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)
    told = []
    for number in (note.id, "is-not-here"):
        with pytest.raises(Problem) as refusal:
            await records.read(STATISTICS, "Observation", number)
        told.append(refusal.value.detail)

    assert told[0] == told[1]
    assert "no-person-data (PDL 2008:355" in told[0]


async def test_a_unit_that_says_nothing_is_what_it_is_part_of(records: Records) -> None:
    here = await world(records)
    note, social = await here.note(WARD), await here.note(SOCIAL)
    unregistered = replace(system(WARD), unit="SE2321000016-X")
    town = replace(system(NURSING), unit="SE2120000142-X")

    assert await here.sees(unregistered, note)
    assert not await here.sees(town, social)
    assert not await here.sees(unregistered, social)


async def test_the_audit_of_a_read_names_no_ground_that_opens_another_type(
    records: Records, database_url: str
) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await here.relation(WARD)

    for actor in (PATIENT, staff(WARD)):
        await records.read(actor, "Observation", note.id)
        await records.read(actor, "Organization", here.at[WARD].partition("/")[2])

    kept = "SELECT actor_kind, rule, entities FROM audit WHERE interaction = 'read'"
    told = {
        (r["actor_kind"], "Org" in r["entities"]): r["rule"] for r in await tables.select(database_url, kept)
    }
    assert told["patient", False] == "own-record"
    assert "directory" not in told["staff", False].split()
    assert set(told["patient", True].split()) == {"own-record", "directory"}
