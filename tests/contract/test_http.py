"""HTTP of the contract API: bodies, headers, problems, languages, and what OpenAPI says."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from pk_api.contract.parts import PARTS
from pk_api.fhir.problems import PROBLEMS, Issue, Problem
from pk_api.fhir.values import parse
from pk_api.web import contract_parts, contracts, coordination_routes
from pk_api.web.problem_json import problem_json
from tests.contract.wire import Api, opened, registered, with_municipality
from tests.support.actors import MUNICIPALITY, SYSTEM_HOSPITAL, TOLVAN

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What HTTP does is the same on either database: one is enough."""
    shutil.copy(sqlite_template, tmp_path / "pk.db")
    return f"sqlite:///{tmp_path / 'pk.db'}"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b'"x"', ""),
        (b'{"text": "a", "text": "b"}', ""),
        (b'{"text": NaN}', ""),
        (b"\xff", ""),
        (b'{"text": 1}', "/text"),
        (b'{"text": null}', "/text"),
        (b'{"text": ""}', "/text"),
        (b'{"text": "   "}', "/text"),
        (b'{"text": "a\\u0001"}', ""),
        (b'{"text": "a", "side": "us"}', "/side"),
        (b'{"text": "a", "side": "care", "turnto": "c"}', "/turnto"),
        (b'{"text": "a", "side": "care", "191212121212": "c"}', ""),
        (b'{"text": "a", "side": "care", "when": {"latest": "2026-02-30"}}', "/when/latest"),
        (b'{"text": "a", "side": "care", "when": {"latest": "2026-02-03T10:00:00"}}', "/when/latest"),
        (b'{"text": "a", "side": "care", "when": {}}', "/when"),
        (b'{"text": "a", "side": "care", "goals": ["a b"]}', "/goals/0"),
        (b'{"text": "a", "owner": {}}', "/owner"),
        (b'{"text": "a", "owner": {"reference": "Patient/a", "hsaId": "SE1"}}', "/owner"),
        (b'{"text": "a"}', ""),
    ],
)
async def test_a_body_that_is_not_valid_is_refused_by_pointer(api: Api, body: bytes, pointer: str) -> None:
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.post("/contracts/c/actions", content=body, headers=JSON)

    problem = response.json()
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "https://patientkontrakt.org/problems/invalid"
    assert problem["instance"] == "test-request"
    assert pointer in {each["pointer"] for each in problem["errors"]} or (
        pointer == "" and not problem["errors"]
    )
    assert TOLVAN not in response.text


async def test_a_period_that_ends_before_it_starts_is_a_rule_and_no_matter_of_form(api: Api) -> None:
    when = {"earliest": "2026-02-03", "latest": "2026-02-02"}

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        body = {"text": "a", "side": "care", "when": when}
        response = await hospital.post("/contracts/c/actions", json=body)

    assert response.status_code == 422
    assert response.json()["type"].endswith("/business-rule")
    assert [each["pointer"] for each in response.json()["errors"]] == ["/when"]


async def test_a_plan_that_ends_before_today_says_when_it_started(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        body = {"kind": "sip", "title": "SIP", "period": {"end": "2000-01-01"}}
        response = await hospital.post(f"/contracts/{contract['id']}/plans", json=body)

    assert response.status_code == 422, response.text


async def test_both_ends_of_a_membership_move_at_once(api: Api) -> None:
    contract, references = await with_municipality(api)
    path = f"/contracts/{contract['id']}/team"

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        members = {
            each["member"]["reference"]: each["id"] for each in (await hospital.get(path)).json()["items"]
        }
        address = f"{path}/{members[references[MUNICIPALITY]]}"
        early = await hospital.patch(address, json={"since": "2098-01-01", "until": "2098-02-01"})
        late = await hospital.patch(address, json={"since": "2099-01-01", "until": "2099-02-01"})
        wrong = await hospital.patch(address, json={"until": "2098-01-01"})

    assert [each.status_code for each in (early, late, wrong)] == [200, 200, 422], wrong.text


async def test_a_body_deeper_than_a_hundred_is_refused(api: Api) -> None:
    deep = b'{"text":' + b"[" * 200 + b"]" * 200 + b"}"

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.post("/contracts/c/actions", content=deep, headers=JSON)

    assert response.status_code == 400


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/fhir+json", ""])
async def test_another_content_type_is_not_read(api: Api, media_type: str) -> None:
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.post("/contracts", content=b"{}", headers={"Content-Type": media_type})

    assert response.status_code == 415


async def test_another_kind_of_answer_is_not_given(api: Api) -> None:
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.get("/contracts/c", headers={"Accept": "application/xml"})

    assert response.status_code == 406


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/contracts/c/goals", {"Base-Revision": "two"}),
        ("POST", "/contracts/c/goals", {"Base-Revision": "-1"}),
        ("POST", "/contracts/c/goals", {"Idempotency-Key": "x" * 201}),
        ("POST", "/contracts/c/goals", {"Idempotency-Key": ""}),
        ("POST", "/contracts/c/goals", {"If-Match": 'W/"1"'}),
        ("PATCH", "/contracts/c/goals/g", {"If-Match": 'W/"1'}),
    ],
)
async def test_a_malformed_header_is_refused(
    api: Api, method: str, path: str, headers: dict[str, str]
) -> None:
    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.request(method, path, json={"text": "Gå ut"}, headers=headers)

    assert response.status_code == 400


