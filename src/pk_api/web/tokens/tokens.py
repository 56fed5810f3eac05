"""Verifies tokens and turns them into actors. Verified tokens are remembered until they expire.

Access tokens may be used until they expire, as often as their client likes: a `jti` is looked up among the
revoked ones only. Sources: RFC 7519, RFC 9068, RFC 6750, RFC 9470 (step up).
"""

import hashlib
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, get_args

from joserfc import jws as jose
from joserfc.errors import JoseError

from pk_api.access.actor import Actor, ActorKind
from pk_api.fhir.problems import Problem
from pk_api.web.tokens.claims import Claims
from pk_api.web.tokens.issuers import Issuer, Trust
from pk_api.web.tokens.jws import Unverified, read, refused
from pk_api.web.tokens.scopes import parse_scopes, read_scopes, within

LEEWAY: Final = 5
OAUTH_URIS: Final = (
    ("authorize", "authorization_endpoint"),
    ("token", "token_endpoint"),
    ("register", "registration_endpoint"),
    ("introspect", "introspection_endpoint"),
    ("revoke", "revocation_endpoint"),
    ("manage", "management_endpoint"),
)
_REMEMBERED: Final = 20_000
_KINDS: Final[Mapping[str, ActorKind]] = {kind: kind for kind in get_args(ActorKind)}
_PERSONS: Final[frozenset[ActorKind]] = frozenset({"staff", "patient", "proxy", "app"})


@dataclass(frozen=True, slots=True)
class Grant:
    """What the operator lets a client be: its care provider, unit and widest scopes.

    Without an organisation, staff belong to the care provider of their assignment. `kind` is what its tokens
    are, whatever their claims show; `issuer` the only one whose tokens may name the client.
    """

    organisation: str | None
    unit: str | None
    scopes: str
    kind: ActorKind | None = None
    issuer: str | None = None

    def __post_init__(self) -> None:
        """Refuse scopes that could not be kept, with ValueError."""
        parse_scopes(self.scopes)


@dataclass(frozen=True, slots=True)
class Assurance:
    """The least levels by which people must have been identified."""

    patients: int = 0
    staff: int = 0

    def least(self, kind: ActorKind) -> int:
        """Return the least level for an actor of this kind."""
        return self.staff if kind == "staff" else self.patients if kind in _PERSONS else 0


class Revoked(Protocol):
    """Says which tokens are no longer good."""

    def holds(self, jti: str, client: str, now: float) -> bool:
        """Say whether a token has been revoked, or all of its client."""
        ...


Refused = Callable[[Actor, str], Awaitable[None]]
"""Takes note of one who bore a token of a trusted issuer that is not good here, and why."""

_NOTED: Final = 60.0
"""Seconds in which a refused token is noted once, however often it is sent."""


