"""What fails on our side: 500 or 503 with a correlation id, one log line, nothing of the error's text."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from tests.support import tables
from tests.support.resources import a_patient
from tests.support.server import Server
from tests.support.service import HOSPITAL, TOLVAN, Service, as_fhir, create

NAME = "Tolvansson"


async def broken_down(service: Service, table: str = "current") -> None:
    """Take a table away beneath the service."""
    if service.database_url.startswith("sqlite:///"):
        with closing(sqlite3.connect(service.database_url.removeprefix("sqlite:///"))) as connection:
            connection.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
        return
    connection = await asyncpg.connect(service.database_url)
    await connection.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    await connection.close()


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", f"/fhir/Patient?identifier={TOLVAN}&name={NAME}"),
        ("GET", "/fhir/Patient/someone"),
        ("POST", "/fhir/Patient"),
        ("PUT", "/fhir/Patient/someone"),
        ("POST", "/fhir/Patient/_search"),
        ("GET", "/fhir/_history"),
        ("POST", "/v1/contracts/search"),
        ("GET", f"/v1/contracts/{'a' * 26}-{'b' * 13}"),
    ],
)
async def test_an_unexpected_error_is_told_with_a_correlation_id_and_logged_without_its_text(
    service: Service, method: str, address: str
) -> None:
    await service.http.put(
        "/fhir/Patient/someone", json=a_patient(TOLVAN) | {"id": "someone"}, headers=as_fhir()
    )
    await broken_down(service)
    body = a_patient(TOLVAN) | {"id": "someone", "name": [{"family": NAME}]}
    sent = {"patient": {"reference": "Patient/someone"}} if address.startswith("/v1") else body
    headers = {"Content-Type": "application/json"}
    content = json.dumps(sent)
    if address.endswith("_search"):
        headers, content = {"Content-Type": "application/x-www-form-urlencoded"}, "name=" + NAME

    with capture_logs() as log:
        answer = await service.http.request(
            method, address, content=content if method != "GET" else None, headers=headers
        )

    asked = answer.headers["x-request-id"]
    assert answer.status_code in (500, 503), answer.text
    assert "json" in answer.headers["content-type"]
    assert asked in answer.text
    lines = [line for line in log if line.get("request_id") == asked]
    assert len(lines) == 1
    told = json.dumps(lines) + answer.text
    assert all(word not in told for word in (TOLVAN, NAME, "Traceback", "SELECT", "INSERT", "someone"))


async def test_the_caller_may_name_the_request(service: Service) -> None:
    answer = await service.http.get("/fhir/Patient", headers={"X-Request-Id": "my-request.1"})

    assert answer.headers["x-request-id"] == "my-request.1"


@pytest.mark.parametrize(
    "name", [TOLVAN, "19121212-1212", "121212-1212", "req-191212121212", "x" * 65, "a b", "å", ""]
)
async def test_a_request_is_not_named_by_an_identity_number_or_worse(service: Service, name: str) -> None:
    answer = await service.http.get("/fhir/Patient", headers={"X-Request-Id": name.encode()})

    assert answer.headers["x-request-id"] != name
    rows = await tables.select(service.database_url, "SELECT request_id FROM audit")
    assert rows
    assert all("1212" not in row["request_id"] for row in rows)


async def test_a_uuid_is_a_good_name_for_a_request(service: Service) -> None:
    name = "0b9a7c1e-5a44-4a5e-9f2e-3c7d8e1f2a3b"

    assert (await service.http.get("/fhir/Patient", headers={"X-Request-Id": name})).headers[
        "x-request-id"
    ] == name


async def test_readiness_tells_of_a_database_that_is_not_ours(service: Service) -> None:
    before = await service.http.get("/health/ready")

    await broken_down(service, "alembic_version")

    assert before.status_code == 200
    assert (await service.http.get("/health/ready")).status_code == 503
    assert (await service.http.get("/health/live")).status_code == 200


async def test_a_database_that_went_away_and_came_back_is_used_again(service: Service) -> None:
    stored = await create(service.http, a_patient(TOLVAN))
    if service.database_url.startswith("sqlite"):
        pytest.skip("a file does not go away")
    connection = await asyncpg.connect(service.database_url)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    await connection.close()

    answers = [await service.http.get(f"/fhir/Patient/{stored['id']}") for _ in range(8)]

    assert {a.status_code for a in answers} <= {200, 500, 503}
    assert answers[-1].status_code == 200


async def test_the_log_of_a_server_names_nobody(running: Server) -> None:
    """Everything that goes wrong in the ways of the other tests, once more with the real log."""
    person = a_patient(TOLVAN) | {"name": [{"family": NAME}]}
    async with running.client(HOSPITAL) as http:
        await create(http, person)
        await http.post("/fhir/Patient", json=person, headers=as_fhir())
        await http.post("/fhir/Patient", json=person | {NAME: TOLVAN}, headers=as_fhir())
        await http.post("/fhir/Patient", content=json.dumps(person)[:-9], headers=as_fhir())
        await http.get(f"/fhir/Patient?identifier={TOLVAN}&nonsense={NAME}")
        await http.get(f"/fhir/Patient/{TOLVAN}")
        await http.get(f"/v1/contracts/{TOLVAN}", headers={"X-Request-Id": TOLVAN})
        await http.post("/v1/contracts", json={"patient": {"personnummer": TOLVAN}})
        await http.request("GET", f"/{NAME}/{TOLVAN}", headers={"Authorization": f"Bearer {TOLVAN}"})
    running.stop()

    log = _read(running.log)
    assert TOLVAN not in log
    assert NAME not in log
    assert "Traceback" not in log
    assert not re.search(r"\d{8}-?\d{4}", log)


def _read(path: Path) -> str:
    return path.read_text()


async def test_no_answer_carries_an_identity_number_in_a_link_or_header(service: Service) -> None:
    for n, number in enumerate((TOLVAN, "195009072553", "196101182803")):
        await service.http.put(
            f"/fhir/Patient/p{n}", json=a_patient(number) | {"id": f"p{n}"}, headers=as_fhir()
        )
    system = "http://electronichealth.se/identifier/personnummer"
    answers = [
        await service.http.get(f"/fhir/Patient?identifier={system}|{TOLVAN},195009072553&_count=1"),
        await service.http.get("/fhir/Patient?identifier=19121212-1212&_count=1"),
        await service.http.get("/fhir/Patient?identifier=1912%201212%201212"),
        await service.http.get(f"/fhir/Patient?name={TOLVAN}"),
        await service.http.get(f"/fhir/Patient?{TOLVAN}=1", headers={"Prefer": "handling=lenient"}),
        await service.http.get(f"/fhir/Patient?x{TOLVAN}=1", headers={"Prefer": "handling=lenient"}),
        await service.http.get(f"/fhir/Patient/_history?x={TOLVAN}", headers={"Prefer": "handling=lenient"}),
        await service.http.post(
            "/fhir/Patient/_search",
            content=f"identifier={TOLVAN}",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
    ]

    for answer in answers:
        assert answer.status_code == 200, answer.text
        told = [link["url"] for link in answer.json()["link"]]
        told += [e["fullUrl"] for e in answer.json().get("entry", ()) if "fullUrl" in e]
        told += (
            [str(e["resource"]) for e in answer.json().get("entry", ()) if e["search"]["mode"] == "outcome"]
            if answer.json()["type"] == "searchset"
            else []
        )
        told += list(answer.headers.values())
        digits = re.sub(r"[^0-9]", "", " ".join(t for t in told if "_cursor" not in t))
        assert "1212121212" not in digits, told
        following = next((link["url"] for link in answer.json()["link"] if link["relation"] == "next"), None)
        if following:
            assert (await service.http.get(following)).status_code == 200
        own = next(link["url"] for link in answer.json()["link"] if link["relation"] == "self")
        again = await service.http.get(own, headers={"Prefer": "handling=lenient"})
        assert again.json().get("entry", []) == answer.json().get("entry", [])
