"""Web pages of origins that the operator names may ask; all others are told nothing."""

from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from pk_api.settings import Settings
from tests.support.service import Service, served

pytestmark = pytest.mark.one_database

PORTAL = "https://portal.example"
PREFLIGHT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "if-match"}


def cors_of(answer: httpx.Response) -> dict[str, str]:
    return {k: v for k, v in answer.headers.items() if k.startswith("access-control-")}


async def test_nobody_is_let_in_by_default(service: Service) -> None:
    read = await service.http.get("/fhir/metadata", headers={"Origin": PORTAL})
    asked = await service.as_(None).options("/fhir/Patient/one", headers={"Origin": PORTAL} | PREFLIGHT)

    assert (cors_of(read), cors_of(asked)) == ({}, {})
    assert read.json()["rest"][0]["security"]["cors"] is False


async def test_a_page_of_a_named_origin_may_ask(database_url: str, tmp_path: Path) -> None:
    async with served(database_url, tmp_path, cors_origins=(PORTAL,)) as service:
        page = {"Origin": PORTAL}
        asked = await service.as_(None).options("/fhir/Patient/one", headers=page | PREFLIGHT)
        answers = [
            await service.http.get("/fhir/metadata", headers=page),
            await service.http.get("/fhir/Patient/nobody", headers=page),
            await service.as_(None).get("/v1/contracts", headers=page),
        ]
        other = await service.http.get("/fhir/metadata", headers={"Origin": "https://evil.example"})
        refused = await service.as_(None).options(
            "/fhir/Patient/one", headers={"Origin": "https://portal.example.evil.example"} | PREFLIGHT
        )

    assert asked.status_code == 204
    assert cors_of(asked)["access-control-allow-origin"] == PORTAL
    assert "PATCH" in cors_of(asked)["access-control-allow-methods"]
    assert {"authorization", "if-match", "if-none-exist", "prefer"} <= {
        name.strip().lower() for name in cors_of(asked)["access-control-allow-headers"].split(",")
    }
    assert [a.status_code for a in answers] == [200, 404, 401]
    for answer in answers:
        assert cors_of(answer)["access-control-allow-origin"] == PORTAL
        assert "ETag" in cors_of(answer)["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in cors_of(answer)
        assert "Origin" in answer.headers["vary"]
    assert (cors_of(other), cors_of(refused)) == ({}, {})
    assert answers[0].json()["rest"][0]["security"]["cors"] is True


@pytest.mark.parametrize(
    "origin", ["*", "portal.example", "https://portal.example/", "https://*.example", "null"]
)
def test_an_origin_is_exact(origin: str) -> None:
    with pytest.raises(ValidationError):
        Settings(cors_origins=(origin,))
