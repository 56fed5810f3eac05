"""Two records of one person's: merged, and taken apart again.

Source: https://hl7.org/fhir/R4/patient-definitions.html#Patient.link.
"""

from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import NATIONELLT_RESERVNUMMER, PERSONNUMMER, SECURITY_LABEL
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.contract.wire import Api
from tests.rules.people import CLINIC, GP, PATIENT, WARD, World, staff, system, world
from tests.support.actors import TOLVAN
from tests.support.resources import a_contract, a_patient

RESERVE = "19121212PV2A"


def _unknown() -> dict[str, Any]:
    numbers = [
        {"system": NATIONELLT_RESERVNUMMER, "value": RESERVE},
        {"system": "urn:oid:1.2.752.97.3.1.3", "value": "a-local-number"},
    ]
    return {**a_patient(TOLVAN), "identifier": numbers}


async def _twins(records: Records) -> tuple[World, World]:
    """A patient, and the same person under a reserve number."""
    here = await world(records)
    return here, World(records, await here.write(system(WARD), _unknown()), here.at)


async def _post(api: Api, actor: Actor, kept: World, what: str, gone: World) -> Any:
    async with api.of(actor) as client:
        path = f"/patients/{kept.patient.id}/{what}"
        return await client.post(path, json={"duplicate": gone.patient.reference})


async def _named(records: Records) -> list[str | None]:
    numbers = ((PERSONNUMMER, TOLVAN), (NATIONELLT_RESERVNUMMER, RESERVE))
    return [await records.patient_by_identifier(system(WARD), *one) for one in numbers]


async def test_merged_records_are_both_the_patients_and_found_by_either_number(
    records: Records, api: Api
) -> None:
    here, twin = await _twins(records)
    own, other = await here.note(WARD), await twin.note(WARD)
    before = [await here.sees(PATIENT, note) for note in (own, other)]

    merged = await _post(api, system(WARD), here, "merge", twin)

    assert merged.status_code == 200, merged.text
    assert merged.json()["duplicate"]["replacedBy"] == here.patient.reference
    assert before == [True, False]
    assert [await here.sees(PATIENT, note) for note in (own, other)] == [True, True]
    assert await _named(records) == [here.patient.id] * 2
    replaced = (await records.read(system(WARD), "Patient", twin.patient.id)).resource
    assert replaced["active"] is False
    assert [one["value"] for one in replaced["identifier"]] == ["a-local-number"]


async def test_taken_apart_each_is_as_it_was(records: Records, api: Api) -> None:
    here, twin = await _twins(records)
    other = await twin.note(WARD)
    before = [(await records.read(system(WARD), "Patient", one.patient.id)).resource for one in (here, twin)]
    await _post(api, system(WARD), here, "merge", twin)

    done = await _post(api, system(WARD), here, "unmerge", twin)

    assert done.status_code == 200, done.text
    after = [(await records.read(system(WARD), "Patient", one.patient.id)).resource for one in (here, twin)]
    bare = [[{k: v for k, v in one.items() if k != "meta"} for one in both] for both in (before, after)]
    assert bare[0] == bare[1]
    assert await _named(records) == [here.patient.id, twin.patient.id]
    assert not await here.sees(PATIENT, other)


async def test_what_narrows_in_either_record_stands_after_the_merge(records: Records, api: Api) -> None:
    here, twin = await _twins(records)
    note = await twin.note(WARD)
    await twin.says("block-inner", WARD)
    await here.relation(CLINIC)

    await _post(api, system(WARD), here, "merge", twin)

    assert not await here.sees(staff(CLINIC), note)
    assert not await here.sees(system(CLINIC), note)


async def test_the_access_log_is_of_both(records: Records, api: Api) -> None:
    here, twin = await _twins(records)
    note = await twin.note(WARD)
    await _post(api, system(WARD), here, "merge", twin)
    await records.read(system(WARD), "Observation", note.id)

    log = await records.access_log(PATIENT, since=None, until=None, limit=100)

    assert {noted.row.patient for noted in log.rows} == {here.patient.key.patient, twin.patient.key.patient}


async def test_a_link_that_only_one_of_them_has_opens_nothing(records: Records) -> None:
    here, twin = await _twins(records)
    note = await twin.note(WARD)
    link = [{"other": {"reference": twin.patient.reference}, "type": "replaces"}]
    linked = {**here.patient.resource, "link": link}

    await records.write(system(WARD), [Write("update", "Patient", linked, here.patient.id)])

    assert not await here.sees(PATIENT, note)


async def test_a_replaced_patient_gets_no_contract(records: Records, api: Api) -> None:
    here, twin = await _twins(records)
    await _post(api, system(WARD), here, "merge", twin)

    with pytest.raises(Problem) as refusal:
        await twin.write(system(WARD), a_contract(twin.patient.reference))

    assert refusal.value.kind == "conflict"
    assert await here.write(system(WARD), a_contract(here.patient.reference))


async def test_a_contract_is_closed_before_its_patient_is_replaced(records: Records, api: Api) -> None:
    here, twin = await _twins(records)
    plan = await twin.write(system(WARD), a_contract(twin.patient.reference))

    early = await _post(api, system(WARD), here, "merge", twin)
    closed = {**plan.resource, "status": "revoked"}
    await records.write(system(WARD), [Write("update", "CarePlan", closed, plan.id)])
    merged = await _post(api, system(WARD), here, "merge", twin)

    assert (early.status_code, merged.status_code) == (409, 200)
    assert await here.sees(PATIENT, plan)


async def test_two_persons_are_not_merged(records: Records, api: Api) -> None:
    here = await world(records)
    other = World(records, await here.write(system(WARD), a_patient("195009072553")), here.at)

    two = await _post(api, system(WARD), here, "merge", other)
    itself = await _post(api, system(WARD), here, "merge", here)
    apart = await _post(api, system(WARD), here, "unmerge", other)

    assert (two.status_code, itself.status_code, apart.status_code) == (422, 422, 409)


@pytest.mark.parametrize("actor", [system(GP), staff(CLINIC), PATIENT])
async def test_who_keeps_both_merges_them(records: Records, api: Api, actor: Actor) -> None:
    here, twin = await _twins(records)

    done = await _post(api, actor, here, "merge", twin)

    assert done.status_code == 404


async def test_a_protected_identity_stays_protected(records: Records, api: Api) -> None:
    here, twin = await _twins(records)
    label = {"system": SECURITY_LABEL, "code": "sekretessmarkering"}
    labelled = {**twin.patient.resource, "meta": {"security": [label]}}
    await records.write(system(WARD), [Write("update", "Patient", labelled, twin.patient.id)])
    await here.relation(WARD)
    await twin.relation(WARD)

    merged = await _post(api, system(WARD), here, "merge", twin)

    assert merged.status_code == 200, merged.text
    kept = (await records.read(PATIENT, "Patient", here.patient.id)).resource
    assert kept["meta"]["security"] == [label]


async def test_a_merge_is_once(records: Records, api: Api) -> None:
    here, twin = await _twins(records)
    await _post(api, system(WARD), here, "merge", twin)

    assert (await _post(api, system(WARD), here, "merge", twin)).status_code == 409
    assert (await _post(api, system(WARD), twin, "merge", here)).status_code == 409
