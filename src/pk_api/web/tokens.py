"""From a bearer token to an actor.

Signatures: RS256, ES256, ES384, PS256 and nothing else. Verified tokens are remembered until they expire.
Sources: RFC 7519, RFC 9068, SMART App Launch 2.2 (scopes).
"""

import asyncio
import base64
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import httpx
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from pk_api.access.actor import Actor, ActorKind
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import PERSONNUMMER, SAMORDNINGSNUMMER

ALGORITHMS = ["RS256", "ES256", "ES384", "PS256"]
_KINDS: Mapping[str, ActorKind] = {kind: kind for kind in get_args(ActorKind)}
_SCOPE = re.compile(r"(?:system|user|patient)/(\*|[A-Z][A-Za-z]+)\.(\*|read|write|c?r?u?d?s?)")
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_LEEWAY = 5
_REFRESH = 30.0
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Grant:
    """What the operator lets a client be: its care provider, unit and widest scopes."""

    organisation: str
    unit: str | None
    scopes: str


@dataclass(slots=True)
class TrustedIssuer:
    """An issuer and its keys, fetched when first needed and when an unknown key turns up."""

    issuer: str
    audience: str
    jwks_url: str | None = None
    jwks_file: Path | None = None
    may_claim_kind: bool = False
    keys: KeySet | None = None
    fetched: float = -1e9
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def refresh(self, now: float) -> None:
        """Read the keys again, at most every 30 seconds; who comes meanwhile waits for the same reading."""
        async with self.reading:
            if now - self.fetched < _REFRESH:
                return
            self.keys = KeySet.import_key_set(orjson.loads(await self._text()))
            self.fetched = now

    async def _text(self) -> bytes:
        if self.jwks_file is not None:
            return await asyncio.to_thread(self.jwks_file.read_bytes)
        if self.jwks_url is None:
            return b'{"keys": []}'
        async with httpx.AsyncClient(timeout=5, follow_redirects=False) as client:
            response = await client.get(self.jwks_url)
            response.raise_for_status()
            return response.content


def parse_scopes(text: str) -> tuple[tuple[str, str], ...]:
    """Return (type or `*`, letters of cruds) of SMART scopes, version 1 or 2; others are left out."""
    found: dict[str, str] = {}
    for part in text.split():
        match = _SCOPE.fullmatch(part)
        if match and match[2]:
            letters = _V1.get(match[2], match[2])
            found[match[1]] = "".join(sorted({*found.get(match[1], ""), *letters}))
    return tuple(sorted(found.items()))


def narrowed(
    asked: tuple[tuple[str, str], ...], most: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Return what both allow."""
    out = []
    for kind in sorted({k for k, _ in asked} | {k for k, _ in most}):
        letters = _letters(asked, kind) & _letters(most, kind)
        if letters:
            out.append((kind, "".join(sorted(letters))))
    return tuple(out)


def _letters(scopes: tuple[tuple[str, str], ...], kind: str) -> set[str]:
    return {letter for k, letters in scopes if k in ("*", kind) for letter in letters}


class Tokens:
    """Verifies tokens and turns them into actors."""

    def __init__(
        self,
        issuers: Sequence[TrustedIssuer],
        clients: Mapping[str, Grant],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issuers = {i.issuer: i for i in issuers}
        self._clients = clients
        self._clock = clock
        self._known: dict[str, tuple[float, Actor]] = {}

    async def actor(self, authorization: str | None) -> Actor:
        """Return the actor of an Authorization header. Problem `unauthenticated` says nothing of why."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Problem("unauthenticated", "Send an access token: Authorization: Bearer …")
        known = self._known.get(token)
        now = self._clock()
        if known is not None and known[0] > now:
            return known[1]
        claims, issuer = await self._verified(token.strip(), now)
        actor = self.actor_of(claims, issuer)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[token] = (float(claims["exp"]), actor)
        return actor

    async def _verified(self, token: str, now: float) -> tuple[dict[str, Any], TrustedIssuer]:
        issuer = self._issuers.get(_issuer_of(token))
        if issuer is None:
            raise _refused()
        for _ in range(2):
            if issuer.keys is not None and (claims := _claims(token, issuer)) is not None:
                self._check(claims, issuer, now)
                return claims, issuer
            try:
                await issuer.refresh(now)
            except (OSError, ValueError, httpx.HTTPError) as error:
                raise Problem("unavailable", "The issuer's keys cannot be had at the moment.") from error
        raise _refused()

    def _check(self, claims: dict[str, Any], issuer: TrustedIssuer, now: float) -> None:
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        times = {n: claims.get(n) for n in ("exp", "iat", "nbf")}
        if any(
            not isinstance(v, int | float) or isinstance(v, bool) for n, v in times.items() if n != "nbf" or v
        ):
            raise _refused()
        if claims["exp"] <= now - _LEEWAY or max(claims["iat"], claims.get("nbf") or 0) > now + _LEEWAY:
            raise _refused()
        if claims.get("iss") != issuer.issuer or issuer.audience not in audiences:
            raise _refused()

    def actor_of(self, claims: Mapping[str, Any], issuer: TrustedIssuer) -> Actor:
        """Return the actor that verified claims name. Problem `forbidden` for an unregistered client."""
        client = str(claims.get("client_id") or claims.get("azp") or claims.get("sub") or "")
        grant = self._clients.get(client)
        if grant is None and not issuer.may_claim_kind:
            raise Problem("forbidden", "This client is not registered with the service.")
        scopes = parse_scopes(str(claims.get("scope", "")))
        if grant is not None:
            scopes = narrowed(scopes, parse_scopes(grant.scopes))
        return Actor(
            kind=_kind(claims),
            client=client,
            name=str(claims.get("name", "")),
            provider=grant.organisation if grant else claims.get("care_provider_hsa_id"),
            unit=(grant.unit if grant and grant.unit else None) or claims.get("care_unit_hsa_id"),
            employee=claims.get("employee_hsa_id"),
            person=_person(claims.get("personal_identity_number")),
            acting_for=claims.get("acting_for"),
            purpose=str(claims.get("purpose", "care")),
            scopes=scopes,
        )


def _kind(claims: Mapping[str, Any]) -> ActorKind:
    if (kind := _KINDS.get(str(claims.get("pk_kind", "")))) is not None:
        return kind
    if claims.get("employee_hsa_id"):
        return "staff"
    if claims.get("acting_for"):
        return "proxy"
    return "patient" if claims.get("personal_identity_number") else "system"


def _person(number: object) -> tuple[str, str] | None:
    if not isinstance(number, str) or len(number) != 12:
        return None
    is_coordination = number[6:8].isdigit() and int(number[6:8]) > 60
    return (SAMORDNINGSNUMMER if is_coordination else PERSONNUMMER, number)


def _refused() -> Problem:
    return Problem("unauthenticated", "The access token is not valid here, or has expired.")


def _issuer_of(token: str) -> str:
    """Return the issuer that an unverified token names: it only picks the keys to verify with."""
    try:
        payload = token.split(".")[1]
        claims = orjson.loads(_base64(payload))
        return str(claims.get("iss", "")) if isinstance(claims, dict) else ""
    except (IndexError, ValueError):
        return ""


def _base64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _claims(token: str, issuer: TrustedIssuer) -> dict[str, Any] | None:
    if issuer.keys is None:
        return None
    try:
        return dict(jwt.decode(token, issuer.keys, algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError, TypeError):
        return None
