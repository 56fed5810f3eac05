"""Thousands of requests that nobody meant: none is an error of ours, what is accepted comes back equal."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pk_api.app import described
from tests.support.invariants import broken as broken_invariants
from tests.support.service import BASE, Service, a_registered_contract, as_fhir, bundle, entry, served
from tests.web import fuzzing

SHORT = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
LONG = settings(SHORT, max_examples=2000, derandomize=False)
EXAMPLES = [one for one in fuzzing.own_examples() if one["resourceType"] != "Bundle"]
BUNDLES = [one for one in fuzzing.own_examples() if one["resourceType"] == "Bundle"]


@pytest.fixture
async def target(database_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    """A service that takes what it can: with a contract, and without asking for what is referred to."""
    async with served(database_url, tmp_path, check_references=False) as service:
        await a_registered_contract(service.http)
        yield service
        assert await broken_invariants(database_url) == []


def sent(body: Any) -> bytes:
    """The JSON, with what JSON has no form for as escapes."""
    return json.dumps(body).encode()


def quoted(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{_quote(name)}={_quote(value)}" for name, value in pairs)


def _quote(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


async def resources(target: Service, body: Any, method: str) -> None:
    """Send a broken resource; what is accepted is read back equal."""
    kind = body.get("resourceType") if isinstance(body, dict) else None
    kind = kind if isinstance(kind, str) and kind.isalpha() and kind.isascii() else "Patient"
    id_ = body.get("id") if isinstance(body, dict) and isinstance(body.get("id"), str) else "x"
    address = f"/fhir/{kind}" + (f"/{_quote(id_[:500])}" if method == "PUT" else "")

    answer = await target.http.request(method, address, content=sent(body), headers=as_fhir())

    assert answer.status_code < 500 or answer.status_code == 501, (answer.text, body)
    if answer.status_code in (200, 201):
        read = await target.http.get(answer.headers["location"])
        given_ = {k: v for k, v in body.items() if k not in ("id", "meta")}
        assert {k: v for k, v in read.json().items() if k not in ("id", "meta")} == given_


async def requests(
    target: Service, method: str, path: list[str], query: list[tuple[str, str]], headers: Any
) -> None:
    """Send any request at all."""
    for root in ("/fhir", "/v1/contracts", ""):
        address = BASE + "/".join([root, *map(_quote, path)])
        content = sent(EXAMPLES[0]) if method in ("POST", "PUT", "PATCH") else None
        answer = await target.http.request(
            method, f"{address}?{quoted(query)}", content=content, headers=headers
        )
        assert answer.status_code < 500 or answer.status_code == 501, (address, query, headers, answer.text)


async def batches(target: Service, body: Any) -> None:
    """Send a broken bundle."""
    answer = await target.http.post("/fhir", content=sent(body), headers=as_fhir())
    assert answer.status_code < 500 or answer.status_code == 501, (answer.text, body)
    if answer.status_code == 200:
        statuses = [one["response"]["status"] for one in answer.json().get("entry", ())]
        assert not [s for s in statuses if s[0] == "5" and s[:3] != "501"], (answer.text, body)


async def searches(target: Service, kind: str, query: list[tuple[str, str]]) -> None:
    """Send any search, alone and in a batch."""
    got = await target.http.get(f"/fhir/{kind}?{quoted(query)}")
    batch = await bundle(target.http, "batch", entry("GET", f"{kind}?{quoted(query)}"))
    assert got.status_code < 500, (kind, query, got.text)
    assert batch.status_code < 500, (kind, query, batch.text)


async def plain(target: Service, case: tuple[str, str, Any], headers: Any) -> None:
    """Send a broken body to an address of the contract API."""
    method, address, body = case
    found = await target.http.post("/v1/contracts/search", json={})
    contract = found.json()["items"][0]["id"]
    answer = await target.http.request(
        method,
        address.replace("{contract}", contract).replace("{item}", contract),
        content=sent(body),
        headers={"Content-Type": "application/json"} | headers,
    )
    assert answer.status_code < 500, (case, answer.text)


def contract_cases() -> list[tuple[str, str, Any]]:
    """(method, address, example) of everything in the description of the contract API that takes a body."""
    out = []
    for address, operations in described()["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            for media in content.values():
                examples = [media["example"]] if "example" in media else []
                examples += [e["value"] for e in media.get("examples", {}).values()]
                out += [(method.upper(), address, example) for example in examples]
    return out


CASES = contract_cases()
bodies = st.sampled_from(CASES).flatmap(
    lambda case: st.tuples(st.just(case[0]), st.just(case[1]), fuzzing.broken([case[2]]))
)


@given(body=fuzzing.broken(EXAMPLES), method=st.sampled_from(["POST", "PUT"]))
@SHORT
async def test_no_resource_is_an_error_of_ours(target: Service, body: Any, method: str) -> None:
    await resources(target, body, method)


@given(body=fuzzing.broken(BUNDLES))
@SHORT
async def test_no_bundle_is_an_error_of_ours(target: Service, body: Any) -> None:
    await batches(target, body)


@given(kind=st.sampled_from(sorted(fuzzing.TYPES)), query=fuzzing.queries())
@SHORT
async def test_no_search_is_an_error_of_ours(
    target: Service, kind: str, query: list[tuple[str, str]]
) -> None:
    await searches(target, kind, query)


@given(method=fuzzing.methods, path=fuzzing.segments, query=fuzzing.queries(), headers=fuzzing.headers())
@SHORT
async def test_no_request_is_an_error_of_ours(
    target: Service, method: str, path: list[str], query: list[tuple[str, str]], headers: dict[str, bytes]
) -> None:
    await requests(target, method, path, query, headers)


@given(case=bodies, headers=fuzzing.headers())
@SHORT
async def test_no_change_of_a_contract_is_an_error_of_ours(
    target: Service, case: tuple[str, str, Any], headers: dict[str, bytes]
) -> None:
    await plain(target, case, headers)


ANYTHING = st.fixed_dictionaries(
    {
        "body": fuzzing.broken(EXAMPLES),
        "bundle": fuzzing.broken(BUNDLES),
        "type": st.sampled_from(sorted(fuzzing.TYPES)),
        "method": fuzzing.methods,
        "path": fuzzing.segments,
        "query": fuzzing.queries(),
        "case": bodies,
        "headers": fuzzing.headers(),
    }
)


@pytest.mark.slow
@given(asked=ANYTHING)
@LONG
async def test_nothing_at_all_is_an_error_of_ours(target: Service, asked: dict[str, Any]) -> None:
    await resources(target, asked["body"], "PUT")
    await batches(target, asked["bundle"])
    await searches(target, asked["type"], asked["query"])
    await requests(target, asked["method"], asked["path"], asked["query"], asked["headers"])
    await plain(target, asked["case"], asked["headers"])


def test_every_body_of_the_contract_api_has_an_example() -> None:
    assert len(CASES) > 20
