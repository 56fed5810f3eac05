"""Keys of issuers: found, kept, asked for again with a pause, and kept a while when the issuer is down."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from pk_api.fhir.problems import Problem
from pk_api.web.tokens.issuers import COOLDOWN, FRESH, STALE, Trust, addresses
from pk_api.web.tokens.tokens import Grant, Tokens
from tests.web.tokens.signing import Answering, a_key, answering, bearer, key_set

NOW = 1_800_000_000.0
CLIENTS = {"journal": Grant("SE2321000016-1001", None, "system/*.rs")}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Iterator[Answering]:
    with answering() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(issuer: Answering, clock: Clock) -> Tokens:
    return Tokens([Trust(issuer.base, "pk_api")], CLIENTS, clock=clock)


def of(issuer: Answering, key: ECKey | RSAKey, clock: Clock, **more: Any) -> str:
    return bearer(key, now=clock.now, iss=issuer.base, **more)


@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
)
async def test_keys_are_found_by_discovery(
    issuer: Answering, tokens: Tokens, clock: Clock, path: str
) -> None:
    key = a_key()
    issuer.publish(key, path=path)

    actor = await tokens.actor(of(issuer, key, clock))

    assert actor.client == "journal"
    assert issuer.asked[-2:] == [path, "/jwks"]


async def test_the_keys_of_a_path_are_looked_for_in_both_places() -> None:
    assert addresses("https://id.example/oidc") == [
        "https://id.example/oidc/.well-known/openid-configuration",
        "https://id.example/.well-known/oauth-authorization-server/oidc",
    ]


async def test_metadata_of_another_issuer_lead_nowhere(
    issuer: Answering, tokens: Tokens, clock: Clock
) -> None:
    key = a_key()
    issuer.publish(key)
    issuer.pages["/.well-known/openid-configuration"]["issuer"] = "https://evil.example"

    with pytest.raises(Problem) as refusal:
        await tokens.actor(of(issuer, key, clock))

    assert refusal.value.kind == "unavailable"
    assert "/jwks" not in issuer.asked


async def test_keys_are_not_fetched_in_the_clear_from_afar(
    issuer: Answering, tokens: Tokens, clock: Clock
) -> None:
    key = a_key()
    issuer.publish(key)
    issuer.pages["/.well-known/openid-configuration"]["jwks_uri"] = "http://afar.example/jwks"

    with pytest.raises(Problem) as refusal:
        await tokens.actor(of(issuer, key, clock))

    assert refusal.value.kind == "unavailable"


async def test_many_at_once_ask_for_the_keys_once(issuer: Answering, tokens: Tokens, clock: Clock) -> None:
    key = a_key()
    issuer.publish(key)

    await asyncio.gather(*(tokens.actor(of(issuer, key, clock, jti=str(n))) for n in range(50)))

    assert issuer.asked.count("/jwks") == 1


async def test_bad_tokens_make_nobody_ask_for_keys(issuer: Answering, tokens: Tokens, clock: Clock) -> None:
    key = a_key()
    issuer.publish(key)
    await tokens.actor(of(issuer, key, clock))
    forged = a_key(kid=key.kid)

    clock.now += COOLDOWN + 1
    for n in range(30):
        with pytest.raises(Problem):
            await tokens.actor(of(issuer, forged, clock, jti=str(n)))

    assert issuer.asked.count("/jwks") == 1


async def test_unknown_keys_make_the_service_ask_again_after_a_pause_only(
    issuer: Answering, tokens: Tokens, clock: Clock
) -> None:
    key, new = a_key(), a_key()
    issuer.publish(key)
    await tokens.actor(of(issuer, key, clock))
    issuer.publish(key, new)

    for n in range(20):
        with pytest.raises(Problem) as refusal:
            await tokens.actor(of(issuer, new, clock, jti=str(n)))
        assert refusal.value.kind == "unauthenticated"
    assert issuer.asked.count("/jwks") == 1

    clock.now += COOLDOWN + 1
    assert await tokens.actor(of(issuer, new, clock))
    for n in range(20):
        with pytest.raises(Problem):
            await tokens.actor(of(issuer, a_key(), clock, jti=f"u{n}"))
    assert issuer.asked.count("/jwks") == 2


async def test_old_keys_serve_on_while_the_issuer_is_down_but_not_for_ever(
    issuer: Answering, tokens: Tokens, clock: Clock
) -> None:
    key = a_key()
    issuer.publish(key)
    await tokens.actor(of(issuer, key, clock))
    issuer.pages.clear()

    clock.now += FRESH + 1
    assert await tokens.actor(of(issuer, key, clock))
    clock.now += STALE
    with pytest.raises(Problem) as refusal:
        await tokens.actor(of(issuer, key, clock))

    assert refusal.value.kind == "unavailable"


async def test_a_withdrawn_key_ends_with_the_next_reading(
    issuer: Answering, tokens: Tokens, clock: Clock
) -> None:
    key, new = a_key(), a_key()
    issuer.publish(key)
    await tokens.actor(of(issuer, key, clock))
    issuer.publish(new)

    clock.now += FRESH + 1
    await tokens.actor(of(issuer, key, clock))  # makes the keys be read anew
    await tokens.issuers[issuer.base]._asking
    with pytest.raises(Problem) as refusal:
        await tokens.actor(of(issuer, key, clock, jti="later"))

    assert refusal.value.kind == "unauthenticated"


async def test_keys_that_could_not_sign_here_are_left_out(
    issuer: Answering, tokens: Tokens, clock: Clock
) -> None:
    right, encrypting = a_key(), a_key()
    with pytest.warns(SecurityWarning):
        short = RSAKey.generate_key(1024, {"kid": "short"})
    issuer.publish(right, encrypting, short)
    others: list[Any] = ["x", {"kty": "oct", "k": "c2VjcmV0", "kid": "s"}, {"kty": "EC", "crv": "x"}]
    odd = key_set(right)["keys"][0]
    others += [
        odd | {"alg": ["ES256"]},
        odd | {"key_ops": 5},
        odd | {"kid": {}, "alg": "RS256"},
        odd | {"x": 1},
    ]
    issuer.pages["/jwks"]["keys"] += [None, *others]
    issuer.pages["/jwks"]["keys"][1]["use"] = "enc"
    weak = of(issuer, short, clock, alg="RS256")

    assert await tokens.actor(of(issuer, right, clock))
    for text in (of(issuer, encrypting, clock), weak):
        with pytest.raises(Problem) as refusal:
            await tokens.actor(text)
        assert refusal.value.kind == "unauthenticated"


async def test_each_issuer_has_its_own_keys(issuer: Answering, clock: Clock) -> None:
    with answering() as second:
        one, two = a_key(), a_key()
        issuer.publish(one)
        second.publish(two)
        tokens = Tokens([Trust(each.base, "pk_api") for each in (issuer, second)], CLIENTS, clock=clock)

        assert await tokens.actor(of(issuer, one, clock))
        assert await tokens.actor(of(second, two, clock))
        with pytest.raises(Problem) as refusal:
            await tokens.actor(of(second, one, clock))
        assert refusal.value.kind == "unauthenticated"
