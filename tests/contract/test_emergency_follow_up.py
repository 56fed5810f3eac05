"""Emergency openings are followed up: each is listed with what was read under it, and the outcome is kept.

Source: HSLF-FS 2016:40 4 kap. 9 § 5–6; lag 2022:913 3 kap.
"""

from dataclasses import replace
from typing import Any

import pytest

from pk_api.access.actor import Actor
from pk_api.access.auditing import AUDIT_OFFICER
from pk_api.records.records import Records
from pk_api.records.values import Write
from tests.contract.wire import Api
from tests.rules.people import GP, PATIENT, WARD, World, for_an_hour, staff, system, world
from tests.support import tables

OFFICER = replace(staff(GP), roles=(AUDIT_OFFICER,), employee="SE5569990012-O", purpose="audit")
OTHERS = replace(staff(WARD), roles=(AUDIT_OFFICER,))
WHY = "Medvetslös, läkemedel måste kännas till."


async def _opened(records: Records, api: Api, kind: str = "shared-care") -> tuple[World, Any]:
    here = await world(records)
    async with api.of(staff(GP)) as client:
        path = f"/patients/{here.patient.id}/emergency-openings"
        answer = await client.post(path, json={"kind": kind, "reason": WHY})
    assert answer.status_code == 201, answer.text
    return here, answer.json()


async def _listed(api: Api, actor: Actor, *, waiting: bool = False) -> list[dict[str, Any]]:
    async with api.of(actor) as client:
        answer = await client.get(f"/audit/emergency-openings?waiting={str(waiting).lower()}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def _review(api: Api, actor: Actor, name: str, finding: str = "in-order") -> Any:
    async with api.of(actor) as client:
        body = {"finding": finding, "note": "Ambulansjournalen stämmer."}
        return await client.post(f"/audit/emergency-openings/{name}/review", json=body)


async def test_an_opening_is_listed_with_who_why_and_what_was_read(records: Records, api: Api) -> None:
    here, opened = await _opened(records, api)
    note, other = await here.note(WARD), await here.note(WARD)
    for one in (note, other, note):
        assert await here.sees(staff(GP), one)

    (item,) = await _listed(api, OFFICER)

    assert item["reference"] == opened["reference"]
    assert (item["kind"], item["patient"], item["reason"]) == ("shared-care", here.patient.reference, WHY)
    assert (item["by"], item["unit"]["hsaId"]) == (f"{GP}-E", GP)
    assert (item["reads"], item["users"], item["review"]) == (3, 1, None)
    assert item["start"] <= item["lastRead"] < item["end"]


async def test_the_outcome_is_kept_once_and_told_in_the_audit(
    records: Records, api: Api, database_url: str
) -> None:
    _, opened = await _opened(records, api)
    name = opened["reference"].partition("/")[2]

    done = await _review(api, OFFICER, name, "unauthorised")
    again = await _review(api, OFFICER, name)

    assert (done.status_code, again.status_code) == (200, 409)
    assert done.json()["review"]["finding"] == "unauthorised"
    assert done.json()["review"]["by"] == "SE5569990012-O"
    assert await _listed(api, OFFICER, waiting=True) == []
    assert len(await _listed(api, OFFICER)) == 1
    kept = "SELECT detail FROM audit WHERE interaction = 'emergency-review'"
    assert [row["detail"] for row in await tables.select(database_url, kept)] == ["unauthorised"]


async def test_an_opening_that_was_ended_or_made_by_fhir_is_followed_up_too(
    records: Records, api: Api
) -> None:
    here = await world(records)
    consent = await here.says("emergency", GP, period=for_an_hour())
    ended = {**consent.resource, "status": "inactive"}
    await records.write(system(GP), [Write("update", "Consent", ended, consent.id)])

    (item,) = await _listed(api, OFFICER, waiting=True)

    assert item["id"] == consent.id


async def test_the_list_goes_on_page_after_page(records: Records, api: Api) -> None:
    here = await world(records)
    made = [(await here.says("emergency", GP, period=for_an_hour())).id for _ in range(5)]

    told, address = [], "/audit/emergency-openings?limit=2"
    async with api.of(OFFICER) as client:
        while address:
            page = (await client.get(address)).json()
            told += [one["id"] for one in page["items"]]
            cursor = page["next"]
            address = cursor and f"/audit/emergency-openings?limit=2&cursor={cursor}"
        review = await client.post(
            f"/audit/emergency-openings/{made[0]}/review", json={"finding": "in-order"}
        )

    assert sorted(told) == sorted(made)
    assert review.status_code == 200


async def test_a_later_change_does_not_undo_the_outcome(records: Records, api: Api) -> None:
    here = await world(records)
    consent = await here.says("emergency", GP, period=for_an_hour())
    await _review(api, OFFICER, consent.id)
    changed = {**consent.resource, "dateTime": "2026-03-03"}

    await records.write(system(GP), [Write("update", "Consent", changed, consent.id)])

    (item,) = await _listed(api, OFFICER)
    assert item["review"]["finding"] == "in-order"


async def test_the_list_is_the_care_providers_own_and_the_officers(records: Records, api: Api) -> None:
    _, opened = await _opened(records, api)
    name = opened["reference"].partition("/")[2]

    assert await _listed(api, OTHERS) == []
    assert (await _review(api, OTHERS, name)).status_code == 404
    for actor in (staff(GP), system(GP), PATIENT):
        async with api.of(actor) as client:
            assert (await client.get("/audit/emergency-openings")).status_code == 403


@pytest.mark.parametrize("waiting", ["yes", "1", ""])
async def test_what_is_asked_wrongly_is_told(records: Records, api: Api, waiting: str) -> None:
    async with api.of(OFFICER) as client:
        answer = await client.get(f"/audit/emergency-openings?waiting={waiting}")

    assert answer.status_code == 400
