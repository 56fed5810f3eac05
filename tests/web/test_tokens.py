"""Tokens become actors; what is not signed by a trusted issuer for this service becomes nothing."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from pk_api.fhir.problems import Problem
from pk_api.web.tokens import Grant, Tokens, TrustedIssuer, narrowed, parse_scopes

ISSUER = "https://issuer.example"
CLAIMS = {"iss": ISSUER, "aud": "pk_api", "client_id": "journal", "scope": "system/*.cruds", "sub": "journal"}


@pytest.fixture
def key() -> ECKey:
    made = ECKey.generate_key("P-256")
    made.ensure_kid()
    return made


@pytest.fixture
def tokens(key: ECKey, tmp_path: Path) -> Tokens:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    issuer = TrustedIssuer(ISSUER, "pk_api", jwks_file=path)
    return Tokens(
        [issuer], {"journal": Grant("SE2321000016-1001", None, "system/CarePlan.rs system/Goal.cruds")}
    )


def signed(key: Any, alg: str = "ES256", **changes: Any) -> str:
    now = int(time.time())
    claims = CLAIMS | {"iat": now, "nbf": now, "exp": now + 600} | changes
    claims = {k: v for k, v in claims.items() if v is not None}
    token = jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])
    return f"Bearer {token}"


async def test_a_client_is_what_the_operator_registered_whatever_the_token_says(
    tokens: Tokens, key: ECKey
) -> None:
    actor = await tokens.actor(signed(key, care_provider_hsa_id="SE0000000000-9999"))

    assert actor.kind == "system"
    assert actor.provider == "SE2321000016-1001"
    assert actor.scopes == (("CarePlan", "rs"), ("Goal", "cdrsu"))


async def test_many_first_requests_at_once_are_all_believed(tokens: Tokens, key: ECKey) -> None:
    actors = await asyncio.gather(*(tokens.actor(signed(key, jti=str(n))) for n in range(20)))

    assert len(actors) == 20


def _other(key: ECKey) -> ECKey:
    made = ECKey.generate_key("P-256", {"kid": key.kid})
    made.ensure_kid()
    return made


def _symmetric(key: ECKey) -> str:
    secret = OctKey.import_key(json.dumps(key.as_dict(private=False)))
    claims = CLAIMS | {"iat": int(time.time()), "exp": int(time.time()) + 600}
    return "Bearer " + jwt.encode({"alg": "HS256", "kid": key.kid}, claims, secret, algorithms=["HS256"])


def _unsigned() -> str:
    import base64

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = CLAIMS | {"iat": int(time.time()), "exp": int(time.time()) + 600}
    return f"Bearer {part({'alg': 'none'})}.{part(claims)}."


WRONG = {
    "no header": lambda _: None,
    "another scheme": lambda _: "Basic eDp5",
    "garbage": lambda _: "Bearer x.y.z",
    "expired": lambda key: signed(key, exp=int(time.time()) - 60),
    "no expiry": lambda key: signed(key, exp=None),
    "not yet": lambda key: signed(key, nbf=int(time.time()) + 600),
    "issued tomorrow": lambda key: signed(key, iat=int(time.time()) + 86400),
    "another issuer": lambda key: signed(key, iss="https://other.example"),
    "another audience": lambda key: signed(key, aud="other"),
    "no audience": lambda key: signed(key, aud=None),
    "another key": lambda key: signed(_other(key)),
    "expiry as text": lambda key: signed(key, exp="tomorrow"),
    "symmetric with the public key": _symmetric,
    "unsigned": lambda _: _unsigned(),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_cannot_be_believed_is_refused_without_saying_why(
    tokens: Tokens, key: ECKey, name: str
) -> None:
    with pytest.raises(Problem) as refusal:
        await tokens.actor(WRONG[name](key))

    assert refusal.value.kind == "unauthenticated"


async def test_a_client_that_is_not_registered_is_refused(tokens: Tokens, key: ECKey) -> None:
    with pytest.raises(Problem) as refusal:
        await tokens.actor(signed(key, client_id="stranger"))

    assert refusal.value.kind == "forbidden"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("system/*.cruds", (("*", "cdrsu"),)),
        ("system/*.read", (("*", "rs"),)),
        ("user/Goal.write patient/Goal.rs", (("Goal", "cdrsu"),)),
        ("openid launch/patient nonsense system/Goal.", ()),
    ],
)
def test_scopes_of_both_versions_are_read(text: str, expected: Any) -> None:
    assert parse_scopes(text) == expected


def test_scopes_narrow_each_other() -> None:
    assert narrowed((("*", "cdrsu"),), (("Goal", "rs"),)) == (("Goal", "rs"),)
