"""Blocks, as the national service decides.

Source: RIV informationsecurity:authorization:blocking 4.0, CheckBlocks.
"""

from typing import Any

import pytest

from pk_api.fhir.problems import Problem
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.rules.kin import OUTPOST, PLACES
from tests.rules.naive import Place
from tests.rules.people import (
    CLINIC,
    GP,
    PATIENT,
    REGION,
    WARD,
    World,
    for_an_hour,
    observation,
    staff,
    system,
    world,
)
from tests.rules.stage import staff_at, system_at, with_services
from tests.support.resources import an_assertion

UNTIL = {"start": "2026-01-01", "end": "2099-01-01"}


async def _shared(records: Records) -> World:
    """Everyone has a relation and the patient's consent: what is not seen is blocked."""
    here = await world(records)
    for unit in (WARD, CLINIC, GP):
        await here.relation(unit)
        await here.says("sharing", unit)
    return here


async def _who(here: World, note: Any) -> list[str]:
    """Return which units' staff see it."""
    return [u for u in (WARD, CLINIC, GP) if await here.sees(staff(u), note)]


async def test_without_a_block_all_three_see(records: Records) -> None:
    here = await _shared(records)

    assert await _who(here, await here.note(WARD)) == [WARD, CLINIC, GP]


async def test_an_inner_block_spares_its_own_unit_alone(records: Records) -> None:
    here = await _shared(records)
    note, other = await here.note(WARD), await here.note(CLINIC)
    await here.says("block-inner", WARD)

    assert await _who(here, note) == [WARD]
    assert await _who(here, other) == [WARD, CLINIC, GP]


async def test_an_outer_block_spares_its_own_provider(records: Records) -> None:
    here = await _shared(records)
    note, other = await here.note(WARD), await here.note(GP)
    await here.says("block-outer", REGION, by=system(WARD))

    assert await _who(here, note) == [WARD, CLINIC]
    assert await _who(here, other) == [WARD, CLINIC, GP]


async def test_the_patient_sees_what_is_blocked(records: Records) -> None:
    here = await _shared(records)
    note = await here.note(WARD)
    await here.says("block-inner", WARD)

    assert await here.sees(PATIENT, note)


@pytest.mark.parametrize(
    ("when", "span", "blocked"),
    [
        ({"effectiveDateTime": "2020-05-01"}, {"start": "2020-01-01", "end": "2020-12-31"}, True),
        ({"effectiveDateTime": "2021-05-01"}, {"start": "2020-01-01", "end": "2020-12-31"}, False),
        ({"effectiveDateTime": "2099-05-01"}, {"start": "2098-01-01"}, True),
        ({"effectiveDateTime": "2020-05-01"}, {"start": "2098-01-01"}, False),
        ({"effectiveDateTime": "2020-05-01"}, {"end": "2020-12-31"}, True),
        ({}, {"end": "2020-12-31"}, True),
    ],
)
async def test_a_block_of_a_time_covers_what_touches_it(
    records: Records, when: dict[str, str], span: dict[str, str], blocked: bool
) -> None:
    here = await _shared(records)
    note = await here.note(WARD, **{"effectiveDateTime": None} | when) if when else await _undated(here)
    await here.says("block-inner", WARD, dataPeriod=span)

    assert (CLINIC not in await _who(here, note)) is blocked


async def _undated(here: World) -> Any:
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Puls"},
        "subject": {"reference": here.patient.reference},
    }
    return await here.write(system(WARD), resource)


@pytest.mark.parametrize("period", [{"end": "2020-01-01"}, {"start": "2099-01-01"}])
async def test_a_block_out_of_force_bars_nobody(records: Records, period: dict[str, str]) -> None:
    here = await _shared(records)
    note = await here.note(WARD)
    await here.says("block-inner", WARD, period=period)

    assert await _who(here, note) == [WARD, CLINIC, GP]


async def test_alert_information_may_be_left_out_of_a_block(records: Records) -> None:
    here = await _shared(records)
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "code": {"text": "Överkänslighet"},
        "subject": {"reference": here.patient.reference},
    }
    alert, note = await here.write(system(WARD), flag), await here.note(WARD)
    code = {"coding": [{"system": "https://patientkontrakt.org/fhir/CodeSystem/pk-information-type"}]}
    code["coding"][0]["code"] = "upp"
    await here.says("block-inner", WARD, provision=[{"type": "permit", "code": [code]}])

    assert await _who(here, alert) == [WARD, CLINIC, GP]
    assert await _who(here, note) == [WARD]


