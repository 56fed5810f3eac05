"""The keys of an issuer: found, kept, asked for again, and kept a while longer when the issuer is down.

Sources: OpenID Connect Discovery 1.0, RFC 8414 (server metadata), RFC 7517 (JWK Set).
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args
from urllib.parse import urlsplit

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from pk_api.access.actor import ActorKind
from pk_api.fhir.problems import Problem
from pk_api.web.tokens.claims import NAMES

FRESH: Final = 600.0
"""Seconds after which keys are asked for again, while the old ones still serve."""
STALE: Final = 86_400.0
"""Seconds for which keys serve at most when the issuer does not answer."""
COOLDOWN: Final = 30.0
"""Seconds between two askings, whatever key the tokens name."""
_LARGEST: Final = 1_000_000
_MOST_KEYS: Final = 100
_LEAST_BITS: Final = 2048
_OF_CURVE: Final = {"P-256": "ES256", "P-384": "ES384"}
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

Key = RSAKey | ECKey


@dataclass(frozen=True, slots=True)
class Trust:
    """What an issuer is believed about: whom its tokens are for, and what they may say.

    `kinds`: the actors that it may vouch for; `names`: its claims; `may_claim_kind`: the demo's own, whose
    tokens say what their actor is; `needs_type`: only `at+jwt` is taken; `longest`: seconds from `iat` to
    `exp`.
    """

    issuer: str
    audience: str
    jwks_url: str | None = None
    jwks_file: Path | None = None
    may_claim_kind: bool = False
    kinds: frozenset[ActorKind] = frozenset(get_args(ActorKind))
    names: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NAMES)
    needs_type: bool = False
    longest: float = STALE


class Issuer:
    """A trusted issuer with its keys, which are read when first needed."""

    def __init__(self, trust: Trust) -> None:
        self.trust = trust
        self._keys: tuple[tuple[str | None, frozenset[str], Key], ...] = ()
        self._read_at = self._asked_at = -1e12
        self._asking: asyncio.Task[None] | None = None
        self._metadata: Mapping[str, Any] = {}
        self._told_at = -1e12
        self._telling = asyncio.Lock()

    async def keys(self, kid: str | None, algorithm: str, now: float) -> list[Key]:
        """Return the keys that may have signed; none for a key that the issuer does not have.

        An unknown key makes the set be read again, at most every COOLDOWN seconds and once for all who wait.
        Problem unavailable when there are no keys that could still be believed.
        """
        found = self._matching(kid, algorithm)
        age = now - self._read_at
        if found and age < FRESH:
            return found
        asking = self._ask(now)
        if found and age < STALE:
            return found  # the new ones are for those who come later
        if asking is not None:
            await asyncio.shield(asking)
        if now - self._read_at >= STALE:
            raise Problem("unavailable", "The issuer's keys cannot be had at the moment.")
        return self._matching(kid, algorithm)

    async def metadata(self, now: float) -> Mapping[str, Any]:
        """Return what the issuer tells of itself, empty when it tells nothing or has no such address."""
        pause = FRESH if self._metadata else COOLDOWN
        if self.trust.jwks_file is not None or now - self._told_at < pause:
            return self._metadata
        async with self._telling:
            if now - self._told_at >= pause:
                self._told_at = now
                with suppress(ValueError, OSError, httpx.HTTPError, httpx.InvalidURL):
                    async with _client() as client:
                        self._metadata = await self._discovered(client)
        return self._metadata

    def _matching(self, kid: str | None, algorithm: str) -> list[Key]:
        return [
            key
            for name, algorithms, key in self._keys
            if algorithm in algorithms and (kid is None or name is None or name == kid)
        ]

    def _ask(self, now: float) -> "asyncio.Task[None] | None":
        """Begin to read the keys, or join a reading under way; None while it is too early."""
        if self._asking is not None and not self._asking.done():
            return self._asking
        if now - self._asked_at < COOLDOWN:
            return None
        self._asked_at = now
        self._asking = asyncio.create_task(self._read(now))
        return self._asking

    async def _read(self, now: float) -> None:
        """Read the keys; when they cannot be had, the old ones stay."""
        try:
            keys = _keys_of(orjson.loads(await self._text()))
        except (OSError, ValueError, JoseError, httpx.HTTPError, httpx.InvalidURL):
            return
        self._keys, self._read_at = keys, now

    async def _text(self) -> bytes:
        if self.trust.jwks_file is not None:
            return await asyncio.to_thread(self.trust.jwks_file.read_bytes)
        async with _client() as client:
            address = self.trust.jwks_url or str((await self._discovered(client)).get("jwks_uri", ""))
            return await _get(client, address)

    async def _discovered(self, client: httpx.AsyncClient) -> Mapping[str, Any]:
        """Return the issuer's metadata; ValueError unless they are its own."""
        for address in addresses(self.trust.issuer):
            try:
                told = orjson.loads(await _get(client, address))
            except (ValueError, httpx.HTTPError):
                continue
            if isinstance(told, dict) and told.get("issuer") == self.trust.issuer:
                return told
        raise ValueError("the issuer publishes no metadata of its own")


def addresses(issuer: str) -> list[str]:
    """Return where an issuer's metadata may be: OpenID's place, then that of RFC 8414."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    root = f"{parts.scheme}://{parts.netloc}"
    return [
        f"{root}{path}/.well-known/openid-configuration",
        f"{root}/.well-known/oauth-authorization-server{path}",
    ]


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=5, follow_redirects=False, trust_env=False)


async def _get(client: httpx.AsyncClient, address: str) -> bytes:
    """Return what stands at an address; ValueError unless it is fetched safely and of a decent size."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("keys are fetched by https")
    async with client.stream("GET", address, headers={"Accept": "application/json"}) as response:
        if response.status_code != 200:
            raise ValueError("the issuer does not answer")
        out = b""
        async for chunk in response.aiter_bytes():
            out += chunk
            if len(out) > _LARGEST:
                raise ValueError("the issuer's answer is too large")
        return out


def _keys_of(told: Any) -> tuple[tuple[str | None, frozenset[str], Key], ...]:
    """Return (kid, algorithms, key) of a JWK Set; keys that could not sign here are left out."""
    given = told.get("keys") if isinstance(told, dict) else None
    if not given or not isinstance(given, list):
        raise ValueError("no set of keys")
    return tuple(one for each in given[:_MOST_KEYS] if (one := _key_of(each)) is not None)


def _key_of(given: Any) -> tuple[str | None, frozenset[str], Key] | None:
    if not isinstance(given, dict) or given.get("use", "sig") != "sig":
        return None
    try:
        if "verify" not in given.get("key_ops", ["verify"]):
            return None
        key, algorithms = _read_key(given)
        told = frozenset({given["alg"]}) & algorithms if "alg" in given else algorithms
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    kid = given.get("kid")
    return (kid if isinstance(kid, str) else None, told, key) if told else None


def _read_key(given: dict[str, Any]) -> tuple[Key, frozenset[str]]:
    public = {name: value for name, value in given.items() if name not in ("alg", "use", "key_ops")}
    if given.get("kty") == "RSA":
        if len(str(given["n"])) * 6 < _LEAST_BITS:
            raise ValueError("too short a key")
        return RSAKey.import_key(public), frozenset({"RS256", "PS256"})
    if given.get("kty") == "EC":
        return ECKey.import_key(public), frozenset({_OF_CURVE[given["crv"]]})
    raise ValueError("another kind of key")
