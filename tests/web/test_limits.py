"""What a request may cost: addresses, headers, slow bodies and crowds are bounded, over real sockets too."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import tables
from tests.support.server import Server, serving
from tests.support.service import FHIR_JSON, HOSPITAL, Service, bearer, problems, served

ITEM = json.dumps({"resourceType": "Practitioner"}).encode()


@pytest.mark.one_database
@pytest.mark.asyncio(loop_scope="module")
async def test_an_address_that_is_too_long_is_refused(refusing: Service) -> None:
    for path in ("/fhir/Practitioner", "/v1/contracts/some-id"):
        answer = await refusing.http.get(f"{path}?name={'x' * 33_000}")

        assert answer.status_code == 414, path
        assert "json" in answer.headers["content-type"]


@pytest.mark.one_database
@pytest.mark.asyncio(loop_scope="module")
async def test_too_many_or_too_large_headers_are_refused(refusing: Service) -> None:
    many = {f"X-{n}": "x" for n in range(120)}
    large = {"X-Large": "x" * 70_000}

    answers = [await refusing.http.get("/fhir/Practitioner", headers=headers) for headers in (many, large)]

    assert [a.status_code for a in answers] == [431, 431]
    assert problems(answers[0])[0]["code"] == "too-long"


@pytest.mark.one_database
@pytest.mark.asyncio(loop_scope="module")
async def test_too_many_parameters_are_refused(refusing: Service) -> None:
    answer = await refusing.http.get("/fhir/Practitioner?" + "&".join(["name=x"] * 501))
    sent = await refusing.http.post(
        "/fhir/Practitioner/_search",
        content="&".join(["name=x"] * 501),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert (answer.status_code, sent.status_code) == (400, 400)


async def test_a_caller_has_so_many_requests_under_way_and_others_are_not_held_up(
    database_url: str, tmp_path: Path
) -> None:
    async with served(database_url, tmp_path, max_concurrent=4, pool_size=2) as service:
        other = service.as_("system-primary")
        asked = [service.http.post("/fhir/Practitioner", content=slowly(), headers=KIND) for _ in range(12)]
        answers, beside = await asyncio.gather(asyncio.gather(*asked), other.get("/fhir/Practitioner"))
        later = await service.http.get("/fhir/Practitioner")

    assert Counter(a.status_code for a in answers) == {201: 4, 429: 8}
    assert {a.headers.get("retry-after") for a in answers if a.status_code == 429} == {"1"}
    assert (beside.status_code, later.status_code) == (200, 200)


CLOSE = "Connection: close"
KIND = {"Content-Type": FHIR_JSON}


async def slowly():  # type: ignore[no-untyped-def]  # an asynchronous generator of bytes
    yield ITEM[:5]
    await asyncio.sleep(0.2)
    yield ITEM[5:]


@pytest.fixture
def patient_for_a_second(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """A real server that waits one second for a body."""
    with serving(database_url, tmp_path, PK_MAX_BODY_SECONDS="1") as server:
        yield server


async def ask_raw(server: Server, sent: bytes, *, closing: bool = False) -> bytes:
    """Send bytes and return what comes back until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    await writer.drain()
    if closing:
        writer.close()
        await writer.wait_closed()
        return b""
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def head(server: Server, method: str, path: str, *more: str) -> bytes:
    token = bearer(server.data, HOSPITAL)["Authorization"]
    lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: {token}", *more, "", ""]
    return "\r\n".join(lines).encode()


@pytest.mark.one_database
async def test_a_body_that_does_not_come_or_is_broken_off_is_given_up(patient_for_a_second: Server) -> None:
    server = patient_for_a_second
    create = head(server, "POST", "/fhir/Practitioner", f"Content-Type: {FHIR_JSON}", "Content-Length: 33")
    started = time.monotonic()

    late = await ask_raw(server, create + ITEM[:5])
    took = time.monotonic() - started
    await ask_raw(server, create + ITEM[:5], closing=True)
    whole = await ask_raw(server, create[:-2] + CLOSE.encode() + b"\r\n\r\n" + ITEM.ljust(33))

    assert late.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"timeout"' in late
    assert 0.9 < took < 4
    assert whole.startswith(b"HTTP/1.1 201 ")
    async with server.client(HOSPITAL) as http:
        assert (await http.get("/fhir/Practitioner?_total=accurate")).json()["total"] == 1


@pytest.mark.one_database
async def test_over_a_real_connection_head_has_no_body_and_the_next_request_is_answered(
    patient_for_a_second: Server,
) -> None:
    server = patient_for_a_second
    two = head(server, "HEAD", "/fhir/metadata") + head(server, "OPTIONS", "/fhir/Patient/1", CLOSE)

    told = await ask_raw(server, two)

    first, _, second = told.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 204 ")
    assert b"allow: GET, PUT, PATCH, DELETE, HEAD, OPTIONS" in second


async def test_a_request_that_is_broken_off_leaves_nothing_half_done(patient_for_a_second: Server) -> None:
    server = patient_for_a_second
    items = [{"resource": json.loads(ITEM), "request": {"method": "POST", "url": "Practitioner"}}] * 50
    body = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": items}).encode()
    send = head(server, "POST", "/fhir", f"Content-Type: {FHIR_JSON}", f"Content-Length: {len(body)}")

    await asyncio.gather(*(ask_raw(server, send + body, closing=True) for _ in range(8)))
    async with server.client(HOSPITAL) as http:
        await settled(http)
        total = (await http.get("/fhir/Practitioner?_total=accurate")).json()["total"]

    assert total % 50 == 0
    assert await tables.stored(server.environment["PK_DATABASE_URL"])


async def settled(http: httpx.AsyncClient) -> None:
    """Wait until the number of resources stays the same."""
    before = -1
    while True:
        total = (await http.get("/fhir/Practitioner?_total=accurate&_count=0")).json()["total"]
        if total == before:
            return
        before = total
        await asyncio.sleep(0.3)
