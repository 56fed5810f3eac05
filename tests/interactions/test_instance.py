"""read, vread, create, update and delete as a caller meets them."""

import re

import pytest

from tests.support.resources import a_goal, a_patient
from tests.support.service import FHIR_JSON, TOLVAN, Service, as_fhir, create, delete, problems, put

SERVERS = re.compile(r"[a-z2-7]{26}")


async def a_stored_patient(service: Service) -> dict:
    return await create(service.http, a_patient(TOLVAN))


async def test_a_created_resource_is_told_with_its_place_version_and_time(service: Service) -> None:
    answer = await service.http.post("/fhir/Patient", json=a_patient(TOLVAN), headers=as_fhir())

    stored = answer.json()
    assert answer.status_code == 201
    assert SERVERS.fullmatch(stored["id"])
    assert answer.headers["location"].endswith(f"/fhir/Patient/{stored['id']}/_history/1")
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["content-type"].startswith(FHIR_JSON)
    assert "last-modified" in answer.headers


async def test_a_create_gives_an_id_of_its_own_whatever_the_body_says(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN) | {"id": "mine"})

    assert stored["id"] != "mine"


async def test_a_read_gives_what_was_stored(service: Service) -> None:
    stored = await a_stored_patient(service)

    answer = await service.http.get(f"/fhir/Patient/{stored['id']}")

    assert answer.json() == stored
    assert answer.headers["etag"] == 'W/"1"'


