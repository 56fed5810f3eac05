"""Relatives come in by a code that the patient gives them: once, in time, and as nobody but a relative."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from pk_api.fhir.systems import ROLE_CODE
from pk_api.records.inviting import LASTS
from tests.contract.test_me import Here, here
from tests.interactions.conftest import demo_database, empty
from tests.rules.standins import a_related_person, number_born
from tests.support import tables
from tests.support.service import create

__all__ = ["demo_database", "empty", "here"]
pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBERS = (number_born(date(1975, 3, day)) for day in range(1, 29))


async def _relative(client: httpx.AsyncClient, patient: str, **more: Any) -> str:
    """Return the reference of a relative without a number, whom this caller adds."""
    person = a_related_person(patient, (ROLE_CODE, "SPS"), **more)
    del person["identifier"]
    return f"RelatedPerson/{(await create(client, person))['id']}"


async def _invited(client: httpx.AsyncClient, relative: str) -> str:
    answer = await client.post("/v1/me/invitations", json={"relative": relative})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


async def test_a_relative_who_accepts_sees_what_relatives_see(here: Here) -> None:
    number, patient, _ = await here.patient()
    owner, guest = here.as_person(number), here.as_person(next(NUMBERS))
    goal = await create(owner, _goal(patient))
    relative = await _relative(owner, patient)
    acting = {"Acting-For": patient}
    before = await guest.get(f"/fhir/Goal/{goal['id']}", headers=acting)

    accepted = await guest.post("/v1/invitations/accept", json={"code": await _invited(owner, relative)})
    after = await guest.get(f"/fhir/Goal/{goal['id']}", headers=acting)

    assert (before.status_code, after.status_code) == (403, 200)
    assert accepted.json() == {"patient": patient, "relative": relative}
    assert (await guest.get("/v1/me")).json()["mayActFor"][0]["grounds"] == ["relative"]


async def test_of_64_who_accept_at_once_one_gets_in(here: Here) -> None:
    number, patient, _ = await here.patient()
    owner = here.as_person(number)
    relative = await _relative(owner, patient)
    code = await _invited(owner, relative)
    guests = [here.as_person(number_born(date(1960, 1 + n // 28, 1 + n % 28))) for n in range(64)]

    answers = await asyncio.gather(
        *(guest.post("/v1/invitations/accept", json={"code": code}) for guest in guests)
    )

    assert sorted(one.status_code for one in answers) == [200] + [404] * 63
    stored = (await owner.get(f"/fhir/{relative}")).json()
    assert len(stored["identifier"]) == 1


async def test_a_code_is_stored_as_a_hash_and_the_older_one_is_void(here: Here) -> None:
    number, patient, _ = await here.patient()
    owner, guest = here.as_person(number), here.as_person(next(NUMBERS))
    relative = await _relative(owner, patient)
    older, newer = await _invited(owner, relative), await _invited(owner, relative)

    void = await guest.post("/v1/invitations/accept", json={"code": older})
    good = await guest.post("/v1/invitations/accept", json={"code": newer})

    assert (void.status_code, good.status_code) == (404, 200)
    stored = await tables.select(here.service.database_url, "SELECT * FROM invitation")
    assert not {older, newer} & {str(value) for row in stored for value in row.values()}


async def test_an_invitation_ends(here: Here) -> None:
    number, patient, _ = await here.patient()
    owner, guest = here.as_person(number), here.as_person(next(NUMBERS))
    code = await _invited(owner, await _relative(owner, patient))
    records = here.service.records
    records._clock = lambda: datetime.now(UTC) + LASTS + timedelta(seconds=1)

    late = await guest.post("/v1/invitations/accept", json={"code": code})
    records._clock = lambda: datetime.now(UTC)

    assert late.status_code == 404
    assert (await guest.post("/v1/invitations/accept", json={"code": code})).status_code == 200


async def test_the_patient_does_not_accept_and_neither_does_staff(here: Here) -> None:
    number, patient, _ = await here.patient()
    owner = here.as_person(number)
    code = await _invited(owner, await _relative(owner, patient))

    own = await owner.post("/v1/invitations/accept", json={"code": code})
    staff = await here.service.as_("nurse-stroke").post("/v1/invitations/accept", json={"code": code})
    guest = await here.as_person(next(NUMBERS)).post("/v1/invitations/accept", json={"code": code})

    assert [one.status_code for one in (own, staff, guest)] == [404, 403, 200]


@pytest.mark.parametrize("role", ["GUARD", "SPS"])
async def test_who_is_kept_by_care_is_not_invited(here: Here, role: str) -> None:
    number, patient, _ = await here.patient()
    owner = here.as_person(number)
    told = {"relationship": [{"coding": [{"system": ROLE_CODE, "code": role}]}]}
    relative = await _relative(here.service.http, patient, **told)

    answer = await owner.post("/v1/me/invitations", json={"relative": relative})

    assert answer.status_code == {"GUARD": 422, "SPS": 403}[role]


async def test_nobody_invites_to_another_patient(here: Here) -> None:
    number, patient, _ = await here.patient()
    relative = await _relative(here.as_person(number), patient)
    other, _, _ = await here.patient()

    answer = await here.as_person(other).post("/v1/me/invitations", json={"relative": relative})

    assert answer.status_code == 404


async def test_an_invitation_is_listed_until_it_is_withdrawn(here: Here) -> None:
    number, patient, _ = await here.patient()
    owner, guest = here.as_person(number), here.as_person(next(NUMBERS))
    relative = await _relative(owner, patient)
    code = await _invited(owner, relative)

    (listed,) = (await owner.get("/v1/me/invitations")).json()["items"]
    withdrawn = await owner.delete(f"/v1/me/invitations/{listed['id']}")
    late = await guest.post("/v1/invitations/accept", json={"code": code})
    again = await owner.delete(f"/v1/me/invitations/{listed['id']}")

    assert listed["relative"] == relative
    assert listed["id"] not in code
    assert [one.status_code for one in (withdrawn, late, again)] == [204, 404, 404]
    assert (await owner.get("/v1/me/invitations")).json()["items"] == []


async def test_an_invitation_that_is_used_is_neither_listed_nor_withdrawn(here: Here) -> None:
    number, patient, _ = await here.patient()
    owner, guest = here.as_person(number), here.as_person(next(NUMBERS))
    code = await _invited(owner, await _relative(owner, patient))
    (listed,) = (await owner.get("/v1/me/invitations")).json()["items"]
    await guest.post("/v1/invitations/accept", json={"code": code})

    assert (await owner.get("/v1/me/invitations")).json()["items"] == []
    assert (await owner.delete(f"/v1/me/invitations/{listed['id']}")).status_code == 404


async def test_invitations_are_the_patients_alone(here: Here) -> None:
    number, patient, _ = await here.patient()
    owner, guest = here.as_person(number), here.as_person(next(NUMBERS))
    relative = await _relative(owner, patient)
    await guest.post("/v1/invitations/accept", json={"code": await _invited(owner, relative)})
    other_number, _, _ = await here.patient()
    await _invited(owner, await _relative(owner, patient))
    (listed,) = (await owner.get("/v1/me/invitations")).json()["items"]
    address, acting = f"/v1/me/invitations/{listed['id']}", {"Acting-For": patient}
    other, app = here.as_person(other_number), here.as_person(number, pk_kind="app", client_id="an-app")
    await owner.post("/v1/me/apps", json={"client": "an-app"})

    answers = (
        await guest.get("/v1/me/invitations", headers=acting),
        await guest.delete(address, headers=acting),
        await other.delete(address),
        await app.delete(address),
        await here.service.as_("nurse-stroke").get("/v1/me/invitations"),
    )

    assert [one.status_code for one in answers] == [403, 403, 404, 403, 403]


def _goal(patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Kunna gå till affären själv"},
        "subject": {"reference": patient},
    }
