"""Rates, the headers of every answer, secrets in files, and addresses that are not there."""

import hashlib
import re
import shutil
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from pk_api.fhir.problems import Problem
from pk_api.settings import Settings
from pk_api.web.limits import Rates
from pk_api.web.safety import safe_headers
from tests.support.service import Service, problems, served

pytestmark = pytest.mark.one_database

module = pytest.mark.asyncio(loop_scope="module")
ADDRESSES = (
    "/fhir/metadata",
    "/fhir/Patient",
    "/fhir/nothing",
    "/v1/contracts/x",
    "/health/live",
    "/nowhere",
)


@module
@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_browser_may_do_nothing_with_an_answer(refusing: Service, address: str) -> None:
    for http in (refusing.http, refusing.as_(None)):
        told = (await http.get(address)).headers

        assert told["x-content-type-options"] == "nosniff"
        assert told["cache-control"] == "no-store"
        assert told["referrer-policy"] == "no-referrer"
        assert told["content-security-policy"].startswith("default-src 'none'; frame-ancestors 'none'")
        assert told["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in told
        assert "server" not in told
        assert "strict-transport-security" not in told


def test_browsers_keep_to_https_where_that_is_the_public_address() -> None:
    assert (b"strict-transport-security", b"max-age=31536000") in safe_headers("https://pk.example")


@module
async def test_the_page_of_documentation_runs_its_own_scripts_alone(refusing: Service) -> None:
    answer = await refusing.as_(None).get("/docs")

    policy = answer.headers["content-security-policy"]
    inline = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    assert len(inline) == 1
    assert f"'sha256-{b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()}'" in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    assert policy.startswith("default-src 'none'")


@module
@pytest.mark.parametrize(
    "address", ["/debug", "/metrics", "/redoc", "/admin", "/.env", "/fhir/$debug", "/console"]
)
async def test_there_are_no_addresses_for_finding_faults(refusing: Service, address: str) -> None:
    assert (await refusing.http.get(address)).status_code in (400, 404, 501)


@module
async def test_an_unexpected_error_shows_nothing_of_the_inside(refusing: Service) -> None:
    before = refusing.records.search
    refusing.records.search = None  # type: ignore[method-assign,assignment]  # what no caller could cause
    try:
        answer = await refusing.http.get("/fhir/Patient")
    finally:
        refusing.records.search = before  # type: ignore[method-assign]

    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert "NoneType" not in answer.text


def test_a_caller_has_so_many_requests_over_ten_seconds_and_gets_new_ones() -> None:
    now = [100.0]
    rates = Rates(clock=lambda: now[0])
    for _ in range(20):
        rates.spend(("one",), 2)

    with pytest.raises(Problem) as refusal:
        rates.spend(("one",), 2)
    rates.spend(("other",), 2)
    now[0] += 0.5
    rates.spend(("one",), 2)

    assert refusal.value.kind == "too-many-requests"
    assert refusal.value.facts["retry-after"] == 1
    with pytest.raises(Problem):
        rates.spend(("one",), 2)


async def test_a_system_beyond_its_rate_is_told_when_to_come_back(
    sqlite_template: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}"
    async with served(url, tmp_path, rate_systems=0.1, rate_people=5) as service:
        nurse = service.as_("nurse-stroke")
        first = await service.http.get("/fhir/Organization")
        fhir = await service.http.get("/fhir/Organization")
        plain = await service.http.get("/v1/contracts/x")
        beside = await nurse.get("/fhir/Organization")

    assert (first.status_code, fhir.status_code, plain.status_code, beside.status_code) == (
        200,
        429,
        429,
        200,
    )
    assert problems(fhir)[0]["code"] == "throttled"
    assert int(fhir.headers["retry-after"]) == int(plain.headers["retry-after"]) > 1


async def test_a_locked_out_caller_is_told_when_to_come_back_by_both_apis(
    sqlite_template: Path, tmp_path: Path
) -> None:
    numbers = ("191212121212", "195009072553", "196101182803")
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}"
    async with served(url, tmp_path, unknown_numbers_systems=1) as service:
        for number in numbers:
            fhir = await service.http.post(
                "/fhir/Patient/_search", data={"identifier": number, "_format": "json"}
            )
        plain = await service.http.post(
            "/v1/contracts/search", json={"patient": {"personnummer": numbers[0]}}
        )

    assert fhir.status_code == 429
    assert int(fhir.headers["retry-after"]) > 800
    assert not any(number in fhir.text for number in numbers)
    assert plain.status_code == 429
    assert int(plain.headers["retry-after"]) > 800


def test_secrets_may_stand_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Fernet.generate_key().decode()
    (tmp_path / "secret").write_text(f"{secret}\n")
    monkeypatch.setenv("PK_SECRET_FILE", str(tmp_path / "secret"))

    assert Settings().secret == secret

    monkeypatch.setenv("PK_SECRET", secret)
    with pytest.raises(ValueError, match="PK_SECRET"):
        Settings()
