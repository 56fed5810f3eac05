"""If-Match and If-None-Match on every path that writes: no success on a false condition (RFC 9110 13.1)."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.resources import a_patient
from tests.support.service import FHIR_JSON, TOLVAN, Service, bundle, create, delete, entry, problems, put

MATCHING = ['W/"2"', '"2"', "2", "*", 'W/"1", W/"2"', ' W/"7" ,W/"2" ']
FALSE = [
    'W/"1"',
    '"*"',
    'W/"1", W/"*"',
    '"1"',
    "1",
    'W/"3"',
    'W/"1", W/"3"',
    'W/"abc"',
    '""',
    'W/"02"',
    "abc",
]
MALFORMED = ['W/"2', "W/2", 'W/"2"x', '"2" "2"', "two words", ",", 'W/"2",', "", "**", '*, W/"2"', 'W/"2 "']
JSON_PATCH = "application/json-patch+json"
CHANGE = [{"op": "add", "path": "/gender", "value": "female"}]


@dataclass(frozen=True)
class Path:
    """A way to write: by itself or in a bundle, by id or by criteria."""

    method: str
    kind: str = "alone"
    by: str = "id"

    def __str__(self) -> str:
        return f"{self.kind} {self.method} by {self.by}"

    def address(self, stored: dict[str, Any]) -> str:
        return f"Patient/{stored['id']}" if self.by == "id" else f"Patient?identifier={TOLVAN}"

    def body(self, stored: dict[str, Any]) -> tuple[Any, str]:
        """Return what is sent and its media type."""
        if self.method == "PUT":
            return stored | {"deceasedBoolean": False}, FHIR_JSON
        return (CHANGE, JSON_PATCH) if self.method == "PATCH" else (None, "")


METHODS, KINDS = ("PUT", "PATCH", "DELETE"), ("alone", "batch", "transaction")
PATHS = [Path(m, k, by) for m in METHODS for k in KINDS for by in ("id", "criteria")]
every_path = pytest.mark.parametrize("path", PATHS, ids=str)


async def of_version_two(service: Service) -> dict[str, Any]:
    stored = await create(service.http, a_patient(TOLVAN))
    return (await put(service.http, stored | {"gender": "male"})).json()  # type: ignore[no-any-return]  # JSON


async def version_of(service: Service, stored: dict[str, Any]) -> str:
    answer = await service.http.get(f"/fhir/Patient/{stored['id']}")
    return answer.json()["meta"]["versionId"] if answer.status_code == 200 else "deleted"


async def written(service: Service, stored: dict[str, Any], path: Path, tag: str | None) -> int:
    """Write by one of the paths and return the status that concerns the resource."""
    content, media_type = path.body(stored)
    if path.kind == "alone":
        headers = {"Content-Type": media_type} if media_type else {}
        headers |= {} if tag is None else {"If-Match": tag}
        sent = None if content is None else json.dumps(content)
        address = f"/fhir/{path.address(stored)}"
        return (await service.http.request(path.method, address, content=sent, headers=headers)).status_code
    if path.method == "PATCH":
        data = base64.b64encode(json.dumps(content).encode()).decode()
        content = {"resourceType": "Binary", "contentType": media_type, "data": data}
    more = {} if tag is None else {"ifMatch": tag}
    answer = await bundle(service.http, path.kind, entry(path.method, path.address(stored), content, **more))
    if answer.status_code != 200:
        return answer.status_code
    return int(answer.json()["entry"][0]["response"]["status"][:3])


@every_path
async def test_a_true_condition_lets_the_write_through(service: Service, path: Path) -> None:
    stored = await of_version_two(service)

    for n, tag in enumerate(MATCHING):
        version = await version_of(service, stored)
        assert await written(service, stored, path, tag.replace("2", version)) in (200, 204), tag
        await put(service.http, stored | {"birthDate": f"19{n:02}-12-12"})
        assert await version_of(service, stored) != version


@every_path
async def test_a_false_condition_changes_nothing(service: Service, path: Path) -> None:
    stored = await of_version_two(service)

    statuses = {tag: await written(service, stored, path, tag) for tag in FALSE}

    assert statuses == dict.fromkeys(FALSE, 412)
    assert await version_of(service, stored) == "2"


@every_path
async def test_a_malformed_condition_is_refused_and_changes_nothing(service: Service, path: Path) -> None:
    stored = await of_version_two(service)

    statuses = {tag: await written(service, stored, path, tag) for tag in MALFORMED}

    assert statuses == dict.fromkeys(MALFORMED, 400)
    assert await version_of(service, stored) == "2"


@every_path
async def test_a_condition_on_what_was_deleted_is_false(service: Service, path: Path) -> None:
    stored = await of_version_two(service)
    await delete(service.http, stored)

    for tag in ('W/"2"', 'W/"3"', "*"):
        status = await written(service, stored, path, tag)
        assert status == _absent(path), tag
    assert await version_of(service, stored) == "deleted"


def _absent(path: Path) -> int:
    """A patch has nothing to be applied to; any other write has a condition that is false."""
    return 412 if path.method != "PATCH" else 410 if path.by == "id" else 404


@every_path
async def test_a_write_without_a_condition_is_done(service: Service, path: Path) -> None:
    stored = await of_version_two(service)

    assert await written(service, stored, path, None) in (200, 204)
    assert await version_of(service, stored) != "2"


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

    headers = {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT", "Content-Type": FHIR_JSON}

    for method in METHODS:
        address = f"/fhir/Patient/{stored['id']}"
        answer = await service.http.request(method, address, json=stored, headers=headers)
        assert answer.status_code == 400, method
    assert await version_of(service, stored) == "2"


async def test_a_read_is_of_the_version_that_is_asked_for(service: Service) -> None:
    stored = await of_version_two(service)
    address = f"/fhir/Patient/{stored['id']}"

    for tag in MATCHING:
        assert (await service.http.get(address, headers={"If-Match": tag})).status_code == 200, tag
    for tag in FALSE:
        assert (await service.http.get(address, headers={"If-Match": tag})).status_code == 412, tag
    for tag in MALFORMED:
        assert (await service.http.get(address, headers={"If-Match": tag})).status_code == 400, tag


@pytest.mark.parametrize("method", METHODS)
async def test_a_condition_of_another_interaction_is_refused(service: Service, method: str) -> None:
    stored = await of_version_two(service)
    headers = {"If-None-Exist": "identifier=x", "Content-Type": FHIR_JSON}

    answer = await service.http.request(
        method, f"/fhir/Patient/{stored['id']}", json={"resourceType": "Parameters"}, headers=headers
    )

    assert answer.status_code == 400
    assert await version_of(service, stored) == "2"


async def test_a_read_tells_whether_something_changed_since_a_time(service: Service) -> None:
    stored = await of_version_two(service)
    address = f"/fhir/Patient/{stored['id']}"
    modified = (await service.http.get(address)).headers["last-modified"]
    cases: list[tuple[dict[str, str], int]] = [
        ({"If-Modified-Since": modified}, 304),
        ({"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Modified-Since": modified, "If-None-Match": 'W/"1"'}, 200),
        ({"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT", "If-None-Match": 'W/"2"'}, 304),
    ]

    answers = [(await service.http.get(address, headers=headers)) for headers, _ in cases]

    assert [a.status_code for a in answers] == [status for _, status in cases]
    assert {a.content for a in answers if a.status_code == 304} == {b""}


@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_a_read_in_a_bundle_obeys_if_modified_since(service: Service, kind: str) -> None:
    stored = await of_version_two(service)
    reads = [
        entry("GET", f"Patient/{stored['id']}", ifModifiedSince=since)
        for since in ("2100-01-01T00:00:00Z", "2001-01-01T00:00:00+01:00")
    ]

    answer = [(await bundle(service.http, kind, one)).json()["entry"][0]["response"] for one in reads]

    assert [one["status"][:3] for one in answer] == ["304", "200"]


@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_a_read_in_a_bundle_obeys_if_none_match(service: Service, kind: str) -> None:
    stored = await of_version_two(service)

    answer = await bundle(service.http, kind, entry("GET", f"Patient/{stored['id']}", ifNoneMatch='W/"2"'))

    assert answer.json()["entry"][0]["response"]["status"] == "304 Not Modified"
    assert "resource" not in answer.json()["entry"][0]
