"""Tokens at the door of the running app: what is not believed gets 401, and learns nothing."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from pk_api.demo.actors import ACTORS
from pk_api.demo.issuer import AUDIENCE, ISSUER, KEY_FILE, PUBLIC_FILE
from tests.support import tables
from tests.support.service import HOSPITAL, Service, problems, token

pytestmark = pytest.mark.one_database


def demo_key(data: Path) -> ECKey:
    key = ECKey.import_key(json.loads((data / KEY_FILE).read_text()))
    key.ensure_kid()
    return key


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    told = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 600}
    return {k: v for k, v in (told | ACTORS[HOSPITAL].claims() | changes).items() if v is not None}


def signed(data: Path, header: dict[str, Any] | None = None, **changes: Any) -> str:
    key = demo_key(data)
    return jwt.encode({"alg": "ES256", "kid": key.kid} | (header or {}), claims(**changes), key)


def part(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def unsigned(header: Any, body: Any = None, signature: str = "") -> str:
    return f"{part(header)}.{part(claims() if body is None else body)}.{signature}"


def symmetric(data: Path) -> str:
    """A token signed with the public key as if it were a secret."""
    public = (data / PUBLIC_FILE).read_text()
    return jwt.encode({"alg": "HS256"}, claims(), OctKey.import_key(public), algorithms=["HS256"])


def by_another(key: Any, alg: str, kid: str) -> str:
    return jwt.encode({"alg": alg, "kid": kid}, claims(), key, algorithms=[alg])


NOW = int(time.time())
WRONG = {
    "none": lambda _: None,
    "empty": lambda _: "",
    "one word": lambda _: "Bearer",
    "another scheme": lambda data: f"Basic {token(data, HOSPITAL)}",
    "the token alone": lambda data: token(data, HOSPITAL),
    "garbage": lambda _: "Bearer garbage",
    "dots": lambda _: "Bearer ..",
    "five parts": lambda _: "Bearer a.b.c.d.e",
    "letters beyond ASCII": lambda _: "Bearer åäö.åäö.åäö",
    "alg none": lambda _: "Bearer " + unsigned({"alg": "none"}),
    "alg NONE": lambda _: "Bearer " + unsigned({"alg": "NONE", "kid": "x"}, signature="eA"),
    "no alg": lambda _: "Bearer " + unsigned({}),
    "a header that is a list": lambda _: "Bearer " + unsigned([]),
    "a header that is a text": lambda _: "Bearer " + unsigned('"x"'),
    "a body that is a list": lambda _: "Bearer " + unsigned({"alg": "ES256"}, []),
    "an issuer that is an object": lambda _: "Bearer " + unsigned({"alg": "ES256"}, {"iss": {"a": 1}}),
    "a kid that is an object": lambda _: (
        "Bearer " + unsigned({"alg": "ES256", "kid": {"a": 1}}, signature="eA")
    ),
    "an alg that is a list": lambda _: "Bearer " + unsigned({"alg": ["ES256"]}, signature="eA"),
    "a critical header": lambda data: (
        "Bearer " + unsigned({"alg": "ES256", "kid": demo_key(data).kid, "crit": ["x"]}, signature="eA")
    ),
    "symmetric with the public key": lambda data: "Bearer " + symmetric(data),
    "another key": lambda data: (
        "Bearer " + by_another(ECKey.generate_key("P-256"), "ES256", demo_key(data).kid)
    ),
    "a key of another kind": lambda data: (
        "Bearer " + by_another(RSAKey.generate_key(2048), "RS256", demo_key(data).kid)
    ),
    "a key in the header": lambda _: "Bearer " + by_another(ECKey.generate_key("P-256"), "ES256", "unknown"),
    "expired": lambda data: "Bearer " + signed(data, iat=NOW - 700, nbf=NOW - 700, exp=NOW - 60),
    "not yet valid": lambda data: "Bearer " + signed(data, nbf=NOW + 36_000),
    "issued in the future": lambda data: "Bearer " + signed(data, iat=NOW + 36_000),
    "no expiry": lambda data: "Bearer " + signed(data, exp=None),
    "an expiry as text": lambda data: "Bearer " + signed(data, exp=str(NOW + 600)),
    "an expiry that is true": lambda data: "Bearer " + signed(data, exp=True),
    "another issuer": lambda data: "Bearer " + signed(data, iss="https://issuer.example"),
    "no issuer": lambda data: "Bearer " + signed(data, iss=None),
    "another audience": lambda data: "Bearer " + signed(data, aud="another_service"),
    "other audiences": lambda data: "Bearer " + signed(data, aud=["a", "b"]),
    "no audience": lambda data: "Bearer " + signed(data, aud=None),
    "cut off": lambda data: f"Bearer {token(data, HOSPITAL)[:-10]}",
    "changed": lambda data: "Bearer " + _changed(token(data, HOSPITAL)),
}


def _changed(jws: str) -> str:
    head, _, signature = jws.split(".")
    return f"{head}.{part(claims(pk_kind='staff'))}.{signature}"


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_token_that_is_not_to_be_believed_is_refused(refusing: Service, case: str) -> None:
    authorization = WRONG[case](refusing.data)
    headers = {} if authorization is None else {"Authorization": authorization.encode()}
    anybody = refusing.as_(None)
    before = await tables.stored(refusing.database_url)

    answers = [
        await anybody.get("/fhir/Patient", headers=headers),
        await anybody.post("/fhir/Patient", json={"resourceType": "Patient"}, headers=headers),
        await anybody.post("/fhir", content=b"{", headers=headers),
        await anybody.get("/v1/contracts/x", headers=headers),
        await anybody.get("/nowhere", headers=headers),
    ]

    assert [a.status_code for a in answers] == [401] * 5
    assert all(a.headers["www-authenticate"].startswith("Bearer") for a in answers)
    assert problems(answers[0])[0]["code"] == "login"
    assert answers[3].headers["content-type"] == "application/problem+json"
    assert await tables.stored(refusing.database_url) == before


async def test_a_right_token_is_believed(service: Service) -> None:
    anybody = service.as_(None)
    for authorization in (
        f"Bearer {signed(service.data)}",
        f"bearer {signed(service.data)}",
        f"Bearer {signed(service.data, aud=['another', AUDIENCE])}",
    ):
        answer = await anybody.get("/fhir/Patient", headers={"Authorization": authorization})
        assert answer.status_code == 200


async def test_scopes_limit_what_a_token_may(service: Service) -> None:
    anybody = service.as_(None)
    reading = {"Authorization": f"Bearer {signed(service.data, scope='system/Patient.rs')}"}
    nothing = {"Authorization": f"Bearer {signed(service.data, scope='')}"}
    body = {"resourceType": "Patient"}

    assert (await anybody.get("/fhir/Patient", headers=reading)).status_code == 200
    assert (await anybody.post("/fhir/Patient", json=body, headers=reading)).status_code == 403
    assert (await anybody.get("/fhir/Task", headers=reading)).status_code == 403
    assert (await anybody.get("/fhir/Patient", headers=nothing)).status_code == 403


async def test_what_is_open_needs_no_token(service: Service) -> None:
    anybody = service.as_(None)
    for address in ("/fhir/metadata", "/health/live", "/health/ready", "/openapi.json"):
        assert (await anybody.get(address)).status_code == 200, address


async def test_a_caller_from_elsewhere_is_refused_in_demo_mode(service: Service) -> None:
    transport = httpx.ASGITransport(service.app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        headers = {"Authorization": f"Bearer {token(service.data, HOSPITAL)}"}
        answer = await http.get("/fhir/Patient", headers=headers)

    assert answer.status_code in (401, 403)
