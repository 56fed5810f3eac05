"""Emergency openings, what is told of blocks, and why something is open: over the contract API."""

from dataclasses import replace
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.access.auditing import AUDIT_OFFICER
from pk_api.records.records import Records
from tests.contract.wire import Api
from tests.rules.people import CLINIC, GP, PATIENT, REGION, WARD, World, staff, system, world
from tests.support.actors import TOLVAN

OFFICER = replace(staff(WARD), employee="officer", roles=(AUDIT_OFFICER,))
WHY = "Medvetslös på akuten."


async def _ask(here: World, actor: Actor, method: str, path: str, /, **body: Any) -> tuple[int, Any]:
    async with Api(here.records).of(actor) as http:
        answer = await (http.post(path, json=body) if method == "POST" else http.get(path))
    return answer.status_code, answer.json()


async def _open(here: World, actor: Actor, kind: str, **more: Any) -> tuple[int, Any]:
    path = f"/patients/{here.patient.id}/emergency-openings"
    return await _ask(here, actor, "POST", path, kind=kind, reason=WHY, **more)


async def _log(here: World) -> list[dict[str, Any]]:
    status, page = await _ask(here, PATIENT, "GET", "/me/access-log")
    assert status == 200
    return list(page["items"])


async def test_an_opening_lets_read_at_once_and_the_patient_is_told(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)
    before = await here.sees(staff(GP), note)
    status, opening = await _open(here, staff(GP), "shared-care", hours=2)

    assert (before, status, await here.sees(staff(GP), note)) == (False, 201, True)
    assert not await here.sees(staff(CLINIC), note)
    told = await here.records.read(PATIENT, "Consent", opening["reference"].split("/")[1])
    assert told.resource["extension"][0]["valueString"] == WHY


async def test_what_is_read_under_an_opening_is_marked_in_the_log_and_nothing_else(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await here.relation(WARD)
    await here.sees(staff(WARD), note)
    await _open(here, staff(GP), "shared-care")
    await here.sees(staff(GP), note)

    marks = {(one["careUnit"], one["emergency"]) for one in await _log(here)}
    assert (GP, True) in marks
    assert (WARD, False) in marks
    assert (WARD, True) not in marks


async def test_an_inner_block_is_lifted_for_the_unit_that_asks(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await here.relation(CLINIC)
    await here.says("block-inner", WARD)
    barred = await here.sees(staff(CLINIC), note)
    status, _ = await _open(here, staff(CLINIC), "inner-block")

    assert (barred, status, await here.sees(staff(CLINIC), note)) == (False, 201, True)


async def test_an_outer_block_stays_whatever_the_reader_opens(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await here.says("block-outer", REGION, by=system(WARD))
    for kind in ("shared-care", "inner-block"):
        await _open(here, staff(GP), kind)

    assert not await here.sees(staff(GP), note)


@pytest.mark.parametrize("body", [{"reason": ""}, {"hours": 25}, {"hours": 0}, {"kind": "all"}])
async def test_an_opening_takes_a_reason_and_an_end(records: Records, body: dict[str, Any]) -> None:
    here = await world(records)
    asked = {"kind": "shared-care", "reason": WHY} | body
    path = f"/patients/{here.patient.id}/emergency-openings"

    assert (await _ask(here, staff(GP), "POST", path, **asked))[0] == 400


async def test_a_patient_opens_nothing_so(records: Records) -> None:
    here = await world(records)

    assert (await _open(here, PATIENT, "shared-care"))[0] == 403


async def test_that_blocks_exist_is_told_and_whose_only_after_an_opening(records: Records) -> None:
    here = await world(records)
    await here.relation(GP)
    await here.says("sharing", GP)
    path = f"/patients/{here.patient.id}"
    none = await _ask(here, staff(GP), "GET", f"{path}/blocks")
    await here.says("block-inner", WARD)
    await here.says("block-outer", REGION, by=system(WARD))
    some = await _ask(here, staff(GP), "GET", f"{path}/blocks")
    early = await _ask(here, staff(GP), "POST", f"{path}/block-owners", reason=WHY)
    await _open(here, staff(GP), "shared-care")
    owners = await _ask(here, staff(GP), "POST", f"{path}/block-owners", reason=WHY)

    assert none == (200, {"inner": False, "outer": False})
    assert some == (200, {"inner": True, "outer": True})
    assert early[0] == 403
    assert owners == (
        200,
        {
            "items": [
                {"kind": "inner", "careProvider": REGION, "unit": WARD},
                {"kind": "outer", "careProvider": REGION, "unit": None},
            ]
        },
    )


async def test_who_sees_no_patient_learns_of_no_blocks(records: Records) -> None:
    here = await world(records)
    await here.says("block-inner", WARD)

    assert (await _ask(here, staff(GP), "GET", f"/patients/{here.patient.id}/blocks"))[0] == 404


async def test_a_unit_is_barred_by_no_block_of_its_own(records: Records) -> None:
    here = await world(records)
    await here.relation(WARD)
    await here.says("block-inner", WARD)

    told = await _ask(here, staff(WARD), "GET", f"/patients/{here.patient.id}/blocks")
    assert told == (200, {"inner": False, "outer": False})


async def test_a_number_leads_to_its_patient(records: Records) -> None:
    here = await world(records)
    found = await _ask(here, staff(GP), "POST", "/patients/find", patient={"personnummer": TOLVAN})
    none = await _ask(here, staff(GP), "POST", "/patients/find", patient={"personnummer": "195009072553"})

    assert found == (200, {"reference": here.patient.reference})
    assert none == (200, {"reference": None})


async def test_an_officer_is_told_why(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)
    await here.relation(GP)
    asked = {
        "actor": {"kind": "staff", "careProvider": "SE5569990012-0001", "unit": GP, "employee": f"{GP}-E"},
        "action": "read",
        "resource": note.reference,
    }
    _, closed = await _ask(here, OFFICER, "POST", "/access/explain", **asked)
    consent = await here.says("sharing", GP)
    _, opened = await _ask(here, OFFICER, "POST", "/access/explain", **asked)

    assert (closed["open"], closed["decidedBy"]) == (False, "no-ground")
    assert (opened["open"], opened["decidedBy"]) == (True, "shared-care")
    (rule,) = [one for one in opened["grounds"] if one["rule"] == "shared-care"]
    assert (rule["holds"], rule["needs"]) == (True, ["consent", "relation"])
    assert consent.reference in {one["reference"] for one in opened["facts"] if one["kind"] == "consent"}


async def test_only_an_officer_of_the_provider_is_told(records: Records) -> None:
    here = await world(records)
    note = await here.note(WARD)
    asked = {
        "actor": {"kind": "staff", "careProvider": "SE2120000142-0001", "unit": "SE2120000142-N"},
        "action": "read",
        "resource": note.reference,
    }
    elsewhere = replace(OFFICER, provider="SE5569990012-0001", unit=GP)

    assert (await _ask(here, staff(WARD), "POST", "/access/explain", **asked))[0] == 403
    assert (await _ask(here, elsewhere, "POST", "/access/explain", **asked))[0] == 403
    assert (await _ask(here, OFFICER, "POST", "/access/explain", **asked))[0] == 200