async def test_a_lift_opens_for_its_unit_and_its_time(records: Records) -> None:
    here = await _shared(records)
    note = await here.note(WARD)
    await here.says("block-inner", WARD)
    await here.says(
        "block-lift", CLINIC, by=system(WARD), period={"start": "2020-01-01", "end": "2020-02-01"}
    )
    ended = await _who(here, note)
    await here.says("block-lift", CLINIC, by=system(WARD), period=UNTIL)

    assert ended == [WARD]
    assert await _who(here, note) == [WARD, CLINIC]


async def test_an_outer_block_is_lifted_by_the_blocking_provider_alone(records: Records) -> None:
    here = await _shared(records)
    note = await here.note(WARD)
    await here.says("block-outer", REGION, by=system(WARD))
    await here.says("block-lift", GP, by=system(GP), period=UNTIL)
    by_reader = await _who(here, note)
    await here.says("block-lift", GP, by=system(WARD), period=UNTIL)

    assert by_reader == [WARD, CLINIC]
    assert await _who(here, note) == [WARD, CLINIC, GP]


async def test_a_lift_stays_said_by_whoever_said_it_first(records: Records) -> None:
    here = await _shared(records)
    note = await here.note(WARD)
    await here.says("block-outer", REGION, by=system(WARD))
    lift = await here.says("block-lift", GP, by=system(GP), period=UNTIL)
    forged = {**lift.resource, "organization": [{"reference": here.at[REGION]}]}
    with pytest.raises(Problem) as refusal:
        await records.write(system(GP), [Write("update", "Consent", forged, lift.id)])

    assert refusal.value.issues[0].expression == "Consent.organization"
    assert await _who(here, note) == [WARD, CLINIC]


async def test_a_lift_of_one_block_leaves_the_others(records: Records) -> None:
    here = await _shared(records)
    ward, clinic = await here.note(WARD), await here.note(CLINIC)
    block = await here.says("block-inner", WARD)
    await here.says("block-inner", CLINIC)
    lift = await here.says("block-lift", CLINIC, by=system(WARD), period=UNTIL)
    changed = {**lift.resource, "sourceReference": {"reference": block.reference}}
    await records.write(system(WARD), [Write("update", "Consent", changed, lift.id)])

    assert await _who(here, ward) == [WARD, CLINIC]
    assert await _who(here, clinic) == [CLINIC]


async def test_an_emergency_opens_no_block(records: Records) -> None:
    here = await _shared(records)
    note = await here.note(WARD)
    await here.says("block-outer", REGION, by=system(WARD))
    await here.says("emergency", GP, period=for_an_hour())

    assert await _who(here, note) == [WARD, CLINIC]


async def test_whose_block_it_is_is_told_to_its_own_unit_and_the_patient(records: Records) -> None:
    here = await _shared(records)
    block = await here.says("block-inner", WARD)

    assert await _who(here, block) == [WARD]
    assert await here.sees(PATIENT, block)
    assert not await here.sees(system(CLINIC), block)


async def test_whom_the_patient_blocks_is_not_told_as_the_patients_words(records: Records) -> None:
    here = await _shared(records)
    block = await here.write(PATIENT, an_assertion(here.patient.reference, "block-inner", [here.at[WARD]]))
    consent = await here.write(PATIENT, an_assertion(here.patient.reference, "sharing", [here.at[WARD]]))

    assert await _who(here, consent) == [WARD, CLINIC, GP]
    assert await _who(here, block) == []
    assert await here.sees(PATIENT, block)


async def _with_part(records: Records) -> tuple[World, Place]:
    """The same with a unit that is part of the ward."""
    here = await with_services(await _shared(records))
    part = PLACES[OUTPOST]
    visit = {**(await here.relation(WARD)).resource, "serviceProvider": {"reference": here.at[OUTPOST]}}
    await here.write(system_at(part), {name: value for name, value in visit.items() if name != "id"})
    return here, part


async def test_a_block_covers_what_is_part_of_the_unit(records: Records) -> None:
    here, part = await _with_part(records)
    note = await here.note(WARD)
    of_part = await here.write(system_at(part), observation(here.patient.reference))
    before = await _who(here, of_part)
    await here.says("block-inner", WARD)

    assert before == [WARD, CLINIC, GP]
    assert await _who(here, note) == await _who(here, of_part) == [WARD]
    assert [await here.sees(staff_at(part), one) for one in (note, of_part)] == [True, True]


async def test_a_block_of_a_part_leaves_what_it_is_part_of(records: Records) -> None:
    here, part = await _with_part(records)
    note = await here.note(WARD)
    of_part = await here.write(system_at(part), observation(here.patient.reference))
    await here.says("block-inner", OUTPOST, by=system_at(part))

    assert await _who(here, note) == [WARD, CLINIC, GP]
    assert await _who(here, of_part) == []
    assert await here.sees(staff_at(part), of_part)
    assert await here.sees(system(WARD), of_part), "the ward's system is that of its parts"
    assert await records.blocks(staff(GP), here.patient.id) == {"inner"}