@pytest.mark.parametrize("tag", ['W/"1"', '"1"', "1", "*", 'W/"7", W/"1"'])
async def test_who_holds_the_version_gets_no_body_again(service: Service, tag: str) -> None:
    stored = await a_stored_patient(service)

    answer = await service.http.get(f"/fhir/Patient/{stored['id']}", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == 'W/"1"'


async def test_who_holds_an_old_version_gets_the_new_one(service: Service) -> None:
    stored = await a_stored_patient(service)
    await put(service.http, stored | {"gender": "male"})

    answer = await service.http.get(f"/fhir/Patient/{stored['id']}", headers={"If-None-Match": 'W/"1"'})

    assert (answer.status_code, answer.json()["gender"]) == (200, "male")


async def test_every_version_stays_readable(service: Service) -> None:
    stored = await a_stored_patient(service)
    await put(service.http, stored | {"gender": "male"})

    first = await service.http.get(f"/fhir/Patient/{stored['id']}/_history/1")
    second = await service.http.get(f"/fhir/Patient/{stored['id']}/_history/2")

    assert first.json() == stored
    assert (second.json()["gender"], second.headers["etag"]) == ("male", 'W/"2"')


@pytest.mark.parametrize("version", ["0", "2", "999999999", "9999999999999", "one", "1.0", "-1"])
async def test_a_version_that_never_was_is_not_found(service: Service, version: str) -> None:
    stored = await a_stored_patient(service)

    answer = await service.http.get(f"/fhir/Patient/{stored['id']}/_history/{version}")

    assert answer.status_code == 404


async def test_an_update_makes_the_next_version(service: Service) -> None:
    stored = await a_stored_patient(service)

    answer = await put(service.http, stored | {"gender": "male"})

    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    assert answer.json()["meta"]["versionId"] == "2"
    assert answer.headers["location"].endswith("/_history/2")


async def test_the_version_and_time_in_a_body_are_not_believed(service: Service) -> None:
    stored = await a_stored_patient(service)
    meta = {"versionId": "99", "lastUpdated": "1999-01-01T00:00:00Z"}

    answer = await put(service.http, stored | {"meta": meta, "gender": "male"})

    assert answer.json()["meta"]["versionId"] == "2"
    assert not answer.json()["meta"]["lastUpdated"].startswith("1999")


async def test_an_update_of_an_id_that_the_client_chose_creates(service: Service) -> None:
    answer = await put(service.http, a_patient(TOLVAN) | {"id": "my-own.Id"})
    again = await put(service.http, a_patient(TOLVAN) | {"id": "my-own.Id", "gender": "male"})

    assert (answer.status_code, again.status_code) == (201, 200)
    assert answer.headers["location"].endswith("/Patient/my-own.Id/_history/1")


async def test_a_deleted_resource_is_gone_until_an_update_revives_it(service: Service) -> None:
    stored = await a_stored_patient(service)

    deleted = await delete(service.http, stored)
    gone = await service.http.get(f"/fhir/Patient/{stored['id']}")
    gone_version = await service.http.get(f"/fhir/Patient/{stored['id']}/_history/2")
    old = await service.http.get(f"/fhir/Patient/{stored['id']}/_history/1")
    revived = await put(service.http, stored)
    back = await service.http.get(f"/fhir/Patient/{stored['id']}")

    assert (deleted.status_code, deleted.headers["etag"]) == (204, 'W/"2"')
    assert (gone.status_code, gone_version.status_code, old.status_code) == (410, 410, 200)
    assert problems(gone)[0]["code"] == "deleted"
    assert (revived.status_code, back.status_code) == (201, 200)
    assert back.json()["meta"]["versionId"] == "3"


async def test_deleting_again_changes_nothing(service: Service) -> None:
    stored = await a_stored_patient(service)
    await delete(service.http, stored)

    again = await delete(service.http, stored)

    assert again.status_code == 204
    history = (await service.http.get(f"/fhir/Patient/{stored['id']}/_history")).json()
    assert len(history["entry"]) == 2


async def test_deleting_what_never_was_is_not_found(service: Service) -> None:
    assert (await service.http.delete("/fhir/Patient/nobody")).status_code == 404


async def test_what_others_refer_to_cannot_be_deleted(service: Service) -> None:
    stored = await a_stored_patient(service)
    goal = await create(service.http, a_goal(f"Patient/{stored['id']}"))

    refused = await delete(service.http, stored)
    await delete(service.http, goal)
    allowed = await delete(service.http, stored)

    assert (refused.status_code, allowed.status_code) == (409, 204)


@pytest.mark.parametrize(("prefer", "has_body"), [("minimal", False), ("representation", True)])
async def test_the_caller_says_whether_the_body_comes_back(
    service: Service, prefer: str, has_body: bool
) -> None:
    answer = await service.http.post(
        "/fhir/Patient", json=a_patient(TOLVAN), headers=as_fhir(Prefer=f"return={prefer}")
    )

    assert answer.status_code == 201
    assert bool(answer.content) is has_body
    assert answer.headers["etag"] == 'W/"1"'


async def test_a_caller_who_prefers_an_outcome_gets_one(service: Service) -> None:
    answer = await service.http.post(
        "/fhir/Patient", json=a_patient(TOLVAN), headers=as_fhir(Prefer="return=OperationOutcome")
    )

    assert answer.status_code == 201
    assert problems(answer)[0]["severity"] == "information"


async def test_head_answers_as_get_without_the_body(service: Service) -> None:
    stored = await a_stored_patient(service)
    for address in (f"/fhir/Patient/{stored['id']}", "/fhir/Patient", "/fhir/metadata"):
        got = await service.http.get(address, headers={"Accept-Encoding": "identity"})

        head = await service.http.head(address, headers={"Accept-Encoding": "identity"})

        assert (head.status_code, head.content) == (200, b"")
        assert abs(int(head.headers["content-length"]) - len(got.content)) <= 1
        assert head.headers.get("etag") == got.headers.get("etag")


async def test_the_subject_of_a_resource_never_changes(service: Service) -> None:
    one = await a_stored_patient(service)
    other = await create(service.http, a_patient("195009072553"))
    goal = await create(service.http, a_goal(f"Patient/{one['id']}"))

    refused = await put(service.http, goal | {"subject": {"reference": f"Patient/{other['id']}"}})

    assert refused.status_code == 422
    assert (await service.http.get(f"/fhir/Goal/{goal['id']}")).json() == goal


@pytest.mark.parametrize("words", ["Varje morgon", "2026-02-31", "2026"])
async def test_a_time_in_words_is_no_error(service: Service, words: str) -> None:
    patient = await a_stored_patient(service)
    detail = {"status": "scheduled", "scheduledString": words}
    plan = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "activity": [{"detail": detail}],
    }

    stored = await create(service.http, plan | {"subject": {"reference": f"Patient/{patient['id']}"}})

    assert stored["activity"] == [{"detail": detail}]
    found = await service.http.get("/fhir/CarePlan?activity-date:missing=false")
    assert found.json()["entry"][0]["resource"] == stored
