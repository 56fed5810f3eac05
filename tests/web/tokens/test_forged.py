"""Forged, broken, expired and misled tokens: none is believed, and none says why.

Sources: RFC 8725 (JSON Web Token best current practices), RFC 7515 4.1.
"""

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from pk_api.fhir.problems import Problem
from pk_api.web.tokens.issuers import Trust
from pk_api.web.tokens.jws import LONGEST
from pk_api.web.tokens.tokens import Grant, Tokens
from tests.web.tokens.signing import CLAIMS, ISSUER, a_key, bearer, key_set


@pytest.fixture(scope="module")
def key() -> Any:
    return a_key()


@pytest.fixture(scope="module")
def tokens(key: Any, tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    path = Path(tmp_path_factory.mktemp("keys") / "jwks.json")
    path.write_text(json.dumps(key_set(key)))
    trust = Trust(ISSUER, "pk_api", jwks_file=path)
    return Tokens([trust], {"journal": Grant("SE2321000016-1001", None, "system/*.rs")})


def part(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    return CLAIMS | {"iat": now, "exp": now + 600} | more


def _symmetric(key: ECKey) -> str:
    secret = OctKey.import_key(json.dumps(key.as_dict(private=False)))
    return "Bearer " + jwt.encode({"alg": "HS256", "kid": key.kid}, _claims(), secret, algorithms=["HS256"])


def _raw(key: ECKey, claims: str, header: str = "") -> str:
    """Return a token over exactly these texts, well signed."""
    head = json.loads(header) if header else {"alg": "ES256", "kid": key.kid}
    return "Bearer " + jws.serialize_compact(head, claims.encode(), key, algorithms=["ES256"])


def _twice(key: ECKey) -> str:
    text = json.dumps(_claims(aud="another"))
    return _raw(key, text[:-1] + ', "aud": "pk_api"}')


def _with_own_key(_: ECKey) -> str:
    own = a_key()
    return bearer(own, header={"jwk": own.as_dict(private=False)})


def _another(key: ECKey) -> ECKey:
    return a_key(kid=key.kid)  # type: ignore[return-value]  # of the same kind


WRONG: dict[str, Callable[[Any], str | None]] = {
    "no header": lambda _: None,
    "another scheme": lambda _: "Basic eDp5",
    "garbage": lambda _: "Bearer x.y.z",
    "expired": lambda key: bearer(key, exp=int(time.time()) - 60),
    "no expiry": lambda key: bearer(key, exp=None),
    "no time of issue": lambda key: bearer(key, iat=None),
    "a life of a year": lambda key: bearer(key, exp=int(time.time()) + 31_536_000),
    "not yet": lambda key: bearer(key, nbf=int(time.time()) + 600),
    "nbf as text": lambda key: bearer(key, nbf="0"),
    "issued tomorrow": lambda key: bearer(key, iat=int(time.time()) + 86400),
    "another issuer": lambda key: bearer(key, iss="https://other.example"),
    "a list of issuers": lambda key: bearer(key, iss=[ISSUER]),
    "the issuer with a slash": lambda key: bearer(key, iss=f"{ISSUER}/"),
    "another audience": lambda key: bearer(key, aud="other"),
    "an audience that begins so": lambda key: bearer(key, aud="pk_api_test"),
    "no audience": lambda key: bearer(key, aud=None),
    "an audience that is an object": lambda key: bearer(key, aud={"pk_api": 1}),
    "another key": lambda key: bearer(_another(key)),
    "expiry as text": lambda key: bearer(key, exp="tomorrow"),
    "expiry in no number": lambda key: _raw(
        key, json.dumps(_claims()).replace('"exp": ', '"exp": NaN, "e": ')
    ),
    "endless expiry": lambda key: _raw(key, json.dumps(_claims(exp=None)).replace("null", "1e999")),
    "symmetric with the public key": _symmetric,
    "unsigned": lambda _: f"Bearer {part({'alg': 'none'})}.{part(_claims())}.",
    "unsigned in capitals": lambda _: f"Bearer {part({'alg': 'None'})}.{part(_claims())}.eA",
    "a key in its header": _with_own_key,
    "an address of a key in its header": lambda _: bearer(
        a_key(), header={"jku": "https://evil.example/jwks"}
    ),
    "a certificate's address": lambda _: bearer(a_key(), header={"x5u": "https://evil.example/cert"}),
    "a kid that is a path": lambda _: bearer(a_key(), header={"kid": "../../../../dev/null"}),
    "a kid that is a query": lambda _: bearer(a_key(), header={"kid": "x' UNION SELECT 'key"}),
    "a kid that is an address": lambda _: bearer(a_key(), header={"kid": "https://evil.example/jwks"}),
    "a kid that is a command": lambda _: bearer(a_key(), header={"kid": "|id"}),
    "a very long kid": lambda key: bearer(key, header={"kid": "x" * 5_000}),
    "a critical header": lambda key: (
        f"Bearer {part({'alg': 'ES256', 'kid': key.kid, 'crit': ['exp'], 'exp': 1})}.{part(_claims())}.eA"
    ),
    "another kind of token": lambda key: bearer(key, header={"typ": "logout+jwt"}),
    "proof of possession": lambda key: bearer(key, header={"typ": "dpop+jwt"}),
    "an id token": lambda key: bearer(key, nonce="n-0S6_WzA2Mj", aud=["pk_api", "journal"]),
    "an id token of Inera": lambda key: bearer(key, at_hash="77QmUPtjPfzWtF2AnpK9RQ"),
    "an id token of Cognito": lambda key: bearer(key, token_use="id"),
    "an id token of Keycloak": lambda key: bearer(key, typ="ID"),
    "a claim that is there twice": _twice,
    "too long": lambda key: bearer(key, filling="x" * LONGEST),
    "deeply nested": lambda key: _raw(key, '{"a":' + "[" * 5_000 + "]" * 5_000 + "}"),
    "a list of claims": lambda key: _raw(key, "[1]"),
    "not UTF-8": lambda key: "Bearer " + bearer(key).split()[1].replace(".", ".gIA", 1),
    "blanks within": lambda key: bearer(key).replace(".", " . "),
    "four parts": lambda key: bearer(key) + ".x",
    "encrypted": lambda _: "Bearer a.b.c.d.e",
    "two tokens": lambda key: f"{bearer(key)}, {bearer(key)}",
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_cannot_be_believed_is_refused_without_saying_why(
    tokens: Tokens, key: ECKey, name: str
) -> None:
    with pytest.raises(Problem) as refusal:
        await tokens.actor(WRONG[name](key))

    assert refusal.value.kind == "unauthenticated"


async def test_the_token_that_the_forged_ones_are_made_of_is_believed(tokens: Tokens, key: Any) -> None:
    assert (await tokens.actor(bearer(key))).client == "journal"
    assert (await tokens.actor(_raw(key, json.dumps(_claims())))).client == "journal"
