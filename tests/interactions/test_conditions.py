"""If-Match and If-None-Match on every path that writes: no success on a false condition (RFC 9110 13.1)."""

import pytest

from tests.support.resources import a_patient
from tests.support.service import TOLVAN, Service, bundle, create, delete, entry, problems, put

MATCHING = ['W/"2"', '"2"', "2", "*", 'W/"1", W/"2"', ' W/"7" ,W/"2" ']
FALSE = ['W/"1"', '"1"', "1", 'W/"3"', 'W/"1", W/"3"', 'W/"abc"', '""', 'W/"02"', "abc"]
MALFORMED = ['W/"2', "W/2", 'W/"2"x', '"2" "2"', "two words", ",", 'W/"2",', "", "**", '*, W/"2"', 'W/"2 "']


async def of_version_two(service: Service) -> dict:
    stored = await create(service.http, a_patient(TOLVAN))
    return (await put(service.http, stored | {"gender": "male"})).json()


async def version_of(service: Service, stored: dict) -> str:
    answer = await service.http.get(f"/fhir/Patient/{stored['id']}")
    return answer.json()["meta"]["versionId"] if answer.status_code == 200 else "deleted"


async def written(service: Service, stored: dict, path: str, tag: str) -> int:
    """Write by one of the paths and return the status that concerns the resource."""
    reference = f"Patient/{stored['id']}"
    if path == "PUT":
        return (await put(service.http, stored, If_Match=tag)).status_code
    if path == "DELETE":
        return (await delete(service.http, stored, If_Match=tag)).status_code
    kind, method = path.split()
    one = entry(method, reference, stored if method == "PUT" else None, ifMatch=tag)
    answer = await bundle(service.http, kind, one)
    if answer.status_code != 200:
        return answer.status_code
    return int(answer.json()["entry"][0]["response"]["status"][:3])


PATHS = ["PUT", "DELETE", "batch PUT", "batch DELETE", "transaction PUT", "transaction DELETE"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_true_condition_lets_the_write_through(service: Service, path: str) -> None:
    stored = await of_version_two(service)

    for tag in MATCHING:
        version = await version_of(service, stored)
        assert await written(service, stored, path, tag.replace("2", version)) in (200, 204), tag
        await put(service.http, stored)
        assert await version_of(service, stored) != version


@pytest.mark.parametrize("path", PATHS)
async def test_a_false_condition_changes_nothing(service: Service, path: str) -> None:
    stored = await of_version_two(service)

    statuses = {tag: await written(service, stored, path, tag) for tag in FALSE}

    assert statuses == dict.fromkeys(FALSE, 412)
    assert await version_of(service, stored) == "2"


@pytest.mark.parametrize("path", PATHS)
async def test_a_malformed_condition_is_refused_and_changes_nothing(service: Service, path: str) -> None:
    stored = await of_version_two(service)

    statuses = {tag: await written(service, stored, path, tag) for tag in MALFORMED}

    assert statuses == dict.fromkeys(MALFORMED, 400)
    assert await version_of(service, stored) == "2"


@pytest.mark.parametrize("path", PATHS)
async def test_a_condition_on_what_was_deleted_is_false(service: Service, path: str) -> None:
    stored = await of_version_two(service)
    await delete(service.http, stored)

    for tag in ('W/"2"', 'W/"3"', "*"):
        assert await written(service, stored, path, tag) == 412, tag
    assert await version_of(service, stored) == "deleted"


async def test_a_condition_on_what_never_was_is_false(service: Service) -> None:
    for tag in ('W/"1"', 'W/"0"', "*"):
        answer = await put(service.http, a_patient(TOLVAN) | {"id": "new"}, If_Match=tag)

        assert answer.status_code == 412, tag
    assert (await service.http.get("/fhir/Patient/new")).status_code == 404


async def test_a_conflict_tells_the_current_version(service: Service) -> None:
    stored = await of_version_two(service)

    answer = await put(service.http, stored, If_Match='W/"1"')

    assert "the current one is 2" in problems(answer)[0]["diagnostics"]


async def test_a_client_can_say_that_nothing_must_be_there_yet(service: Service) -> None:
    fresh = a_patient(TOLVAN) | {"id": "new"}

    first = await put(service.http, fresh, If_None_Match="*")
    second = await put(service.http, fresh, If_None_Match="*")
    in_bundle = await bundle(service.http, "transaction", entry("PUT", "Patient/new", fresh, ifNoneMatch="*"))

    assert (first.status_code, second.status_code, in_bundle.status_code) == (201, 412, 412)
    assert await version_of(service, fresh) == "1"


async def test_a_client_can_say_which_version_must_not_be_there(service: Service) -> None:
    stored = await of_version_two(service)

    refused = await put(service.http, stored, If_None_Match='W/"2"')
    allowed = await put(service.http, stored, If_None_Match='W/"1"')

    assert (refused.status_code, allowed.status_code) == (412, 200)


async def test_a_condition_by_time_is_refused_rather_than_ignored(service: Service) -> None:
    stored = await of_version_two(service)

    answer = await put(service.http, stored, If_Unmodified_Since="Mon, 01 Jan 2001 00:00:00 GMT")

    assert answer.status_code == 400
    assert await version_of(service, stored) == "2"


@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_a_read_in_a_bundle_obeys_if_none_match(service: Service, kind: str) -> None:
    stored = await of_version_two(service)

    answer = await bundle(service.http, kind, entry("GET", f"Patient/{stored['id']}", ifNoneMatch='W/"2"'))

    assert answer.json()["entry"][0]["response"]["status"] == "304 Not Modified"
    assert "resource" not in answer.json()["entry"][0]