@pytest.mark.parametrize(
    "params", [{"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"cursor": "?"}, {"page": "2"}]
)
async def test_a_malformed_query_is_refused(api: Api, params: dict[str, str]) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.get(f"/contracts/{contract['id']}/goals", params=params)

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "sv"),
        ("*", "sv"),
        ("de", "sv"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("sv;q=0.5, en;q=0.8", "en"),
        ("en;q=0", "sv"),
        ("sv-SE, en;q=0.8", "sv"),
        ("en;q=x", "en"),
    ],
)
async def test_the_language_is_the_one_that_is_liked_best(api: Api, accepted: str, language: str) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        response = await hospital.get(f"/contracts/{contract['id']}", headers={"Accept-Language": accepted})

    assert response.headers["content-language"] == language
    assert ("Ett patientkontrakt" in response.text) == (language == "sv")


async def test_an_event_needs_no_body(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}/goals"
        goal = (await hospital.post(path, json={"text": "Gå ut"})).json()
        bare = await hospital.post(f"{path}/{goal['id']}/accept")
        empty = await hospital.post(f"{path}/{goal['id']}/accept", json={})
        much = await hospital.post(f"{path}/{goal['id']}/accept", json={"reason": "x"})

    assert [each.status_code for each in (bare, empty, much)] == [200, 200, 400]


def test_every_kind_of_problem_has_its_status_and_page() -> None:
    for kind, row in PROBLEMS.items():
        status, body = problem_json(Problem(kind, "Så är det."), "abc")

        problem = parse(body)
        assert (status, problem["status"], problem["instance"]) == (row.status, row.status, "abc")
        assert problem["type"] == f"https://patientkontrakt.org/problems/{kind}"


def test_a_problem_in_a_resource_names_the_element() -> None:
    issue = Issue("value", "A date that exists.", "Goal.startDate")

    _, body = problem_json(Problem("invalid", "Not valid.", issues=[issue]), "abc")

    assert parse(body)["errors"] == [
        {"pointer": "", "detail": "A date that exists.", "expression": "Goal.startDate"}
    ]


def test_a_problem_keeps_the_services_own_facts() -> None:
    _, body = problem_json(Problem("forbidden", "No.", facts={"rule": "no-mandate", "current": 3}), "abc")

    assert parse(body)["current"] == 3
    assert b"no-mandate" not in body


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = FastAPI()
    for each in (contracts, coordination_routes, contract_parts):
        app.include_router(each.router)
    return app.openapi()


def test_openapi_shows_every_part_as_operations_of_its_own(document: dict[str, Any]) -> None:
    for part in PARTS.values():
        path = f"/v1/contracts/{{contract}}/{part.name}"
        assert document["paths"][path].keys() == {"get", "post"}
        assert document["paths"][f"{path}/{{item}}"].keys() == {"get", "patch"}
        for event in part.events:
            assert document["paths"][f"{path}/{{item}}/{event}"].keys() == {"post"}
        body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        assert body["schema"]["$ref"].endswith(f"/{part.new.__name__}")


def test_openapi_has_an_example_of_every_body_and_a_name_for_every_operation(
    document: dict[str, Any],
) -> None:
    names = []
    for path in document["paths"].values():
        for operation in path.values():
            names.append(operation["operationId"])
            for body in [operation.get("requestBody"), *_successes(operation)]:
                assert body is None or "example" in body["content"]["application/json"], operation[
                    "operationId"
                ]
    assert len(names) == len(set(names))


def _successes(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for status, each in operation["responses"].items() if status.startswith("20")]


def test_every_post_may_carry_an_idempotency_key(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for method, operation in path.items():
            names = {each["name"] for each in operation["parameters"]}
            assert ("Idempotency-Key" in names) == (method == "post")