class Tokens:
    """Turns the Authorization header of a request into an actor."""

    def __init__(
        self,
        trusted: Sequence[Trust],
        clients: Mapping[str, Grant],
        *,
        assurance: Assurance | None = None,
        revoked: Revoked | None = None,
        refused: Refused | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuers = {one.issuer: Issuer(one) for one in trusted}
        self._clients = clients
        self._assurance = assurance or Assurance()
        self._revoked = revoked
        self._refused = refused
        self._noted: dict[bytes, float] = {}
        self._clock = clock
        self._known: dict[bytes, tuple[float, str, Actor]] = {}

    async def actor(self, authorization: str | None) -> Actor:
        """Return the actor of an Authorization header. Problem `unauthenticated` says nothing of why."""
        scheme, _, text = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Problem("unauthenticated", "Send an access token: Authorization: Bearer …")
        mark = hashlib.sha256(text.encode()).digest()
        now = self._clock()
        known = self._known.get(mark)
        if known is None or known[0] <= now:
            known = self._known[mark] = await self._believed(read(text.strip()), mark, now)
        _, jti, actor = known
        if self._revoked is not None and self._revoked.holds(jti, actor.client, now):
            await self._note(mark, actor, "revoked", now)
            raise refused()
        return actor

    async def _note(self, mark: bytes, actor: Actor, why: str, now: float) -> None:
        """Tell of a refused token whose bearer is known, once a minute."""
        if self._refused is None or self._noted.get(mark, 0.0) > now - _NOTED:
            return
        if len(self._noted) >= _REMEMBERED:
            self._noted.clear()
        self._noted[mark] = now
        await self._refused(actor, why)

    async def authorisation(self) -> Mapping[str, Any]:
        """Return what the first issuer that publishes a token endpoint tells of itself; empty for none."""
        for issuer in self.issuers.values():
            metadata = await issuer.metadata(self._clock())
            if metadata.get("token_endpoint"):
                return metadata
        return {}

    async def oauth_uris(self) -> Sequence[tuple[str, str]]:
        """Return the addresses that the capability statement tells, by SMART's names for them."""
        metadata = await self.authorisation()
        return tuple((name, str(metadata[key])) for name, key in OAUTH_URIS if metadata.get(key))

    async def _believed(self, token: Unverified, mark: bytes, now: float) -> tuple[float, str, Actor]:
        issuer = self.issuers.get(token.issuer)
        if issuer is None:
            raise refused()
        keys = await issuer.keys(token.kid, token.algorithm, now)
        if not any(_is_signed(token, key) for key in keys):
            raise refused()
        try:
            _require_valid(token, issuer.trust, now)
            actor = self.actor_of(token.claims, issuer.trust)
        except Problem as problem:
            await self._note(mark, _bearer(token, issuer.trust), problem.kind, now)
            raise
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        return float(token.claims["exp"]), str(token.claims.get("jti", "")), actor

    def actor_of(self, told: Mapping[str, Any], trust: Trust) -> Actor:
        """Return the actor that verified claims name. Problem `forbidden` for an unregistered client."""
        claims = Claims(told, trust.names)
        client = claims.text("client") or ""
        grant = self._clients.get(client)
        if grant is not None and grant.issuer not in (None, trust.issuer):
            grant = None
        if grant is None and not trust.may_claim_kind:
            raise Problem("forbidden", "This client is not registered with the service.")
        kind = _kind(claims, told, trust, grant)
        opened = read_scopes(claims.scopes, kind, has_context=claims.context is not None)
        if grant is not None:
            opened = within(opened, parse_scopes(grant.scopes))
        self._require_assured(kind, claims, trust)
        return Actor(
            kind=kind,
            client=client,
            name=claims.name,
            provider=_provider(kind, claims, grant),
            unit=(grant.unit if grant else None) or claims.text("unit"),
            employee=claims.text("employee"),
            person=claims.person,
            acting_for=claims.text("acting_for"),
            purpose=claims.purpose,
            scopes=opened.scopes,
            provider_name=claims.text("provider_name"),
            unit_name=claims.text("unit_name"),
            assignment=claims.text("assignment"),
            assignment_name=claims.text("assignment_name"),
            title=claims.text("title"),
            roles=claims.texts("roles"),
            assurance=claims.assurance,
            context=claims.context,
            limited=opened.limited,
        )

    def _require_assured(self, kind: ActorKind, claims: Claims, trust: Trust) -> None:
        least = self._assurance.least(kind)
        if trust.may_claim_kind or (claims.assurance or 0) >= least:
            return
        challenge = f'Bearer error="insufficient_user_authentication", acr_values="loa{least}"'
        text = f"A login with level of assurance {least} or higher is needed."
        raise Problem("unauthenticated", text, facts={"headers": {"www-authenticate": challenge}})


def _bearer(token: Unverified, trust: Trust) -> Actor:
    """Return who a signed token names, without a right to anything."""
    claims = Claims(token.claims, trust.names)
    return Actor(
        _shown(claims),
        claims.text("client") or "",
        claims.name,
        provider=claims.text("provider"),
        unit=claims.text("unit"),
        employee=claims.text("employee"),
        person=claims.person,
        acting_for=claims.text("acting_for"),
    )


def _is_signed(token: Unverified, key: Any) -> bool:
    try:
        jose.deserialize_compact(token.text, key, algorithms=[token.algorithm])
    except (JoseError, ValueError, TypeError):
        return False
    return True


def _require_valid(token: Unverified, trust: Trust, now: float) -> None:
    """Raise Problem unless the token is from this issuer, for this service, and for now."""
    claims = token.claims
    times = {name: claims.get(name) for name in ("exp", "iat", "nbf") if name != "nbf" or name in claims}
    if any(not isinstance(one, int | float) or isinstance(one, bool) for one in times.values()):
        raise refused()
    if claims["exp"] <= now - LEEWAY or max(claims["iat"], claims.get("nbf", 0)) > now + LEEWAY:
        raise refused()
    if claims["exp"] - claims["iat"] > trust.longest:
        raise refused()
    audience = claims.get("aud")
    audiences: Collection[Any] = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != trust.issuer or trust.audience not in audiences:
        raise refused()
    if trust.needs_type and not token.is_typed:
        raise refused()


def _kind(claims: Claims, told: Mapping[str, Any], trust: Trust, grant: Grant | None) -> ActorKind:
    """Return what the caller is: as registered, else as the claims show. Problem forbidden else."""
    kind = _KINDS.get(str(told.get("pk_kind", ""))) if trust.may_claim_kind else None
    kind = kind or (grant.kind if grant else None) or _shown(claims)
    if kind not in trust.kinds:
        raise Problem("forbidden", "This issuer's tokens are not taken for such a caller.")
    return kind


def _shown(claims: Claims) -> ActorKind:
    if claims.text("employee"):
        return "staff"
    if claims.text("acting_for"):
        return "proxy"
    return "patient" if claims.person else "system"


def _provider(kind: ActorKind, claims: Claims, grant: Grant | None) -> str | None:
    """Return the care provider; Problem forbidden for an assignment at another one than the client's."""
    told = claims.text("provider")
    if grant is None:
        return told
    if kind != "staff":
        return grant.organisation
    if grant.organisation and told and told != grant.organisation:
        raise Problem("forbidden", "The assignment is at another care provider than the client's.")
    return grant.organisation or told
