"""Those whom a resource asks or tells read it, whichever of several; who receives knows the patient."""

from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir import systems
from pk_api.records.records import Records
from pk_api.records.values import Write
from pk_api.store.rows import Stored
from tests.rules.people import GP, NURSING, PATIENT, SCHOOL, SOCIAL, WARD, World, staff, system, world


def _notice(here: World, stay: Stored, *units: str, **more: Any) -> dict[str, Any]:
    category = {"coding": [{"system": systems.NOTICE, "code": "admission-notice"}]}
    return {
        "resourceType": "Communication",
        "status": "completed",
        "category": [category],
        "subject": {"reference": here.patient.reference},
        "encounter": {"reference": stay.reference},
        "sender": {"reference": here.at[WARD]},
        "recipient": [{"reference": here.at[unit]} for unit in units],
        **more,
    }


async def _stay(here: World) -> Stored:
    return await here.write(
        system(WARD),
        {
            "resourceType": "Encounter",
            "status": "in-progress",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
            "subject": {"reference": here.patient.reference},
            "serviceProvider": {"reference": here.at[WARD]},
        },
    )


async def test_everybody_whom_a_notice_names_reads_it_and_who_the_patient_is(records: Records) -> None:
    here = await world(records)
    told = (staff(GP), system(NURSING))

    before = [await here.sees(actor, here.patient) for actor in told]
    notice = await here.write(system(WARD), _notice(here, await _stay(here), GP, NURSING))

    assert before == [False, False]
    for actor in told:
        assert await here.sees(actor, notice)
        assert await here.sees(actor, here.patient)
    assert not await here.sees(staff(SCHOOL), notice)
    assert not await here.sees(staff(SCHOOL), here.patient)


@pytest.mark.one_database
async def test_who_is_no_longer_told_reads_nothing(records: Records) -> None:
    here = await world(records)
    stay = await _stay(here)
    notice = await here.write(system(WARD), _notice(here, stay, GP, NURSING))
    withdrawn = {**_notice(here, stay, GP), "id": notice.id, "status": "entered-in-error"}
    await records.write(system(WARD), [Write("update", "Communication", withdrawn, id=notice.id)])

    assert not await here.sees(staff(NURSING), notice)
    assert not await here.sees(staff(NURSING), here.patient)
    assert not await here.sees(staff(GP), here.patient)


@pytest.mark.parametrize(
    "more", [{"encounter": None}, {"category": None}, {"status": "in-progress"}], ids=str
)
@pytest.mark.one_database
async def test_only_a_notice_of_a_stay_that_is_sent_tells_who_the_patient_is(
    records: Records, more: dict[str, Any]
) -> None:
    here = await world(records)
    resource = _notice(here, await _stay(here), GP, NURSING, **more)
    message = {name: value for name, value in resource.items() if value is not None}

    written = await here.write(system(WARD), message)

    assert await here.sees(staff(NURSING), written)
    assert not await here.sees(staff(NURSING), here.patient)


@pytest.mark.one_database
async def test_nobody_tells_oneself_who_a_patient_is(records: Records) -> None:
    here = await world(records)
    stay = {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": here.patient.reference},
    }
    encounter = await here.write(system(SOCIAL), stay)
    own = _notice(here, encounter, SOCIAL)
    await here.write(system(SOCIAL), {**own, "sender": {"reference": here.at[SOCIAL]}})

    assert not await here.sees(system(SOCIAL), here.patient)


@pytest.mark.one_database
async def test_the_patient_reads_a_message_to_units_too(records: Records) -> None:
    here = await world(records)
    message = _notice(here, await _stay(here), GP)
    to = [*message["recipient"], {"reference": here.patient.reference}]

    written = await here.write(system(WARD), {**message, "recipient": to})

    readers: tuple[Actor, ...] = (PATIENT, staff(GP))
    assert [await here.sees(actor, written) for actor in readers] == [True, True]
